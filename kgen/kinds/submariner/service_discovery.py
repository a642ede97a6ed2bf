"""The object that makes the operator run service discovery alone, without connecting the networks."""

from __future__ import annotations

from typing import Final

from kgen.manifest import Manifest, manifest
from kgen.plan.join import OPERATOR_NAMESPACE, OUTPUT
from kgen.plan.model import JoinPlan

KIND: Final = "ServiceDiscovery"
STAGE: Final = "20-submariner"


def render(plan: JoinPlan) -> Manifest:
    body = {
        "apiVersion": "submariner.io/v1alpha1",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": OPERATOR_NAMESPACE},
        "spec": dict(plan.spec),
    }
    return manifest(body, plan.at, *((OUTPUT[field], at) for field, at in plan.origins))
