"""Backend references in the Gateway API's own shape: an import is named by `service:`, a Service must live where the route stands.

The name of an import depends on Submariner's version, so writing it by hand breaks at the next upgrade. A Service is looked up in the
route's own cluster only; where it lives in another one, Envoy Gateway says BackendNotFound.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import BackendRef, ClusterSet, Route
from kgen.clusterset.selector import fleet, listed, select
from kgen.diagnostics import Code, Diagnostic, Related
from kgen.plan.services import MCS_GROUP, service_refs

RAW_IMPORT: Final = Code("KG325", "raw-service-import")
ELSEWHERE: Final = Code("KG326", "service-elsewhere")
UNKNOWN_BACKEND: Final = Code("KG327", "unknown-backend")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    clusters = fleet(wish.clusters)
    homes = {(gateway.namespace, gateway.name): select(gateway.deploy_to, clusters) for gateway in wish.gateways}
    services = {(service.namespace, service.name): service for service in wish.services}
    own = {_key(manifest.object) for manifest in wish.manifests}
    for route in wish.routes:
        for ref in service_refs(route):
            if ref.service is not None:
                continue
            namespace = ref.namespace or route.namespace
            if ref.kind == "ServiceImport" or ref.group == MCS_GROUP:
                yield _raw_import(wish, ref, namespace)
            elif ref.kind == "Backend":
                if ("Backend", namespace, ref.name) not in own:
                    yield UNKNOWN_BACKEND.warning(
                        f'no manifest of the set makes Backend "{namespace}/{ref.name}"',
                        ref.at,
                        help="add it under spec.manifests, or make sure that it exists in every cluster of the route",
                    )
            elif (namespace, ref.name) in services and ("Service", namespace, ref.name) not in own:
                service = services[namespace, ref.name or ""]
                here = select(service.export_from, clusters)
                missing = sorted(_clusters(route, homes) - set(here))
                if missing:
                    yield ELSEWHERE.error(
                        f'Service "{namespace}/{ref.name}" does not live in {listed(missing)}, where this route stands',
                        ref.at,
                        related=[Related(service.export_from.at, f"it lives in {listed(here)}")],
                        help=f"write service: {namespace}/{ref.name}, which is found wherever it is exported",
                    )


def _clusters(route: Route, homes: dict[tuple[str, str], tuple[str, ...]]) -> set[str]:
    return {name for ref in route.parent_refs for name in homes.get((ref.namespace, ref.name), ())}


def _key(body: object) -> tuple[object, object, object]:
    if not isinstance(body, dict) or not isinstance(body.get("metadata"), dict):
        return None, None, None
    return body.get("kind"), body["metadata"].get("namespace"), body["metadata"].get("name")


def _raw_import(wish: ClusterSet, ref: BackendRef, namespace: str) -> Diagnostic:
    name = ref.name or ""
    instead = f"{namespace}/{name}"
    for service in wish.services:
        # <svc>-<ns>-<clusterID> in submariner-operator: how Submariner named an exporter's import before 0.15.
        if any(name == f"{service.name}-{service.namespace}-{cluster.cluster_id}" for cluster in wish.clusters):
            instead = f"{service.namespace}/{service.name}"
    return RAW_IMPORT.error(
        f'ServiceImport "{namespace}/{name}" is written by hand: its name follows from Submariner\'s version',
        ref.at,
        help=f"write service: {instead} in place of group, kind, name and namespace",
    )
