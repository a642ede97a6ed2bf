"""The look: what a build would create, change and delete, and whatever forbids it. Nothing here writes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias

from kgen.diagnostics import Code, Diagnostic, KgenError, Span
from kgen.manifest import File
from kgen.records import NamedTuple
from kgen.write import index
from kgen.write.digest import digest
from kgen.write.disk import CLUSTERS, TEMPORARY, Disk, Refused
from kgen.write.index import INDEX, Identity, Index

OTHER_SET: Final = Code("KG553", "other-clusterset")
OTHER_OVERLAYS: Final = Code("KG554", "other-overlays")
NO_ROOT_INDEX: Final = Code("KG555", "missing-root-index")
UNLISTED: Final = Code("KG556", "unlisted-file")
EDITED_LEFTOVER: Final = Code("KG557", "edited-leftover")
CLUSTER_REMOVAL: Final = Code("KG560", "cluster-removal")
BROKER_REMOVAL: Final = Code("KG561", "broker-removal")
PARTIAL_SHAPE: Final = Code("KG562", "partial-layout-change")
MISSING: Final = Code("KG570", "missing-file")
STALE: Final = Code("KG571", "stale-file")
EDITED: Final = Code("KG572", "edited-file")
LEFTOVER: Final = Code("KG573", "leftover-file")
FOREIGN: Final = Code("KG574", "foreign-file")

# The stage whose objects hold the broker's accounts: deleting it cuts every member off.
BROKER: Final = "10-broker"
# Where the objects of the delivery engine itself stand.
DELIVERY: Final = "delivery"
FLAT_INDEX: Final = re.compile(r"\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.kgen-index")

Action: TypeAlias = Literal["create", "change", "mend", "adopt", "delete", "index", "conflict", "foreign", "litter", "lock"]
# One cluster's part of the tree: its name, the stages that it has, its files (gone through once at most). Names come in byte order; a
# first part named "" holds what belongs to no cluster.
Part: TypeAlias = tuple[str, tuple[str, ...], Iterable[File]]


class Lock(NamedTuple):
    """The lock file to be written with the tree: where, and its text."""

    path: Path
    text: str


class Change(NamedTuple):
    """What is to happen to one file. `path` is relative to the root (for the lock as it was given).

    create: it is not there. change: it is as kgen wrote it, and the text is another now. mend: it was edited by hand. adopt: it
    was not kgen's, but has the text that kgen makes. delete: kgen wrote it, and it is no longer made. index, lock: these texts
    change; conflict: an index that holds an unresolved merge. litter: left by a killed build. foreign: not kgen's, left alone.
    """

    path: str
    action: Action


class Changes(NamedTuple):
    """The difference between a tree and the disk: `files` what is to happen, cluster by cluster, `diagnostics` what forbids a build.

    `clusters` are those that have something to be written; the rest is what `apply` and `diff` need to look again.
    """

    root: Path
    tree: Callable[[], Iterable[Part]]
    identity: Identity
    only: str
    allow_removal: frozenset[str]
    lock: Lock | None
    files: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    clusters: frozenset[str]
    root_index: bytes | None
    lock_text: bytes | None

    @property
    def pending(self) -> bool:
        """Whether a build would touch the disk at all."""
        return any(change.action != "foreign" for change in self.files)

    def count(self, *actions: Action) -> int:
        """How many files one of these things happens to."""
        return sum(change.action in actions for change in self.files)


class Look(NamedTuple):
    """One part of the tree beside the disk: `texts` is what is to be written, if it was asked for; `gone` are leftovers that vanished."""

    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    known: frozenset[str]
    texts: tuple[tuple[str, bytes], ...] = ()
    deletions: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    litter: tuple[str, ...] = ()
    index_path: str = ""
    index_now: bytes | None = None
    index_between: bytes | None = None
    index_then: bytes | None = None
    other_indexes: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


def compare(
    root: Path,
    tree: Callable[[], Iterable[Part]],
    identity: Identity,
    *,
    only: str = "",
    allow_removal: frozenset[str] = frozenset(),
    lock: Lock | None = None,
    foreign: bool = False,
) -> Changes:
    """What a build of `tree` into `root` would do. Reads the disk and writes nothing, so a read-only tree is no hindrance.

    `tree` is called for each pass (here, in `apply` and in `diff`) and gives the parts anew, the same each time; texts are held
    for one cluster at a time. `only` names the one cluster that `tree` holds: nothing else is looked at. `allow_removal` names
    clusters that may lose their folder or their broker's side. `lock` is written first, if its text changed. `foreign` also
    looks for files in clusters' folders that are not kgen's. KgenError if the disk cannot be read.
    """
    try:
        return _compare(root, tree, identity, only, allow_removal, lock, foreign)
    except OSError as error:
        raise KgenError(f"cannot read {error.filename or root}: {error.strerror}") from error


def _compare(
    root: Path,
    tree: Callable[[], Iterable[Part]],
    identity: Identity,
    only: str,
    allow_removal: frozenset[str],
    lock: Lock | None,
    foreign: bool,
) -> Changes:
    disk = Disk(root)
    blank = Changes(root, tree, identity, only, allow_removal, lock, (), (), frozenset(), None, None)
    try:
        root_index = disk.read(INDEX)
        old = index.load(disk, INDEX)
        found, litter = clusters_on(disk)
        refusals = tuple(_owner(disk, None if old is None else index.identity(disk, old), identity, only, found))
    except Refused as refused:
        return blank._replace(diagnostics=(refused.finding,))
    # Against a tree that is someone else's, the rest of the comparison would be noise.
    if refusals:
        return blank._replace(diagnostics=refusals)

    changes: list[Change] = []
    diagnostics: list[Diagnostic] = []
    touched: set[str] = set()
    known: set[str] = set()
    lock_text = _lock_text(lock)
    if lock is not None and lock_text != lock.text.encode():
        changes.append(Change(str(lock.path), "lock"))
    elif lock is not None and os.path.lexists(beside(lock)):
        changes.append(Change(beside(lock), "litter"))
    for cluster, stages, files in parts(tree, only, old, found):
        look = look_at(root, (cluster, stages, files), found.get(cluster, ()), identity, allow_removal, foreign=foreign)
        if look.changes:
            touched.add(cluster)
        changes += look.changes
        diagnostics += look.diagnostics
        if foreign:
            known.update(path for path in look.known if path.count("/") == 1)
            known.add(f"{CLUSTERS}/{cluster}")
            if not look.diagnostics:
                changes += (Change(path, "foreign") for path in look.foreign)
    if foreign and not only:
        changes += (Change(path, "foreign") for path in _strangers(disk, known))
    changes += (Change(path, "litter") for path in litter)
    return blank._replace(
        files=tuple(changes),
        diagnostics=tuple(dict.fromkeys(diagnostics)),
        clusters=frozenset(touched),
        root_index=root_index,
        lock_text=lock_text,
    )


def _owner(disk: Disk, old: Identity | None, new: Identity, only: str, found: dict[str, tuple[str, ...]]) -> Iterator[Diagnostic]:
    """What is wrong with building this set into this root at all."""
    at = disk.at(INDEX)
    shown = disk.shown(INDEX)
    if old is None:
        if found:
            first = next(iter(found.values()))[0]
            yield NO_ROOT_INDEX.error(
                f"{shown} is missing, while {disk.shown(first)} says that kgen wrote here: whose tree this is cannot be told",
                at,
                help="restore it from version control, or build into an empty folder",
            )
        return
    if old.name != new.name:
        yield OTHER_SET.error(
            f'{disk.shown("")} holds the tree of "{old.name}", and this set is "{new.name}"',
            at,
            help=f"build into another folder with -o; if the set was renamed, write the new name into {shown}",
        )
    if old.overlays != new.overlays:
        yield OTHER_OVERLAYS.error(
            f"{disk.shown('')} was built with {_listed(old.overlays)}, not with {_listed(new.overlays)}",
            at,
            help=f"use the same overlays, or another folder with -o; if these overlays are to be used from now on, write them into {shown}",
        )
    if only and (old.layout, old.kustomization) != (new.layout, new.kustomization):
        yield PARTIAL_SHAPE.error(
            f'{disk.shown("")} is built with {_shape(old)}, and "{only}" alone was asked for with {_shape(new)}',
            at,
            help="build all clusters once with the new layout, or leave --layout and --kustomization out",
        )


def _listed(overlays: tuple[str, ...]) -> str:
    return ("overlays " if len(overlays) > 1 else "overlay ") + ", ".join(overlays) if overlays else "no overlay"


def _shape(identity: Identity) -> str:
    return f"layout {identity.layout}{' and kustomizations' if identity.kustomization else ''}"


def clusters_on(disk: Disk) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The paths of the indexes on disk by cluster, in byte order, and what a killed build left outside of any of them."""
    found: dict[str, tuple[str, ...]] = {}
    litter: list[str] = []
    for entry in disk.names(CLUSTERS):
        path = f"{CLUSTERS}/{entry.name}"
        if entry.is_symlink():
            continue
        if entry.is_dir():
            if os.path.lexists(disk.shown(f"{path}/{INDEX}")):
                found[entry.name] = (*found.get(entry.name, ()), f"{path}/{INDEX}")
            elif set(os.listdir(disk.shown(path))) <= {TEMPORARY}:
                litter.append(path)
        elif flat := FLAT_INDEX.fullmatch(entry.name):
            found[flat[1]] = (*found.get(flat[1], ()), path)
    return dict(sorted(found.items())), (*disk.litter, *litter)


