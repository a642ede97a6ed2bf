"""CustomResourceDefinition: names, versions, conversion, and schemas that are structural.

Source: apiextensions-apiserver pkg/apis/apiextensions/validation ValidateCustomResourceDefinition and pkg/apiserver/schema
ValidateStructural (1.36.3), after the defaults of pkg/apis/apiextensions/v1. Schemas are read by the code that compiles an author's own
CRDs; the rules of `x-kubernetes-validations` are judged as there, without their cost. selectableFields since 1.31.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kgen.bundled import folder
from kgen.conformance import names
from kgen.conformance.crd_schema import decoded
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.diagnostics import ROOT, FieldPath
from kgen.structure import SchemaError
from kgen.structure.formats import uri

Body = Mapping[str, Any]

SPEC: Final = ROOT / "spec"
APPROVAL: Final = "api-approved.kubernetes.io"
COLUMN_TYPES: Final = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS: Final = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
REVIEWS: Final = ("v1", "v1beta1")
# Beside `status` as a subresource the root of a schema may have these keywords.
AT_ROOT: Final = frozenset(
    {"description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength"}
    | {"pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "required", "items", "properties", "externalDocs", "example"}
    | {"x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations"}
)
NESTS: Final = ("allOf", "anyOf", "oneOf")


def check(body: Body, minor: int, found: Found) -> None:
    spec = body.get("spec") or {}
    given = spec.get("names") or {}
    group, plural = spec.get("group") or "", given.get("plural") or ""
    name = (body.get("metadata") or {}).get("name") or ""
    if name and name != f"{plural}.{group}":
        found.broken(ROOT / "metadata" / "name", f'must be spec.names.plural+"."+spec.group, which is "{plural}.{group}"', name)
    if not group:
        found.required(SPEC / "group")
    elif wrong := names.subdomain(group):
        found.malformed(SPEC / "group", group, wrong)
    elif "." not in group:
        found.malformed(SPEC / "group", group, ["should be a domain with at least one dot"])
    found.among(SPEC / "scope", spec.get("scope") or "", ("Cluster", "Namespaced"))
    called(given, found, SPEC / "names")
    versions = spec.get("versions") or []
    seen: set[str] = set()
    if bundled(name, spec):
        return
    for number, version in enumerate(versions):
        at, word = SPEC / "versions" / number, version.get("name") or ""
        found.malformed(at / "name", word, names.label_1035(word))
        if word in seen:
            found.duplicate(at / "name", word)
        seen.add(word)
        of_version(version, minor, found, at)
    if sum(bool(each.get("storage")) for each in versions) != 1:
        found.broken(SPEC / "versions", "must have exactly one version marked as storage version")
    if spec.get("preserveUnknownFields"):
        words = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        found.broken(SPEC / "preserveUnknownFields", words, True)
    conversion(spec.get("conversion"), found, SPEC / "conversion")
    approved(group, (body.get("metadata") or {}).get("annotations") or {}, found)


def bundled(name: str, spec: Body) -> bool:
    """Whether a CRD is one that comes with kgen: these an API server has been seen to take, and a build of them is quick."""
    import json

    root = folder("schemas")
    index = json.loads((root / "index.json").read_text(encoding="utf-8"))
    plural, _, group = name.partition(".")
    files = {row["crd"] for kinds in index.values() for rows in kinds.values() for row in rows if "crd" in row and row["group"] == group}
    crds = (json.loads((root / file).read_text(encoding="utf-8")) for file in sorted(files))
    return any(crd["spec"]["names"]["plural"] == plural and crd["spec"] == spec for crd in crds)


def called(given: Body, found: Found, at: FieldPath) -> None:
    kind = given.get("kind") or ""
    every = {
        **given,
        "singular": given.get("singular") or kind.lower(),
        "listKind": given.get("listKind") or (f"{kind}List" if kind else ""),
    }
    for key in ("plural", "kind"):
        if not every.get(key):
            found.required(at / key)
    for key in ("plural", "singular"):
        if (word := every.get(key)) and (key in given or key == "plural"):
            found.malformed(at / key, word, names.label_1035(word))
    for key in ("kind", "listKind"):
        if (word := every.get(key)) and (wrong := names.label_1035(word.lower())):
            found.malformed(at / (key if key in given else "kind"), word, [f"may have mixed case, but otherwise {each}" for each in wrong])
    for key in ("shortNames", "categories"):
        for number, word in enumerate(given.get(key) or ()):
            found.malformed(at / key / number, word, names.label_1035(word))
    if kind and kind == every["listKind"]:
        found.broken(at / "listKind", "kind and listKind may not be the same", kind)


def of_version(version: Body, minor: int, found: Found, at: FieldPath) -> None:
    warning = version.get("deprecationWarning")
    if warning is not None:
        found.malformed(at / "deprecationWarning", warning, of_warning(warning, bool(version.get("deprecated"))))
    subresources = version.get("subresources") or {}
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    here = at / "schema" / "openAPIV3Schema"
    if schema is None:
        found.required(here)
    else:
        of_schema(schema, subresources.get("status") is not None, found, here)
    if subresources.get("scale") is not None:
        scale(subresources["scale"], found, at / "subresources" / "scale")
    for number, column in enumerate(version.get("additionalPrinterColumns") or ()):
        of_column(column, found, at / "additionalPrinterColumns" / number)
    if on("selectableFields of a CRD", minor) and schema is not None:
        selectable(version.get("selectableFields") or (), schema, found, at / "selectableFields")


def of_warning(text: str, deprecated: bool) -> list[str]:
    wrong = [] if deprecated else ["can only be set for deprecated versions"]
    if names.too_long(text, 256):
        wrong.append("must be <= 256 characters long")
    if not text:
        wrong.append("must not be an empty string")
    if not text.isprintable():
        wrong.append("must only contain printable UTF-8 characters")
    return wrong


def scale(given: Body, found: Found, at: FieldPath) -> None:
    for key, under in (
        ("specReplicasPath", (".spec.",)),
        ("statusReplicasPath", (".status.",)),
        ("labelSelectorPath", (".spec.", ".status.")),
    ):
        path = given.get(key) or ""
        if not path:
            if key != "labelSelectorPath":
                found.required(at / key)
        elif not path.startswith("."):
            found.malformed(at / key, path, ["must be a simple json path starting with ."])
        elif not path.startswith(under):
            found.malformed(at / key, path, [f"should be a json path under {' or '.join(each.rstrip('.') for each in under)}"])


def of_column(given: Body, found: Found, at: FieldPath) -> None:
    if not given.get("name"):
        found.required(at / "name")
    found.among(at / "type", given.get("type") or "", COLUMN_TYPES)
    if given.get("format"):
        found.among(at / "format", given["format"], COLUMN_FORMATS)
    path = given.get("jsonPath") or ""
    if not path:
        found.required(at / "jsonPath")
    elif not path.startswith("."):
        found.malformed(at / "jsonPath", path, ["must be a simple json path starting with ."])


def selectable(given: Any, schema: Body, found: Found, at: FieldPath) -> None:
    seen: set[str] = set()
    for number, each in enumerate(given):
        here, path = at / number / "jsonPath", each.get("jsonPath") or ""
        if not path:
            found.required(here)
            continue
        target: Any = schema
        keys = path.removeprefix(".").split(".") if path.startswith(".") else []
        for key in keys:
            target = (target.get("properties") or {}).get(key) if isinstance(target, dict) else None
        if not keys or target is None:
            found.malformed(here, path, ["is an invalid path"])
            continue
        if keys[0] == "metadata":
            found.broken(here, "must not point to fields in metadata", path)
        if target.get("type") not in ("string", "boolean", "integer"):
            words = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."
            found.broken(here, words, path)
        if path in seen:
            found.duplicate(here, path)
        seen.add(path)
    if len(seen) > 8:
        found.add(at, "maxItems", f"must have at most 8 items, has {len(seen)}")


def conversion(given: Body | None, found: Found, at: FieldPath) -> None:
    if given is None:
        return
    strategy, hook = given.get("strategy") or "", given.get("webhook") or {}
    found.among(at / "strategy", strategy, ("None", "Webhook"))
    client, reviews = hook.get("clientConfig"), hook.get("conversionReviewVersions") or []
    if strategy != "Webhook":
        for key, value in (("clientConfig", client), ("conversionReviewVersions", reviews)):
            if value is not None and value != []:
                found.broken(at / "webhook" / key, "should not be set when strategy is not set to Webhook")
        return
    here = at / "webhook" / "clientConfig"
    if client is None:
        found.required(here, "required when strategy is set to Webhook")
    elif (client.get("url") is None) == (client.get("service") is None):
        found.broken(here, "exactly one of url or service is required")
    elif client.get("url") is not None:
        found.malformed(here / "url", client["url"], address(client["url"]))
    else:
        service(client["service"], found, here / "service")
    here = at / "webhook" / "conversionReviewVersions"
    if not reviews:
        found.required(here)
        return
    for number, each in enumerate(reviews):
        if each in reviews[:number]:
            found.duplicate(here / number, each)
        else:
            found.malformed(here / number, each, names.label_1035(each))
    if not set(reviews) & set(REVIEWS):
        found.broken(here, f"must include at least one of {', '.join(REVIEWS)}")


def address(text: str) -> list[str]:
    """What is wrong with a webhook's URL (apiserver pkg/util/webhook ValidateWebhookURL)."""
    form = "; desired format: https://host[/path]"
    bare, _, fragment = text.partition("#")
    bare, _, query = bare.partition("?")
    scheme, mark, rest = bare.partition("://")
    authority = rest.partition("/")[0]
    if mark and not uri(bare):
        return [f"url must be a valid URL{form}"]
    wrong = [] if mark and scheme.lower() == "https" else [f"'https' is the only allowed URL scheme{form}"]
    if not authority.rpartition("@")[2]:
        wrong.append(f"host must be specified{form}")
    user = authority.rpartition("@")[1]
    for given, words in ((user, "user information is"), (fragment, "fragments are"), (query, "query parameters are")):
        if given:
            wrong.append(f"{words} not permitted in the URL")
    return wrong


