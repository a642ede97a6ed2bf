"""A route's `service:` is one of the set, is exported by a cluster that stays, can be routed, and has the port with the right protocol.

Envoy Gateway answers 500 for a service or port that it does not find (BackendNotFound, PortNotFound), and Lighthouse gives the
import of a headless service no ports at all, so no route to one can work (lighthouse service_import_aggregator.go). What a service does
not declare is not judged. For example the pods' port in place of the Service's; instead, the one under `ports`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.scope import Scope
from kgen.clusterset.model import BackendRef, ClusterSet, Route, Service, ServicePort
from kgen.clusterset.selector import fleet, listed, nearest, select
from kgen.diagnostics import Code, Diagnostic, Related
from kgen.plan.services import service_refs

UNKNOWN_SERVICE: Final = Code("KG317", "unknown-service")
UNKNOWN_PORT: Final = Code("KG318", "unknown-port")
HEADLESS: Final = Code("KG319", "headless-routed")
UNEXPORTED: Final = Code("KG320", "unexported-service")


def check(wish: ClusterSet, scope: Scope) -> Iterator[Diagnostic]:
    if not scope.routes:
        return
    services = {(service.namespace, service.name): service for service in wish.services}
    clusters = fleet(wish.clusters)
    exporting: dict[tuple[str, str], tuple[str, ...]] = {}
    for route in scope.routes:
        for ref in service_refs(route):
            if ref.service is None:
                continue
            key = (ref.service.namespace, ref.service.name)
            service = services.get(key)
            if service is None:
                yield _unknown(ref, [f"{namespace}/{name}" for namespace, name in services])
                continue
            if key not in exporting:
                exporting[key] = select(service.export_from, clusters)
            exports = _exports(service, exporting[key])
            if exports and all(kind == "Headless" for kind, _ in exports):
                yield HEADLESS.error(
                    f"{service.namespace}/{service.name} is headless, so its import has no ports and no route can reach it",
                    ref.service.at,
                    related=[Related(service.at, "a headless service")],
                    help="export a ClusterIP service as well, under another name, and send the route there",
                )
            elif not exports:
                yield UNEXPORTED.error(
                    f"no cluster that stays exports {service.namespace}/{service.name}",
                    ref.service.at,
                    related=[Related(service.export_from.at, "every one of these is leaving")],
                    help="export it from another cluster, or take the route away first",
                )
            else:
                yield from _port(route, ref, service, [port for _, ports in exports for port in ports])


def _exports(service: Service, exporters: tuple[str, ...]) -> list[tuple[str, tuple[ServicePort, ...]]]:
    """Type and ports of a service, once for each way in which the clusters export it."""
    if not service.exports or not exporters:
        return [(service.type, service.ports)] if exporters else []
    differing = {exporter.cluster: exporter for exporter in service.exports}
    found = [(each.type or service.type, each.ports or service.ports) for name in exporters if (each := differing.get(name)) is not None]
    return found if all(name in differing for name in exporters) else [(service.type, service.ports), *found]


def _unknown(ref: BackendRef, known: list[str]) -> Diagnostic:
    assert ref.service is not None
    written = f"{ref.service.namespace}/{ref.service.name}"
    near = nearest(written, known)
    return UNKNOWN_SERVICE.error(
        f'"{written}" is no service of the set',
        ref.service.at,
        f'did you mean "{near}"?' if near else "",
        help="write it as namespace/name, as it stands under spec.services" if known else "list the service under spec.services",
    )


def _port(route: Route, ref: BackendRef, service: Service, ports: list[ServicePort]) -> Iterator[Diagnostic]:
    wanted = "UDP" if route.kind == "UDPRoute" else "TCP"
    if ref.port is None:
        yield UNKNOWN_PORT.error(
            f"the reference to {service.namespace}/{service.name} names no port", ref.at, help=f"add port: {_shown(ports, wanted)}"
        )
    elif ports and not any(port.port == ref.port and port.protocol == wanted for port in ports):
        yield UNKNOWN_PORT.error(
            f"{service.namespace}/{service.name} has no {wanted} port {ref.port}",
            ref.at / "port",
            _hint(ports, ref.port),
            [Related(service.at / "ports", "its ports")],
            help=f"use {_shown(ports, wanted)}: the Service's own port, not that of its pods",
        )


def _hint(ports: list[ServicePort], port: int) -> str:
    if any(each.target_port == port for each in ports):
        return "this is a targetPort"
    other = next((each for each in ports if each.port == port), None)
    return f"this port is {other.protocol}" if other is not None else ""


def _shown(ports: list[ServicePort], protocol: str) -> str:
    numbers = sorted({port.port for port in ports if port.protocol == protocol})
    if not ports:
        return "the Service's own"
    return listed([str(number) for number in numbers], quote="{}".format) or f"a {protocol} port: the service has none"
