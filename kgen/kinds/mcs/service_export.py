"""A ServiceExport: it has the name and namespace of the Service; v1alpha1 without a spec is what every supported Submariner accepts."""

from __future__ import annotations

from typing import Final

from kgen.kinds.metadata import metadata
from kgen.manifest import Manifest, manifest
from kgen.plan.model import ExportPlan

KIND: Final = "ServiceExport"
STAGE: Final = "30-exports"


def render(plan: ExportPlan) -> Manifest:
    body = {
        "apiVersion": "multicluster.x-k8s.io/v1alpha1",
        "kind": KIND,
        "metadata": metadata(plan.name, plan.namespace, plan.labels, plan.annotations),
    }
    return manifest(body, plan.at, (("metadata",), plan.at))
