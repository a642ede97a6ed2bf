"""The engine's one form of a schema, from each of the forms in which schemas come.

The form is JSON Schema draft 2020-12 with the keywords of structural schemas that change what is stored: `default`, `nullable`,
`x-kubernetes-preserve-unknown-fields`, `x-kubernetes-list-type`. What a CRD says in a way of its own (bounds that are flags,
int-or-string, embedded resources) is said in the common way, so that the walk and the compiler each know one way only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kgen.diagnostics import ROOT, FieldPath
from kgen.structure.finding import SchemaError
from kgen.structure.formats import asserted
from kgen.structure.patterns import PatternError, parse
from kgen.structure.walk import Walk

Schema = Mapping[str, Any]

TYPES: Final = frozenset({"string", "integer", "number", "boolean", "array", "object"})
# `zero` is what Go makes of a null in a list or in a map: a value of the item's type, with nothing in it.
TEXT: Final[Schema] = {"type": "string", "zero": ""}
STRINGS: Final[Schema] = {"type": "object", "additionalProperties": TEXT}

# apimachinery pkg/apis/meta/v1 ObjectMeta. What the fields may hold is a matter of rules, not of structure.
OBJECT_META: Final[Schema] = {
    "type": "object",
    "properties": {
        "annotations": STRINGS,
        "creationTimestamp": {"type": "string", "format": "go time"},
        "deletionGracePeriodSeconds": {"type": "integer"},
        "deletionTimestamp": {"type": "string", "format": "go time"},
        "finalizers": {"type": "array", "items": TEXT},
        "generateName": {"type": "string"},
        "generation": {"type": "integer"},
        "labels": STRINGS,
        "managedFields": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "apiVersion": {"type": "string"},
                    "fieldsType": {"type": "string"},
                    "fieldsV1": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                    "manager": {"type": "string"},
                    "operation": {"type": "string"},
                    "subresource": {"type": "string"},
                    "time": {"type": "string", "format": "go time"},
                },
            },
        },
        "name": {"type": "string"},
        "namespace": {"type": "string"},
        "ownerReferences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "apiVersion": {"type": "string"},
                    "blockOwnerDeletion": {"type": "boolean"},
                    "controller": {"type": "boolean"},
                    "kind": {"type": "string"},
                    "name": {"type": "string"},
                    "uid": {"type": "string"},
                },
                "required": ["apiVersion", "kind", "name", "uid"],
            },
        },
        "resourceVersion": {"type": "string"},
        "selfLink": {"type": "string"},
        "uid": {"type": "string"},
    },
}

# ---- what a keyword may hold ---------------------------------------------------------------------------------------------------


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) != float("inf")


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _schemas(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def _any(value: Any) -> bool:
    return True


def _schema(value: Any) -> bool:
    return isinstance(value, dict)


def _schema_or_flag(value: Any) -> bool:
    return isinstance(value, dict | bool)


def _schema_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict | bool) for each in value)


Holds = Callable[[Any], bool]
PROSE: Final[dict[str, Holds]] = {"description": _any, "title": _any, "example": _any, "externalDocs": _any}
COMMON: Final[dict[str, Holds]] = {
    "additionalProperties": _schema_or_flag,
    "allOf": _schema_list,
    "anyOf": _schema_list,
    "default": _any,
    "enum": _list,
    "format": _text,
    "items": _schema,
    "maxItems": _count,
    "maxLength": _count,
    "maxProperties": _count,
    "maximum": _number,
    "minItems": _count,
    "minLength": _count,
    "minProperties": _count,
    "minimum": _number,
    "multipleOf": _number,
    "oneOf": _schema_list,
    "pattern": _text,
    "properties": _schemas,
    "required": _texts,
    "uniqueItems": _flag,
}
STRUCTURAL: Final[dict[str, Holds]] = {
    **PROSE,
    **COMMON,
    "exclusiveMaximum": _flag,
    "exclusiveMinimum": _flag,
    "not": _schema,
    "nullable": _flag,
    "type": _text,
    "x-kubernetes-embedded-resource": _flag,
    "x-kubernetes-int-or-string": _flag,
    "x-kubernetes-list-map-keys": _texts,
    "x-kubernetes-list-type": _text,
    "x-kubernetes-map-type": _text,
    "x-kubernetes-preserve-unknown-fields": _flag,
    "x-kubernetes-validations": _list,
}
JSON_SCHEMA: Final[dict[str, Holds]] = {
    **PROSE,
    **COMMON,
    "$anchor": _text,
    "$comment": _text,
    "$defs": _schemas,
    "$id": _text,
    "$ref": _text,
    "$schema": _text,
    "const": _any,
    "defaultSnippets": _any,
    "dependentRequired": _schemas,
    "deprecated": _any,
    "else": _schema_or_flag,
    "errorMessage": _any,
    "examples": _any,
    "exclusiveMaximum": _number,
    "exclusiveMinimum": _number,
    "if": _schema_or_flag,
    "items": _schema_or_flag,
    "markdownDescription": _any,
    "not": _schema_or_flag,
    "patternErrorMessage": _text,
    "patternProperties": _schemas,
    "propertyNames": _schema_or_flag,
    "then": _schema_or_flag,
    "type": _any,
}


def _checked(schema: Any, known: Mapping[str, Holds], at: FieldPath, problems: list[SchemaError]) -> bool:
    if not isinstance(schema, dict):
        problems.append(SchemaError(at, "a schema must be a map"))
        return False
    fine = True
    for keyword, value in schema.items():
        holds = known.get(keyword) if isinstance(keyword, str) else None
        if holds is None:
            problems.append(SchemaError(at / str(keyword), f"the keyword {keyword} is not known"))
            fine = False
        elif not holds(value):
            problems.append(SchemaError(at / keyword, f"{keyword} cannot hold this"))
            fine = False
    if fine and "pattern" in schema:
        try:
            parse(schema["pattern"])
        except PatternError as refusal:
            problems.append(SchemaError(at / "pattern", f"the pattern cannot be used: {refusal}"))
            fine = False
    return fine


# ---- from a CRD ----------------------------------------------------------------------------------------------------------------


def structural(schema: Any, at: FieldPath = ROOT, status_apart: bool = False) -> Schema:
    """The whole object's schema of a CRD version in the engine's form: its root takes metadata as every object does.

    Raises an ExceptionGroup of SchemaErrors, one for each thing that the API server would refuse in the schema or that is not known.
    A default of `status` is left out: status is the controllers' own, and is never written. `status_apart` says that status is a
    subresource: the API server drops what an object brings, and asks only whether it knows the fields.
    """
    problems: list[SchemaError] = []
    found = _structural(schema, at, problems, root=True)
    if problems:
        raise ExceptionGroup("the schema cannot be used", problems)
    if status_apart and "status" in found["properties"]:
        return {**found, "properties": {**found["properties"], "status": _fields_only(found["properties"]["status"])}}
    return found


def _fields_only(schema: Schema) -> Schema:
    """A schema that knows the same fields, and takes any value of them."""
    out: dict[str, Any] = {}
    if "properties" in schema:
        out["properties"] = {name: _fields_only(below) for name, below in schema["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), Mapping):
            out[keyword] = _fields_only(schema[keyword])
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        out["x-kubernetes-preserve-unknown-fields"] = True
    return out


def _structural(schema: Any, at: FieldPath, problems: list[SchemaError], root: bool = False) -> Schema:
    if not _checked(schema, STRUCTURAL, at, problems):
        return {}
    out = dict(_validations(schema, at, problems, schema.get("x-kubernetes-int-or-string", False)))
    kind = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        if kind is not None:
            problems.append(SchemaError(at / "type", "an int-or-string has no type"))
        out["type"] = ["integer", "string"]
    elif kind is not None and kind not in TYPES:
        problems.append(SchemaError(at / "type", f'"{kind}" is no type; one of {", ".join(sorted(TYPES))} is'))
    elif kind is not None:
        out["type"] = kind
    elif not schema.get("x-kubernetes-preserve-unknown-fields"):
        problems.append(SchemaError(at, "a type is required"))
    for keyword in ("nullable", "x-kubernetes-preserve-unknown-fields"):
        if schema.get(keyword):
            out[keyword] = True
    if "default" in schema:
        out["default"] = schema["default"]
    if kind == "array" and "items" not in schema:
        problems.append(SchemaError(at, "a list needs items"))
    if "items" in schema:
        out["items"] = _structural(schema["items"], at / "items", problems)
    if "properties" in schema:
        out["properties"] = {
            name: below if root and name == "metadata" else _structural(below, at / "properties" / name, problems)
            for name, below in schema["properties"].items()
        }
    extra = schema.get("additionalProperties")
    if extra is not None and extra is not False:
        if "properties" in schema:
            problems.append(SchemaError(at / "additionalProperties", "properties and additionalProperties exclude each other"))
        # true: any value, but no fields in it are known
        out["additionalProperties"] = {} if extra is True else _structural(extra, at / "additionalProperties", problems)
    if (kind_of_list := schema.get("x-kubernetes-list-type")) is not None:
        if kind_of_list not in ("atomic", "set", "map"):
            problems.append(SchemaError(at / "x-kubernetes-list-type", f'"{kind_of_list}" is none of atomic, set, map'))
        elif kind_of_list == "map" and not schema.get("x-kubernetes-list-map-keys"):
            problems.append(SchemaError(at, "a list of type map needs x-kubernetes-list-map-keys"))
        elif kind_of_list != "atomic":
            out["x-kubernetes-list-type"] = kind_of_list
            if kind_of_list == "map":
                out["x-kubernetes-list-map-keys"] = schema["x-kubernetes-list-map-keys"]
    if "x-kubernetes-validations" in schema:
        out["x-kubernetes-validations"] = schema["x-kubernetes-validations"]
    if root or schema.get("x-kubernetes-embedded-resource"):
        if kind != "object" and not (root and kind is None and schema.get("x-kubernetes-preserve-unknown-fields")):
            problems.append(SchemaError(at, "an object's schema must be of type object"))
        _as_object(out, root)
    return out


def wrong_defaults(schema: Schema, at: FieldPath = ROOT) -> Iterator[SchemaError]:
    """Each default in a structural schema that the schema itself refuses: it must fit as it is."""
    if schema.get("default") is not None:
        walk = Walk(schema, structural=True)
        walk.completed(schema["default"], schema, ROOT)
        walk.check(schema["default"], schema, ROOT)
        for found in walk.findings:
            yield SchemaError(at / "default", f"the default {found.path} {found.message}" if found.path else f"the default {found.message}")
    if "items" in schema:
        yield from wrong_defaults(schema["items"], at / "items")
    for name, below in schema.get("properties", {}).items():
        yield from wrong_defaults(below, at / "properties" / name)


def _as_object(out: dict[str, Any], root: bool) -> None:
    """Adds what every object has to the schema of one."""
    given: Mapping[str, Any] = out.get("properties", {})
    word: Schema = {"type": "string", "minLength": 1}
    properties: dict[str, Schema] = {"apiVersion": word, "kind": word, "metadata": OBJECT_META}
    limits = given.get("metadata", {}).get("properties") if isinstance(given.get("metadata"), dict) else None
    if limits:  # a CRD may limit metadata.name and metadata.generateName
        own = {name: {**below, **limits[name]} if name in limits else below for name, below in OBJECT_META["properties"].items()}
        properties["metadata"] = {**OBJECT_META, "properties": own}
    for name, below in given.items():
        if name not in properties:
            properties[name] = {key: value for key, value in below.items() if key != "default"} if root and name == "status" else below
    out["properties"] = properties
    out["required"] = sorted({*out.get("required", ()), "apiVersion", "kind"})
    out["x-kubernetes-embedded-resource"] = True  # for rules, which see names and nothing else of its metadata
    if root:
        out.pop("default", None)


def _validations(schema: Schema, at: FieldPath, problems: list[SchemaError], either: bool) -> dict[str, Any]:
    """The keywords that only judge, in the common form; `either` says that whole numbers and strings may be told apart here."""
    out: dict[str, Any] = {}
    kind = schema.get("type")
    for keyword in ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties", "multipleOf", "pattern"):
        if keyword in schema:
            out[keyword] = schema[keyword]
    if schema.get("pattern") == "":
        del out["pattern"]
    for side, flag in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if side in schema:
            bound = schema[side]
            out[flag if schema.get(flag) else side] = int(bound) if kind == "integer" and bound == int(bound) else bound
    if schema.get("uniqueItems"):
        problems.append(SchemaError(at / "uniqueItems", "uniqueItems is refused; x-kubernetes-list-type: set says it"))
    if schema.get("enum"):
        out["enum"] = schema["enum"]
    if schema.get("required"):
        out["required"] = schema["required"]
    if "format" in schema:
        form = schema["format"]
        if kind in (None, "string"):
            if (key := asserted(form)) is not None:
                out["format"] = key
        elif (kind == "integer" and form in ("int32", "int64")) or (kind == "number" and form == "float"):
            out["format"] = form
    for keyword in ("allOf", "anyOf", "oneOf"):
        if schema.get(keyword):
            typed = either and keyword == "anyOf" and schema[keyword] == INT_OR_STRING
            inner = [
                _nested(each, at / keyword / number, problems, typed, either and keyword == "allOf" and not number)
                for number, each in enumerate(schema[keyword])
            ]
            if not (schema.get("x-kubernetes-int-or-string") and inner == INT_OR_STRING and keyword == "anyOf"):
                out[keyword] = inner
    if schema.get("x-kubernetes-int-or-string") and out.get("allOf") and out["allOf"][0] == {"anyOf": INT_OR_STRING}:
        out["allOf"] = out["allOf"][1:]
        if not out["allOf"]:
            del out["allOf"]
    if "not" in schema:
        out["not"] = _nested(schema["not"], at / "not", problems)
    return out


INT_OR_STRING: Final = [{"type": "integer"}, {"type": "string"}]


def _nested(schema: Any, at: FieldPath, problems: list[SchemaError], typed: bool = False, either: bool = False) -> Schema:
    """A schema inside allOf, anyOf, oneOf or not: it only judges, and names a type only where it is one of an int-or-string's."""
    if not _checked(schema, STRUCTURAL, at, problems):
        return {}
    out = _validations(schema, at, problems, either)
    if typed:
        out["type"] = schema["type"]
    outside = ("default", "additionalProperties", "nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-list-type")
    for keyword in (
        *outside,
        *(() if typed else ("type",)),
        "x-kubernetes-int-or-string",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-validations",
        "description",
        "title",
    ):
        if keyword in schema:
            problems.append(SchemaError(at / keyword, f"{keyword} may not stand inside allOf, anyOf, oneOf or not"))
    if "items" in schema:
        out["items"] = _nested(schema["items"], at / "items", problems)
    if "properties" in schema:
        out["properties"] = {name: _nested(below, at / "properties" / name, problems) for name, below in schema["properties"].items()}
    return out


