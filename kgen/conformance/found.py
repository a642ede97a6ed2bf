"""What the hand-written rules find: a list that grows, with a way to say each sort of fault.

The sorts are those of apimachinery pkg/util/validation/field (Required, Invalid, Forbidden, NotSupported, Duplicate, TooLong), each
with the keyword of a schema that says the same, so that a finding has the same code wherever it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kgen.diagnostics import FieldPath
from kgen.structure import Finding

# More than these of one object nobody reads.
MOST: Final = 500


class Found:
    """The findings of one object, in the order in which they are found, each once."""

    def __init__(self) -> None:
        self._findings: dict[Finding, None] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings)

    def add(self, at: FieldPath, keyword: str, message: str, value: Any = None) -> None:
        if len(self._findings) < MOST:
            self._findings[Finding(at, keyword, message, value if isinstance(value, str | int | float | bool) else None)] = None

    def required(self, at: FieldPath, detail: str = "") -> None:
        """A field is absent, or empty, that must not be."""
        self.add(at, "required", f'"{at[-1]}" is required{f": {detail}" if detail else ""}')

    def malformed(self, at: FieldPath, value: Any, messages: Iterable[str]) -> None:
        """A text does not have its form, for each of these reasons."""
        for message in messages:
            self.add(at, "format", message, value)

    def outside(self, at: FieldPath, value: Any, message: str) -> None:
        """A number is too small or too large."""
        self.add(at, "minimum", message, value)

    def between(self, at: FieldPath, value: int, low: int, high: int) -> None:
        if not low <= value <= high:
            self.outside(at, value, f"must be between {low} and {high}, inclusive")

    def negative(self, at: FieldPath, value: int | None) -> None:
        if value is not None and value < 0:
            self.outside(at, value, "must be greater than or equal to 0")

    def long(self, at: FieldPath, most: int, what: str = "bytes") -> None:
        """A text, or a whole map of them, is too long."""
        self.add(at, "maxLength", f"may not be more than {most} {what}")

    def broken(self, at: FieldPath, message: str, value: Any = None) -> None:
        """Fields do not go together: also what may not be set here."""
        self.add(at, "rule", message, value)

    def unsupported(self, at: FieldPath, value: Any, values: Iterable[str]) -> None:
        """A word is none of those that are known."""
        from kgen.structure.walk import listed, nearest

        known = list(values)
        self.add(at, "enum", f"must be {listed(known)}{nearest(value, known)}", value)

    def among(self, at: FieldPath, value: str, values: tuple[str, ...], needed: bool = True) -> bool:
        """Whether a word is one of those that are known; an absent one is required if it is `needed`."""
        if value in values:
            return True
        if value:
            self.unsupported(at, value, values)
        elif needed:
            self.required(at)
        return not value and not needed

    def duplicate(self, at: FieldPath, value: Any) -> None:
        """A value stands a second time where each may stand once."""
        from kgen.structure.walk import shown

        self.add(at, "duplicate", f"{shown(value)} stands a second time; each may stand once", value)

    def missing(self, at: FieldPath, value: Any, message: str) -> None:
        """A name is of nothing that is there."""
        self.add(at, "rule", f"not found: {message}", value)
