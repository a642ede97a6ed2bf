"""Every cluster selector names members and means at least one: a name that means nothing would leave a cluster out in silence.

For example `exportFrom: [wset]`; instead, the name of a member, or a label that one has.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgen.clusterset.model import ClusterSet, Selector
from kgen.clusterset.selector import faults, fleet
from kgen.diagnostics import Diagnostic


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    clusters = fleet(wish.clusters)
    for selector in _of_members(wish):
        yield from faults(selector, clusters)
    for item in wish.patches:
        yield from faults(item.apply_to, clusters, brokers=True)
    for manifest in wish.manifests:
        yield from faults(manifest.deploy_to, clusters, brokers=True)


def _of_members(wish: ClusterSet) -> Iterator[Selector]:
    for service in wish.services:
        yield service.export_from
        if service.import_to is not None:
            yield service.import_to
    yield from (gateway.deploy_to for gateway in wish.gateways)
    yield from (route.deploy_to for route in wish.routes if route.deploy_to is not None)
    yield from (override.apply_to for override in wish.overrides)
