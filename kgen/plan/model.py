"""The decisions: what each cluster gets, named and numbered, before any manifest exists.

An item that is the same in many clusters is one value: the rooms after this one render, judge and print it once. So items are
compared by identity there; nothing may copy them. `at` is the spec value that asked for the item.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kgen.clusterset.model import Patch, RawManifest
from kgen.diagnostics import FieldPath
from kgen.plan.lock import Lock
from kgen.versions import Profile


class NamespacePlan(NamedTuple):
    """A Namespace that kgen writes (and marks never to be pruned)."""

    name: str
    labels: Mapping[str, str]
    at: FieldPath


class BrokerPlan(NamedTuple):
    """The broker's side: one account for each clusterID; `aggregated` tells the Role's era; `crds` come along to a dedicated broker."""

    namespace: str
    aggregated: bool
    accounts: tuple["AccountPlan", ...]
    crds: tuple["CrdPlan", ...]
    at: FieldPath


class AccountPlan(NamedTuple):
    """A member's ServiceAccount on the broker, with its RoleBinding and its token Secret (no data)."""

    cluster_id: str
    namespace: str
    at: FieldPath


class CrdPlan(NamedTuple):
    """The CustomResourceDefinition of a kind, of a product version in `schemas/index.json`, that a dedicated broker needs."""

    product: str
    version: str
    crd_kind: str
    at: FieldPath


class JoinPlan(NamedTuple):
    """A member's Submariner object, or ServiceDiscovery: `spec` is whole and in order, `origins` say who asked for each field."""

    kind: str
    name: str
    spec: Mapping[str, Any]
    origins: tuple[tuple[str, FieldPath], ...]
    at: FieldPath


class ExternalSecretPlan(NamedTuple):
    """A join Secret that external-secrets makes: `data` maps its keys to (remote key, property); `once` where the operator rotates it."""

    name: str
    store_kind: str
    store_name: str
    once: bool
    data: tuple[tuple[str, str, str], ...]
    at: FieldPath


class PlaceholderSecretPlan(NamedTuple):
    """A join Secret with placeholders: a delivery engine fills them in before a server sees it; `rotated` where the operator renews it."""

    name: str
    string_data: Mapping[str, str]
    data: Mapping[str, str]
    rotated: bool
    at: FieldPath


class ExportPlan(NamedTuple):
    """A ServiceExport."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: FieldPath


class ProxyPlan(NamedTuple):
    """An EnvoyProxy; `service_routing` where imports without EndpointSlices of their own are routed (Submariner before 0.15)."""

    name: str
    namespace: str
    spec: Mapping[str, Any]
    service_routing: bool
    at: FieldPath


class ClassPlan(NamedTuple):
    """A GatewayClass; `proxy` is the (namespace, name) of its EnvoyProxy."""

    name: str
    controller_name: str
    description: str | None
    proxy: tuple[str, str] | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: FieldPath


class ListenerPlan(NamedTuple):
    """A listener, in the API's shape."""

    body: Mapping[str, Any]
    at: FieldPath


class GatewayPlan(NamedTuple):
    """A Gateway; `fields` are further spec fields in the API's shape; `proxy` is the name of its own EnvoyProxy."""

    name: str
    namespace: str
    class_name: str
    listeners: tuple[ListenerPlan, ...]
    fields: Mapping[str, Any]
    proxy: str | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: FieldPath


class BackendPlan(NamedTuple):
    """A reference to where requests go, in the API's shape (`body`, without filters); `filters` are its own."""

    body: Mapping[str, Any]
    filters: "tuple[FilterPlan, ...] | None"
    at: FieldPath


class FilterPlan(NamedTuple):
    """A filter in the API's shape, every service in it already named as the cluster knows it."""

    body: Mapping[str, Any]
    at: FieldPath


class RulePlan(NamedTuple):
    """A rule of a route: `fields` in the API's shape, beside filters and backends."""

    fields: Mapping[str, Any]
    filters: tuple[FilterPlan, ...] | None
    backends: tuple[BackendPlan, ...] | None
    at: FieldPath


class ParentPlan(NamedTuple):
    """A parentRef in the API's shape."""

    body: Mapping[str, Any]
    at: FieldPath


class RoutePlan(NamedTuple):
    """A route of one of the five kinds, at the API version that its cluster serves."""

    kind: str
    version: str
    name: str
    namespace: str
    parents: tuple[ParentPlan, ...]
    hostnames: tuple[str, ...] | None
    rules: tuple[RulePlan, ...]
    fields: Mapping[str, Any]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: FieldPath


class GrantPlan(NamedTuple):
    """A ReferenceGrant in `namespace`: `from_kind` of `from_namespace` may refer to one object there."""

    from_kind: str
    from_namespace: str
    to_group: str
    to_kind: str
    to_name: str
    namespace: str
    at: FieldPath


class SharedPlan(NamedTuple):
    """What a group of clusters has in common: all but the join."""

    namespaces: tuple[NamespacePlan, ...]
    exports: tuple[ExportPlan, ...]
    proxies: tuple[ProxyPlan, ...]
    classes: tuple[ClassPlan, ...]
    gateways: tuple[GatewayPlan, ...]
    grants: tuple[GrantPlan, ...]
    routes: tuple[RoutePlan, ...]
    manifests: tuple[RawManifest, ...]


class ClusterPlan(NamedTuple):
    """All that one cluster gets; `shared` is one value for all clusters that have the same of it."""

    name: str
    profile: Profile
    broker: BrokerPlan | None
    join: JoinPlan | None
    secrets: tuple[ExternalSecretPlan | PlaceholderSecretPlan, ...]
    shared: SharedPlan
    patches: tuple[Patch, ...]


class Plan(NamedTuple):
    """The whole set: clusters in byte order of name, and the lock as it should be."""

    name: str
    clusters: Mapping[str, ClusterPlan]
    lock: Lock

    def only(self, cluster: str) -> "Plan":
        """The plan of one cluster alone."""
        return self._replace(clusters={cluster: self.clusters[cluster]})
