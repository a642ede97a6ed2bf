"""Who exports and who imports a service, and under which name a cluster knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import lcm
from typing import Any, Final

from kgen.clusterset.model import BackendRef, ClusterSet, Filter, Route, Rule, Service, ServiceRef
from kgen.clusterset.selector import Fleet, select
from kgen.plan.join import OPERATOR_NAMESPACE
from kgen.plan.model import BackendPlan, FilterPlan

MCS_GROUP: Final = "multicluster.x-k8s.io"


def exporters(wish: ClusterSet, fleet: Fleet) -> dict[tuple[str, str], tuple[str, ...]]:
    """(namespace, name) of each service to the clusters that export it, byte order of name."""
    return {(s.namespace, s.name): select(s.export_from, fleet) for s in wish.services}


def service_refs(route: Route) -> Iterator[BackendRef]:
    """Every backend reference of a route, in rules and in filters, in the author's order."""
    for rule in route.rules:
        yield from rule_refs(rule)


def rule_refs(rule: Rule) -> Iterator[BackendRef]:
    """Every backend reference of a rule, the filters' first."""
    yield from _in_filters(rule.filters)
    for ref in rule.backend_refs or ():
        yield ref
        yield from _in_filters(ref.filters)


def _in_filters(filters: tuple[Filter, ...] | None) -> Iterator[BackendRef]:
    for found in filters or ():
        if found.backend is not None:
            yield found.backend


class Naming:
    """How the clusters of a set name imported services: one aggregated ServiceImport from Submariner 0.15 on, before that one per exporter.

    Source: lighthouse pkg/agent/controller/agent.go of 0.14.6 (getObjectNameWithClusterID) and release notes of 0.15.0.
    """

    def __init__(self, exporting: Mapping[tuple[str, str], tuple[str, ...]], cluster_ids: Mapping[str, str]) -> None:
        self.exporting = exporting
        self.cluster_ids = cluster_ids

    def imports(self, service: ServiceRef, aggregated: bool) -> tuple[tuple[str, str], ...]:
        """The (namespace, name) of each ServiceImport that stands for a service."""
        if aggregated:
            return ((service.namespace, service.name),)
        clusters = self.exporting.get((service.namespace, service.name), ())
        return tuple((OPERATOR_NAMESPACE, f"{service.name}-{service.namespace}-{self.cluster_ids[name]}") for name in clusters)

    def backends(self, refs: tuple[BackendRef, ...], namespace: str, aggregated: bool) -> tuple[BackendPlan, ...]:
        """A rule's references as `namespace` must write them; before 0.15 the weights are shared out over a service's exporters."""
        counts = [len(self.imports(ref.service, aggregated)) if ref.service is not None else 1 for ref in refs]
        whole = lcm(*(count or 1 for count in counts))
        return tuple(
            BackendPlan(body, self.filters(ref.filters, namespace, aggregated), ref.at)
            for ref, count in zip(refs, counts, strict=True)
            for body in self._bodies(ref, namespace, aggregated, whole // (count or 1))
        )

    def _bodies(self, ref: BackendRef, namespace: str, aggregated: bool, share: int) -> Iterator[dict[str, Any]]:
        if ref.service is None:
            body = _body(ref.group, ref.kind, ref.name or "", ref.namespace, ref.port)
            yield _weighted(body, ref.weight, share)
            return
        for home, name in self.imports(ref.service, aggregated):
            body = _body(MCS_GROUP, "ServiceImport", name, None if home == namespace else home, ref.port)
            yield _weighted(body, ref.weight, share)

    def filters(self, filters: tuple[Filter, ...] | None, namespace: str, aggregated: bool) -> tuple[FilterPlan, ...] | None:
        """Filters with the service in a mirror named as the cluster knows it; a mirror has one exporter before 0.15 (checked)."""
        if filters is None:
            return None
        return tuple(FilterPlan(self._filter(each, namespace, aggregated), each.at) for each in filters)

    def _filter(self, found: Filter, namespace: str, aggregated: bool) -> Mapping[str, Any]:
        ref = found.backend
        if ref is None or ref.service is None:
            return found.body
        home, name = next(iter(self.imports(ref.service, aggregated)), ("", ""))
        body = _body(MCS_GROUP, "ServiceImport", name, None if home == namespace else home, ref.port)
        return _replaced(found.body, found.backend_path, body)


def _body(group: str | None, kind: str | None, name: str, namespace: str | None, port: int | None) -> dict[str, Any]:
    parts = {"group": group, "kind": kind, "name": name, "namespace": namespace, "port": port}
    return {key: value for key, value in parts.items() if value is not None}


def _weighted(body: dict[str, Any], weight: int | None, share: int) -> dict[str, Any]:
    """The reference with its weight times `share`; without both, the API server's default of 1 is left to it."""
    if weight is None and share == 1:
        return body
    return {**body, "weight": (1 if weight is None else weight) * share}


def _replaced(body: Mapping[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    head, *rest = path
    return {**body, head: _replaced(body[head], tuple(rest), value) if rest else value}


def importers(service: Service, fleet: Fleet) -> tuple[str, ...]:
    """The clusters that the author lists in `importTo`, byte order; those whose routes name the service come on top."""
    return select(service.import_to, fleet) if service.import_to is not None else ()
