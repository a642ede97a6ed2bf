"""The bundled schemas: index, files and origins agree, and what can be remade without a network is remade to the same bytes."""

from __future__ import annotations

import json
import random
import types
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

HOME = Path(__file__).resolve().parents[2] / "schemas"

Index = dict[str, dict[str, list[dict[str, str]]]]


def _script() -> types.ModuleType:
    """remake.py as a module, without leaving bytecode in a folder that is shipped."""
    path = HOME / "remake.py"
    module = types.ModuleType("remake")
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module


remake = _script()
INDEX: Index = json.loads((HOME / "index.json").read_bytes())
ROWS = [(product, version, row) for product, versions in INDEX.items() for version, rows in versions.items() for row in rows]
FILES = sorted(path.relative_to(HOME).as_posix() for name in ("crds", "kubernetes") for path in (HOME / name).rglob("*") if path.is_file())
WHOLE = sorted({row["crd"] for _, _, row in ROWS if "crd" in row})
SCHEMAS = sorted({row["file"] for _, _, row in ROWS})
DEFINITIONS = "kubernetes/definitions.json"


def load(path: str) -> Any:
    return json.loads((HOME / path).read_bytes())


def order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def served(product: str, version: str, kind: str) -> list[str]:
    return [row["version"] for row in INDEX[product][version] if row["kind"] == kind]


def content(product: str, version: str, kind: str, api_version: str) -> dict[str, Any]:
    [path] = [row["file"] for row in INDEX[product][version] if (row["kind"], row["version"]) == (kind, api_version)]
    loaded: dict[str, Any] = load(path)
    return loaded