def service(given: Body, found: Found, at: FieldPath) -> None:
    for key in ("name", "namespace"):
        if not given.get(key):
            found.required(at / key)
    port = given.get("port")
    found.between(at / "port", 443 if port is None else port, 1, 65535)
    path = given.get("path")
    if not path or path == "/":
        return
    if not path.startswith("/"):
        found.malformed(at / "path", path, ["must start with a '/'"])
    for number, step in enumerate(path[1:].removesuffix("/").split("/")):
        wrong = names.subdomain(step) if step else ["may not be empty"]
        found.malformed(at / "path", path, [f"segment[{number}]: {each}" for each in wrong])


def approved(group: str, annotations: Mapping[str, str], found: Found) -> None:
    """Groups of the Kubernetes project want a sign that somebody agreed."""
    if not f".{group}".endswith((".k8s.io", ".kubernetes.io")):
        return
    given, at = annotations.get(APPROVAL) or "", ROOT / "metadata" / "annotations" / APPROVAL
    words = "protected groups must have this annotation, with a URL or a reason starting with unapproved"
    if not given:
        found.required(at, words)
    elif not given.startswith("unapproved"):
        scheme, mark, host = given.partition("://")
        if not (mark and scheme and host.partition("/")[0]):
            found.malformed(at, given, [words])


