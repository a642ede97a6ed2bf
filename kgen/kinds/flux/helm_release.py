"""A HelmRelease of Envoy Gateway's chart, with its CRDs first. Flux never prunes it: it cleans up after the Gateways that go with it."""

from __future__ import annotations

from typing import Any, Final

from kgen.kinds.flux.oci_repository import KEPT
from kgen.manifest import Manifest, manifest
from kgen.plan.model import ReleasePlan

KIND: Final = "HelmRelease"
STAGE: Final = "15-operators"


def render(plan: ReleasePlan) -> Manifest:
    chart = plan.chart
    crds = "CreateReplace" if chart.crds else "Skip"
    values = {**chart.values} if chart.crds else {**chart.values, "crds": {"enabled": False}}
    spec: dict[str, Any] = {
        "interval": plan.interval,
        "chartRef": {"kind": "OCIRepository", "name": plan.source},
        "releaseName": chart.release,
        "targetNamespace": chart.namespace,
        # Helm keeps its records in the namespace of the release, where its own commands look for them.
        "storageNamespace": chart.namespace,
        "install": {"createNamespace": True, "crds": crds, "remediation": {"retries": 3}},
        "upgrade": {"crds": crds, "remediation": {"retries": 3}},
    }
    if values:
        spec["values"] = values
    body = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": plan.namespace, "annotations": KEPT},
        "spec": spec,
    }
    return manifest(body, plan.at)
