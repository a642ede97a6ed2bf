"""What single checks say where one bad case is too little: versions that clusters do not share, overrides, and secrets in any place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgen.diagnostics import Span
from kgen.pipeline import Build, Request, build
from kgen.reports.text import render

SET = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}
spec:
  versions: {submariner: "SUBMARINER", envoyGateway: "ENVOY"}
  broker: {cluster: east, apiServer: "api.east.example.com:6443"}
  secrets: {provider: substitution}
  clusters:
    - {name: east, podCIDR: 10.10.0.0/16, serviceCIDR: 10.11.0.0/16}
    - {name: west, podCIDR: 10.20.0.0/16, serviceCIDR: 10.21.0.0/16}
    - {name: north, podCIDR: 10.30.0.0/16, serviceCIDR: 10.31.0.0/16}
"""
ROUTED = """\
  namespaces: [{name: shop, create: true}, {name: infra, create: true}]
  services:
    - {name: api, namespace: shop, ports: [{name: http, port: 8080}], exportFrom: [west, north]}
    - {name: one, namespace: shop, ports: [{name: http, port: 8080}], exportFrom: [west]}
  gatewayClasses: [{name: eg, proxy: {name: proxy, namespace: infra, spec: {}}}]
  gateways:
    - {name: eg, namespace: shop, deployTo: [east, west], gatewayClassName: eg, listeners: [{name: http, protocol: HTTP, port: 80}]}
  routes:
    - name: api
      namespace: shop
      parentRefs: [{name: eg}]
      rules:
        - backendRefs: [{service: shop/one, port: 8080}]
"""


def built(folder: Path, rest: str, submariner: str = "0.24.0", envoy: str = "1.9.1") -> Build:
    """What comes of the set with `rest` below it."""
    spec = folder / "clusterset.yaml"
    spec.write_text(SET.replace("SUBMARINER", submariner).replace("ENVOY", envoy) + rest, encoding="utf-8")
    return build(Request(str(spec), unlocked="written"))


def codes(found: Build) -> list[str]:
    return [one.code for one in found.diagnostics]


@pytest.mark.parametrize(
    ("version", "denied"),
    [("0.24", False), ("0.24.0", False), ("0.24.1-rc0", True), ("0.24.1", True), ("0.23", False), ("0.23.2", True), ("0.22.9", False)],
)
def test_a_version_of_any_form_is_compared(version: str, denied: bool, tmp_path: Path) -> None:
    service = "  services: [{name: api, namespace: kube-system, ports: [{port: 80}], exportFrom: [west]}]\n"
    assert codes(built(tmp_path, service, version)) == (["KG429"] if denied else ["KG411"] if version.count(".") == 1 else [])


@pytest.mark.parametrize(
    ("api_version", "kind", "refused"),
    [
        ("v1", "Node", True),
        ("v1", "Endpoints", True),
        ("discovery.k8s.io/v1", "EndpointSlice", True),
        ("multicluster.x-k8s.io/v1alpha1", "ServiceImport", True),
        ("example.com/v1", "Node", False),
        ("v1", "ConfigMap", False),
    ],
)
def test_only_the_group_s_own_kind_is_the_controllers(api_version: str, kind: str, refused: bool, tmp_path: Path) -> None:
    made = f"{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: a, namespace: default}}}}"
    found = built(tmp_path, f"  manifests: [{{name: a, deployTo: all, object: {made}}}]\n")
    assert ("KG333" in codes(found)) is refused


def test_clusters_are_told_together_only_where_they_lack_the_same(tmp_path: Path) -> None:
    rest = ROUTED.replace("protocol: HTTP, port: 80", "protocol: TLS, port: 443, tls: {mode: Passthrough}").replace(
        "    - name: api\n", "    - kind: TLSRoute\n      name: api\n"
    )
    rest += "      hostnames: [a.example.com]\n  overrides:\n"
    for name, version in (("east", "1.3.0"), ("west", "1.4.1")):
        rest += (
            f"    - {{name: {name}, applyTo: [{name}], merge: {{versions: {{gatewayAPI: {{version: {version}, channel: standard}}}}}}}}\n"
        )
    found = built(tmp_path, rest, envoy="1.6.2")
    assert [one.message for one in found.diagnostics] == [
        'Gateway API 1.3.0 (standard channel) of "east" serves no TLSRoute',
        'Gateway API 1.4.1 (standard channel) of "west" serves no TLSRoute',
        'Envoy Gateway 1.6.2 of "east", "west" does not notice a change of import shop/one of this TLSRoute',
    ]


BACKEND = "backendRefs: [{service: shop/one, port: 8080}]"
MIRROR = "filters: [{type: RequestMirror, requestMirror: {backendRef: {service: shop/one, port: 8080}}}]"
GRPC = ("    - name: api\n", "    - kind: GRPCRoute\n      name: api\n")


