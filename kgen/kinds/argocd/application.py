"""The Application that installs a cluster's operators, each from its own repository; without a finalizer, so that it can go alone.

Submariner's operator comes first: it makes the CRD of ServiceImports, and Envoy Gateway watches them only if it finds that when it starts.
"""

from __future__ import annotations

from typing import Any, Final

from kgen.kinds.argocd.application_set import RETRY
from kgen.kinds.operator_patches import OPERATOR_PATCHES, image_patch
from kgen.manifest import Manifest, manifest
from kgen.plan.join import OPERATOR_NAMESPACE
from kgen.plan.model import ApplicationPlan, ChartPlan, OperatorPlan

KIND: Final = "Application"
STAGE: Final = "delivery"


def render(plan: ApplicationPlan) -> Manifest:
    sources = []
    if plan.operator is not None:
        sources.append(_operator(plan.operator))
    if plan.chart is not None:
        sources.append(_chart(plan.chart))
    namespace = plan.chart.namespace if plan.chart is not None else OPERATOR_NAMESPACE
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": plan.namespace},
        "spec": {
            "project": plan.project,
            "sources": sources,
            "destination": {"name": plan.destination, "namespace": namespace},
            "syncPolicy": {
                # Nothing that an operator brought goes by itself: a CRD would take all of its objects along.
                "automated": {"prune": False, "selfHeal": True},
                "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"],
                "retry": RETRY,
            },
        },
    }
    return manifest(body, plan.at)


def _operator(plan: OperatorPlan) -> dict[str, Any]:
    patches = [*OPERATOR_PATCHES, image_patch(plan.image)]
    return {
        "repoURL": plan.repository,
        "targetRevision": plan.tag,
        "path": plan.path,
        "kustomize": {"commonAnnotations": {"argocd.argoproj.io/sync-wave": "-1"}, "patches": patches},
    }


def _chart(plan: ChartPlan) -> dict[str, Any]:
    helm: dict[str, Any] = {"releaseName": plan.release}
    values = plan.values
    if not plan.crds:
        helm["skipCrds"] = True
        values = {**values, "crds": {"enabled": False}}
    if values:
        helm["valuesObject"] = dict(values)
    # Argo CD names a registry without its scheme.
    return {"repoURL": plan.registry.removeprefix("oci://"), "chart": plan.chart, "targetRevision": plan.version, "helm": helm}