def parts(tree: Callable[[], Iterable[Part]], only: str, root_index: Index | None, found: Iterable[str]) -> Iterator[Part]:
    """The parts of the tree, the root's own first; at the end an empty part for each cluster that is on disk and no longer in the tree."""
    left = dict.fromkeys(found)
    first = True
    for part in tree():
        # A slice leaves what belongs to no cluster as it is, once there is an index.
        if first and part[0] and (root_index is None or not only):
            yield ("", (), ())
        first = False
        left.pop(part[0], None)
        if part[0] or root_index is None or not only:
            yield part
    if first and not only:
        yield ("", (), ())
    if not only:
        for cluster in left:
            yield (cluster, (), ())


def look_at(
    root: Path,
    part: Part,
    old_indexes: tuple[str, ...],
    identity: Identity,
    allow_removal: frozenset[str],
    texts: bool = False,
    foreign: bool = False,
) -> Look:
    """One part beside the disk; `texts` also holds the text of every file to be written, `foreign` the files that are not kgen's."""
    cluster, stages, files = part
    disk = Disk(root)
    at = index.place(cluster, identity.layout)
    old_indexes = old_indexes if cluster else (INDEX,)
    # Before all else: who has gone through a folder need not ask for each below it.
    found = _below(disk, f"{CLUSTERS}/{cluster}" if cluster else DELIVERY) if foreign else []
    try:
        olds = [old for path in old_indexes if (old := index.load(disk, path)) is not None]
        index_now = disk.read(at)
    except Refused as refused:
        return Look((), (refused.finding,), frozenset())
    listed = {path: digests for old in olds for path, digests in old.entries.items()}

    changes: list[Change] = []
    diagnostics: list[Diagnostic] = []
    wanted: dict[str, tuple[str, ...]] = {}
    written: list[tuple[str, bytes]] = []
    for file in files:
        path = file.path
        if path in wanted or not _within(cluster, path):
            raise AssertionError(f"{path} is no path of its own for cluster {cluster!r}")
        wanted[path] = ()
        try:
            there = disk.read(path)
        except Refused as refused:
            diagnostics.append(refused.finding)
            continue
        digests = listed.get(path)
        if there is None and digests is None and not texts:
            # A first build prints nothing yet: the file is to be created, and the index changes, whatever the text.
            changes.append(Change(path, "create"))
            continue
        text = "".join(file.chunks).encode()
        wanted[path] = (digest(text),)
        if there == text:
            if digests is None:
                changes.append(Change(path, "adopt"))
            continue
        if there is None:
            changes.append(Change(path, "create"))
        elif digests is None:
            diagnostics.append(_unlisted(disk, path, at))
        else:
            changes.append(Change(path, "change" if digest(there) in digests else "mend"))
        if texts:
            written.append((path, text))

    deletions: list[str] = []
    gone: list[str] = []
    for path in sorted(listed.keys() - wanted.keys()):
        try:
            there = disk.read(path)
        except Refused as refused:
            diagnostics.append(refused.finding)
            continue
        if there is None:
            gone.append(path)
        elif digest(there) in listed[path]:
            deletions.append(path)
            changes.append(Change(path, "delete"))
        else:
            diagnostics.append(_edited_leftover(disk, path))

    had = frozenset[str]().union(*(old.stages for old in olds))
    if cluster and cluster not in allow_removal:
        if (deletions and not wanted) or (had and wanted and not stages):
            diagnostics.append(_cluster_removal(disk, cluster, old_indexes[0]))
        elif wanted and BROKER in had and BROKER not in stages:
            diagnostics.append(_broker_removal(disk, cluster, old_indexes[0]))

    here = next((old.entries for old in olds if old.path == at), {})
    both = {path: {*wanted.get(path, ()), *here.get(path, ())} for path in {*wanted, *here}}
    index_between: bytes | None
    index_then: bytes | None
    if not cluster:
        index_between, index_then = index.root_text(identity, both), index.root_text(identity, wanted)
    elif wanted:
        index_then = index.cluster_text(at, stages, wanted)
        # Only who writes needs the text of the time between.
        index_between = index.cluster_text(at, {*stages, *had}, both) if texts else None
    else:
        index_between, index_then = index_now, None
    others = tuple(old.path for old in olds if old.path != at)
    conflicts = {old.path for old in olds if old.conflict}
    # A file that was not printed has no digest yet, so the texts above cannot tell that the index will change.
    if index_now != index_then or () in wanted.values():
        changes.append(Change(at, "conflict" if at in conflicts else "index"))
    changes += (Change(path, "conflict" if path in conflicts else "index") for path in others)
    # What lies in the root and in clusters/ is everyone's, and found once for all.
    changes += (Change(path, "litter") for path in disk.litter if path.count("/") > 1)
    known = frozenset({*wanted, *listed, *old_indexes, at})
    return Look(
        changes=tuple(changes),
        diagnostics=tuple(diagnostics),
        known=known,
        texts=tuple(written),
        deletions=tuple(deletions),
        gone=tuple(gone),
        litter=tuple(disk.litter),
        index_path=at,
        index_now=index_now,
        index_between=index_between,
        index_then=index_then,
        other_indexes=others,
        # Without a cluster, what an engine is given: of a tree that gives it nothing, no engine applies that folder.
        foreign=tuple(path for path in found if path not in known)
        if cluster or any(path.startswith(f"{DELIVERY}/") for path in wanted)
        else (),
    )


