"""The tree that is committed: one folder a cluster, in the layout that the author chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from types import MappingProxyType
from typing import Final, TypeAlias

from kgen.manifest import File, Manifest, ObjectKey, Placement
from kgen.records import NamedTuple
from kgen.targets import Layout, target
from kgen.targets.texts import Texts

# The first line of every file. It never changes with the release or the inputs, so that a file changes only with what it delivers.
MADE_BY: Final = "# Made by kgen from a ClusterSet; edit the spec, not this file.\n"
# File systems take 255 bytes a name; 200 leave room for what tools add to one (`.orig`, `~`).
LONGEST_NAME: Final = 200
NOTHING: Final = f"{MADE_BY}apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n"
PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")

Stages: TypeAlias = Sequence[tuple[str, Sequence[Manifest]]]


class ClusterFiles(NamedTuple):
    """One cluster's part of the tree: `stages` are those that have an object, `files` can be gone through once."""

    cluster: str
    stages: tuple[str, ...]
    files: Iterable[File]


def tree(
    clusters: Iterable[tuple[str, Iterable[Placement]]],
    layout: Layout = "stage",
    kustomization: bool = False,
    texts: Texts | None = None,
    delivery: Sequence[Placement] = (),
    named: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> Iterator[ClusterFiles]:
    """The files of each cluster, in the order of `clusters`, which are (name, placements) as for `stream`.

    Nothing is printed before a file's chunks are gone through. A cluster without an object has no file. Give the same `texts`
    to a second pass over the same manifests. `kustomization` adds a `kustomization.yaml` to each cluster's folder; layout
    `cluster` has no folders, and ignores it.

    `delivery` are the engine's own objects, whose stage is their folder: a first part that belongs to no cluster. `named` are the
    folders of each cluster that such an object names, a stage or "" for the cluster's own: they are there even if they hold no object.
    """
    shape = target("kustomize" if kustomization and layout != "cluster" else "directory")
    texts = Texts() if texts is None else texts
    if delivery:
        yield ClusterFiles("", (), _delivery(delivery, texts, layout))
    for cluster, iterator in clusters:
        placements = tuple(iterator)
        texts.turn()
        stages = tuple(dict.fromkeys(placement.stage for placement in placements))
        empty = sorted(folder for folder in named.get(cluster, ()) if folder not in stages and (folder or not stages))
        yield ClusterFiles(cluster, stages, chain(shape.files(cluster, placements, texts, layout), _empty(cluster, empty)))


def files(cluster: str, placements: Iterable[Placement], texts: Texts, layout: Layout = "stage") -> Iterator[File]:
    """One cluster's files in a layout, in the order in which they can be applied."""
    by_stage = groupby(placements, key=lambda placement: placement.stage)
    return LAYOUTS[layout](cluster, [(stage, [placement.manifest for placement in placed]) for stage, placed in by_stage], texts)


def _delivery(placements: Sequence[Placement], texts: Texts, layout: Layout) -> Iterator[File]:
    """`delivery/<engine>/...`: a folder for whoever applies it, with one file, or with a file an object."""
    for folder, placed in groupby(placements, key=lambda placement: placement.stage):
        manifests = [placement.manifest for placement in placed]
        if layout == "object":
            for name, manifest in zip(names([manifest.key for manifest in manifests]), manifests, strict=True):
                yield File(f"{folder}/{name}.yaml", _documents([manifest], texts))
        else:
            yield File(f"{folder}/manifests.yaml", _documents(manifests, texts))


def _empty(cluster: str, folders: Iterable[str]) -> Iterator[File]:
    """A kustomization of nothing in each folder: without the folder an engine has no word that its last object is to go."""
    for folder in folders:
        yield File("/".join(part for part in ("clusters", cluster, folder, "kustomization.yaml") if part), [NOTHING])


def _stage(cluster: str, stages: Stages, texts: Texts) -> Iterator[File]:
    """`clusters/<cluster>/<stage>/manifests.yaml`: a folder a stage, since Flux applies folders."""
    for stage, manifests in stages:
        yield File(f"clusters/{cluster}/{stage}/manifests.yaml", _documents(manifests, texts))


def _object(cluster: str, stages: Stages, texts: Texts) -> Iterator[File]:
    """`clusters/<cluster>/<stage>/<kind>_<namespace>_<name>.yaml`: one object a file."""
    for stage, manifests in stages:
        for name, manifest in zip(names([manifest.key for manifest in manifests]), manifests, strict=True):
            yield File(f"clusters/{cluster}/{stage}/{name}.yaml", _documents([manifest], texts))


def _cluster(cluster: str, stages: Stages, texts: Texts) -> Iterator[File]:
    """`clusters/<cluster>.yaml`: everything in one file, each stage named where it begins."""
    if stages:
        yield File(f"clusters/{cluster}.yaml", _one_file(stages, texts))


LAYOUTS: Final[Mapping[Layout, Callable[[str, Stages, Texts], Iterator[File]]]] = {"stage": _stage, "object": _object, "cluster": _cluster}


def _documents(manifests: Sequence[Manifest], texts: Texts) -> Iterator[str]:
    # No `---` before the first object: some readers would see an empty document above it.
    yield MADE_BY + "---\n".join(texts.of(manifests))


def _one_file(stages: Stages, texts: Texts) -> Iterator[str]:
    start = MADE_BY
    for stage, manifests in stages:
        yield f"{start}# Stage: {stage}\n" + "---\n".join(texts.of(manifests))
        start = "---\n"


def names(keys: Sequence[ObjectKey]) -> list[str]:
    """The file name, without `.yaml`, of each object of one stage: `<kind>_<namespace>_<name>`, or `<kind>_<name>` without a namespace.

    Where two would be one, both are `<kind>.<group>_...` (group `core` for the core group). Names are lower case and mean the
    same on file systems that ignore case: any other character than a letter, a digit, `-` and `.` is written as `%` and two hex
    digits a byte (RBAC names may hold `:` and capitals, but never `%`). What is longer than 200 characters, or is still not
    alone, ends in `~` and 16 hex digits of the digest of the object's key.
    """
    short = [_name(key.kind.lower(), key) for key in keys]
    long = [_name(f"{key.kind.lower()}.{key.group or 'core'}", key) for key in keys]
    once, alone = _counted(short), _counted(long)
    return [
        _cut(key, one if once[one] == 1 else other, alone=once[one] == 1 or alone[other] == 1)
        for key, one, other in zip(keys, short, long, strict=True)
    ]


def _name(kind: str, key: ObjectKey) -> str:
    return "_".join(_escaped(part) for part in (kind, key.namespace, key.name) if part)


def _escaped(text: str) -> str:
    if PLAIN.issuperset(text):
        return text
    return "".join(c if c in PLAIN else "".join(f"%{byte:02x}" for byte in c.encode()) for c in text)


def _counted(texts: Sequence[str]) -> dict[str, int]:
    count: dict[str, int] = {}
    for text in texts:
        count[text] = count.get(text, 0) + 1
    return count


def _cut(key: ObjectKey, name: str, alone: bool) -> str:
    if alone and len(name) <= LONGEST_NAME:
        return name
    # Not at the top: few trees have such a name.
    import hashlib

    digest = hashlib.sha256("\0".join(key).encode()).hexdigest()[:16]
    return f"{name[: LONGEST_NAME - 17]}~{digest}"
