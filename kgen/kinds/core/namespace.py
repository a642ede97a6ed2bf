"""A Namespace, marked so that no delivery engine ever deletes it with all that lives in it, nor calls it a difference that it stays."""

from __future__ import annotations

from typing import Any, Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import NamespacePlan

KIND: Final = "Namespace"
STAGE: Final = "00-namespaces"


def render(plan: NamespacePlan) -> Manifest:
    labels: dict[str, Any] = {"labels": dict(plan.labels)} if plan.labels else {}
    body = {
        "apiVersion": "v1",
        "kind": KIND,
        "metadata": {
            "name": plan.name,
            **labels,
            "annotations": {
                # An application that no longer has it would else be out of sync for ever: Argo CD counts what it may not prune.
                "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
                "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
                "helm.sh/resource-policy": "keep",
                "kustomize.toolkit.fluxcd.io/prune": "disabled",
            },
        },
    }
    return manifest(body, plan.at, (("metadata", "labels"), plan.at / "labels"))
