"""From the plan to every cluster's objects: rendered, patched, completed and judged, each distinct one once.

What clusters share is one plan item, so one Manifest, and every memo here is keyed by identity; the values that make the
keys are held as long as the memo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from kgen.checks.manifests.conforms import conforms, remarks, unknown_kind
from kgen.clusterset.model import ClusterSet, RawManifest
from kgen.conformance import Table, table
from kgen.diagnostics import Diagnostic, FieldPath
from kgen.kinds.marks import waved
from kgen.kinds.render import render
from kgen.manifest import GroupVersionKind, Manifest, Placement, manifest, order
from kgen.plan.model import ClusterPlan, DeliveryPlan, Plan, SharedPlan
from kgen.records import NamedTuple
from kgen.versions import KUBERNETES, Profile

if TYPE_CHECKING:
    from kgen.patch import ListKeys, Patcher

# Kinds that a Gateway or a route leans on go before the routes; every other raw manifest comes last.
EARLY_STAGE: Final = "40-gateways"
LATE_STAGE: Final = "60-manifests"

# An engine's own cluster is none of the set's: of its versions, only the engine's count.
ENGINE: Final = Profile(KUBERNETES[-1], None, None, None, "")

Tables = Mapping[GroupVersionKind, Table]
RANK: Final = attrgetter("rank")


class Entry(NamedTuple):
    """An object in its place: entries of a cluster sort into canonical order by `rank`, which no two share."""

    rank: tuple[object, ...]
    stage: str
    manifest: Manifest


class Objects:
    """Every cluster's objects; `findings` are what the judges said of them, each object once."""

    def __init__(self, plan: Plan, wish: ClusterSet, own_tables: Tables, progress: Callable[[int, int], None] | None = None) -> None:
        self.findings: list[Diagnostic] = []
        self._own_tables = own_tables
        self._marks = plan.marks
        self._patcher = _patcher(wish)
        self._tables: dict[Profile, dict[GroupVersionKind, Table | None]] = {}
        self._rendered: dict[int, tuple[Entry, ...]] = {}
        self._judged: dict[Profile, dict[int, tuple[Entry, Entry]]] = {}
        self._shared: dict[tuple[int, Profile], list[Entry]] = {}
        self._raw: dict[int, Entry] = {}
        self._list_keys: dict[Profile, ListKeys] = {}
        self._by_cluster: dict[str, list[Entry]] = {}
        self.delivery = tuple(self._delivered(plan.delivery)) if plan.delivery is not None else ()
        for done, (name, cluster) in enumerate(plan.clusters.items()):
            if progress is not None:
                progress(done, len(plan.clusters))
            self._by_cluster[name] = self._cluster(cluster)
        if self._patcher is not None and self._patcher.findings:
            # What a wrong patch makes of an object says nothing about the spec.
            self.findings = self._patcher.findings

    def placements(self, cluster: str) -> Iterator[Placement]:
        """A cluster's objects, sorted by stage, then in canonical order."""
        return (Placement(cluster, stage, found) for _, stage, found in self._by_cluster[cluster])

    def manifests(self, cluster: str) -> list[Manifest]:
        """The same without their places."""
        return [entry.manifest for entry in self._by_cluster[cluster]]

    def _cluster(self, plan: ClusterPlan) -> list[Entry]:
        own = [entry for item in _own_items(plan) for entry in self._render(item)]
        if not plan.patches:
            entries = [*self._judge_all(own, plan.profile), *self._shared_entries(plan.shared, plan.profile)]
        else:
            assert self._patcher is not None
            before = [*own, *(entry for item in _shared_items(plan.shared) for entry in self._render(item))]
            patched = self._patcher.apply(
                plan.name, [Placement(plan.name, stage, found) for _, stage, found in before], self._keys(plan.profile)
            )
            after = [
                entry if placed.manifest is entry.manifest else entry._replace(manifest=placed.manifest)
                for entry, placed in zip(before, patched, strict=True)
            ]
            entries = self._judge_all([*after, *map(self._raw_entry, plan.shared.manifests)], plan.profile)
        entries.sort(key=RANK)
        return entries

    def _delivered(self, plan: DeliveryPlan) -> Iterator[Placement]:
        """The engine's own objects, each in its folder; they are judged by the engines' versions, and no patch is for them."""
        for folder, items in plan.folders:
            entries = self._judge_all([entry for item in items for entry in self._render(item)], ENGINE)
            entries.sort(key=RANK)
            yield from (Placement("", folder, entry.manifest) for entry in entries)

    def _shared_entries(self, shared: SharedPlan, profile: Profile) -> list[Entry]:
        key = (id(shared), profile)
        if key not in self._shared:
            found = [entry for item in _shared_items(shared) for entry in self._render(item)]
            entries = self._judge_all([*found, *map(self._raw_entry, shared.manifests)], profile)
            entries.sort(key=RANK)
            self._shared[key] = entries
        return self._shared[key]

    def _render(self, item: object) -> tuple[Entry, ...]:
        if id(item) not in self._rendered:
            self._rendered[id(item)] = tuple(Entry(order(stage, found), stage, found) for stage, found in render(item, self._marks))
        return self._rendered[id(item)]

    def _raw_entry(self, raw: RawManifest) -> Entry:
        if id(raw) not in self._raw:
            found = manifest(dict(raw.object), raw.at / "object")
            early = found.gvk.group == "gateway.envoyproxy.io" or found.gvk.kind == "BackendTLSPolicy"
            stage = raw.stage or (EARLY_STAGE if early else LATE_STAGE)
            self._raw[id(raw)] = Entry(order(stage, found), stage, waved(found, stage, self._marks))
        return self._raw[id(raw)]

    def _judge_all(self, entries: Sequence[Entry], profile: Profile) -> list[Entry]:
        """The entries with their objects completed as the API server of this profile would complete them."""
        # A profile is a large key: it is hashed once for all of a cluster's objects.
        known = self._judged.setdefault(profile, {})
        tables = self._tables_of(profile)
        done = []
        for entry in entries:
            found = entry.manifest
            pair = known.get(id(found))
            if pair is None:
                judge = self._table(found.gvk, profile, tables)
                pair = known[id(found)] = (entry, self._judge(entry, judge, profile))
            done.append(pair[1])
        return done

    def _judge(self, entry: Entry, judge: Table | None, profile: Profile) -> Entry:
        found = entry.manifest
        if judge is None:
            self.findings.append(unknown_kind(found, profile))
            return entry
        body, findings, warnings = judge.judge(found.body)
        if findings:
            self.findings.extend(conforms(found, findings))
        if warnings:
            self.findings.extend(remarks(found, warnings))
        return entry if body is found.body else Entry(entry.rank, entry.stage, found.with_body(body))

    def _keys(self, profile: Profile) -> ListKeys:
        """For patches: the list-map keys of the list at a path of a kind, in this profile's versions."""
        if profile not in self._list_keys:
            tables = self._tables_of(profile)

            def list_keys(gvk: GroupVersionKind, path: tuple[str | int, ...]) -> tuple[str, ...] | None:
                judge = self._table(gvk, profile, tables)
                return None if judge is None else judge.list_keys(FieldPath(path))

            self._list_keys[profile] = list_keys
        return self._list_keys[profile]

    def _tables_of(self, profile: Profile) -> dict[GroupVersionKind, Table | None]:
        return self._tables.setdefault(profile, {})

    def _table(self, gvk: GroupVersionKind, profile: Profile, tables: dict[GroupVersionKind, Table | None]) -> Table | None:
        """The table of a kind; `tables` are those of the profile that are known."""
        if gvk not in tables:
            tables[gvk] = self._own_tables[gvk] if gvk in self._own_tables else table(gvk, profile.products())
        return tables[gvk]


def _patcher(wish: ClusterSet) -> Patcher | None:
    if not wish.patches:
        return None
    # Imported here: most sets have no patch, and start-up counts.
    from kgen.patch import Patcher

    return Patcher(wish)


def _own_items(plan: ClusterPlan) -> Sequence[object]:
    items: list[object] = [*plan.secrets, *plan.operators]
    if plan.broker is not None:
        items += [plan.broker, *plan.broker.accounts, *plan.broker.crds]
    if plan.join is not None:
        items.append(plan.join)
    return items


def _shared_items(shared: SharedPlan) -> Iterator[object]:
    for items in shared:
        if items is not shared.manifests:
            yield from items
