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
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Related
from kgen.source import Document

OTHER: Final = Code("KG200", "not-a-clusterset")
UNKNOWN: Final = Code("KG201", "unknown-key")
MISSING: Final = Code("KG202", "missing-key")
TYPE: Final = Code("KG203", "type-mismatch")
UNQUOTED: Final = Code("KG204", "unquoted-text")
MALFORMED: Final = Code("KG205", "malformed-text")
VALUE: Final = Code("KG206", "unknown-value")
RANGE: Final = Code("KG207", "out-of-range")
RESERVED: Final = Code("KG208", "reserved-field")
EXCLUSIVE: Final = Code("KG210", "conflicting-fields")
DERIVED: Final = Code("KG211", "derived-field")
REPEATED: Final = Code("KG214", "repeated-value")

Schema = Mapping[str, Any]

RESERVED_FIELDS: Final = ("suppress", "parts")
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
BEGIN: Final = "a spec has apiVersion: kgen.dev/v1alpha1, kind: ClusterSet, metadata and spec"
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

    draft = jsonschema.Draft202012Validator
    return jsonschema.validators.extend(draft, {"pattern": pattern})(schema())


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
        return OTHER.error(f"this is {described(data)}, not a ClusterSet", root, help=BEGIN)
    if "apiVersion" not in data and "kind" not in data:
        return OTHER.error("this has neither apiVersion nor kind, so it is no ClusterSet", root, help=BEGIN)
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
    near = nearest(kind, ("ClusterSet", "ClusterSetOverlay")) if isinstance(kind, str) else None
    label = f'did you mean "{near}"?' if near else "expected ClusterSet"
    return OTHER.error(f"kind is {shown(kind)}, not ClusterSet", root / "kind", label)


