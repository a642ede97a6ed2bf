"""From a plan item to its manifests: each kind of the shelf that is made from such an item, in the shelf's order."""

from __future__ import annotations

from typing import Final

from kgen.kinds import KINDS, Kind
from kgen.kinds.marks import marked
from kgen.manifest import Manifest
from kgen.plan.model import Marks

MADE_FROM: Final[dict[type, tuple[Kind, ...]]] = {of: tuple(kind for kind in KINDS if kind.OF is of) for of in {kind.OF for kind in KINDS}}


def render(item: object, marks: Marks) -> tuple[tuple[str, Manifest], ...]:
    """The (stage, Manifest) pairs of one plan item, marked."""
    kinds = MADE_FROM[type(item)]
    own = getattr(item, "kind", None)
    return tuple((kind.STAGE, marked(kind.render(item), kind.STAGE, marks)) for kind in kinds if own is None or own == kind.KIND)
