"""The generated functions, each by a name that follows from its schema, so that a schema that occurs twice is one function."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from kgen.records import NamedTuple
from kgen.structure.code import code, name
from kgen.structure.matching import python

Schema = Mapping[str, Any]
Rule = tuple[int, int | None, str | None, str | None, str | None]


class Unit(NamedTuple):
    """One generated function, as text: what it calls, and which rules for strings, helpers and operations of CEL it asks."""

    name: str
    source: str
    calls: tuple[str, ...]
    texts: tuple[str, ...]
    helpers: tuple[str, ...]
    operations: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.source)


class Scope:
    """What one function asks of its module: other functions, rules for strings, helpers, operations of CEL."""

    def __init__(self) -> None:
        self.calls: dict[str, None] = {}
        self.texts: dict[str, None] = {}
        self.helpers: dict[str, None] = {}
        self.operations: dict[str, None] = {}

    def helper(self, text: str) -> ast.Name:
        self.helpers[text] = None
        return name(text)

    def operation(self, text: str) -> ast.Name:
        self.operations[text] = None
        return name(f"cel_{text}")


class Units:
    """Functions by name, for schemas of one or many kinds; equal schemas share one."""

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}
        self.texts: dict[str, tuple[int, int | None, str | None, str | None, str | None]] = {}
        self.writing: set[str] = set()
        self._definitions: dict[int, tuple[Any, str]] = {}

    def key(self, kind: str, schema: Any, root: Schema) -> str:
        """A short name for a function, the same for the same schema wherever it occurs."""
        digest = hashlib.sha256(f"{kind}{self._closed(schema, root)}".encode()).hexdigest()
        return f"{kind}_{digest[:12]}"

    def _closed(self, schema: Any, root: Schema) -> str:
        """The text of a schema, with what its references can reach, which makes it independent of where it stands."""
        text = json.dumps(schema, ensure_ascii=True)
        if '"$ref"' not in text:
            return text
        definitions = root.get("$defs")
        known = self._definitions.get(id(definitions))
        if known is None or known[0] is not definitions:
            digest = hashlib.sha256(json.dumps(root if '"#"' in text else definitions, ensure_ascii=True).encode()).hexdigest()
            known = self._definitions[id(definitions)] = (definitions, digest)
        return text + known[1]

    def text(self, schema: Schema, scope: Scope) -> str:
        """The number of the rule for a string."""
        pattern = schema.get("pattern")
        rule = (
            schema.get("minLength", 0),
            schema.get("maxLength"),
            None if pattern is None else python(pattern),
            pattern,
            schema.get("format"),
        )
        number = hashlib.sha256(json.dumps(rule).encode()).hexdigest()[:10]
        self.texts[number] = rule
        scope.texts[number] = None
        return number

    def add(self, unit_name: str, function: ast.FunctionDef, scope: Scope) -> str:
        asked = (scope.calls, scope.texts, scope.helpers, scope.operations)
        self.units[unit_name] = Unit(unit_name, ast.unparse(function), *map(tuple, asked))
        return unit_name


def function(unit_name: str, body: list[ast.stmt]) -> ast.FunctionDef:
    """A function of one argument, `x`."""
    made = code("def NAME(x): BODY", BODY=body)[0]
    assert isinstance(made, ast.FunctionDef)
    made.name = unit_name
    return made
