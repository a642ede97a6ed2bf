"""What a spec decodes to: defaults, forms, order, places; and what of a variant is the base's."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from kgen.clusterset.decode import decode
from kgen.clusterset.model import ClusterSet, Selector, ServiceRef
from kgen.diagnostics import FieldPath, Rejected, Span
from kgen.source import Document, parse

FULL = (Path(__file__).parents[1] / "schema" / "full.yaml").read_text(encoding="utf-8")
HEAD = "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSet\nmetadata: {name: shop}\nspec:\n"
ONE = HEAD + "  clusters: [{name: east}]\n"


def decoded(text: str) -> ClusterSet:
    return decode(parse(text, "clusterset.yaml"))


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as caught:
        decoded(text)
    return [(finding.code, str(finding.at.path if isinstance(finding.at, Span) else finding.at)) for finding in caught.value.diagnostics]


def test_an_absent_field_has_its_default() -> None:
    wish = decoded(
        HEAD
        + """\
  globalnet: {}
  clustersetIP: {}
  broker: {apiServer: "a:1"}
  secrets: {store: {name: fleet}}
  versions: {gatewayAPI: {version: 1.5.1}}
  clusters: [{name: east}]
  namespaces: [{name: shop}]
  services: [{name: api, namespace: shop, exportFrom: all, ports: [{port: 80}]}]
  gatewayClasses: [{name: eg, proxy: {name: p, namespace: eg}}]
  gateways: [{name: eg, namespace: edge, deployTo: all, gatewayClassName: eg, proxy: {name: p}}]
  routes: [{name: api, namespace: edge, parentRefs: [{name: eg}], rules: [{}]}]
  manifests: [{name: m, deployTo: all, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}}]
