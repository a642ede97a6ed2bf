"""A Gateway with its listeners in order of name."""

from __future__ import annotations

from typing import Any, Final

from kgen.kinds.metadata import metadata
from kgen.manifest import Manifest, manifest
from kgen.plan.model import GatewayPlan

KIND: Final = "Gateway"
STAGE: Final = "40-gateways"


def render(plan: GatewayPlan) -> Manifest:
    spec: dict[str, Any] = {
        "gatewayClassName": plan.class_name,
        "listeners": [dict(listener.body) for listener in plan.listeners],
        **plan.fields,
    }
    if plan.proxy is not None:
        reference = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": plan.proxy}
        spec["infrastructure"] = {**plan.fields.get("infrastructure", {}), "parametersRef": reference}
    body = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": KIND,
        "metadata": metadata(plan.name, plan.namespace, plan.labels, plan.annotations),
        "spec": spec,
    }
    listeners = ((("spec", "listeners", i), listener.at) for i, listener in enumerate(plan.listeners))
    return manifest(body, plan.at, (("metadata",), plan.at), (("spec",), plan.at), *listeners)
