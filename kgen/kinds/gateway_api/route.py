"""What the five route kinds have in common: they differ in their kind, and in what their rules may hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kgen.diagnostics import FieldPath
from kgen.kinds.metadata import metadata
from kgen.manifest import Manifest, manifest
from kgen.plan.model import BackendPlan, FilterPlan, RoutePlan, RulePlan

Pair = tuple[tuple[str | int, ...], FieldPath]


def render(plan: RoutePlan) -> Manifest:
    """A route of the kind that its plan names."""
    spec: dict[str, Any] = {"parentRefs": [dict(parent.body) for parent in plan.parents], **plan.fields}
    if plan.hostnames is not None:
        spec["hostnames"] = list(plan.hostnames)
    spec["rules"] = [_rule(rule) for rule in plan.rules]
    body = {
        "apiVersion": f"gateway.networking.k8s.io/{plan.version}",
        "kind": plan.kind,
        "metadata": metadata(plan.name, plan.namespace, plan.labels, plan.annotations),
        "spec": spec,
    }
    return manifest(body, plan.at, *_origins(plan))


def _rule(rule: RulePlan) -> dict[str, Any]:
    body = {key: rule.fields[key] for key in ("name", "matches") if key in rule.fields}
    if rule.filters is not None:
        body["filters"] = _filters(rule.filters)
    if rule.backends is not None:
        body["backendRefs"] = [_backend(backend) for backend in rule.backends]
    return {**body, **{key: value for key, value in rule.fields.items() if key not in body}}


def _filters(filters: tuple[FilterPlan, ...]) -> list[dict[str, Any]]:
    return [dict(each.body) for each in filters]


def _backend(backend: BackendPlan) -> dict[str, Any]:
    return {**backend.body, "filters": _filters(backend.filters)} if backend.filters is not None else dict(backend.body)


def _origins(plan: RoutePlan) -> Iterator[Pair]:
    yield ("metadata",), plan.at
    yield ("spec",), plan.at
    for i, parent in enumerate(plan.parents):
        yield ("spec", "parentRefs", i), parent.at
    for i, rule in enumerate(plan.rules):
        at = ("spec", "rules", i)
        yield at, rule.at
        for j, each in enumerate(rule.filters or ()):
            yield (*at, "filters", j), each.at
        for j, backend in enumerate(rule.backends or ()):
            yield (*at, "backendRefs", j), backend.at