# ---- schemas -------------------------------------------------------------------------------------------------------------------


def of_schema(schema: Body, status_apart: bool, found: Found, at: FieldPath) -> None:
    """One version's schema: whether it is structural, and its defaults and rules fit."""
    from kgen.structure.normal import structural, wrong_defaults
    from kgen.structure.rules import wrong_rules

    before = len(found.findings)
    schema = decoded(schema, found, at)
    if len(found.findings) > before:
        return
    root(schema, status_apart, found, at)
    complete(schema, schema, found, at, at)
    level(schema, found, at, True)
    form = None
    try:
        form = structural(schema, at, status_apart)
    except* SchemaError as problems:
        for each in leaves(problems):
            found.broken(each.path, each.message)
    if form is not None and len(found.findings) == before:
        for each in list(wrong_defaults(form, at)) or list(wrong_rules(form, at)):
            found.broken(each.path, each.message)


def leaves(group: BaseExceptionGroup[SchemaError]) -> Iterator[SchemaError]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from leaves(each)
        else:
            yield each


def root(schema: Body, status_apart: bool, found: Found, at: FieldPath) -> None:
    """What holds at the root of a schema alone."""
    if status_apart:
        other = [key for key, value in schema.items() if key not in AT_ROOT and value not in (None, False, "", [], {})]
        if other:
            found.broken(at / other[0], f"{other[0]} may not stand at the root of the schema if the status subresource is enabled")
    if schema.get("nullable"):
        found.broken(at / "nullable", "nullable cannot be true at the root")
    if schema.get("additionalProperties") is not None:
        found.broken(at / "additionalProperties", "must not be used at the root")
    metadata = (schema.get("properties") or {}).get("metadata")
    if metadata:
        extra = {
            key for key, value in metadata.items() if key not in ("type", "description", "properties") and value not in (None, "", [], {})
        }
        inner = set(metadata.get("properties") or {}) - {"name", "generateName"}
        if extra or inner:
            words = "must not specify anything other than name and generateName, but metadata is implicitly specified"
            found.broken(at / "properties" / "metadata", words)


