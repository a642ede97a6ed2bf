"""Part 3, in scenario a's set: what each controller understood is what kgen planned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.agreement.worlds import crds_of
from tests.e2e import understood
from tests.e2e.cluster import OPERATOR_NAMESPACE
from tests.e2e.clusterset import RunningSet

EVERY_FIELD: Final = Path(__file__).parent / "specs/every-field.yaml"
# What only a set that joins in the old way has (before 0.19), or a cluster that is not to be joined: never written beside brokerK8sSecret.
NOT_WITH_SECRETS: Final = {"brokerK8sApiServerToken", "brokerK8sCA", "ceIPSecPSK"}
# Left out of the overlay: only libreswan has it, which the overlay's driver is not, and a second cluster has to have the rest.
ELSEWHERE: Final = {"ceIPSecPreferredServer"}


@pytest.mark.parametrize("name", ["cluster1", "cluster2", "cluster3"])
def test_the_operator_understood_the_join(globalnet: RunningSet, name: str) -> None:
    join = globalnet.plan.clusters[name].join
    assert join is not None
    assert understood.unlike(globalnet, lambda: understood.join(globalnet.clusters[name], join.spec)) == ""


@contextmanager
def every_field(running: RunningSet) -> Iterator[None]:
    """The set has the overlay while the block runs; what it needs of the lock goes with it."""
    lock = running.spec / "clusterset.lock.yaml"
    before = lock.read_text(encoding="utf-8")
    running.build(EVERY_FIELD)
    try:
        running.apply("cluster3", "20-submariner")
        yield
    finally:
        lock.write_text(before, encoding="utf-8")
        running.build()
        running.apply("cluster3", "20-submariner")


def test_the_operator_understands_every_field(globalnet: RunningSet) -> None:
    cluster = globalnet.clusters["cluster3"]
    core = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "coredns-custom", "namespace": "kube-system"}, "data": {}}
    cluster.create("configmaps", core)
    with every_field(globalnet):
        join = globalnet.plan.clusters["cluster3"].join
        assert join is not None
        [crd] = [each for each in crds_of("submariner", "0.24") if each["spec"]["names"]["kind"] == "Submariner"]
        properties = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        assert set(join.spec) == set(properties) - NOT_WITH_SECRETS - ELSEWHERE
        assert set(understood.FIELDS) == set(properties) - NOT_WITH_SECRETS
        assert understood.unlike(globalnet, lambda: understood.join(cluster, join.spec)) == ""
    back = globalnet.plan.clusters["cluster3"].join
    assert back is not None
    assert understood.unlike(globalnet, lambda: understood.join(cluster, back.spec)) == ""


def test_lighthouse_understood_the_exports(globalnet: RunningSet) -> None:
    exports = [(name, each) for name, plan in globalnet.plan.clusters.items() for each in plan.shared.exports]
    assert len(exports) == 2
    assert understood.unlike(globalnet, lambda: understood.exports(globalnet)) == ""


def test_globalnet_gave_addresses_of_the_planned_block(globalnet: RunningSet) -> None:
    slices = understood.imported_slices(globalnet.clusters["cluster1"], "shop", "api")
    assert {name: [each["endpoints"][0]["addresses"] for each in found] for name, found in slices.items()} == {
        name: [[globalnet.clusters[name].get("globalingressips", "shop", "api")["status"]["allocatedIP"]]]
        for name in ("cluster2", "cluster3")
    }


def test_envoy_gateway_understood_gateways_and_routes(globalnet: RunningSet) -> None:
    assert (
        understood.unlike(globalnet, lambda: understood.gateways(globalnet.clusters["cluster1"], globalnet.plan.clusters["cluster1"])) == ""
    )


def test_envoy_has_what_was_planned(globalnet: RunningSet) -> None:
    assert understood.unlike(globalnet, lambda: understood.envoy(globalnet, "cluster1")) == ""


def test_the_operator_made_what_it_makes_and_no_more(globalnet: RunningSet) -> None:
    made = {each["metadata"]["name"] for each in globalnet.clusters["cluster2"].all("daemonsets", OPERATOR_NAMESPACE)}
    assert made == {"submariner-gateway", "submariner-routeagent", "submariner-globalnet", "submariner-metrics-proxy"}
