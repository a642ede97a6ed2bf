"""The shelf of checks: one file a check, in the folder of what it looks at; each is a generator of Diagnostics and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from kgen.checks.spec import exporters, gateway_refs, needed_namespaces, placement, raw_backends, selectors, service_refs
from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Diagnostic
from kgen.plan.model import Plan


class SpecCheck(Protocol):
    """A check of the wish: run on the base wish and on each variant that overrides make of it."""

    def check(self, wish: ClusterSet) -> Iterator[Diagnostic]: ...


class PlanCheck(Protocol):
    """A check of the decisions; the wish is there for names and places."""

    def check(self, plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]: ...


SPEC_CHECKS: Final[tuple[SpecCheck, ...]] = (
    selectors,
    exporters,
    gateway_refs,
    service_refs,
    placement,
    raw_backends,
    needed_namespaces,
)
PLAN_CHECKS: Final[tuple[PlanCheck, ...]] = ()
