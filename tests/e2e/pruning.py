"""How kubectl knows what to prune: an apply set (KEP-3659), whose parent is an object of a kind that is made for it.

A ConfigMap may be a parent too, but only for the objects of its own namespace.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

GROUP: Final = "e2e.kgen.dev"
PARENT: Final = f"deliveries.{GROUP}/kgen"
LABEL: Final = "applyset.kubernetes.io/"

CRD: Final[dict[str, Any]] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"deliveries.{GROUP}", "labels": {f"{LABEL}is-parent-type": "true"}},
    "spec": {
        "group": GROUP,
        "scope": "Cluster",
        "names": {"kind": "Delivery", "plural": "deliveries", "singular": "delivery", "listKind": "DeliveryList"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}],
    },
}


def parent() -> dict[str, Any]:
    """The parent as kubectl wants to find it, with nothing in its set so far."""
    digest = hashlib.sha256(f"kgen..Delivery.{GROUP}".encode()).digest()
    name = f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"
    annotations = {f"{LABEL}tooling": "kubectl/v1", f"{LABEL}contains-group-kinds": ""}
    meta = {"name": "kgen", "labels": {f"{LABEL}id": name}, "annotations": annotations}
    return {"apiVersion": f"{GROUP}/v1", "kind": "Delivery", "metadata": meta}
