"""A GatewayClass; a parametersRef without a namespace would mean `default`, so it always has one."""

from __future__ import annotations

from typing import Any, Final

from kgen.kinds.metadata import metadata
from kgen.manifest import Manifest, manifest
from kgen.plan.model import ClassPlan

KIND: Final = "GatewayClass"
STAGE: Final = "40-gateways"


def render(plan: ClassPlan) -> Manifest:
    spec: dict[str, Any] = {"controllerName": plan.controller_name}
    if plan.proxy is not None:
        namespace, name = plan.proxy
        spec["parametersRef"] = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": name, "namespace": namespace}
    if plan.description is not None:
        spec["description"] = plan.description
    body = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": KIND,
        "metadata": metadata(plan.name, "", plan.labels, plan.annotations),
        "spec": spec,
    }
    return manifest(body, plan.at, (("metadata",), plan.at), (("spec",), plan.at), (("spec", "parametersRef"), plan.at / "proxy"))
