"""Structural schemas: each keyword, defaults, nulls; generated code and the walk say the same."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.diagnostics import ROOT
from kgen.structure.compile import Compiler, loaded, module
from kgen.structure.normal import structural
from kgen.structure.walk import judge, list_keys

Json = Any
OBJECT = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}


def around(schema: Json) -> Json:
    return {"type": "object", "properties": {"spec": schema}}


def findings(schema: Json, value: Json) -> list[tuple[str, str]]:
    """Path below spec and keyword of each finding; on the way, that generated code agrees and nothing is mutated."""
    form = structural(around(schema))
    body = {**OBJECT, "spec": value}
    before = copy.deepcopy(body)
    judged = judge(form, body)
    compiler = Compiler()
    function = loaded(compiler, compiler.judge(form))
    try:
        fast = function(body)
    except Exception:
        fast = None
    assert repr(body) == repr(before)
    if fast is not None:
        assert not judged.findings
        assert json.dumps(fast) == json.dumps(judged.body)
    return [(str(each.path).removeprefix("spec").removeprefix("."), each.keyword) for each in judged.findings]


def completed(schema: Json, value: Json) -> Json:
    assert not findings(schema, value)
    return judge(structural(around(schema)), {**OBJECT, "spec": value}).body["spec"]


STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def fields(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def items(schema: Json, **more: Json) -> Json:
    return {"type": "array", "items": schema, **more}


KEYED = items(fields(name=STRING, port=INTEGER), **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]})
KEYED_BY_TWO = {**KEYED, "x-kubernetes-list-map-keys": ["name", "port"]}
INT_OR_STRING = {"x-kubernetes-int-or-string": True}

FINDINGS = [
    pytest.param(STRING, "a", [], id="a string"),
    pytest.param(STRING, 1, [("", "type")], id="no string"),
    pytest.param(STRING, ["a"], [("", "type")], id="a list for a string"),
    pytest.param(fields(a=STRING), [], [("", "type")], id="an empty list for a map"),
    pytest.param(fields(a=STRING), "", [("", "type")], id="an empty string for a map"),
    pytest.param(INTEGER, 1.0, [], id="1.0 is a whole number"),
    pytest.param(INTEGER, 1.5, [("", "type")], id="1.5 is no whole number"),
    pytest.param(INTEGER, True, [("", "type")], id="true is no whole number"),
    pytest.param(INTEGER, 2**63, [("", "type")], id="more than 64 bits"),
    pytest.param(INTEGER, -(2**63), [], id="the least of 64 bits"),
    pytest.param(INTEGER, 1e20, [("", "type")], id="a float beyond what is exact"),
    pytest.param(INTEGER, float("nan"), [("", "type")], id="not a number"),
    pytest.param({"type": "number"}, 1, [], id="an integer is a number"),
    pytest.param({"type": "number"}, float("inf"), [("", "type")], id="infinity is no number"),
    pytest.param({"type": "boolean"}, False, [], id="a boolean"),
    pytest.param({"type": "boolean"}, 0, [("", "type")], id="0 is no boolean"),
    pytest.param({**STRING, "enum": ["a", "b"]}, "c", [("", "enum")], id="not in the enum"),
    pytest.param({**STRING, "enum": ["a"]}, {}, [("", "type")], id="a map for an enum"),
    pytest.param({**INTEGER, "enum": [1, 2]}, 3, [("", "enum")], id="not in the enum of numbers"),
    pytest.param({**STRING, "minLength": 1}, "", [("", "minLength")], id="empty"),
    pytest.param({**STRING, "minLength": 2}, "a", [("", "minLength")], id="too short"),
    pytest.param({**STRING, "maxLength": 2}, "\U0001f600\U0001f600", [], id="length in code points"),
    pytest.param({**STRING, "maxLength": 2}, "abc", [("", "maxLength")], id="too long"),
    pytest.param({**STRING, "pattern": "^[a-z]+$"}, "a\n", [("", "pattern")], id="dollar is the end"),
    pytest.param({**STRING, "pattern": "^(a+)+$"}, "a" * 3000 + "b", [("", "pattern")], id="a pattern that goes back for ever"),
    pytest.param({**STRING, "format": "ipv4"}, "1.2.3", [("", "format")], id="format"),
    pytest.param({**STRING, "format": "date-time"}, "now", [("", "format")], id="format with a dash"),
    pytest.param({**STRING, "format": "unheard-of"}, "x", [], id="unknown formats are not asserted"),
    pytest.param({**INTEGER, "format": "int32"}, 2**31, [("", "format")], id="32 bits"),
    pytest.param({**INTEGER, "minimum": 1, "maximum": 3}, 0, [("", "minimum")], id="minimum"),
    pytest.param({**INTEGER, "minimum": 1, "maximum": 3}, 4, [("", "maximum")], id="maximum"),
    pytest.param({**INTEGER, "minimum": 1, "exclusiveMinimum": True}, 1, [("", "exclusiveMinimum")], id="exclusive minimum"),
    pytest.param({**INTEGER, "maximum": 1, "exclusiveMaximum": True}, 1, [("", "exclusiveMaximum")], id="exclusive maximum"),
    pytest.param({**INTEGER, "multipleOf": 3}, 4, [("", "multipleOf")], id="multiple"),
    pytest.param({"type": "number", "multipleOf": 0.5}, 1.25, [("", "multipleOf")], id="multiple of a fraction"),
    pytest.param(fields(a=STRING), {"b": 1, "c": 1}, [("b", "unknown"), ("c", "unknown")], id="unknown fields"),
    pytest.param({**fields(a=STRING), "required": ["a", "b"]}, {}, [("a", "required"), ("b", "required")], id="required"),
    pytest.param({"type": "object"}, {"a": 1}, [("a", "unknown")], id="a map without fields has none"),
    pytest.param({**fields(a=STRING), "x-kubernetes-preserve-unknown-fields": True}, {"a": "", "b": [{}]}, [], id="unknown fields kept"),
    pytest.param(
        {**fields(a=STRING), "x-kubernetes-preserve-unknown-fields": True}, {"a": 1, "b": 1}, [("a", "type")], id="known beside kept"
    ),
    pytest.param({"x-kubernetes-preserve-unknown-fields": True}, [{"a": float("nan")}], [("[0].a", "type")], id="no JSON in what is kept"),
    pytest.param({"type": "object", "additionalProperties": INTEGER}, {"a": 1, "b": "x"}, [("b", "type")], id="map values"),
    pytest.param(
        {"type": "object", "additionalProperties": True}, {"a": 1, "b": {"c": 1}}, [("b.c", "unknown")], id="any value knows no fields"
    ),
    pytest.param(
        {"type": "object", "additionalProperties": STRING, "minProperties": 2, "maxProperties": 2},
        {"a": ""},
        [("", "minProperties")],
        id="too few fields",
    ),
    pytest.param(
        {"type": "object", "additionalProperties": STRING, "maxProperties": 1},
        {"a": "", "b": ""},
        [("", "maxProperties")],
        id="too many fields",
    ),
    pytest.param({"type": "object", "additionalProperties": STRING}, {1: "a"}, [("1", "key")], id="a key that is no string"),
    pytest.param(fields(a=STRING), {1: "a"}, [("1", "key")], id="a field that is no string"),
    pytest.param(items(INTEGER), [1, "a", None], [("[1]", "type"), ("[2]", "null")], id="list items"),
    pytest.param(items(INTEGER, minItems=1), [], [("", "minItems")], id="too few items"),
    pytest.param(items(INTEGER, maxItems=1), [1, 2], [("", "maxItems")], id="too many items"),
    pytest.param(
        items(STRING, **{"x-kubernetes-list-type": "set"}), ["a", "b", "a", "a"], [("[2]", "duplicate"), ("[3]", "duplicate")], id="a set"
    ),
    pytest.param(
        items(fields(a=STRING), **{"x-kubernetes-list-type": "set"}), [{"a": "x"}, {"a": "x"}], [("[1]", "duplicate")], id="a set of maps"
    ),
    pytest.param(KEYED, [{"name": "a"}, {"name": "b"}, {"name": "a"}], [("[2]", "duplicate")], id="keys"),
    pytest.param(KEYED, [{"port": 1}, {"port": 2}], [("[1]", "duplicate")], id="absent keys are the same"),
    pytest.param(
        KEYED_BY_TWO, [{"name": "a", "port": 1}, {"name": "a", "port": 2}, {"name": "a", "port": 1}], [("[2]", "duplicate")], id="two keys"
    ),
    pytest.param(INT_OR_STRING, 1, [], id="int of int-or-string"),
    pytest.param(INT_OR_STRING, "1", [], id="string of int-or-string"),
    pytest.param(INT_OR_STRING, True, [("", "type")], id="neither int nor string"),
    pytest.param({**INT_OR_STRING, "anyOf": [INTEGER, STRING], "pattern": "^a"}, "b", [("", "pattern")], id="pattern of int-or-string"),
    pytest.param({**STRING, "allOf": [{"maxLength": 2}, {"pattern": "^a"}]}, "bcd", [("", "maxLength"), ("", "pattern")], id="allOf"),
    pytest.param({**fields(a=STRING, b=STRING), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, [("", "anyOf")], id="anyOf"),
    pytest.param(
        {**fields(a=STRING, b=STRING), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": "", "b": ""}, [("", "oneOf")], id="oneOf"
    ),
    pytest.param({**fields(a=STRING, b=STRING), "not": {"required": ["a", "b"]}}, {"a": "", "b": ""}, [("", "not")], id="not"),
    pytest.param(
        {**fields(a=STRING), "anyOf": [{"properties": {"a": {"enum": ["x"]}}}, {"properties": {"a": {"enum": ["y"]}}}]},
        {"a": "z"},
        [("a", "enum")],
        id="nested",
    ),
    pytest.param({**STRING, "nullable": True}, None, [], id="nullable"),
    pytest.param({**STRING, "nullable": True, "enum": ["a"]}, None, [("", "enum")], id="a null is in no enum"),
    pytest.param(
        fields(a={"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}),
        {"a": {"kind": "X", "metadata": {"nam": "x"}, "spec": {}}},
        [("a.metadata.nam", "unknown"), ("a.apiVersion", "required")],
        id="embedded resource",
    ),
]


@pytest.mark.parametrize(("schema", "value", "wanted"), FINDINGS)
def test_findings(schema: Json, value: Json, wanted: list[tuple[str, str]]) -> None:
    assert findings(schema, value) == wanted


DEFAULTED = {**STRING, "default": "d"}
COMPLETED = [
    pytest.param(fields(a=DEFAULTED), {}, {"a": "d"}, id="absent"),
    pytest.param(fields(a=DEFAULTED), {"a": None}, {"a": "d"}, id="null in place of a default"),
    pytest.param(fields(a=STRING), {"a": None}, {}, id="null in place of nothing is absent"),
    pytest.param(fields(a={**DEFAULTED, "nullable": True}), {"a": None}, {"a": None}, id="a null that may be"),
    pytest.param(fields(a=fields(b=DEFAULTED)), {}, {}, id="no default of its own, none inside"),
    pytest.param(fields(a={**fields(b=DEFAULTED), "default": {}}), {}, {"a": {"b": "d"}}, id="inside a default"),
    pytest.param(fields(a=items(fields(b=DEFAULTED))), {"a": [{}, {"b": "x"}]}, {"a": [{"b": "d"}, {"b": "x"}]}, id="in list items"),
    pytest.param({"type": "object", "additionalProperties": fields(b=DEFAULTED)}, {"x": {}}, {"x": {"b": "d"}}, id="in map values"),
    pytest.param({"type": "object", "additionalProperties": DEFAULTED}, {"x": None}, {"x": "d"}, id="a null map value"),
    pytest.param(items(DEFAULTED), [None, "x"], ["d", "x"], id="a null item"),
    pytest.param({**fields(a=DEFAULTED), "required": ["a"]}, {}, {"a": "d"}, id="required and defaulted"),
    pytest.param(fields(a={**items(fields(b=DEFAULTED)), "default": [{}]}), {}, {"a": [{"b": "d"}]}, id="a list as default"),
    pytest.param(
        fields(a={**INTEGER, "default": 0}, b={"type": "boolean", "default": False}), {}, {"a": 0, "b": False}, id="zero and false"
    ),
    pytest.param(fields(a=INTEGER), {"a": 2.0}, {"a": 2}, id="2.0 is stored as 2"),
    pytest.param(KEYED, [{"name": "a"}], [{"name": "a"}], id="nothing to add"),
    pytest.param(
        items(fields(p={**STRING, "default": "TCP"}), **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["p"]}),
        [{}, {"p": "UDP"}],
        [{"p": "TCP"}, {"p": "UDP"}],
        id="defaults before keys",
    ),
]


@pytest.mark.parametrize(("schema", "value", "wanted"), COMPLETED)
def test_completed(schema: Json, value: Json, wanted: Json) -> None:
    assert completed(schema, value) == wanted


def test_defaults_come_before_keys_are_compared() -> None:
    keyed = items(fields(p={**STRING, "default": "TCP"}), **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["p"]})
    assert findings(keyed, [{}, {"p": "TCP"}]) == [("[1]", "duplicate")]


def test_defaults_are_judged_too() -> None:
    assert findings(fields(a={**STRING, "default": "d", "maxLength": 0}), {}) == [("a", "maxLength")]


def test_the_authors_keys_stay_in_place_and_defaults_follow_in_the_schemas_order() -> None:
    schema = fields(a=DEFAULTED, b=DEFAULTED, c=DEFAULTED, d=fields(x=DEFAULTED))
    assert list(completed(schema, {"d": {}, "b": None, "c": "x"})) == ["d", "b", "c", "a"]


def test_a_default_is_a_value_of_its_own_each_time() -> None:
    form = structural(around(fields(a={**items(STRING), "default": ["x"]})))
    compiler = Compiler()
    function = loaded(compiler, compiler.judge(form))
    first, second = (function({**OBJECT, "spec": {}})["spec"]["a"] for _ in range(2))
    assert first == second == ["x"]
    assert first is not second


def test_what_needs_no_default_is_not_copied() -> None:
    form = structural(around(fields(a=DEFAULTED, b=items(fields(c=DEFAULTED)))))
    compiler = Compiler()
    body = {**OBJECT, "spec": {"a": "x", "b": [{"c": "y"}]}}
    assert loaded(compiler, compiler.judge(form))(body) is body


MESSAGES = [
    pytest.param(fields(replicas=INTEGER), {"replcas": 1}, 'unknown field "replcas"; did you mean "replicas"?', id="near name"),
    pytest.param(
        {**STRING, "enum": ["Exact", "PathPrefix"]}, "Prefix", 'must be one of "Exact", "PathPrefix"; did you mean "PathPrefix"?', id="enum"
    ),
    pytest.param(STRING, 1.3, "must be a string, is the number 1.3", id="type"),
    pytest.param(INTEGER, 2**64, "must be a whole number, is too large for 64 bits", id="large"),
    pytest.param(INT_OR_STRING, [], "must be a whole number or a string, is a list", id="int-or-string"),
    pytest.param({**STRING, "minLength": 1}, "", "must not be empty", id="empty"),
    pytest.param(items(STRING, maxItems=1), ["a", "b"], "must have at most 1 item, has 2", id="items"),
    pytest.param(
        {**STRING, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
        "A",
        'must be lower-case letters, digits and "-", with a letter or digit at both ends',
        id="a known pattern",
    ),
    pytest.param({**STRING, "pattern": "^a"}, "b", "must be text that matches ^a", id="pattern"),
    pytest.param({**STRING, "format": "duration"}, "soon", "must be a duration such as 30s or 1h30m", id="format"),
    pytest.param({**fields(a=STRING), "required": ["a"]}, {}, '"a" is required', id="required"),
    pytest.param(
        {**fields(a=STRING, b=STRING), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, 'must have "a" or "b"', id="anyOf"
    ),
    pytest.param(
        {**fields(a=STRING, b=STRING), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"a": "", "b": ""},
        'may be only one of: "a" and "b"',
        id="oneOf",
    ),
    pytest.param(
        {**STRING, "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]}, "x", "must be an IPv4 address or an IPv6 address", id="formats"
    ),
    pytest.param(KEYED, [{"name": "a"}, {"name": "a"}], 'has name "a", as item 0 has; each may stand once', id="keys"),
    pytest.param(items(STRING), [None], "must be a string, is null", id="null"),
]


@pytest.mark.parametrize(("schema", "value", "message"), MESSAGES)
def test_messages(schema: Json, value: Json, message: str) -> None:
    assert [each.message for each in judge(structural(around(schema)), {**OBJECT, "spec": value}).findings] == [message]


METADATA = [
    pytest.param({"metadata": {"name": "a", "labels": {"a": 1}}}, [("metadata.labels.a", "type")], id="labels are strings"),
    pytest.param({"metadata": {"name": "a", "lables": {}}}, [("metadata.lables", "unknown")], id="unknown metadata"),
    pytest.param({"metadata": {"name": "a", "creationTimestamp": None}}, [], id="a null time"),
    pytest.param({"metadata": []}, [("metadata", "type")], id="a list as metadata"),
    pytest.param({"kind": None}, [("kind", "required")], id="no kind"),
    pytest.param({"apiVersion": 1}, [("apiVersion", "type")], id="a number as apiVersion"),
    pytest.param({"status": {}}, [("status", "unknown")], id="no status in this kind"),
]


@pytest.mark.parametrize(("more", "wanted"), METADATA)
def test_what_every_object_has(more: Json, wanted: list[tuple[str, str]]) -> None:
    judged = judge(structural(around({"type": "object"})), {**OBJECT, **more})
    assert [(str(each.path), each.keyword) for each in judged.findings] == wanted


def test_status_gets_no_defaults_but_is_judged() -> None:
    schema = {"type": "object", "properties": {"status": {**fields(a={**STRING, "default": "x"}), "default": {"a": "y"}}}}
    form = structural(schema)
    assert "status" not in judge(form, OBJECT).body
    assert [each.keyword for each in judge(form, {**OBJECT, "status": {"b": 1}}).findings] == ["unknown"]


def test_a_crd_may_limit_names() -> None:
    schema = {"type": "object", "properties": {"metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 2}}}}}
    assert [each.keyword for each in judge(structural(schema), {**OBJECT, "metadata": {"name": "abc"}}).findings] == ["maxLength"]


# ---- hostile values ------------------------------------------------------------------------------------------------------------


def deep(levels: int) -> Json:
    value: Json = "x"
    for _ in range(levels):
        value = [value]
    return value


HOSTILE = [
    None,
    [],
    {},
    "",
    0,
    -1,
    2**70,
    1.5,
    float("nan"),
    float("inf"),
    True,
    {1: 2},
    {None: None},
    [[]],
    {"a": {"a": {"a": 1}}},
    {(): 1},
    deep(5000),
    b"x",
    {"": ""},
    object(),
    "\ud800",
]
SHAPES = [
    fields(a={**STRING, "enum": ["a", "b"]}, b=items(KEYED["items"])),
    KEYED,
    KEYED_BY_TWO,
    items(STRING, **{"x-kubernetes-list-type": "set"}),
    {"type": "object", "additionalProperties": {**STRING, "pattern": "^a"}},
    {"x-kubernetes-preserve-unknown-fields": True},
    INT_OR_STRING,
    {**fields(a=STRING), "not": {"required": ["a"]}, "anyOf": [{"minProperties": 1}, {"properties": {"a": {"enum": ["a"]}}}]},
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("schema", SHAPES, ids=range(len(SHAPES)))
def test_nothing_raises(schema: Json, value: Json) -> None:
    for each in (value, [value], {"a": value}, [{"name": value}], {"a": [value, value]}):
        judge(structural(around(schema)), {**OBJECT, "spec": each})
    judge(structural(around(schema)), {**OBJECT, "metadata": value})
    judge(structural(around(schema)), value)


def test_many_faults_take_bounded_time_and_space() -> None:
    judged = judge(structural(around(KEYED)), {**OBJECT, "spec": [{"name": "a", "prt": number} for number in range(100_000)]})
    assert len(judged.findings) == 500


# ---- schemas -------------------------------------------------------------------------------------------------------------------

INERT = [
    '"); raise SystemExit("',
    "{x}",
    "%s",
    "\\",
    "'''",
    '"""',
    "\n",
    "# comment",
    "__import__('os')",
    "\ud800",
    "\x00",
    "Bad",
    "x",
    "out",
]


