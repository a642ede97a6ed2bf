"""A clusterID is the identity of a cluster in Submariner and on the broker: a second one silently replaces the first (subctl #705).

For example two clusters that were both created as `prod`; instead, each with a `clusterID` of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import Cluster, ClusterSet
from kgen.diagnostics import Code, Diagnostic, Related

TWICE: Final = Code("KG306", "cluster-id-twice")
RESERVED: Final = Code("KG307", "reserved-cluster-name")
WORD: Final = "clusterset"  # secret paths use it for what all clusters share


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    first: dict[str, Cluster] = {}
    for cluster in wish.clusters:
        for key, value in (("name", cluster.name), ("clusterID", cluster.cluster_id)):
            if value == WORD and (key == "name" or cluster.name != WORD):
                yield RESERVED.error(f'"{WORD}" may not be the {key} of a cluster', cluster.at / key, help="choose another")
        other = first.setdefault(cluster.cluster_id, cluster)
        if other is not cluster:
            yield TWICE.error(
                f'clusters "{other.name}" and "{cluster.name}" have the same clusterID "{cluster.cluster_id}"',
                cluster.at / "clusterID",
                related=[Related(other.at / "clusterID", "the other")],
                help="give one of them another clusterID",
            )
