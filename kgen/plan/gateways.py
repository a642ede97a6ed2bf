"""Which gateways and routes stand in which cluster, and what they become there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kgen.clusterset.model import Gateway, GatewayClass, ParentRef, Proxy, Route, Rule
from kgen.plan.model import ClassPlan, GatewayPlan, ListenerPlan, ParentPlan, ProxyPlan, RoutePlan, RulePlan
from kgen.plan.services import Naming

GatewayKey = tuple[str, str]  # namespace, name


def key_of(gateway: Gateway) -> GatewayKey:
    """What a Gateway is known by: its namespace and name."""
    return gateway.namespace, gateway.name


def parent_of(ref: ParentRef) -> GatewayKey:
    """The Gateway that a parentRef names."""
    return ref.namespace, ref.name


def gateway_plan(gateway: Gateway) -> GatewayPlan:
    """A Gateway with its listeners in order of name, the own EnvoyProxy set as its infrastructure's parameters."""
    fields: dict[str, Any] = {
        "addresses": None if gateway.addresses is None else list(gateway.addresses),
        "infrastructure": gateway.infrastructure,
        "allowedListeners": gateway.allowed_listeners,
        "tls": gateway.tls,
        "defaultScope": gateway.default_scope,
    }
    listeners = tuple(
        ListenerPlan(
            _present(
                name=each.name,
                hostname=each.hostname,
                port=each.port,
                protocol=each.protocol,
                tls=each.tls,
                allowedRoutes=each.allowed_routes,
            ),
            each.at,
        )
        for each in gateway.listeners
    )
    return GatewayPlan(
        gateway.name,
        gateway.namespace,
        gateway.gateway_class_name,
        listeners,
        _present(**fields),
        None if gateway.proxy is None else gateway.proxy.name,
        gateway.labels,
        gateway.annotations,
        gateway.at,
    )


def class_plan(found: GatewayClass) -> ClassPlan:
    """A GatewayClass, its EnvoyProxy set as its parameters."""
    proxy = None if found.proxy is None else (found.proxy.namespace, found.proxy.name)
    return ClassPlan(found.name, found.controller_name, found.description, proxy, found.labels, found.annotations, found.at)


def proxy_plan(proxy: Proxy, service_routing: bool) -> ProxyPlan:
    """An EnvoyProxy as its author wrote it, routing by service where it must."""
    return ProxyPlan(proxy.name, proxy.namespace, proxy.spec, service_routing, proxy.at)


def routed_by_service(gateways: Iterable[Gateway], routes: Iterable[Route], classes: Mapping[str, GatewayClass]) -> set[int]:
    """id() of the proxies that must route by the import's address: those that win for a Gateway with a route to a `service:`.

    Imports before 0.15 have their EndpointSlices elsewhere, so endpoint routing finds none (envoyproxy/gateway #1947).
    """
    reached = {
        parent_of(parent)
        for route in routes
        if any(ref.service is not None for rule in route.rules for ref in rule.backend_refs or ()) or _mirrors(route)
        for parent in route.parent_refs
    }
    winners: set[int] = set()
    for gateway in gateways:
        found = classes.get(gateway.gateway_class_name)
        proxy = gateway.proxy or (found.proxy if found is not None else None)
        if key_of(gateway) in reached and proxy is not None:
            winners.add(id(proxy))
    return winners


def _mirrors(route: Route) -> bool:
    return any(found.backend is not None and found.backend.service is not None for rule in route.rules for found in rule.filters or ())


def route_plan(route: Route, version: str, present: frozenset[GatewayKey], naming: Naming, aggregated: bool) -> RoutePlan:
    """A route as a cluster with the Gateways `present` gets it: parents that are not there are left out."""
    parents = tuple(
        ParentPlan(
            _present(
                name=ref.name,
                namespace=None if ref.namespace == route.namespace else ref.namespace,
                sectionName=ref.section_name,
                port=ref.port,
            ),
            ref.at,
        )
        for ref in route.parent_refs
        if parent_of(ref) in present
    )
    rules = tuple(_rule(rule, route.namespace, naming, aggregated) for rule in route.rules)
    fields = _present(useDefaultGateways=route.use_default_gateways)
    return RoutePlan(
        route.kind, version, route.name, route.namespace, parents, route.hostnames, rules, fields, route.labels, route.annotations, route.at
    )


def _rule(rule: Rule, namespace: str, naming: Naming, aggregated: bool) -> RulePlan:
    fields = _present(
        name=rule.name,
        matches=None if rule.matches is None else list(rule.matches),
        timeouts=rule.timeouts,
        retry=rule.retry,
        sessionPersistence=rule.session_persistence,
    )
    backends = None if rule.backend_refs is None else naming.backends(rule.backend_refs, namespace, aggregated)
    return RulePlan(fields, naming.filters(rule.filters, namespace, aggregated), backends, rule.at)


def _present(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
