"""A Namespace, marked so that no delivery engine ever deletes it with all that lives in it, nor calls it a difference that it stays."""

from __future__ import annotations

from typing import Any, Final

from kgen.kinds.marks import KEPT
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
            "annotations": dict(KEPT),
        },
    }
    return manifest(body, plan.at, (("metadata", "labels"), plan.at / "labels"))
