"""What is wrong with a value, by walking its schema: slower than generated code, and the measure of it.

Generated code only says yes; where it cannot, this walk gives the findings, and the completed object. It also judges what has no
generated code. Schemas are in the engine's one form (see `normal`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from kgen.diagnostics import ROOT, FieldPath
from kgen.structure.checks import INFINITE, LONG, among, frozen, integer, integral, multiple, same
from kgen.structure.finding import Finding, Judged
from kgen.structure.formats import FORMATS, NAMED

if TYPE_CHECKING:
    from kgen.structure.rules import Rules

Schema = Mapping[str, Any]

BOUNDS: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
FLOAT32: Final = 3.4028234663852886e38
LIMITS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")

WORDS: Final = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "null",
}
LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
NAME: Final = rf"{LABEL}(\.{LABEL})*"
NUMBER: Final = r"(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
# What the patterns that occur most mean.
PATTERNS: Final = {
    f"^{LABEL}$": 'lower-case letters, digits and "-", with a letter or digit at both ends',
    f"^{NAME}$": "a DNS name in lower case",
    f"^$|^{NAME}$": "a DNS name in lower case, or empty",
    rf"^(\*\.)?{NAME}$": 'a host name in lower case, perhaps with "*." in front',
    "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$": 'letters, digits and "-", with a letter in front',
    "^([0-9]{1,5}(h|m|s|ms)){1,4}$": "a duration such as 30s or 1h30m",
    rf"^(\+|-)?{NUMBER}(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?{NUMBER}))?$": "a quantity such as 500m or 1Gi",
}
# Findings beyond these are more than anyone reads; the count of the rest is told.
MOST: Final = 500
DEEPEST: Final = 400
# apiextensions-apiserver pkg/registry/customresource/strategy.go, hasBlockingErr
BLOCKING: Final = frozenset({"type", "null", "enum", "required", "maxLength", "maxItems", "maxProperties"})
OWNERS: Final = ("metadata", "ownerReferences")


def judge(schema: Schema, body: Any, rules: Rules | None = None) -> Judged:
    """`body` with the defaults of a structural schema, as the API server adds them before it validates, and all findings.

    `rules` are the schema's, kept by whoever judges more than one object. As in the API server, they are not asked of an object that
    lacks something, or has values that are of the wrong type, too many, too long, or none of an enum.
    """
    at = ROOT
    walk = Walk(schema, structural=True)
    try:
        done = walk.completed(body, schema, at)
        walk.check(done, schema, at)
        if not walk.blocked and "$defs" not in schema:
            # Imported here: it brings the compiler, for which a judge of specs has no use.
            from kgen.structure.rules import Rules

            for found in (rules or Rules(schema)).findings(done):
                walk.found(*found)
    except RecursionError:
        return Judged(body, (Finding(at, "depth", "is nested too deeply to be judged"),))
    return Judged(done, tuple(walk.findings))


def faults(schema: Schema, value: Any, at: FieldPath = ROOT) -> tuple[Finding, ...]:
    """What a JSON Schema (draft 2020-12; `format` is not asserted) finds wrong with a value."""
    walk = Walk(schema, structural=False)
    try:
        walk.check(value, schema, at)
    except RecursionError:
        return (Finding(at, "depth", "is nested too deeply to be judged"),)
    return tuple(walk.findings)


class Walk:
    """One walk over one value: what it finds gathers in `findings`."""

    def __init__(self, root: Schema, structural: bool) -> None:
        self.root = root
        self.structural = structural
        self.findings: list[Finding] = []
        self.blocked = False  # whether a finding keeps the API server from asking rules

    def found(self, at: FieldPath, keyword: str, message: str, value: object = None) -> None:
        # What an owner lacks is a wrong value to the API server, which keeps it from nothing (its objectmeta.go).
        owner = self.structural and keyword == "required" and at[:2] == OWNERS
        self.blocked = self.blocked or (keyword in BLOCKING and not owner)
        if len(self.findings) < MOST:
            self.findings.append(Finding(at, keyword, message, value if isinstance(value, str | int | float | bool) else None))

    # ---- the completed copy ----------------------------------------------------------------------------------------------------

    def completed(self, value: Any, schema: Schema, at: FieldPath) -> Any:
        """A copy with defaults; unknown fields are found here, since only this walk sees the schema's own positions."""
        schema = resolved(schema, self.root)
        if isinstance(value, dict):
            return self.completed_map(value, schema, at)
        if isinstance(value, list):
            items = schema.get("items")
            if items is None:
                if schema.get("x-kubernetes-preserve-unknown-fields"):
                    self.plain(value, at)
                return list(value)
            below = resolved(items, self.root)
            out = []
            for number, item in enumerate(value):
                if item is None and not below.get("nullable"):
                    item = copied(below.get("default", below.get("zero")))
                out.append(self.completed(item, below, at / number))
            return out
        # 1.0 is stored as 1, and read back so.
        if type(value) is float and integer(value) and "integer" in types_of(schema) and "number" not in types_of(schema):
            return int(value)
        return value

    def completed_map(self, value: dict[Any, Any], schema: Schema, at: FieldPath) -> dict[str, Any]:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        extra = schema.get("additionalProperties")
        open_to_all = schema.get("x-kubernetes-preserve-unknown-fields", False)
        out: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                self.found(at / str(key), "key", f"the key {key!r} must be a string", key)
                continue
            below = properties.get(key)
            if below is None and isinstance(extra, Mapping):
                below = extra
            if below is None:
                if open_to_all:
                    self.plain(item, at / key)
                else:
                    self.unknown(key, properties, at)
                out[key] = item
                continue
            below = resolved(below, self.root)
            if item is None and not below.get("nullable"):
                # As the API server does: null means absent, except in lists, and in maps of kinds that Go has types for.
                item = copied(below.get("default", below.get("zero")))
                if item is None:
                    continue
            out[key] = self.completed(item, below, at / key)
        for key, below in properties.items():
            if key not in out:
                below = resolved(below, self.root)
                if below.get("default") is not None:
                    out[key] = self.completed(copied(below["default"]), below, at / key)
        return out

    def unknown(self, key: str, properties: Mapping[str, Schema], at: FieldPath) -> None:
        self.found(at / key, "unknown", f'unknown field "{key}"{nearest(key, properties)}')

    def plain(self, value: Any, at: FieldPath) -> None:
        """Finds what JSON cannot hold, where a schema leaves all open."""
        if isinstance(value, dict):
            for key, below in value.items():
                if isinstance(key, str):
                    self.plain(below, at / key)
                else:
                    self.found(at / str(key), "key", f"the key {key!r} must be a string", key)
        elif isinstance(value, list):
            for number, below in enumerate(value):
                self.plain(below, at / number)
        elif isinstance(value, float):
            if value != value or value in INFINITE:
                self.found(at, "type", f"{value} is no number that JSON knows", value)
        elif not isinstance(value, str | int | None):
            self.found(at, "type", f"a value of type {type(value).__name__} is nothing that JSON knows")

    # ---- the checks ------------------------------------------------------------------------------------------------------------

    def check(self, value: Any, schema: Schema | bool, at: FieldPath) -> None:
        """Applies the keywords of `schema` to `value`, in JSON Schema's meaning."""
        if len(at) > DEEPEST:
            raise RecursionError
        if isinstance(schema, bool):
            if not schema:
                self.found(at, "false", "nothing may stand here", value)
            return
        if "$ref" in schema:
            self.check(value, referred(schema["$ref"], self.root), at)
        if self.structural and value is None:
            # The API server asks only for type and enum of a null.
            if types_of(schema) and not schema.get("nullable"):
                self.found(at, "null", f"must be {worded(types_of(schema))}, is null")
            elif "enum" in schema:
                self.found(at, "enum", f"must be {listed(schema['enum'])}, is null")
            return
        if not self.typed(value, schema, at):
            return
        if "enum" in schema and not among(value, tuple(schema["enum"])):
            self.found(at, "enum", f"must be {listed(schema['enum'])}{nearest(value, schema['enum'])}", value)
        if "const" in schema and not same(value, schema["const"]):
            self.found(at, "const", f"must be {shown(schema['const'])}", value)
        if isinstance(value, str):
            self.check_string(value, schema, at)
        elif isinstance(value, dict):
            self.check_map(value, schema, at)
        elif isinstance(value, list):
            self.check_list(value, schema, at)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.check_number(value, schema, at)
        self.check_choices(value, schema, at)

    def typed(self, value: Any, schema: Schema, at: FieldPath) -> bool:
        types = types_of(schema)
        if types and isinstance(value, float) and (value != value or value in INFINITE):
            self.found(at, "type", f"{value} is no number that JSON knows", value)
            return False
        if not types or any(self.is_a(value, each) for each in types):
            return True
        big = isinstance(value, int) and not isinstance(value, bool) and "integer" in types
        self.found(at, "type", f"must be {worded(types)}, is {'too large for 64 bits' if big else kind_of(value)}", value)
        return False

    def is_a(self, value: Any, name: str) -> bool:
        if name == "string":
            return isinstance(value, str)
        if name == "boolean":
            return isinstance(value, bool)
        if name == "object":
            return isinstance(value, dict)
        if name == "array":
            return isinstance(value, list)
        if name == "null":
            return value is None
        if name == "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        return integer(value) if self.structural else integral(value)

    def check_string(self, value: str, schema: Schema, at: FieldPath) -> None:
        low, high, pattern = schema.get("minLength", 0), schema.get("maxLength"), schema.get("pattern")
        if len(value) < low:
            self.found(
                at, "minLength", "must not be empty" if not value else f"must have at least {low} characters, has {len(value)}", value
            )
        if high is not None and len(value) > high:
            self.found(at, "maxLength", f"must have at most {high} characters, has {len(value)}", value)
        elif pattern is not None and not matcher(pattern)(value):
            self.found(at, "pattern", f"must be {pattern_words(schema)}", value)
        form = schema.get("format")
        if form is not None and form in FORMATS and not FORMATS[form](value):
            self.found(at, "format", f"must be {NAMED[form]}", value)

    def check_number(self, value: float, schema: Schema, at: FieldPath) -> None:
        low, high, over, under, step = map(schema.get, LIMITS)
        if self.structural and (limit := beyond(schema)) is not None:
            self.found(at, "format", f"may not be set: its limit of {limit} does not fit its type, so every value is refused", value)
            return
        if self.structural and value == value // 1:
            # Go clients send 1.0 as 1, and Go compares a whole number with what stands before the point of a bound.
            low, high, over, under, step = (each if each is None else int(each) for each in (low, high, over, under, step))
        if self.structural and (bounds := BOUNDS.get(schema.get("format", ""))) and "number" not in types_of(schema):
            if not bounds[0] <= value <= bounds[1]:
                self.found(at, "format", f"must fit in {schema['format'][3:]} bits", value)
        elif schema.get("format") == "float" and abs(value) > FLOAT32:
            self.found(at, "format", "must fit in a float of 32 bits", value)
        if low is not None and value < low:
            self.found(at, "minimum", f"must be at least {low}", value)
        if high is not None and value > high:
            self.found(at, "maximum", f"must be at most {high}", value)
        if over is not None and value <= over:
            self.found(at, "exclusiveMinimum", f"must be greater than {over}", value)
        if under is not None and value >= under:
            self.found(at, "exclusiveMaximum", f"must be less than {under}", value)
        if step is not None and not multiple(value, step):
            self.found(at, "multipleOf", f"must be a multiple of {schema['multipleOf']}", value)

    def check_list(self, value: list[Any], schema: Schema, at: FieldPath) -> None:
        if len(value) < schema.get("minItems", 0):
            self.found(at, "minItems", f"must have at least {counted(schema['minItems'], 'item')}, has {len(value)}")
        if "maxItems" in schema and len(value) > schema["maxItems"]:
            self.found(at, "maxItems", f"must have at most {counted(schema['maxItems'], 'item')}, has {len(value)}")
        if (items := schema.get("items")) is not None:
            for number, item in enumerate(value):
                self.check(item, items, at / number)
        if schema.get("uniqueItems"):
            self.repeats(value, at, "uniqueItems")
        kind = schema.get("x-kubernetes-list-type")
        if kind == "set":
            self.repeats(value, at, "duplicate")
        elif kind == "map":
            self.repeated_keys(value, tuple(schema.get("x-kubernetes-list-map-keys", ())), at)

    def repeats(self, value: list[Any], at: FieldPath, keyword: str) -> None:
        first: dict[Any, int] = {}
        for number, item in enumerate(value):
            key = frozen(item)
            before = first.setdefault(key, number)
            if before != number:
                self.found(at / number, keyword, f"is the same as item {before}; each may stand once", item)

    def repeated_keys(self, value: list[Any], names: tuple[str, ...], at: FieldPath) -> None:
        first: dict[Any, int] = {}
        for number, item in enumerate(value):
            if item is None:
                item = {}
            if not isinstance(item, dict):
                continue  # of the wrong type, which is found elsewhere
            key = tuple((name, frozen(item[name])) for name in names if name in item)
            before = first.setdefault(key, number)
            if before != number:
                said = " and ".join(f"{name} {shown(item[name])}" if name in item else f"no {name}" for name in names)
                self.found(at / number, "duplicate", f"has {said}, as item {before} has; each may stand once")

    def check_map(self, value: dict[Any, Any], schema: Schema, at: FieldPath) -> None:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        patterns: Mapping[str, Schema] = schema.get("patternProperties", {})
        extra = schema.get("additionalProperties")
        names = schema.get("propertyNames")
        for key in schema.get("required", ()):
            if key not in value:
                self.found(at / key, "required", f'"{key}" is required')
        if len(value) < schema.get("minProperties", 0):
            self.found(at, "minProperties", f"must have at least {counted(schema['minProperties'], 'field')}, has {len(value)}")
        if "maxProperties" in schema and len(value) > schema["maxProperties"]:
            self.found(at, "maxProperties", f"must have at most {counted(schema['maxProperties'], 'field')}, has {len(value)}")
        for key, item in value.items():
            if not isinstance(key, str):
                if not self.structural and (names is not None or extra not in (None, True)):
                    self.found(at / str(key), "key", f"the key {key!r} must be a string", key)
                continue
            if names is not None:
                self.check(key, names, at / key)
            below = properties.get(key)
            if below is not None:
                self.check(item, below, at / key)
            known = below is not None
            for pattern, each in patterns.items():
                if matcher(pattern)(key):
                    self.check(item, each, at / key)
                    known = True
            if known or extra is None or extra is True:
                continue
            if extra is False:
                self.unknown(key, properties, at)
            else:
                self.check(item, extra, at / key)
        for key, wanted in schema.get("dependentRequired", {}).items():
            if key in value:
                for name in wanted:
                    if name not in value:
                        self.found(at / name, "dependentRequired", f'"{name}" is required beside "{key}"')

    def check_choices(self, value: Any, schema: Schema, at: FieldPath) -> None:
        for each in schema.get("allOf", ()):
            self.check(value, each, at)
        if "anyOf" in schema:
            self.check_some(value, schema["anyOf"], at)
        if "oneOf" in schema:
            fitting = [each for each in schema["oneOf"] if self.fits(value, each, at)]
            if not fitting:
                self.check_some(value, schema["oneOf"], at, "oneOf")
            elif len(fitting) > 1:
                said = " and ".join(filter(None, map(described, fitting)))
                self.found(at, "oneOf", f"may be only one of: {said}" if said else f"fits {len(fitting)} forms, of which only one may be")
        if "not" in schema and self.fits(value, schema["not"], at):
            said = described(schema["not"])
            self.found(
                at,
                "not",
                f"must not {'have ' if said.startswith(chr(34)) else 'be '}{said}" if said else "has a form that is refused here",
                value,
            )
        if "if" in schema:
            branch = schema.get("then" if self.fits(value, schema["if"], at) else "else")
            if branch is not None:
                self.check(value, branch, at)

    def findings_of(self, value: Any, schema: Schema | bool, at: FieldPath) -> list[Finding]:
        inner = Walk(self.root, self.structural)
        inner.check(value, schema, at)
        return inner.findings

    def fits(self, value: Any, schema: Schema | bool, at: FieldPath) -> bool:
        return not self.findings_of(value, schema, at)

    def check_some(self, value: Any, options: list[Schema | bool], at: FieldPath, keyword: str = "anyOf") -> None:
        """Finds if no option fits: what is wrong with the one that comes nearest, or what all of them want."""
        tries = [(self.findings_of(value, each, at), each) for each in options]
        if not all(found for found, _ in tries):
            return
        # The option whose type is right is the one that was meant: its own findings say more than a list of options.
        meant = [found for found, each in tries if not any(f.path == at and f.keyword in ("type", "null") for f in found)]
        if len(meant) == 1 and len(options) > 1:
            for each in meant[0]:
                self.found(each.path, each.keyword, each.message, each.value)
            return
        said = " or ".join(dict.fromkeys(filter(None, (described(resolved(each, self.root)) for _, each in tries))))
        if not said:
            for each in min((found for found, _ in tries), key=len):
                self.found(each.path, each.keyword, each.message, each.value)
            return
        self.found(at, keyword, f"must {'have ' if said.startswith(chr(34)) else 'be '}{said}", value)
        self.blocked = self.blocked or any(found.keyword in BLOCKING for found in tries[0][0])


