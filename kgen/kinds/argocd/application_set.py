"""An ApplicationSet over the committed tree: it creates and updates Applications, and never deletes one with what it delivered.

Its generators are lists, not folders found in Git: a folder that somebody adds is nobody's cluster, and one that somebody removes
takes no Application away.
"""

from __future__ import annotations

from typing import Any, Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import ApplicationSetPlan

KIND: Final = "ApplicationSet"
STAGE: Final = "delivery"

# A person's word that what has Prune=confirm may go. The controller takes all annotations away that are not the template's, and would this
# one, perhaps before it is read (argo-cd 3.3.10 applicationset/controllers/applicationset_controller.go). It holds for one sync alone.
CONFIRMATION: Final = "argocd.argoproj.io/deletion-approved"
# Ten tries in half an hour: CRDs come with operators that may be under way.
RETRY: Final = {"limit": 10, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"}}


def render(plan: ApplicationSetPlan) -> Manifest:
    clusters: dict[str, Any] = {"list": {"elements": [{"cluster": name, "destination": to} for name, to in plan.clusters]}}
    stages: dict[str, Any] = {"list": {"elements": [{"stage": stage} for stage in plan.stages]}}
    name, path = f"{plan.name}-{{{{.cluster}}}}", f"{plan.path}/{{{{.cluster}}}}"
    if plan.stages:
        name, path = f"{name}-{{{{.stage}}}}", f"{path}/{{{{.stage}}}}"
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": plan.namespace},
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [{"matrix": {"generators": [clusters, stages]}}] if plan.stages else [clusters],
            "syncPolicy": {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True},
            "preservedFields": {"annotations": [CONFIRMATION]},
            "template": {
                "metadata": {"name": name, "annotations": {"argocd.argoproj.io/manifest-generate-paths": "."}},
                "spec": {
                    "project": plan.project,
                    "source": {
                        "repoURL": plan.repository,
                        "targetRevision": plan.revision,
                        "path": path,
                        "directory": {"recurse": True, "exclude": "kustomization.yaml"},
                    },
                    "destination": {"name": "{{.destination}}"},
                    "syncPolicy": {
                        "automated": {"prune": plan.prune, "selfHeal": True},
                        "syncOptions": ["ServerSideApply=true", "SkipDryRunOnMissingResource=true"],
                        "retry": RETRY,
                    },
                },
            },
        },
    }
    return manifest(body, plan.at)
