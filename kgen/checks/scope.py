"""Where a wish holds and what in it is its own: an override makes a variant, and of a variant only the difference is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from kgen.clusterset.model import Cluster, ClusterSet, Gateway, GatewayClass, Route, Service
from kgen.records import NamedTuple

T = TypeVar("T")


class Scope(NamedTuple):
    """The clusters that a wish holds for, and its items that the base wish does not have as well; of the base, all items."""

    clusters: tuple[Cluster, ...]
    services: tuple[Service, ...]
    gateway_classes: tuple[GatewayClass, ...]
    gateways: tuple[Gateway, ...]
    routes: tuple[Route, ...]


def scopes(wish: ClusterSet, variants: Mapping[str, ClusterSet]) -> Iterator[tuple[ClusterSet, Scope]]:
    """The base wish and each distinct variant of it, by cluster name in `variants`, with their scopes."""
    own = tuple(cluster for cluster in wish.clusters if cluster.name not in variants)
    yield wish, Scope(own, wish.services, wish.gateway_classes, wish.gateways, wish.routes)
    members: dict[int, list[Cluster]] = {}
    for cluster in wish.clusters:
        if cluster.name in variants:
            members.setdefault(id(variants[cluster.name]), []).append(cluster)
    for clusters in members.values():
        variant = variants[clusters[0].name]
        yield (
            variant,
            Scope(
                tuple(clusters),
                (),  # no override touches a service
                _new(variant.gateway_classes, wish.gateway_classes),
                _new(variant.gateways, wish.gateways),
                _new(variant.routes, wish.routes),
            ),
        )


def _new(items: tuple[T, ...], base: tuple[T, ...]) -> tuple[T, ...]:
    """The items that are other records than the base's; what an override leaves alone is the very same record."""
    if items is base:
        return ()
    known = {id(item) for item in base}
    return tuple(item for item in items if id(item) not in known)
