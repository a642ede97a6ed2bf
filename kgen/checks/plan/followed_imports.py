"""Envoy Gateway should notice when an import that a route refers to comes, goes or changes, and does so for few kinds of routes.

Otherwise Envoy keeps the endpoints that it was first given, none included, until something else makes Envoy Gateway look. For example a
TCPRoute to a service that no HTTPRoute of that cluster refers to; instead, such an HTTPRoute beside it, since imports are watched by name.

Source: the indexes of internal/provider/kubernetes/indexers.go in each release of envoyproxy/gateway, and isRouteReferencingBackend in
predicates.go there, which goes by namespace and name alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.plan.parts import alike, backends
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import listed
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.plan.model import Plan, RoutePlan
from kgen.versions import ENVOY_GATEWAY, minor

CODE: Final = Code("KG432", "import-not-followed")
FOLLOWED_SINCE: Final = next(release.minor for release in ENVOY_GATEWAY.values() if release.follows_imports)


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    # Clusters are told together only where the same is wrong in them.
    unfollowed: dict[tuple[FieldPath, str], tuple[str, list[str]]] = {}
    early: dict[str, set[str]] = {}
    for shared, profile, clusters in alike(plan):
        if (version := profile.envoy_gateway) is None:
            continue
        follows = ENVOY_GATEWAY[minor(version)].follows_imports
        for what, at in unwatched(shared.routes, follows):
            if follows:
                unfollowed.setdefault((at, version), (what, []))[1].extend(clusters)
            else:
                early.setdefault(version, set()).update(clusters)
    for (at, version), (what, names) in unfollowed.items():
        yield CODE.warning(
            f"Envoy Gateway {version} of {listed(sorted(names))} does not notice when {what} changes",
            at,
            help="let an HTTPRoute of the same cluster refer to the service too; Envoy Gateway watches what HTTPRoutes refer to",
        )
    for version, old in early.items():
        own = next(cluster.versions for cluster in wish.clusters if cluster.name == min(old))
        yield CODE.warning(
            f"Envoy Gateway {version} of {listed(sorted(old))} does not notice when imports change",
            own.at if own is not None and own.envoy_gateway else wish.versions.at,
            help=f"upgrade to Envoy Gateway {FOLLOWED_SINCE}, which notices it for HTTPRoutes",
        )


def unwatched(routes: tuple[RoutePlan, ...], follows: bool) -> Iterator[tuple[str, FieldPath]]:
    """The first reference to each import that nothing has Envoy Gateway watch, in words, and its place; `follows`: HTTPRoutes do."""
    if follows and all(route.kind == "HTTPRoute" for route in routes):
        return
    watched: set[tuple[str, str]] = set()
    found: dict[tuple[str, str], tuple[str, FieldPath]] = {}
    for route in routes:
        for body, at in backends(route):
            key = (body.get("namespace", route.namespace), body["name"])
            if body.get("kind", "Service") != "ServiceImport" or (follows and route.kind == "HTTPRoute"):
                watched.add(key)
            else:
                found.setdefault(key, (f"import {'/'.join(key)} of this {route.kind}", at))
    yield from (value for key, value in found.items() if key not in watched)
