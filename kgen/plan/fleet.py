"""The whole plan: clusters that get the same are found first, and what they share is decided once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, TypeVar

from kgen.clusterset.model import ClusterSet, Namespace
from kgen.clusterset.selector import fleet, select
from kgen.plan.addressing import Addresses
from kgen.plan.delivery import delivery, marks, operators
from kgen.plan.gateways import class_plan, gateway_plan, key_of, parent_of, proxy_plan, route_plan, routed_by_service
from kgen.plan.grants import grants
from kgen.plan.join import OPERATOR_NAMESPACE, broker_side, common_fields, join, secrets
from kgen.plan.model import BrokerPlan, ClusterPlan, ExportPlan, NamespacePlan, Plan, SharedPlan
from kgen.plan.services import Naming, exporters, importers, service_refs
from kgen.records import NamedTuple
from kgen.versions import Profile, route_version

T = TypeVar("T")
POD_SECURITY: Final = {"pod-security.kubernetes.io/enforce": "privileged"}


class Once:
    """Makes each value once: the same key gives the same object, so that it is rendered, judged and printed once."""

    def __init__(self) -> None:
        self.made: dict[Hashable, Any] = {}

    def __call__(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]  # type: ignore[no-any-return]


class Where(NamedTuple):
    """For each cluster the indices, in the base wish, of the items that are placed there by their own selectors."""

    exports: Mapping[str, list[int]]
    imports: Mapping[str, list[int]]
    gateways: Mapping[str, list[int]]
    kept_out: Mapping[str, list[int]]  # routes that their own deployTo keeps out of a cluster
    manifests: Mapping[str, list[int]]
    patches: Mapping[str, list[int]]


def make_plan(wish: ClusterSet, variants: Mapping[str, ClusterSet], profiles: Mapping[str, Profile], addresses: Addresses) -> Plan:
    """Every cluster's plan. `variants` holds the wish of the clusters that an override touches."""
    where = _placed(wish)
    once = Once()
    exporting = exporters(wish, fleet(wish.clusters))
    naming = Naming(exporting, {c.name: c.cluster_id for c in wish.clusters})
    broker = broker_side(wish, profiles)
    broker_home = wish.broker.cluster if broker is not None and wish.broker is not None else None
    result: dict[str, ClusterPlan] = {}
    for cluster in sorted(wish.clusters, key=lambda c: c.name.encode()):
        mine = variants.get(cluster.name, wish)
        profile = profiles[cluster.name]
        joins = wish.join != "external" and cluster.member and not cluster.leaving
        here_broker = broker if cluster.name == broker_home else None
        lists = tuple(tuple(table.get(cluster.name, ())) for table in where[:5])
        key = ("shared", id(mine), profile, joins, here_broker is not None, lists)
        shared = once(key, lambda: _shared(once, wish, mine, profile, naming, lists, joins, here_broker))  # noqa: B023
        planned = ClusterPlan(
            cluster.name,
            profile,
            here_broker,
            join(mine, cluster, profile, addresses, once(("join", id(mine)), lambda: common_fields(mine))) if joins else None,  # noqa: B023
            tuple(once(plan, lambda: plan) if _hashable(plan) else plan for plan in secrets(mine, cluster, profile)) if joins else (),  # noqa: B023
            shared,
            tuple(wish.patches[i] for i in where.patches.get(cluster.name, ())),
        )
        result[cluster.name] = planned._replace(operators=operators(wish, planned)) if wish.delivery is not None else planned
    return Plan(wish.name, result, addresses.lock, marks(wish), delivery(wish, variants, result))


def _hashable(plan: object) -> bool:
    return all(not isinstance(part, dict) for part in plan)  # type: ignore[attr-defined]


def _placed(wish: ClusterSet) -> Where:
    known = fleet(wish.clusters)

    def invert(selections: Iterable[tuple[int, Iterable[str]]]) -> dict[str, list[int]]:
        table: dict[str, list[int]] = {}
        for index, names in selections:
            for name in names:
                table.setdefault(name, []).append(index)
        return table

    everywhere = known.staying
    return Where(
        invert((i, select(s.export_from, known)) for i, s in enumerate(wish.services)),
        invert((i, importers(s, known)) for i, s in enumerate(wish.services)),
        invert((i, select(g.deploy_to, known)) for i, g in enumerate(wish.gateways)),
        invert(
            (i, sorted(set(everywhere) - set(select(r.deploy_to, known)))) for i, r in enumerate(wish.routes) if r.deploy_to is not None
        ),
        invert((i, select(m.deploy_to, known, brokers=True)) for i, m in enumerate(wish.manifests)),
        invert((i, select(p.apply_to, known, brokers=True)) for i, p in enumerate(wish.patches)),
    )


