"""The shelf of targets: manifests in, Files out. The table holds names; a target is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal, Protocol, TypeAlias, cast

from kgen.manifest import File, Placement
from kgen.targets.texts import Texts

Layout: TypeAlias = Literal["stage", "object", "cluster"]

TARGETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "directory": "kgen.targets.directory",
        "kustomize": "kgen.targets.kustomize",
        "stream": "kgen.targets.stream",
    }
)


class Target(Protocol):
    """What every module of the shelf gives."""

    def files(self, cluster: str, placements: Iterable[Placement], texts: Texts, layout: Layout = "stage") -> Iterator[File]:
        """One cluster's Files. `placements` are sorted by stage, then in canonical order; nothing is printed before a File's chunks are
        gone through, which can be done once. A target that knows no layouts ignores `layout`."""


def target(name: str) -> Target:
    """The target called `name`, a key of TARGETS."""
    from importlib import import_module

    return cast(Target, import_module(TARGETS[name]))
