"""Before Submariner 0.15 a service is one import for each exporter, routed by its address: not everything can be said so.

A mirror takes one backend, a rule takes 16, each exporter must have the port, and only an EnvoyProxy can turn on routing by address
(envoyproxy/gateway #1947). All is read from the plan, where each cluster has what overrides make of its routes and proxies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kgen.checks.spec import service_refs
from kgen.clusterset.model import ClusterSet, Gateway, GatewayClass, Service, ServiceRef
from kgen.clusterset.selector import fleet
from kgen.diagnostics import Code, Diagnostic, FieldPath, Related
from kgen.plan.gateways import key_of
from kgen.plan.model import FilterPlan, Plan, RoutePlan, SharedPlan
from kgen.plan.services import MCS_GROUP, Naming, exporters
from kgen.records import NamedTuple

MIRROR: Final = Code("KG425", "legacy-mirror")
TOO_MANY: Final = Code("KG426", "too-many-exporters")
NO_PROXY: Final = Code("KG427", "class-without-proxy")
ENDPOINTS: Final = Code("KG428", "endpoint-routing")
MOST: Final = 16


class Exported(NamedTuple):
    """What an import stands for: a service, as one of so many clusters exports it."""

    service: Service
    exporters: int
    cluster: str

    @property
    def name(self) -> str:
        return f"{self.service.namespace}/{self.service.name}"


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    # What clusters share is judged once.
    legacy = {
        id(cluster.shared): cluster.shared
        for cluster in plan.clusters.values()
        if cluster.shared.routes and cluster.profile.submariner is not None and not cluster.profile.release.aggregated_imports
    }
    if not legacy:
        return
    imports = _imports(wish)
    routes = {id(route): route for shared in legacy.values() for route in shared.routes}
    for route in routes.values():
        yield from _backends(route, imports)
    told: set[FieldPath] = set()
    for shared in legacy.values():
        for at, found in _proxies(shared, wish):
            if at not in told:
                told.add(at)
                yield found


def _imports(wish: ClusterSet) -> dict[str, Exported]:
    """The name of each import to the service that it stands for."""
    exporting = exporters(wish, fleet(wish.clusters))
    naming = Naming(exporting, {cluster.name: cluster.cluster_id for cluster in wish.clusters})
    return {
        name: Exported(service, len(clusters), cluster)
        for service in wish.services
        for clusters in (exporting[service.namespace, service.name],)
        for cluster, (_, name) in zip(clusters, naming.imports(ServiceRef(service.namespace, service.name, service.at), False), strict=True)
    }


def _backends(route: RoutePlan, imports: Mapping[str, Exported]) -> Iterator[Diagnostic]:
    for rule in route.rules:
        backends = rule.backends or ()
        if len(backends) > MOST:
            yield TOO_MANY.error(
                f"this rule has {len(backends)} backends before Submariner 0.15, one for each exporter; a rule takes {MOST}",
                rule.at / "backendRefs",
                help="export from fewer clusters, or upgrade to 0.15, where a service is one backend",
            )
        for backend in backends:
            exported = imports.get(backend.body["name"]) if _is_import(backend.body) else None
            if exported is not None and exported.service.exports:
                yield from _unreachable(exported, backend.body.get("port"), "UDP" if route.kind == "UDPRoute" else "TCP", backend.at)
        # The backends of one reference to a service have the same filters: told once, as every finding is.
        for found in (*(rule.filters or ()), *(each for backend in backends for each in backend.filters or ())):
            for field, ref in _mirrored(found):
                mirrored = imports.get(ref["name"])
                if mirrored is not None and mirrored.exporters > 1:
                    yield MIRROR.error(
                        f"{mirrored.name} has {mirrored.exporters} exporters, and a mirror takes one before Submariner 0.15",
                        found.at / field / "backendRef" / "service",
                        help="mirror to a service that one cluster exports, or upgrade to 0.15",
                    )


def _unreachable(exported: Exported, port: int | None, protocol: str, at: FieldPath) -> Iterator[Diagnostic]:
    """Where the share of one exporter would be answered by errors: its own import lacks the port, which another's may have."""
    own = next((each for each in exported.service.exports if each.cluster == exported.cluster), None)
    kind = (own.type if own is not None else None) or exported.service.type
    ports = (own.ports if own is not None else None) or exported.service.ports
    place = exported.service.at if own is None else own.at
    if kind == "Headless":
        yield service_refs.HEADLESS.error(
            f'"{exported.cluster}" exports {exported.name} headless, so its import has no ports, and its share of the requests fails',
            at / "service",
            related=[Related(place, "a headless service")],
            help="before Submariner 0.15 each exporter has an import of its own: export one type everywhere",
        )
    elif ports and not any(each.port == port and each.protocol == protocol for each in ports):
        yield service_refs.UNKNOWN_PORT.error(
            f'{exported.name} of "{exported.cluster}" has no {protocol} port {port}, so its share of the requests fails',
            at / "port",
            related=[Related(place, "its ports")],
            help="before Submariner 0.15 each exporter has an import of its own: give all of them the port",
        )


