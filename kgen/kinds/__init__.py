"""The shelf of kinds: each module makes one Kubernetes kind from one sort of plan item."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol, cast

from kgen.plan.model import (
    AccountPlan,
    ApplicationPlan,
    ApplicationSetPlan,
    BrokerPlan,
    ClassPlan,
    CrdPlan,
    ExportPlan,
    ExternalSecretPlan,
    GatewayPlan,
    GrantPlan,
    JoinPlan,
    KustomizationPlan,
    NamespacePlan,
    PlaceholderSecretPlan,
    ProjectPlan,
    ProxyPlan,
    ReleasePlan,
    RoutePlan,
    SourcePlan,
)

__all__ = ["KINDS", "Kind", "made_from"]


class Kind(Protocol):
    """What a module of the shelf offers."""

    @property
    def KIND(self) -> str: ...
    @property
    def STAGE(self) -> str: ...
    @property
    def render(self) -> Any: ...


# The sort of plan item, the kind that is made from it, and the module that makes it, which is imported when there is such an item.
KINDS: Final[tuple[tuple[type, str, str], ...]] = (
    (NamespacePlan, "Namespace", "core.namespace"),
    (CrdPlan, "CustomResourceDefinition", "core.custom_resource_definition"),
    (AccountPlan, "ServiceAccount", "core.service_account"),
    (BrokerPlan, "Role", "core.role"),
    (AccountPlan, "RoleBinding", "core.role_binding"),
    (AccountPlan, "Secret", "core.token_secret"),
    (ExternalSecretPlan, "ExternalSecret", "external_secrets.external_secret"),
    (PlaceholderSecretPlan, "Secret", "core.placeholder_secret"),
    (JoinPlan, "Submariner", "submariner.submariner"),
    (JoinPlan, "ServiceDiscovery", "submariner.service_discovery"),
    (ExportPlan, "ServiceExport", "mcs.service_export"),
    (ClassPlan, "GatewayClass", "gateway_api.gateway_class"),
    (ProxyPlan, "EnvoyProxy", "envoy_gateway.envoy_proxy"),
    (GatewayPlan, "Gateway", "gateway_api.gateway"),
    (GrantPlan, "ReferenceGrant", "gateway_api.reference_grant"),
    (RoutePlan, "HTTPRoute", "gateway_api.http_route"),
    (RoutePlan, "GRPCRoute", "gateway_api.grpc_route"),
    (RoutePlan, "TLSRoute", "gateway_api.tls_route"),
    (RoutePlan, "TCPRoute", "gateway_api.tcp_route"),
    (RoutePlan, "UDPRoute", "gateway_api.udp_route"),
    (ProjectPlan, "AppProject", "argocd.app_project"),
    (ApplicationSetPlan, "ApplicationSet", "argocd.application_set"),
    (ApplicationPlan, "Application", "argocd.application"),
    (SourcePlan, "GitRepository", "flux.git_repository"),
    (SourcePlan, "OCIRepository", "flux.oci_repository"),
    (KustomizationPlan, "Kustomization", "flux.kustomization"),
    (ReleasePlan, "HelmRelease", "flux.helm_release"),
)


@cache
def made_from(item: type, own: str | None) -> tuple[Kind, ...]:
    """The modules that render this sort of plan item, in the shelf's order: of an item with a kind of its `own`, the one of that kind."""
    return tuple(cast(Kind, import_module(f"{__name__}.{module}")) for of, kind, module in KINDS if of is item and own in (None, kind))
