"""The wish, typed: what one ClusterSet file says, with the language's own defaults filled in and nothing resolved.

Every record knows its place (`at`, the path in the merged document); a field has the spec's name in snake_case. What the
language passes through in a Kubernetes API's own shape stays plain data (`Any` and maps), and is never mutated.
"""

from collections.abc import Mapping
from typing import Any, Literal

from kgen.diagnostics import FieldPath
from kgen.records import NamedTuple


class Selector(NamedTuple):
    """Which clusters: all parts that are given must hold, then `exclude` subtracts; `everywhere` is the word `all`."""

    everywhere: bool
    names: tuple[str, ...] | None
    match_labels: Mapping[str, str]
    match_expressions: tuple["Requirement", ...]
    exclude: tuple[str, ...]
    at: FieldPath


class Requirement(NamedTuple):
    """One label requirement, as in Kubernetes' LabelSelector: `operator` is In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: tuple[str, ...]
    at: FieldPath


class GatewayAPI(NamedTuple):
    """The Gateway API CRDs of a cluster where they do not follow Envoy Gateway: `channel` is standard or experimental."""

    version: str
    channel: str
    at: FieldPath


class Versions(NamedTuple):
    """Product versions as the author wrote them; None is "not given here"."""

    kubernetes: str | None
    submariner: str | None
    envoy_gateway: str | None
    gateway_api: GatewayAPI | None
    at: FieldPath


class Allocation(NamedTuple):
    """A range that every member gets a block of: `cluster_size` is addresses a block; `enabled` matters for `clustersetIP` only."""

    cidr: str
    cluster_size: int
    enabled: bool
    at: FieldPath


class Broker(NamedTuple):
    """Submariner's broker: `cluster` is None where it lives elsewhere; `api_server` is host:port."""

    cluster: str | None
    api_server: str
    namespace: str
    crds: bool
    at: FieldPath


class SecretStore(NamedTuple):
    """The external-secrets store that the join secrets come from: `kind` is SecretStore or ClusterSecretStore."""

    kind: str
    name: str
    at: FieldPath


class Secrets(NamedTuple):
    """How a cluster gets its two join Secrets: existing, externalSecrets or substitution; None is "not given here"."""

    provider: str | None
    store: SecretStore | None
    path: str | None
    at: FieldPath


class ClusterDelivery(NamedTuple):
    """What the delivery engine must know of a cluster: `destination` is its name in Argo CD, None for its own."""

    destination: str | None
    at: FieldPath


class Cluster(NamedTuple):
    """One cluster; `cluster_id` is its identity in Submariner; `member` is False for a dedicated broker."""

    name: str
    cluster_id: str
    labels: Mapping[str, str]
    member: bool
    leaving: bool
    pod_cidr: tuple[str, ...]
    service_cidr: tuple[str, ...]
    node_cidr: tuple[str, ...]
    global_cidr: str | None
    clusterset_ip_cidr: str | None
    public_ip: str | None
    cni: str | None
    kube_proxy_mode: str | None
    gateway_nodes: tuple[str, ...] | None
    versions: Versions | None
    submariner: Mapping[str, Any]
    secrets: Secrets | None
    delivery: ClusterDelivery | None
    at: FieldPath


class Namespace(NamedTuple):
    """A namespace of the set; `allow_from` is None where its owner gives no consent list."""

    name: str
    create: bool
    labels: Mapping[str, str]
    allow_from: tuple[str, ...] | None
    at: FieldPath


class ServicePort(NamedTuple):
    """A port of a Service; the only port of a Service may have the name ""."""

    name: str
    port: int
    protocol: str
    app_protocol: str | None
    target_port: int | str | None
    at: FieldPath


class Exporter(NamedTuple):
    """What differs at one exporter of a service; None is "as the service says"."""

    cluster: str
    ports: tuple[ServicePort, ...] | None
    type: str | None
    session_affinity: str | None
    ip_families: tuple[str, ...] | None
    at: FieldPath


class Service(NamedTuple):
    """A service that clusters export; `type` is ClusterIP or Headless; None is "not declared"."""

    name: str
    namespace: str
    ports: tuple[ServicePort, ...]
    type: str
    session_affinity: str | None
    ip_families: tuple[str, ...] | None
    export_from: Selector
    import_to: Selector | None
    exports: tuple[Exporter, ...]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: FieldPath


class Proxy(NamedTuple):
    """An EnvoyProxy: of a class (`namespace` given) or of a Gateway (in the Gateway's namespace)."""

    name: str
    namespace: str
    spec: Mapping[str, Any]
    at: FieldPath


class GatewayClass(NamedTuple):
    """A GatewayClass; where `create` is False it exists already and is only referred to."""

    name: str
    create: bool
    controller_name: str
    description: str | None
    proxy: Proxy | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: FieldPath


class Listener(NamedTuple):
    """A listener in the Gateway API's own shape; `tls` and `allowed_routes` are passed through."""

    name: str
    hostname: str | None
    port: int
    protocol: str
    tls: Mapping[str, Any] | None
    allowed_routes: Mapping[str, Any] | None
    at: FieldPath


class Gateway(NamedTuple):
    """A Gateway; `addresses` to `default_scope` are passed through in the Gateway API's own shape."""

    name: str
    namespace: str
    create: bool
    deploy_to: Selector
    gateway_class_name: str
    listeners: tuple[Listener, ...]
    proxy: Proxy | None
    addresses: tuple[Any, ...] | None
    infrastructure: Mapping[str, Any] | None
    allowed_listeners: Mapping[str, Any] | None
    tls: Mapping[str, Any] | None
    default_scope: str | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: FieldPath