# ---- of kinds that are built in ------------------------------------------------------------------------------------------------

NUMBER_OR_STRING: Final = [{"type": "number"}, {"type": "string"}]
# Formats of Go's own types; the others are notes.
NATIVE_FORMATS: Final = {"byte": "go bytes", "date-time": "go time", "int32": "int32", "int64": "int64"}


def native(schema: Schema, definitions: Schema) -> Schema:
    """The schema of a kind that is built into Kubernetes in the engine's form; `definitions` as `native_definitions` gives them.

    Every null is taken as an absent field, as Go reads it. Lists that have keys may repeat them: most of these kinds allow it.
    """
    out = dict(_native(schema))
    _as_object(out, root=True)
    out["$defs"] = definitions
    return out


# Fields that the OpenAPI document requires, and the API server's own code does not ask for.
UNENFORCED: Final[Mapping[str, frozenset[str]]] = {
    "apiextensions.v1.CustomResourceDefinitionVersion": frozenset({"served", "storage"}),
    "apiextensions.v1.WebhookConversion": frozenset({"conversionReviewVersions"}),
    "batch.v1.PodFailurePolicy": frozenset({"rules"}),
    "core.v1.HTTPHeader": frozenset({"value"}),
    "core.v1.ISCSIVolumeSource": frozenset({"lun"}),
    "core.v1.LimitRangeSpec": frozenset({"limits"}),
    "core.v1.PreferredSchedulingTerm": frozenset({"preference"}),
    "core.v1.SleepAction": frozenset({"seconds"}),
    "core.v1.Sysctl": frozenset({"value"}),
}


