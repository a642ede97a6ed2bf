"""`exports` says how a service differs at an exporter, so each of its clusters must be one; else what it says has no effect.

For example `exportFrom: [west]` with `exports: [{cluster: east, ...}]`; instead, the cluster stands in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import fleet, listed, nearest, select
from kgen.diagnostics import Code, Diagnostic, Related

CODE: Final = Code("KG316", "not-an-exporter")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    clusters = fleet(wish.clusters)
    for service in wish.services:
        if not service.exports:
            continue
        exporters = select(service.export_from, clusters)
        for exporter in service.exports:
            known = clusters.by_name.get(exporter.cluster)
            if exporter.cluster in exporters or (known is not None and known.leaving):
                continue
            near = nearest(exporter.cluster, exporters)
            yield CODE.error(
                f'"{exporter.cluster}" does not export {service.namespace}/{service.name}',
                exporter.at / "cluster",
                f'did you mean "{near}"?' if near else "",
                [Related(service.export_from.at, "the exporters")],
                help=f"name one of {listed(exporters) or 'the exporters'}, or add the cluster to exportFrom",
            )