def _within(cluster: str, path: str) -> bool:
    if not cluster:
        return not path.startswith(f"{CLUSTERS}/") and path != INDEX
    return path == f"{CLUSTERS}/{cluster}.yaml" or path.startswith(f"{CLUSTERS}/{cluster}/")


def _lock_text(lock: Lock | None) -> bytes | None:
    try:
        return lock.path.read_bytes() if lock else None
    except FileNotFoundError:
        return None


def beside(lock: Lock) -> str:
    """Where the lock's temporary file would lie."""
    return os.path.join(os.path.dirname(os.path.realpath(lock.path)), TEMPORARY)


def _below(disk: Disk, folder: str) -> list[str]:
    try:
        return disk.files(folder)
    except Refused:
        # A symlink or a file of that name: it is told where kgen needs the folder, and is nobody's concern elsewhere.
        return []


def _strangers(disk: Disk, known: set[str]) -> Iterator[str]:
    """Files in clusters/ that belong to no cluster that kgen knows."""
    for entry in disk.names(CLUSTERS):
        path = f"{CLUSTERS}/{entry.name}"
        if path in known or entry.name == TEMPORARY:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from disk.files(path)
        else:
            yield path


def _unlisted(disk: Disk, path: str, at: str) -> Diagnostic:
    return UNLISTED.error(
        f"{disk.shown(path)} is not kgen's (it is not in {disk.shown(at)}), and what kgen makes there is another text",
        disk.at(path),
        help="move or delete it, then build; a file with the very text that kgen makes is taken over",
    )