# ---- words ---------------------------------------------------------------------------------------------------------------------


def described(schema: Schema | bool) -> str:
    """A few words for a simple schema; empty for others."""
    if isinstance(schema, bool):
        return ""
    if "required" in schema and not schema.keys() - {"required", "type"}:
        return " and ".join(f'"{name}"' for name in schema["required"])
    if "enum" in schema:
        return listed(schema["enum"]).removeprefix("one of ")
    if "const" in schema:
        return shown(schema["const"])
    if schema.get("format") in NAMED:
        return NAMED[schema["format"]]
    if "pattern" in schema:
        return pattern_words(schema)
    return worded(types_of(schema)) if types_of(schema) else ""


def pattern_words(schema: Schema) -> str:
    """What a string with this `pattern` is."""
    pattern: str = schema["pattern"]
    return str(schema.get("patternErrorMessage") or PATTERNS.get(pattern) or f"text that matches {pattern}")


def shown(value: Any) -> str:
    """A value as JSON writes it."""
    import json

    return json.dumps(value, ensure_ascii=False)


def listed(values: list[Any]) -> str:
    """Values as JSON writes them, one of which is wanted."""
    text = ", ".join(map(shown, values))
    return text if len(values) == 1 else f"one of {text}"


def worded(types: tuple[str, ...]) -> str:
    return " or ".join(WORDS[each] for each in types)


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def kind_of(value: Any) -> str:
    """What a value is, in a few words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the string {shown(value)}" if len(value) <= 40 else "a string"
    if isinstance(value, int | float):
        return f"the number {value}" if -(10**18) < value < 10**18 else "a number"
    return "a list" if isinstance(value, list) else "a map" if isinstance(value, dict) else f"a {type(value).__name__}"


def nearest(name: Any, known: Mapping[str, Any] | list[Any]) -> str:
    """`; did you mean "port"?` where one of `known` is near `name`."""
    import difflib

    if not isinstance(name, str) or len(name) > 100:
        return ""
    names = [each for each in known if isinstance(each, str)]
    lower = {each.lower(): each for each in names}
    found = difflib.get_close_matches(name.lower(), lower, 1, 0.7)
    return f'; did you mean "{lower[found[0]]}"?' if found else ""


def beyond(schema: Schema) -> float | None:
    """A bound of a number that its own type or format cannot hold: the API server then refuses every value.

    Source: kube-openapi pkg/validation/validate, numberValidator. Envoy Gateway 1.8.0 has such a field: `limit.requests` of rate limits.
    """
    low: float
    high: float
    whole = types_of(schema) == ("integer",)
    if whole:
        low, high = BOUNDS.get(schema.get("format", ""), BOUNDS["int64"])
    elif schema.get("format") == "float":
        low, high = -FLOAT32, FLOAT32
    else:
        return None
    limits = (schema.get(key) for key in LIMITS)
    return next((each for each in limits if each is not None and not (low <= each <= high and (not whole or each == int(each)))), None)


# ---- parts ---------------------------------------------------------------------------------------------------------------------


def types_of(schema: Schema) -> tuple[str, ...]:
    """The types that a schema allows; none where it does not say."""
    kind = schema.get("type")
    return () if kind is None else (kind,) if isinstance(kind, str) else tuple(kind)


def referred(reference: str, root: Schema) -> Schema:
    """The schema that `#/$defs/name` names."""
    found: Any = root
    for part in reference.removeprefix("#").split("/")[1:]:
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found  # type: ignore[no-any-return]


def resolved(schema: Any, root: Schema) -> Schema:
    """`schema`, or what its `$ref` names, with the keywords beside the `$ref`."""
    if not isinstance(schema, Mapping) or "$ref" not in schema:
        return schema if isinstance(schema, Mapping) else {}
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return {**resolved(referred(schema["$ref"], root), root), **beside}


def copied(value: Any) -> Any:
    """A copy of plain data."""
    if isinstance(value, dict):
        return {key: copied(below) for key, below in value.items()}
    return [copied(below) for below in value] if isinstance(value, list) else value


@lru_cache(maxsize=512)
def matcher(pattern: str) -> Callable[[str], object]:
    """Whether an RE2 pattern is found in a text, in bounded time."""
    import re

    from kgen.structure.matching import linear, python

    fast = python(pattern)
    if fast is None:
        return linear(pattern)
    search = re.compile(fast).search
    return lambda text: search(text) if len(text) <= LONG else linear(pattern)(text)


def list_keys(schema: Schema, path: tuple[str | int, ...]) -> tuple[str, ...] | None:
    """The keys by which the items of the list at `path` are told apart; None for a list without, and for what is no list."""
    at: Any = schema
    for part in path:
        below = resolved(at, schema)
        fields = below.get("properties", {})
        at = below.get("items") if isinstance(part, int) else fields.get(part, below.get("additionalProperties"))
        if not isinstance(at, Mapping):
            return None
    return tuple(resolved(at, schema).get("x-kubernetes-list-map-keys", ())) or None
