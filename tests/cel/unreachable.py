"""Rules of which no object shows both sides, and why. Whatever stands here and can be seen after all fails a test."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Lack(Enum):
    """What cannot be seen of a rule."""

    NEVER_ASKED = "never asked of an object that is made"
    NEVER_TRUE = "never true of an object that is accepted"
    NEVER_FALSE = "never false"
    NEVER_ALONE = "never the only thing that is wrong"


class Unreachable(NamedTuple):
    """A rule, the kinds in which it is unreachable, what cannot be seen of it, and why."""

    rule: str
    kinds: tuple[str, ...]
    lack: Lack
    why: str


UNREACHABLE: Final[tuple[Unreachable, ...]] = ()
