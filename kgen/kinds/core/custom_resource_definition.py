"""A CustomResourceDefinition that a dedicated broker needs, as its product publishes it."""

from __future__ import annotations

import json
from typing import Final

from kgen.bundled import folder
from kgen.manifest import Manifest, manifest
from kgen.plan.model import CrdPlan

KIND: Final = "CustomResourceDefinition"
STAGE: Final = "10-broker"


def render(plan: CrdPlan) -> Manifest:
    """The whole CRD from `schemas/`; the index there says which file it is."""
    root = folder("schemas")
    index = json.loads((root / "index.json").read_text(encoding="utf-8"))
    file = next(row["crd"] for row in index[plan.product][plan.version] if row["kind"] == plan.crd_kind)
    return manifest(json.loads((root / file).read_text(encoding="utf-8")), plan.at)
