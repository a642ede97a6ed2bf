"""The parts of a plan that checks go through: clusters that get the same, and where a route sends requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kgen.diagnostics import FieldPath
from kgen.plan.model import FilterPlan, Plan, RoutePlan, SharedPlan
from kgen.versions import Profile


def alike(plan: Plan) -> Iterator[tuple[SharedPlan, Profile, tuple[str, ...]]]:
    """Each shared plan once, with the versions and the names of the clusters that have it."""
    names: dict[int, list[str]] = {}
    for name, cluster in plan.clusters.items():
        names.setdefault(id(cluster.shared), []).append(name)
    for group in names.values():
        first = plan.clusters[group[0]]
        yield first.shared, first.profile, tuple(group)


def references(route: RoutePlan) -> Iterator[tuple[Mapping[str, Any], FieldPath, str]]:
    """Every reference of a route to a backend: in the API's shape, its place, and whether a "backend", a "mirror" of a rule, or "other"."""
    for rule in route.rules:
        yield from ((body, at, "mirror") for body, at in _referred(rule.filters))
        for backend in rule.backends or ():
            yield backend.body, backend.at, "backend"
            yield from ((body, at, "other") for body, at in _referred(backend.filters))


def _referred(filters: tuple[FilterPlan, ...] | None) -> Iterator[tuple[Mapping[str, Any], FieldPath]]:
    for found in filters or ():
        for key, value in found.body.items():
            if isinstance(value, dict) and isinstance(value.get("backendRef"), dict):
                yield value["backendRef"], found.at / key / "backendRef"