def level(schema: Any, found: Found, at: FieldPath, top: bool = False) -> None:
    """What holds at every level of a schema, and is of no interest where objects are judged."""
    if not isinstance(schema, dict):
        return
    kind, items = schema.get("type") or "", schema.get("items")
    resource = top or bool(schema.get("x-kubernetes-embedded-resource"))
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        found.broken(at / "x-kubernetes-preserve-unknown-fields", "must be true or undefined", False)
    for key, allowed, wanted in (
        ("x-kubernetes-map-type", ("atomic", "granular"), "object"),
        ("x-kubernetes-list-type", ("atomic", "set", "map"), "array"),
    ):
        word = schema.get(key)
        if word is not None:
            if kind != wanted:
                found.broken(at / "type", f"must be {wanted} if {key} is specified", kind)
            if word not in allowed:
                found.unsupported(at / key, word, allowed)
    listed(schema, found, at)
    if schema.get("x-kubernetes-int-or-string"):
        for key in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"):
            if schema.get(key):
                found.broken(at / key, "must be false if x-kubernetes-int-or-string is true")
    if schema.get("x-kubernetes-embedded-resource"):
        if schema.get("additionalProperties") is not None:
            found.broken(at / "additionalProperties", "must not be used if x-kubernetes-embedded-resource is set")
        if not schema.get("x-kubernetes-preserve-unknown-fields") and not schema.get("properties"):
            words = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
            found.required(at / "properties", words)
    properties = schema.get("properties") or {}
    if resource:
        for key, wanted in (("apiVersion", "string"), ("kind", "string"), ("metadata", "object")):
            if key in properties and (properties[key] or {}).get("type") != wanted:
                found.broken(at / "properties" / key / "type", f"must be {wanted}")
            if top and key in properties and has(properties[key], lambda each: each.get("default") is not None):
                found.broken(at / "properties" / key / "default", f"must not be set in top-level {key}")
            if key in properties and has(properties[key], lambda each: bool(each.get("x-kubernetes-embedded-resource"))):
                found.broken(at / "properties" / key, "x-kubernetes-embedded-resource must not be used inside of resource meta")
    for each, here in inside(schema, at):
        no_metadata(each, found, here)
    for name, below in properties.items():
        level(below, found, at / "properties" / name)
    level(schema.get("additionalProperties"), found, at / "additionalProperties")
    level(items, found, at / "items")


