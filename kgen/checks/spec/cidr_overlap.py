"""Networks that must not collide: Submariner finds an overlap only at run time, and skips the other cluster's endpoint with a log line.

Without Globalnet every pod and service network of one member must be disjoint from every one of another; inside a cluster they
must be in any case; node networks, Globalnet blocks and clusterset IPs must be disjoint from all of them. For example two clusters that
both kept the default 10.244.0.0/16; instead, a network each, or Globalnet. A network that meets several is told with one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations
from typing import Final

from kgen.clusterset.addresses import Network, network
from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic, FieldPath, Related
from kgen.records import NamedTuple

CODE: Final = Code("KG301", "cidr-overlap")
INVALID: Final = Code("KG302", "bad-network")


class Claim(NamedTuple):
    """A network that somebody claims: `owner` is the cluster's name, or "" for a range of the set; `first` and `last` are its addresses."""

    what: str
    owner: str
    block: Network
    at: FieldPath
    version: int
    first: int
    last: int


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    claims: list[Claim] = []
    for what, owner, text, at in _written(wish):
        try:
            claims.append(Claim(what, owner, network(text), at, *_reach(text)))
        except ValueError as error:
            yield INVALID.error(f"{_name(what, owner)}: {error}", at, help="correct it, or quote it if YAML read it as something else")
    apart = wish.globalnet is not None or not wish.connectivity or wish.join == "external"
    told: set[FieldPath] = set()
    for one, other in _collisions(claims, apart):
        later, earlier = sorted((one, other), key=lambda each: each.at, reverse=True)
        if later.at in told:
            continue
        told.add(later.at)
        alike = later.what == earlier.what and earlier.owner
        against = f'cluster "{earlier.owner}"' if alike else _name(earlier.what, earlier.owner)
        mend = "choose disjoint networks"
        # With Globalnet members see each other by their blocks alone; it mends nothing inside a cluster, nor virtual addresses.
        mendable = (
            not apart and later.owner != earlier.owner and not any(each.what.startswith("clusterset IP") for each in (later, earlier))
        )
        yield CODE.error(
            f"{_name(later.what, later.owner)} overlaps {against}",
            later.at,
            _label(later, earlier),
            [Related(earlier.at, "")],
            help=f"{mend}, or enable globalnet" if mendable else mend,
        )


def _collisions(claims: list[Claim], apart: bool) -> Iterator[tuple[Claim, Claim]]:
    """Pairs that may not overlap; `apart` tells that members do not see each other's pod and service networks."""
    pods = [claim for claim in claims if claim.what in ("pod network", "service network")]
    nodes = [claim for claim in claims if claim.what == "node network"]
    globalnet = [claim for claim in claims if claim.what.startswith("Globalnet")]
    virtual = [claim for claim in claims if claim.what.startswith("clusterset IP")]
    by_owner: dict[str, list[Claim]] = {}
    for claim in (*pods, *nodes):
        by_owner.setdefault(claim.owner, []).append(claim)
    for own in by_owner.values():
        # A cluster has a few networks: two of them are compared at once.
        for a, b in combinations(own, 2):
            if _meet(a, b):
                yield a, b
    if not apart:
        yield from _overlaps((claim, claim.owner) for claim in pods)
        yield from _overlaps([*((claim, "pods") for claim in pods), *((claim, "nodes") for claim in nodes)])
    for blocks in (globalnet, virtual):
        yield from _overlaps((claim, claim.owner) for claim in blocks if claim.owner)
        yield from _overlaps([*((claim, "blocks") for claim in blocks), *((claim, "networks") for claim in (*pods, *nodes))])
    yield from _overlaps([*((claim, "globalnet") for claim in globalnet), *((claim, "virtual") for claim in virtual)])


def _overlaps(claims: Iterable[tuple[Claim, str]]) -> Iterator[tuple[Claim, Claim]]:
    """For each claim of (claim, side) one that it overlaps on another side, if there is any, in n log n.

    Going by first address, a claim overlaps an earlier one that reaches it; of those only the two that reach furthest, on different
    sides, can matter to what comes.
    """
    all_pairs = list(claims)
    # With Globalnet many members have the same networks: where none of the distinct ones meet, no two claims do.
    distinct = {(claim.version, claim.first, claim.last, side): (claim, side) for claim, side in all_pairs}
    if len(distinct) == len(all_pairs) or any(_swept(distinct.values())):
        yield from _swept(all_pairs)


def _swept(claims: Iterable[tuple[Claim, str]]) -> Iterator[tuple[Claim, Claim]]:
    order = sorted(claims, key=lambda pair: (pair[0].version, pair[0].first, -pair[0].last, pair[0].at))
    furthest: list[tuple[Claim, str]] = []
    for claim, side in order:
        for other, other_side in furthest:
            if other_side != side and _meet(claim, other):
                yield claim, other
                break
        if len(furthest) == 2 and furthest[1][0].version == claim.version and claim.last <= furthest[1][0].last:
            continue  # it reaches no further than what is kept
        ranked = sorted([*furthest, (claim, side)], key=lambda pair: (pair[0].version, pair[0].last), reverse=True)
        furthest = [ranked[0], *[pair for pair in ranked[1:] if pair[1] != ranked[0][1]][:1]]


def _meet(a: Claim, b: Claim) -> bool:
    return a.first <= b.last and b.first <= a.last and a.version == b.version


@cache
def _reach(text: str) -> tuple[int, int, int]:
    block = network(text)
    return block.version, int(block.network_address), int(block.broadcast_address)


def _written(wish: ClusterSet) -> Iterator[tuple[str, str, str, FieldPath]]:
    for cluster in wish.clusters:
        if not cluster.member:
            continue  # no other cluster reaches the networks of one that only hosts the broker
        for what, key, texts in (
            ("pod network", "podCIDR", cluster.pod_cidr),
            ("service network", "serviceCIDR", cluster.service_cidr),
            ("node network", "nodeCIDR", cluster.node_cidr),
        ):
            at = cluster.at / key
            if len(texts) == 1:
                yield what, cluster.name, texts[0], at
            else:
                yield from ((what, cluster.name, text, at / index) for index, text in enumerate(texts))
        if cluster.global_cidr is not None:
            yield "Globalnet block", cluster.name, cluster.global_cidr, cluster.at / "globalCIDR"
        if cluster.clusterset_ip_cidr is not None:
            yield "clusterset IP block", cluster.name, cluster.clusterset_ip_cidr, cluster.at / "clustersetIPCIDR"
    if wish.globalnet is not None:
        yield "Globalnet range", "", wish.globalnet.cidr, wish.globalnet.at / "cidr"
    if wish.clusterset_ip is not None:
        yield "clusterset IP range", "", wish.clusterset_ip.cidr, wish.clusterset_ip.at / "cidr"


def _name(what: str, owner: str) -> str:
    return f'{what} of cluster "{owner}"' if owner else f"the {what}"


def _label(later: Claim, earlier: Claim) -> str:
    owner = f' of "{earlier.owner}"' if earlier.owner else ""
    if later.block == earlier.block:
        return f"the same as {earlier.block}{owner}"
    inside = later.block.prefixlen > earlier.block.prefixlen
    return f"inside {earlier.block}{owner}" if inside else f"holds {earlier.block}{owner}"
