"""Envoy Gateway should notice when an import that a route refers to comes, goes or changes, and does so for few kinds of routes.

Otherwise Envoy keeps the endpoints that it was first given, none included, until something else makes Envoy Gateway look. For example a
TCPRoute to a service that no HTTPRoute of that cluster refers to; instead, such an HTTPRoute beside it, since imports are watched by name.

Source: the indexes of internal/provider/kubernetes/indexers.go in each release of envoyproxy/gateway, and isRouteReferencingBackend in
predicates.go there, which goes by namespace and name alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kgen.checks.plan.parts import alike, references
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import listed
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.plan.model import Plan, RoutePlan
from kgen.versions import watches_imports

CODE: Final = Code("KG432", "import-not-followed")


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    # Clusters are told together only where the same is wrong in them.
    unfollowed: dict[tuple[str, FieldPath, str], list[str]] = {}
    early: dict[str, list[str]] = {}
    for shared, profile, clusters in alike(plan):
        if (version := profile.envoy_gateway) is None:
            continue
        found = unwatched(shared.routes, version)
        if watches_imports(version, "HTTPRoute", "backend"):
            for at, what in found.items():
                unfollowed.setdefault((version, at, what), []).extend(clusters)
        elif found:
            early.setdefault(version, []).extend(clusters)
    for (version, at, what), names in unfollowed.items():
        yield CODE.warning(
            f"Envoy Gateway {version} of {listed(sorted(names))} does not notice a change of {what}",
            at,
            help="let an HTTPRoute of the same cluster refer to the service too: Envoy Gateway watches the backends of HTTPRoutes",
        )
    for version, names in early.items():
        own = next(cluster.versions for cluster in wish.clusters if cluster.name == min(names))
        yield CODE.warning(
            f"Envoy Gateway {version} of {listed(sorted(names))} does not notice a change of what routes import",
            own.at if own is not None and own.envoy_gateway else wish.versions.at,
            help="upgrade to Envoy Gateway 1.4 or newer, which watches the backends of HTTPRoutes",
        )


def unwatched(routes: Iterable[RoutePlan], version: str) -> dict[FieldPath, str]:
    """The first reference to each import that nothing has Envoy Gateway watch: its place, and the imports there in words."""
    watched: set[tuple[str, str]] = set()
    found: dict[tuple[str, str], tuple[str, FieldPath]] = {}
    for route in routes:
        for body, at, role in references(route):
            key, imported = (body.get("namespace", route.namespace), body["name"]), body.get("kind") == "ServiceImport"
            # Of a backend it reads the kind, of a mirror it does not.
            if watches_imports(version, route.kind, role) or (role == "backend" and not imported):
                watched.add(key)
            elif imported:
                found.setdefault(key, (route.kind, at))
    told: dict[FieldPath, tuple[str, list[str]]] = {}
    for key, (kind, at) in found.items():
        if key not in watched:
            told.setdefault(at, (kind, []))[1].append("/".join(key))
    return {at: f"import{'s' if names[1:] else ''} {', '.join(names)} of this {kind}" for at, (kind, names) in told.items()}
