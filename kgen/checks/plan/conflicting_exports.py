"""Exporters of one service agree on what its import has once: the type, the ports, the session affinity.

Lighthouse takes the type of whichever export was first and does not export the other, and joins the ports of all, so that a request may
reach a cluster that lacks its port (lighthouse service_import_aggregator.go; MCS, KEP-1645, on conflicts). For example a headless exporter
beside others; instead, one type everywhere. Before Submariner 0.15 each exporter has an import of its own, and nothing conflicts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kgen.clusterset.model import ClusterSet, Exporter, Service, ServicePort
from kgen.clusterset.selector import fleet, select
from kgen.diagnostics import Code, Diagnostic, FieldPath, Related
from kgen.plan.model import Plan
from kgen.records import NamedTuple

CODE: Final = Code("KG431", "conflicting-exports")


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    differing = [service for service in wish.services if service.exports]
    profiles = [cluster.profile for cluster in plan.clusters.values()]
    if not differing or any(profile.submariner is not None and not profile.release.aggregated_imports for profile in profiles):
        return
    clusters = fleet(wish.clusters)
    for service in differing:
        yield from _conflicts(service, select(service.export_from, clusters))


class Export(NamedTuple):
    """What is declared of a service at one of its exporters, and where; None is what nobody declares."""

    cluster: str
    type: str
    ports: frozenset[tuple[str, int, str, str | None]] | None
    affinity: str | None
    at: FieldPath


def _conflicts(service: Service, exporters: Sequence[str]) -> Iterator[Diagnostic]:
    """Where an exporter differs from the first one, in byte order of name: for each, the field that Lighthouse will not reconcile."""
    differing = {exporter.cluster: exporter for exporter in service.exports}
    exports = [_export(name, service, differing.get(name)) for name in exporters]
    for other in exports[1:]:
        first = exports[0]
        # Told where `exports` says it, of whichever of the two stands there.
        said, about = (other, first) if other.cluster in differing else (first, other)
        related = [Related(about.at, f'"{about.cluster}"')]
        name = f"{service.namespace}/{service.name}"
        if other.type != first.type:
            yield CODE.error(
                f'"{said.cluster}" exports {name} as {said.type}, and "{about.cluster}" as {about.type}: only one of them will be',
                said.at,
                related=related,
                help="export one type everywhere, or give one of the two another name",
            )
        elif None not in (other.ports, first.ports) and other.ports != first.ports:
            yield CODE.warning(
                f'"{said.cluster}" exports {name} with other ports than "{about.cluster}": the import joins them',
                said.at,
                related=related,
                help="a request may reach an exporter that lacks its port, and the oldest wins a name; give all the same ports",
            )
        elif None not in (other.affinity, first.affinity) and other.affinity != first.affinity:
            yield CODE.warning(
                f'"{said.cluster}" exports {name} with sessionAffinity {said.affinity}, and "{about.cluster}" with {about.affinity}',
                said.at,
                related=related,
                help="the oldest export decides; give all of them the same",
            )


def _export(cluster: str, service: Service, own: Exporter | None) -> Export:
    ports = (own.ports if own is not None else None) or service.ports
    return Export(
        cluster,
        (own.type if own is not None else None) or service.type,
        frozenset(map(_port, ports)) if ports else None,
        (own.session_affinity if own is not None else None) or service.session_affinity,
        own.at if own is not None else service.at,
    )


def _port(port: ServicePort) -> tuple[str, int, str, str | None]:
    """What of a port the import has; the targetPort is each cluster's own."""
    return port.name, port.port, port.protocol, port.app_protocol
