"""The table of contents: from one spec to every cluster's objects, one line a step. Each step collects all that it can know, then stops."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from kgen import bundled, source
from kgen.checks import PLAN_CHECKS, SPEC_CHECKS, VARIANT_CHECKS
from kgen.checks.scope import scopes
from kgen.clusterset import overlay
from kgen.clusterset.decode import decode
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.overlay import Layered
from kgen.clusterset.override import NONE, Variants, variants
from kgen.clusterset.selector import listed, nearest
from kgen.conformance import Table
from kgen.diagnostics import Code, Diagnostic, FieldPath, Place, Rejected, Span, in_order
from kgen.manifest import GroupVersionKind, Placement
from kgen.objects import Objects
from kgen.own_kinds import own_tables
from kgen.plan.addressing import Unlocked, allocate
from kgen.plan.fleet import make_plan
from kgen.plan.lock import EMPTY, FILE_NAME, Lock, lock_text, read_lock
from kgen.plan.model import Plan
from kgen.plan.topology import profiles
from kgen.records import NamedTuple
from kgen.source import Document
from kgen.targets.duplicates import duplicates
from kgen.versions import Profile

UNKNOWN_CLUSTER: Final = Code("KG413", "unknown-cluster")
EMPTY_LOCK: Final = "restore it from Git; or delete it, and a build gives every member a new block"


class Request(NamedTuple):
    """What was asked: `spec` and `overlays` as given on the command line; `unlocked` is what a block that the lock lacks means.

    `stdin` is what the spec "-" stands for, where standard input has been read already.
    `within`, a real path, is the folder that nothing may be read from outside of; what ships with kgen does not count.
    """

    spec: str
    overlays: tuple[str, ...] = ()
    cluster: str | None = None
    strict: bool = False
    unlocked: Unlocked = "warning"
    stdin: bytes | None = None
    within: str | None = None


class LockState(NamedTuple):
    """The lock beside the spec: its text on disk (None where there is none), and what it should hold."""

    path: str
    old: str | None
    entries: Lock

    def new(self) -> str:
        """Its text as it should be; "" for none."""
        return lock_text(self.entries)


class Build(NamedTuple):
    """What came of a request; it holds no text of manifests: targets print `placements` when they are gone through."""

    name: str
    layered: Layered | None
    wish: ClusterSet | None
    plan: Plan | None
    objects: Objects | None
    lock: LockState | None
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str]
    only: str | None

    @property
    def ok(self) -> bool:
        """Whether there is no error, so that what was built may be used."""
        return not any(found.severity == "error" for found in self.diagnostics)

    @property
    def clusters(self) -> tuple[str, ...]:
        """The clusters that are asked for, in byte order of name."""
        if self.plan is None:
            return ()
        return tuple(self.plan.clusters) if self.only is None else (self.only,)

    def located(self, at: FieldPath) -> Span:
        """Where the value at a path of the merged spec stands."""
        assert self.layered is not None
        return self.layered.document.span(at)

    @property
    def delivery(self) -> tuple[Placement, ...]:
        """The delivery engine's own objects, each in its folder (`stage`) of the tree."""
        assert self.objects is not None
        return self.objects.delivery

    def placements(self, cluster: str) -> Iterator[Placement]:
        """A cluster's objects, judged and completed, in canonical order."""
        assert self.objects is not None
        return self.objects.placements(cluster)


class Resolved(NamedTuple):
    """What a spec says of its clusters' versions, by name, and of its own kinds; nothing of it where there is an error."""

    wish: ClusterSet | None
    profiles: Mapping[str, Profile]
    own_tables: Mapping[GroupVersionKind, Table]
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str]


def resolve(request: Request) -> Resolved:
    """The versions of a spec's clusters, and the kinds that it brings: the first steps of a build."""
    run = _Run(request)
    resolved: dict[str, Profile] = {}
    tables: Mapping[GroupVersionKind, Table] = {}
    try:
        layered = run.layered = overlay.load(request.spec, request.overlays, run.read)
        wish = decode(layered.document)
        run.variants = variants(layered.document, wish)
        resolved = profiles(wish, run.variants.by_cluster, run.found)
        tables = own_tables(wish, layered.document)
        run.stop_at(())
        run.wish = wish
    except Rejected as rejected:
        run.refuse(rejected)
    return Resolved(run.wish, resolved, tables, run.result().diagnostics, run.texts)


def build(request: Request, progress: Callable[[int, int], None] | None = None) -> Build:
    """Everything that a spec asks for, or everything that is wrong with it. `progress` is told (clusters done, clusters in all)."""
    run = _Run(request)
    try:
        run.steps(progress)
    except Rejected as rejected:
        run.refuse(rejected)
    return run.result()