def _mirrored(found: FilterPlan) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The field of a filter that sends requests to an import, and the reference to it."""
    for field, value in found.body.items():
        ref = value.get("backendRef") if isinstance(value, dict) else None
        if isinstance(ref, dict) and _is_import(ref):
            yield field, ref


def _is_import(ref: Mapping[str, Any]) -> bool:
    return ref.get("group") == MCS_GROUP and ref.get("kind") == "ServiceImport"


def _proxies(shared: SharedPlan, wish: ClusterSet) -> Iterator[tuple[FieldPath, Diagnostic]]:
    """What is wrong with the EnvoyProxy of each Gateway that routes to imports, and the owner of that EnvoyProxy."""
    gateways = {key_of(gateway): gateway for gateway in wish.gateways}
    classes = {found.name: found for found in wish.gateway_classes}
    proxies = {(proxy.namespace, proxy.name): proxy for proxy in shared.proxies}
    reached: dict[tuple[str, str], RoutePlan] = {}
    for route in shared.routes:
        if _imports_something(route):
            for parent in route.parents:
                reached.setdefault((parent.body.get("namespace", route.namespace), parent.body["name"]), route)
    for key, route in reached.items():
        gateway = gateways[key]
        chosen, owner, at = _winner(gateway, shared, classes)
        if owner is None:
            continue
        proxy = proxies.get(chosen) if chosen is not None else None
        related = [Related(route.at, "this route sends requests to a service")]
        if proxy is None:
            yield (
                at,
                NO_PROXY.error(
                    f'"{owner}" has no proxy of ours, and imports before Submariner 0.15 need one that routes by service',
                    at,
                    related=related,
                    help="add proxy: {name: NAME, namespace: NAMESPACE, spec: {}}, to the class or to the Gateway, with create: true",
                ),
            )
        elif proxy.spec.get("routingType", "Service") != "Service":
            yield (
                proxy.at,
                ENDPOINTS.error(
                    f"routingType {proxy.spec['routingType']} finds no endpoints of imports before Submariner 0.15",
                    proxy.at / "spec" / "routingType",
                    related=related,
                    help="leave routingType out: kgen sets Service where it is needed",
                ),
            )


def _imports_something(route: RoutePlan) -> bool:
    return any(
        any(_is_import(backend.body) for backend in rule.backends or ())
        or any(
            next(_mirrored(found), None)
            for found in (*(rule.filters or ()), *(each for backend in rule.backends or () for each in backend.filters or ()))
        )
        for rule in route.rules
    )


def _winner(
    gateway: Gateway, shared: SharedPlan, classes: Mapping[str, GatewayClass]
) -> tuple[tuple[str, str] | None, str | None, FieldPath]:
    """The EnvoyProxy that holds for a Gateway, its own over its class's: (namespace, name), or None; the class in words; its owner's place.

    No class is None: what names none is another check's.
    """
    made = next((each for each in shared.gateways if (each.namespace, each.name) == key_of(gateway)), None)
    class_name = gateway.gateway_class_name if made is None else made.class_name
    owner = classes.get(class_name)
    if owner is None:
        return None, None, gateway.at
    if made is not None and made.proxy is not None:
        return (made.namespace, made.proxy), owner.name, made.at
    if made is None and gateway.proxy is not None:
        return None, owner.name, gateway.at
    found = next((each for each in shared.classes if each.name == class_name), None)
    return (None if found is None else found.proxy), owner.name, (owner.at if found is None else found.at)
