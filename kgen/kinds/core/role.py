"""The broker's Role: what a member's agents do there, and no more than was seen to be needed with the headroom upstream gives.

Source: submariner-operator config/broker/broker-client/role.yaml; for 0.14 subctl pkg/broker/rbac.go.
"""

from __future__ import annotations

from typing import Any, Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import BrokerPlan

KIND: Final = "Role"
STAGE: Final = "10-broker"
NAME: Final = "submariner-k8s-broker-cluster"
ALL: Final = ("create", "get", "list", "watch", "patch", "update", "delete")


def render(plan: BrokerPlan) -> Manifest:
    imports = ["serviceimports", "serviceimports/status"] if plan.aggregated else ["*"]
    body: dict[str, Any] = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": KIND,
        "metadata": {"name": NAME, "namespace": plan.namespace},
        "rules": [
            {"apiGroups": ["submariner.io"], "resources": ["clusters", "endpoints"], "verbs": list(ALL)},
            {"apiGroups": ["submariner.io"], "resources": ["brokers"], "verbs": ["get", "list"]},
            {"apiGroups": ["multicluster.x-k8s.io"], "resources": imports, "verbs": list(ALL)},
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices", "endpointslices/restricted"], "verbs": list(ALL)},
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["get", "list"]},
        ],
    }
    return manifest(body, plan.at)
