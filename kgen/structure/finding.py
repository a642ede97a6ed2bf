"""What judging gives: findings, and the judged object with the fields that the API server would add."""

from __future__ import annotations

from typing import Any

from kgen.diagnostics import FieldPath
from kgen.records import NamedTuple


class Finding(NamedTuple):
    """One fault of one value: `path` is below that value, `keyword` the rule of the schema, `value` what stands there (None if nothing)."""

    path: FieldPath
    keyword: str
    message: str
    value: object = None


class Judged(NamedTuple):
    """`body` as the API server would store it: the author's keys in place, defaulted ones after them in the schema's order.

    `findings` are what it would refuse, `warnings` what it takes and yet does not keep, or had better not be there.
    """

    body: dict[str, Any]
    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...] = ()


class SchemaError(ValueError):
    """A schema that cannot be used: where in it, and why."""

    def __init__(self, path: FieldPath, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(f"{path}: {message}" if path else message)
