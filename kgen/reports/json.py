"""The report for programs: one JSON document whose shape is part of kgen's interface.

    {"version": 1,
     "summary": {"errors": 1, "warnings": 0},
     "diagnostics": [{"code": "KG301", "slug": "cidr-overlap", "severity": "error", "message": "...",
                      "at": {"file": "clusterset.yaml", "line": 14, "column": 16, "endLine": 14, "endColumn": 27,
                             "path": "spec.clusters[1].podCIDR"},
                      "label": "...", "related": [{"at": {...}, "label": "..."}], "help": "..."}]}

Lines and columns count from 1, columns in characters, ends are exclusive. Every key is always there; a text that is not given is "".
`version` grows when a key is removed or changes its meaning; a new key may come at any time. Only ASCII is printed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from kgen.diagnostics import Diagnostic, Place
from kgen.reports.places import span

VERSION: Final = 1


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], colour: bool = False) -> str:
    """The document, also where there is no finding."""
    errors = sum(one.severity == "error" for one in diagnostics)
    document = {
        "version": VERSION,
        "summary": {"errors": errors, "warnings": len(diagnostics) - errors},
        "diagnostics": [_finding(one) for one in diagnostics],
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(one: Diagnostic) -> dict[str, Any]:
    return {
        "code": one.code,
        "slug": one.slug,
        "severity": one.severity,
        "message": one.message,
        "at": _place(one.at),
        "label": one.label,
        "related": [{"at": _place(other.at), "label": other.label} for other in one.related],
        "help": one.help,
    }


def _place(at: Place) -> dict[str, Any]:
    where = span(at)
    return {
        "file": where.file,
        "line": where.line,
        "column": where.column,
        "endLine": where.end_line,
        "endColumn": where.end_column,
        "path": str(where.path),
    }
