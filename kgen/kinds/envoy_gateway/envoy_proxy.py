"""An EnvoyProxy: how the proxies of a class or a Gateway are run, in the author's own words."""

from __future__ import annotations

from typing import Any, Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import ProxyPlan

KIND: Final = "EnvoyProxy"
STAGE: Final = "40-gateways"


def render(plan: ProxyPlan) -> Manifest:
    spec: dict[str, Any] = dict(plan.spec)
    if plan.service_routing:
        spec["routingType"] = "Service"
    body = {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": plan.namespace},
        "spec": spec,
    }
    return manifest(body, plan.at, (("metadata",), plan.at), (("spec",), plan.at / "spec"))
