"""A member's account on the broker; its name is the one that the operator looks for when it rotates the token."""

from __future__ import annotations

from typing import Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import AccountPlan

KIND: Final = "ServiceAccount"
STAGE: Final = "10-broker"


def render(plan: AccountPlan) -> Manifest:
    body = {"apiVersion": "v1", "kind": KIND, "metadata": {"name": f"cluster-{plan.cluster_id}", "namespace": plan.namespace}}
    return manifest(body, plan.at)
