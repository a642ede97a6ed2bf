"""The finding that a run makes nothing: fed to a cluster, an empty stream may delete everything there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from kgen.diagnostics import ROOT, Code, Diagnostic, Span

if TYPE_CHECKING:
    from kgen.pipeline import Build

EMPTY: Final = Code("KG590", "empty-output")


def empty(made: Build, spec: str, stage: str = "", help: str = "if that is meant, say --allow-empty") -> Iterator[Diagnostic]:
    """A finding if no cluster that was asked for gets an object, in one stage if that is named."""
    if any(stage in ("", each.stage) for cluster in made.clusters for each in made.placements(cluster)):
        return
    whom = f'cluster "{made.only}" gets' if made.only is not None else "this set makes"
    at = made.layered.document.span(ROOT) if made.layered is not None else Span(spec, 1, 1, 1, 1)
    yield EMPTY.error(f"{whom} no object at all{f' in stage {stage}' if stage else ''}", at, help=help)
