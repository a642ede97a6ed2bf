"""Overlays: every rule of merging, every way to name one, and the place of every merged value."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgen import source
from kgen.clusterset import overlay
from kgen.clusterset.merge import Trace, merge
from kgen.clusterset.overlay import KEYED, SEVERAL_FORMS, SPEC_RULES, Layered, load, merged, shipped_names
from kgen.diagnostics import ROOT, Diagnostic, FieldPath, Rejected, Span
from kgen.source import Document

HEAD = "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSet\nmetadata: {name: shop}\n"
OVER = "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSetOverlay\n"

BASE = """
submariner: {cableDriver: libreswan, natEnabled: true, connectionHealthCheck: {enabled: true, intervalSeconds: 3}}
globalnet: {cidr: 242.0.0.0/8}
clusters:
  - {name: east, labels: {region: eu}, podCIDR: 10.10.0.0/16}
  - {name: west, podCIDR: [10.20.0.0/16]}
services:
  - {name: api, namespace: shop, ports: [{port: 8080}], exportFrom: [west]}
  - {name: api, namespace: test, ports: [{name: http, port: 80}], exportFrom: all, exports: [{cluster: west, type: Headless}]}
gateways:
  - {name: eg, namespace: edge, deployTo: [east], gatewayClassName: eg,
     listeners: [{name: http, protocol: HTTP, port: 80}, {name: https, protocol: HTTPS, port: 443}]}
routes:
  - {name: api, namespace: edge, hostnames: [a, b], rules: [{backendRefs: [{service: shop/api, port: 8080}]}]}
  - {kind: GRPCRoute, name: api, namespace: edge, rules: [{}]}
overrides:
  - name: one
    applyTo: [east]
    merge: {gateways: [{name: eg, namespace: edge, listeners: [{name: http, hostname: x}]}], submariner: {debug: true}}
patches:
  - {name: quiet, target: {kind: EnvoyProxy}, applyTo: all, expect: 1, merge: {spec: {logging: {level: {default: warn}}}}}
manifests:
  - {name: limits, deployTo: all, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: "1", w: "2"}}}
