"""The shelf of checks: one file a check, in the folder of what it looks at; each is a generator of Diagnostics and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from kgen.checks.plan import (
    conflicting_exports,
    denied_namespaces,
    differing_members,
    followed_imports,
    grant_names,
    installed,
    legacy_imports,
    local_services,
    placeholders,
    served_kinds,
    shared_public_ip,
    version_fields,
)
from kgen.checks.scope import Scope
from kgen.checks.spec import (
    broker,
    cidr_overlap,
    common_metadata,
    consent,
    delivery_fields,
    delivery_names,
    exporters,
    gateway_names,
    gateway_nodes,
    gateway_refs,
    identities,
    ipv6_unsupported,
    join_options,
    kube_proxy_mode,
    missing_network,
    needed_namespaces,
    placement,
    ranges,
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
    """A check of what no override can change: run once, on the base wish."""

    def check(self, wish: ClusterSet) -> Iterator[Diagnostic]: ...


class VariantCheck(Protocol):
    """A check of what overrides may change: run on the base wish and on each variant; `scope` is what is to be looked at in it."""

    def check(self, wish: ClusterSet, scope: Scope) -> Iterator[Diagnostic]: ...


class PlanCheck(Protocol):
    """A check of the decisions, where each cluster has what overrides make of the wish; the base wish is there for names and places."""

    def check(self, plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]: ...


SPEC_CHECKS: Final[tuple[SpecCheck, ...]] = (
    identities,
    broker,
    cidr_overlap,
    missing_network,
    ranges,
    kube_proxy_mode,
    gateway_nodes,
    selectors,
    exporters,
    gateway_names,
    secret_in_spec,
    raw_manifests,
    delivery_fields,
    delivery_names,
    common_metadata,
)
VARIANT_CHECKS: Final[tuple[VariantCheck, ...]] = (
    ipv6_unsupported,
    join_options,
    gateway_refs,
    service_refs,
    placement,
    raw_backends,
    needed_namespaces,
    consent,
)
PLAN_CHECKS: Final[tuple[PlanCheck, ...]] = (
    version_fields,
    differing_members,
    shared_public_ip,
    served_kinds,
    followed_imports,
    local_services,
    conflicting_exports,
    legacy_imports,
    grant_names,
    denied_namespaces,
    placeholders,
    installed,
)
