"""Where a finding stands, for reports: its Span, also where a check left only a path, and the words for it."""

from __future__ import annotations

from kgen.diagnostics import Place, Span
from kgen.reports.printable import printable


def span(at: Place) -> Span:
    """The place as a Span; a path that no step located has no file (its name is "") and stands at line 1."""
    return at if isinstance(at, Span) else Span("", 1, 1, 1, 1, at)


def position(at: Place) -> str:
    """`clusterset.yaml:14:16`, or what is known of it."""
    where = span(at)
    return f"{printable(where.file)}:{where.line}:{where.column}" if where.file else "(no file)"


def described(at: Place) -> str:
    """`clusterset.yaml:14:16 spec.clusters[1].podCIDR`."""
    path = printable(str(span(at).path))
    return f"{position(at)} {path}" if path else position(at)