@pytest.mark.parametrize("text", INERT)
def test_strings_of_a_schema_are_inert(text: str) -> None:
    schema = fields(
        **{
            text: {**STRING, "enum": [text], "default": text},
            "list": items(
                {"type": "object", "properties": {text: STRING}}, **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [text]}
            ),
        }
    )
    assert completed(schema, {"list": [{text: "a"}]}) == {text: text, "list": [{text: "a"}]}
    assert findings(schema, {text: "other"}) == [(str(ROOT / "spec" / text).removeprefix("spec").removeprefix("."), "enum")]


def test_generated_modules_are_the_same_bytes_each_time() -> None:
    schema = structural(around({**fields(a=KEYED, b={**STRING, "pattern": "^a$"}), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}))
    texts = []
    for _ in range(2):
        compiler = Compiler()
        texts.append(module(compiler, compiler.judge(schema), "judge", "package", 100).source)
    assert texts[0] == texts[1]


PROBLEMS = [
    pytest.param({"properties": {}}, "a type is required", id="no type"),
    pytest.param({"type": "text"}, '"text" is no type', id="no such type"),
    pytest.param({"type": "array"}, "a list needs items", id="no items"),
    pytest.param({"type": "object", "properties": [], "additionalProperties": True}, "properties cannot hold this", id="wrong value"),
    pytest.param({"type": "object", "propertys": {}}, "the keyword propertys is not known", id="unknown keyword"),
    pytest.param(
        {"type": "object", "properties": {}, "additionalProperties": {"type": "string"}}, "exclude each other", id="both kinds of fields"
    ),
    pytest.param({"type": "string", "pattern": "(?=a)"}, "the pattern cannot be used", id="pattern"),
    pytest.param({"type": "string", "anyOf": [{"default": "x"}]}, "may not stand inside", id="default inside anyOf"),
    pytest.param(
        {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map"}, "needs x-kubernetes-list-map-keys", id="no keys"
    ),
    pytest.param({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "uniqueItems is refused", id="uniqueItems"),
    pytest.param({"type": "string", "maxLength": -1}, "maxLength cannot hold this", id="negative count"),
    pytest.param({"type": "string", "$ref": "#/x"}, "the keyword $ref is not known", id="reference"),
    pytest.param([], "a schema must be a map", id="no schema"),
]


@pytest.mark.parametrize(("schema", "words"), PROBLEMS)
def test_a_schema_that_cannot_be_used_is_refused_in_words(schema: Json, words: str) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        structural(around(schema))
    assert any(words in str(each) for each in caught.value.exceptions)
    assert all(str(each).startswith("properties.spec") for each in caught.value.exceptions)


def test_list_keys() -> None:
    form = structural(
        around(fields(a=KEYED, b=items(items(KEYED_BY_TWO)), c={"type": "object", "additionalProperties": KEYED}, d=items(STRING)))
    )
    assert list_keys(form, ("spec", "a")) == ("name",)
    assert list_keys(form, ("spec", "b", 3, 0)) == ("name", "port")
    assert list_keys(form, ("spec", "c", "any")) == ("name",)
    for path in (("spec",), ("spec", "d"), ("spec", "a", 0), ("nowhere",), ("spec", "a", "x"), ("spec", "b", "x", 1)):
        assert list_keys(form, path) is None


# ---- generated code and the walk -----------------------------------------------------------------------------------------------

NAMES = st.sampled_from("abc")
SCALARS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "enum": st.lists(st.sampled_from(["", "a", "ab"]), min_size=1, unique=True),
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 3),
            "pattern": st.sampled_from(["^a", "b$", "^(a|b)*$", "^(a+)+$"]),
            "format": st.sampled_from(["date", "ipv4"]),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": st.integers(-1, 2),
            "maximum": st.integers(0, 3),
            "multipleOf": st.integers(2, 3),
            "exclusiveMaximum": st.booleans(),
        },
    ),
    st.just({"type": "boolean"}),
    st.just(INT_OR_STRING),
    st.just({"x-kubernetes-preserve-unknown-fields": True}),
)
JUDGING = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "required": st.lists(NAMES, max_size=2, unique=True),
            "maxProperties": st.integers(0, 2),
            "minLength": st.integers(0, 2),
            "enum": st.just(["a", 1]),
        },
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {}, optional={"not": inner, "anyOf": st.lists(inner, min_size=1, max_size=2), "oneOf": st.lists(inner, min_size=1, max_size=2)}
        ),
        st.fixed_dictionaries({"properties": st.dictionaries(NAMES, inner, max_size=2)}),
    ),
    max_leaves=3,
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-1, 3), st.sampled_from([1.0, 1.5, 2**64, "", "a", "ab", "abb", "2024-01-01"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcz"), inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def schemas(draw: st.DrawFn, depth: int = 0) -> Json:
    kind = draw(st.integers(0, 5 if depth < 3 else 1))
    if kind < 2:
        schema = dict(draw(SCALARS))
    elif kind < 4:
        schema = {"type": "object", "properties": draw(st.dictionaries(NAMES, schemas(depth + 1), min_size=1, max_size=3))}
        schema |= draw(
            st.fixed_dictionaries(
                {}, optional={"required": st.lists(NAMES, max_size=2, unique=True), "x-kubernetes-preserve-unknown-fields": st.booleans()}
            )
        )
    elif kind == 4:
        schema = {"type": "object", "additionalProperties": draw(st.one_of(st.just(True), schemas(depth + 1)))}
    else:
        schema = {"type": "array", "items": draw(schemas(depth + 1))}
        schema |= draw(st.fixed_dictionaries({}, optional={"maxItems": st.integers(0, 2), "x-kubernetes-list-type": st.just("set")}))
    if depth and draw(st.booleans()):
        schema |= draw(st.fixed_dictionaries({}, optional={"default": VALUES, "nullable": st.booleans()}))
    if draw(st.integers(0, 3)) == 0 and "x-kubernetes-int-or-string" not in schema:
        schema |= {key: value for key, value in draw(JUDGING).items() if key in ("anyOf", "oneOf", "not")}
    return schema


@settings(max_examples=300)
@given(schemas(), st.lists(VALUES, min_size=1, max_size=5))
def test_what_generated_code_accepts_the_walk_accepts_and_completes_alike(schema: Json, values: list[Json]) -> None:
    for value in values:
        findings(schema, value)


@settings(max_examples=100)
@given(schemas(), VALUES)
def test_a_completed_object_is_complete(schema: Json, value: Json) -> None:
    form = structural(around(schema))
    judged = judge(form, {**OBJECT, "spec": value})
    if not judged.findings:
        assert judge(form, judged.body) == judged


def test_what_is_clean_is_accepted_by_generated_code() -> None:
    form = structural(
        around(fields(a=KEYED, b={**DEFAULTED, "pattern": "^d"}, c=INT_OR_STRING, d={"type": "object", "additionalProperties": STRING}))
    )
    compiler = Compiler()
    body = {**OBJECT, "spec": {"a": [{"name": "x", "port": 1}], "c": 1, "d": {"x": "y"}}}
    assert loaded(compiler, compiler.judge(form))(body) == judge(form, body).body
