"""Small trees to be written, and what lies on disk afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from kgen.manifest import File
from kgen.write import Change, Changes, Identity, Layout, Lock, Part, apply, compare

# Of each cluster the text of each file: `{"east": {"60-manifests/a.yaml": "a\n"}}`.
Spec: TypeAlias = Mapping[str, Mapping[str, str]]

ONE: Spec = {
    "east": {"10-broker/b.yaml": "b1\n", "60-manifests/a.yaml": "a1\n", "60-manifests/c.yaml": "c1\n"},
    "west": {"60-manifests/a.yaml": "a1\n"},
}
SHOP = Identity("shop")
EVERYONE = frozenset({"east", "west", "north", "south"})


def parts(spec: Spec, layout: Layout = "stage") -> Iterator[Part]:
    """The parts of a tree; layout `cluster` puts a cluster's texts into one file."""
    for cluster, texts in sorted(spec.items()):
        stages = tuple(sorted({path.split("/")[0] for path in texts if "/" in path}))
        if layout == "cluster":
            yield cluster, stages, [File(f"clusters/{cluster}.yaml", texts.values())] if texts else []
        else:
            yield cluster, stages, [File(f"clusters/{cluster}/{path}", [text]) for path, text in texts.items()]


def look(
    root: Path,
    spec: Spec,
    identity: Identity = SHOP,
    *,
    only: str = "",
    allow: frozenset[str] = frozenset(),
    lock: Lock | None = None,
    foreign: bool = False,
) -> Changes:
    """What a build would do."""
    wanted = {only: spec[only]} if only else spec
    return compare(root, lambda: parts(wanted, identity.layout), identity, only=only, allow_removal=allow, lock=lock, foreign=foreign)


def build(
    root: Path,
    spec: Spec,
    identity: Identity = SHOP,
    *,
    only: str = "",
    allow: frozenset[str] = frozenset(),
    lock: Lock | None = None,
) -> Changes:
    """A build that must find nothing wrong."""
    changes = look(root, spec, identity, only=only, allow=allow, lock=lock)
    assert changes.diagnostics == ()
    apply(changes)
    return changes


def files(changes: Changes, *actions: str) -> list[str]:
    """The paths that these things happen to."""
    return [path for path, action in changes.files if action in actions]


def named(changes: Changes) -> list[tuple[str, str]]:
    """Every change but the indexes'."""
    return [(change.action, change.path) for change in changes.files if change != Change(change.path, "index")]


def on_disk(root: Path) -> dict[str, bytes | str | None]:
    """Everything below a folder: the bytes of a file, None for a folder or a pipe, where a symlink points."""
    found: dict[str, bytes | str | None] = {}
    for folder, folders, names in os.walk(root):
        for name in (*folders, *names):
            path = Path(folder, name)
            shown = path.relative_to(root).as_posix()
            found[shown] = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
    return found


def fresh(root: Path, spec: Spec, identity: Identity = SHOP) -> dict[str, bytes | str | None]:
    """What a build into an empty folder leaves."""
    build(root, spec, identity)
    return on_disk(root)
