"""An ExternalSecret that fetches a join Secret from the fleet's store.

The operator rotates the broker Secret itself, so that one is created once and then left alone.
"""

from __future__ import annotations

from typing import Any, Final

from kgen.manifest import Manifest, manifest
from kgen.plan.join import OPERATOR_NAMESPACE
from kgen.plan.model import ExternalSecretPlan

KIND: Final = "ExternalSecret"
STAGE: Final = "20-submariner"


def render(plan: ExternalSecretPlan) -> Manifest:
    spec: dict[str, Any] = {
        "secretStoreRef": {"kind": plan.store_kind, "name": plan.store_name},
        "target": {"name": plan.name},
        "data": [{"secretKey": key, "remoteRef": {"key": remote, "property": part}} for key, remote, part in plan.data],
    }
    if plan.once:
        spec = {"refreshPolicy": "CreatedOnce", **spec, "target": {"name": plan.name, "creationPolicy": "Orphan"}}
    body = {
        "apiVersion": "external-secrets.io/v1",
        "kind": KIND,
        "metadata": {"name": plan.name, "namespace": OPERATOR_NAMESPACE},
        "spec": spec,
    }
    return manifest(body, plan.at, (("spec", "secretStoreRef"), plan.at / "store"))
