"""Why a spec is refused, in the author's words: the only user of jsonschema, and only when there is something to explain."""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import jsonschema  # type: ignore[import-untyped]  # it has no types of its own
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]  # as above

from kgen.bundled import folder
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Place, Related
from kgen.source import Document

OTHER: Final = Code("KG200", "not-a-clusterset")
UNKNOWN: Final = Code("KG201", "unknown-field")
MISSING: Final = Code("KG202", "missing-field")
TYPE: Final = Code("KG203", "wrong-type")
UNQUOTED: Final = Code("KG204", "unquoted-text")
MALFORMED: Final = Code("KG205", "malformed-value")
VALUE: Final = Code("KG206", "unknown-value")
RANGE: Final = Code("KG207", "out-of-range")
RESERVED: Final = Code("KG208", "reserved-field")
REPEATED: Final = Code("KG209", "repeated-item")
EXCLUSIVE: Final = Code("KG210", "conflicting-fields")
DERIVED: Final = Code("KG211", "derived-field")

Schema = Mapping[str, Any]

RESERVED_FIELDS: Final = ("delivery", "suppress", "parts")
# Fields of the Submariner resource that follow from the rest of the spec, and where the author says what they follow from.
DERIVED_FIELDS: Final[Mapping[str, str]] = {
    "broker": "spec.broker",
    "brokerK8sApiServer": "spec.broker.apiServer",
    "brokerK8sApiServerToken": "spec.secrets",
    "brokerK8sCA": "spec.secrets",
    "brokerK8sRemoteNamespace": "spec.broker.namespace",
    "brokerK8sSecret": "spec.secrets",
    "ceIPSecPSK": "spec.secrets",
    "ceIPSecPSKSecret": "spec.secrets",
    "clusterCIDR": "podCIDR of the cluster",
    "clusterID": "clusterID of the cluster",
    "clustersetIPCIDR": "clustersetIPCIDR of the cluster, or spec.clustersetIP",
    "clustersetIPEnabled": "spec.clustersetIP.enabled",
    "globalCIDR": "globalCIDR of the cluster, or spec.globalnet",
    "namespace": "nothing: it is always submariner-operator",
    "serviceCIDR": "serviceCIDR of the cluster",
    "version": "versions.submariner",
}
TYPE_NAMES: Final[Mapping[str, str]] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "nothing",
}


