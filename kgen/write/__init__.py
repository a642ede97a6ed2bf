"""The only writer: looks at a tree of Files beside the disk, and makes the disk equal to it."""

from kgen.write.apply import apply
from kgen.write.compare import Change, Changes, Lock, Part, compare, drift
from kgen.write.index import Identity, Layout, overlay_at, overlay_from, recorded, settled

__all__ = [
    "Change",
    "Changes",
    "Identity",
    "Layout",
    "Lock",
    "Part",
    "apply",
    "compare",
    "drift",
    "overlay_at",
    "overlay_from",
    "recorded",
    "settled",
]
