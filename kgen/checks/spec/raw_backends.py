"""Backend references in the Gateway API's own shape: an import is named by `service:`, and a Backend should be among the manifests.

The name of an import depends on Submariner's version, so writing it by hand breaks at the next upgrade. For example
`kind: ServiceImport, name: api-shop-west`; instead, `service: shop/api`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kgen.checks.scope import Scope
from kgen.clusterset.model import BackendRef, ClusterSet
from kgen.diagnostics import Code, Diagnostic
from kgen.plan.services import MCS_GROUP, service_refs

RAW_IMPORT: Final = Code("KG325", "raw-service-import")
UNKNOWN_BACKEND: Final = Code("KG327", "unknown-backend")


def check(wish: ClusterSet, scope: Scope) -> Iterator[Diagnostic]:
    own: set[tuple[str | None, str]] | None = None
    for route in scope.routes:
        for ref in service_refs(route):
            if ref.service is not None:
                continue
            namespace = ref.namespace or route.namespace
            if ref.kind == "ServiceImport" or ref.group == MCS_GROUP:
                yield _raw_import(wish, ref, namespace)
            elif ref.kind == "Backend":
                if own is None:
                    own = {_key(manifest.object) for manifest in wish.manifests if manifest.object["kind"] == "Backend"}
                if (namespace, ref.name) not in own:
                    yield UNKNOWN_BACKEND.warning(
                        f'no manifest of the set makes Backend "{namespace}/{ref.name}"',
                        ref.at,
                        help="add it under spec.manifests, or make sure that it exists in every cluster of the route",
                    )


def _key(body: Mapping[str, Any]) -> tuple[str | None, str]:
    return body["metadata"].get("namespace"), body["metadata"]["name"]


def _raw_import(wish: ClusterSet, ref: BackendRef, namespace: str) -> Diagnostic:
    name = ref.name or ""
    instead = f"{namespace}/{name}"
    identities = {cluster.cluster_id for cluster in wish.clusters}
    for service in wish.services:
        # <svc>-<ns>-<clusterID> in submariner-operator: how Submariner named an exporter's import before 0.15.
        legacy = f"{service.name}-{service.namespace}-"
        if name.startswith(legacy) and name[len(legacy) :] in identities:
            instead = f"{service.namespace}/{service.name}"
    return RAW_IMPORT.error(
        f'ServiceImport "{namespace}/{name}" is written by hand: its name follows from Submariner\'s version',
        ref.at,
        help=f"write service: {instead} in place of group, kind, name and namespace",
    )
