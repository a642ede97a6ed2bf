"""Scenario d: the walk-through of old, Submariner 0.14.6, whose controllers cannot be had: what they would make is made by the test."""

from __future__ import annotations

import pytest

from tests.e2e import legacy, understood
from tests.e2e.clusterset import RunningSet
from tests.e2e.traffic import Client


@pytest.fixture
def walked(seed: RunningSet) -> RunningSet:
    """The set, with the import that Lighthouse 0.14.6 makes of cluster2's export."""
    legacy.export(seed, "cluster2", "backend", "default")
    return seed


def test_curl_answers_200(walked: RunningSet) -> None:
    client = Client(walked.clusters["cluster1"])
    walked.lab.wait("the import has come to Envoy", lambda: client.get("www.example.com")[0] == 200, 30)
    assert set(client.count(50, "www.example.com")) == {(200, "cluster2")}
    assert client.get("www.example.org")[0] == 404


def test_envoy_gateway_understood(walked: RunningSet) -> None:
    assert understood.unlike(walked, lambda: understood.gateways(walked.clusters["cluster1"], walked.plan.clusters["cluster1"])) == ""


def test_requests_go_to_the_address_of_the_import(walked: RunningSet) -> None:
    [imported] = walked.clusters["cluster1"].all("serviceimports", "submariner-operator")
    assert walked.envoys["cluster1"].addresses("httproute") == {f"{imported['spec']['ips'][0]}:3000"}


def test_a_second_diff_is_empty(walked: RunningSet) -> None:
    assert walked.on_all(lambda name, _: walked.diff(name)) == {"cluster1": "", "cluster2": ""}
