"""`kgen build` into a folder: write it, check it, or show what would change there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias

import click

from kgen.cli import console, options
from kgen.cli.empty import empty
from kgen.clusterset import overlay
from kgen.diagnostics import Code, Diagnostic, Rejected, in_order
from kgen.manifest import File
from kgen.pipeline import Build, Request, build
from kgen.plan.addressing import Unlocked
from kgen.records import NamedTuple
from kgen.reports.text import counted
from kgen.targets.directory import ClusterFiles, tree
from kgen.targets.texts import Texts
from kgen.write import Changes, Identity, Layout, Lock, apply, compare, drift, overlay_at, overlay_from, recorded, settled

NO_FOLDERS: Final = Code("KG450", "layout-without-folders")
Mode: TypeAlias = Literal["write", "check", "diff"]


class Wanted(NamedTuple):
    """What is to happen to which folder; None for layout and kustomization is "as the folder has it"."""

    out: str
    mode: Mode
    layout: Layout | None
    kustomization: bool | None
    allow_removal: frozenset[str]
    allow_empty: bool


def run(spec: str, overlays: tuple[str, ...], cluster: str | None, locked: bool, wanted: Wanted, how: options.Reporting) -> int:
    """Builds, compares, and does what was asked for; the exit code."""
    root = Path(wanted.out)
    stdout = wanted.mode != "diff"
    try:
        old = recorded(root)
    except Rejected as rejected:
        options.report(in_order(rejected.diagnostics), {}, how, stdout)
        return 1
    if wanted.kustomization and (wanted.layout or (old.layout if old is not None else "stage")) == "cluster":
        raise click.UsageError("--kustomization wants a folder for each cluster, and layout cluster has none: choose another --layout")
    if old is not None and not overlays and wanted.mode != "write":
        overlays = tuple(overlay.beyond(spec, [overlay_at(root, name) for name in old.overlays]))
    required = locked or wanted.mode == "check"
    unlocked: Unlocked = "error" if required else "written" if wanted.mode == "write" else "warning"
    bar = console.progress("judging")
    made = build(Request(spec, overlays, cluster, how.strict, unlocked), bar)
    console.wipe(bar)
    found = made.diagnostics
    if _clean(found) and not wanted.allow_empty:
        found = (*found, *empty(made, spec))
    if not _clean(found):
        options.report(found, made.texts, how, stdout)
        return 1
    whose = identity(made, root, wanted, old)
    if no_folders := _folderless(made, whose):
        options.report([no_folders], made.texts, how, stdout)
        return 1
    source = Tree(made, whose)
    changes = compare(
        root,
        source.parts,
        source.identity,
        only=cluster or "",
        allow_removal=wanted.allow_removal,
        lock=_lock(made, locked),
        foreign=wanted.mode == "check",
    )
    found = in_order((*found, *changes.diagnostics, *(_drift(changes, made) if wanted.mode == "check" else ())))
    if how.strict:
        found = tuple(one._replace(severity="error") for one in found)
    if not options.report(found, made.texts, how, stdout):
        return 1
    return DEEDS[wanted.mode](changes, source, how)


class Tree:
    """The files of a build, given anew for each pass, and how many there are after the first."""

    def __init__(self, made: Build, identity: Identity) -> None:
        self.made = made
        self.identity = identity
        self.files = 0
        self._texts = Texts()

    def parts(self) -> Iterator[ClusterFiles]:
        """Each cluster's part."""
        self.files = 0
        named = console.told(self.made.clusters, console.progress("comparing"))
        placed = ((name, self.made.placements(name)) for name in named)
        assert self.made.plan is not None
        delivery = self.made.plan.delivery
        stages = {} if delivery is None else delivery.stages
        for part in tree(placed, self.identity.layout, self.identity.kustomization, self._texts, self.made.delivery, stages):
            yield part._replace(files=self._counted(part.files))

    def _counted(self, files: Iterable[File]) -> Iterator[File]:
        for file in files:
            self.files += 1
            yield file


def identity(made: Build, root: Path, wanted: Wanted, old: Identity | None) -> Identity:
    """Whose tree it is: the set, all overlays in effect (also those that the spec itself is, or is based on), and the shape."""
    assert made.layered is not None
    overlays = tuple(overlay_from(root, document.name) for document in made.layered.documents[1:])
    return settled(old, made.name, overlays, wanted.layout, wanted.kustomization)


def _folderless(made: Build, whose: Identity) -> Diagnostic | None:
    """The finding that the engine is to apply folders, and the layout has none."""
    assert made.wish is not None
    if made.wish.delivery is None or whose.layout != "cluster":
        return None
    return NO_FOLDERS.error(
        "layout cluster makes one file of a cluster, and spec.delivery has an engine apply folders",
        made.located(made.wish.delivery.at),
        help="build with --layout stage or object; or leave delivery out of the spec",
    )


def _lock(made: Build, locked: bool) -> Lock | None:
    """The lock to be written with the tree: none where it is to stay as it is, so that a departed cluster is marked by a later build."""
    assert made.lock is not None
    text = made.lock.new()
    return Lock(Path(made.lock.path), text) if text and not locked else None


def _clean(found: Iterable[Diagnostic]) -> bool:
    return not any(one.severity == "error" for one in found)


def _drift(changes: Changes, made: Build) -> Iterator[Diagnostic]:
    """What a check finds in the folder, and in the lock."""
    from kgen.diagnostics import Span
    from kgen.write.compare import STALE

    yield from drift(changes)
    if changes.count("lock"):
        assert made.lock is not None
        at = Span(made.lock.path, 1, 1, 1, 1)
        yield STALE.error(f"{made.lock.path} is not what the spec makes now", at, help="run kgen build; --diff shows the change")


def _write(changes: Changes, source: Tree, how: options.Reporting) -> int:
    files = source.files
    apply(changes)
    wrote, adopted, deleted = changes.count("create", "change", "mend"), changes.count("adopt"), changes.count("delete")
    parts = [f"wrote {counted(wrote, 'file')}"]
    parts += [f"took over {adopted}"] if adopted else []
    parts += [f"deleted {deleted}"] if deleted else []
    parts += [f"{files - wrote - adopted} unchanged"] if files > wrote + adopted else []
    lock = " (and the lock)" if changes.count("lock") else ""
    line = f"{', '.join(parts)} in {changes.root}{lock}" if changes.pending else f"{changes.root} is up to date: {counted(files, 'file')}"
    options.say(how, line)
    return 0


def _check(changes: Changes, source: Tree, how: options.Reporting) -> int:
    options.say(how, f"{changes.root} is up to date: {counted(source.files, 'file')}")
    return 0


def _diff(changes: Changes, source: Tree, how: options.Reporting) -> int:
    # Not at the top: most runs write or check.
    from kgen.cli.shown import shown
    from kgen.write.diff import FileDiff, diff

    differs = False

    def seen() -> Iterator[FileDiff]:
        nonlocal differs
        for file in diff(changes):
            differs = True
            yield file

    console.put(shown(seen(), how.form, console.wants_colour(sys.stdout)))
    return 1 if differs else 0


DEEDS = {"write": _write, "check": _check, "diff": _diff}
