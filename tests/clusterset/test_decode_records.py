"""The schema and the records say the same language: fields, names, defaults; every field is described."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kgen.clusterset import model
from kgen.clusterset.decode import decode
from kgen.clusterset.overlay import KEYED
from kgen.schema import DERIVED_FIELDS, REMARKS, schema
from kgen.source import Document, parse
from kgen.versions import SUBMARINER_FIELDS_SINCE

FULL = (Path(__file__).parents[1] / "schema" / "full.yaml").read_text(encoding="utf-8")
DEFS: dict[str, Any] = schema()["$defs"]

# The record of each map of the language, and what a record has beside the map's own fields, or lacks.
RECORDS: dict[str, tuple[Any, set[str], set[str]]] = {
    "spec": (model.ClusterSet, {"name"}, set()),  # the name is metadata's
    "selectorTerms": (model.Selector, {"everywhere"}, set()),  # the form `all`
    "requirement": (model.Requirement, set(), set()),
    "versions": (model.Versions, set(), set()),
    "gatewayAPI": (model.GatewayAPI, set(), set()),
    "globalnet": (model.Allocation, {"enabled"}, set()),  # its presence enables it
    "clustersetIP": (model.Allocation, set(), set()),
    "broker": (model.Broker, set(), set()),
    "secrets": (model.Secrets, set(), set()),
    "secretStore": (model.SecretStore, set(), set()),
    "cluster": (model.Cluster, set(), set()),
    "namespace": (model.Namespace, set(), set()),
    "port": (model.ServicePort, set(), set()),
    "exporter": (model.Exporter, set(), set()),
    "service": (model.Service, set(), set()),
    "classProxy": (model.Proxy, set(), set()),
    "gatewayProxy": (model.Proxy, {"namespace"}, set()),  # the Gateway's
    "gatewayClass": (model.GatewayClass, set(), set()),
    "listener": (model.Listener, set(), set()),
    "gateway": (model.Gateway, set(), set()),
    "serviceRef": (model.ServiceRef, set(), set()),
    "backendRef": (model.BackendRef, set(), set()),
    "filterBackend": (model.BackendRef, {"weight", "filters"}, set()),  # a filter has one backend
    "filter": (model.Filter, {"body", "backend", "backend_path"}, {"requestMirror", "externalAuth"}),  # `body` is the whole filter
    "rule": (model.Rule, set(), set()),
    "parentRef": (model.ParentRef, set(), set()),
    "route": (model.Route, set(), set()),
    "override": (model.Override, set(), set()),
    "target": (model.Target, set(), set()),
    "patch": (model.Patch, set(), set()),
    "manifest": (model.RawManifest, set(), set()),
    "delivery": (model.Delivery, set(), set()),
    "localRef": (model.LocalRef, set(), set()),
    "substituteRef": (model.SubstituteRef, set(), set()),
    "install": (model.Install, set(), set()),
    "installSubmariner": (model.InstallSubmariner, set(), set()),
    "installEnvoyGateway": (model.InstallEnvoyGateway, set(), set()),
    "clusterDelivery": (model.ClusterDelivery, set(), set()),
    "commonMetadata": (model.CommonMetadata, set(), set()),
}
NO_RECORD = {"submariner", "metadata"}


def snake(key: str) -> str:
    """The record's name of a field: words at capitals, an acronym being one word."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=IP)(?=CIDR)", "_", key).lower()


def fields(rule: dict[str, Any]) -> dict[str, Any]:
    """The fields of a map, in all of its forms."""
    return {name: inner for form in (rule, *rule.get("anyOf", ())) for name, inner in form.get("properties", {}).items()}


def test_every_map_has_its_record() -> None:
    assert {name for name, rule in DEFS.items() if fields(rule)} == {*RECORDS, *NO_RECORD}
    records = {value for value in vars(model).values() if isinstance(value, type) and hasattr(value, "_fields")}
    assert {record for record, _, _ in RECORDS.values()} == records


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_has_the_fields_of_its_map(name: str) -> None:
    record, more, fewer = RECORDS[name]
    assert {snake(key) for key in fields(DEFS[name]) if key not in fewer} == set(record._fields) - {"at"} - more


