"""An AppProject that allows what the set needs and nothing else."""

from __future__ import annotations

from typing import Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import ProjectPlan

KIND: Final = "AppProject"
STAGE: Final = "delivery"


def render(plan: ProjectPlan) -> Manifest:
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": plan.namespace},
        "spec": {
            "sourceRepos": list(plan.repositories),
            "destinations": [{"name": name, "namespace": "*"} for name in plan.destinations],
            "clusterResourceWhitelist": [{"group": group, "kind": kind} for group, kind in plan.cluster_kinds],
        },
    }
    return manifest(body, plan.at)
