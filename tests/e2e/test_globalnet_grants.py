"""Scenario c: the route and the service are in different namespaces, and it is the derived grant that lets requests through."""

from __future__ import annotations

from tests.e2e.clusterset import RunningSet
from tests.e2e.traffic import Client

GRANT = "httproute.edge.serviceimport.api"


def resolved(running: RunningSet) -> tuple[str, str]:
    """Status and reason of the route's condition ResolvedRefs."""
    route = running.clusters["cluster1"].get("httproutes", "edge", "api") or {}
    [found] = [each for each in route["status"]["parents"][0]["conditions"] if each["type"] == "ResolvedRefs"]
    return found["status"], found["reason"]


def test_without_its_grant_a_route_is_refused(globalnet: RunningSet) -> None:
    check(globalnet)


def check(globalnet: RunningSet) -> None:
    """200 with the grant that kgen derived, 500 and RefNotPermitted without it, and 200 again."""
    cluster, client = globalnet.clusters["cluster1"], Client(globalnet.clusters["cluster1"])
    [planned] = globalnet.plan.clusters["cluster1"].shared.grants
    assert (planned.namespace, planned.from_namespace) == ("shop", "edge")
    assert client.get("www.example.com")[0] == 200
    assert resolved(globalnet) == ("True", "ResolvedRefs")

    cluster.kubectl("delete", "referencegrant", "--namespace=shop", GRANT)
    globalnet.lab.wait("the route is refused", lambda: resolved(globalnet) == ("False", "RefNotPermitted"))
    globalnet.lab.wait("Envoy refuses", lambda: client.get("www.example.com")[0] == 500)

    globalnet.apply("cluster1", "40-gateways")
    globalnet.lab.wait("the route is permitted", lambda: resolved(globalnet) == ("True", "ResolvedRefs"))
    globalnet.lab.wait("Envoy leads on", lambda: client.get("www.example.com")[0] == 200)