def places(rule: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field anywhere in the schema."""
    if isinstance(rule, dict):
        for name, inner in rule.get("properties", {}).items() if isinstance(rule.get("properties"), dict) else ():
            yield f"{path}.{name}", inner
        for key, inner in rule.items():
            yield from places(inner, f"{path}/{key}")
    elif isinstance(rule, list):
        for index, inner in enumerate(rule):
            yield from places(inner, f"{path}/{index}")


ALL = dict(places(schema()))


def test_the_walk_sees_the_fields() -> None:
    assert len(ALL) > 200
    assert "/$defs/patch/properties/json6902/items.op" in ALL


@pytest.mark.parametrize("path", ALL)
def test_every_field_is_described(path: str) -> None:
    text = ALL[path].get("description", "")
    assert 5 < len(text) < 230, "a hover is read at a glance"
    assert text == text.strip()
    assert text.endswith((".", "/", "...")) or "https://" in text.rsplit(" ", 1)[-1]


@pytest.mark.parametrize("name", DEFS)
def test_every_definition_is_described(name: str) -> None:
    assert DEFS[name]["description"]
    assert f'"#/$defs/{name}"' in str(schema()).replace("'", '"'), "a definition that nothing refers to"


@pytest.mark.parametrize("path", [path for path, rule in ALL.items() if "default" in rule])
def test_a_default_is_described(path: str) -> None:
    default = ALL[path]["default"]
    assert f"Default: {str(default).lower() if isinstance(default, bool) else default}" in ALL[path]["description"]


def minimal(rule: dict[str, Any], key: str = "") -> Any:
    """The smallest value that a rule accepts, without any field that has a default."""
    while "$ref" in rule:
        rule = DEFS[rule["$ref"].rpartition("/")[2]]
    if "const" in rule:
        return rule["const"]
    if "enum" in rule:
        return rule["enum"][0]
    if "anyOf" in rule and "properties" not in rule:
        return minimal(rule["anyOf"][0])
    match rule.get("type"):
        case "object":
            value = {name: minimal(rule["properties"][name], name) for name in rule.get("required", ())}
            return {**value, "merge": {}} if "oneOf" in rule else value
        case "array":
            return [minimal(rule["items"])]
        case "integer":
            return rule["minimum"]
        case "boolean":
            return True
    return {"apiServer": "a:1", "version": "1.5.1", "repoURL": "https://git.example.com/fleet.git"}.get(key, "a")


DEFAULTS = [(name, key, rule["default"]) for name in RECORDS for key, rule in fields(DEFS[name]).items() if "default" in rule]


@pytest.mark.parametrize(("name", "key", "default"), DEFAULTS, ids=[f"{name}.{key}" for name, key, _ in DEFAULTS])
def test_decode_fills_in_the_default_that_the_schema_tells(name: str, key: str, default: Any) -> None:
    """The map alone, in a set that is otherwise as small as can be; its record is found by the field's place."""
    spec: dict[str, Any] = {"clusters": [{"name": "a"}]}
    one = minimal({"$ref": f"#/$defs/{name}"})
    assert key not in one
    delivery = minimal({"$ref": "#/$defs/delivery"})
    homes: dict[str, dict[str, Any]] = {
        "spec": {},
        "gatewayAPI": {"versions": {"gatewayAPI": one}},
        "globalnet": {"globalnet": one},
        "clustersetIP": {"clustersetIP": one},
        "broker": {"broker": one},
        "secretStore": {"secrets": {"store": one}},
        "cluster": {"clusters": [one]},
        "namespace": {"namespaces": [one]},
        "service": {"services": [one]},
        "port": {"services": [{**minimal({"$ref": "#/$defs/service"}), "ports": [one]}]},
        "gatewayClass": {"gatewayClasses": [one]},
        "gateway": {"gateways": [one]},
        "route": {"routes": [one]},
        "delivery": {"delivery": one},
        "substituteRef": {"delivery": {**delivery, "substituteFrom": [one]}},
        "installSubmariner": {"delivery": {**delivery, "install": {"submariner": one}}},
        "installEnvoyGateway": {"delivery": {**delivery, "install": {"envoyGateway": one}}},
    }
    wish = decode(
        Document(
            "a", "", {"apiVersion": "kgen.dev/v1alpha1", "kind": "ClusterSet", "metadata": {"name": "a"}, "spec": {**spec, **homes[name]}}
        )
    )
    record = RECORDS[name][0]
    found = [one for one in every(wish) if type(one) is record and (homes[name] == {} or len(one.at) > 1)]
    assert [getattr(one, snake(key)) for one in found] == [default]


def every(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            yield value
        for inner in value:
            yield from every(inner)


def test_the_full_example_has_every_field() -> None:
    seen: set[str] = set()

    def walk(value: Any, rule: dict[str, Any]) -> None:
        name = rule.get("$ref", "").rpartition("/")[2]
        rule = DEFS[name] if name else rule
        for form in rule.get("anyOf", ()):
            if "required" not in form or "properties" in form or "$ref" in form:
                walk(value, form)
        if isinstance(value, list):
            for item in value:
                walk(item, rule.get("items", {}))
        if isinstance(value, dict) and all(key in value for key in rule.get("required", ())):
            for key, inner in rule.get("properties", {}).items():
                if key in value:
                    seen.add(f"{name or id(rule)}.{key}")
                    walk(value[key], inner)

    walk(parse(FULL, "full.yaml").data, schema())
    assert {f"{name}.{key}" for name, rule in DEFS.items() if "properties" in rule for key in rule["properties"]} <= seen


def test_the_keyed_lists_are_lists_of_the_language() -> None:
    for path in KEYED:
        rule = schema()
        for key in path:
            rule = rule["properties"][key]
            rule = DEFS[rule["$ref"].rpartition("/")[2]] if "$ref" in rule else rule
            if rule.get("type") == "array":
                rule = DEFS[rule["items"]["$ref"].rpartition("/")[2]]
        assert set(KEYED[path].names) <= set(rule["properties"])


def test_submariner_fields_are_written_or_derived() -> None:
    own = set(fields(DEFS["submariner"]))
    assert not own & set(DERIVED_FIELDS)
    assert set(SUBMARINER_FIELDS_SINCE) <= own | set(DERIVED_FIELDS)


def test_remarks_are_about_what_does_not_exist() -> None:
    titled = {form["title"]: form["properties"] for rule in DEFS.values() for form in (rule, *rule.get("anyOf", ())) if "title" in form}
    for title, remarks in REMARKS.items():
        assert not set(remarks) & set(titled[title])
