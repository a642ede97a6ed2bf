"""The object that makes the operator join a cluster; the operator takes no other name than `submariner`, in its own namespace."""

from __future__ import annotations

from typing import Final

from kgen.manifest import Manifest, manifest
from kgen.plan.join import OPERATOR_NAMESPACE, OUTPUT
from kgen.plan.model import JoinPlan

KIND: Final = "Submariner"
STAGE: Final = "20-submariner"


def render(plan: JoinPlan) -> Manifest:
    body = {
        "apiVersion": "submariner.io/v1alpha1",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": OPERATOR_NAMESPACE},
        "spec": dict(plan.spec),
    }
    return manifest(body, plan.at, *((OUTPUT[field], at) for field, at in plan.origins))
