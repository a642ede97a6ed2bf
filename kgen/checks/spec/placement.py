"""A route that ends up in no cluster does nothing: its own `deployTo` leaves out every cluster that has one of its parents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import fleet, listed, select
from kgen.diagnostics import Code, Diagnostic, Related

CODE: Final = Code("KG324", "unplaced-route")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    clusters = fleet(wish.clusters)
    homes = {(gateway.namespace, gateway.name): select(gateway.deploy_to, clusters) for gateway in wish.gateways}
    for route in wish.routes:
        if route.deploy_to is None:
            continue
        parents = [ref for ref in route.parent_refs if (ref.namespace, ref.name) in homes]
        reached = {name for ref in parents for name in homes[ref.namespace, ref.name]}
        if reached and not reached.intersection(select(route.deploy_to, clusters)):
            yield CODE.error(
                f'{route.kind} "{route.namespace}/{route.name}" is deployed nowhere: none of its clusters has one of its Gateways',
                route.deploy_to.at,
                related=[Related(parents[0].at, f"this Gateway is in {listed(sorted(reached))}")],
                help="select a cluster that has the Gateway, or leave deployTo out: a route goes where its Gateways are",
            )
