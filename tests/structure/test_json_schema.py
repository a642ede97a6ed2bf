"""JSON Schema: generated code, the walk and jsonschema refuse the same values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kgen.structure.compile import Compiler, loaded
from kgen.structure.normal import json_schema
from kgen.structure.walk import faults

Json = Any


def found(schema: Json, value: Json) -> list[tuple[str, str]]:
    """What the walk finds; on the way, that generated code and jsonschema agree."""
    form = json_schema(schema)
    wrong = faults(form, value)
    compiler = Compiler()
    assert loaded(compiler, compiler.fits(form))(value) is (not wrong)
    assert Draft202012Validator(schema).is_valid(value) is (not wrong)
    return [(str(each.path), each.keyword) for each in wrong]


X = {"patternProperties": {"^x-": True}, "additionalProperties": False}
SHORT_OR_LONG = {
    "anyOf": [
        {"type": "string", "pattern": "^[^/]+/[^/]+$", "patternErrorMessage": "namespace/name"},
        {
            "type": "object",
            "properties": {"namespace": {"type": "string"}, "name": {"type": "string"}},
            "required": ["namespace", "name"],
            **X,
        },
    ]
}
TREE = {
    "$ref": "#/$defs/node",
    "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "v": {"const": 1}}, **X}},
}

CASES = [
    pytest.param({"type": "integer"}, 1.0, [], id="1.0 is whole"),
    pytest.param({"type": "integer"}, 2**70, [], id="any size"),
    pytest.param({"type": ["string", "null"]}, None, [], id="several types"),
    pytest.param({"const": 1}, True, [("", "const")], id="true is not 1"),
    pytest.param({"enum": [False]}, 0, [("", "enum")], id="0 is not false"),
    pytest.param({"enum": [[1], {"a": 1}]}, {"a": 1.0}, [], id="equal inside"),
    pytest.param({"uniqueItems": True}, [1, True, 1.0], [("[2]", "uniqueItems")], id="unique"),
    pytest.param({"minLength": 2}, 1, [], id="keywords of other types do not apply"),
    pytest.param({"properties": {"a": False}}, {"a": 1}, [("a", "false")], id="nothing may stand"),
    pytest.param({"type": "object", "properties": {"a": {}}, **X}, {"a": 1, "x-y": 2, "b": 3}, [("b", "unknown")], id="x- keys"),
    pytest.param(
        {"patternProperties": {"^a": {"type": "string"}, "b$": {"minLength": 2}}},
        {"ab": "x", "a": 1},
        [("ab", "minLength"), ("a", "type")],
        id="patterns of keys",
    ),
    pytest.param(
        {"patternProperties": {"^a": {}}, "additionalProperties": {"type": "string"}},
        {"a": 1, "b": 1},
        [("b", "type")],
        id="the other keys",
    ),
    pytest.param({"propertyNames": {"maxLength": 1}}, {"ab": 1}, [("ab", "maxLength")], id="names"),
    pytest.param({"dependentRequired": {"a": ["b"]}}, {"a": 1}, [("b", "dependentRequired")], id="one asks for another"),
    pytest.param(
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 0}}, {"a": 1}, [("b", "required")], id="if then"
    ),
    pytest.param(
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 0}},
        {"c": 1},
        [("", "maxProperties")],
        id="if else",
    ),
    pytest.param({"exclusiveMinimum": 1, "exclusiveMaximum": 2}, 1, [("", "exclusiveMinimum")], id="exclusive"),
    pytest.param({"minItems": 1, "items": False}, [], [("", "minItems")], id="items"),
    pytest.param({"allOf": [{"minimum": 2}, {"maximum": 0}]}, 1, [("", "minimum"), ("", "maximum")], id="allOf"),
    pytest.param({"oneOf": [{"minimum": 1}, {"maximum": 1}]}, 1, [("", "oneOf")], id="oneOf"),
    pytest.param({"not": {"type": "string"}}, "a", [("", "not")], id="not"),
    pytest.param(SHORT_OR_LONG, "shop/api", [], id="short form"),
    pytest.param(SHORT_OR_LONG, {"namespace": "shop", "name": "api", "x-y": 1}, [], id="long form"),
    pytest.param(SHORT_OR_LONG, "api", [("", "pattern")], id="a wrong short form is judged as one"),
    pytest.param(
        SHORT_OR_LONG, {"namespace": "shop", "nam": ""}, [("name", "required"), ("nam", "unknown")], id="a wrong long form is judged as one"
    ),
    pytest.param(SHORT_OR_LONG, 1, [("", "anyOf")], id="neither form"),
    pytest.param(TREE, {"next": {"next": {"v": 1}}}, [], id="a schema that refers to itself"),
    pytest.param(TREE, {"next": {"next": {"v": 2, "w": 1}}}, [("next.next.v", "const"), ("next.next.w", "unknown")], id="deep inside it"),
    pytest.param(
        {"type": "object", "properties": {"a": {"$ref": "#"}}, **X},
        {"a": {"a": {"b": 1}}},
        [("a.a.b", "unknown")],
        id="a reference to the whole",
    ),
    pytest.param(
        {"$ref": "#/$defs/a", "maxLength": 1, "$defs": {"a": {"type": "string"}}}, "ab", [("", "maxLength")], id="beside a reference"
    ),
    pytest.param({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}}, 1, [("", "type")], id="an escaped reference"),
]


@pytest.mark.parametrize(("schema", "value", "wanted"), CASES)
def test_findings(schema: Json, value: Json, wanted: list[tuple[str, str]]) -> None:
    assert found(schema, value) == wanted


def test_words_of_the_schema_are_used() -> None:
    assert [each.message for each in faults(json_schema(SHORT_OR_LONG), "api")] == ["must be namespace/name"]
    assert [each.message for each in faults(json_schema(SHORT_OR_LONG), 1)] == ["must be namespace/name or a map"]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"unevaluatedProperties": False}, "is not known"),
        ({"patternProperties": {"(": {}}}, "the pattern cannot be used"),
        ({"properties": {"a": 1}}, "a schema must be a map"),
        ({"minLength": "1"}, "cannot hold this"),
    ],
)
def test_what_the_engine_does_not_know_is_refused(schema: Json, words: str) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        json_schema(schema)
    assert words in str(caught.value.exceptions[0])


def test_deep_data_does_not_raise() -> None:
    value: Json = {}
    for _ in range(3000):
        value = {"next": value}
    assert [each.keyword for each in faults(json_schema(TREE), value)] == ["depth"]


NAMES = st.sampled_from(["a", "b", "x-a"])
LEAVES = st.one_of(
    st.booleans(),
    st.sampled_from([{"$ref": "#/$defs/d"}, {}]),
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(
                st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array"]), st.just(["string", "null"])
            ),
            "enum": st.lists(st.sampled_from(["a", 1, True, None, 1.5, []]), min_size=1, max_size=2),
            "const": st.sampled_from(["a", 1, False, {"a": 1}]),
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 2),
            "pattern": st.sampled_from(["^a", "^(a|b)*$", "b"]),
            "minimum": st.integers(-1, 2),
            "exclusiveMaximum": st.integers(0, 2),
            "multipleOf": st.integers(1, 2),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "maxProperties": st.integers(0, 2),
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 2),
            "uniqueItems": st.booleans(),
        },
    ),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {},
            optional={
                "type": st.just("object"),
                "properties": st.dictionaries(NAMES, inner, max_size=2),
                "patternProperties": st.dictionaries(st.sampled_from(["^x-", "a$"]), inner, max_size=1),
                "additionalProperties": inner,
                "propertyNames": inner,
                "required": st.lists(NAMES, max_size=2, unique=True),
                "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=1),
            },
        ),
        st.fixed_dictionaries({}, optional={"type": st.just("array"), "items": inner, "maxItems": st.integers(0, 2)}),
        st.fixed_dictionaries(
            {},
            optional={
                "anyOf": st.lists(inner, min_size=1, max_size=3),
                "oneOf": st.lists(inner, min_size=1, max_size=3),
                "allOf": st.lists(inner, min_size=1, max_size=2),
                "not": inner,
                "if": inner,
                "then": inner,
                "else": inner,
            },
        ),
    ),
    max_leaves=6,
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-1, 3), st.sampled_from([1.0, 1.5, 2**64, "", "a", "ab", "ba"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=300)
@given(SCHEMAS, LEAVES, st.lists(VALUES, min_size=1, max_size=4))
def test_the_engine_agrees_with_jsonschema(schema: Json, definition: Json, values: list[Json]) -> None:
    if isinstance(definition, dict) and "$ref" in definition:
        definition = {"type": "string"}
    whole = {"allOf": [schema], "$defs": {"d": definition}}
    for value in values:
        found(whole, value)


def test_a_schema_is_not_changed() -> None:
    before = json.dumps(TREE)
    json_schema(TREE)
    assert json.dumps(TREE) == before
