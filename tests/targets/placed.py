"""A small set that has every shape a layout must tell apart."""

from __future__ import annotations

from typing import Any

from kgen.diagnostics import ROOT
from kgen.manifest import Manifest, Placement, manifest


def thing(kind: str, name: str, namespace: str = "", group: str = "", **fields: Any) -> Manifest:
    """An object of a kind, `group` without its version."""
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return manifest({"apiVersion": f"{group}/v1" if group else "v1", "kind": kind, "metadata": metadata, **fields}, ROOT)


SHARED = thing("ConfigMap", "flags", "shop", data={"a": "1"})
EAST = (
    Placement("east", "00-namespaces", thing("Namespace", "shop")),
    Placement("east", "40-gateways", thing("Gateway", "eg", "edge", "gateway.networking.k8s.io", spec={"gatewayClassName": "eg"})),
    Placement("east", "60-manifests", SHARED),
    Placement("east", "60-manifests", thing("ClusterRole", "system:Reader", group="rbac.authorization.k8s.io", rules=[])),
)
WEST = (Placement("west", "60-manifests", SHARED),)
FLEET = (("east", EAST), ("north", ()), ("west", WEST))