@functools.cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the ClusterSet."""
    with open(folder("schemas") / "clusterset-v1alpha1.json", encoding="utf-8") as file:
        return json.load(file)  # type: ignore[no-any-return]  # json knows no types


@functools.cache
def validator() -> Any:
    def pattern(_: Any, wanted: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not compiled(wanted).search(instance):
            yield ValidationError(f"does not match {wanted}")

    def whole(_: Any, instance: Any) -> bool:
        return isinstance(instance, int) and not isinstance(instance, bool)

    draft = jsonschema.Draft202012Validator
    # JSON Schema calls 80.0 an integer, Kubernetes and the author's editor do not.
    strict = jsonschema.validators.extend(draft, {"pattern": pattern}, type_checker=draft.TYPE_CHECKER.redefine("integer", whole))
    return strict(schema())


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    # Python's `$` also matches before a line end, JSON Schema's does not.
    return re.compile(re.sub(r"\$\Z", r"\\Z", pattern))


def refuses(data: Any) -> bool:
    """Whether the schema refuses the data of a document."""
    return not validator().is_valid(data)


def explain(document: Document, root: FieldPath = ROOT) -> tuple[Diagnostic, ...]:
    """Every reason for which the schema refuses a document; `root` is put in front of their paths; empty if it does not."""
    other = _other(document, root)
    if other is not None:
        return (other,)
    words = Words(document, root)
    return tuple(dict.fromkeys(finding for error in validator().iter_errors(document.data) for finding in words.tell(error)))


def _other(document: Document, root: FieldPath) -> Diagnostic | None:
    """What to say of a document that is something else: to judge it as a ClusterSet would help nobody."""
    data = document.data
    if not isinstance(data, dict):
        return OTHER.error(
            f"this is {described(data)}, not a ClusterSet", root, help="a spec begins with: apiVersion, kind, metadata, spec"
        )
    kind = data.get("kind", "ClusterSet")
    if kind == "ClusterSet":
        return None
    if kind == "ClusterSetOverlay":
        return OTHER.error(
            "this is an overlay, not a whole spec",
            root / "kind",
            "expected ClusterSet",
            help="build it over a spec: `kgen build clusterset.yaml --overlay FILE`, or name the spec at its top: `base: clusterset.yaml`",
        )
    name = shown(kind)
    near = nearest(kind, ("ClusterSet", "ClusterSetOverlay")) if isinstance(kind, str) else None
    return OTHER.error(
        f"this is a document of kind {name}, not a ClusterSet", root / "kind", f'did you mean "{near}"?' if near else "expected ClusterSet"
    )


class Words:
    """Turns the schema's errors about one document into findings."""

    def __init__(self, document: Document, root: FieldPath) -> None:
        self.document = document
        self.root = root

    def tell(self, error: ValidationError) -> Iterator[Diagnostic]:
        """The findings that an error stands for; one for each error of the same object may say the same."""
        path = FieldPath(error.absolute_path)
        at = FieldPath((*self.root, *path))
        wanted, found, rule = error.validator_value, error.instance, error.schema
        assert isinstance(rule, Mapping)
        name = field(path)
        match error.validator:
            case "type":
                yield self.wrong(path, found, rule)
            case "required":
                for key in wanted:
                    if key not in found:
                        yield self.missing(at, rule, key, name)
            case "additionalProperties":
                for key in found:
                    if key not in rule["properties"] and not key.startswith("x-"):
                        yield self.unknown(path / key, rule, key, found)
            case "const" | "enum":
                yield self.not_among(path, found, (wanted,) if error.validator == "const" else wanted, rule)
            case "pattern":
                yield MALFORMED.error(f"{name} {shown(found)} is malformed", at, f"expected {phrase(rule)}", help=hint(rule))
            case "minimum" | "maximum":
                yield RANGE.error(f"{name} {found} is out of range", at, f"expected {bounds(rule)}")
            case "minItems" | "minProperties" | "minLength":
                yield RANGE.error(f"{name} is empty", at, f"expected {'at least one' if error.validator != 'minLength' else 'some text'}")
            case "maxItems":
                yield RANGE.error(f"{name} has {len(found)} items", at, f"expected at most {wanted}")
            case "maxLength":
                yield RANGE.error(f"{name} is too long", at, f"{len(found)} characters, at most {wanted}")
            case "uniqueItems":
                yield from self.twice(at, found, name)
            case _:
                yield from self.branches(error, path)

    def wrong(self, path: FieldPath, found: Any, *rules: Schema) -> Diagnostic:
        """A value of a type that none of the rules allows."""
        at = FieldPath((*self.root, *path))
        written = self.document.raw(path)
        texts = any("string" in types(rule) and "const" not in rule for rule in rules)
        if texts and written and isinstance(found, (bool, int, float)):
            return unquoted(at, field(path), written, found)
        expected = " or ".join(dict.fromkeys(phrase(rule) for rule in rules))
        if found is None:
            help = "give it a value, or delete the line"
        else:
            help = hint(*rules)
        return TYPE.error(f"{field(path)} is {described(found)}", at, f"expected {expected}", help=help)

    def missing(self, at: FieldPath, rule: Schema, key: str, name: str) -> Diagnostic:
        about = resolved(rule["properties"][key]) if key in rule.get("properties", ()) else {}
        return MISSING.error(
            f'{title(rule, name)} lacks "{key}"', at, f'"{key}" is missing', help=f"{key}: {described_by(rule, key)}" if about else ""
        )

    def unknown(self, path: FieldPath, rule: Schema, key: str, found: Mapping[str, Any]) -> Diagnostic:
        at = self.key_place(path)
        whole = title(rule, field(FieldPath(path[:-1])))
        if rule.get("title") == "the set" and key in RESERVED_FIELDS:
            return RESERVED.error(
                f'"{key}" is reserved for a later version', at, "not yet a field", help="delete it, or keep it as x-" + key
            )
        if rule.get("title") == "the Submariner fields" and key in DERIVED_FIELDS:
            return DERIVED.error(
                f'"{key}" is derived by kgen, and not written here', at, "derived", help=f"it follows from {DERIVED_FIELDS[key]}"
            )
        known = [name for name in rule["properties"] if name not in found]
        near = nearest(key, known)
        if near is None and key in REMARKS:
            return UNKNOWN.error(f'"{key}" is no field of {whole}', at, "unknown field", help=REMARKS[key])
        homes = [] if near else homes_of(key)
        if near:
            help = f"{near}: {described_by(rule, near)}"
        elif homes:
            help = f'"{key}" is a field of {listed(homes)}'
        else:
            help = f"the fields here are {listed(list(rule['properties']), 20)}"
        return UNKNOWN.error(f'"{key}" is no field of {whole}', at, f'did you mean "{near}"?' if near else "unknown field", help=help)

    def not_among(self, path: FieldPath, found: Any, allowed: Sequence[Any], rule: Schema) -> Diagnostic:
        at = FieldPath((*self.root, *path))
        code = OTHER if path in (("apiVersion",), ("kind",)) else VALUE
        near = nearest(found, [str(value) for value in allowed]) if isinstance(found, str) else None
        one = f"expected {listed([str(value) for value in allowed], 20, ' or ')}"
        return code.error(
            f"{field(path)} {shown(found)} is not known", at, f'did you mean "{near}"?' if near else one, help=one if near else hint(rule)
        )

    def twice(self, at: FieldPath, found: Sequence[Any], name: str) -> Iterator[Diagnostic]:
        for index, value in enumerate(found):
            first = found.index(value)
            if first < index:
                yield REPEATED.error(
                    f"{name} has {shown(value)} twice", at / index, "again", [Related(at / first, "first here")], help="delete one of them"
                )

    def branches(self, error: ValidationError, path: FieldPath) -> Iterator[Diagnostic]:
        """What to say where several forms are allowed: only the form that the author means is explained."""
        found, at = error.instance, FieldPath((*self.root, *path))
        forms = [resolved(form) for form in error.validator_value]
        if all(set(form) == {"required"} for form in forms):
            yield self.choice(error, at, [form["required"][0] for form in forms], field(path))
            return
        fitting = [index for index, form in enumerate(forms) if of_type(found, types(form))]
        if not fitting:
            yield self.wrong(path, found, *forms)
            return
        best = max(fitting, key=lambda index: likeness(found, forms[index]))
        others = {name for index in fitting if index != best for name in forms[index].get("properties", ())}
        for inner in error.context or ():
            if inner.relative_schema_path[0] != best:
                continue
            mixed = (
                [key for key in inner.instance if key in others and key not in forms[best]["properties"]]
                if (inner.validator == "additionalProperties" and not inner.relative_path)
                else []
            )
            for key in mixed:
                partner = forms[best]["required"][0]
                yield EXCLUSIVE.error(
                    f'"{key}" does not go with "{partner}"',
                    self.key_place(path / key),
                    f'not beside "{partner}"',
                    help=f'keep "{partner}" alone, or write the reference in the API\'s own shape, without it',
                )
            yield from (finding for finding in self.tell(inner) if not any(finding.at == self.key_place(path / key) for key in mixed))

    def choice(self, error: ValidationError, at: FieldPath, keys: Sequence[str], name: str) -> Diagnostic:
        """Of some fields one is needed, or only one allowed."""
        assert isinstance(error.schema, Mapping)
        whole = title(error.schema, name)
        given = [key for key in keys if key in error.instance]
        if len(given) > 1:
            return EXCLUSIVE.error(
                f"{whole} has {listed(given, 20, ' and ')}, of which only one may be given",
                at / given[1],
                f'not beside "{given[0]}"',
                [Related(at / given[0], "given here")],
            )
        return MISSING.error(f"{whole} lacks all of {listed(keys, 20)}", at, f"expected {listed(keys, 20, ' or ')}")

    def key_place(self, path: FieldPath) -> Place:
        """Where a key stands, which is shown in place of its value."""
        place = self.document.key_span(path)
        return place._replace(path=FieldPath((*self.root, *path))) if place.path == path else FieldPath((*self.root, *path))


