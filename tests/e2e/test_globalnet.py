"""Scenario a: three clusters whose networks overlap, joined by Globalnet; requests in the first are answered by the two others."""

from __future__ import annotations

from collections import Counter

from tests.e2e.clusterset import RunningSet
from tests.e2e.traffic import Client, Meanwhile

HOST = "www.example.com"


def test_requests_are_spread_over_both_exporters(globalnet: RunningSet) -> None:
    client = Client(globalnet.clusters["cluster1"])
    answers = client.count(200, HOST)
    assert set(answers) == {(200, "cluster2"), (200, "cluster3")}
    assert min(answers.values()) > 60, "Envoy prefers neither"


def test_what_no_route_names_is_not_found(globalnet: RunningSet) -> None:
    assert Client(globalnet.clusters["cluster1"]).get("www.example.org") == (404, "")


def test_requests_avoid_an_exporter_whose_pod_is_not_ready(globalnet: RunningSet) -> None:
    client = Client(globalnet.clusters["cluster1"])
    try:
        globalnet.lead_packets("cluster3", ready=False)
        globalnet.lab.wait("the other answers alone", lambda: set(client.count(20, HOST)) == {(200, "cluster2")})
    finally:
        globalnet.lead_packets("cluster3")
    globalnet.lab.wait("both answer again", lambda: len(client.count(20, HOST)) == 2)


def test_an_exporter_leaves(globalnet: RunningSet) -> None:
    """The spec loses an exporter; rebuilt and applied, all goes to the other, and nobody who asks meanwhile is refused."""
    spec = globalnet.spec / "clusterset.yaml"
    before = spec.read_text(encoding="utf-8")
    spec.write_text(before.replace("exportFrom: [cluster2, cluster3]", "exportFrom: [cluster2]"), encoding="utf-8")
    client, envoy = Client(globalnet.clusters["cluster1"]), globalnet.envoys["cluster1"]
    with Meanwhile(Client(globalnet.clusters["cluster1"]), HOST) as meanwhile:
        globalnet.build()
        globalnet.deliver()
        globalnet.lab.wait(
            "Envoy has one exporter left", lambda: [len(hosts) for hosts in envoy.endpoints().values() if hosts].count(2) == 0
        )
        assert client.count(100, HOST) == Counter({(200, "cluster2"): 100})
    assert Counter(status for status, _ in meanwhile.answers).keys() == {200}

    spec.write_text(before, encoding="utf-8")
    globalnet.build()
    globalnet.deliver()
    globalnet.lead_packets("cluster3")
    globalnet.lab.wait("both answer again", lambda: len(client.count(20, HOST)) == 2)
