"""Before Submariner 0.15 a service is one import for each exporter, routed by its address: not everything can be said so.

A mirror takes one backend; a rule takes 16; and only an EnvoyProxy can turn on routing by address (envoyproxy/gateway #1947).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet, Route
from kgen.clusterset.selector import fleet
from kgen.diagnostics import Code, Diagnostic, FieldPath, Related
from kgen.plan.gateways import parent_of
from kgen.plan.model import Plan
from kgen.plan.services import exporters, service_refs

MIRROR: Final = Code("KG425", "legacy-mirror")
TOO_MANY: Final = Code("KG426", "too-many-exporters")
NO_PROXY: Final = Code("KG427", "class-without-proxy")
ENDPOINTS: Final = Code("KG428", "endpoint-routing")
MOST: Final = 16


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    legacy = any(
        cluster.profile.submariner is not None and not cluster.profile.release.aggregated_imports for cluster in plan.clusters.values()
    )
    if not legacy:
        return
    exporting = exporters(wish, fleet(wish.clusters))
    for route in wish.routes:
        for rule in route.rules:
            count = 0
            for ref in rule.backend_refs or ():
                count += len(exporting.get((ref.service.namespace, ref.service.name), ())) if ref.service is not None else 1
            if count > MOST:
                yield TOO_MANY.error(
                    f"this rule has {count} backends before Submariner 0.15, one for each exporter; a rule takes {MOST}",
                    rule.at / "backendRefs",
                    help="export from fewer clusters, or upgrade to 0.15, where a service is one backend",
                )
            for found in rule.filters or ():
                service = found.backend.service if found.backend is not None else None
                here = exporting.get((service.namespace, service.name), ()) if service is not None else ()
                if service is not None and len(here) > 1:
                    yield MIRROR.error(
                        f"{service.namespace}/{service.name} has {len(here)} exporters, and a mirror takes one before Submariner 0.15",
                        service.at,
                        help="mirror to a service that one cluster exports, or upgrade to 0.15",
                    )
    yield from _proxies(wish)


def _proxies(wish: ClusterSet) -> Iterator[Diagnostic]:
    classes = {found.name: found for found in wish.gateway_classes}
    told: set[FieldPath] = set()
    for gateway in wish.gateways:
        route = next((route for route in wish.routes if _reaches(route, gateway.namespace, gateway.name)), None)
        owner = classes.get(gateway.gateway_class_name)
        if route is None or owner is None:
            continue
        proxy, made, at = (
            (gateway.proxy, gateway.create, gateway.at) if gateway.proxy is not None else (owner.proxy, owner.create, owner.at)
        )
        if at in told:
            continue
        told.add(at)
        related = [Related(route.at, "this route sends requests to a service")]
        if proxy is None or not made:
            yield NO_PROXY.error(
                f'"{owner.name}" has no proxy of ours, and imports before Submariner 0.15 need one that routes by service',
                at,
                related=related,
                help="add proxy: {name: NAME, namespace: NAMESPACE, spec: {}}, to the class or to the Gateway, with create: true",
            )
        elif proxy.spec.get("routingType", "Service") != "Service":
            yield ENDPOINTS.error(
                f"routingType {proxy.spec['routingType']} finds no endpoints of imports before Submariner 0.15",
                proxy.at / "spec" / "routingType",
                related=related,
                help="leave routingType out: kgen sets Service where it is needed",
            )


def _reaches(route: Route, namespace: str, name: str) -> bool:
    return any(parent_of(ref) == (namespace, name) for ref in route.parent_refs) and any(
        ref.service is not None for ref in service_refs(route)
    )