class Words:
    """Turns the schema's errors about one document into findings."""

    def __init__(self, document: Document, root: FieldPath) -> None:
        self.document = document
        self.root = root

    def tell(self, error: ValidationError) -> Iterator[Diagnostic]:
        """The findings that an error stands for; errors about one map may each tell the same."""
        path = FieldPath(error.absolute_path)
        at = FieldPath((*self.root, *path))
        wanted, found, rule = error.validator_value, error.instance, error.schema
        name, about = field(path), description(error)
        match error.validator:
            case "type":
                yield self.wrong(path, found, about, rule)
            case "required":
                for key in wanted:
                    if key not in found:
                        yield missing(at, rule, key, name)
            case "additionalProperties":
                for key in found:
                    if key not in rule["properties"] and not key.startswith("x-"):
                        yield self.unknown(path / key, rule, key, found)
            case "const" | "enum":
                allowed = [str(value) for value in ((wanted,) if error.validator == "const" else wanted)]
                yield not_among(OTHER if path in (("apiVersion",), ("kind",)) else VALUE, at, name, found, allowed, about)
            case "pattern":
                yield MALFORMED.error(f"{name} {shown(found)} is malformed", at, f"expected {phrase(rule)}", help=about)
            case "minimum" | "maximum":
                yield RANGE.error(f"{name} {found} is out of range", at, f"expected {rule['minimum']} to {rule['maximum']}", help=about)
            case "minItems" | "minProperties" | "minLength":
                yield RANGE.error(f"{name} is empty", at, "expected some text" if found == "" else "expected at least one", help=about)
            case "maxItems":
                yield RANGE.error(f"{name} has {len(found)} items", at, f"expected at most {wanted}", help=about)
            case "maxLength":
                yield RANGE.error(f"{name} is too long", at, f"{len(found)} characters, at most {wanted}", help=about)
            case "uniqueItems":
                yield from twice(at, found, name)
            case _:
                yield from self.several(error, path)

    def wrong(self, path: FieldPath, found: Any, about: str, rule: Schema) -> Diagnostic:
        """A value of a type that the rule does not allow."""
        at, written = FieldPath((*self.root, *path)), self.document.raw(path)
        # Quotes only help where the quoted text is what is wanted.
        if written and isinstance(found, (bool, int, float)) and validator().evolve(schema=rule).is_valid(written):
            return UNQUOTED.error(
                f"{field(path)} is {described(found)}, but text is wanted",
                at,
                f'write "{written}"',
                help=f"quote it: without quotes YAML reads {written} as {described(found)}",
            )
        help = "give it a value, or delete the line" if found is None else about
        return TYPE.error(f"{field(path)} is {described(found)}", at, f"expected {phrase(rule)}", help=help)

    def unknown(self, path: FieldPath, rule: Schema, key: str, found: Mapping[str, Any]) -> Diagnostic:
        """A field that the language does not have here."""
        at, whole = self.document.key_span(path), title(rule, field(FieldPath(path[:-1])))
        if whole == "the set" and key in RESERVED_FIELDS:
            return RESERVED.error(
                f'"{key}" is reserved for a later version', at, "not yet a field", help=f"delete it, or keep it as x-{key}"
            )
        if whole == "the Submariner fields" and key in DERIVED_FIELDS:
            source = DERIVED_FIELDS[key]
            derived = DERIVED.error(f'"{key}" is derived, and not written here', at, "derived", help=f"it follows from {source}")
            # What stands there may be the secret itself, which no report may show.
            return derived._replace(unquoted=source == "spec.secrets")
        absent = [name for name in rule["properties"] if name not in found]
        # What an override misspells is there already, in the spec that it is merged over.
        near = nearest(key, absent) or nearest(key, list(rule["properties"]))
        homes = homes_of(key)
        if key in REMARKS.get(whole, ()):
            near, help = None, REMARKS[whole][key]
        elif near:
            help = f"{near}: {resolved(rule['properties'][near])['description']}"
        elif 0 < len(homes) < 3:
            help = f'"{key}" is a field of {listed(homes, " and ")}'
        else:
            help = f"the fields here are {listed(rule['properties'])}"
        return UNKNOWN.error(f'"{key}" is no field of {whole}', at, f'did you mean "{near}"?' if near else "unknown field", help=help)

    def several(self, error: ValidationError, path: FieldPath) -> Iterator[Diagnostic]:
        """Where several forms are allowed: only the one that the author means is explained."""
        found, rule = error.instance, error.schema
        at = FieldPath((*self.root, *path))
        forms = [resolved(form) for form in error.validator_value]
        if all(set(form) == {"required"} for form in forms):
            # What is missing may be what is misspelt, and that is told already.
            if isinstance(found, dict) and all(key in rule["properties"] or key.startswith("x-") for key in found):
                yield choice(at, title(rule, field(path)), [form["required"][0] for form in forms], found)
            return
        fitting = [index for index, form in enumerate(forms) if any(validator().is_type(found, name) for name in types(form))]
        if not fitting:
            yield self.wrong(path, found, description(error), rule)
            return
        best = max(fitting, key=lambda index: likeness(found, forms[index]))
        form = forms[best]
        if "const" in form:
            help = f"for the cluster of that name write [{found}]"
            yield VALUE.error(f"{field(path)} {shown(found)} is not known", at, f"expected {phrase(rule)}", help=help)
            return
        others = {name for index in fitting if index != best for name in forms[index].get("properties", ())}
        for inner in error.context or ():
            if inner.relative_schema_path[0] != best:
                continue
            mixed = []
            if inner.validator == "additionalProperties" and not inner.relative_path:
                mixed = [key for key in found if key in others and key not in form["properties"]]
            for key in mixed:
                yield EXCLUSIVE.error(
                    f'"{key}" does not go with "{form["required"][0]}"',
                    self.document.key_span(path / key),
                    f'not beside "{form["required"][0]}"',
                    help=f"delete it; only without {form['required'][0]} is the reference written in the API's own shape",
                )
            told = {self.document.key_span(path / key) for key in mixed}
            yield from (finding for finding in self.tell(inner) if finding.at not in told)


