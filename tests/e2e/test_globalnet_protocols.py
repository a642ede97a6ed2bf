"""Scenario e: what else a Gateway does, for services of other clusters: TLS, gRPC, lines over TCP, copies of requests, weights."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.e2e import understood
from tests.e2e.clusterset import ROOT, RunningSet
from tests.e2e.conftest import Sets
from tests.e2e.following import followed, look_again
from tests.e2e.lab import Failed
from tests.e2e.traffic import Client, call

OVERLAY: Final = Path(__file__).parent / "specs/protocols.yaml"
REQUESTS: Final = 5000
CHI_SQUARE: Final = 23.9  # one degree of freedom: by chance it is above once in a million times


@pytest.fixture(scope="module")
def protocols(sets: Sets) -> Iterator[RunningSet]:
    """The set of scenario a, with the overlay, which goes again after these tests."""
    running = sets.get("globalnet", lambda lab: RunningSet(lab, ROOT / "examples/globalnet"))
    try:
        running.build(OVERLAY)
        running.apply("cluster1", "00-namespaces")
        certificate(running)
        running.deliver()
        running.start_backends()
        cluster, plan = running.clusters["cluster1"], running.plan.clusters["cluster1"]
        for each in plan.shared.grants:
            if each.to_kind == "ServiceImport":
                running.lab.wait(f"{each.to_name} is imported", lambda each=each: understood.ready(cluster, each.namespace, each.to_name))
        wanted = {f"/{route.namespace}/{route.name}/" for route in plan.shared.routes}

        def led() -> bool:
            found = [name for name, addresses in running.envoys["cluster1"].endpoints().items() if addresses]
            return all(any(part in name for name in found) for part in wanted)

        for last in (False, False, True):
            look_again(running)
            try:
                running.lab.wait("Envoy has endpoints for every route", led, 60 if last else 20)
                break
            except Failed:
                if last:
                    raise
        yield running
    finally:
        running.build()
        running.deliver()


def certificate(running: RunningSet) -> None:
    """The Secret that the listener refers to, which somebody else owns."""
    certificate, key = running.authority.server("www", ("www.example.com",))
    data = {"tls.crt": certificate, "tls.key": key}
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": "www", "namespace": "certs"},
        "data": {name: base64.b64encode(path.read_bytes()).decode() for name, path in data.items()},
    }
    running.clusters["cluster1"].create("secrets", body)


def trusting(running: RunningSet) -> ssl.SSLContext:
    """A client that trusts who signed the certificates of this set, and nobody else."""
    return ssl.create_default_context(cafile=str(running.authority.certificate))


def test_everything_was_understood(protocols: RunningSet) -> None:
    cluster, plan = protocols.clusters["cluster1"], protocols.plan.clusters["cluster1"]
    assert {route.kind for route in plan.shared.routes} == {"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"}
    assert understood.unlike(protocols, lambda: understood.exports(protocols)) == ""
    assert understood.unlike(protocols, lambda: understood.gateways(cluster, plan)) == ""
    assert understood.unlike(protocols, lambda: understood.envoy(protocols, "cluster1")) == ""


def test_https_by_a_certificate_of_another_namespace(protocols: RunningSet) -> None:
    client = Client(protocols.clusters["cluster1"], 443, trusting(protocols), "www.example.com")
    assert client.get("www.example.com") in {(200, "cluster2"), (200, "cluster3")}


def test_grpc(protocols: RunningSet) -> None:
    prices = ("prices.example.com", "/shop.Prices/Get")
    # Envoy may have an endpoint before the route to it.
    protocols.lab.wait("the call is answered", lambda: call(protocols.clusters["cluster1"], *prices) == "cluster2 /shop.Prices/Get")
    assert call(protocols.clusters["cluster1"], "other.example.com", "/shop.Prices/Get") == "UNIMPLEMENTED"


def test_tls_is_handed_through(protocols: RunningSet) -> None:
    client = Client(protocols.clusters["cluster1"], 8443, trusting(protocols), "tls.example.com")
    assert client.get("tls.example.com") == (200, "cluster2")
    with client.connected() as connection:
        certificate = connection.getpeercert()  # type: ignore[attr-defined]
    assert certificate["subjectAltName"] == (("DNS", "tls.example.com"),), "it is the backend's own"


def test_lines_over_tcp(protocols: RunningSet) -> None:
    assert Client(protocols.clusters["cluster1"], 9000).line("hello") == "cluster3 hello"


def test_each_request_is_copied(protocols: RunningSet) -> None:
    audit = protocols.backends["cluster3", "shop/audit"].program
    before = audit.text().count("/copied")
    assert set(Client(protocols.clusters["cluster1"]).count(30, "copied.example.com", "/copied")) == {(200, "cluster2")}
    protocols.lab.wait("the copies have come", lambda: audit.text().count("/copied") == before + 30)


def test_what_kgen_warns_of_is_not_followed(protocols: RunningSet) -> None:
    warned = [each.message.rpartition(" import ")[2] for each in protocols.told if each.slug == "import-not-followed"]
    assert warned == ["shop/prices of this GRPCRoute", "shop/vault of this TLSRoute", "shop/queue of this TCPRoute"]
    assert not followed(protocols, "cluster3", "shop/queue", "cluster1", "tcproute/edge/queue")
    assert not followed(protocols, "cluster2", "shop/prices", "cluster1", "grpcroute/edge/prices")
    assert not followed(protocols, "cluster2", "shop/vault", "cluster1", "tlsroute/edge/vault")
    assert followed(protocols, "cluster3", "shop/canary", "cluster1", "httproute/edge/canary")
    assert followed(protocols, "cluster3", "shop/audit", "cluster1", "httproute/edge/copied")


def test_weights(protocols: RunningSet) -> None:
    answers = Client(protocols.clusters["cluster1"]).count(REQUESTS, "canary.example.com")
    expected = {(200, "cluster2"): REQUESTS * 0.9, (200, "cluster3"): REQUESTS * 0.1}
    assert set(answers) == set(expected)
    assert sum((answers[each] - count) ** 2 / count for each, count in expected.items()) < CHI_SQUARE
