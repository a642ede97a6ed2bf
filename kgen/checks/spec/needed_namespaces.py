"""A service is imported only where its namespace exists (MCS, KEP-1645): a namespace that nobody promises is worth a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic
from kgen.plan.services import service_refs

CODE: Final = Code("KG328", "unlisted-namespace")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    listed = {namespace.name for namespace in wish.namespaces} | {"default"}
    imported = {service.namespace for service in wish.services if service.import_to is not None}
    imported |= {ref.service.namespace for route in wish.routes for ref in service_refs(route) if ref.service is not None}
    for service in wish.services:
        if service.namespace in imported and service.namespace not in listed:
            listed.add(service.namespace)
            yield CODE.warning(
                f'services of namespace "{service.namespace}" are imported only where it exists, and it is not listed',
                service.at / "namespace",
                help=f"add {{name: {service.namespace}, create: true}} under spec.namespaces; create: false if every importer has it",
            )
