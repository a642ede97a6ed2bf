"""A service is imported only where its namespace exists (MCS, KEP-1645): a namespace that nobody promises is worth a word.

For example a route in `east` to a service that only `west` exports, whose namespace is not listed; instead, it is listed under
`namespaces`, with `create: false` where it exists already. An exporter has the namespace, and `default` is everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.scope import Scope
from kgen.checks.spec.routed import clusters_of, homes
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import fleet, select
from kgen.diagnostics import Code, Diagnostic
from kgen.plan.services import service_refs

CODE: Final = Code("KG328", "unlisted-namespace")


def check(wish: ClusterSet, scope: Scope) -> Iterator[Diagnostic]:
    known = {namespace.name for namespace in wish.namespaces} | {"default"}
    services = {(service.namespace, service.name): service for service in wish.services if service.namespace not in known}
    if not services:
        return
    clusters = fleet(wish.clusters)
    gateways = homes(wish, clusters)
    lacking: set[str] = set()

    def add(namespace: str, name: str, importers: set[str]) -> None:
        service = services.get((namespace, name))
        if service is not None and importers.difference(select(service.export_from, clusters)):
            lacking.add(namespace)

    for service in scope.services:
        if service.import_to is not None:
            add(service.namespace, service.name, set(select(service.import_to, clusters)))
    for route in scope.routes:
        for ref in service_refs(route):
            if ref.service is not None:
                add(ref.service.namespace, ref.service.name, clusters_of(route, gateways, clusters))
    for namespace in sorted(lacking):
        first = next(service for service in wish.services if service.namespace == namespace)
        yield CODE.warning(
            f'services of namespace "{namespace}" are imported only where it exists, and it is not listed',
            first.at / "namespace",
            help=f"add {{name: {namespace}, create: true}} under spec.namespaces; create: false if every importer has it",
        )
