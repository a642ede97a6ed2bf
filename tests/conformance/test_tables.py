"""The bundled kinds: what the API server adds to them, what it refuses, and where their tables are."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from kgen.conformance import Table, table
from kgen.conformance.table import _table
from kgen.diagnostics import FieldPath
from kgen.manifest import GroupVersionKind

Json = Any
ROOT = Path(__file__).resolve().parents[2]
INDEX = json.loads((ROOT / "schemas/index.json").read_text(encoding="utf-8"))
PRODUCTS = {
    "kubernetes": "1.35",
    "gateway-api/experimental": "1.6.1",
    "envoy-gateway": "1.9.1",
    "submariner": "0.24",
    "mcs-api": "0.4.1",
    "external-secrets": "1.3.2",
}
GATEWAY = "gateway.networking.k8s.io/v1"


def kind(api_version: str, name: str, products: dict[str, str] = PRODUCTS) -> Table:
    group, _, version = api_version.rpartition("/")
    found = table(GroupVersionKind(group, version, name), products)
    assert found is not None
    return found


def judged(api_version: str, name: str, **parts: Json) -> tuple[Json, list[tuple[str, str]]]:
    body = {"apiVersion": api_version, "kind": name, "metadata": {"name": "a", "namespace": "b"}, **parts}
    before = copy.deepcopy(body)
    found = kind(api_version, name).judge(body)
    assert body == before
    return found.body, [(str(each.path), each.keyword) for each in found.findings]


def added(before: Json, after: Json, at: str = "") -> dict[str, Json]:
    """What `after` has that `before` has not, by path."""
    if isinstance(before, dict) and isinstance(after, dict):
        assert before.keys() <= after.keys()
        found: dict[str, Json] = {}
        for key, value in after.items():
            here = f"{at}.{key}" if at else key
            found |= added(before[key], value, here) if key in before else {here: value}
        return found
    if isinstance(before, list) and isinstance(after, list):
        assert len(before) == len(after)
        return {
            path: value
            for number, pair in enumerate(zip(before, after, strict=True))
            for path, value in added(*pair, f"{at}[{number}]").items()
        }
    assert before == after
    return {}


GROUP_KIND = {"group": "gateway.networking.k8s.io", "kind": "Gateway"}
SERVICE = {"group": "", "kind": "Service"}


def parent(at: str = "parentRefs[0]") -> dict[str, str]:
    return {f"{at}.{key}": value for key, value in GROUP_KIND.items()}


def service(at: str, weight: bool = True) -> dict[str, Json]:
    return {**{f"{at}.{key}": value for key, value in SERVICE.items()}, **({f"{at}.weight": 1} if weight else {})}


# What an API server 1.36.3 added to the same objects.
DEFAULTS = [
    pytest.param(
        GATEWAY,
        "Gateway",
        {
            "gatewayClassName": "eg",
            "listeners": [
                {"name": "a", "port": 80, "protocol": "HTTP"},
                {
                    "name": "b",
                    "port": 443,
                    "protocol": "HTTPS",
                    "hostname": "b.example",
                    "tls": {"certificateRefs": [{"name": "c"}]},
                    "allowedRoutes": {"kinds": [{"kind": "HTTPRoute"}]},
                },
                {
                    "name": "c",
                    "port": 443,
                    "protocol": "HTTPS",
                    "hostname": "c.example",
                    "tls": {"certificateRefs": [{"name": "c"}]},
                    "allowedRoutes": {"namespaces": {"from": "All"}},
                },
            ],
            "addresses": [{"value": "1.2.3.4"}],
            "allowedListeners": {"namespaces": {}},
        },
        {
            "listeners[0].allowedRoutes": {"namespaces": {"from": "Same"}},
            "listeners[1].tls.certificateRefs[0].group": "",
            "listeners[1].tls.certificateRefs[0].kind": "Secret",
            "listeners[1].tls.mode": "Terminate",
            "listeners[1].allowedRoutes.kinds[0].group": "gateway.networking.k8s.io",
            "listeners[1].allowedRoutes.namespaces": {"from": "Same"},
            "listeners[2].tls.certificateRefs[0].group": "",
            "listeners[2].tls.certificateRefs[0].kind": "Secret",
            "listeners[2].tls.mode": "Terminate",
            "addresses[0].type": "IPAddress",
            "allowedListeners.namespaces.from": "None",
        },
        id="Gateway",
    ),
    pytest.param(
        GATEWAY,
        "HTTPRoute",
        {
            "parentRefs": [{"name": "eg"}],
            "rules": [
                {
                    "backendRefs": [
                        {"name": "a", "port": 80},
                        {"group": "multicluster.x-k8s.io", "kind": "ServiceImport", "name": "b", "port": 80},
                    ]
                }
            ],
        },
        {
            **parent(),
            "rules[0].matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
            **service("rules[0].backendRefs[0]"),
            "rules[0].backendRefs[1].weight": 1,
        },
        id="HTTPRoute",
    ),
    pytest.param(
        GATEWAY,
        "HTTPRoute",
        {
            "rules": [
                {
                    "matches": [
                        {"path": {"value": "/a"}},
                        {"path": {"type": "Exact"}},
                        {"headers": [{"name": "a", "value": "b"}], "queryParams": [{"name": "a", "value": "b"}]},
                    ],
                    "filters": [
                        {"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}},
                        {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "a", "port": 80}, "fraction": {"numerator": 1}}},
                        {"type": "CORS", "cors": {"allowOrigins": ["*"]}},
                    ],
                    "sessionPersistence": {"sessionName": "a"},
                }
            ]
        },
        {
            "rules[0].matches[0].path.type": "PathPrefix",
            "rules[0].matches[1].path.value": "/",
            "rules[0].matches[2].headers[0].type": "Exact",
            "rules[0].matches[2].queryParams[0].type": "Exact",
            "rules[0].matches[2].path": {"type": "PathPrefix", "value": "/"},
            "rules[0].filters[0].requestRedirect.statusCode": 302,
            **service("rules[0].filters[1].requestMirror.backendRef", weight=False),
            "rules[0].filters[1].requestMirror.fraction.denominator": 100,
            "rules[0].filters[2].cors.maxAge": 5,
            "rules[0].sessionPersistence.type": "Cookie",
        },
        id="HTTPRoute filters",
    ),
    pytest.param(
        GATEWAY,
        "GRPCRoute",
        {
            "parentRefs": [{"name": "eg"}],
            "rules": [
                {"backendRefs": [{"name": "a", "port": 80}]},
                {"matches": [{"method": {"service": "a"}, "headers": [{"name": "a", "value": "b"}]}]},
            ],
        },
        {
            **parent(),
            **service("rules[0].backendRefs[0]"),
            "rules[1].matches[0].method.type": "Exact",
            "rules[1].matches[0].headers[0].type": "Exact",
        },
        id="GRPCRoute, without default matches",
    ),
    *(
        pytest.param(
            GATEWAY,
            name,
            {
                "parentRefs": [{"name": "eg"}],
                **({"hostnames": ["a.example"]} if name == "TLSRoute" else {}),
                "rules": [{"backendRefs": [{"name": "a", "port": 80}]}],
            },
            {**parent(), **service("rules[0].backendRefs[0]")},
            id=name,
        )
        for name in ("TLSRoute", "TCPRoute", "UDPRoute")
    ),
    pytest.param(
        "gateway.envoyproxy.io/v1alpha1",
        "EnvoyProxy",
        {"provider": {"type": "Kubernetes", "kubernetes": {"envoyService": {}}}, "bootstrap": {"value": "a: b"}},
        {
            "provider.kubernetes.envoyService.type": "LoadBalancer",
            "provider.kubernetes.envoyService.externalTrafficPolicy": "Local",
            "bootstrap.type": "Replace",
            "logging": {"level": {"default": "warn"}},
        },
        id="EnvoyProxy",
    ),
    pytest.param(GATEWAY, "GatewayClass", {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"}, {}, id="GatewayClass"),
    pytest.param(
        "gateway.networking.k8s.io/v1beta1",
        "ReferenceGrant",
        {"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "a"}], "to": [{"group": "", "kind": "Service"}]},
        {},
        id="ReferenceGrant",
    ),
    pytest.param("multicluster.x-k8s.io/v1alpha1", "ServiceExport", {}, {}, id="ServiceExport"),
]


@pytest.mark.parametrize(("api_version", "name", "spec", "wanted"), DEFAULTS)
def test_what_the_api_server_adds(api_version: str, name: str, spec: Json, wanted: dict[str, Json]) -> None:
    body, findings = judged(api_version, name, spec=spec)
    assert findings == []
    assert added(spec, body["spec"]) == wanted
    assert body.keys() == {"apiVersion", "kind", "metadata", "spec"}


RBAC = "rbac.authorization.k8s.io"
BUILT_IN = [
    pytest.param("v1", "Secret", {"stringData": {"a": "b"}}, {"type": "Opaque"}, id="Secret"),
    pytest.param("v1", "Secret", {"type": "kubernetes.io/tls", "data": {"tls.crt": "", "tls.key": ""}}, {}, id="TLS Secret"),
    pytest.param(
        f"{RBAC}/v1",
        "RoleBinding",
        {"roleRef": {"kind": "Role", "name": "a"}, "subjects": [{"kind": "ServiceAccount", "name": "a"}, {"kind": "User", "name": "a"}]},
        {"roleRef.apiGroup": RBAC, "subjects[1].apiGroup": RBAC},
        id="RoleBinding",
    ),
    pytest.param(f"{RBAC}/v1", "RoleBinding", {"roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "a"}}, {}, id="RoleBinding with all"),
    pytest.param(f"{RBAC}/v1", "Role", {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}, {}, id="Role"),
    pytest.param("v1", "ServiceAccount", {}, {}, id="ServiceAccount"),
    pytest.param("v1", "Namespace", {}, {}, id="Namespace"),
    pytest.param(
        "v1", "LimitRange", {"spec": {"limits": [{"type": "Container", "default": {"cpu": "500m", "memory": 1000}}]}}, {}, id="LimitRange"
    ),
]


@pytest.mark.parametrize(("api_version", "name", "parts", "wanted"), BUILT_IN)
def test_built_in_kinds(api_version: str, name: str, parts: Json, wanted: dict[str, Json]) -> None:
    body, findings = judged(api_version, name, **parts)
    assert findings == []
    assert added(parts, {key: value for key, value in body.items() if key not in ("apiVersion", "kind", "metadata")}) == wanted


REFUSED = [
    pytest.param("v1", "Secret", {"data": {"a": "not base64"}}, [("data.a", "format")], id="data that is no base64"),
    pytest.param("v1", "Secret", {"data": {"a": "${SUBMARINER_BROKER_CA}"}}, [], id="a placeholder"),
    pytest.param(
        "v1",
        "LimitRange",
        {"spec": {"limits": [{"type": "a", "max": {"cpu": "much"}}]}},
        [("spec.limits[0].max.cpu", "format")],
        id="quantity",
    ),
    pytest.param("v1", "Service", {"spec": {"ports": [{"port": "80"}]}}, [("spec.ports[0].port", "type")], id="port"),
    pytest.param(
        "v1",
        "Service",
        {"spec": {"ports": [{"port": 80, "targetPort": None}], "prots": []}},
        [("spec.prots", "unknown")],
        id="null is absent",
    ),
    pytest.param("v1", "Namespace", {"spec": None}, [], id="a null spec"),
    pytest.param(f"{RBAC}/v1", "RoleBinding", {}, [("roleRef", "required")], id="roleRef"),
    pytest.param(
        f"{RBAC}/v1", "RoleBinding", {"roleRef": [], "subjects": [1]}, [("roleRef", "type"), ("subjects[0]", "type")], id="no roleRef"
    ),
    pytest.param(GATEWAY, "HTTPRoute", {"spec": {"hostnames": ["A"]}}, [("spec.hostnames[0]", "pattern")], id="hostname"),
    pytest.param(
        GATEWAY,
        "HTTPRoute",
        {"spec": {"rules": [{"matches": [{"path": {"type": "Prefix"}}]}]}},
        [("spec.rules[0].matches[0].path.type", "enum")],
        id="path type",
    ),
    pytest.param(
        GATEWAY,
        "Gateway",
        {
            "spec": {
                "gatewayClassName": "eg",
                "listeners": [{"name": "a", "port": 80, "protocol": "HTTP"}, {"name": "a", "port": 81, "protocol": "HTTP"}],
            }
        },
        [("spec.listeners[1]", "duplicate"), ("spec.listeners", "rule")],
        id="listener twice",
    ),
    pytest.param(
        GATEWAY, "Gateway", {"spec": {"gatewayClassName": "eg", "listeners": []}}, [("spec.listeners", "minItems")], id="no listeners"
    ),
    pytest.param("submariner.io/v1alpha1", "Submariner", {"spec": {"debug": "no"}}, None, id="Submariner"),
    pytest.param(
        "gateway.envoyproxy.io/v1alpha1",
        "EnvoyProxy",
        {
            "spec": {
                "provider": {"type": "Kubernetes", "kubernetes": {"envoyDeployment": {"pod": {"affinity": {"nodeAffinity": {"a": 1}}}}}}
            }
        },
        [("spec.provider.kubernetes.envoyDeployment.pod.affinity.nodeAffinity.a", "unknown")],
        id="deep in an EnvoyProxy",
    ),
    pytest.param(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        {
            "metadata": {"name": "as.a.example"},
            "spec": {
                "group": "a.example",
                "scope": "Cluster",
                "names": {"kind": "A", "plural": "as"},
                "versions": [
                    {
                        "name": "v1",
                        "served": True,
                        "storage": True,
                        "schema": {
                            "openAPIV3Schema": {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"typ": 1}}}}}
                        },
                    }
                ],
            },
        },
        [
            ("spec.versions[0].schema.openAPIV3Schema.properties.a.properties.b.typ", "unknown"),
            ("spec.versions[0].schema.openAPIV3Schema.properties.a.properties.b", "rule"),
        ],
        id="a schema that refers to itself",
    ),
]


@pytest.mark.parametrize(("api_version", "name", "parts", "wanted"), REFUSED)
def test_refused(api_version: str, name: str, parts: Json, wanted: list[tuple[str, str]] | None) -> None:
    findings = judged(api_version, name, **parts)[1]
    assert findings == wanted if wanted is not None else len(findings) > 5


def test_another_kind_or_version_is_refused() -> None:
    found = kind(GATEWAY, "HTTPRoute").judge({"apiVersion": "gateway.networking.k8s.io/v2", "kind": "HttpRoute", "metadata": {"name": "a"}})
    assert [(str(each.path), each.message) for each in found.findings] == [
        ("apiVersion", 'must be "gateway.networking.k8s.io/v1"'),
        ("kind", 'must be "HTTPRoute"'),
        ("spec", '"spec" is required'),
    ]


@pytest.mark.parametrize("body", [None, [], "", 1, {}, {"kind": []}, {"apiVersion": {}, "kind": "HTTPRoute"}, {1: 2}], ids=repr)
@pytest.mark.parametrize(("api_version", "name"), [(GATEWAY, "HTTPRoute"), ("v1", "Secret"), (f"{RBAC}/v1", "RoleBinding")])
def test_what_is_no_object_is_refused(api_version: str, name: str, body: Json) -> None:
    assert kind(api_version, name).judge(body).findings


def test_lookup() -> None:
    assert table(GroupVersionKind("example.com", "v1", "Thing"), PRODUCTS) is None
    assert table(GroupVersionKind("", "v1", "Secret"), {"kubernetes": "1.0"}) is None
    assert table(GroupVersionKind("", "v1", "Secret"), {}) is None
    assert kind("v1", "Secret").namespaced
    assert not kind("v1", "Namespace").namespaced
    assert kind(GATEWAY, "HTTPRoute") is kind(GATEWAY, "HTTPRoute")
    assert repr(kind(GATEWAY, "HTTPRoute")) == "Table(gateway.networking.k8s.io/v1 HTTPRoute)"


@pytest.mark.parametrize(
    ("api_version", "name", "path", "wanted"),
    [
        (GATEWAY, "Gateway", ("spec", "listeners"), ("name",)),
        (GATEWAY, "Gateway", ("spec", "listeners", 0, "tls", "certificateRefs"), None),
        (GATEWAY, "HTTPRoute", ("spec", "rules"), None),
        ("v1", "Pod", ("spec", "containers"), ("name",)),
        ("v1", "Pod", ("spec", "containers", 3, "ports"), ("containerPort", "protocol")),
        ("apps/v1", "Deployment", ("spec", "template", "spec", "containers"), ("name",)),
        ("v1", "Pod", ("spec", "nothing"), None),
    ],
)
def test_keys_of_lists(api_version: str, name: str, path: tuple[str | int, ...], wanted: tuple[str, ...] | None) -> None:
    assert kind(api_version, name).list_keys(FieldPath(path)) == wanted


CASES = [(product, version) for product, versions in INDEX.items() for version in versions]


@pytest.mark.parametrize(("product", "version"), CASES, ids=[f"{product} {version}" for product, version in CASES])
def test_every_kind_of_the_index_has_a_table_that_judges(product: str, version: str) -> None:
    for each in INDEX[product][version]:
        gvk = GroupVersionKind(each["group"], each["version"], each["kind"])
        found = table(gvk, {product: version})
        assert found is not None
        body = {"apiVersion": gvk.api_version, "kind": gvk.kind, "metadata": {"name": "a"}, "unheard-of": 1}
        findings = found.judge(body).findings
        assert ("unheard-of", "unknown") in [(str(finding.path), finding.keyword) for finding in findings]
        # The schema alone decides what is clean: the generated code says no more and no less.
        clean = {key: value for key, value in body.items() if key != "unheard-of"}
        slow = found._walked(clean)
        assert found.judge(clean).findings == slow.findings


def test_tables_are_made_from_the_schemas_that_are_here() -> None:
    import sys

    sys.path.insert(0, str(ROOT))
    try:
        from hatch_build import DIGEST, OBJECTS, digest
    finally:
        sys.path.remove(str(ROOT))
    if not (ROOT / OBJECTS / DIGEST).is_file():
        pytest.fail("the tables are missing: run python hatch_build.py")
    assert (ROOT / OBJECTS / DIGEST).read_text(encoding="utf-8") == digest(ROOT), "the tables are stale: run python hatch_build.py"


def test_tables_are_shared() -> None:
    newer, older = ({**PRODUCTS, "submariner": version} for version in ("0.24", "0.23"))
    api_version = "submariner.io/v1alpha1"
    assert kind(api_version, "ServiceDiscovery", newer) is kind(api_version, "ServiceDiscovery", older)
    # Rules of Kubernetes' own kinds are of its minor.
    newer, older = ({**PRODUCTS, "kubernetes": version} for version in ("1.36", "1.35"))
    assert kind("v1", "Service", newer) is not kind("v1", "Service", older)
    assert _table.cache_info().currsize < 800
