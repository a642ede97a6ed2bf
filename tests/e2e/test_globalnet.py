"""Scenario a: three clusters whose networks overlap, joined by Globalnet; requests in the first are answered by the two others."""

from __future__ import annotations

from contextlib import ExitStack

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
    leave(globalnet, ("[cluster2, cluster3]", "[cluster2]"), {"cluster2"}, HOST)
    globalnet.lead_packets("cluster3")  # its Service has another global address now
    client = Client(globalnet.clusters["cluster1"])
    globalnet.lab.wait("both answer again", lambda: len(client.count(20, HOST)) == 2)


def leave(running: RunningSet, change: tuple[str, str], left: set[str], host: str, path: str = "/get") -> None:
    """The spec loses an exporter; rebuilt and applied, all goes to those that are left, and nobody who asks meanwhile is refused. Then
    the spec is what it was.
    """
    spec, clients = running.spec / "clusterset.yaml", {name: Client(running.clusters[name]) for name in running.envoys}
    before = spec.read_text(encoding="utf-8")
    assert before.count(change[0]) == 1
    spec.write_text(before.replace(*change), encoding="utf-8")

    def told(edge: str) -> bool:
        found = [addresses for name, addresses in running.envoys[edge].endpoints().items() if "route/" in name]
        return {len(addresses) for addresses in found} == {len(left)}

    try:
        with ExitStack() as stack:
            meanwhile = [stack.enter_context(Meanwhile(client, host, path)) for client in clients.values()]
            running.build()
            running.deliver()
            for edge, client in clients.items():
                running.lab.wait(f"Envoy of {edge} has {len(left)} endpoints left", lambda edge=edge: told(edge))
                assert set(client.count(100, host, path)) == {(200, name) for name in left}
        assert {status for each in meanwhile for status, _ in each.answers} == {200}
    finally:
        spec.write_text(before, encoding="utf-8")
        running.build()
        running.deliver()
