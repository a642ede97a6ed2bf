"""The lock: which block of the Globalnet and clusterset IP ranges each clusterID has, so that no later change moves anybody.

`clusterset.lock.yaml` is written by `kgen build -o` and `kgen lock`, reviewed and committed with the spec. An entry is never
changed or dropped by a build: `kgen lock release` and `kgen lock move` do that, at a person's word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from kgen.clusterset.addresses import Network, network
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Place, Rejected, Related
from kgen.dump import dumps
from kgen.records import NamedTuple
from kgen.source import Document

LOCK_BROKEN = Code("KG401", "lock-broken")
BLOCK_TWICE = Code("KG402", "lock-block-twice")
NOT_IN_LOCK = Code("KG403", "not-in-lock")

FILE_NAME: Final = "clusterset.lock.yaml"
HEADER: Final = "# Blocks that kgen gave to clusters. Commit this file; change it with `kgen lock release` and `kgen lock move`.\n"
RANGES: Final = ("globalnet", "clustersetIP")


class Entry(NamedTuple):
    """One cluster's block in one range; a departed cluster's block stays reserved."""

    cidr: Network
    departed: bool
    at: Place


class Lock(NamedTuple):
    """clusterID to entry, for each range."""

    globalnet: Mapping[str, Entry]
    clusterset_ip: Mapping[str, Entry]


EMPTY: Final = Lock({}, {})


def read_lock(document: Document, *, mending: bool = False) -> Lock:
    """The lock in a document; raises Rejected where it is none, or gives one block to two clusters (`mending` lets that through)."""
    found: list[Diagnostic] = []
    data = document.data
    header = {"apiVersion": "kgen.dev/v1alpha1", "kind": "ClusterSetLock"}
    if not isinstance(data, dict) or any(data.get(key) != value for key, value in header.items()):
        raise Rejected([_broken("this is not a lock that kgen wrote", document.span(ROOT))])
    for key in data:
        if key not in header and key not in RANGES:
            found.append(_broken(f'unknown key "{key}" in the lock', document.span(FieldPath((key,)))))
    ranges = [dict(_entries(document, name, found)) for name in RANGES]
    if not mending:
        for name, entries in zip(RANGES, ranges, strict=True):
            found.extend(_twice(name, entries))
    if found:
        raise Rejected(found)
    return Lock(*ranges)


def _broken(message: str, at: Place) -> Diagnostic:
    return LOCK_BROKEN.error(message, at, help="restore the committed file, or resolve the merge: keep both sides' entries")


def _entries(document: Document, name: str, found: list[Diagnostic]) -> Iterator[tuple[str, Entry]]:
    table = document.data.get(name)
    if table is None:
        return
    at = FieldPath((name,))
    if not isinstance(table, dict):
        found.append(_broken(f"{name} must map clusterIDs to blocks", document.span(at)))
        return
    for cluster_id, value in table.items():
        where = document.span(at / cluster_id)
        fit = isinstance(value, dict) and set(value) <= {"cidr", "departed"} and value.get("departed", True) is True
        if not fit or isinstance(value.get("cidr"), list | dict):
            found.append(_broken(f'entry of "{cluster_id}" must be {{cidr: BLOCK}}, with departed: true where the cluster is gone', where))
            continue
        try:
            yield cluster_id, Entry(network(value.get("cidr")), "departed" in value, where)
        except ValueError as error:
            found.append(_broken(f'entry of "{cluster_id}": {error}', where))


def _twice(name: str, entries: Mapping[str, Entry]) -> Iterator[Diagnostic]:
    order = sorted(entries.items(), key=lambda pair: (int(pair[1].cidr.network_address), pair[1].cidr.prefixlen, pair[0]))
    for (first, a), (second, b) in pairwise(order):
        if a.cidr.overlaps(b.cidr):
            yield BLOCK_TWICE.error(
                f'the lock gives {name} block {b.cidr} to "{second}", but "{first}" has {a.cidr}',
                b.at,
                related=[Related(a.at, f'"{first}" has {a.cidr}')],
                help=f"keep the entry that is live in the clusters, and give the other a new block: kgen lock move {second} CIDR",
            )


def lock_text(lock: Lock) -> str:
    """The file's text for a lock: ranges and clusterIDs in a fixed order; "" for an empty lock."""
    tables: dict[str, Any] = {}
    for name, entries in zip(RANGES, lock, strict=True):
        if entries:
            tables[name] = {
                cluster_id: {"cidr": str(entry.cidr), **({"departed": True} if entry.departed else {})}
                for cluster_id, entry in sorted(entries.items())
            }
    if not tables:
        return ""
    return HEADER + dumps({"apiVersion": "kgen.dev/v1alpha1", "kind": "ClusterSetLock", **tables})


def release(lock: Lock, cluster_id: str, members: Collection[str]) -> Lock:
    """The lock without a departed cluster's entries; `members` are the clusterIDs of the set.

    Raises ValueError where there is no entry, or the cluster is in the set (also one that came back since the last build).
    """
    _entry_of(lock, cluster_id)
    if cluster_id in members:
        raise ValueError(
            f'"{cluster_id}" is a cluster of the set, and its block is live: delete it from the spec, build, and apply that first'
        )
    for entries in lock:
        if cluster_id in entries and not entries[cluster_id].departed:
            raise ValueError(f'"{cluster_id}" has not departed: build without it, and apply that first; its block is live')
    return Lock(*({key: entry for key, entry in entries.items() if key != cluster_id} for entries in lock))


def move(lock: Lock, cluster_id: str, cidr: str, ranges: tuple[Network | None, Network | None]) -> Lock:
    """The lock with another block for a cluster; `ranges` are the set's Globalnet and clusterset IP networks, None where it has none.

    Raises ValueError where the block is no network, lies in neither range, or overlaps another cluster's.
    """
    _entry_of(lock, cluster_id)
    block = network(cidr)
    tables = [dict(entries) for entries in lock]
    for entries, whole in zip(tables, ranges, strict=True):
        if whole is None or block.version != whole.version or not (block.network_address in whole and block.broadcast_address in whole):
            continue
        for other, entry in sorted(entries.items()):
            if other != cluster_id and entry.cidr.overlaps(block):
                raise ValueError(f'{block} overlaps {entry.cidr}, which "{other}" has')
        entries[cluster_id] = Entry(block, cluster_id in entries and entries[cluster_id].departed, ROOT)
        return Lock(*tables)
    known = " and ".join(str(whole) for whole in ranges if whole is not None)
    raise ValueError(f"{block} lies outside the set's ranges ({known or 'it has none'})")


def _entry_of(lock: Lock, cluster_id: str) -> None:
    known = sorted({key for entries in lock for key in entries})
    if cluster_id not in known:
        raise ValueError(f'the lock has no entry for "{cluster_id}"; it has: {", ".join(known) or "none"}')


def missing(name: str, fresh: Sequence[tuple[str, Network, Place]], required: bool) -> Diagnostic:
    """The finding that blocks of (clusterID, block, place) are decided but not yet written in the lock."""
    say = NOT_IN_LOCK.error if required else NOT_IN_LOCK.warning
    cluster_id, block, at = fresh[0]
    more = f" (and {len(fresh) - 1} more cluster{'s' if len(fresh) > 2 else ''})" if len(fresh) > 1 else ""
    return say(
        f'the lock has no {name} block for "{cluster_id}", which would get {block}{more}',
        at,
        help=f"run `kgen lock` or `kgen build -o DIR`, and commit {FILE_NAME}",
    )
