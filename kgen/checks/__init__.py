"""The shelf of checks: one file a check, in the folder of what it looks at; each is a generator of Diagnostics and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from kgen.checks.plan import denied_namespaces, legacy_imports, served_kinds, version_fields
from kgen.checks.spec import (
    broker,
    cidr_overlap,
    consent,
    exporters,
    gateway_refs,
    identities,
    ipv6_unsupported,
    join_options,
    missing_network,
    needed_namespaces,
    placement,
    raw_backends,
    raw_manifests,
    secret_in_spec,
    selectors,
    service_refs,
)
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
    identities,
    broker,
    cidr_overlap,
    missing_network,
    ipv6_unsupported,
    join_options,
    selectors,
    exporters,
    gateway_refs,
    service_refs,
    placement,
    raw_backends,
    needed_namespaces,
    consent,
    secret_in_spec,
    raw_manifests,
)
PLAN_CHECKS: Final[tuple[PlanCheck, ...]] = (version_fields, served_kinds, legacy_imports, denied_namespaces)