"""
    )
    assert (wish.join, wish.connectivity, wish.submariner, wish.schemas) == ("submariner", True, {}, ())
    assert wish.globalnet is not None
    assert wish.clusterset_ip is not None
    assert wish.globalnet[:3] == ("242.0.0.0/8", 65536, True)
    assert wish.clusterset_ip[:3] == ("243.0.0.0/8", 4096, False)
    assert wish.broker is not None
    assert wish.broker[:4] == (None, "a:1", "submariner-k8s-broker", True)
    assert wish.secrets is not None
    assert wish.secrets.store is not None
    assert wish.secrets.store.kind == "ClusterSecretStore"
    assert wish.versions.gateway_api is not None
    assert wish.versions.gateway_api.channel == "experimental"
    (cluster,) = wish.clusters
    assert (cluster.cluster_id, cluster.member, cluster.leaving, cluster.pod_cidr, cluster.gateway_nodes) == ("east", True, False, (), None)
    assert wish.namespaces[0][1:4] == (False, {}, None)
    (service,) = wish.services
    assert (service.type, service.session_affinity, service.ip_families, service.import_to) == ("ClusterIP", None, None, None)
    assert service.ports[0][:5] == ("", 80, "TCP", None, None)
    (eg,) = wish.gateway_classes
    assert (eg.create, eg.controller_name) == (True, "gateway.envoyproxy.io/gatewayclass-controller")
    assert eg.proxy is not None
    assert (eg.proxy.namespace, eg.proxy.spec) == ("eg", {})
    (gateway,) = wish.gateways
    assert (gateway.create, gateway.listeners, gateway.addresses) == (True, (), None)
    assert gateway.proxy is not None
    assert gateway.proxy.namespace == "edge", "a Gateway's EnvoyProxy stands in its own namespace"
    (route,) = wish.routes
    assert (route.kind, route.hostnames, route.deploy_to) == ("HTTPRoute", None, None)
    assert route.parent_refs[0].namespace == "edge"
    assert route.rules[0].backend_refs is None
    assert wish.manifests[0].stage is None


def test_what_is_left_out_of_the_set_is_empty() -> None:
    wish = decoded(ONE)
    assert wish.versions[:4] == (None, None, None, None)
    assert (wish.globalnet, wish.clusterset_ip, wish.broker, wish.secrets) == (None, None, None, None)
    assert (wish.services, wish.routes, wish.gateways, wish.overrides, wish.patches, wish.manifests, wish.namespaces) == ((),) * 7


@pytest.mark.parametrize(
    ("written", "selector"),
    [
        ("all", Selector(True, None, {}, (), (), FieldPath())),
        ("[west, east]", Selector(False, ("west", "east"), {}, (), (), FieldPath())),
        ("{names: [west], exclude: [east]}", Selector(False, ("west",), {}, (), ("east",), FieldPath())),
        ("{matchLabels: {region: eu}, x-a: 1}", Selector(False, None, {"region": "eu"}, (), (), FieldPath())),
    ],
    ids=["all", "list", "names", "labels"],
)
def test_a_selector_has_short_and_long_forms(written: str, selector: Selector) -> None:
    wish = decoded(ONE + f"  services: [{{name: api, namespace: shop, exportFrom: {written}}}]\n")
    assert wish.services[0].export_from == selector._replace(at=FieldPath(("spec", "services", 0, "exportFrom")))


@pytest.mark.parametrize("written", ["shop/api", "{namespace: shop, name: api}"])
def test_a_service_reference_has_a_short_and_a_long_form(written: str) -> None:
    wish = decoded(ONE + f"  routes: [{{name: a, namespace: b, rules: [{{backendRefs: [{{service: {written}, port: 80}}]}}]}}]\n")
    refs = wish.routes[0].rules[0].backend_refs
    assert refs is not None
    assert refs[0].service == ServiceRef("shop", "api", refs[0].at / "service")


@pytest.mark.parametrize(("written", "networks"), [("10.0.0.0/8", 1), ("[10.0.0.0/8]", 1), ('[10.0.0.0/8, "fd00::/64"]', 2)])
def test_networks_have_a_short_and_a_long_form(written: str, networks: int) -> None:
    (cluster,) = decoded(ONE.replace("east", f"east, podCIDR: {written}")).clusters
    assert len(cluster.pod_cidr) == networks
    assert cluster.pod_cidr[0] == "10.0.0.0/8"


def test_filters_know_their_backend() -> None:
    route = next(r for r in decoded(FULL).routes if r.namespace == "edge" and r.kind == "HTTPRoute")
    filters = route.rules[0].filters
    assert filters is not None
    mirror, raw, auth = filters
    assert mirror.backend_path == ("requestMirror", "backendRef")
    assert mirror.backend is not None
    assert mirror.backend.service is not None
    assert mirror.backend.service[:2] == ("shop", "auth")
    assert mirror.backend.at == FieldPath(("spec", "routes", 0, "rules", 0, "filters", 0, "requestMirror", "backendRef"))
    assert raw.backend is not None
    assert (raw.backend.kind, raw.backend.name, raw.backend.service) == ("Service", "mirror", None)
    assert auth.backend_path == ("externalAuth", "backendRef")
    refs = route.rules[0].backend_refs
    assert refs is not None
    assert refs[0].filters is not None
    assert (refs[0].filters[0].backend, refs[0].filters[0].backend_path) == (None, ())


def test_keyed_lists_are_in_the_order_of_their_keys_and_know_their_place() -> None:
    wish = decoded(FULL)
    assert [c.name for c in wish.clusters] == ["east", "hub", "north", "west"]
    assert [(r.kind, r.namespace, r.name) for r in wish.routes] == [
        ("HTTPRoute", "edge", "api"),
        ("HTTPRoute", "shop", "api"),
        ("TCPRoute", "edge", "api"),
    ]
    assert [c.at[-1] for c in wish.clusters] == [1, 0, 3, 2]
    assert [p.at for p in wish.services[0].ports] == [FieldPath(("spec", "services", 0, "ports", i)) for i in (0, 1)]


def reversed_lists(data: Any, keyed: tuple[str, ...]) -> Any:
    if isinstance(data, dict):
        return {k: [reversed_lists(i, keyed) for i in reversed(v)] if k in keyed else reversed_lists(v, keyed) for k, v in data.items()}
    return [reversed_lists(item, keyed) for item in data] if isinstance(data, list) else data


def placeless(value: Any) -> Any:
    if isinstance(value, FieldPath):
        return None
    return tuple(map(placeless, value)) if isinstance(value, tuple) else value


def test_the_order_of_keyed_lists_means_nothing() -> None:
    data = parse(FULL, "a").data
    top = [key for key, value in data["spec"].items() if isinstance(value, list) and key != "schemas"]
    turned = {**data, "spec": {key: list(reversed(value)) if key in top else value for key, value in data["spec"].items()}}
    for name, inner in (("services", ("ports", "exports")), ("gateways", ("listeners",))):
        turned["spec"][name] = [reversed_lists(item, inner) for item in turned["spec"][name]]
    assert turned != data
    assert placeless(decode(Document("a", "", turned))) == placeless(decode(Document("a", "", data)))


def test_own_keys_are_left_behind() -> None:
    wish = decoded(FULL)
    assert not [key for key in wish.submariner if key.startswith("x-")]
    assert wish.submariner["connectionHealthCheck"] == {"enabled": True, "intervalSeconds": 1, "maxPacketLossCount": 5}


def test_a_whole_number_is_an_int_however_it_is_written() -> None:
    (port,) = (
        decoded(ONE + "  services: [{name: a, namespace: b, exportFrom: all, ports: [{port: 80.0, targetPort: 8080.0}]}]\n")
        .services[0]
        .ports
    )
    assert (repr(port.port), repr(port.target_port)) == ("80", "8080")


@pytest.mark.parametrize(
    ("lists", "places"),
    [
        ("  clusters: [{name: a}, {name: b}, {name: a}, {name: a}]\n", ["spec.clusters[2]", "spec.clusters[3]"]),
        ("  namespaces: [{name: a}, {name: a}]\n", ["spec.namespaces[1]"]),
        (
            "  services: [{name: a, namespace: ns, exportFrom: all}, {name: a, namespace: other, exportFrom: all}, {name: a, namespace: ns, exportFrom: all}]\n",
            ["spec.services[2]"],
        ),
        (
            "  services: [{name: a, namespace: ns, exportFrom: all, exports: [{cluster: a}, {cluster: a}]}]\n",
            ["spec.services[0].exports[1]"],
        ),
        (
            "  services: [{name: a, namespace: ns, exportFrom: all, ports: [{name: a, port: 1}, {name: a, port: 2}]}]\n",
            ["spec.services[0].ports[1]"],
        ),
        ("  gatewayClasses: [{name: a}, {name: a}]\n", ["spec.gatewayClasses[1]"]),
        (
            "  gateways: [{name: a, namespace: ns, deployTo: all, gatewayClassName: a, listeners: "
            "[{name: a, port: 1, protocol: TCP}, {name: a, port: 2, protocol: TCP}]}]\n",
            ["spec.gateways[0].listeners[1]"],
        ),
        (
            "  routes: [{name: a, namespace: ns, rules: [{}]}, {kind: TCPRoute, name: a, namespace: ns, rules: [{}]}, "
            "{kind: HTTPRoute, name: a, namespace: ns, rules: [{}]}]\n",
            ["spec.routes[2]"],
        ),
        ("  overrides: [{name: a, applyTo: all, merge: {}}, {name: a, applyTo: all, merge: {}}]\n", ["spec.overrides[1]"]),
    ],
    ids=["clusters", "namespaces", "services", "exports", "ports", "gatewayClasses", "listeners", "routes", "overrides"],
)
@pytest.mark.parametrize("ruined", [False, True], ids=["alone", "beside-schema-errors"])
def test_a_key_twice_is_an_error_with_both_places(lists: str, places: list[str], ruined: bool) -> None:
    text = (HEAD + lists) if "  clusters" in lists else ONE + lists
    found = refused(text + ("  unknown: 1\n" if ruined else ""))
    assert [finding for finding in found if finding[0] == "KG209"] == [("KG209", place) for place in places]
    assert len(found) == len(places) + ruined


def test_both_places_of_a_repeated_key_are_told() -> None:
    with pytest.raises(Rejected) as caught:
        decoded(HEAD + "  clusters: [{name: a}, {name: b}, {name: a}]\n")
    (finding,) = caught.value.diagnostics
    assert finding.message == 'clusters has "a" twice'
    assert [related.at for related in finding.related] == [FieldPath(("spec", "clusters", 0))]


def test_several_ports_need_names() -> None:
    service = "  services: [{name: a, namespace: ns, exportFrom: all, ports: %s, exports: [{cluster: east, ports: %s}]}]\n"
    two = "[{port: 1}, {port: 2}, {name: c, port: 3}]"
    places = [f"spec.services[0].{ports}[{i}]" for ports in ("ports", "exports[0].ports") for i in (0, 1)]
    assert refused(ONE + service % (two, two)) == [("KG212", place) for place in places]
    assert decoded(ONE + service % ("[{port: 1}]", "[{port: 1}]")).services[0].ports[0].name == ""


@pytest.mark.parametrize(
    ("condition", "at"),
    [
        ("{key: a, operator: In}", ""),
        ("{key: a, operator: NotIn}", ""),
        ("{key: a, operator: Exists, values: [b]}", ".values"),
        ("{key: a, operator: DoesNotExist, values: [b]}", ".values"),
    ],
)
def test_values_go_with_the_operators_that_compare(condition: str, at: str) -> None:
    text = ONE + f"  services: [{{name: a, namespace: ns, exportFrom: {{matchExpressions: [{condition}]}}}}]\n"
    assert refused(text) == [("KG215", "spec.services[0].exportFrom.matchExpressions[0]" + at)]


@pytest.mark.parametrize("written", ["no", "on", "y", "12:30:45", "1_000", "2025-01-31", "Yes"])
def test_text_that_many_readers_see_otherwise_must_be_quoted(written: str) -> None:
    text = ONE + "  services:\n  - name: api\n    namespace: shop\n    exportFrom: all\n    annotations:\n      a: %s\n"
    assert refused(text % written) == [("KG213", "spec.services[0].annotations.a")]
    assert decoded(text % f'"{written}"').services[0].annotations == {"a": written}


def test_own_keys_may_hold_any_text() -> None:
    assert decoded(ONE + "  x-answer: no\n").name == "shop"


def test_one_place_is_not_told_twice() -> None:
    assert refused(ONE + "  connectivity: no\n") == [("KG203", "spec.connectivity")]


# ---- variants ------------------------------------------------------------------------------------------------------------------

BASE = parse(FULL, "base.yaml")
WISH = decode(BASE)
VARIANT = FieldPath(("east-host",))


def changed(data: Any, *path: Any, value: Any) -> Any:
    """The data with another value at `path`: what is not on the way there stays the same object."""
    copied = copy.copy(data)
    copied[path[0]] = changed(data[path[0]], *path[1:], value=value) if path[1:] else value
    return copied


def variant(data: Any) -> ClusterSet:
    return decode(Document("variant", "", data), (BASE, WISH), VARIANT)


def records(value: Any) -> dict[int, Any]:
    """Every record inside a value."""
    found: dict[int, Any] = {}
    todo = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, tuple) and not isinstance(part, FieldPath):
            if hasattr(part, "at"):
                found[id(part)] = part
            todo.extend(part)
    return found


def test_a_variant_without_a_change_is_the_base_all_through() -> None:
    same = variant({**BASE.data})
    assert [new for new in records(same) if new not in records(WISH)] == [id(same)]
    assert same._replace(at=WISH.at) == WISH


@pytest.mark.parametrize(
    ("path", "value", "fresh"),
    [
        (("versions", "submariner"), "0.23.0", ["spec", "spec.versions"]),
        (("versions", "gatewayAPI", "channel"), "standard", ["spec", "spec.versions", "spec.versions.gatewayAPI"]),
        (("submariner", "natEnabled"), False, ["spec"]),
        (("secrets", "store", "name"), "other", ["spec", "spec.secrets", "spec.secrets.store"]),
        (("gateways", 0, "listeners", 1, "hostname"), "*.east.example.com", ["spec", "spec.gateways[0]", "spec.gateways[0].listeners[1]"]),
        (("gateways", 0, "listeners"), [], ["spec", "spec.gateways[0]"]),
        (("gatewayClasses", 0, "proxy", "spec"), {}, ["spec", "spec.gatewayClasses[0]", "spec.gatewayClasses[0].proxy"]),
        (("routes", 1, "hostnames"), ["a.example.com"], ["spec", "spec.routes[1]"]),
        (("routes", 0, "rules", 0, "timeouts"), {}, ["spec", "spec.routes[0]", "spec.routes[0].rules[0]"]),
        (
            ("routes", 0, "rules", 0, "backendRefs", 0, "weight"),
            5,
            ["spec", "spec.routes[0]", "spec.routes[0].rules[0]", "spec.routes[0].rules[0].backendRefs[0]"],
        ),
        (("clusters", 2, "leaving"), False, ["spec", "spec.clusters[2]"]),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_only_what_a_variant_changes_is_new(path: tuple[str | int, ...], value: Any, fresh: list[str]) -> None:
    data = changed(BASE.data, "spec", *path, value=value)
    made = variant(data)
    known = records(WISH)
    new = [record for identity, record in records(made).items() if identity not in known]
    assert sorted(str(FieldPath(record.at[1:])) for record in new) == sorted(fresh)
    assert all(record.at[0] == "east-host" for record in new)
    # Apart from the places, a variant is what its data would be if it were a spec of its own.
    assert placeless(made) == placeless(decode(Document("own", "", data)))


def test_items_come_and_go_in_a_variant() -> None:
    listeners = BASE.data["spec"]["gateways"][0]["listeners"]
    third = {"name": "a-first", "port": 8080, "protocol": "HTTP"}
    for now in ([listeners[1]], [*listeners, third], [third, listeners[1], listeners[0]], [third]):
        data = changed(BASE.data, "spec", "gateways", 0, "listeners", value=now)
        made = variant(data)
        assert placeless(made) == placeless(decode(Document("own", "", data)))
        known = records(WISH)
        kept = [listener for listener in made.gateways[0].listeners if id(listener) in known]
        assert len(kept) == len([item for item in now if item is not third])


@pytest.mark.parametrize(
    ("path", "value", "code", "at"),
    [
        (("routes", 1, "hostnames"), "a.example.com", "KG203", "east-host.spec.routes[1].hostnames"),
        (("routes", 1, "nonsense"), 1, "KG201", "spec.routes[1].nonsense"),
        (("versions", "submariner"), None, "KG203", "east-host.spec.versions.submariner"),
        (("gateways", 0, "listeners", 0, "name"), "https", "KG209", "east-host.spec.gateways[0].listeners[1]"),
        (("clusters",), [], "KG207", "east-host.spec.clusters"),
        (("schemas",), [3], "KG203", "east-host.spec.schemas[0]"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_is_wrong_in_a_variant_is_found_there(path: tuple[str | int, ...], value: Any, code: str, at: str) -> None:
    with pytest.raises(Rejected) as caught:
        variant(changed(BASE.data, "spec", *path, value=value))
    (finding,) = caught.value.diagnostics
    assert finding.code == code
    # What stands at a key has the document's own path; the data here has no such key, so that its span is an ancestor's.
    assert str(finding.at if isinstance(finding.at, FieldPath) else FieldPath(path and ("spec", *path))) == at


def test_input_is_not_changed() -> None:
    before = copy.deepcopy(BASE.data)
    decode(BASE)
    variant(changed(BASE.data, "spec", "join", value="external"))
    assert BASE.data == before


def test_every_place_is_in_the_document() -> None:
    for record in records(WISH).values():
        assert record.at in BASE.spans or re.fullmatch(r"spec\.versions", str(record.at))
