"""Where routes go: to each cluster that has one of their Gateways, narrowed by their own `deployTo`."""

from __future__ import annotations

from collections.abc import Mapping

from kgen.clusterset.model import ClusterSet, Route
from kgen.clusterset.selector import Fleet, select

Homes = Mapping[tuple[str, str], tuple[str, ...]]


def homes(wish: ClusterSet, clusters: Fleet) -> Homes:
    """(namespace, name) of each Gateway to the clusters that it is deployed to."""
    return {(gateway.namespace, gateway.name): select(gateway.deploy_to, clusters) for gateway in wish.gateways}


def by_parents(route: Route, gateways: Homes) -> set[str]:
    """The clusters that have one of a route's Gateways."""
    return {name for ref in route.parent_refs for name in gateways.get((ref.namespace, ref.name), ())}


def clusters_of(route: Route, gateways: Homes, clusters: Fleet) -> set[str]:
    """The clusters that a route is deployed to."""
    reached = by_parents(route, gateways)
    return reached if route.deploy_to is None else reached.intersection(select(route.deploy_to, clusters))
