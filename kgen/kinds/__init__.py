"""The shelf of kinds: each module makes one Kubernetes kind from one sort of plan item."""

from __future__ import annotations

from typing import Any, Final, Protocol

from kgen.kinds.argocd import app_project, application, application_set
from kgen.kinds.core import custom_resource_definition, namespace, placeholder_secret, role, role_binding, service_account, token_secret
from kgen.kinds.envoy_gateway import envoy_proxy
from kgen.kinds.external_secrets import external_secret
from kgen.kinds.flux import git_repository, helm_release, kustomization, oci_repository
from kgen.kinds.gateway_api import gateway, gateway_class, grpc_route, http_route, reference_grant, tcp_route, tls_route, udp_route
from kgen.kinds.mcs import service_export
from kgen.kinds.submariner import service_discovery, submariner


class Kind(Protocol):
    """What a module of the shelf offers; a plan item with a `kind` of its own is rendered by the module of that KIND alone."""

    @property
    def KIND(self) -> str: ...
    @property
    def OF(self) -> type: ...
    @property
    def STAGE(self) -> str: ...
    @property
    def render(self) -> Any: ...


KINDS: Final[tuple[Kind, ...]] = (
    namespace,
    custom_resource_definition,
    service_account,
    role,
    role_binding,
    token_secret,
    external_secret,
    placeholder_secret,
    submariner,
    service_discovery,
    service_export,
    gateway_class,
    envoy_proxy,
    gateway,
    reference_grant,
    http_route,
    grpc_route,
    tls_route,
    tcp_route,
    udp_route,
    app_project,
    application_set,
    application,
    git_repository,
    oci_repository,
    kustomization,
    helm_release,
)

__all__ = ["KINDS", "Kind"]
