"""Scenario b: six clusters with networks of their own, a broker that is no member, two gateways, each with a name of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e import account, understood
from tests.e2e.cluster import OPERATOR_NAMESPACE
from tests.e2e.clusterset import RunningSet
from tests.e2e.test_globalnet import leave
from tests.e2e.traffic import Client, call
from tests.e2e.understood import Seen

APPS = {"apps-ap", "apps-eu", "apps-us"}


@pytest.mark.parametrize(("edge", "own"), [("edge-eu", "eu.example.com"), ("edge-us", "us.example.com")])
def test_each_edge_leads_to_all_regions(hub: RunningSet, edge: str, own: str) -> None:
    client = Client(hub.clusters[edge])
    assert set(client.count(60, "items.example.com", "/items/1")) == {(200, name) for name in APPS}
    assert client.get(own, "/items")[0] == 200
    other = {"eu.example.com": "us.example.com", "us.example.com": "eu.example.com"}[own]
    assert client.get(other, "/items")[0] == 404
    assert client.get("items.example.com", "/")[0] == 404


@pytest.mark.parametrize("edge", ["edge-eu", "edge-us"])
def test_grpc(hub: RunningSet, edge: str) -> None:
    assert call(hub.clusters[edge], "grpc.example.com", "/catalogue.Items/List") in {f"{name} /catalogue.Items/List" for name in APPS}


def test_an_exporter_leaves(hub: RunningSet) -> None:
    change = ("name: apps-ap, labels: {tier: apps,", "name: apps-ap, labels: {tier: spare,")
    leave(hub, change, APPS - {"apps-ap"}, "items.example.com", "/items/1")
    for edge in hub.envoys:
        client = Client(hub.clusters[edge])
        hub.lab.wait(f"all answer {edge} again", lambda client=client: len(client.count(20, "items.example.com", "/items/1")) == len(APPS))


def test_every_controller_understood(hub: RunningSet) -> None:
    def look() -> Iterator[Seen]:
        yield from understood.exports(hub)
        for name, plan in hub.plan.clusters.items():
            if plan.join is not None:
                yield from understood.join(hub.clusters[name], plan.join.spec)
            if plan.shared.gateways:
                yield from understood.gateways(hub.clusters[name], plan)
                yield from understood.envoy(hub, name)

    assert understood.unlike(hub, look) == ""
    assert len(list(look())) > 100


def test_no_globalnet_is_made(hub: RunningSet) -> None:
    for name in hub.members:
        assert hub.clusters[name].get("daemonsets", OPERATOR_NAMESPACE, "submariner-globalnet") is None


def test_the_dedicated_broker_serves_with_the_crds_that_kgen_gave_it(hub: RunningSet) -> None:
    asked = list(account.requests(hub.clusters["hub"]))
    assert {each.user for each in asked} == {f"cluster-{name}" for name in hub.members}
    assert [each for each in asked if not each.allowed] == []
    aggregated = hub.clusters["hub"].get("serviceimports", "submariner-k8s-broker", "items-catalogue") or {}
    assert {each["name"] for each in aggregated["spec"]["ports"]} == {"http", "grpc"}


def test_a_second_diff_is_empty(hub: RunningSet) -> None:
    assert hub.on_all(lambda name, _: hub.diff(name)) == dict.fromkeys(hub.clusters, "")
