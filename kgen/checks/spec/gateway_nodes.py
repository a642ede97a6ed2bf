"""A member without a gateway node runs no gateway, so it is joined and yet cannot be reached.

Submariner starts its gateway on nodes labelled `submariner.io/gateway=true`, and says nothing where there is none. For example
`gatewayNodes: []`; instead, the nodes that carry the label, or no `gatewayNodes` where it is not known yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic

CODE: Final = Code("KG329", "no-gateway-node")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    for cluster in wish.clusters:
        if cluster.gateway_nodes == () and wish.connectivity and cluster.member and not cluster.leaving:
            yield CODE.warning(
                f'cluster "{cluster.name}" has no gateway node, so nothing reaches it from another cluster',
                cluster.at / "gatewayNodes",
                help="label a node submariner.io/gateway=true (by its pool or machine set) and list it here",
            )
