"""A Kustomization of Flux over one folder. Where it is deleted, what it delivered stays (`deletionPolicy`): only Git takes objects away."""

from __future__ import annotations

from typing import Any, Final

from kgen.kinds.operator_patches import OPERATOR_PATCHES, image_patch
from kgen.manifest import Manifest, manifest
from kgen.plan.join import OPERATOR_NAMESPACE
from kgen.plan.model import KustomizationPlan

KIND: Final = "Kustomization"
STAGE: Final = "15-operators"

# What the kinds' own conditions mean; what has none of them yet is in progress. A Gateway that is accepted is as healthy as it gets
# where nobody gives it an address. A ServiceExport says Synced before Submariner 0.16, and Ready from then on.
ACCEPTED: Final = "status.conditions.exists(c, c.type == 'Accepted' && c.status == '{}' && c.observedGeneration == metadata.generation)"
EXPRESSIONS: Final[dict[str, dict[str, str]]] = {
    "Submariner": {
        "apiVersion": "submariner.io/v1alpha1",
        "kind": "Submariner",
        "inProgress": "!has(status.gateways) || !status.gateways.exists(g, g.haStatus == 'active')",
        "current": "has(status.gateways) && status.gateways.exists(g, g.haStatus == 'active')",
    },
    "ServiceExport": {
        "apiVersion": "multicluster.x-k8s.io/v1alpha1",
        "kind": "ServiceExport",
        "inProgress": "!has(status.conditions) || !status.conditions.exists(c, c.type in ['Ready', 'Synced'] && c.status == 'True')",
        "current": "has(status.conditions) && status.conditions.exists(c, c.type in ['Ready', 'Synced'] && c.status == 'True')",
    },
    "Gateway": {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "failed": ACCEPTED.format("False"),
        "current": ACCEPTED.format("True"),
    },
}


def render(plan: KustomizationPlan) -> Manifest:
    spec: dict[str, Any] = {}
    if plan.depends_on:
        spec["dependsOn"] = [{"name": name} for name in plan.depends_on]
    spec |= {
        "interval": plan.interval,
        "retryInterval": plan.retry_interval,
        "timeout": plan.timeout,
        "path": plan.path,
        "sourceRef": {"kind": plan.source_kind, "name": plan.source_name},
        "prune": plan.prune,
        "deletionPolicy": "Orphan",
    }
    if plan.operator is not None:
        # Its Deployment runs before it has made the CRDs that others wait for.
        spec["healthChecks"] = [
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": "submariner-operator", "namespace": OPERATOR_NAMESPACE},
            *(
                {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "name": f"{kind}.multicluster.x-k8s.io"}
                for kind in ("serviceexports", "serviceimports")
            ),
        ]
        spec["patches"] = [*OPERATOR_PATCHES, image_patch(plan.operator.image)]
    else:
        spec["wait"] = not plan.name.endswith("-delivery")
    if plan.watched:
        spec["healthCheckExprs"] = [EXPRESSIONS[kind] for kind in plan.watched]
    if plan.substitute_from:
        spec["postBuild"] = {
            "substituteFrom": [{"kind": kind, "name": name, "optional": optional} for kind, name, optional in plan.substitute_from]
        }
    body = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": plan.namespace},
        "spec": spec,
    }
    return manifest(body, plan.at)