# What people write from habit, and what to write here.
REMARKS: Final[Mapping[str, str]] = {
    "clusterSelector": "a selector is written under exportFrom, importTo, deployTo or applyTo",
}


def unquoted(at: Place, name: str, written: str, found: Any) -> Diagnostic:
    """The finding for an unquoted scalar where text is wanted."""
    return UNQUOTED.error(
        f"{name} is {described(found)}, but text is wanted",
        at,
        f'write "{written}"',
        help=f"quote it: without quotes {written} is read as {described(found)}",
    )


def field(path: FieldPath) -> str:
    """A short name for a place: its last key, with the indices behind it."""
    start = max((i for i, key in enumerate(path) if isinstance(key, str)), default=0)
    return str(FieldPath(path[start:])) or "the document"


def title(rule: Schema, name: str) -> str:
    return str(rule.get("title", name))


def shown(value: Any) -> str:
    """A value, short enough for a sentence."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
    return described(value)


def described(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    return "a list" if isinstance(value, list) else "a map"


def resolved(rule: Schema) -> Schema:
    """A rule with what its $ref refers to; its own words win."""
    while "$ref" in rule:
        rest = {key: value for key, value in rule.items() if key != "$ref"}
        rule = {**schema()["$defs"][rule["$ref"].rpartition("/")[2]], **rest}
    return rule


def types(rule: Schema) -> set[str]:
    """The types that a rule allows."""
    rule = resolved(rule)
    if "type" in rule:
        return {rule["type"]}
    return {name for form in rule.get("anyOf", ()) for name in types(form)}


def of_type(value: Any, names: Iterable[str]) -> bool:
    return any(validator().is_type(value, name) for name in names)


def likeness(value: Any, rule: Schema) -> tuple[bool, int]:
    """How much a map looks as if the form `rule` is meant: the fields that mark the form, then any field of it."""
    if not isinstance(value, dict):
        return (False, 0)
    return (all(key in value for key in rule.get("required", ())), sum(key in rule.get("properties", ()) for key in value))


def phrase(rule: Schema) -> str:
    """What a rule wants, after "expected"."""
    rule = resolved(rule)
    if "patternErrorMessage" in rule:
        return str(rule["patternErrorMessage"])
    if "const" in rule:
        return f'"{rule["const"]}"'
    if "enum" in rule:
        return listed([str(value) for value in rule["enum"]], 20, " or ")
    if "anyOf" in rule and "type" not in rule:
        return " or ".join(phrase(form) for form in rule["anyOf"])
    if rule.get("type") == "array":
        return f"a list of {plural(rule['items'])}" if plural(rule["items"]) else "a list"
    if rule.get("type") == "object" and rule.get("required"):
        return f"a map with {listed(rule['required'], 20, ' and ')}"
    return TYPE_NAMES[rule["type"]]


def plural(rule: Schema) -> str:
    rule = resolved(rule)
    return {"object": "maps", "string": "texts"}.get(rule.get("type", ""), "")


def bounds(rule: Schema) -> str:
    return f"{rule['minimum']} to {rule['maximum']}"


def hint(*rules: Schema) -> str:
    """A field's description, as help."""
    return next((str(rule["description"]) for rule in rules if "description" in rule), "")


def described_by(rule: Schema, key: str) -> str:
    return str(resolved(rule["properties"][key])["description"])


def homes_of(key: str) -> list[str]:
    """The parts of the language that have a field of this name."""
    return [str(part["title"]) for part in schema()["$defs"].values() if "title" in part and key in part.get("properties", ())]


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that is most like `word`, upper and lower case being alike."""
    lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.7)
    return lower[found[0]] if found else None


def listed(words: Sequence[str], most: int = 6, last: str = ", ") -> str:
    """Words for a sentence: the first few, with `last` before the last one."""
    shown = [*words[:most]]
    rest = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(shown[:-1]) + (last if len(shown) > 1 else "") + shown[-1] + rest if shown else ""