"""


def indented(spec: str) -> str:
    return "spec:" + ("".join(f"\n  {line}" for line in spec.strip().splitlines()) if "\n" in spec.strip() else f" {spec.strip()}") + "\n"


def over(base: str, *overlays: str) -> Document:
    documents = [source.parse(HEAD + indented(base), "base.yaml")]
    documents += [source.parse(OVER + indented(spec), f"o{number}.yaml") for number, spec in enumerate(overlays, 1)]
    return merged(documents)


def at(data: Any, path: str) -> Any:
    for part in re.findall(r"[^.\[\]]+", path):
        data = data[int(part) if part.isdigit() else part]
    return data


MERGES: dict[str, tuple[str, dict[str, Any]]] = {
    "maps merge": (
        "{submariner: {natEnabled: false, connectionHealthCheck: {enabled: false}}}",
        {
            "submariner": {
                "cableDriver": "libreswan",
                "natEnabled": False,
                "connectionHealthCheck": {"enabled": False, "intervalSeconds": 3},
            }
        },
    ),
    "a field is added": ('{broker: {apiServer: "x:1"}}', {"broker": {"apiServer": "x:1"}, "globalnet": {"cidr": "242.0.0.0/8"}}),
    "keyed lists merge by key": (
        "{clusters: [{name: west, labels: {region: us}}]}",
        {"clusters[1]": {"name": "west", "podCIDR": ["10.20.0.0/16"], "labels": {"region": "us"}}},
    ),
    "services by namespace and name": (
        "{services: [{namespace: test, name: api, type: Headless}]}",
        {"services[1].type": "Headless", "services[0].ports": [{"port": 8080}]},
    ),
    "gateways and their listeners": (
        "{gateways: [{namespace: edge, name: eg, listeners: [{name: https, port: 8443}]}]}",
        {"gateways[0].listeners": [{"name": "http", "protocol": "HTTP", "port": 80}, {"name": "https", "protocol": "HTTPS", "port": 8443}]},
    ),
    "routes by kind, a route without one is an HTTPRoute": (
        "{routes: [{namespace: edge, name: api, hostnames: [c]}, {kind: GRPCRoute, namespace: edge, name: api, hostnames: [d]}]}",
        {
            "routes[0].hostnames": ["c"],
            "routes[1].hostnames": ["d"],
            "routes[0].rules": [{"backendRefs": [{"service": "shop/api", "port": 8080}]}],
        },
    ),
    "the same route with its kind written": (
        "{routes: [{kind: HTTPRoute, namespace: edge, name: api, hostnames: [c]}]}",
        {"routes[0].kind": "HTTPRoute", "routes[0].hostnames": ["c"]},
    ),
    "ports by name": (
        "{services: [{namespace: test, name: api, ports: [{name: http, port: 81}]}]}",
        {"services[1].ports": [{"name": "http", "port": 81}]},
    ),
    "a single port without a name": (
        "{services: [{namespace: shop, name: api, ports: [{port: 81}]}]}",
        {"services[0].ports": [{"port": 81}]},
    ),
    "exports by cluster": (
        "{services: [{namespace: test, name: api, exports: [{cluster: west, type: ClusterIP}]}]}",
        {"services[1].exports": [{"cluster": "west", "type": "ClusterIP"}]},
    ),
    "an unknown key adds an item": (
        "{clusters: [{name: north, podCIDR: 10.30.0.0/16}]}",
        {"clusters[2]": {"name": "north", "podCIDR": "10.30.0.0/16"}, "clusters[0].name": "east"},
    ),
    "other lists are replaced whole": (
        "{routes: [{namespace: edge, name: api, hostnames: [c], rules: [{name: r}]}]}",
        {"routes[0].hostnames": ["c"], "routes[0].rules": [{"name": "r"}]},
    ),
    "an empty list replaces": ("{routes: [{namespace: edge, name: api, hostnames: []}]}", {"routes[0].hostnames": []}),
    "an empty keyed list changes nothing": ("{clusters: []}", {"clusters[0].name": "east", "clusters[1].name": "west"}),
    "null removes a field": (
        "{globalnet: null, submariner: {connectionHealthCheck: {enabled: null}}}",
        {"submariner.connectionHealthCheck": {"intervalSeconds": 3}},
    ),
    "null removes a keyed list": ("{overrides: null, patches: null}", {"clusters[0].name": "east"}),
    "$patch: delete removes an item": (
        "{clusters: [{name: east, $patch: delete}]}",
        {"clusters": [{"name": "west", "podCIDR": ["10.20.0.0/16"]}]},
    ),
    "$patch: delete with a key of several fields": (
        "{routes: [{kind: GRPCRoute, namespace: edge, name: api, $patch: delete}, {namespace: edge, name: b}]}",
        {"routes[1]": {"namespace": "edge", "name": "b"}},
    ),
    "delete, change and add at once": (
        "{clusters: [{name: north}, {name: east, $patch: delete}, {name: west, labels: {a: b}}]}",
        {"clusters": [{"name": "west", "podCIDR": ["10.20.0.0/16"], "labels": {"a": "b"}}, {"name": "north"}]},
    ),
    "a scalar replaces a scalar of another type": ("{submariner: {natEnabled: maybe}}", {"submariner.natEnabled": "maybe"}),
    "true is not 1": ("{submariner: {natEnabled: 1}}", {"submariner.natEnabled": 1}),
    "a selector in another form replaces": (
        "{gateways: [{namespace: edge, name: eg, deployTo: all}],"
        " services: [{namespace: shop, name: api, exportFrom: {matchLabels: {a: b}}}]}",
        {"gateways[0].deployTo": "all", "services[0].exportFrom": {"matchLabels": {"a": "b"}}},
    ),
    "a list of names replaces a list of names": (
        "{gateways: [{namespace: edge, name: eg, deployTo: [west]}]}",
        {"gateways[0].deployTo": ["west"]},
    ),
    "a network in another form replaces": (
        "{clusters: [{name: east, podCIDR: [10.1.0.0/16]}, {name: west, podCIDR: 10.2.0.0/16}]}",
        {"clusters[0].podCIDR": ["10.1.0.0/16"], "clusters[1].podCIDR": "10.2.0.0/16"},
    ),
    "an override's merge is merged as the spec is": (
        "{overrides: [{name: one, merge: {gateways: [{name: eg, namespace: edge, listeners: [{name: http, hostname: y}]}]}}]}",
        {
            "overrides[0].merge.gateways": [{"name": "eg", "namespace": "edge", "listeners": [{"name": "http", "hostname": "y"}]}],
            "overrides[0].merge.submariner": {"debug": True},
        },
    ),
    "what removes something of an override's merge": (
        "{overrides: [{name: one, merge: {submariner: null}}]}",
        {"overrides[0].merge": {"gateways": [{"name": "eg", "namespace": "edge", "listeners": [{"name": "http", "hostname": "x"}]}]}},
    ),
    "what removes nothing of an override's merge belongs to it": (
        "{overrides: [{name: one, merge: {versions: null,"
        " gateways: [{name: eg, namespace: edge, listeners: [{name: https, $patch: delete}]}]}}]}",
        {"overrides[0].merge.versions": None, "overrides[0].merge.gateways[0].listeners[1]": {"name": "https", "$patch": "delete"}},
    ),
    "a new override keeps its nulls and deletions": (
        "{overrides: [{name: two, applyTo: all, merge: {submariner: {debug: null},"
        " gateways: [{name: eg, namespace: edge, listeners: [{name: https, $patch: delete}]}]}}]}",
        {
            "overrides[1].merge.submariner": {"debug": None},
            "overrides[1].merge.gateways[0].listeners": [{"name": "https", "$patch": "delete"}],
        },
    ),
    "a new patch keeps its nulls and deletions": (
        "{patches: [{name: b, merge: {spec: {logging: null, listeners: [{name: x, $patch: delete}]}}},"
        " {name: c, json6902: [{op: add, path: /a, value: null}]}]}",
        {
            "patches[1].merge.spec": {"logging": None, "listeners": [{"name": "x", "$patch": "delete"}]},
            "patches[2].json6902[0].value": None,
        },
    ),
    "a patch's merge is a map": (
        "{patches: [{name: quiet, merge: {spec: {logging: {level: {default: info}}}}}]}",
        {"patches[0].merge.spec.logging.level.default": "info", "patches[0].expect": 1},
    ),
    "a raw object is a map": (
        "{manifests: [{name: limits, object: {data: {x: null, z: '3'}}}]}",
        {"manifests[0].object.data": {"w": "2", "z": "3"}},
    ),
    "a new raw object keeps its nulls": (
        "{manifests: [{name: b, object: {spec: {emptyDir: null}}}]}",
        {"manifests[1].object.spec": {"emptyDir": None}},
    ),
}


@pytest.mark.parametrize(("spec", "expected"), MERGES.values(), ids=MERGES.keys())
def test_merges(spec: str, expected: Mapping[str, Any]) -> None:
    result = over(BASE, spec)
    for path, value in expected.items():
        found = at(result.data["spec"], path)
        assert json.dumps(found) == json.dumps(value), path
    assert ("globalnet" in result.data["spec"]) is ("globalnet: null" not in spec)


FAULTS: dict[str, tuple[str, list[tuple[str, str, str, str | None]]]] = {
    # overlay, then for each fault: code, words of the message, path in the overlay, path of the related place in the base
    "removing a field that is not there": (
        "{submariner: {natEnable: null}}",
        [("KG120", 'removes "natEnable"', "spec.submariner.natEnable", "spec.submariner")],
    ),
    "deleting an item that is not there": (
        "{clusters: [{name: eats, $patch: delete}]}",
        [("KG120", 'deletes "eats" from clusters', "spec.clusters[0]", "spec.clusters")],
    ),
    "deleting by the wrong key": (
        "{services: [{namespace: prod, name: api, $patch: delete}]}",
        [("KG120", 'deletes namespace "prod", name "api" from services', "spec.services[0]", "spec.services")],
    ),
    "deleting from a list that is not there": (
        "{namespaces: [{name: a, $patch: delete}]}",
        [("KG120", 'deletes "a" from namespaces', "spec.namespaces[0]", None)],
    ),
    "a null in what is added": (
        "{clusters: [{name: n, labels: {a: null}}]}",
        [("KG120", 'removes "a"', "spec.clusters[0].labels.a", None)],
    ),
    "a deletion in what is added": (
        "{gateways: [{namespace: edge, name: b, listeners: [{name: http, $patch: delete}]}]}",
        [("KG120", 'deletes "http" from listeners', "spec.gateways[0].listeners[0]", None)],
    ),
    "a map over a list": ("{clusters: {east: {}}}", [("KG121", "a map cannot be merged over a list", "spec.clusters", "spec.clusters")]),
    "a list over a map": ("{submariner: [a]}", [("KG121", "a list cannot be merged over a map", "spec.submariner", "spec.submariner")]),
    "a scalar over a map": ("{globalnet: true}", [("KG121", "a scalar cannot be merged over a map", "spec.globalnet", "spec.globalnet")]),
    "a scalar over a list": (
        "{routes: [{namespace: edge, name: api, hostnames: a}]}",
        [("KG121", "a scalar cannot be merged over a list", "spec.routes[0].hostnames", "spec.routes[0].hostnames")],
    ),
    "a map over a scalar": (
        "{submariner: {debug: {}, cableDriver: {}}}",
        [("KG121", "a map cannot be merged over a scalar", "spec.submariner.cableDriver", "spec.submariner.cableDriver")],
    ),
    "other keys in an item that is deleted": (
        "{clusters: [{name: east, $patch: delete, labels: {a: b}, leaving: true}]}",
        [
            ("KG122", 'nothing but its key: "labels"', "spec.clusters[0].labels", None),
            ("KG122", 'nothing but its key: "leaving"', "spec.clusters[0].leaving", None),
        ],
    ),
    "another directive": (
        "{clusters: [{name: east, $patch: replace}]}",
        [("KG122", "'replace' is no directive", "spec.clusters[0].$patch", None)],
    ),
    "a directive in a map": (
        "{submariner: {$patch: delete}}",
        [("KG122", "deletes an item of a list whose items have keys", "spec.submariner.$patch", None)],
    ),
    "a directive in a map that is added": ("{broker: {$patch: delete}}", [("KG122", "deletes an item", "spec.broker.$patch", None)]),
    "a directive in a list without keys": (
        "{routes: [{namespace: edge, name: api, rules: [{name: a, $patch: delete}]}]}",
        [("KG122", "the items of rules have no key", "spec.routes[0].rules[0].$patch", None)],
    ),
    "an item without its key": (
        "{clusters: [{labels: {a: b}}, east]}",
        [("KG123", "merged by its name", "spec.clusters[0]", None), ("KG123", "merged by its name", "spec.clusters[1]", None)],
    ),
    "an item with half its key": ("{services: [{name: api}]}", [("KG123", "merged by its namespace and name", "spec.services[0]", None)]),
    "a key twice": (
        "{clusters: [{name: east}, {name: east, leaving: true}]}",
        [("KG124", '"east" is in clusters twice', "spec.clusters[1]", None)],
    ),
    "a key twice in what is added": (
        "{namespaces: [{name: a}, {name: a}]}",
        [("KG124", '"a" is in namespaces twice', "spec.namespaces[1]", None)],
    ),
    "two ports without a name": (
        "{services: [{namespace: shop, name: api, ports: [{port: 1}, {port: 2}]}]}",
        [("KG124", "in ports twice", "spec.services[0].ports[1]", None)],
    ),
    "all of them are told": (
        "{globalnet: 1, broker: null, clusters: [{name: x, $patch: delete}]}",
        [
            ("KG121", "a scalar cannot", "spec.globalnet", "spec.globalnet"),
            ("KG120", 'removes "broker"', "spec.broker", "spec"),
            ("KG120", 'deletes "x"', "spec.clusters[0]", "spec.clusters"),
        ],
    ),
}


@pytest.mark.parametrize(("spec", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(spec: str, expected: list[tuple[str, str, str, str | None]]) -> None:
    with pytest.raises(Rejected) as caught:
        over(BASE, spec)
    found = caught.value.diagnostics
    assert [(d.code, str(place(d).path)) for d in found] == [(code, path) for code, _, path, _ in expected]
    for diagnostic, (_, words, _, below) in zip(found, expected, strict=True):
        assert words in diagnostic.message
        assert place(diagnostic).file == "o1.yaml"
        related = [at for at, _ in diagnostic.related]
        assert all(isinstance(at, Span) for at in related)
        assert [(at.file, str(at.path)) for at in related if isinstance(at, Span)] == ([] if below is None else [("base.yaml", below)])


def place(diagnostic: Diagnostic) -> Span:
    assert isinstance(diagnostic.at, Span)
    return diagnostic.at


def test_the_nearest_is_named() -> None:
    with pytest.raises(Rejected) as caught:
        over(BASE, "{submariner: {natEnable: null}, clusters: [{name: eats, $patch: delete}]}")
    assert [d.label for d in caught.value.diagnostics] == [
        'nothing to remove; did you mean "natEnabled"?',
        'nothing to delete; did you mean "east"?',
    ]


def test_a_later_overlay_is_merged_over_an_earlier() -> None:
    result = over(
        BASE,
        "{clusters: [{name: north, podCIDR: a}], globalnet: null}",
        "{clusters: [{name: north, podCIDR: b}], globalnet: {clusterSize: 8}}",
    )
    assert result.data["spec"]["clusters"][2] == {"name": "north", "podCIDR": "b"}
    assert result.data["spec"]["globalnet"] == {"clusterSize": 8}
    assert result.span(FieldPath(("spec", "clusters", 2, "podCIDR"))).file == "o2.yaml"
    assert result.span(FieldPath(("spec", "clusters", 2, "name"))).file == "o1.yaml"
    assert result.span(FieldPath(("spec", "globalnet"))).file == "o2.yaml"


def test_a_fault_over_an_earlier_overlay_names_that_overlay() -> None:
    with pytest.raises(Rejected) as caught:
        over(BASE, "{broker: {apiServer: x}}", "{broker: 1}")
    (fault,) = caught.value.diagnostics
    assert place(fault).file == "o2.yaml"
    assert isinstance(fault.related[0].at, Span)
    assert fault.related[0].at.file == "o1.yaml"


def test_places_after_a_deletion_move_with_their_items() -> None:
    result = over(BASE, "{clusters: [{name: east, $patch: delete}, {name: west, leaving: true}]}")
    name = result.span(FieldPath(("spec", "clusters", 0, "name")))
    assert (name.file, str(name.path)) == ("base.yaml", "spec.clusters[1].name")
    leaving = result.span(FieldPath(("spec", "clusters", 0, "leaving")))
    assert (leaving.file, str(leaving.path)) == ("o1.yaml", "spec.clusters[1].leaving")
    missing = result.span(FieldPath(("spec", "clusters", 0, "labels", "a")))
    assert (missing.file, str(missing.path)) == ("base.yaml", "spec.clusters[1]")
    assert result.key_span(FieldPath(("spec", "clusters", 0, "leaving"))).path == FieldPath(("spec", "clusters", 1, "leaving"))


def test_raw_and_doubtful_text_come_from_their_file() -> None:
    result = over("{clusters: [{name: a, cni: no}, {name: b, cni: x}]}", "clusters:\n- {name: a, $patch: delete}\n- name: b\n  cni: 12:30")
    here = FieldPath(("spec", "clusters", 0, "cni"))
    assert result.raw(here) == "12:30"
    assert dict(result.doubtful) == {here: "a number in base 60"}
    assert len(result.plain) == len(list(result.plain)) > 3


def test_an_overlay_that_is_empty_gives_the_spec_itself() -> None:
    documents = [
        source.parse(HEAD + indented(BASE), "base.yaml"),
        source.parse(OVER, "a.yaml"),
        source.parse(OVER + "spec: {clusters: []}", "b.yaml"),
        source.parse(
            OVER + "spec: {submariner: {}, clusters: [{name: east}], services: [{name: api, namespace: shop, ports: []}]}", "c.yaml"
        ),
    ]
    assert merged(documents) is documents[0]


def test_what_an_overlay_does_not_touch_is_the_same_object() -> None:
    base = source.parse(HEAD + indented(BASE), "base.yaml")
    before = copy.deepcopy(base.data)
    text = OVER + "spec: {clusters: [{name: west, leaving: true}], submariner: {natEnabled: true}}"
    result = merged([base, source.parse(text, "o.yaml")])
    assert base.data == before
    old, new = base.data["spec"], result.data["spec"]
    assert [key for key in old if old[key] is not new[key]] == ["clusters"]
    assert old["clusters"][0] is new["clusters"][0]
    assert old["clusters"][1]["podCIDR"] is new["clusters"][1]["podCIDR"]
    assert result.span(FieldPath(("spec", "submariner", "natEnabled"))).file == "o.yaml", "an equal value is this overlay's nonetheless"


def test_keyed_lists_and_forms_are_those_of_the_schema() -> None:
    schema = json.loads((Path(overlay.__file__).parents[2] / "schemas" / "clusterset-v1alpha1.json").read_text())
    lists, forms = set(), set()

    def walk(node: Mapping[str, Any], fields: tuple[str, ...]) -> None:
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        kinds = {resolve(form).get("type") for form in node.get("anyOf", ())}
        if {"array"} < kinds:
            forms.add(fields[-1])
        if node.get("type") == "array" and fields in KEYED:
            lists.add(fields)
        for name, inner in node.get("properties", {}).items():
            if fields[-1:] != ("rules",):
                walk(inner, (*fields, name))
        if "items" in node:
            walk(node["items"], fields)

    def resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
        return schema["$defs"][node["$ref"].rsplit("/", 1)[-1]] if "$ref" in node else node

    walk(schema, ())
    assert lists == set(KEYED)
    assert forms == SEVERAL_FORMS


# --- files ----------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, text: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return path


SPEC = HEAD + "spec: {clusters: [{name: east}], globalnet: {}}\n"


def names(layered: Layered) -> list[str]:
    return [document.name for document in layered.documents]


def test_a_spec_alone(here: Path) -> None:
    write("clusterset.yaml", SPEC)
    layered = load("clusterset.yaml", [])
    assert layered == (layered.documents[0], layered.documents, (), "clusterset.yaml")
    assert layered.document.data["spec"]["clusters"] == [{"name": "east"}]


def test_a_folder_is_its_clusterset_yaml(here: Path) -> None:
    write("fleet/clusterset.yaml", SPEC)
    write("overlays/kind/clusterset.yaml", OVER + "spec: {submariner: {natEnabled: false}}")
    layered = load(Path("fleet"), ["overlays/kind"])
    assert names(layered) == ["fleet/clusterset.yaml", "overlays/kind/clusterset.yaml"]
    assert layered.overlays == ("overlays/kind",)
    assert layered.last == "overlays/kind/clusterset.yaml"
    assert layered.document.data["spec"]["submariner"] == {"natEnabled": False}


def test_base_is_relative_to_the_overlay_and_comes_first(here: Path) -> None:
    write("clusterset.yaml", SPEC)
    write("overlays/stage/clusterset.yaml", OVER + "base: ../..\nspec: {submariner: {debug: true, colorCodes: stage}}")
    write(
        "overlays/prod/clusterset.yaml",
        OVER + "base: ../stage\nmetadata: {name: prod}\nx-owner: us\nspec: {submariner: {colorCodes: prod}}",
    )
    write("more.yaml", OVER + "spec: {submariner: {colorCodes: more}}")
    layered = load("overlays/prod", ["more.yaml"])
    assert names(layered) == ["clusterset.yaml", "overlays/stage/clusterset.yaml", "overlays/prod/clusterset.yaml", "more.yaml"]
    assert layered.document.data["spec"]["submariner"] == {"debug": True, "colorCodes": "more"}
    assert layered.document.data["metadata"] == {"name": "shop"}, "an overlay's name is its own"
    assert layered.document.name == "clusterset.yaml"
    assert (layered.overlays, layered.last) == (("more.yaml",), "more.yaml")
    assert load("overlays/prod", []).last == "overlays/prod/clusterset.yaml"


def test_an_overlay_with_a_base_over_that_base(here: Path) -> None:
    write("clusterset.yaml", SPEC)
    write("stage.yaml", OVER + "base: clusterset.yaml\nspec: {submariner: {debug: true}}")
    write("prod.yaml", OVER + "base: ./stage.yaml\nspec: {submariner: {colorCodes: prod}}")
    assert names(load("clusterset.yaml", ["prod.yaml"])) == ["clusterset.yaml", "stage.yaml", "prod.yaml"]
    assert names(load("stage.yaml", ["prod.yaml"])) == ["clusterset.yaml", "stage.yaml", "prod.yaml"]


def test_shipped_overlays_do_not_count_as_the_last(here: Path) -> None:
    write("clusterset.yaml", SPEC)
    write("mine.yaml", OVER + "base: kgen:kind\nspec: {submariner: {colorCodes: mine}}")
    layered = load("clusterset.yaml", ["kgen:kind"])
    assert names(layered) == ["clusterset.yaml", "kgen:kind"]
    assert (layered.overlays, layered.last) == (("kgen:kind",), "clusterset.yaml")
    assert names(load("clusterset.yaml", ["mine.yaml"])) == ["clusterset.yaml", "kgen:kind", "mine.yaml"]
    assert load("clusterset.yaml", ["mine.yaml", "kgen:debug"]).last == "mine.yaml"


def test_every_shipped_overlay_has_a_name() -> None:
    assert "kind" in shipped_names()
    assert list(shipped_names()) == sorted(shipped_names())


REFUSED: dict[str, tuple[dict[str, str], str, list[str], str, str, str]] = {
    # files, spec, overlays, then code, words, the place as file:line
    "no such spec": ({}, "no.yaml", [], "KG001", "no.yaml", "no.yaml:1"),
    "no such overlay": ({"c.yaml": SPEC}, "c.yaml", ["no.yaml"], "KG001", "no.yaml", "no.yaml:1"),
    "no such base": ({"o/p.yaml": OVER + "base: ../c.yaml"}, "o/p.yaml", [], "KG100", "c.yaml", "o/p.yaml:3"),
    "a base that is itself": ({"o.yaml": OVER + "base: ./o.yaml"}, "o.yaml", [], "KG101", "o.yaml > o.yaml", "o.yaml:3"),
    "bases in a circle": (
        {"a.yaml": OVER + "base: b.yaml", "b.yaml": OVER + "base: a.yaml"},
        "a.yaml",
        [],
        "KG101",
        "a.yaml > b.yaml > a.yaml",
        "b.yaml:3",
    ),
    "an overlay for another spec": (
        {"c.yaml": SPEC, "d.yaml": SPEC, "o.yaml": OVER + "base: d.yaml"},
        "c.yaml",
        ["o.yaml"],
        "KG102",
        "based on d.yaml, but the spec is c.yaml",
        "o.yaml:3",
    ),
    "no such shipped overlay": ({"c.yaml": SPEC}, "c.yaml", ["kgen:kin"], "KG103", 'no overlay "kin"', "kgen:kin:1"),
    "no such shipped base": ({"o.yaml": OVER + "base: kgen:../kind"}, "o.yaml", [], "KG103", "ships with kgen", "o.yaml:3"),
    "a spec as an overlay": ({"c.yaml": SPEC, "d.yaml": SPEC}, "c.yaml", ["d.yaml"], "KG104", "d.yaml is of kind ClusterSet", "d.yaml:2"),
    "another kind as an overlay": ({"c.yaml": SPEC, "d.yaml": "kind: Pod"}, "c.yaml", ["d.yaml"], "KG104", "of kind Pod", "d.yaml:1"),
    "a list as an overlay": ({"c.yaml": SPEC, "d.yaml": "[a]"}, "c.yaml", ["d.yaml"], "KG104", "no such document", "d.yaml:1"),
    "another kind as a base": (
        {"o.yaml": OVER + "base: p.yaml", "p.yaml": "kind: Pod"},
        "o.yaml",
        [],
        "KG104",
        "a base is a ClusterSet",
        "p.yaml:1",
    ),
    "another version": ({"o.yaml": "apiVersion: kgen.dev/v2\nkind: ClusterSetOverlay\n"}, "o.yaml", [], "KG105", "kgen.dev/v2", "o.yaml:1"),
    "no version": ({"o.yaml": "kind: ClusterSetOverlay\n"}, "o.yaml", [], "KG105", "needs an apiVersion", "o.yaml:1"),
    "an unknown field": ({"o.yaml": OVER + "bases: [a]"}, "o.yaml", [], "KG105", '"bases"', "o.yaml:3"),
    "an unknown field in metadata": ({"o.yaml": OVER + "metadata: {nam: a}"}, "o.yaml", [], "KG105", '"nam" in metadata', "o.yaml:3"),
    "metadata that is no map": ({"o.yaml": OVER + "metadata: a"}, "o.yaml", [], "KG105", "metadata is not a map", "o.yaml:3"),
    "a name that is no string": ({"o.yaml": OVER + "metadata: {name: 1}"}, "o.yaml", [], "KG105", "not a string", "o.yaml:3"),
    "two bases": ({"o.yaml": OVER + "base: [a, b]"}, "o.yaml", [], "KG105", "base is not a path", "o.yaml:3"),
    "an empty base": ({"o.yaml": OVER + "base: ''"}, "o.yaml", [], "KG105", "base is not a path", "o.yaml:3"),
    "a spec that is no map": ({"o.yaml": OVER + "spec: [a]"}, "o.yaml", [], "KG105", "spec is not a map", "o.yaml:3"),
    "a spec that is null": ({"o.yaml": OVER + "spec:"}, "o.yaml", [], "KG105", "spec is not a map", "o.yaml:3"),
    "an overlay twice": (
        {"c.yaml": SPEC, "o.yaml": OVER},
        "c.yaml",
        ["o.yaml", "./o.yaml"],
        "KG106",
        "./o.yaml is merged already",
        "./o.yaml:2",
    ),
    "the spec as its own overlay": (
        {"c.yaml": SPEC, "o.yaml": OVER + "base: c.yaml"},
        "o.yaml",
        ["o.yaml"],
        "KG106",
        "o.yaml is merged already",
        "o.yaml:2",
    ),
    "an overlay that has no base": ({"o.yaml": OVER}, "o.yaml", [], "KG107", "o.yaml is an overlay without a base", "o.yaml:2"),
    "a shipped overlay alone": ({}, "kgen:kind", [], "KG107", "kgen:kind is an overlay", "kgen:kind:"),
}


@pytest.mark.parametrize(("files", "spec", "overlays", "code", "words", "where"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(here: Path, files: Mapping[str, str], spec: str, overlays: list[str], code: str, words: str, where: str) -> None:
    for path, text in files.items():
        write(path, text)
    with pytest.raises(Rejected) as caught:
        load(spec, overlays)
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert words in found.message
    assert f"{place(found).file}:{place(found).line}".startswith(where)
    assert str(here) not in found.message + found.label + found.help


def test_a_spec_that_is_no_map_is_left_to_decode(here: Path) -> None:
    write("c.yaml", HEAD + "spec: [a]")
    write("o.yaml", OVER + "spec: {submariner: {}}")
    assert load("c.yaml", ["o.yaml"]).document.data["spec"] == ["a"]


def test_reading_can_be_done_elsewhere() -> None:
    texts = {"c.yaml": SPEC, "./c.yaml": SPEC, "o.yaml": OVER + "base: c.yaml\nspec: {globalnet: null}"}
    layered = load("o.yaml", [], lambda path, name: source.parse(texts[path], name))
    assert layered.document.data["spec"] == {"clusters": [{"name": "east"}]}


# --- what holds for all ---------------------------------------------------------------------------------------------------------------

scalars = st.sampled_from([0, 1, True, False, "a", "b", 1.5])
names_of = st.sampled_from(["a", "b", "c"])
cluster = st.fixed_dictionaries(
    {"name": names_of},
    optional={"labels": st.dictionaries(names_of, scalars, max_size=2), "podCIDR": scalars, "gatewayNodes": st.lists(scalars, max_size=2)},
)
port = st.fixed_dictionaries({"port": scalars}, optional={"name": names_of})


def unique(items: st.SearchStrategy[dict[str, Any]], *keys: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(items, max_size=3, unique_by=lambda item: tuple(item.get(key) for key in keys))


service = st.fixed_dictionaries(
    {"name": names_of, "namespace": names_of}, optional={"ports": unique(port, "name"), "exportFrom": st.lists(names_of, max_size=2)}
)
specs = st.fixed_dictionaries(
    {},
    optional={
        "clusters": unique(cluster, "name"),
        "services": unique(service, "namespace", "name"),
        "submariner": st.dictionaries(names_of, scalars, max_size=3),
        "globalnet": st.fixed_dictionaries({}, optional={"cidr": scalars, "clusterSize": scalars}),
    },
)


def merge_data(*layers: Any) -> Any:
    result = layers[0]
    for layer in layers[1:]:
        outcome = merge({"spec": result}, {"spec": layer}, SPEC_RULES, Trace("lower", ROOT), Trace("upper", ROOT))
        assert outcome.faults == ()
        result = outcome.value["spec"]
    return result


@given(specs)
def test_an_empty_overlay_is_the_identity(spec: Any) -> None:
    document = Document("a", "", {"spec": spec})
    assert merged([document, Document("o", "", {"spec": {}})]) is document
    assert merge_data(spec, {}) is spec
    assert merge_data(spec, spec) == spec
    assert merge_data({}, spec) == spec


@given(specs, specs, specs)
def test_merging_what_only_adds_and_sets_is_associative(a: Any, b: Any, c: Any) -> None:
    assert merge_data(merge_data(a, b), c) == merge_data(a, merge_data(b, c))


def document(name: str, spec: Any) -> Document:
    return source.parse((HEAD if name == "base" else OVER) + "spec: " + json.dumps(spec) + "\n", name)


def every(data: Any, path: FieldPath = ROOT) -> Iterator[tuple[FieldPath, Any]]:
    yield path, data
    if isinstance(data, (dict, list)):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from every(value, path / key)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(specs, specs, specs, st.data())
def test_every_value_is_told_where_it_was_written(base: Any, first: Any, second: Any, draw: st.DataObject) -> None:
    documents = [document("base", base), document("one", first), document("two", second)]
    cut = draw.draw(st.sampled_from([item["name"] for item in base.get("clusters", [])] or [None]))
    if cut is not None:
        documents.insert(1, document("cut", {"clusters": [{"name": cut, "$patch": "delete"}]}))
    before = copy.deepcopy([d.data for d in documents])
    result = merged(documents)
    by_name = {d.name: d for d in documents}
    for path, value in every(result.data):
        span = result.span(path)
        written = at_path(by_name[span.file].data, span.path)
        assert span == by_name[span.file].span(span.path)
        if isinstance(value, (dict, list)):
            assert type(written) is type(value)
        else:
            assert (type(written), written) == (type(value), value)
            # The last document that sets a field is the one that is told; a key of an item is the first's.
            above = [
                d
                for d in documents[documents.index(by_name[span.file]) + 1 :]
                if path[0] == "spec" and path[-1] not in ("name", "namespace")
            ]
            assert all(set_by(d, result.data, path) is None for d in above)
    assert [d.data for d in documents] == before


def at_path(data: Any, path: FieldPath) -> Any:
    for part in path:
        data = data[part]
    return data


def set_by(layer: Document, data: Any, path: FieldPath) -> Any:
    """The value that a layer gives to a scalar of the merged data, or None: written anew, without the merge's own code."""
    there = layer.data
    for depth, part in enumerate(path):
        data = data[part]
        if isinstance(part, int) and isinstance(there, list) and isinstance(data, dict):
            keys = [key for key in ("namespace", "name") if key in data or path[depth - 1] == "services"]
            if path[depth - 1] == "ports":
                keys = ["name"]
            there = next((item for item in there if all(item.get(key) == data.get(key) for key in keys)), None)
        elif isinstance(part, int):
            return there  # an item of a list that is replaced whole
        else:
            there = there.get(part) if isinstance(there, dict) else None
        if there is None:
            return None
    return there