def at(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """The schema of the field at `path`, e.g. `spec.rules[].matches[]`."""
    for name in path.split("."):
        schema = schema["properties"][name.removesuffix("[]")]
        if name.endswith("[]"):
            schema = schema["items"]
    return schema


def keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every keyword of a schema and of those below it, with its value; names of properties are not keywords."""
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        yield keyword, value
        if keyword in ("properties", "patternProperties", "$defs"):
            for below in value.values():
                yield from keywords(below)
        elif keyword in ("items", "additionalProperties", "not"):
            yield from keywords(value)
        elif keyword in ("allOf", "anyOf", "oneOf"):
            for below in value:
                yield from keywords(below)


# ---- index and files


def test_no_file_is_missing_and_none_is_an_orphan() -> None:
    assert sorted({*SCHEMAS, *WHOLE, DEFINITIONS}) == FILES


def test_equal_content_is_stored_once() -> None:
    assert len({(HOME / path).read_bytes() for path in FILES}) == len(FILES)


def test_every_file_is_in_the_one_form() -> None:
    assert [path for path in FILES if remake.encoded(load(path)) != (HOME / path).read_bytes()] == []


@pytest.mark.parametrize("product", sorted(INDEX))
def test_a_file_holds_what_the_index_says(product: str) -> None:
    for version, rows in INDEX[product].items():
        assert rows == sorted(rows, key=lambda row: (row["group"], row["kind"], row["version"])), version
        assert len({(row["group"], row["kind"], row["version"]) for row in rows}) == len(rows), version
        for row in rows:
            found = load(row["file"])
            assert {key: found[key] for key in ("group", "kind", "version")} == {key: row[key] for key in ("group", "kind", "version")}
            assert found["served"] is True
            assert found["scope"] in ("Namespaced", "Cluster")
            assert found["schema"]["type"] == "object"
            assert found["plural"] == found["plural"].lower()


def test_a_file_is_named_after_the_first_version_that_has_its_content() -> None:
    first: dict[str, str] = {}
    families = ["gateway-api", *sorted({product for product in INDEX if "/" not in product})]
    ordered = sorted(ROWS, key=lambda item: (families.index(item[0].partition("/")[0]), order(item[1]), item[0] != "gateway-api/standard"))
    for product, version, row in ordered:
        tag = "-".join((version, *product.split("/")[1:]))
        folder = "kubernetes" if product == "kubernetes" else "crds"
        first.setdefault(row["file"], f"{folder}/{row['group'] or 'core'}/{row['kind'].lower()}-{row['version']}-{tag}.json")
    assert {path: name for path, name in first.items() if path != name} == {}


def test_index_is_printed_in_order() -> None:
    assert remake.index_text(INDEX) == (HOME / "index.json").read_bytes()
    shuffled = {product: dict(reversed(versions.items())) for product, versions in reversed(INDEX.items())}
    assert remake.index_text(shuffled) == (HOME / "index.json").read_bytes()


@pytest.mark.parametrize("path", WHOLE)
def test_a_whole_crd_can_be_applied_as_it_is(path: str) -> None:
    crd = load(path)
    assert (crd["apiVersion"], crd["kind"]) == ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    assert sorted(crd) == ["apiVersion", "kind", "metadata", "spec"]
    assert crd["metadata"]["name"] == f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
    rows = [row for _, _, row in ROWS if row.get("crd") == path]
    assert {(row["kind"], row["version"]) for row in rows} == {
        (crd["spec"]["names"]["kind"], version["name"]) for version in crd["spec"]["versions"] if version["served"]
    }
    [entry] = list(remake.entries(crd, False))
    assert all(load(row["file"]) == entry.content for row in rows)


# ---- schemas


@pytest.mark.parametrize("group", sorted({path.split("/")[1] for path in SCHEMAS if path.startswith("crds/")}))
def test_no_prose_is_left_and_every_keyword_is_known(group: str) -> None:
    for path in SCHEMAS:
        if path.startswith(f"crds/{group}/"):
            schema = load(path)["schema"]
            assert remake.stripped(schema) == schema, path


def test_core_kinds_have_structure_only() -> None:
    found: set[str] = {keyword for keyword, _ in keywords(load(DEFINITIONS))}
    for path in SCHEMAS:
        if path.startswith("kubernetes/"):
            found |= {keyword for keyword, _ in keywords(load(path)["schema"])}
    allowed = {"$defs", "$ref", "additionalProperties", "anyOf", "format", "items", "nullable", "pattern", "properties", "required", "type"}
    assert {keyword for keyword in found if not keyword.startswith("x-kubernetes-")} == allowed
    assert "description" in load(DEFINITIONS)["$defs"]["apiextensions.v1.JSONSchemaProps-1.28"]["properties"]


def test_every_reference_is_to_a_definition_and_every_definition_is_used() -> None:
    definitions = load(DEFINITIONS)
    inside = {value for keyword, value in keywords(definitions) if keyword == "$ref"}
    outside = {
        value
        for path in SCHEMAS
        for keyword, value in keywords(load(path)["schema"])
        if keyword == "$ref" and path.startswith("kubernetes/")
    }
    assert all(reference.startswith("#/$defs/") for reference in inside)
    assert all(reference.startswith("../definitions.json#/$defs/") for reference in outside)
    assert {reference.rpartition("/")[2] for reference in inside | outside} == set(definitions["$defs"])


CRD: dict[str, Any] = {
    "spec": {
        "group": "example.com",
        "names": {"kind": "Thing", "plural": "things"},
        "scope": "Namespaced",
        "versions": [
            {"name": "v1alpha1", "served": False, "storage": False, "schema": {"openAPIV3Schema": {"type": "object"}}},
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "description": "A thing.",
                        "type": "object",
                        "required": ["title", "description"],
                        "properties": {
                            "description": {"type": "string", "description": "What it is.", "enum": ["z", "a"], "default": "z"},
                            "title": {"title": "Title", "type": "string", "example": "x", "externalDocs": {"url": "x"}},
                            "list": {
                                "type": "array",
                                "items": {"type": "object", "description": "One."},
                                "default": [{"description": "kept"}],
                            },
                            "closed": {"type": "object", "additionalProperties": False},
                        },
                        "x-kubernetes-validations": [
                            {"rule": "b", "message": "B"},
                            {"rule": "a", "message": "A", "reason": "FieldValueInvalid"},
                        ],
                    }
                },
            },
        ],
    }
}


def test_prose_goes_and_all_else_stays() -> None:
    [entry] = list(remake.entries(CRD, False))
    assert (entry.group, entry.kind, entry.version) == ("example.com", "Thing", "v1")
    assert entry.content["subresources"] == ["status"]
    assert entry.content["schema"] == {
        "type": "object",
        "required": ["description", "title"],
        "properties": {
            "description": {"type": "string", "enum": ["z", "a"], "default": "z"},
            "title": {"type": "string"},
            "list": {"type": "array", "items": {"type": "object"}, "default": [{"description": "kept"}]},
            "closed": {"type": "object", "additionalProperties": False},
        },
        "x-kubernetes-validations": [{"rule": "b", "message": "B"}, {"rule": "a", "message": "A", "reason": "FieldValueInvalid"}],
    }


def test_an_unknown_keyword_stops_the_run() -> None:
    schema = {"properties": {"a": {"items": {"x-kubernetes-new": 1}}}}
    with pytest.raises(ValueError, match=r"^unknown keyword /properties/a/items/x-kubernetes-new$"):
        remake.stripped(schema)
    with pytest.raises(ValueError, match=r"^unknown keyword minimum$"):
        remake.structural({"type": ["integer", "null"], "minimum": 0}, {})


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_keys_does_not_reach_the_file(seed: int) -> None:
    chance = random.Random(seed)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = list(value.items())
            chance.shuffle(items)
            return {key: shuffled(below) for key, below in items}
        return [shuffled(below) for below in value] if isinstance(value, list) else value

    [one], [other] = list(remake.entries(CRD, False)), list(remake.entries(shuffled(CRD), False))
    assert remake.encoded(one.content) == remake.encoded(other.content)


# ---- origins


def test_versions_names_every_product_version_once() -> None:
    lines = (HOME / "VERSIONS").read_text(encoding="utf-8").splitlines()
    rows = [line.split(None, 5) for line in lines[1:]]
    assert sorted((row[0], row[1]) for row in rows) == sorted((product, version) for product in INDEX for version in INDEX[product])
    for product, version, package, package_version, digest, path in rows:
        if product == "kubernetes":
            assert digest == f"sha256:{remake.KUBERNETES[version]}"
        else:
            assert digest == remake.MODULES[package, package_version]
        assert path
    assert remake.versions_text(remake.Origin(*row) for row in reversed(rows)) == (HOME / "VERSIONS").read_bytes()


def test_every_pinned_module_is_read() -> None:
    used = {(source.module, source.module_version) for source in remake.CRDS}
    assert used == set(remake.MODULES)


def test_notice_names_every_upstream() -> None:
    notice = (HOME / "NOTICE").read_text(encoding="utf-8")
    assert [module for module in sorted({module for module, _ in remake.MODULES}) if module not in notice] == []
    assert "kubernetes-validate" in notice


# ---- remade without a network


def test_core_kinds_are_remade_to_the_same_bytes() -> None:
    store = remake.Store()
    index, _ = remake.build_kubernetes(store)
    assert index == INDEX["kubernetes"]
    here = {path: (HOME / path).read_bytes() for path in FILES if path.startswith("kubernetes/")}
    assert sorted(store.files) == sorted(here)
    assert [path for path, data in store.files.items() if here[path] != data] == []


REQUIRED = "broker brokerK8sApiServer brokerK8sRemoteNamespace ceIPSecDebug clusterCIDR clusterID debug namespace natEnabled serviceCIDR"


@pytest.mark.parametrize("version", list(INDEX["submariner"]))
def test_submariner_versions_follow_from_the_published_ones(version: str) -> None:
    base = remake.SUBMARINER_DERIVED.get(version, version)
    for row in INDEX["submariner"][version]:
        published = content("submariner", base, row["kind"], row["version"])
        entry = remake.Entry(row["group"], row["kind"], row["version"], published, None)
        assert remake.derived(entry, version).content == load(row["file"])
    spec = at(content("submariner", version, "Submariner", "v1alpha1")["schema"], "spec")
    assert spec["required"] == REQUIRED.split()


@pytest.mark.parametrize(
    ("kind", "field", "since"),
    [(kind, path, since) for kind, fields in remake.SUBMARINER_SINCE.items() for path, since in fields.items()],
)
def test_a_submariner_field_is_there_from_its_version_on(kind: str, field: str, since: str) -> None:
    part, name = field.split(".")
    found = [
        version
        for version in INDEX["submariner"]
        if name in at(content("submariner", version, kind, "v1alpha1")["schema"], part).get("properties", {})
    ]
    assert found == [version for version in INDEX["submariner"] if order(version) >= order(since)]


# ---- what the versions bring


GATEWAY_API = ("1.2.1", "1.3.0", "1.4.1", "1.5.1", "1.6.1")


@pytest.mark.parametrize(
    ("channel", "kind", "by_version"),
    [
        ("standard", "GatewayClass", ["v1 v1beta1"] * 5),
        ("standard", "Gateway", ["v1 v1beta1"] * 5),
        ("standard", "HTTPRoute", ["v1 v1beta1"] * 5),
        ("standard", "GRPCRoute", ["v1"] * 5),
        ("standard", "TLSRoute", ["", "", "", "v1", "v1"]),
        ("standard", "TCPRoute", ["", "", "", "", "v1"]),
        ("standard", "UDPRoute", ["", "", "", "", "v1"]),
        ("standard", "ReferenceGrant", ["v1beta1", "v1beta1", "v1beta1", "v1 v1beta1", "v1 v1beta1"]),
        ("standard", "BackendTLSPolicy", ["", "", "v1", "v1", "v1"]),
        ("standard", "ListenerSet", ["", "", "", "v1", "v1"]),
        ("experimental", "TLSRoute", ["v1alpha2", "v1alpha2", "v1alpha2 v1alpha3", "v1 v1alpha2 v1alpha3", "v1 v1alpha2 v1alpha3"]),
        ("experimental", "TCPRoute", ["v1alpha2", "v1alpha2", "v1alpha2", "v1alpha2", "v1 v1alpha2"]),
        ("experimental", "UDPRoute", ["v1alpha2", "v1alpha2", "v1alpha2", "v1alpha2", "v1 v1alpha2"]),
        ("experimental", "ReferenceGrant", ["v1beta1", "v1beta1", "v1beta1", "v1 v1beta1", "v1 v1beta1"]),
        ("experimental", "BackendTLSPolicy", ["v1alpha3", "v1alpha3", "v1 v1alpha3", "v1 v1alpha3", "v1 v1alpha3"]),
        ("experimental", "XListenerSet", ["", "v1alpha1", "v1alpha1", "", ""]),
    ],
)
def test_gateway_api_serves(channel: str, kind: str, by_version: list[str]) -> None:
    assert tuple(INDEX[f"gateway-api/{channel}"]) == GATEWAY_API
    assert [" ".join(served(f"gateway-api/{channel}", version, kind)) for version in GATEWAY_API] == by_version


@pytest.mark.parametrize("version", list(INDEX["envoy-gateway"]))
def test_envoy_gateway_serves_its_eight_kinds(version: str) -> None:
    assert version in remake.ENVOY_GATEWAY_VERSIONS
    assert {row["kind"]: row["version"] for row in INDEX["envoy-gateway"][version]} == dict.fromkeys(
        (
            "Backend",
            "BackendTrafficPolicy",
            "ClientTrafficPolicy",
            "EnvoyExtensionPolicy",
            "EnvoyPatchPolicy",
            "EnvoyProxy",
            "HTTPRouteFilter",
            "SecurityPolicy",
        ),
        "v1alpha1",
    )
    assert "routingType" in at(content("envoy-gateway", version, "EnvoyProxy", "v1alpha1")["schema"], "spec")["properties"]
    in_policy = "routingType" in at(content("envoy-gateway", version, "BackendTrafficPolicy", "v1alpha1")["schema"], "spec")["properties"]
    assert in_policy is (order(version) >= (1, 7))


@pytest.mark.parametrize(
    ("version", "codes"),
    [("1.3.0", [301, 302]), ("1.4.1", [301, 302, 303, 307, 308]), ("1.6.1", [301, 302, 303, 307, 308])],
)
def test_redirect_codes_are_those_of_the_installed_crds(version: str, codes: list[int]) -> None:
    for channel in ("standard", "experimental"):
        schema = content(f"gateway-api/{channel}", version, "HTTPRoute", "v1")["schema"]
        assert at(schema, "spec.rules[].filters[].requestRedirect.statusCode")["enum"] == codes


def test_export_spec_came_with_mcs_api_0_2_0() -> None:
    found = {
        version: "spec" in content("mcs-api", version, "ServiceExport", "v1alpha1")["schema"]["properties"] for version in INDEX["mcs-api"]
    }
    assert found == {"0.1.0": False, "0.2.0": True, "0.3.0": True, "0.4.1": True}


def test_kubernetes_minors_follow_each_other() -> None:
    assert list(INDEX["kubernetes"]) == [f"1.{minor}" for minor in range(28, 38)]
    kinds = [{(row["group"], row["version"], row["kind"]) for row in rows} for rows in INDEX["kubernetes"].values()]
    # What is stable stays, and more becomes so.
    assert all(before <= after for before, after in pairwise(kinds))
    assert (len(kinds[0]), len(kinds[-1])) == (47, 60)


def test_the_server_warns_of_endpoints_since_1_33() -> None:
    found = {minor: content("kubernetes", minor, "Endpoints", "v1")["deprecationWarning"] for minor in ("1.32", "1.33", "1.37")}
    warning = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
    assert found == {"1.32": None, "1.33": warning, "1.37": warning}
