"""Who has which block: the given ones, then the lock's, then the lowest free aligned block, clusterIDs in byte order.

The result is Submariner's own (submariner-operator pkg/cidr/cidr.go Allocate), stated without its map walks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Network
from typing import Literal, TypeAlias

from kgen.clusterset.addresses import Network, network
from kgen.clusterset.model import Allocation, Cluster, ClusterSet
from kgen.diagnostics import Code, Diagnostic, Place, Related
from kgen.plan.lock import Entry, Lock, missing
from kgen.records import NamedTuple

LOCK_DISAGREES = Code("KG404", "lock-disagrees")
RANGE_GONE = Code("KG405", "range-gone")
RANGE_EXHAUSTED = Code("KG406", "range-exhausted")
OUTSIDE_RANGE = Code("KG407", "block-outside-range")
BAD_RANGE = Code("KG408", "bad-range")

# A block that the lock lacks: this run writes it there, or that is a warning, or an error.
Unlocked: TypeAlias = Literal["written", "warning", "error"]


class Addresses(NamedTuple):
    """clusterID to block for Globalnet and for clusterset IP, and the lock that says the same."""

    globalnet: Mapping[str, Network]
    clusterset_ip: Mapping[str, Network]
    lock: Lock


def allocate(wish: ClusterSet, lock: Lock, unlocked: Unlocked, found: list[Diagnostic]) -> Addresses:
    """Every member's blocks; what cannot be decided is added to `found`. `unlocked` says what a block that the lock lacks is."""
    members = sorted((c for c in wish.clusters if c.member), key=lambda c: c.cluster_id.encode())
    globalnet = _blocks("globalnet", wish, wish.globalnet, members, lambda c: c.global_cidr, "globalCIDR", lock.globalnet, unlocked, found)
    virtual = _blocks(
        "clustersetIP",
        wish,
        wish.clusterset_ip,
        members,
        lambda c: c.clusterset_ip_cidr,
        "clustersetIPCIDR",
        lock.clusterset_ip,
        unlocked,
        found,
    )
    return Addresses(
        {key: entry.cidr for key, entry in globalnet.items() if not entry.departed},
        {key: entry.cidr for key, entry in virtual.items() if not entry.departed},
        Lock(globalnet, virtual),
    )


def _blocks(
    name: str,
    wish: ClusterSet,
    wanted: Allocation | None,
    members: Iterable[Cluster],
    given: Callable[[Cluster], str | None],
    field: str,
    entries: Mapping[str, Entry],
    unlocked: Unlocked,
    found: list[Diagnostic],
) -> dict[str, Entry]:
    if wanted is None:
        live = sorted(key for key, entry in entries.items() if not entry.departed)
        if live:
            found.append(
                RANGE_GONE.error(
                    f"{name} is gone from the spec, but the lock has live blocks of it for {', '.join(live)}",
                    wish.at,
                    related=[Related(entries[live[0]].at, f"block {entries[live[0]].cidr}")],
                    help=f"put {name} back, or delete the {name} part of clusterset.lock.yaml once no cluster uses the blocks",
                )
            )
        return dict(entries)
    whole = network(wanted.cidr)
    size = _prefix(name, whole, wanted, found)
    if size is None:
        return {}
    result = {key: entry._replace(departed=True) for key, entry in entries.items()}
    fresh: list[Cluster] = []
    unwritten: list[tuple[str, Network, Place]] = []
    for cluster in members:
        text = given(cluster)
        known = entries.get(cluster.cluster_id)
        at: Place = cluster.at / field
        if text is not None:
            block = network(text)
            if known is not None and known.cidr != block:
                found.append(
                    LOCK_DISAGREES.error(
                        f'"{cluster.name}" asks for {field} {block}, but the lock has {known.cidr}',
                        at,
                        related=[Related(known.at, f"locked: {known.cidr}")],
                        help=f"a live cluster loses its connections; if you mean it: kgen lock move {cluster.cluster_id} {block}",
                    )
                )
            result[cluster.cluster_id] = Entry(block, False, at)
        elif known is not None:
            block = known.cidr
            at = known.at
            result[cluster.cluster_id] = known._replace(departed=False)
        else:
            fresh.append(cluster)
            continue
        if known is None:
            unwritten.append((cluster.cluster_id, block, at))
        if block.version != whole.version or not (block.network_address in whole and block.broadcast_address in whole):
            found.append(
                OUTSIDE_RANGE.error(
                    f'{name} block {block} of "{cluster.name}" lies outside the set\'s range {whole}',
                    at,
                    related=[Related(wanted.at, f"range {whole}")],
                    help=f"give a block of {whole}, or widen the range",
                )
            )
    taken = sorted(
        (int(entry.cidr.network_address), int(entry.cidr.broadcast_address)) for entry in result.values() if entry.cidr.version == 4
    )
    for cluster, block in zip(fresh, _free(whole, size, taken, len(fresh)), strict=False):
        result[cluster.cluster_id] = Entry(block, False, cluster.at)
        unwritten.append((cluster.cluster_id, block, cluster.at))
    if unwritten and unlocked != "written":
        found.append(missing(name, unwritten, unlocked == "error"))
    left = [cluster for cluster in fresh if cluster.cluster_id not in result]
    if left:
        found.append(
            RANGE_EXHAUSTED.error(
                f'{whole} has no free block of {1 << (32 - size)} addresses left for "{left[0].name}"'
                + (f" and {len(left) - 1} more cluster{'s' if len(left) > 2 else ''}" if len(left) > 1 else ""),
                wanted.at,
                help="choose a smaller clusterSize or a larger cidr, or release the blocks of departed clusters: kgen lock release ID",
            )
        )
    return result


def _prefix(name: str, whole: Network, wanted: Allocation, found: list[Diagnostic]) -> int | None:
    """The prefix length of a block, its size rounded up to a power of two as upstream does; None where the range cannot hold two."""
    if whole.version != 4:
        found.append(BAD_RANGE.error(f"{name} is IPv4 only, but its range is {whole}", wanted.at / "cidr", help="choose an IPv4 range"))
        return None
    size = 1 << (wanted.cluster_size - 1).bit_length()
    if size > whole.num_addresses // 2:
        found.append(
            BAD_RANGE.error(
                f"clusterSize {wanted.cluster_size} is more than half of {whole}",
                wanted.at / "clusterSize",
                help=f"at most {whole.num_addresses // 2} addresses a cluster fit into {whole}",
            )
        )
        return None
    return 33 - size.bit_length()


def _free(whole: Network, prefix: int, taken: list[tuple[int, int]], count: int) -> Iterable[IPv4Network]:
    """The lowest `count` free aligned blocks of a range; fewer where it runs out. `taken` holds first and last addresses, sorted."""
    step = 1 << (32 - prefix)
    candidate = int(whole.network_address)
    last = int(whole.broadcast_address)
    index = 0
    while count and candidate + step - 1 <= last:
        while index < len(taken) and taken[index][1] < candidate:
            index += 1
        if index < len(taken) and taken[index][0] <= candidate + step - 1:
            # The first aligned block after what stands in the way.
            candidate = (taken[index][1] // step + 1) * step
            continue
        yield IPv4Network((candidate, prefix))
        candidate += step
        count -= 1
