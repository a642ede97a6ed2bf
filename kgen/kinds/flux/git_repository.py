"""A GitRepository: where Flux gets the tree, or an operator's own kustomization."""

from __future__ import annotations

from typing import Any, Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import SourcePlan

KIND: Final = "GitRepository"
STAGE: Final = "15-operators"


def render(plan: SourcePlan) -> Manifest:
    spec: dict[str, Any] = {"interval": plan.interval, "url": plan.url, "ref": dict(plan.ref)}
    if plan.secret is not None:
        spec["secretRef"] = {"name": plan.secret}
    body = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": plan.namespace},
        "spec": spec,
    }
    return manifest(body, plan.at, (("spec", "url"), plan.at / "repoURL"), (("spec", "ref"), plan.at / "revision"))