@pytest.mark.parametrize(
    ("envoy", "rule", "kind", "followed"),
    [
        *(
            (envoy, BACKEND, "HTTPRoute", followed)
            for envoy, followed in (("1.3.0", False), ("1.3.2", True), ("1.4", True), ("1.9.1", True))
        ),
        *((envoy, BACKEND, "GRPCRoute", False) for envoy in ("1.3.3", "1.9.1")),
        *(
            (envoy, MIRROR, "HTTPRoute", followed)
            for envoy, followed in (("1.2.8", True), ("1.3.0", False), ("1.3.2", True), ("1.9.1", True))
        ),
        *(
            (envoy, MIRROR, "GRPCRoute", followed)
            for envoy, followed in (("1.6.5", False), ("1.6.6-rc0", True), ("1.7.1", False), ("1.8", True))
        ),
        ("1.9.1", f"backendRefs: [{{service: shop/api, port: 8080, {MIRROR}}}]", "HTTPRoute", False),
    ],
)
def test_an_import_is_followed_by_what_refers_to_it(envoy: str, rule: str, kind: str, followed: bool, tmp_path: Path) -> None:
    """As in release-notes and internal/provider/kubernetes/indexers.go of envoyproxy/gateway; tests/e2e asks the real ones."""
    rest = ROUTED.replace(BACKEND, rule)
    found = built(tmp_path, rest.replace(*GRPC) if kind == "GRPCRoute" else rest, envoy=envoy)
    assert ("KG432" not in codes(found)) is followed


def test_imports_of_one_reference_are_told_together(tmp_path: Path) -> None:
    rest = (
        ROUTED.replace("exportFrom: [west]", "exportFrom: [west, north]")
        .replace(*GRPC)
        .replace("eg}]", "eg}]\n      hostnames: [a.example.com]")
    )
    found = [one.message for one in built(tmp_path, rest, submariner="0.14.6").diagnostics if one.code == "KG432"]
    assert found == [
        'Envoy Gateway 1.9.1 of "east", "west" does not notice a change of imports submariner-operator/one-shop-north, '
        "submariner-operator/one-shop-west of this GRPCRoute"
    ]


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwcm9iZSJ9.c2lnbmF0dXJlc2lnbmF0dXJl"
KEY = "-----BEGIN EC PRIVATE KEY-----"
PASSWORD = "hunter2hunter2"
PATCH = "  patches: [{name: p, applyTo: [west], expect: 1, target: {TARGET}, BODY}]\n"
MANIFEST = "  manifests: [{name: m, deployTo: all, object: {apiVersion: v1, metadata: {name: m, namespace: default}, BODY}}]\n"
JOIN = "kind: Secret, name: submariner-broker-secret"


def patch(target: str, body: str) -> str:
    return PATCH.replace("TARGET", target).replace("BODY", body)


def manifest(body: str) -> str:
    return MANIFEST.replace("BODY", body)


@pytest.mark.parametrize(
    ("rest", "secret"),
    [
        pytest.param(patch(JOIN, f"merge: {{stringData: {{token: {PASSWORD}}}}}"), PASSWORD, id="patched-secret"),
        pytest.param(patch("name: submariner-broker-secret", f"merge: {{stringData: {{token: {PASSWORD}}}}}"), PASSWORD, id="patch-of-any"),
        pytest.param(
            patch(JOIN, f"json6902: [{{op: replace, path: /stringData/token, value: {PASSWORD}}}]"), PASSWORD, id="operation-on-a-value"
        ),
        pytest.param(
            patch(JOIN, f"json6902: [{{op: add, path: /stringData, value: {{token: {PASSWORD}}}}}]"), PASSWORD, id="operation-on-all-values"
        ),
        pytest.param(manifest(f"kind: Secret, stringData: {{p: {PASSWORD}}}"), PASSWORD, id="secret"),
        pytest.param(manifest(f"kind: List, items: [{{kind: Secret, data: {{p: {PASSWORD}}}}}]"), PASSWORD, id="secret-in-a-list"),
        pytest.param(manifest(f"kind: ConfigMap, data: {{p: 'Bearer {JWT}'}}"), JWT, id="token-behind-a-word"),
        pytest.param(manifest(f"kind: ConfigMap, data: {{{JWT}: x}}"), JWT, id="token-as-a-key"),
        pytest.param(manifest(f"kind: ConfigMap, data: {{{JWT}: '{KEY}'}}"), JWT, id="private-key-under-a-token"),
        pytest.param(
            ROUTED.replace("gatewayClassName: eg,", f"gatewayClassName: eg, infrastructure: {{annotations: {{t: {JWT}}}}},"),
            JWT,
            id="infrastructure",
        ),
        pytest.param(
            ROUTED.replace(
                "        - backendRefs",
                "        - filters: [{type: RequestHeaderModifier, requestHeaderModifier: "
                f"{{set: [{{name: authorization, value: Bearer {JWT}}}]}}}}]\n          backendRefs",
            ),
            JWT,
            id="header-of-a-rule",
        ),
        pytest.param(
            ROUTED.replace(
                "port: 8080}]\n",
                "port: 8080, filters: [{type: RequestHeaderModifier, requestHeaderModifier: "
                f"{{set: [{{name: authorization, value: {JWT}}}]}}}}]}}]\n",
            ),
            JWT,
            id="header-of-a-backend",
        ),
    ],
)
def test_a_secret_is_found_in_any_place_and_printed_in_none(rest: str, secret: str, tmp_path: Path) -> None:
    found = built(tmp_path, rest)
    assert set(codes(found)) == {"KG331"}
    printed = render(found.diagnostics, found.texts)
    assert "secret-in-spec" in printed
    assert secret not in printed


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(manifest("kind: Secret, stringData: {p: '${PASSWORD}'}"), id="placeholder"),
        pytest.param(manifest("kind: ConfigMap, data: {p: plain, eyJ: eyJust.three.parts}"), id="plain-values"),
        pytest.param(patch(JOIN, "merge: {metadata: {labels: {data: plain}}}"), id="patched-metadata"),
    ],
)
def test_what_only_resembles_a_secret_is_none(rest: str, tmp_path: Path) -> None:
    assert "KG331" not in codes(built(tmp_path, rest))


