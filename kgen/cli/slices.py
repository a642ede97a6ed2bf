"""One cluster's objects, as an engine that runs kgen asks for them: what may be asked, and what comes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from kgen.cli.empty import empty
from kgen.diagnostics import Diagnostic, Span
from kgen.manifest import Placement
from kgen.pipeline import UNKNOWN_CLUSTER, Build, Request, build
from kgen.records import NamedTuple
from kgen.source import OUTSIDE, UNREADABLE

SPEC: Final = "clusterset.yaml"


class Slice(NamedTuple):
    """What is asked for: `stage` is "" for all. `places` tells where a name that was asked for (a path, the cluster) stands."""

    cluster: str
    overlays: tuple[str, ...]
    stage: str
    spec: str
    allow_empty: bool
    places: Mapping[str, Span]


class Made(NamedTuple):
    """What came of it: all findings, and whether the objects may be used."""

    build: Build
    stage: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        return not any(found.severity == "error" for found in self.diagnostics)

    def placements(self) -> Iterator[Placement]:
        """The objects, in canonical order."""
        for name in self.build.clusters:
            yield from (each for each in self.build.placements(name) if self.stage in ("", each.stage))

    def stages(self) -> Iterator[tuple[str, list[Placement]]]:
        """The objects of each stage that has one, in order."""
        for stage, placed in groupby(self.placements(), key=lambda placement: placement.stage):
            yield stage, list(placed)


def made(wanted: Slice, permission: str, within: str | None = None, strict: bool = False) -> Made:
    """The slice, or all that is wrong with it; the lock must have every entry that it needs, and a slice without an object is an error.

    `permission` is how the engine says that there may be none; `within` and `strict` as for a Request.
    """
    built = build(Request(wanted.spec, wanted.overlays, wanted.cluster, strict=strict, unlocked="error", within=within))
    found = tuple(_placed(one, wanted) for one in built.diagnostics)
    if built.ok and not wanted.allow_empty:
        found = (*found, *empty(built, wanted.spec, wanted.stage, f"if that is meant, {permission}"))
    return Made(built, wanted.stage, found)


def _placed(found: Diagnostic, wanted: Slice) -> Diagnostic:
    """A finding about a name that was asked for, told where it was."""
    assert isinstance(found.at, Span)
    named = wanted.cluster if found.code == UNKNOWN_CLUSTER.number else found.at.file
    known = found.code in (UNKNOWN_CLUSTER.number, OUTSIDE.number, UNREADABLE.number)
    return found._replace(at=wanted.places[named]) if known and named in wanted.places else found


def path(text: str) -> str:
    """A path as it was given; alone, `-` would be standard input, which is not an engine's to give a spec by."""
    return os.path.join(os.curdir, text) if text == "-" else text