class ServiceRef(NamedTuple):
    """`service: shop/api`, or `{namespace, name}`."""

    namespace: str
    name: str
    at: FieldPath


class BackendRef(NamedTuple):
    """Where a rule, or a filter, sends requests: `service`, or a Gateway API reference passed through."""

    service: ServiceRef | None
    group: str | None
    kind: str | None
    name: str | None
    namespace: str | None
    port: int | None
    weight: int | None
    filters: "tuple[Filter, ...] | None"
    at: FieldPath


class Filter(NamedTuple):
    """A filter in the API's own shape (`body`); where it names a backend, `backend` is it and `backend_path` its place in `body`."""

    type: str
    body: Mapping[str, Any]
    backend: BackendRef | None
    backend_path: tuple[str, ...]
    at: FieldPath


class Rule(NamedTuple):
    """A rule of a route; what is None was not written. `matches` to `session_persistence` are passed through."""

    name: str | None
    matches: tuple[Any, ...] | None
    filters: tuple[Filter, ...] | None
    backend_refs: tuple[BackendRef, ...] | None
    timeouts: Mapping[str, Any] | None
    retry: Mapping[str, Any] | None
    session_persistence: Mapping[str, Any] | None
    at: FieldPath


class ParentRef(NamedTuple):
    """The Gateway (`namespace` is the route's own unless given) and, narrower, the listener that a route attaches to."""

    name: str
    namespace: str
    section_name: str | None
    port: int | None
    at: FieldPath


RouteKind = Literal["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"]


class Route(NamedTuple):
    """A route of one of the five kinds; `deploy_to` is None where its parents alone place it."""

    kind: RouteKind
    name: str
    namespace: str
    parent_refs: tuple[ParentRef, ...]
    hostnames: tuple[str, ...] | None
    rules: tuple[Rule, ...]
    use_default_gateways: str | None
    deploy_to: Selector | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: FieldPath


class Override(NamedTuple):
    """The same thing, different in some clusters: `merge` is merged over the spec, as an overlay is."""

    name: str
    apply_to: Selector
    merge: Mapping[str, Any]
    at: FieldPath


class Target(NamedTuple):
    """Which emitted objects a patch means; an absent part (None) matches any."""

    group: str | None
    kind: str | None
    namespace: str | None
    name: str | None
    at: FieldPath


class Patch(NamedTuple):
    """A change of emitted objects: `merge` or `json6902`, with the number of objects it must hit in each selected cluster."""

    name: str
    target: Target
    apply_to: Selector
    expect: int
    merge: Mapping[str, Any] | None
    json6902: tuple[Mapping[str, Any], ...] | None
    at: FieldPath


class RawManifest(NamedTuple):
    """An object of the author's own for selected clusters; `stage` is None for the stage that its kind implies."""

    name: str
    deploy_to: Selector
    stage: str | None
    object: Mapping[str, Any]
    at: FieldPath


class LocalRef(NamedTuple):
    """An object in the engine's namespace."""

    name: str
    at: FieldPath


class SubstituteRef(NamedTuple):
    """A Secret or ConfigMap whose keys are variables of Flux's substitution."""

    kind: str
    name: str
    optional: bool
    at: FieldPath


class InstallSubmariner(NamedTuple):
    """Submariner's operator from a repository of its own kustomization."""

    repo_url: str
    at: FieldPath


class InstallEnvoyGateway(NamedTuple):
    """Envoy Gateway's chart from a registry; `crds` is False where someone else owns them."""

    repo_url: str
    crds: bool
    values: Mapping[str, Any]
    at: FieldPath


class Install(NamedTuple):
    """The operators that the engine installs too; None is "someone else does"."""

    submariner: InstallSubmariner | None
    envoy_gateway: InstallEnvoyGateway | None
    at: FieldPath


class Delivery(NamedTuple):
    """How the committed tree reaches the clusters: `engine` is argocd or flux; None is "not given" where only one engine has the field."""

    engine: str
    repo_url: str
    revision: str
    path: str
    namespace: str
    prune: bool
    project: str | None
    per: str | None
    secret_ref: LocalRef | None
    source_interval: str | None
    interval: str | None
    retry_interval: str | None
    timeout: str | None
    substitute_from: tuple[SubstituteRef, ...] | None
    install: Install | None
    at: FieldPath

    @property
    def artifact(self) -> bool:
        """Whether the tree comes as an OCI artifact, not from Git."""
        return self.repo_url.startswith("oci://")

    @property
    def per_stage(self) -> bool:
        """Whether the engine has one object for each stage, so that it refers to each stage's folder."""
        return self.engine == "flux" or self.per == "stage"


class CommonMetadata(NamedTuple):
    """Labels and annotations of all objects that kgen makes."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at: FieldPath


class ClusterSet(NamedTuple):
    """The whole wish; `join` is "submariner", or "external" where someone else joins the clusters."""

    name: str
    versions: Versions
    join: str
    connectivity: bool
    globalnet: Allocation | None
    clusterset_ip: Allocation | None
    broker: Broker | None
    secrets: Secrets | None
    submariner: Mapping[str, Any]
    clusters: tuple[Cluster, ...]
    namespaces: tuple[Namespace, ...]
    services: tuple[Service, ...]
    gateway_classes: tuple[GatewayClass, ...]
    gateways: tuple[Gateway, ...]
    routes: tuple[Route, ...]
    overrides: tuple[Override, ...]
    patches: tuple[Patch, ...]
    manifests: tuple[RawManifest, ...]
    schemas: tuple[str, ...]
    delivery: Delivery | None
    common_metadata: CommonMetadata | None
    at: FieldPath
