"""The rules of `x-kubernetes-validations`, asked one by one of an object that is right in all else: which do not hold, and why.

Generated judges have the same rules in a form that only says yes. Here each is translated when an object first comes to its level, in
the form that is exact, by the same translator. The cost of rules, which the API server bounds, is not counted.
Source: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kgen.diagnostics import ROOT, FieldPath
from kgen.records import NamedTuple
from kgen.structure.cel.functions import NO_OVERLOAD, Fault, TooCostly
from kgen.structure.cel.parse import CelError, parse
from kgen.structure.cel.translate import exactly, speaks_of
from kgen.structure.cel.types import BOOL, STRING
from kgen.structure.compile import Compiler, loaded
from kgen.structure.finding import Finding, SchemaError
from kgen.structure.units import Scope, function

Schema = Mapping[str, Any]

RULES: Final = "x-kubernetes-validations"
# A message that a rule makes is no longer than this, in bytes.
LONGEST: Final = 5 * 1024
REASONS: Final = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
KEYS: Final = {"rule": str, "message": str, "messageExpression": str, "reason": str, "fieldPath": str, "optionalOldSelf": bool}


class Rule(NamedTuple):
    """One rule of a level: its test, what it says where it does not hold, and where it says that it is wrong."""

    holds: Callable[[Any], Any]
    words: str
    named: str  # what stands for the rule where it has no value
    message: Callable[[Any], Any] | None
    below: tuple[str, ...]


class Rules:
    """The rules of one structural schema, in the engine's form."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._levels: dict[int, tuple[Rule, ...]] = {}
        self._has: dict[int, bool] = {}

    def findings(self, body: dict[str, Any], at: FieldPath = ROOT) -> Iterator[Finding]:
        """A finding for each rule that does not hold of a completed object, in the order in which the API server goes."""
        status = self.schema["properties"].get("status")
        if status is not None and "type" not in status:  # a subresource: the API server drops it before it asks
            body = {key: value for key, value in body.items() if key != "status"}
        yield from self.below(body, self.schema, at)

    def below(self, value: Any, schema: Schema, at: FieldPath) -> Iterator[Finding]:
        """The findings of one level, then of those in it."""
        if value is None or not self.asks(schema):
            return
        for rule in self.level(schema):
            found = broken(rule, value, at)
            if found is not None:
                yield found
        if isinstance(value, dict):
            properties: Mapping[str, Schema] = schema.get("properties", {})
            extra = schema.get("additionalProperties")
            for key, item in value.items():
                inner = properties.get(key, extra)
                if inner:
                    yield from self.below(item, inner, at / key)
        elif isinstance(value, list) and schema.get("items"):
            for number, item in enumerate(value):
                yield from self.below(item, schema["items"], at / number)

    def asks(self, schema: Schema) -> bool:
        """Whether there are rules at a level or below it."""
        found = self._has.get(id(schema))
        if found is None:
            inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
            found = self._has[id(schema)] = RULES in schema or any(self.asks(each) for each in inner if each)
        return found

    def level(self, schema: Schema) -> tuple[Rule, ...]:
        """The rules of one level, ready to be asked."""
        found = self._levels.get(id(schema))
        if found is None:
            made = [_rule(each, schema) for each in schema.get(RULES, ())]
            found = self._levels[id(schema)] = tuple(each for each in made if each is not None)
        return found


def broken(rule: Rule, value: Any, at: FieldPath) -> Finding | None:
    """What to say if a rule does not hold of a value."""
    shown = value if isinstance(value, str | int | float | bool) else None
    try:
        holds = rule.holds(value)
    except Exception as raised:
        reason = str(raised) if isinstance(raised, Fault) else NO_OVERLOAD
        if reason == NO_OVERLOAD:
            reason = f"'{reason}': call arguments did not match a supported operator, function or macro signature for"
        else:
            reason = f"{reason} evaluating"
        return Finding(at, "rule", f"{reason} rule: {rule.named}", shown)
    except TooCostly:
        return Finding(at, "rule", f"the API server has no patience for so many steps of the rule: {rule.named}", shown)
    if holds is True:
        return None
    return Finding(FieldPath((*at, *rule.below)), "rule", _made(rule, value) or rule.words, shown)


def _made(rule: Rule, value: Any) -> str | None:
    """The message that a rule makes of the value; None if it makes none that can be shown."""
    if rule.message is None:
        return None
    try:
        text = rule.message(value)
    except (Exception, TooCostly):
        return None
    text = text.strip() if isinstance(text, str) else ""
    return text if text and "\n" not in text and len(text.encode()) <= LONGEST else None


