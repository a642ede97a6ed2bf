"""Globalnet, the wireguard and vxlan drivers and the gateway's load balancer are IPv4 only (release notes of Submariner 0.21).

For example a dual-stack member of a set with Globalnet; instead, its IPv4 networks alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.scope import Scope
from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic
from kgen.plan.join import submariner_fields

CODE: Final = Code("KG304", "ipv6-unsupported")


def check(wish: ClusterSet, scope: Scope) -> Iterator[Diagnostic]:
    if not wish.connectivity:
        return
    for cluster in scope.clusters:
        networks = [("podCIDR", text) for text in cluster.pod_cidr] + [("serviceCIDR", text) for text in cluster.service_cidr]
        six = next(((key, text) for key, text in networks if ":" in text), None)
        if six is None or not cluster.member:
            continue
        written, _ = submariner_fields(wish, cluster)
        driver = written.get("cableDriver", "libreswan")
        reasons = ["Globalnet"] if wish.globalnet is not None else []
        reasons += [f"cable driver {driver}"] if driver in ("wireguard", "vxlan") else []
        reasons += ["loadBalancerEnabled"] if written.get("loadBalancerEnabled") else []
        if reasons:
            yield CODE.error(
                f'network {six[1]} of cluster "{cluster.name}" is IPv6, which {reasons[0]} does not support',
                cluster.at / six[0],
                help="leave the IPv6 network out, or do without " + " and ".join(reasons),
            )
