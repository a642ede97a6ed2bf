"""A route that ends up in no cluster does nothing: it names no Gateway, or its own `deployTo` leaves out every cluster that has one.

kgen places a route by its `parentRefs` alone. For example `useDefaultGateways` without parents; instead, the Gateways by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.scope import Scope
from kgen.checks.spec.routed import by_parents, clusters_of, homes
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import fleet, listed
from kgen.diagnostics import Code, Diagnostic, Related

CODE: Final = Code("KG324", "unplaced-route")


def check(wish: ClusterSet, scope: Scope) -> Iterator[Diagnostic]:
    for route in scope.routes:
        if not route.parent_refs:
            yield CODE.error(
                f'{route.kind} "{route.namespace}/{route.name}" is deployed nowhere: it names no Gateway',
                route.at,
                help="add parentRefs: [{name: GATEWAY}]; a route goes where its Gateways are",
            )
    narrowed = [route for route in scope.routes if route.deploy_to is not None]
    if not narrowed:
        return
    clusters = fleet(wish.clusters)
    gateways = homes(wish, clusters)
    for route in narrowed:
        reached = by_parents(route, gateways)
        if route.deploy_to is not None and reached and not clusters_of(route, gateways, clusters):
            known = next(ref for ref in route.parent_refs if gateways.get((ref.namespace, ref.name)))
            yield CODE.error(
                f'{route.kind} "{route.namespace}/{route.name}" is deployed nowhere: none of its clusters has one of its Gateways',
                route.deploy_to.at,
                related=[Related(known.at, f"this Gateway is in {listed(gateways[known.namespace, known.name])}")],
                help="select a cluster that has the Gateway, or leave deployTo out: a route goes where its Gateways are",
            )
