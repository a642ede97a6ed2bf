"""From a plan item to its manifests: each kind of the shelf that is made from such an item, in the shelf's order."""

from __future__ import annotations

from typing import Any

from kgen.kinds import made_from
from kgen.kinds.marks import marked
from kgen.manifest import Manifest
from kgen.plan.model import Marks


def render(item: object, marks: Marks) -> list[tuple[str, Manifest]]:
    """The (stage, Manifest) pairs of one plan item, marked."""
    sort: Any = type(item)
    kinds = made_from(sort, getattr(item, "kind", None))
    return [(kind.STAGE, marked(kind.render(item), kind.STAGE, marks)) for kind in kinds]
