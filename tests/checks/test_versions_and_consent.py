"""What single checks say where one bad case is too little: versions that clusters do not share, overrides, and secrets in any place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgen.pipeline import Build, Request, build

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
    assert codes(built(tmp_path, service, version)) == (["KG429"] if denied else [])


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
    ]
