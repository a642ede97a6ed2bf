"""The schema of a CRD as Go reads it: nothing is what is null, and what is below `items` and its like is typed by no OpenAPI document.

Source: kubernetes 1.36.3, apiextensions-apiserver's pkg/apis/apiextensions/v1/types_jsonschema.go and marshal.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance.found import Found
from kgen.diagnostics import FieldPath

Json = Any

TEXTS: Final = (
    *("id", "$schema", "$ref", "description", "type", "format", "title", "pattern"),
    *("x-kubernetes-list-type", "x-kubernetes-map-type"),
)
FLAGS: Final = (
    *("exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "nullable", "x-kubernetes-preserve-unknown-fields"),
    *("x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"),
)
FALSE: Final = frozenset(FLAGS) - {"x-kubernetes-preserve-unknown-fields"}  # which are nothing where they are false
COUNTS: Final = ("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties")
NUMBERS: Final = ("maximum", "minimum", "multipleOf")
LISTS_OF_TEXTS: Final = ("required", "x-kubernetes-list-map-keys")
LISTS: Final = ("allOf", "oneOf", "anyOf")
MAPS: Final = ("properties", "patternProperties", "definitions")
OR_FLAG: Final = ("additionalProperties", "additionalItems")

# What the JSON of each keyword must be, where it is no schema.
TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(TEXTS, (str,)),
    **dict.fromkeys(FLAGS, (bool,)),
    **dict.fromkeys(COUNTS, (int,)),
    **dict.fromkeys(NUMBERS, (int, float)),
    **dict.fromkeys((*LISTS_OF_TEXTS, *LISTS, "enum", "x-kubernetes-validations"), (list,)),
    **dict.fromkeys((*MAPS, "dependencies", "externalDocs", "not"), (dict,)),
    **dict.fromkeys(OR_FLAG, (bool, dict)),
}
KNOWN: Final = frozenset({*TYPES, "items", "default", "example"})


def decoded(schema: Json, found: Found, at: FieldPath) -> dict[str, Json]:
    """A schema without what is null or empty; a value that Go cannot read is told, and left out."""
    if not isinstance(schema, dict):
        if schema is not None:
            found.add(at, "type", "must be a schema", schema)
        return {}
    out: dict[str, Json] = {}
    for key, value in schema.items():
        # What is not known is told by the structure, and where that cannot look the server drops it.
        if value is None or key not in KNOWN or (key in EMPTY and value == EMPTY[key]) or (key in FALSE and value is False):
            continue
        wanted = TYPES.get(key)
        if wanted == (int,) and isinstance(value, float) and value.is_integer():
            value = int(value)
        if wanted is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
            found.add(at / key, "type", f"must be {' or '.join(WORDS[each] for each in wanted)}", value)
            continue
        out[key] = _below(key, value, found, at / key)
    return out


def _below(key: str, value: Json, found: Found, at: FieldPath) -> Json:
    if key in MAPS:
        return {name: decoded(each, found, at / name) for name, each in value.items()}
    if key in LISTS or (key == "items" and isinstance(value, list)):
        return [decoded(each, found, at / number) for number, each in enumerate(value)]
    if key == "not" or (key in ("items", *OR_FLAG) and isinstance(value, dict)):
        return decoded(value, found, at)
    if key in LISTS_OF_TEXTS:
        for number, each in enumerate(value):
            if each is not None and not isinstance(each, str):
                found.add(at / number, "type", "must be a string", each)
        return ["" if each is None else each for each in value if each is None or isinstance(each, str)]
    if key == "x-kubernetes-validations":
        return [{name: each for name, each in rule.items() if each is not None} if isinstance(rule, dict) else rule for rule in value]
    return value


WORDS: Final[Mapping[type, str]] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    list: "a list",
    dict: "a map",
}
EMPTY: Final[Mapping[str, Json]] = {
    "id": "",
    "description": "",
    "title": "",
    "$schema": "",
    "patternProperties": {},
    "definitions": {},
    "type": "",
    "format": "",
    "pattern": "",
}
