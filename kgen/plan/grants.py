"""The ReferenceGrants that a cluster's references need: one for each (from kind, from namespace, to kind, to name), no wider.

How a grant is matched: envoyproxy/gateway internal/gatewayapi/helpers.go; from and to must stand in the same grant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kgen.diagnostics import FieldPath
from kgen.plan.model import GatewayPlan, GrantPlan, RoutePlan

# Lists and fields of the Gateway API that name objects for TLS; a reference without kind means a Secret.
CERTIFICATE_LISTS: Final = ("certificateRefs", "caCertificateRefs")
CERTIFICATE_FIELDS: Final = ("clientCertificateRef",)


def grants(gateways: Iterable[GatewayPlan], routes: Iterable[RoutePlan]) -> tuple[GrantPlan, ...]:
    """The grants for these objects, in order of place and name; `at` is the first reference that needs it."""
    found: dict[tuple[str, ...], GrantPlan] = {}
    for grant in (*(g for gateway in gateways for g in _of_gateway(gateway)), *(g for route in routes for g in _of_route(route))):
        found.setdefault(grant[:6], grant)
    return tuple(found[key] for key in sorted(found))


def _of_route(route: RoutePlan) -> Iterator[GrantPlan]:
    for rule in route.rules:
        for filter_plan in rule.filters or ():
            yield from _in_filter(route, filter_plan.body, filter_plan.at)
        for backend in rule.backends or ():
            yield from _grant(route.kind, route.namespace, backend.body, "Service", backend.at)
            for filter_plan in backend.filters or ():
                yield from _in_filter(route, filter_plan.body, filter_plan.at)


def _in_filter(route: RoutePlan, body: Mapping[str, Any], at: FieldPath) -> Iterator[GrantPlan]:
    for value in body.values():
        if isinstance(value, dict) and isinstance(value.get("backendRef"), dict):
            yield from _grant(route.kind, route.namespace, value["backendRef"], "Service", at)


def _of_gateway(gateway: GatewayPlan) -> Iterator[GrantPlan]:
    for listener in gateway.listeners:
        for ref in _certificates(listener.body.get("tls")):
            yield from _grant("Gateway", gateway.namespace, ref, "Secret", listener.at)
    for ref in _certificates(gateway.fields.get("tls")):
        yield from _grant("Gateway", gateway.namespace, ref, "Secret", gateway.at)


def _certificates(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _certificates(item)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in CERTIFICATE_LISTS and isinstance(inner, list):
            yield from (item for item in inner if isinstance(item, dict))
        elif key in CERTIFICATE_FIELDS and isinstance(inner, dict):
            yield inner
        else:
            yield from _certificates(inner)


def _grant(kind: str, namespace: str, ref: Mapping[str, Any], default_kind: str, at: FieldPath) -> Iterator[GrantPlan]:
    target, name = ref.get("namespace"), ref.get("name")
    if isinstance(target, str) and isinstance(name, str) and target != namespace:
        yield GrantPlan(kind, namespace, str(ref.get("group", "")), str(ref.get("kind", default_kind)), name, target, at)
