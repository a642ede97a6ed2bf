"""A CustomResourceDefinition that a dedicated broker needs, as its product publishes it, marked so that nobody deletes its objects."""

from __future__ import annotations

from typing import Final

from kgen.bundled import folder
from kgen.kinds.marks import KEPT
from kgen.manifest import Manifest, manifest
from kgen.plan.model import CrdPlan

KIND: Final = "CustomResourceDefinition"
STAGE: Final = "10-broker"


def render(plan: CrdPlan) -> Manifest:
    """The whole CRD from `schemas/`; the index there says which file it is."""
    # Not at the top: few sets have a dedicated broker.
    import json

    root = folder("schemas")
    index = json.loads((root / "index.json").read_text(encoding="utf-8"))
    file = next(row["crd"] for row in index[plan.product][plan.version] if row["kind"] == plan.crd_kind)
    body = json.loads((root / file).read_text(encoding="utf-8"))
    body["metadata"]["annotations"] = {**body["metadata"].get("annotations", {}), **KEPT}
    return manifest(body, plan.at)