def listed(schema: Body, found: Found, at: FieldPath) -> None:
    """Lists that are sets, or are told apart by keys."""
    kind, keys, items = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys") or [], schema.get("items")
    items = items if isinstance(items, dict) else {}
    if keys and kind != "map":
        found.broken(at / "x-kubernetes-list-type", "must be map if x-kubernetes-list-map-keys is non-empty", kind)
    if kind in ("set", "map") and items.get("nullable"):
        found.broken(at / "items" / "nullable", f"cannot be nullable when x-kubernetes-list-type is {kind}")
    if kind == "set" and schema.get("type") == "array":
        if items.get("type") == "array" and (items.get("x-kubernetes-list-type") or "atomic") != "atomic":
            found.broken(at / "items" / "x-kubernetes-list-type", "must be atomic as item of a list with x-kubernetes-list-type=set")
        if items.get("type") == "object" and items.get("x-kubernetes-map-type") != "atomic":
            found.broken(at / "items" / "x-kubernetes-map-type", "must be atomic as item of a list with x-kubernetes-list-type=set")
    if kind != "map":
        return
    if items.get("type") != "object":
        found.broken(at / "items" / "type", "must be object if parent array's x-kubernetes-list-type is map", items.get("type"))
        return
    properties, required = items.get("properties") or {}, items.get("required") or ()
    for number, key in enumerate(keys):
        field, here = properties.get(key), at / "items" / "properties" / key
        if field is None:
            found.broken(at / "x-kubernetes-list-map-keys" / number, "entries must all be names of item properties", key)
            continue
        if key in keys[:number]:
            found.duplicate(at / "x-kubernetes-list-map-keys" / number, key)
        if field.get("type") in ("array", "object"):
            found.broken(here / "type", "must be a scalar type if parent array's x-kubernetes-list-type is map", field["type"])
        if key not in required and field.get("default") is None:
            found.required(
                here / "default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            )
        if field.get("nullable"):
            found.broken(here / "nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable")


def complete(judging: Any, whole: Any, found: Found, at: FieldPath, place: FieldPath) -> None:
    """What allOf, anyOf, oneOf and not of the root speak of must be there outside of them; `place` is where `judging` stands.

    The API server does not ask it of levels below the root (validateStructuralCompleteness).
    """
    for each, here in inside(judging, place):
        nested(each, whole, found, at, here)


def inside(schema: Any, at: FieldPath) -> list[tuple[Any, FieldPath]]:
    """The schemas in allOf, anyOf, oneOf and not of one."""
    if not isinstance(schema, dict):
        return []
    found = [(each, at / key / number) for key in NESTS for number, each in enumerate(schema.get(key) or ())]
    return found + ([(schema["not"], at / "not")] if schema.get("not") is not None else [])


def no_metadata(judging: Any, found: Found, at: FieldPath) -> None:
    """Such schemas may not speak of metadata, however deep."""
    if not isinstance(judging, dict):
        return
    for each, here in inside(judging, at):
        no_metadata(each, found, here)
    no_metadata(judging.get("items"), found, at / "items")
    for name, below in (judging.get("properties") or {}).items():
        if name == "metadata":
            found.broken(at / "properties" / "metadata", "must not be specified in a nested context")
        no_metadata(below, found, at / "properties" / name)


def nested(judging: Any, whole: Any, found: Found, at: FieldPath, place: FieldPath) -> None:
    if not isinstance(judging, dict):
        return
    if not isinstance(whole, dict):
        found.required(at, f"because it is defined in {place}")
        return
    complete(judging, whole, found, at, place)
    if judging.get("items") is not None:
        nested(judging["items"], whole.get("items"), found, at / "items", place / "items")
    for name, below in (judging.get("properties") or {}).items():
        nested(below, (whole.get("properties") or {}).get(name), found, at / "properties" / name, place / "properties" / name)


def has(schema: Any, holds: Callable[[Body], bool]) -> bool:
    """Whether something holds anywhere in a schema."""
    if isinstance(schema, list):
        return any(has(each, holds) for each in schema)
    if not isinstance(schema, dict):
        return False
    below = [*(schema.get("properties") or {}).values(), schema.get("items"), schema.get("additionalProperties")]
    return holds(schema) or any(has(each, holds) for each in below)
