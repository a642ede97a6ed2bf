"""A Service that a route names in the Gateway API's own shape must live in each cluster where the route stands.

Envoy Gateway looks a Service up in its own cluster only; where it lives in another one, it says BackendNotFound and answers 500. For
example a route to Service `api` in `east`, when only `west` has it; instead, `service: shop/api` is found wherever it is exported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.plan.parts import alike, references
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import fleet, listed
from kgen.diagnostics import Code, Diagnostic, FieldPath, Related
from kgen.plan.model import Plan
from kgen.plan.services import exporters

CODE: Final = Code("KG326", "service-elsewhere")


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    services = {(service.namespace, service.name): service for service in wish.services}
    living = exporters(wish, fleet(wish.clusters))
    missing: dict[FieldPath, tuple[tuple[str, str], list[str]]] = {}
    for shared, _, names in alike(plan):
        own = {
            (body["metadata"].get("namespace"), body["metadata"]["name"])
            for body in (manifest.object for manifest in shared.manifests)
            if (body["apiVersion"], body["kind"]) == ("v1", "Service")
        }
        for route in shared.routes:
            for body, at, _ in references(route):
                if body.get("group", "") or body.get("kind", "Service") != "Service":
                    continue
                key = (body.get("namespace", route.namespace), body["name"])
                if key in living and key not in own:
                    without = [name for name in names if name not in living[key]]
                    if without:
                        missing.setdefault(at, (key, []))[1].extend(without)
    for at, (key, clusters) in missing.items():
        name = "/".join(key)
        yield CODE.error(
            f'Service "{name}" does not live in {listed(sorted(clusters))}, where this route stands',
            at,
            related=[Related(services[key].export_from.at, f"it lives in {listed(living[key]) or 'no cluster that stays'}")],
            help=f"write service: {name}, which is found wherever it is exported",
        )