def _shared(
    once: Once,
    base: ClusterSet,
    wish: ClusterSet,
    profile: Profile,
    naming: Naming,
    lists: tuple[tuple[int, ...], ...],
    joins: bool,
    broker: BrokerPlan | None,
) -> SharedPlan:
    exported, imported, placed, kept_out, raw = lists
    aggregated = profile.submariner is None or profile.release.aggregated_imports
    # Overrides change neither keys nor placement, so an index of the base wish means the same item here.
    gateways = [wish.gateways[i] for i in placed]
    present = frozenset(key_of(gateway) for gateway in gateways)
    absent = set(kept_out)
    routes = [
        route
        for i, route in enumerate(wish.routes)
        if i not in absent and any(parent_of(parent) in present for parent in route.parent_refs)
    ]
    classes = {found.name: found for found in wish.gateway_classes}
    winners: set[int] = set() if aggregated else routed_by_service(gateways, routes, classes)

    used = [classes[name] for name in sorted({g.gateway_class_name for g in gateways}) if name in classes and classes[name].create]
    owners = [found.proxy for found in used] + [gateway.proxy for gateway in gateways if gateway.create]
    proxies = [proxy for proxy in owners if proxy is not None]
    gateway_plans = tuple(once(("gateway", id(g)), lambda: gateway_plan(g)) for g in gateways if g.create)  # noqa: B023
    route_plans = []
    for route in routes:
        version = route_version(route.kind, profile.gateway_api or "", profile.channel) or "v1"
        here = frozenset(parent_of(ref) for ref in route.parent_refs) & present
        key = ("route", id(route), version, here, aggregated)
        route_plans.append(once(key, lambda: route_plan(route, version, here, naming, aggregated)))  # noqa: B023
    grant_plans = tuple(once(plan, lambda: plan) for plan in grants(gateway_plans, route_plans))  # noqa: B023
    manifests = tuple(base.manifests[i] for i in raw)
    services = [base.services[i] for i in exported]
    export_plans = tuple(
        once(("export", id(s)), lambda: ExportPlan(s.name, s.namespace, s.labels, s.annotations, s.at))  # noqa: B023
        for s in services
    )
    needed = {s.namespace for s in services} | {base.services[i].namespace for i in imported}
    needed |= {ref.service.namespace for route in routes for ref in service_refs(route) if ref.service is not None}
    needed |= {g.namespace for g in gateway_plans} | {proxy.namespace for proxy in proxies} | {r.namespace for r in route_plans}
    needed |= {grant.namespace for grant in grant_plans}
    needed |= {space for m in manifests if isinstance(space := m.object.get("metadata", {}).get("namespace"), str)}
    return SharedPlan(
        _namespaces(once, base, needed, joins, broker),
        export_plans,
        tuple(once(("proxy", id(p), id(p) in winners), lambda: proxy_plan(p, id(p) in winners)) for p in proxies),  # noqa: B023
        tuple(once(("class", id(found)), lambda: class_plan(found)) for found in used),  # noqa: B023
        gateway_plans,
        grant_plans,
        tuple(route_plans),
        manifests,
    )


def _namespaces(once: Once, wish: ClusterSet, needed: set[str], joins: bool, broker: BrokerPlan | None) -> tuple[NamespacePlan, ...]:
    listed: dict[str, Namespace] = {n.name: n for n in wish.namespaces}
    found = []
    own: dict[str, tuple[dict[str, str], Any]] = {}
    if joins:
        own[OPERATOR_NAMESPACE] = (POD_SECURITY, wish.at)
    if broker is not None:
        own[broker.namespace] = ({}, broker.at)
    for name in sorted(needed | own.keys()):
        author = listed.get(name)
        if name in own:
            labels, at = own[name]
            extra = dict(author.labels) if author is not None else {}
            found.append(once(("namespace", name, "own"), lambda: NamespacePlan(name, {**extra, **labels}, at)))  # noqa: B023
        elif author is not None and author.create:
            found.append(once(("namespace", name), lambda: NamespacePlan(name, author.labels, author.at)))  # noqa: B023
    return tuple(found)
