"""Part 3, the broker's side: members ask with their own tokens, the Role that kgen wrote is enough for them, and what it has too much is told."""

from __future__ import annotations

from typing import Final

from tests.e2e import account
from tests.e2e.account import Right
from tests.e2e.clusterset import RunningSet

ROLE: Final = "submariner-k8s-broker-cluster"
SLICES: Final = ("discovery.k8s.io", "endpointslices")
IMPORTS: Final = ("multicluster.x-k8s.io", "serviceimports")

# Who needs a right that nobody asked for in these scenarios.
GATEWAY: Final = "the gateway, which cannot be built: it keeps its Cluster and Endpoint on the broker"
FALLBACK: Final = "a client whose server does not stream lists (WatchList, before Kubernetes 1.34) lists before it watches"
UNUSED: Final = {
    **{
        Right("submariner.io", resource, verb): GATEWAY
        for resource in ("clusters", "endpoints")
        for verb in ("create", "get", "list", "watch", "patch", "update", "delete")
    },
    **{Right("submariner.io", "brokers", verb): "subctl" for verb in ("get", "list")},
    **{Right("", "serviceaccounts", verb): "subctl" for verb in ("get", "list")},
    Right("", "secrets", "list"): FALLBACK,
    Right(*SLICES, "list"): FALLBACK + "; and the agent when it is uninstalled",
    Right(*IMPORTS, "patch"): "nobody in 0.24.0; Submariner's own Role has it",
    Right(*SLICES, "patch"): "nobody in 0.24.0; Submariner's own Role has it",
    **{
        Right(
            "discovery.k8s.io", "endpointslices/restricted", verb
        ): "only where OwnerReferencesPermissionEnforcement or OpenShift asks for it"
        for verb in ("create", "get", "list", "watch", "patch", "update", "delete")
    },
    **{
        Right("multicluster.x-k8s.io", "serviceimports/status", verb): "nobody in 0.24.0; Submariner's own Role has it"
        for verb in ("create", "get", "list", "watch", "patch", "delete")
    },
}


def test_the_role_is_enough_and_what_is_unused_is_known(globalnet: RunningSet) -> None:
    """By now services were exported, imported, and taken back (in the tests before, which all run in this set)."""
    broker = globalnet.clusters["cluster1"]
    asked = list(account.requests(broker))
    assert {each.user for each in asked} == {"cluster-cluster1", "cluster-cluster2", "cluster-cluster3"}
    assert [each for each in asked if not each.allowed] == []
    assert {each.namespace for each in asked} == {"submariner-k8s-broker"}
    unused = account.granted(broker, ROLE) - {each.right for each in asked}
    assert unused - set(UNUSED) == set(), "a verb that nobody needs"
    assert unused == set(UNUSED), "a verb that somebody needs after all"
