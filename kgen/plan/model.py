"""The decisions: what each cluster gets, named and numbered, before any manifest exists.

An item that is the same in many clusters is one value: the rooms after this one render, judge and print it once. So items are
compared by identity there; nothing may copy them. `at` is the spec value that asked for the item.
"""

from collections.abc import Mapping
from typing import Any

from kgen.clusterset.model import Patch, RawManifest
from kgen.diagnostics import FieldPath
from kgen.plan.lock import Lock
from kgen.records import NamedTuple
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


class Marks(NamedTuple):
    """What every object that kgen makes carries for its engine (None where no delivery is made), and the author's common metadata."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    engine: str | None
    waves: bool


class ProjectPlan(NamedTuple):
    """An AppProject: what the set needs to be allowed; `cluster_kinds` are (group, kind) without a namespace."""

    name: str
    namespace: str
    repositories: tuple[str, ...]
    destinations: tuple[str, ...]
    cluster_kinds: tuple[tuple[str, str], ...]
    at: FieldPath


class ApplicationSetPlan(NamedTuple):
    """The ApplicationSet of the tree: an Application for each of `clusters`, which are (name, destination), or for each and each stage.

    `path` is the folder that has a folder for each cluster.
    """

    name: str
    namespace: str
    project: str
    repository: str
    revision: str
    path: str
    stages: tuple[str, ...]
    clusters: tuple[tuple[str, str], ...]
    prune: bool
    at: FieldPath


class OperatorPlan(NamedTuple):
    """Submariner's operator of one version: `image` is what its Deployment runs, from `path` of a repository at `tag`."""

    repository: str
    tag: str
    path: str
    image: str
    at: FieldPath


class ChartPlan(NamedTuple):
    """A chart of one version in a registry (`oci://...`), released under a name; `crds` says whether its CRDs come along."""

    registry: str
    chart: str
    version: str
    release: str
    namespace: str
    crds: bool
    values: Mapping[str, Any]
    at: FieldPath


class ApplicationPlan(NamedTuple):
    """The Application that installs the operators of one cluster."""

    name: str
    namespace: str
    project: str
    destination: str
    operator: OperatorPlan | None
    chart: ChartPlan | None
    at: FieldPath


class SourcePlan(NamedTuple):
    """Where Flux gets something: `kind` is GitRepository or OCIRepository, `ref` in its API's shape; `chart` where it is one."""

    kind: str
    name: str
    namespace: str
    url: str
    ref: Mapping[str, str]
    interval: str
    secret: str | None
    chart: bool
    at: FieldPath


class KustomizationPlan(NamedTuple):
    """A Kustomization of Flux; `watched` are kinds whose health has an expression; with an `operator` it is that one's."""

    name: str
    namespace: str
    source_kind: str
    source_name: str
    path: str
    depends_on: tuple[str, ...]
    interval: str
    retry_interval: str
    timeout: str
    prune: bool
    watched: tuple[str, ...]
    substitute_from: tuple[tuple[str, str, bool], ...]
    operator: OperatorPlan | None
    at: FieldPath


class ReleasePlan(NamedTuple):
    """A HelmRelease: a chart that the OCIRepository `source` brings."""

    name: str
    namespace: str
    source: str
    interval: str
    chart: ChartPlan
    at: FieldPath


class DeliveryPlan(NamedTuple):
    """What the engine is given: `folders` are (path in the tree, items); `stages` are each cluster's folders that it names, "" its own."""

    folders: tuple[tuple[str, tuple[object, ...]], ...]
    stages: Mapping[str, tuple[str, ...]]


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
    operators: tuple[SourcePlan | ReleasePlan, ...] = ()


class Plan(NamedTuple):
    """The whole set: clusters in byte order of name, and the lock as it should be."""

    name: str
    clusters: Mapping[str, ClusterPlan]
    lock: Lock
    marks: Marks
    delivery: DeliveryPlan | None = None

    def only(self, cluster: str) -> "Plan":
        """The plan of one cluster alone, without what the engine is given for all of them."""
        delivery = None if self.delivery is None else self.delivery._replace(folders=())
        return self._replace(clusters={cluster: self.clusters[cluster]}, delivery=delivery)