class _Run:
    """One build under way: what the steps so far have made, and what they have found."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.found: list[Diagnostic] = []
        self.texts: dict[str, str] = {}
        self.layered: Layered | None = None
        self.variants: Variants = NONE
        self.wish: ClusterSet | None = None
        self.plan: Plan | None = None
        self.objects: Objects | None = None
        self.lock: LockState | None = None

    def steps(self, progress: Callable[[int, int], None] | None) -> None:
        request = self.request
        layered = self.layered = overlay.load(request.spec, request.overlays, self.read)
        wish = self.wish = decode(layered.document)
        self.variants = variants(layered.document, wish)
        by_cluster = self.variants.by_cluster
        self.found += (found for check in SPEC_CHECKS for found in check.check(wish))
        self.stop_at(found for each, scope in scopes(wish, by_cluster) for check in VARIANT_CHECKS for found in check.check(each, scope))
        lock = self.read_lock(layered)
        resolved = profiles(wish, by_cluster, self.found)
        addresses = allocate(wish, lock, request.unlocked, self.found)
        self.stop_at(())
        plan = self.plan = make_plan(wish, by_cluster, resolved, addresses)
        if self.lock is not None:
            self.lock = self.lock._replace(entries=addresses.lock)
        self.stop_at(found for check in PLAN_CHECKS for found in check.check(plan, wish))
        if request.cluster is not None and request.cluster not in plan.clusters:
            raise Rejected([unknown_cluster(request.cluster, plan.clusters, wish)])
        asked = plan if request.cluster is None else plan.only(request.cluster)
        objects = self.objects = Objects(asked, wish, own_tables(wish, layered.document, self.read_manifests), progress)
        self.stop_at(objects.findings)
        self.stop_at(duplicates((name, objects.manifests(name)) for name in asked.clusters))

    def read_lock(self, layered: Layered) -> Lock:
        path = os.path.join(os.path.dirname(layered.last), FILE_NAME)
        if not os.path.lexists(path):
            self.lock = LockState(path, None, EMPTY)
            return EMPTY
        try:
            document = self.read(path)
        except Rejected as rejected:
            rejected.diagnostics = tuple(
                found._replace(help=EMPTY_LOCK) if found.code == source.EMPTY.number else found for found in rejected.diagnostics
            )
            raise
        self.lock = LockState(path, document.text, EMPTY)
        return read_lock(document)

    def read(self, path: str, name: str | None = None) -> Document:
        """The document at a path, its text kept for the code frames of reports."""
        self.keep_within(path, path if name is None else name)
        given = self.request.stdin if path == "-" else None
        document = source.read(path, name) if given is None else source.parse(given, path)
        self.texts[document.name] = document.text
        return document

    def read_manifests(self, path: str) -> tuple[Document, ...]:
        self.keep_within(path, path)
        return source.read_manifests(path)

    def keep_within(self, path: str, name: str) -> None:
        if self.request.within is not None and path != "-":
            source.keep_within((self.request.within, os.path.realpath(bundled.folder("overlays"))), path, name)

    def refuse(self, rejected: Rejected) -> None:
        """Takes what made a step impossible."""
        self.found += rejected.diagnostics
        if isinstance(rejected, source.RejectedText):
            self.texts[rejected.name] = rejected.text

    def stop_at(self, findings: Iterable[Diagnostic]) -> None:
        """Takes a step's findings; with an error among all so far, no further step runs."""
        self.found += findings
        if any(found.severity == "error" for found in self.found):
            raise Rejected(())

    def result(self) -> Build:
        located = in_order(self.locate(found) for found in self.found)
        if self.request.strict:
            located = tuple(found._replace(severity="error") for found in located)
        name = self.wish.name if self.wish is not None else ""
        return Build(name, self.layered, self.wish, self.plan, self.objects, self.lock, located, self.texts, self.request.cluster)

    def locate(self, found: Diagnostic) -> Diagnostic:
        """The finding with every place turned into a span of the author's file."""
        related = tuple(other._replace(at=self.span(other.at)) for other in found.related)
        return found._replace(at=self.span(found.at), related=related)

    def span(self, at: Place) -> Span:
        if isinstance(at, Span):
            return at
        assert self.layered is not None
        return self.variants.span(at) or self.layered.document.span(at)


def unknown_cluster(name: str, known: Iterable[str], wish: ClusterSet) -> Diagnostic:
    """The finding that what was asked for is none of the set's clusters."""
    near = nearest(name, tuple(known))
    return UNKNOWN_CLUSTER.error(
        f'"{name}" was asked for, and is no cluster of the set',
        wish.at / "clusters",
        f'did you mean "{near}"?' if near else "",
        help=f"the set has: {listed(tuple(known))}",
    )
