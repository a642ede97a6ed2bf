"""What values are to CEL: the types that the API server derives from a structural schema (apiserver pkg/cel/common, SchemaDeclType)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from kgen.records import NamedTuple
from kgen.structure.cel.parse import RESERVED

Schema = Mapping[str, Any]

BOOL: Final = "bool"
INT: Final = "int"
DOUBLE: Final = "double"
STRING: Final = "string"
DURATION: Final = "duration"
NULL: Final = "null"
DYN: Final = "dyn"
BYTES: Final = "bytes"
# A namespace of functions, `format.dns1123Label()`, and what its `validate` gives.
FORMAT: Final = "format"
OPTIONAL: Final = "optional"
# Strings that the API server hands to CEL as something else, by format. No bundled rule looks into one.
SPECIAL: Final = {"datetime": "timestamp", "date": "timestamp", "duration": "duration in a string", "byte": BYTES}


class ListOf(NamedTuple):
    """A list; `null` says that items may be null, `keyed` that the order does not count when lists are compared."""

    item: Type
    null: bool = False
    keyed: bool = False


class MapOf(NamedTuple):
    """A map from strings to values, or a map that a rule itself writes."""

    value: Type
    null: bool = False
    key: str = STRING


class ObjectOf(NamedTuple):
    """A map with known fields."""

    schema: Schema


Type: TypeAlias = str | ListOf | MapOf | ObjectOf


class Field(NamedTuple):
    """A field of an object: its key in the data, its type, whether it may be null, which CEL takes for absent."""

    key: str
    type: Type
    null: bool


def type_of(schema: Schema) -> Type | None:
    """The type of a value; None for what CEL cannot see."""
    kind = schema.get("type")
    if kind == ["integer", "string"]:
        return DYN
    if kind == "array":
        items = schema.get("items")
        item = None if items is None else type_of(items)
        keyed = "x-kubernetes-list-type" in schema
        return None if item is None or items is None else ListOf(item, items.get("nullable", False), keyed)
    if kind == "object":
        extra = schema.get("additionalProperties")
        if extra:  # an empty schema stands for true, which makes an object without known fields
            value = type_of(extra)
            return None if value is None else MapOf(value, extra.get("nullable", False))
        return ObjectOf(schema)
    if kind == "string":
        return SPECIAL.get(schema.get("format", ""), STRING)
    return {"boolean": BOOL, "integer": INT, "number": DOUBLE}.get(kind) if isinstance(kind, str) else None


OBJECT_FIELDS: Final = {"apiVersion": Field("apiVersion", STRING, False), "kind": Field("kind", STRING, False)}
METADATA: Final[Schema] = {"type": "object", "properties": {"name": {"type": "string"}, "generateName": {"type": "string"}}}


def field_of(owner: ObjectOf, name: str) -> Field | None:
    """The field that CEL calls `name`; None if there is none that CEL can see."""
    key = unescaped(name)
    if key is None or escaped(key) != name:
        return None
    schema = owner.schema
    if schema.get("x-kubernetes-embedded-resource"):
        if key in OBJECT_FIELDS:
            return OBJECT_FIELDS[key]
        if key == "metadata":
            return Field(key, ObjectOf(METADATA), False)
    below = schema.get("properties", {}).get(key)
    if schema.get("x-kubernetes-embedded-resource") and key == "status" and (below is None or "type" not in below):
        return Field(key, DYN, True)  # a subresource: dropped before an object is judged, so nobody knows its fields here
    kind = None if below is None else type_of(below)
    return None if below is None or kind is None else Field(key, kind, below.get("nullable", False))


def comparable(kind: Type) -> bool:
    """Whether two values are equal exactly if they are equal as JSON values."""
    if isinstance(kind, ListOf):
        return not kind.keyed and comparable(kind.item)
    if isinstance(kind, MapOf):
        return comparable(kind.value)
    if isinstance(kind, ObjectOf):
        schema = kind.schema
        if schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-embedded-resource"):
            return False
        kinds = [type_of(below) for below in schema.get("properties", {}).values()]
        return "additionalProperties" not in schema and all(each is not None and comparable(each) for each in kinds)
    return kind not in SPECIAL.values()


def fits(a: Type, b: Type) -> bool:
    """Whether CEL's checker takes values of the two types for values of one."""
    if DYN in (a, b):
        return True
    if NULL in (a, b):
        other = b if a == NULL else a
        return other in (NULL, OPTIONAL, DURATION, "timestamp") or isinstance(other, ObjectOf)
    if isinstance(a, ListOf) and isinstance(b, ListOf):
        return fits(a.item, b.item)
    if isinstance(a, MapOf) and isinstance(b, MapOf):
        return a.key == b.key and fits(a.value, b.value)
    if isinstance(a, ObjectOf) and isinstance(b, ObjectOf):
        return a.schema is b.schema  # to the API server each place in a schema is a type of its own
    return a == b


# ---- names ---------------------------------------------------------------------------------------------------------------------

SIGNS: Final = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
WORDS: Final = {word: sign for sign, word in SIGNS.items()}


def escaped(key: str) -> str | None:
    """The name by which CEL knows a field; None for one that it cannot name (apiserver pkg/cel, Escape)."""
    if key in RESERVED:
        return f"__{key}__"
    if not re.fullmatch("[A-Za-z_./-][A-Za-z0-9_./-]*", key):
        return None
    return re.sub("__|[-./]", lambda found: SIGNS[found[0]], key)


def unescaped(name: str) -> str | None:
    """The field that a name in CEL stands for; None for a name that no field has."""
    found = re.fullmatch("__([a-z]+)__", name)
    if found and found[1] in RESERVED:
        return found[1]
    parts = re.split("(__[^_]+__)", name)
    if any(part not in WORDS for part in parts[1::2]):
        return None
    return "".join(WORDS.get(part, part) for part in parts)


def worded(kind: Type) -> str:
    """A type in a few words."""
    if isinstance(kind, ListOf):
        return "a list"
    if isinstance(kind, MapOf):
        return "a map"
    if isinstance(kind, ObjectOf):
        return "an object"
    words = {BOOL: "true or false", INT: "a whole number", DOUBLE: "a number", NULL: "null", DYN: "a value of unknown type"}
    return words.get(kind, f"a {kind}")
