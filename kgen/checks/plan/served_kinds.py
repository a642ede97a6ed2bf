"""A route's kind must be served by the Gateway API release and channel of each of its clusters, or its manifest cannot be applied.

For example a TCPRoute with the standard channel of Gateway API 1.5; instead, the experimental channel, or 1.6, which serves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.plan.parts import alike
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import listed
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.plan.model import Plan, RoutePlan
from kgen.versions import ENVOY_GATEWAY, minor, number, route_version

UNSERVED: Final = Code("KG423", "unserved-route-kind")
KUBERNETES: Final = Code("KG424", "kubernetes-unsupported")
TLS_ROUTE: Final = Code("KG430", "tls-route-needs-kubernetes")


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    # Clusters are told together only where the same is wrong in them.
    unserved: dict[tuple[FieldPath, str | None, str], tuple[RoutePlan, list[str]]] = {}
    early: dict[tuple[FieldPath, str], list[str]] = {}
    outside: dict[tuple[str, str], list[str]] = {}
    for shared, profile, clusters in alike(plan):
        for route in shared.routes:
            if route_version(route.kind, profile.gateway_api or "1.0", profile.channel) is None:
                unserved.setdefault((route.at, profile.gateway_api, profile.channel), (route, []))[1].extend(clusters)
            elif route.kind == "TLSRoute" and route.version == "v1" and number(profile.kubernetes) < (1, 31):
                early.setdefault((route.at, profile.kubernetes), []).extend(clusters)
        if profile.envoy_gateway is not None and (shared.gateways or shared.routes):
            low, high = ENVOY_GATEWAY[minor(profile.envoy_gateway)].kubernetes
            if not number(low) <= number(profile.kubernetes) <= number(high):
                outside.setdefault((profile.envoy_gateway, profile.kubernetes), []).extend(clusters)
    for (at, gateway_api, channel), (route, names) in unserved.items():
        yield UNSERVED.error(
            f"Gateway API {gateway_api} ({channel} channel) of {listed(sorted(names))} serves no {route.kind}",
            at,
            help="use the experimental channel, or a newer Envoy Gateway",
        )
    for (at, kubernetes), names in early.items():
        yield TLS_ROUTE.error(
            f"TLSRoute v1 needs Kubernetes 1.31, but {listed(sorted(names))} run {kubernetes}",
            at,
            help="upgrade Kubernetes, or use Envoy Gateway 1.7, which takes an older TLSRoute",
        )
    for (envoy, kubernetes), names in outside.items():
        low, high = ENVOY_GATEWAY[minor(envoy)].kubernetes
        own = next(cluster.versions for cluster in wish.clusters if cluster.name == names[0])
        yield KUBERNETES.warning(
            f"Envoy Gateway {envoy} supports Kubernetes {low} to {high}, but {listed(sorted(names))} run {kubernetes}",
            own.at if own is not None and (own.kubernetes or own.envoy_gateway) else wish.versions.at,
            help="choose an Envoy Gateway that supports it",
        )
