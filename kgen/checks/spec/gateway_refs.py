"""A Gateway has a class of the set; a route's parents are Gateways of the set, and the listener that it names is theirs.

Envoy Gateway gives a route without a known parent no status at all, and one with an unknown listener NoMatchingParent. For example
`parentRefs: [{name: eg}]` from another namespace than the Gateway's; instead, with its `namespace`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.scope import Scope
from kgen.clusterset.model import ClusterSet, Gateway, ParentRef
from kgen.clusterset.selector import listed, nearest
from kgen.diagnostics import Code, Diagnostic, Related

UNKNOWN_CLASS: Final = Code("KG321", "unknown-gateway-class")
UNKNOWN_GATEWAY: Final = Code("KG322", "unknown-gateway")
UNKNOWN_LISTENER: Final = Code("KG323", "unknown-listener")


def check(wish: ClusterSet, scope: Scope) -> Iterator[Diagnostic]:
    if not (scope.gateways or scope.routes):
        return
    classes = [found.name for found in wish.gateway_classes]
    for gateway in scope.gateways:
        if gateway.gateway_class_name not in classes:
            near = nearest(gateway.gateway_class_name, classes)
            yield UNKNOWN_CLASS.error(
                f'"{gateway.gateway_class_name}" is no gateway class of the set',
                gateway.at / "gatewayClassName",
                f'did you mean "{near}"?' if near else "",
                help="list it under spec.gatewayClasses, with create: false if it exists already",
            )
    gateways = {(gateway.namespace, gateway.name): gateway for gateway in wish.gateways}
    changed = {(gateway.namespace, gateway.name) for gateway in scope.gateways}
    own = {id(route) for route in scope.routes}
    for route in wish.routes if changed else scope.routes:
        for ref in route.parent_refs:
            key = (ref.namespace, ref.name)
            if key not in changed and id(route) not in own:
                continue
            found = gateways.get(key)
            if found is None:
                yield _unknown(ref, gateways)
            elif found.listeners:
                yield from _listener(ref, found)


def _unknown(ref: ParentRef, gateways: dict[tuple[str, str], Gateway]) -> Diagnostic:
    elsewhere = [namespace for namespace, name in gateways if name == ref.name]
    known = [f"{namespace}/{name}" for namespace, name in gateways]
    near = f"{elsewhere[0]}/{ref.name}" if elsewhere else nearest(f"{ref.namespace}/{ref.name}", known)
    return UNKNOWN_GATEWAY.error(
        f'"{ref.namespace}/{ref.name}" is no Gateway of the set',
        ref.at / "name",
        f'did you mean "{near}"?' if near else "",
        help=f"add namespace: {elsewhere[0]}" if elsewhere else "list it under spec.gateways, with create: false if it exists already",
    )


def _listener(ref: ParentRef, gateway: Gateway) -> Iterator[Diagnostic]:
    names = [listener.name for listener in gateway.listeners]
    if ref.section_name is not None and ref.section_name not in names:
        near = nearest(ref.section_name, names)
        yield UNKNOWN_LISTENER.error(
            f'Gateway {gateway.namespace}/{gateway.name} has no listener "{ref.section_name}"',
            ref.at / "sectionName",
            f'did you mean "{near}"?' if near else "",
            [Related(gateway.at, "the Gateway")],
            help=f"its listeners are {listed(names)}",
        )
    elif ref.port is not None and not any(
        listener.port == ref.port and ref.section_name in (None, listener.name) for listener in gateway.listeners
    ):
        ports = sorted({listener.port for listener in gateway.listeners})
        yield UNKNOWN_LISTENER.error(
            f"Gateway {gateway.namespace}/{gateway.name} has no listener at port {ref.port}",
            ref.at / "port",
            related=[Related(gateway.at, "the Gateway")],
            help=f"its ports are {listed([str(port) for port in ports], quote='{}'.format)}",
        )