def _edited_leftover(disk: Disk, path: str) -> Diagnostic:
    return EDITED_LEFTOVER.error(
        f"{disk.shown(path)} is to be deleted, since the spec no longer makes it, but it was edited after kgen wrote it",
        disk.at(path),
        help="save what is worth keeping, then delete the file by hand and build",
    )


def _cluster_removal(disk: Disk, cluster: str, at: str) -> Diagnostic:
    return CLUSTER_REMOVAL.error(
        f'the spec no longer makes anything for cluster "{cluster}", and {disk.shown(at)} lists what would be deleted: all of it',
        disk.at(at),
        help=f"an engine that follows this tree would empty the cluster; if that is meant, pass --allow-removal {cluster}",
    )


def _broker_removal(disk: Disk, cluster: str, at: str) -> Diagnostic:
    return BROKER_REMOVAL.error(
        f'the spec no longer makes the broker on cluster "{cluster}", so its stage {BROKER} would be deleted',
        disk.at(at),
        help=f"every member loses its account on that broker at once; if that is meant, pass --allow-removal {cluster}",
    )


def drift(changes: Changes) -> Iterator[Diagnostic]:
    """What `--check` tells beside `changes.diagnostics`: each file that a build would touch is an error, each foreign one a warning.

    An index is named only where nothing else of its cluster is.
    """
    disk = Disk(changes.root)
    named: set[str] = set()
    indexes = []
    for path, action in changes.files:
        at, shown = Span(disk.shown(path), 1, 1, 1, 1), disk.shown(path)
        if action in ("create", "change", "mend", "delete"):
            named.add(_cluster_of(path))
        if action == "create":
            yield MISSING.error(f"{shown} is missing", at, help="run kgen build")
        elif action == "change":
            yield STALE.error(f"{shown} is not what the spec makes now", at, help="run kgen build; --diff shows the change")
        elif action == "mend":
            yield EDITED.error(
                f"{shown} was edited after kgen wrote it", at, help="put the change into the spec; kgen build writes the file anew"
            )
        elif action == "delete":
            yield LEFTOVER.error(f"{shown} is no longer made by the spec", at, help="run kgen build, which deletes it")
        elif action == "conflict":
            yield index.CONFLICT.error(f"{shown} holds an unresolved merge", at, help="run kgen build, which writes it anew from the spec")
        elif action == "foreign":
            yield FOREIGN.warning(
                f"{shown} is not kgen's, and engines that apply this folder apply it too",
                at,
                help="move it out of clusters/, or make it one of the spec's `manifests`",
            )
        elif action == "index":
            indexes.append(path)
    for path in indexes:
        if (cluster := _cluster_of(path)) not in named:
            at, shown = Span(disk.shown(path), 1, 1, 1, 1), disk.shown(path)
            if not cluster and changes.root_index is None:
                yield MISSING.error(f"{shown} is missing: nothing has been built into {disk.shown('')} yet", at, help="run kgen build")
            else:
                yield STALE.error(f"{shown} does not list what the spec makes now", at, help="run kgen build")


def _cluster_of(path: str) -> str:
    """The cluster that a path in the tree belongs to, "" for none: `clusters/<c>/...`, `clusters/<c>.yaml`, `clusters/.<c>.kgen-index`."""
    top, _, rest = path.partition("/")
    if top != CLUSTERS:
        return ""
    name = rest.partition("/")[0]
    return name.removeprefix(".").removesuffix(INDEX).removesuffix(".yaml")
