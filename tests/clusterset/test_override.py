"""Overrides: what they may set, where they hit, what they contradict, and how much of the spec stays one and the same record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen import source
from kgen.clusterset.decode import decode
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.override import NONE, Variants, variants
from kgen.diagnostics import ROOT, Diagnostic, FieldPath, Rejected, Span

BASE = """
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}
spec:
  versions: {kubernetes: "1.35", submariner: 0.24.0, envoyGateway: 1.9.1}
  broker: {cluster: east, apiServer: "api.east.example.com:6443"}
  secrets: {provider: externalSecrets, store: {name: fleet}, path: submariner}
  submariner: {natEnabled: true, cableDriver: libreswan}
  clusters:
    - {name: east, labels: {region: eu}, podCIDR: 10.10.0.0/16, serviceCIDR: 10.96.0.0/16}
    - {name: north, labels: {region: eu}, podCIDR: 10.20.0.0/16, serviceCIDR: 10.97.0.0/16, submariner: {natEnabled: false}}
    - {name: west, labels: {region: us}, podCIDR: 10.30.0.0/16, serviceCIDR: 10.98.0.0/16, versions: {kubernetes: "1.34"}}
    - {name: gone, podCIDR: 10.40.0.0/16, serviceCIDR: 10.99.0.0/16, leaving: true}
  services:
    - {name: api, namespace: shop, ports: [{name: http, port: 8080}], exportFrom: [west]}
  gatewayClasses:
    - {name: eg, proxy: {name: eg, namespace: envoy-gateway-system, spec: {logging: {level: {default: warn}}}}}
    - {name: other}
  gateways:
    - name: eg
      namespace: edge
      deployTo: all
      gatewayClassName: eg
      listeners:
        - {name: http, protocol: HTTP, port: 80}
        - {name: tls, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: a}]}}
    - {name: two, namespace: edge, deployTo: [east], gatewayClassName: eg, listeners: [{name: http, protocol: HTTP, port: 80}]}
  routes:
    - name: api
      namespace: edge
      parentRefs: [{name: eg}]
      hostnames: [a.example.com]
      rules: [{backendRefs: [{service: shop/api, port: 8080}]}]
    - {kind: GRPCRoute, name: api, namespace: edge, parentRefs: [{name: eg}], rules: [{backendRefs: [{service: shop/api, port: 8080}]}]}
  overrides:
