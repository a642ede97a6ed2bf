"""By which versions a file is judged: those that were asked for, those of the ClusterSet that it belongs to, or the newest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from kgen.conformance import Table, table
from kgen.diagnostics import Rejected
from kgen.manifest import GroupVersionKind
from kgen.manifests.files import SPEC, is_layer
from kgen.records import NamedTuple
from kgen.versions import SUBMARINER, Profile, minor, newest, number, profile

if TYPE_CHECKING:
    from kgen.clusterset.model import ClusterSet

# The names of kgen.write, which only a tree that kgen wrote needs to be imported for.
INDEX: Final = ".kgen-index"
CLUSTERS: Final = "clusters"


class World:
    """What one kind of cluster takes: the table of each kind, for product versions that `said` puts in words."""

    def __init__(self, versions: Profile, own: Mapping[GroupVersionKind, Table], said: str) -> None:
        self.versions = versions
        self.said = said
        self._own = own
        # Submariner's own objects are in no output of kgen, but may be in a manifest.
        self._products = {**versions.products(), "submariner-broker": newest(SUBMARINER)}
        self._known: dict[tuple[str, str], Table | None] = {}

    def table(self, api_version: str, kind: str) -> Table | None:
        """The table of a kind; None where nothing brings it."""
        key = (api_version, kind)
        if key not in self._known:
            group, _, version = api_version.rpartition("/")
            gvk = GroupVersionKind(group, version, kind)
            self._known[key] = self._own.get(gvk) or table(gvk, self._products)
        return self._known[key]

    @property
    def products(self) -> Mapping[str, str]:
        """Product to version, as `kgen.conformance` takes it."""
        return self._products


class Worlds:
    """The World of each file; what is the same for many files is made once."""

    def __init__(self, given: Mapping[str, str] | None, own: Mapping[GroupVersionKind, Table]) -> None:
        """`given`: versions by the keys of a spec's `versions`, which then hold for every file; `own`: tables of CRDs that were named."""
        self._own = own
        self._given = None if given is None else World(profile(given).complete(), own, "as --versions says")
        self._newest: World | None = None
        self._specs: dict[str, str | None] = {}  # folder to the nearest spec
        self._sets: dict[tuple[str, tuple[str, ...]], Members] = {}
        self.texts: dict[str, str] = {}

    def of(self, path: str) -> World:
        """The World of a file ("-" belongs to this folder). Raises Rejected where the ClusterSet that should tell it is wrong."""
        if self._given is not None:
            return self._given
        absolute = os.path.abspath(os.curdir if path == "-" else path)
        folder = absolute if path == "-" else os.path.dirname(absolute)
        tree = _tree(absolute)
        spec = self._nearest(folder if tree is None else tree[0])
        if spec is None:
            if self._newest is None:
                self._newest = World(profile({}).complete(), self._own, "the newest that kgen knows")
            return self._newest
        if tree is not None:
            return self._members(spec, tree[0]).of(tree[1])
        return self._members(spec, None).of(None)

    def _nearest(self, folder: str) -> str | None:
        """The spec of a folder, or of the nearest above it that has one, up to the root of a repository."""
        passed = []
        found = None
        while True:
            if folder in self._specs:
                found = self._specs[folder]
                break
            passed.append(folder)
            candidate = os.path.join(folder, SPEC)
            if os.path.isfile(candidate) and not _is_layer(candidate):
                found = os.path.relpath(candidate)
                break
            above = os.path.dirname(folder)
            if above == folder or os.path.exists(os.path.join(folder, ".git")):
                break
            folder = above
        self._specs.update(dict.fromkeys(passed, found))
        return found

    def _members(self, spec: str, tree: str | None) -> Members:
        """What a spec says of its clusters, with the overlays that the tree was built with."""
        overlays: tuple[str, ...] = ()
        name = None
        if tree is not None:
            # Not at the top, as all that only a tree or a spec needs.
            from pathlib import Path

            from kgen.clusterset import overlay
            from kgen.write import overlay_at, recorded

            root = Path(os.path.relpath(tree))
            identity = recorded(root)
            assert identity is not None
            name = identity.name
            overlays = tuple(overlay.beyond(spec, [overlay_at(root, each) for each in identity.overlays]))
        key = (spec, overlays)
        if key not in self._sets:
            self._sets[key] = self._read(spec, overlays)
        members = self._sets[key]
        # The tree of another set, which happens to lie here: its index knows no versions, and it gets those of the set around it.
        return members if name is None or members.name in ("", name) else self._members(spec, None)._replace(clusters={})

    def _read(self, spec: str, overlays: tuple[str, ...]) -> Members:
        from kgen.pipeline import Request, resolve

        found = resolve(Request(spec, overlays))
        self.texts.update(found.texts)
        if found.wish is None:
            return Members("", {}, Rejected(found.diagnostics))
        own = {**found.own_tables, **self._own}
        usual = World(_usual(found.wish), own, f"as {spec} says")
        clusters = {name: World(each.complete(), own, f"as {spec} says") for name, each in found.profiles.items()}
        return Members(found.wish.name, clusters, usual)


class Members(NamedTuple):
    """What a ClusterSet says of its clusters: a World for each, and the usual one, or what keeps it from saying so."""

    name: str
    clusters: Mapping[str, World]
    usual: World | Rejected

    def of(self, cluster: str | None) -> World:
        """The World of a cluster; the usual one for None, and for a cluster that the set does not have any more."""
        if isinstance(self.usual, Rejected):
            raise self.usual
        return self.clusters.get(cluster or "", self.usual)


def _usual(wish: ClusterSet) -> Profile:
    """What a cluster without versions of its own runs; where the set does not say, the newest that any of its clusters has."""
    from kgen.plan.topology import written

    told, _ = written([wish.versions])
    given = dict(told)
    for cluster in wish.clusters:
        own, _ = written([cluster.versions] if cluster.versions is not None else [])
        given |= {key: version for key, version in own.items() if key not in told and (key not in given or _later(version, given[key]))}
    return profile(given).complete()


def _later(version: str, other: str) -> bool:
    return version[:1].isdigit() and other[:1].isdigit() and number(minor(version)) > number(minor(other))  # a channel is neither


def _tree(path: str) -> tuple[str, str] | None:
    """The root of the tree that kgen wrote and that a path lies in, and the cluster that it is of; None for any other path."""
    parts = path.split(os.sep)
    for at in range(len(parts) - 2, 0, -1):
        root = os.sep.join(parts[:at])
        if parts[at] == CLUSTERS and os.path.isfile(os.path.join(root, INDEX)):
            last = at + 1 == len(parts) - 1
            return root, os.path.splitext(parts[at + 1])[0] if last else parts[at + 1]
    return None


def _is_layer(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return is_layer(file.read())
    except OSError:
        return False  # what is wrong with it is told when it is read as the spec
