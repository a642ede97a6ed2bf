"""The ranges that blocks come from: Globalnet needs connectivity, blocks need a range, and some ranges and sizes are not what they seem.

For example a cluster with `globalCIDR` in a set without `globalnet`: the block would have no effect; instead, both or neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.addresses import network
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import listed
from kgen.diagnostics import Code, Diagnostic, Related

CALICO: Final = Code("KG305", "calico-range")
GLOBALNET: Final = Code("KG312", "globalnet-without-connectivity")
IDLE: Final = Code("KG335", "idle-block")
UNEVEN: Final = Code("KG336", "uneven-cluster-size")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    if wish.globalnet is not None and not wish.connectivity:
        yield GLOBALNET.error(
            "Globalnet needs connectivity, which is off", wish.globalnet.at, help="leave globalnet out, or connectivity: false"
        )
    yield from _calico(wish)
    for wanted in (wish.globalnet, wish.clusterset_ip):
        if wanted is not None and wanted.cluster_size & (wanted.cluster_size - 1):
            size = 1 << wanted.cluster_size.bit_length()
            yield UNEVEN.warning(
                f"clusterSize {wanted.cluster_size} is no power of two, so each block has {size} addresses",
                wanted.at / "clusterSize",
                help=f"write {size} or {size // 2}",
            )
    for cluster in wish.clusters:
        for wanted, block, key, need in (
            (wish.globalnet, cluster.global_cidr, "globalCIDR", "globalnet"),
            (wish.clusterset_ip, cluster.clusterset_ip_cidr, "clustersetIPCIDR", "clustersetIP"),
        ):
            if block is not None and (wanted is None or not cluster.member):
                why = f"the set has no {need}" if wanted is None else "it is no member"
                yield IDLE.warning(
                    f'{key} of cluster "{cluster.name}" has no effect: {why}',
                    cluster.at / key,
                    help=f"leave it out, or add {need}: {{}}" if wanted is None else "leave it out",
                )


def _calico(wish: ClusterSet) -> Iterator[Diagnostic]:
    # https://submariner.io/operations/deployment/calico/
    if wish.globalnet is None:
        return
    try:
        clash = network(wish.globalnet.cidr).overlaps(network("242.0.0.0/8"))
    except ValueError:
        return  # no network: told elsewhere
    calico = [cluster for cluster in wish.clusters if cluster.member and (cluster.cni or "").lower() == "calico"]
    if clash and calico:
        yield CALICO.warning(
            f"Globalnet range {wish.globalnet.cidr} does not go with Calico, which runs in {listed([cluster.name for cluster in calico])}",
            wish.globalnet.at / "cidr",
            related=[Related(calico[0].at / "cni", "runs Calico")],
            help="choose a range outside 242.0.0.0/8, for example cidr: 241.0.0.0/8",
        )
