"""The binding of a member's account to the broker's Role."""

from __future__ import annotations

from typing import Final

from kgen.kinds.core.role import NAME
from kgen.manifest import Manifest, manifest
from kgen.plan.model import AccountPlan

KIND: Final = "RoleBinding"
STAGE: Final = "10-broker"


def render(plan: AccountPlan) -> Manifest:
    account = f"cluster-{plan.cluster_id}"
    body = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": KIND,
        "metadata": {"name": f"{account}-{NAME}", "namespace": plan.namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": NAME},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": plan.namespace}],
    }
    return manifest(body, plan.at)
