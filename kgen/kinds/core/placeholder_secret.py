"""A join Secret whose values are placeholders: Flux substitution, a vault plugin or SOPS fills them in before a server sees it."""

from __future__ import annotations

from typing import Any, Final

from kgen.manifest import Manifest, manifest
from kgen.plan.join import OPERATOR_NAMESPACE
from kgen.plan.model import PlaceholderSecretPlan

KIND: Final = "Secret"
STAGE: Final = "20-submariner"


def render(plan: PlaceholderSecretPlan) -> Manifest:
    metadata: dict[str, Any] = {"name": plan.name, "namespace": OPERATOR_NAMESPACE}
    if plan.rotated:
        metadata["annotations"] = {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}
    body: dict[str, Any] = {"apiVersion": "v1", "kind": KIND, "metadata": metadata, "type": "Opaque"}
    if plan.string_data:
        body["stringData"] = dict(plan.string_data)
    if plan.data:
        body["data"] = dict(plan.data)
    return manifest(body, plan.at)
