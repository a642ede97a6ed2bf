"""An OCIRepository: where Flux gets the tree as an artifact, or a chart, which it must take for one."""

from __future__ import annotations

from typing import Any, Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import SourcePlan

KIND: Final = "OCIRepository"
STAGE: Final = "15-operators"
CHART: Final = {"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy"}
KEPT: Final = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}


def render(plan: SourcePlan) -> Manifest:
    spec: dict[str, Any] = {"interval": plan.interval, "url": plan.url, "ref": dict(plan.ref)}
    metadata: dict[str, Any] = {"name": plan.name, "namespace": plan.namespace}
    if plan.chart:
        spec["layerSelector"] = CHART
        metadata["annotations"] = KEPT
    if plan.secret is not None:
        spec["secretRef"] = {"name": plan.secret}
    body = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": KIND, "metadata": metadata, "spec": spec}
    return manifest(body, plan.at, (("spec", "url"), plan.at / "repoURL"), (("spec", "ref"), plan.at / "revision"))
