"""A ReferenceGrant, as narrow as its reference; v1beta1 is what every supported Envoy Gateway watches."""

from __future__ import annotations

from typing import Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import GrantPlan

KIND: Final = "ReferenceGrant"
STAGE: Final = "40-gateways"


def render(plan: GrantPlan) -> Manifest:
    body = {
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": KIND,
        "metadata": {
            "name": f"{plan.from_kind}.{plan.from_namespace}.{plan.to_kind}.{plan.to_name}".lower(),
            "namespace": plan.namespace,
        },
        "spec": {
            "from": [{"group": "gateway.networking.k8s.io", "kind": plan.from_kind, "namespace": plan.from_namespace}],
            "to": [{"group": plan.to_group, "kind": plan.to_kind, "name": plan.to_name}],
        },
    }
    return manifest(body, plan.at)