"""


def made(*overrides: str) -> tuple[ClusterSet, Variants]:
    document = source.parse(BASE + "".join(f"    - {override}\n" for override in overrides), "clusterset.yaml")
    wish = decode(document)
    return wish, variants(document, wish)


def rejected(*overrides: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(Rejected) as caught:
        made(*overrides)
    return caught.value.diagnostics


def override(name: str, to: str, merge: str) -> str:
    return f"{{name: {name}, applyTo: {to}, merge: {merge}}}"


HOST = override("host", "[east]", "{gateways: [{name: eg, namespace: edge, listeners: [{name: http, hostname: '*.example.com'}]}]}")


def gateway(wish: ClusterSet, name: str = "eg") -> Any:
    return next(g for g in wish.gateways if g.name == name)


def test_no_override_is_no_variant() -> None:
    document = source.parse(BASE.replace("  overrides:\n", ""), "clusterset.yaml")
    assert variants(document, decode(document)) is NONE
    assert NONE.span(ROOT) is None


def test_only_the_clusters_of_apply_to_differ() -> None:
    wish, found = made(HOST)
    assert set(found.by_cluster) == {"east"}
    assert gateway(found.by_cluster["east"]).listeners[0].hostname == "*.example.com"
    assert gateway(wish).listeners[0].hostname is None


def test_what_is_not_touched_is_the_same_record() -> None:
    wish, found = made(HOST)
    east = found.by_cluster["east"]
    same = [name for name in ClusterSet._fields if getattr(wish, name) is getattr(east, name)]
    assert set(ClusterSet._fields) - set(same) <= {"gateways", "at", "name", "join", "connectivity", "globalnet", "clusterset_ip"}
    assert gateway(east, "two") is gateway(wish, "two")
    assert gateway(east).listeners[1] is gateway(wish).listeners[1]
    assert gateway(east).deploy_to is gateway(wish).deploy_to
    assert gateway(east) is not gateway(wish)


def test_places_are_the_overrides_own() -> None:
    wish, found = made(HOST)
    east = gateway(found.by_cluster["east"])
    hostname = found.span(east.listeners[0].at / "hostname")
    assert hostname is not None
    assert str(hostname.path) == "spec.overrides[0].merge.gateways[0].listeners[0].hostname"
    protocol = found.span(east.listeners[0].at / "protocol")
    assert protocol is not None
    assert str(protocol.path) == "spec.gateways[0].listeners[0].protocol"
    assert found.span(gateway(wish).at) is None
    assert (hostname.file, hostname.line) == ("clusterset.yaml", BASE.count("\n") + 1)


def test_clusters_that_are_hit_alike_share_one_variant() -> None:
    _, found = made(
        HOST, override("nat", "[east, west]", "{submariner: {debug: true}}"), override("all", "all", "{submariner: {colorCodes: red}}")
    )
    assert set(found.by_cluster) == {"east", "north", "west"}, "who leaves is not hit"
    assert len({id(variant) for variant in found.by_cluster.values()}) == 3
    _, found = made(override("nat", "all", "{submariner: {debug: true}}"))
    assert len({id(variant) for variant in found.by_cluster.values()}) == 1
    assert list(found.by_cluster) == ["east", "north", "west"]


SETS: dict[str, tuple[str, Any]] = {
    "a class's proxy": (
        "{gatewayClasses: [{name: eg, proxy: {spec: {logging: {level: {default: info}}}}}]}",
        lambda w: w.gateway_classes[0].proxy.spec == {"logging": {"level": {"default": "info"}}},
    ),
    "a gateway's class": (
        "{gateways: [{name: eg, namespace: edge, gatewayClassName: other}]}",
        lambda w: gateway(w).gateway_class_name == "other",
    ),
    "a listener that is added": (
        "{gateways: [{name: eg, namespace: edge, listeners: [{name: alt, protocol: HTTP, port: 8080}]}]}",
        lambda w: [listener.name for listener in gateway(w).listeners] == ["alt", "http", "tls"],
    ),
    "a listener that is deleted": (
        "{gateways: [{name: eg, namespace: edge, listeners: [{name: tls, $patch: delete}]}]}",
        lambda w: [listener.name for listener in gateway(w).listeners] == ["http"],
    ),
    "a field that is removed": (
        "{routes: [{name: api, namespace: edge, hostnames: null}]}",
        lambda w: w.routes[1].hostnames is None and w.routes[1].kind == "HTTPRoute",
    ),
    "a route by its kind": (
        "{routes: [{kind: GRPCRoute, name: api, namespace: edge, hostnames: [b]}]}",
        lambda w: [r.hostnames for r in w.routes] == [("b",), ("a.example.com",)],
    ),
    "rules as a whole": (
        "{routes: [{name: api, namespace: edge, rules: [{name: r}]}]}",
        lambda w: [r.name for r in w.routes[1].rules] == ["r"],
    ),
    "submariner": (
        "{submariner: {debug: true}}",
        lambda w: w.submariner == {"natEnabled": True, "cableDriver": "libreswan", "debug": True},
    ),
    "versions": ("{versions: {submariner: 0.23.0}}", lambda w: (w.versions.submariner, w.versions.envoy_gateway) == ("0.23.0", "1.9.1")),
    "secrets": ("{secrets: {path: other}}", lambda w: (w.secrets.path, w.secrets.provider) == ("other", "externalSecrets")),
    "nothing": ("{}", lambda w: gateway(w).name == "eg"),
    "x- keys are ignored": ("{x-why: because, submariner: {debug: true}}", lambda w: w.submariner["debug"]),
}


@pytest.mark.parametrize(("merge", "holds"), SETS.values(), ids=SETS.keys())
def test_sets(merge: str, holds: Any) -> None:
    _, found = made(override("one", "[east]", merge))
    assert holds(found.by_cluster["east"])


def at(finding: Diagnostic) -> str:
    if isinstance(finding.at, Span):
        return str(finding.at.path)
    return str(finding.at)


REFUSED: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "clusters": ("{clusters: [{name: east, leaving: true}]}", [("KG130", "sets clusters", "clusters")]),
    "services and their exportFrom": (
        "{services: [{name: api, namespace: shop, exportFrom: [east]}]}",
        [("KG130", "sets services", "services")],
    ),
    "the broker and globalnet": (
        "{broker: {crds: false}, globalnet: {}}",
        [("KG130", "sets broker", "broker"), ("KG130", "sets globalnet", "globalnet")],
    ),
    "overrides in overrides": ("{overrides: [{name: a}]}", [("KG130", "sets overrides", "overrides")]),
    "placement of a gateway": (
        "{gateways: [{name: eg, namespace: edge, deployTo: [east]}]}",
        [("KG130", 'sets deployTo of gateway "edge/eg"', "gateways[0].deployTo")],
    ),
    "placement of a route": (
        "{routes: [{name: api, namespace: edge, deployTo: [east]}]}",
        [("KG130", 'route "HTTPRoute/edge/api"', "routes[0].deployTo")],
    ),
    "a new class": ("{gatewayClasses: [{name: new}]}", [("KG131", 'adds gateway class "new"', "gatewayClasses[0]")]),
    "a new gateway": ("{gateways: [{name: eh, namespace: edge}]}", [("KG131", 'adds gateway "edge/eh"', "gateways[0]")]),
    "a new route, by its kind": (
        "{routes: [{kind: TCPRoute, name: api, namespace: edge, rules: [{}]}]}",
        [("KG131", 'adds route "TCPRoute/edge/api"', "routes[0]")],
    ),
    "deleting a class": (
        "{gatewayClasses: [{name: other, $patch: delete}]}",
        [("KG131", 'deletes gateway class "other"', "gatewayClasses[0]")],
    ),
    "deleting a gateway": ("{gateways: [{name: two, namespace: edge, $patch: delete}]}", [("KG131", "deletes gateway", "gateways[0]")]),
    "deleting every route": ("{routes: null}", [("KG131", "removes every route", "routes")]),
    "deleting a listener that is not there": (
        "{gateways: [{name: eg, namespace: edge, listeners: [{name: htp, $patch: delete}]}]}",
        [("KG120", 'deletes "htp" from listeners', "gateways[0].listeners[0]")],
    ),
    "removing what is not there": ("{submariner: {debug: null}}", [("KG120", 'removes "debug"', "submariner.debug")]),
    "a form that does not fit": ("{gateways: {eg: {}}}", [("KG121", "a map cannot be merged over a list", "gateways")]),
    "an item without its key": ("{gateways: [{name: eg}]}", [("KG123", "namespace and name", "gateways[0]")]),
    "all at once": (
        "{namespaces: [], routes: null, submariner: []}",
        [("KG130", "", "namespaces"), ("KG131", "", "routes"), ("KG121", "", "submariner")],
    ),
}


@pytest.mark.parametrize(("merge", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(merge: str, expected: list[tuple[str, str, str]]) -> None:
    found = rejected(override("one", "[east]", merge))
    assert [(finding.code, at(finding)) for finding in found] == [(code, f"spec.overrides[0].merge.{path}") for code, _, path in expected]
    assert all(words in finding.message for finding, (_, words, _) in zip(found, expected, strict=True))


def test_the_nearest_field_and_item_are_named() -> None:
    found = rejected(override("one", "[east]", "{gateway: [], routes: [{name: apj, namespace: edge}]}"))
    assert [finding.label for finding in found] == ['did you mean "gateways"?', 'did you mean "HTTPRoute/edge/api"?']


def test_schema_errors_are_at_the_overrides_own_line() -> None:
    found = rejected(override("one", "all", "{gateways: [{name: eg, namespace: edge, listeners: [{name: http, port: eighty}]}]}"), HOST)
    assert {finding.code[:3] for finding in found} == {"KG2"}
    assert [at(finding) for finding in found] == ["spec.overrides[0].merge.gateways[0].listeners[0].port"], (
        "told once, though two groups have it"
    )


def test_what_an_added_listener_lacks_is_told_there() -> None:
    (found,) = rejected(override("one", "all", "{gateways: [{name: eg, namespace: edge, listeners: [{name: new, port: 1}]}]}"))
    assert at(found) == "spec.overrides[0].merge.gateways[0].listeners[0]"


LISTENER = "{gateways: [{name: eg, namespace: edge, listeners: [%s]}]}"
CONFLICTS: dict[str, tuple[str, str, list[str]]] = {
    # merges of two overrides, then the words for the fields
    "a scalar": ("{submariner: {debug: true}}", "{submariner: {debug: false}}", ["submariner.debug"]),
    "the same scalar is none": ("{submariner: {debug: true}}", "{submariner: {debug: true}}", []),
    "true is not 1": ("{submariner: {debug: true}}", "{submariner: {debug: 1}}", ["submariner.debug"]),
    "different fields are none": ("{submariner: {debug: true}}", "{submariner: {natEnabled: true}}", []),
    "a list as a whole": (
        "{routes: [{name: api, namespace: edge, hostnames: [a]}]}",
        "{routes: [{name: api, namespace: edge, hostnames: [b]}]}",
        ["routes[HTTPRoute/edge/api].hostnames"],
    ),
    "fields of other items are none": (
        "{routes: [{name: api, namespace: edge, hostnames: [a]}]}",
        "{routes: [{kind: GRPCRoute, name: api, namespace: edge, hostnames: [b]}]}",
        [],
    ),
    "a listener's field": (
        LISTENER % "{name: http, hostname: a}",
        LISTENER % "{hostname: b, name: http}",
        ["gateways[edge/eg].listeners[http].hostname"],
    ),
    "two other listeners are none": (LISTENER % "{name: http, hostname: a}", LISTENER % "{name: tls, hostname: b}", []),
    "one deletes what the other changes": (
        LISTENER % "{name: http, $patch: delete}",
        LISTENER % "{name: http, hostname: b}",
        ["gateways[edge/eg].listeners[http]"],
    ),
    "one changes what the other deletes": (
        LISTENER % "{name: http, hostname: b}",
        LISTENER % "{name: http, $patch: delete}",
        ["gateways[edge/eg].listeners[http]"],
    ),
    "both delete the same": (LISTENER % "{name: http, $patch: delete}", LISTENER % "{name: http, $patch: delete}", []),
    "both add the same": (LISTENER % "{name: new, port: 1, protocol: TCP}", LISTENER % "{name: new, port: 1, protocol: TCP}", []),
    "one removes what the other sets": ("{secrets: {store: null}}", "{secrets: {store: {name: b}}}", ["secrets.store"]),
    "both remove the same": ("{secrets: {store: null}}", "{secrets: {store: null}}", []),
    "several": (
        "{submariner: {debug: true, natEnabled: true}}",
        "{submariner: {natEnabled: false, debug: false}}",
        ["submariner.debug", "submariner.natEnabled"],
    ),
}


@pytest.mark.parametrize(("one", "two", "fields"), CONFLICTS.values(), ids=CONFLICTS.keys())
def test_conflicts(one: str, two: str, fields: list[str]) -> None:
    overrides = (override("a", "[east]", one), override("b", "{matchLabels: {region: eu}, exclude: [north]}", two))
    if not fields:
        made(*overrides)
        return
    found = rejected(*overrides)
    assert [finding.code for finding in found] == ["KG132"] * len(fields)
    for finding, field in zip(found, fields, strict=True):
        assert finding.message == f'overrides "a" and "b" set {field} differently for cluster "east"'
        assert at(finding).startswith("spec.overrides[1].merge")
        assert str(finding.related[0].at).startswith("spec.overrides[0].merge")


def test_overrides_of_other_clusters_do_not_conflict() -> None:
    _, found = made(override("a", "[east]", "{submariner: {debug: true}}"), override("b", "[west]", "{submariner: {debug: false}}"))
    assert [found.by_cluster[name].submariner["debug"] for name in ("east", "west")] == [True, False]


def test_a_conflict_is_told_once_for_all_its_clusters() -> None:
    (found,) = rejected(override("a", "all", "{submariner: {debug: true}}"), override("b", "all", "{submariner: {debug: false}}"), HOST)
    assert found.message.endswith('differently for clusters "east", "north", "west"')


OWN: dict[str, tuple[str, str, str | None]] = {
    "submariner": ("all", "{submariner: {natEnabled: true}}", 'submariner.natEnabled, but cluster "north"'),
    "versions": ("all", '{versions: {kubernetes: "1.33"}}', 'versions.kubernetes, but cluster "west"'),
    "the same is none": ("all", "{submariner: {natEnabled: false}, versions: {kubernetes: '1.34'}}", None),
    "another field is none": ("all", "{submariner: {debug: true}, versions: {submariner: 0.23.0}}", None),
    "another cluster is none": ("[east]", "{submariner: {natEnabled: false}}", None),
    "removing the set's own is none": ("[north]", "{submariner: null}", None),
    "removing it from the set does not remove it from the cluster": (
        "[north]",
        "{submariner: {natEnabled: null}}",
        'submariner.natEnabled, but cluster "north"',
    ),
}


@pytest.mark.parametrize(("to", "merge", "words"), OWN.values(), ids=OWN.keys())
def test_what_a_cluster_says_itself(to: str, merge: str, words: str | None) -> None:
    if words is None:
        made(override("a", to, merge))
        return
    (found,) = rejected(override("a", to, merge))
    assert (found.code, found.label) == ("KG133", "has no effect")
    assert words in found.message
    assert str(found.related[0].at).startswith("spec.clusters[")


def test_secrets_of_a_cluster() -> None:
    text = BASE.replace("region: us}, podCIDR", "region: us}, secrets: {provider: existing}, podCIDR")
    document = source.parse(text + "    - " + override("a", "[west]", "{secrets: {provider: substitution}}"), "clusterset.yaml")
    with pytest.raises(Rejected) as caught:
        variants(document, decode(document))
    assert [finding.code for finding in caught.value.diagnostics] == ["KG133"]


@given(
    st.dictionaries(st.sampled_from(["debug", "natEnabled", "ceIPSecDebug"]), st.booleans()),
    st.dictionaries(st.sampled_from(["debug", "natEnabled", "ceIPSecDebug"]), st.booleans()),
)
def test_order_of_overrides_does_not_matter(one: dict[str, bool], two: dict[str, bool]) -> None:
    pair = [override("a", "[east]", json.dumps({"submariner": one})), override("b", "[east]", json.dumps({"submariner": two}))]
    if any(one[key] is not two[key] for key in one.keys() & two.keys()):
        assert sorted(finding.message for finding in rejected(*pair)) == sorted(finding.message for finding in rejected(*reversed(pair)))
        return
    results = [made(*order)[1].by_cluster["east"].submariner for order in (pair, pair[::-1])]
    assert results[0] == results[1] == {"natEnabled": True, "cableDriver": "libreswan", **one, **two}


def test_a_thousand_clusters_hit_alike_are_decoded_once() -> None:
    clusters = "".join(f"    - {{name: c{i}, podCIDR: 10.0.0.0/16, serviceCIDR: 10.96.0.0/16}}\n" for i in range(1000))
    document = source.parse(BASE.replace("  services:\n", clusters + "  services:\n") + "    - " + HOST.replace("[east]", "all"), "c.yaml")
    found = variants(document, decode(document))
    assert len(found.by_cluster) == 1003
    assert len(found.documents) == 1
    assert len({id(variant) for variant in found.by_cluster.values()}) == 1
    assert found.documents.keys() == {"overrides(host)"}
    assert found.span(FieldPath(("overrides(host)", "spec", "gateways", 0, "name"))) is not None
