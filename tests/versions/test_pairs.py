"""Every pair of supported versions builds the seed's shape; where versions differ in what they take, the bytes differ, and nowhere else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from kgen.pipeline import Request, build
from kgen.targets.stream import stream
from kgen.versions import ENVOY_GATEWAY, KUBERNETES, SUBMARINER

ROOT = Path(__file__).resolve().parents[2]
SEED = (ROOT / "examples/seed/clusterset.yaml").read_text(encoding="utf-8")
ROUTES = """\
    - {kind: GRPCRoute, name: grpc, namespace: default, parentRefs: [{name: eg}], rules: [{backendRefs: [{service: default/backend, port: 3000}]}]}
    - {kind: TLSRoute, name: tls, namespace: default, parentRefs: [{name: eg, sectionName: tls}], hostnames: [tls.example.com], rules: [{backendRefs: [{service: default/backend, port: 3000}]}]}
    - {kind: TCPRoute, name: tcp, namespace: default, parentRefs: [{name: eg, sectionName: tcp}], rules: [{backendRefs: [{service: default/backend, port: 3000}]}]}
    - {kind: UDPRoute, name: udp, namespace: default, parentRefs: [{name: eg, sectionName: udp}], rules: [{backendRefs: [{service: default/backend, port: 53}]}]}
"""
LISTENERS = (
    "listeners: [{name: http, protocol: HTTP, port: 80}, {name: tls, protocol: TLS, port: 443, tls: {mode: Passthrough}}, "
    "{name: tcp, protocol: TCP, port: 9000}, {name: udp, protocol: UDP, port: 9001}]"
)


def built(folder: Path, submariner: str, envoy: str, more: str = "", routes: bool = False) -> str:
    """The stream for the seed's shape at these versions."""
    text = SEED.replace("{submariner: 0.14.6, envoyGateway: 1.9.1}", f"{{submariner: {submariner}, envoyGateway: {envoy}{more}}}")
    if routes:
        text = text.replace("listeners: [{name: http, protocol: HTTP, port: 80}]", LISTENERS) + ROUTES
        text = text.replace("ports: [{name: http, port: 3000}]", "ports: [{name: http, port: 3000}, {name: dns, port: 53, protocol: UDP}]")
    spec = folder / "clusterset.yaml"
    spec.write_text(text, encoding="utf-8")
    result = build(Request(str(spec), unlocked="written"))
    assert result.ok, [(found.code, found.message) for found in result.diagnostics]
    return "".join(stream((name, result.placements(name)) for name in result.clusters))


@pytest.mark.parametrize("envoy", [release.schemas for release in ENVOY_GATEWAY.values()])
@pytest.mark.parametrize("minor", SUBMARINER)
def test_every_pair_builds_and_conforms(tmp_path: Path, minor: str, envoy: str) -> None:
    assert f"version: {minor}.0\n" in built(tmp_path, f"{minor}.0", envoy, routes=True).replace('"', "")


@pytest.mark.parametrize("kubernetes", KUBERNETES)
def test_every_kubernetes_builds_the_same(tmp_path: Path, kubernetes: str) -> None:
    assert built(tmp_path, "0.24.0", "1.9.1", f', kubernetes: "{kubernetes}"') == built(tmp_path, "0.24.0", "1.9.1")


SUBMARINER_DIFFERS = {
    "0.15": "imports are aggregated",
    "0.17": "haltOnCertificateError",
    "0.19": "the broker Secret is enough to join",
}
ENVOY_DIFFERS = {
    "1.6": "TLSRoute v1alpha3 (Gateway API 1.4)",
    "1.8": "TLSRoute v1 (Gateway API 1.5)",
    "1.9": "TCPRoute and UDPRoute v1 (Gateway API 1.6)",
}


@pytest.mark.parametrize(("older", "newer"), list(pairwise(SUBMARINER)))
def test_bytes_differ_where_submariner_does(tmp_path: Path, older: str, newer: str) -> None:
    before, after = (built(tmp_path, f"{minor}.0", "1.9.1").replace(f"{minor}.0", "VERSION") for minor in (older, newer))
    assert (before != after) == (newer in SUBMARINER_DIFFERS)


@pytest.mark.parametrize(("older", "newer"), list(pairwise(ENVOY_GATEWAY.values())), ids=lambda release: release.minor)
def test_bytes_differ_where_envoy_gateway_does(tmp_path: Path, older, newer) -> None:  # type: ignore[no-untyped-def]
    before, after = (built(tmp_path, "0.24.0", release.schemas, routes=True) for release in (older, newer))
    assert (before != after) == (newer.minor in ENVOY_DIFFERS)
