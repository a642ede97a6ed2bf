"""Blocks are Submariner's own: its allocation, stated here as its code walks, gives the same for any set of taken blocks."""

from __future__ import annotations

import random
from ipaddress import IPv4Network, ip_network

import pytest

from kgen import source
from kgen.clusterset.addresses import network
from kgen.clusterset.decode import decode
from kgen.diagnostics import ROOT, Diagnostic
from kgen.plan.addressing import Addresses, Unlocked, _free, allocate
from kgen.plan.lock import EMPTY, Entry, Lock, lock_text, read_lock

SPEC = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {{name: set}}
spec:
  versions: {{submariner: 0.24.0}}
  {more}
  broker: {{cluster: a, apiServer: "api.example.com:6443"}}
  clusters: [{clusters}]
"""


def allocated(
    clusters: str, lock: Lock = EMPTY, more: str = "globalnet: {}", unlocked: Unlocked = "warning"
) -> tuple[Addresses, list[Diagnostic]]:
    found: list[Diagnostic] = []
    wish = decode(source.parse(SPEC.format(more=more, clusters=clusters), "clusterset.yaml"))
    return allocate(wish, lock, unlocked, found), found


def blocks(addresses: Addresses) -> dict[str, str]:
    return {key: str(value) for key, value in addresses.globalnet.items()}


def entries(**cidrs: str) -> Lock:
    return Lock({key: Entry(network(cidr.removesuffix("!")), cidr.endswith("!"), ROOT) for key, cidr in cidrs.items()}, {})


def upstream(whole: IPv4Network, prefix: int, taken: list[IPv4Network]) -> IPv4Network | None:
    """submariner-operator's walk (pkg/cidr/cidr.go): candidates one after the other, each standing for the aligned block around it."""
    step = 1 << (32 - prefix)
    candidate = int(whole.network_address)
    while True:
        first = candidate & -step
        last = first + step - 1
        if candidate > int(whole.broadcast_address) or last > int(whole.broadcast_address):
            return None
        holder = next((net for net in taken if int(net.network_address) <= candidate <= int(net.broadcast_address)), None)
        if holder is not None:
            candidate = int(holder.broadcast_address) + 1
        elif any(first <= int(net.network_address) <= last for net in taken):
            candidate = last + 1
        else:
            return IPv4Network((first, prefix))


def test_lowest_free_block_is_what_submariner_takes() -> None:
    dice = random.Random(20)
    whole = IPv4Network("242.0.0.0/16")
    for _ in range(2000):
        prefix = dice.randint(18, 24)
        taken: list[IPv4Network] = []
        for _ in range(dice.randint(0, 12)):
            size = dice.randint(17, 24)
            candidates = list(whole.subnets(new_prefix=size))
            block = dice.choice(candidates)
            if not any(block.overlaps(other) for other in taken):
                taken.append(block)
        intervals = sorted((int(net.network_address), int(net.broadcast_address)) for net in taken)
        ours = next(iter(_free(whole, prefix, intervals, 1)), None)
        assert ours == upstream(whole, prefix, taken), (prefix, taken)


@pytest.mark.parametrize(
    ("clusters", "lock", "expected"),
    [
        ("{name: b}, {name: a}, {name: c}", EMPTY, {"a": "242.0.0.0/16", "b": "242.1.0.0/16", "c": "242.2.0.0/16"}),
        ("{name: a, clusterID: z}, {name: b}", EMPTY, {"b": "242.0.0.0/16", "z": "242.1.0.0/16"}),
        ("{name: a}, {name: b, globalCIDR: 242.0.0.0/16}", EMPTY, {"a": "242.1.0.0/16", "b": "242.0.0.0/16"}),
        ("{name: a}, {name: b}", entries(b="242.0.0.0/16"), {"a": "242.1.0.0/16", "b": "242.0.0.0/16"}),
        ("{name: a}", entries(gone="242.0.0.0/16!"), {"a": "242.1.0.0/16"}),
        ("{name: a}", entries(a="242.7.0.0/16!"), {"a": "242.7.0.0/16"}),
        ("{name: a}, {name: hub, member: false}", EMPTY, {"a": "242.0.0.0/16"}),
    ],
    ids=["byte order of id", "by clusterID", "given first", "lock first", "departed stays taken", "returning", "members only"],
)
def test_who_gets_which_block(clusters: str, lock: Lock, expected: dict[str, str]) -> None:
    assert blocks(allocated(clusters, lock)[0]) == expected


@pytest.mark.parametrize(
    ("clusters", "lock", "more", "code"),
    [
        ("{name: a, globalCIDR: 242.5.0.0/16}", entries(a="242.0.0.0/16"), "globalnet: {}", "KG404"),
        ("{name: a, podCIDR: 10.0.0.0/16}", entries(a="242.0.0.0/16"), "x-none: 1", "KG405"),
        ("{name: a}, {name: b}, {name: c}", EMPTY, "globalnet: {cidr: 242.0.0.0/16, clusterSize: 32768}", "KG406"),
        ("{name: a, globalCIDR: 10.0.0.0/16}", EMPTY, "globalnet: {}", "KG407"),
        ("{name: a}", EMPTY, "globalnet: {cidr: 242.0.0.0/16, clusterSize: 65536}", "KG408"),
    ],
    ids=["lock disagrees", "range gone", "exhausted", "outside", "size over half"],
)
def test_what_cannot_be_decided(clusters: str, lock: Lock, more: str, code: str) -> None:
    found = allocated(clusters, lock, more)[1]
    assert [diagnostic.code for diagnostic in found if diagnostic.severity == "error"] == [code]


@pytest.mark.parametrize(("unlocked", "expected"), [("written", []), ("warning", ["warning"]), ("error", ["error"])])
def test_a_block_that_the_lock_lacks(unlocked: Unlocked, expected: list[str]) -> None:
    assert [diagnostic.severity for diagnostic in allocated("{name: a}, {name: b}", unlocked=unlocked)[1]] == expected


def test_lock_reads_back() -> None:
    lock = allocated("{name: a}, {name: b}", entries(gone="242.0.0.0/16"), more="globalnet: {}\n  clustersetIP: {}")[0].lock
    again = read_lock(source.parse(lock_text(lock), "clusterset.lock.yaml"))
    assert {key: (entry.cidr, entry.departed) for key, entry in again.globalnet.items()} == {
        "gone": (ip_network("242.0.0.0/16"), True),
        "a": (ip_network("242.1.0.0/16"), False),
        "b": (ip_network("242.2.0.0/16"), False),
    }
    assert set(again.clusterset_ip) == {"a", "b"}
