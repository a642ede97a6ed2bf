"""Submariner's routing works with kube-proxy in iptables mode; in ipvs mode packets to other clusters take the wrong way.

The website lists it as a known issue, and nothing reports it at run time. For example `kubeProxyMode: ipvs`; instead, iptables.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic

CODE: Final = Code("KG334", "ipvs-mode")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    for cluster in wish.clusters:
        if cluster.kube_proxy_mode == "ipvs" and wish.connectivity and cluster.member and not cluster.leaving:
            yield CODE.error(
                f'cluster "{cluster.name}" runs kube-proxy in ipvs mode, which Submariner does not support',
                cluster.at / "kubeProxyMode",
                help="run kube-proxy in iptables mode",
            )