def _rule(raw: Mapping[str, Any], schema: Schema) -> Rule | None:
    holds = _function(raw["rule"], schema, BOOL)
    if holds is None:
        return None
    message = raw.get("message", "").strip()
    words = message or f"failed rule: {raw['rule'].strip()}"
    made = _function(raw["messageExpression"], schema, STRING) if raw.get("messageExpression") else None
    return Rule(holds, words, message or raw["rule"].strip(), made, field_path(raw.get("fieldPath", ""), schema))


def _function(source: str, schema: Schema, wanted: str) -> Callable[[Any], Any] | None:
    """The exact form as a function of the value; None for one that needs a former object."""
    compiler, scope = Compiler(), Scope()
    found = exactly(source, schema, wanted, compiler, scope)
    if found is None:
        return None
    compiler.add("rule", function("rule", [ast.Return(found)]), scope)
    made: Callable[[Any], Any] = loaded(compiler, "rule")
    return made


# ---- what is wrong with the rules themselves -----------------------------------------------------------------------------------


def wrong_rules(schema: Schema, at: FieldPath = ROOT) -> Iterator[SchemaError]:
    """What the API server, or kgen, refuses in the rules of a structural schema, and each default that a rule refuses."""
    rules = Rules(schema)
    yield from _wrong_below(rules, schema, at)


def _wrong_below(rules: Rules, schema: Schema, at: FieldPath) -> Iterator[SchemaError]:
    if not rules.asks(schema):
        return
    problems = [each for number, raw in enumerate(schema.get(RULES, ())) for each in _wrong(raw, schema, at / RULES / number)]
    yield from problems
    inner = [(below, at / "properties" / name) for name, below in schema.get("properties", {}).items()]
    inner += [(schema[key], at / key) for key in ("items", "additionalProperties") if schema.get(key)]
    for below, place in inner:
        found = list(_wrong_below(rules, below, place))
        problems += found
        yield from found
    if schema.get("default") is not None and not problems:
        for fault in rules.below(schema["default"], schema, ROOT):
            where = f" {fault.path}" if fault.path else ""
            yield SchemaError(at / "default", f"the default{where} breaks a rule: {fault.message}")


def _wrong(raw: Any, schema: Schema, at: FieldPath) -> Iterator[SchemaError]:
    """What is wrong with one rule."""
    if not isinstance(raw, dict) or not isinstance(raw.get("rule"), str) or not raw["rule"].strip():
        yield SchemaError(at / "rule", "a rule needs its expression")
        return
    for key, value in raw.items():
        if key not in KEYS:
            yield SchemaError(at / str(key), f'a rule has no field "{key}"')
            return
        if type(value) is not KEYS[key]:
            yield SchemaError(at / key, f"{key} cannot hold this")
            return
        if type(value) is str and value and not value.strip():
            yield SchemaError(at / key, f"{key} must not be empty")
            return
    if "reason" in raw and raw["reason"] not in REASONS:
        yield SchemaError(at / "reason", f'"{raw["reason"]}" is none of {", ".join(REASONS)}')
    if "\n" in raw.get("message", "").strip():
        yield SchemaError(at / "message", "a message has one line")
    elif "\n" in raw["rule"].strip() and not raw.get("message"):
        yield SchemaError(at / "message", "a rule of several lines needs a message")
    for key, wanted in (("rule", BOOL), ("messageExpression", STRING)):
        if raw.get(key):
            try:
                _function(raw[key], schema, wanted)
            except CelError as refusal:
                yield SchemaError(at / key, f"the {key} cannot be used: {refusal}")
                return
    if "optionalOldSelf" in raw:
        if not speaks_of(parse(raw["rule"]), "oldSelf"):
            yield SchemaError(at / "optionalOldSelf", "may not be set: the rule does not speak of oldSelf")
        elif raw["optionalOldSelf"]:
            yield SchemaError(at / "optionalOldSelf", "an optional oldSelf is not supported")
    try:
        field_path(raw.get("fieldPath", ""), schema)
    except CelError as refusal:
        yield SchemaError(at / "fieldPath", str(refusal))


PART: Final = re.compile(r"\.([^.\[\]']+)|\['((?:[^'\\]|\\[abfnrtv'\\])*)'\]")
LETTERS: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def field_path(text: str, schema: Schema) -> tuple[str, ...]:
    """The keys of a `fieldPath`, such as `.spec.labels['a.b']`, which must lead to something in the schema. Raises CelError."""
    keys: list[str] = []
    place = 0
    while place < len(text):
        found = PART.match(text, place)
        if found is None:
            raise CelError(f'"{text}" is no path')
        place = found.end()
        key = found[1] if found[1] is not None else re.sub(r"\\(.)", lambda each: LETTERS.get(each[1], each[1]), found[2])
        below = schema.get("properties", {}).get(key) if "properties" in schema else schema.get("additionalProperties")
        if below is None:
            raise CelError(f'"{text}" leads nowhere')
        schema = below
        keys.append(key)
    return tuple(keys)