# What people write from habit, and what to write here.
DIRECTIONS: Final = "say which clusters it means: "
REMARKS: Final[Mapping[str, Mapping[str, str]]] = {
    "the service": {"clusters": DIRECTIONS + "exportFrom or importTo"},
    "the gateway": {"clusters": DIRECTIONS + "deployTo"},
    "the route": {"clusters": DIRECTIONS + "deployTo"}
    | dict.fromkeys(("backendRefs", "matches", "filters"), "it belongs to an item of rules"),
    "the manifest": {"clusters": DIRECTIONS + "deployTo"},
    "the override": {"clusters": DIRECTIONS + "applyTo"},
    "the patch": {"clusters": DIRECTIONS + "applyTo"},
    "the parent": dict.fromkeys(("group", "kind"), "a parent is a Gateway of the Gateway API; this need not be written"),
}


def missing(at: FieldPath, rule: Schema, key: str, name: str) -> Diagnostic:
    """A field that must be there."""
    about = resolved(rule.get("properties", {}).get(key, {}))
    help = f"write {key}: {about['const']}" if "const" in about else f"{key}: {about['description']}" if about else ""
    return MISSING.error(f'{title(rule, name)} lacks "{key}"', at, f'"{key}" is missing', help=help)


def not_among(code: Code, at: FieldPath, name: str, found: Any, allowed: Sequence[str], about: str) -> Diagnostic:
    """A value that is none of those allowed."""
    near = nearest(found, allowed) if isinstance(found, str) else None
    one = f"expected {listed(allowed, ' or ')}"
    return code.error(f"{name} {shown(found)} is not known", at, f'did you mean "{near}"?' if near else one, help=one if near else about)


def twice(at: FieldPath, found: Sequence[Any], name: str) -> Iterator[Diagnostic]:
    """The values of a list that stand in it before."""
    for index, value in enumerate(found):
        first = found.index(value)
        if first < index:
            before = [Related(at / first, "first here")]
            yield REPEATED.error(f"{name} has {shown(value)} twice", at / index, "again", before, help="delete one of them")


def choice(at: FieldPath, whole: str, keys: Sequence[str], found: Mapping[str, Any]) -> Diagnostic:
    """Fields of which one is needed, or of which only one is allowed."""
    given = [key for key in keys if key in found]
    if not given:
        return MISSING.error(f"{whole} has none of {listed(keys, ' and ')}", at, f"expected {listed(keys, ' or ')}")
    first, second = given[:2]
    return EXCLUSIVE.error(
        f'"{second}" does not go with "{first}"',
        at / second,
        f'not beside "{first}"',
        [Related(at / first, "given here")],
        help="give one of them",
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
        return f"the boolean {str(value).lower()}"
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
    if "enum" in rule:
        return listed([str(value) for value in rule["enum"]], " or ")
    if "anyOf" in rule and "type" not in rule:
        return " or ".join(phrase(form) for form in rule["anyOf"])
    return TYPE_NAMES[rule["type"]]


def description(error: ValidationError) -> str:
    """What the schema says of the field that an error is about: the innermost property on the way to the broken rule."""
    rule: Any = schema()
    about = ""
    inside = False
    for step in error.absolute_schema_path:
        rule = resolved(rule)
        if step == "$ref":
            continue
        rule = rule[step]
        if inside:
            about = str(resolved(rule).get("description", about))
        inside = step == "properties" and not inside
    return about


def homes_of(key: str) -> list[str]:
    """The parts of the language that have a field of this name."""
    return [str(part["title"]) for part in schema()["$defs"].values() if "title" in part and key in part.get("properties", ())]


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that is most like `word`, upper and lower case being alike."""
    lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.7)
    return lower[found[0]] if found else None


def listed(words: Iterable[str], last: str = ", ") -> str:
    """Words for a sentence, with `last` before the last one."""
    *most, end = words
    return ", ".join(most) + last + end if most else end
