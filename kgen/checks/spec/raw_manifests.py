"""A raw manifest may be of any kind but those that only controllers write: they would fight what Git says, or lose a node to a prune.

For example a ServiceImport among the manifests; instead, a service that is exported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic

CODE: Final = Code("KG333", "controllers-own-kind")
# By API group and kind: another group's kind of the same name is its author's own.
CONTROLLERS: Final = {
    ("multicluster.x-k8s.io", "ServiceImport"): "Lighthouse",
    ("", "Endpoints"): "Kubernetes",
    ("discovery.k8s.io", "EndpointSlice"): "Kubernetes",
    ("", "Node"): "the kubelet",
}


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    for manifest in wish.manifests:
        group, _, _ = manifest.object["apiVersion"].rpartition("/")
        owner = CONTROLLERS.get((group, manifest.object["kind"]))
        if owner is not None:
            yield CODE.error(
                f'manifest "{manifest.name}" is of kind {manifest.object["kind"]}, which {owner} makes',
                manifest.at / "object" / "kind",
                help="leave it out: export a service, or label the node by its machine set, and the controller does the rest",
            )
