"""Each keyword of a structural schema is of use: without it, what is refused would be accepted, or another object would be stored."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kgen.structure.compile import Compiler, loaded
from kgen.structure.normal import PROSE, STRUCTURAL, structural
from kgen.structure.walk import judge

Json = Any
STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}


def fields(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def items(schema: Json, **more: Json) -> Json:
    return {"type": "array", "items": schema, **more}


def listed(kind: str, *keys: str) -> Json:
    named = {"x-kubernetes-list-map-keys": list(keys)} if keys else {}
    return {"x-kubernetes-list-type": kind, **named}


# A schema, the way to the keyword that is taken away, and a value of which both say something else.
REFUSED_BY: list[tuple[Json, tuple[str | int, ...], Json]] = [
    (fields(a=STRING), ("properties", "a", "type"), {"a": 1}),
    (fields(a=INTEGER), ("properties", "a", "type"), {"a": "1"}),
    (fields(a={"type": "boolean"}), ("properties", "a", "type"), {"a": 1}),
    (fields(a=NUMBER), ("properties", "a", "type"), {"a": "1"}),
    ({**fields(a=STRING), "required": ["a"]}, ("required",), {}),
    ({**STRING, "enum": ["a"]}, ("enum",), "b"),
    ({**INTEGER, "enum": [1]}, ("enum",), 2),
    ({**fields(a=INTEGER), "enum": [{"a": 1}]}, ("enum",), {"a": 2}),
    ({**STRING, "pattern": "^a$"}, ("pattern",), "b"),
    ({**STRING, "minLength": 2}, ("minLength",), "b"),
    ({**STRING, "maxLength": 2}, ("maxLength",), "bbb"),
    ({**STRING, "format": "ipv4"}, ("format",), "b"),
    ({**INTEGER, "format": "int32"}, ("format",), 2**31),
    ({**NUMBER, "format": "float"}, ("format",), 1e39),
    ({**INTEGER, "minimum": 2}, ("minimum",), 1),
    ({**INTEGER, "maximum": 2}, ("maximum",), 3),
    ({**NUMBER, "minimum": 2.5}, ("minimum",), 1.5),
    ({**NUMBER, "maximum": 2.5}, ("maximum",), 3.5),
    ({**INTEGER, "minimum": 2, "exclusiveMinimum": True}, ("exclusiveMinimum",), 2),
    ({**INTEGER, "maximum": 2, "exclusiveMaximum": True}, ("exclusiveMaximum",), 2),
    ({**INTEGER, "multipleOf": 2}, ("multipleOf",), 3),
    (items(STRING, minItems=1), ("minItems",), []),
    (items(STRING, maxItems=1), ("maxItems",), ["a", "b"]),
    ({"type": "object", "additionalProperties": STRING, "minProperties": 1}, ("minProperties",), {}),
    ({"type": "object", "additionalProperties": STRING, "maxProperties": 1}, ("maxProperties",), {"a": "", "b": ""}),
    (items(STRING, **listed("set")), ("x-kubernetes-list-type",), ["a", "a"]),
    (items(INTEGER, **listed("set")), ("x-kubernetes-list-type",), [1, 1]),
    ({**fields(a=STRING, b=STRING), "not": {"required": ["a", "b"]}}, ("not",), {"a": "", "b": ""}),
    ({**fields(a=STRING, b=STRING), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, ("oneOf",), {"a": "", "b": ""}),
    ({**fields(a=STRING, b=STRING), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, ("anyOf",), {}),
    ({**STRING, "allOf": [{"maxLength": 2}]}, ("allOf",), "abc"),
    (
        {**fields(a=INTEGER), "x-kubernetes-validations": [{"rule": "self.a > 1"}]},
        ("x-kubernetes-validations",),
        {"a": 1},
    ),
    (
        {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
        ("x-kubernetes-embedded-resource",),
        {"a": 1},
    ),
]
# Those that need others beside them: a schema in place of the one.
INSTEAD_OF: list[tuple[str, Json, Json, Json]] = [
    ("x-kubernetes-list-map-keys", items({**fields(a=STRING, b=STRING), "required": ["a", "b"]}, **listed("map", "a")),
     items({**fields(a=STRING, b=STRING), "required": ["a", "b"]}, **listed("map", "a", "b")), [{"a": "1", "b": "1"}, {"a": "1", "b": "2"}]),
    ("properties", fields(a=STRING), fields(a=STRING, b=STRING), {"b": ""}),
    ("additionalProperties", {"type": "object", "additionalProperties": STRING}, {"type": "object", "additionalProperties": INTEGER}, {"a": 1}),
    ("items", items(STRING), items(INTEGER), [1]),
    ("nullable", items(STRING), items({**STRING, "nullable": True}), None),
    ("x-kubernetes-int-or-string", STRING, {"x-kubernetes-int-or-string": True}, 1),
    ("x-kubernetes-preserve-unknown-fields", fields(a=STRING), {**fields(a=STRING), "x-kubernetes-preserve-unknown-fields": True}, {"zzz": 1}),
]  # fmt: skip
# What the API server takes and does not ask: uniqueItems must be false, a map's type says how to merge it.
IDLE = {"uniqueItems", "x-kubernetes-map-type"}


def around(schema: Json) -> Json:
    return structural(fields(spec=schema))


def refused(schema: Json, value: Json) -> bool:
    """Whether the value is refused, by the walk and by generated code alike."""
    form = around(schema)
    body = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": value}
    compiler = Compiler()
    try:
        loaded(compiler, compiler.judge(form))(body)
        fast = True
    except Exception:
        fast = False
    findings = judge(form, body).findings
    assert not (fast and findings)
    assert fast or findings or value is None
    return bool(findings)


def without(schema: Json, way: tuple[str | int, ...]) -> Json:
    out = copy.deepcopy(schema)
    at = out
    for part in way[:-1]:
        at = at[part]
    if way[-1] == "type":  # none at all would not be structural
        del at["type"]
        at["x-kubernetes-preserve-unknown-fields"] = True
    else:
        del at[way[-1]]
    return out


@pytest.mark.parametrize(
    ("schema", "way", "value"), REFUSED_BY, ids=[f"{way[-1]}-{number}" for number, (_, way, _) in enumerate(REFUSED_BY)]
)
def test_without_a_keyword_the_value_is_accepted(schema: Json, way: tuple[str | int, ...], value: Json) -> None:
    assert refused(schema, value)
    assert not refused(without(schema, way), value)


@pytest.mark.parametrize(("keyword", "strict", "loose", "value"), INSTEAD_OF, ids=[row[0] for row in INSTEAD_OF])
def test_with_another_schema_the_value_is_accepted(keyword: str, strict: Json, loose: Json, value: Json) -> None:
    value = [value] if keyword == "nullable" else value
    if keyword == "nullable":
        assert stored(strict, value) != stored(loose, value)
        return
    assert refused(strict, value)
    assert not refused(loose, value)


def stored(schema: Json, value: Json) -> Json:
    found = judge(around(schema), {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": value})
    return [each.keyword for each in found.findings], found.body["spec"]


def test_without_a_default_another_object_is_stored() -> None:
    schema = fields(a={**STRING, "default": "b"})
    assert stored(schema, {}) == ([], {"a": "b"})
    assert stored(without(schema, ("properties", "a", "default")), {}) == ([], {})


def test_unknown_fields_are_refused_wherever_nothing_allows_them() -> None:
    assert refused(fields(a=fields(b=STRING)), {"a": {"zzz": 1}})
    assert refused(items(fields(a=STRING)), [{"zzz": 1}])


def test_each_keyword_has_a_case() -> None:
    told = {str(way[-1]) for _, way, _ in REFUSED_BY} | {row[0] for row in INSTEAD_OF} | {"default"}
    assert told | IDLE == set(STRUCTURAL) - set(PROSE)