MIRRORED = "filters: [{type: RequestMirror, requestMirror: {backendRef: {service: shop/api, port: 8080}}}]"


def override(merge: str) -> str:
    return f"  overrides: [{{name: o, applyTo: [east], merge: {merge}}}]\n"


@pytest.mark.parametrize(
    ("rest", "code", "place"),
    [
        pytest.param(
            ROUTED + override("{gatewayClasses: [{name: eg, proxy: {spec: {routingType: Endpoint}}}]}"),
            "KG428",
            "spec.overrides[0].merge.gatewayClasses[0].proxy.spec.routingType",
            id="overridden-routing",
        ),
        pytest.param(
            ROUTED + override(f"{{routes: [{{name: api, namespace: shop, rules: [{{{MIRRORED}}}]}}]}}"),
            "KG425",
            "spec.overrides[0].merge.routes[0].rules[0].filters[0].requestMirror.backendRef.service",
            id="overridden-mirror",
        ),
        pytest.param(
            ROUTED.replace("{service: shop/one, port: 8080}", f"{{service: shop/one, port: 8080, {MIRRORED}}}"),
            "KG425",
            "spec.routes[0].rules[0].backendRefs[0].filters[0].requestMirror.backendRef.service",
            id="mirror-of-a-backend",
        ),
        pytest.param(
            ROUTED.replace(", proxy: {name: proxy, namespace: infra, spec: {}}", ""), "KG427", "spec.gatewayClasses[0]", id="no-proxy"
        ),
        pytest.param(ROUTED.replace("{name: eg, proxy", "{name: eg, create: false, proxy"), "KG427", "spec.gatewayClasses[0]", id="made"),
        pytest.param(
            ROUTED.replace("gatewayClassName: eg,", "gatewayClassName: eg, create: false, proxy: {name: own, spec: {}},"),
            "KG427",
            "spec.gateways[0]",
            id="proxy-of-a-gateway-that-is-there",
        ),
        pytest.param(
            ROUTED.replace("gatewayClassName: eg,", "gatewayClassName: eg, proxy: {name: own, spec: {routingType: Endpoint}},"),
            "KG428",
            "spec.gateways[0].proxy.spec.routingType",
            id="proxy-of-the-gateway-wins",
        ),
    ],
)
def test_what_imports_before_0_15_cannot_do(rest: str, code: str, place: str, tmp_path: Path) -> None:
    found = built(tmp_path, rest, "0.14.6").diagnostics
    rest = [one for one in found if one.code != "KG432" and isinstance(one.at, Span)]
    assert [(one.code, str(one.at.path)) for one in rest] == [(code, place)]


@pytest.mark.parametrize(
    ("rest", "submariner"),
    [
        pytest.param(ROUTED, "0.14.6", id="as-it-should-be"),
        pytest.param(ROUTED.replace("gatewayClassName: eg,", "gatewayClassName: eg, create: false,"), "0.14.6", id="gateway-that-is-there"),
        pytest.param(ROUTED.replace("shop/one, port: 8080}]", f"shop/one, port: 8080}}]\n          {MIRRORED}"), "0.15.0", id="from-0.15"),
    ],
)
def test_what_imports_before_0_15_can_do(rest: str, submariner: str, tmp_path: Path) -> None:
    assert codes(built(tmp_path, rest, submariner)) in ([], ["KG424"])


def test_the_version_of_a_dedicated_broker_routes_nothing(tmp_path: Path) -> None:
    rest = "    - {name: hub, member: false, versions: {submariner: 0.14.6}}\n"
    rest += ROUTED.replace(", proxy: {name: proxy, namespace: infra, spec: {}}", "")
    spec = tmp_path / "clusterset.yaml"
    built(tmp_path, rest)
    spec.write_text(spec.read_text(encoding="utf-8").replace("cluster: east, api", "cluster: hub, api"), encoding="utf-8")
    assert codes(build(Request(str(spec), unlocked="written"))) == []