def native_definitions(definitions: Schema) -> Schema:
    """What `$defs` of `schemas/kubernetes/definitions.json` holds, in the engine's form."""
    out: dict[str, Schema] = {}
    for name, below in definitions.items():
        found = OBJECT_META if name.startswith("meta.v1.ObjectMeta-") else _native(below)
        free = UNENFORCED.get(name.rpartition("-")[0])
        out[name] = {**found, "required": [key for key in found["required"] if key not in free]} if free and "required" in found else found
    return out


ZEROS: Final[Mapping[str, Any]] = {"string": "", "integer": 0, "number": 0, "boolean": False, "object": {}}


def _zeroed(schema: Schema) -> Schema:
    """A schema of items or entries, with what a null there means."""
    kind = schema.get("type", "object" if "$ref" in schema else None)
    if isinstance(kind, list):  # a quantity, or a number or name of a port
        return {**schema, "zero": "0" if "number" in kind else 0}
    return {**schema, "zero": ZEROS[kind]} if kind in ZEROS else schema


def _native(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"$ref": "#" + schema["$ref"].partition("#")[2]}
    out: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            out[keyword] = {name: _native(below) for name, below in value.items()}
        elif keyword in ("items", "additionalProperties") and isinstance(value, dict):
            out[keyword] = _zeroed(_native(value))
        elif keyword == "format":
            if value in NATIVE_FORMATS:
                out[keyword] = NATIVE_FORMATS[value]
        elif keyword == "anyOf" and value == NUMBER_OR_STRING:
            out |= {"type": ["number", "string"], "format": "go quantity"}
        elif keyword == "x-kubernetes-int-or-string":
            out["type"] = ["integer", "string"]
        elif keyword in ("type", "enum", "pattern", "required", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-list-map-keys"):
            out[keyword] = value
        elif keyword not in ("nullable", "x-kubernetes-list-type", "x-kubernetes-map-type") and not keyword.startswith(
            "x-kubernetes-patch-"
        ):
            raise SchemaError(ROOT, f"the keyword {keyword} of a built-in kind is not known")
    if out.get("format") == "go quantity":
        out.pop("pattern", None)  # the API server asks its own code
    return out


# ---- from JSON Schema ----------------------------------------------------------------------------------------------------------


def json_schema(schema: Any, at: FieldPath = ROOT) -> Schema:
    """A JSON Schema (draft 2020-12) in the engine's form: checked, and without prose. Raises as `structural` does."""
    problems: list[SchemaError] = []
    found = _json(schema, at, problems)
    if problems:
        raise ExceptionGroup("the schema cannot be used", problems)
    assert isinstance(found, Mapping)
    return found


# What says nothing about which values are right; `format` is a note in this draft, and `errorMessage` is for editors.
DROPPED: Final = frozenset(
    {*PROSE, "$anchor", "$comment", "$id", "$schema", "default", "defaultSnippets", "deprecated", "errorMessage", "examples", "format"}
    | {"markdownDescription"}
)


def _json(schema: Any, at: FieldPath, problems: list[SchemaError]) -> Schema | bool:
    if isinstance(schema, bool):
        return schema
    if not _checked(schema, JSON_SCHEMA, at, problems):
        return {}
    out: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in DROPPED:
            continue
        if keyword in ("properties", "patternProperties", "$defs"):
            out[keyword] = {name: _json(below, at / keyword / name, problems) for name, below in value.items()}
            for name in value if keyword == "patternProperties" else ():
                try:
                    parse(name)
                except PatternError as refusal:
                    problems.append(SchemaError(at / keyword / name, f"the pattern cannot be used: {refusal}"))
        elif keyword in ("items", "additionalProperties", "not", "if", "then", "else", "propertyNames"):
            out[keyword] = _json(value, at / keyword, problems)
        elif keyword in ("allOf", "anyOf", "oneOf"):
            out[keyword] = [_json(below, at / keyword / number, problems) for number, below in enumerate(value)]
        else:
            out[keyword] = value
    for keyword in ("items", "additionalProperties"):
        if out.get(keyword) is True:
            del out[keyword]
    if "$ref" in out and len(out.keys() - {"$defs"}) > 1:
        # The engine takes a $ref alone; what stands beside it applies too.
        rest = {key: value for key, value in out.items() if key not in ("$ref", "$defs")}
        out = {**({"$defs": out["$defs"]} if "$defs" in out else {}), "allOf": [{"$ref": out["$ref"]}, rest]}
    return out
