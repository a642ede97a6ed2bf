"""Regular expressions that are compiled when they are first asked: a run needs few of those that its modules name, and start-up counts."""

from __future__ import annotations

import re
from typing import Any, cast


def expression(source: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, later: a wrong expression is an error (re.error) at its first use."""
    return cast("re.Pattern[str]", Expression(source, flags))


class Expression:
    """Stands for a compiled expression, and has each of its attributes from the first time that one is asked for."""

    def __init__(self, source: str, flags: int) -> None:
        self._given = source, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(*self._given), name)
        setattr(self, name, value)
        return value
