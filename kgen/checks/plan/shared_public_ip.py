"""Two gateways behind one public address need two NAT traversal ports, or the router cannot tell whose a packet is.

Submariner's gateways each dial the other's public address and port; with both equal only one of the two is ever reached. For example
two clusters of one office with the default port; instead, one of them gets another `ceIPSecNATTPort`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kgen.clusterset.model import Cluster, ClusterSet
from kgen.diagnostics import Code, Diagnostic, Related
from kgen.plan.model import Plan

CODE: Final = Code("KG315", "shared-public-ip")


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    first: dict[tuple[str, Any], Cluster] = {}
    for cluster in wish.clusters:
        join = plan.clusters[cluster.name].join
        if cluster.public_ip is None or join is None or not wish.connectivity:
            continue
        port = join.spec["ceIPSecNATTPort"]
        other = first.setdefault((cluster.public_ip, port), cluster)
        if other is not cluster:
            yield CODE.warning(
                f'clusters "{other.name}" and "{cluster.name}" share public IP {cluster.public_ip} and its NAT traversal port {port}',
                cluster.at / "publicIP",
                related=[Related(other.at / "publicIP", "the other")],
                help="give one of them another submariner.ceIPSecNATTPort",
            )
