"""From a Document to the typed ClusterSet: defaults filled, short forms made long, keyed lists in order, camelCase left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from kgen.clusterset.merge import Keys
from kgen.clusterset.model import (
    Allocation,
    BackendRef,
    Broker,
    Cluster,
    ClusterDelivery,
    ClusterSet,
    CommonMetadata,
    Delivery,
    Exporter,
    Filter,
    Gateway,
    GatewayAPI,
    GatewayClass,
    Install,
    InstallEnvoyGateway,
    InstallSubmariner,
    Listener,
    LocalRef,
    Namespace,
    Override,
    ParentRef,
    Patch,
    Proxy,
    RawManifest,
    Requirement,
    Route,
    Rule,
    Secrets,
    SecretStore,
    Selector,
    Service,
    ServicePort,
    ServiceRef,
    SubstituteRef,
    Target,
    Versions,
)
from kgen.clusterset.overlay import KEYED
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Rejected, Related
from kgen.expressions import expression
from kgen.source import Document
from kgen.structure import judge_spec

REPEATED: Final = Code("KG209", "repeated-item")
UNNAMED: Final = Code("KG212", "unnamed-port")
DOUBTFUL: Final = Code("KG213", "ambiguous-text")
OPERATOR: Final = Code("KG215", "operator-values")

# The keys of each keyed list by its name, which means the same wherever it stands.
KEYS: Final[Mapping[str, Keys]] = {fields[-1]: keys for fields, keys in KEYED.items()}

# What an absent field is, where it has the same meaning as an empty one.
EMPTY: Final[dict[str, Any]] = {}

T = TypeVar("T")


def decode(document: Document, base: tuple[Document, ClusterSet] | None = None, root: FieldPath = ROOT) -> ClusterSet:
    """The ClusterSet that a document says; raises Rejected with everything that its schema, or a key given twice, forbids.

    `base` is a document with its ClusterSet of which this one is a variant: a part of the data that is the very same object there
    is not judged or decoded again, its record is the base's. `root` is put in front of the path of every new record and finding.
    """
    data = document.data
    found = [
        DOUBTFUL.error(
            f"{written} without quotes is text to YAML 1.2, but {seen} to many readers",
            FieldPath((*root, *path)),
            f'write "{written}"',
            help="quote it, so that every reader sees the same text",
        )
        for path, seen in document.doubtful.items()
        if not any(isinstance(key, str) and key.startswith("x-") for key in path)
        for written in (document.raw(path),)
    ]
    if refused(data if base is None else _changed(data, base[0].data)):
        # Imported here: jsonschema takes 115 ms to import, and only a refused spec needs it.
        from kgen.schema import explain

        told = explain(document, root)
        assert told, "the spec is refused, but its schema finds no fault"
        places = {finding.at for finding in told}
        raise Rejected([*told, *(finding for finding in found if finding.at not in places), *_repeated(data, root)])
    part = Part(data["spec"], root / "spec", found, None if base is None else base[0].data["spec"], None if base is None else base[1])
    decoded = _clusterset(data["metadata"]["name"], part)
    if found:
        raise Rejected(found)
    return decoded


def refused(data: Any) -> bool:
    """Whether the spec's schema refuses the data of a document."""
    return bool(judge_spec(data))


def key_of(name: str, item: Mapping[str, Any]) -> tuple[str, ...]:
    """What an item of the keyed list `name` is known by: its key fields, with a route's default kind and "" for a port without a name."""
    names, defaults = KEYS[name]
    return tuple([item[field] if field in item else defaults.get(field, "") for field in names])


def repeats(name: str, items: Sequence[Any], at: FieldPath) -> Iterator[Diagnostic]:
    """A finding for each item of the keyed list `name` that has the key of an earlier one; items without a whole key are passed over."""
    first: dict[tuple[str, ...], int] = {}
    for index, item in enumerate(items):
        if not isinstance(item, dict) or (name == "ports" and "name" not in item):
            continue
        key = key_of(name, item)
        if not all(isinstance(part, str) and part for part in key):
            continue
        if key in first:
            fields = " and ".join(KEYS[name].names)
            yield REPEATED.error(
                f'{name} has "{"/".join(key)}" twice',
                at / index,
                f"the same {fields} again",
                [Related(at / first[key], "first given here")],
                help=f"{name} are known by {fields}: join the two, or give one another name",
            )
        else:
            first[key] = index


class Part:
    """A value of the spec with its path and, in a variant, what it was in the base; `found` collects what is wrong."""

    __slots__ = ("at", "data", "found", "record", "was")

    def __init__(self, data: Any, at: FieldPath, found: list[Diagnostic], was: Any = None, record: Any = None) -> None:
        self.data = data
        self.at = at
        self.found = found
        self.was = was if record is not None and isinstance(was, dict) else {}
        self.record = record

    def one(self, key: str, make: Callable[[Part], T]) -> T | None:
        """The record of the field `key`, if it is given."""
        value = self.data.get(key)
        return None if value is None else self.need(key, make)

    def need(self, key: str, make: Callable[[Part], T]) -> T:
        """The record of the field `key`, or of an empty map."""
        value = self.data.get(key, EMPTY)
        if self.record is None:
            return make(Part(value, self.at / key, self.found))
        was, record = self.was.get(key, EMPTY), getattr(self.record, snake(key))
        if value is was:
            return record  # type: ignore[no-any-return]  # what this field had in the base
        return make(Part(value, self.at / key, self.found, was, record))

    def each(self, key: str, make: Callable[[Part], T]) -> tuple[T, ...] | None:
        """The records of a list that keeps its order, if it is given."""
        items = self.data.get(key)
        if items is None:
            return None
        at = self.at / key
        if self.record is None:
            return tuple([make(Part(item, at / index, self.found)) for index, item in enumerate(items)])
        was, records = self.was.get(key), getattr(self.record, snake(key))
        if items is was:
            return records  # type: ignore[no-any-return]  # what this field had in the base
        before = list(zip(was or (), records or (), strict=True))
        known = {id(item): record for item, record in before}
        # What a changed item was is a guess by its place: only what is the very same object inside it is taken over.
        before += [(None, None)] * (len(items) - len(before))
        return tuple([known.get(id(item)) or make(Part(item, at / i, self.found, *before[i])) for i, item in enumerate(items)])

    def keyed(self, key: str, make: Callable[[Part], T]) -> tuple[T, ...]:
        """The records of a keyed list in byte order of their keys: where an item stands in the file means nothing."""
        items: list[Any] = self.data.get(key) or []
        at = self.at / key
        known: dict[int, tuple[Any, Any]] = {}
        if self.record is not None:
            was, records = self.was.get(key), getattr(self.record, snake(key))
            if items is was:
                return records  # type: ignore[no-any-return]  # what this field had in the base
            if was and records:
                in_place = self._in_place(key, make, items, was, records)
                if in_place is not None:
                    return in_place
                # A base record's own index is the last part of its path; its key tells which item of a changed list it was.
                known = {id(was[record.at[-1]]): (was[record.at[-1]], record) for record in records}
        keys = [key_of(key, item) for item in items]
        if len(set(keys)) < len(keys):
            self.found.extend(repeats(key, items, at))
        before = {key_of(key, item): (item, record) for item, record in known.values()}
        made = []
        for index in sorted(range(len(items)), key=keys.__getitem__):
            item = items[index]
            if id(item) in known:
                made.append(known[id(item)][1])
            else:
                made.append(make(Part(item, at / index, self.found, *before.get(keys[index], (None, None)))))
        return tuple(made)

    def _in_place(
        self, key: str, make: Callable[[Part], T], items: list[Any], was: list[Any], records: tuple[Any, ...]
    ) -> tuple[T, ...] | None:
        """The records where a variant's list has the same keys in the same order as the base's, as almost every override leaves it."""
        if len(items) != len(was):
            return None
        made = list(records)
        for place, record in enumerate(records):
            index = record.at[-1]
            item, old = items[index], was[index]
            if item is old:
                continue
            if key_of(key, item) != key_of(key, old):
                return None
            made[place] = make(Part(item, self.at / key / index, self.found, old, record))
        return tuple(made)


CAPITALS: Final = expression(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(key: str) -> str:
    """The record's name of a field that holds records."""
    return CAPITALS.sub("_", key).lower()


def _clusterset(name: str, part: Part) -> ClusterSet:
    d = part.data
    return ClusterSet(
        name=name,
        versions=part.need("versions", _versions),
        join=d.get("join", "submariner"),
        connectivity=d.get("connectivity", True),
        globalnet=part.one("globalnet", _globalnet),
        clusterset_ip=part.one("clustersetIP", _clusterset_ip),
        broker=part.one("broker", _broker),
        secrets=part.one("secrets", _secrets),
        submariner=part.need("submariner", lambda fields: _own(fields.data)),
        clusters=part.keyed("clusters", _cluster),
        namespaces=part.keyed("namespaces", _namespace),
        services=part.keyed("services", _service),
        gateway_classes=part.keyed("gatewayClasses", _gateway_class),
        gateways=part.keyed("gateways", _gateway),
        routes=part.keyed("routes", _route),
        overrides=part.keyed("overrides", _override),
        patches=part.keyed("patches", _patch),
        manifests=part.keyed("manifests", _manifest),
        schemas=_words(d, "schemas") or (),
        delivery=part.one("delivery", _delivery),
        common_metadata=part.one("commonMetadata", _common_metadata),
        at=part.at,
    )


def _versions(part: Part) -> Versions:
    d = part.data
    return Versions(d.get("kubernetes"), d.get("submariner"), d.get("envoyGateway"), part.one("gatewayAPI", _gateway_api), part.at)


def _gateway_api(part: Part) -> GatewayAPI:
    return GatewayAPI(part.data["version"], part.data.get("channel", "experimental"), part.at)


def _globalnet(part: Part) -> Allocation:
    d = part.data
    return Allocation(d.get("cidr", "242.0.0.0/8"), int(d.get("clusterSize", 65536)), True, part.at)


def _clusterset_ip(part: Part) -> Allocation:
    d = part.data
    return Allocation(d.get("cidr", "243.0.0.0/8"), int(d.get("clusterSize", 4096)), d.get("enabled", False), part.at)


def _broker(part: Part) -> Broker:
    d = part.data
    return Broker(d.get("cluster"), d["apiServer"], d.get("namespace", "submariner-k8s-broker"), d.get("crds", True), part.at)


def _secrets(part: Part) -> Secrets:
    return Secrets(part.data.get("provider"), part.one("store", _store), part.data.get("path"), part.at)


def _store(part: Part) -> SecretStore:
    return SecretStore(part.data.get("kind", "ClusterSecretStore"), part.data["name"], part.at)


def _cluster(part: Part) -> Cluster:
    d = part.data
    return Cluster(
        name=d["name"],
        cluster_id=d.get("clusterID", d["name"]),
        labels=d.get("labels", {}),
        member=d.get("member", True),
        leaving=d.get("leaving", False),
        pod_cidr=_networks(d, "podCIDR"),
        service_cidr=_networks(d, "serviceCIDR"),
        node_cidr=_networks(d, "nodeCIDR"),
        global_cidr=d.get("globalCIDR"),
        clusterset_ip_cidr=d.get("clustersetIPCIDR"),
        public_ip=d.get("publicIP"),
        cni=d.get("cni"),
        kube_proxy_mode=d.get("kubeProxyMode"),
        gateway_nodes=_words(d, "gatewayNodes"),
        versions=part.one("versions", _versions),
        submariner=part.need("submariner", lambda fields: _own(fields.data)),
        secrets=part.one("secrets", _secrets),
        delivery=part.one("delivery", lambda own: ClusterDelivery(own.data.get("destination"), own.at)),
        at=part.at,
    )


def _namespace(part: Part) -> Namespace:
    d = part.data
    return Namespace(d["name"], d.get("create", False), d.get("labels", {}), _words(d, "allowFrom"), part.at)


def _service(part: Part) -> Service:
    d = part.data
    return Service(
        name=d["name"],
        namespace=d["namespace"],
        ports=_ports(part),
        type=d.get("type", "ClusterIP"),
        session_affinity=d.get("sessionAffinity"),
        ip_families=_words(d, "ipFamilies"),
        export_from=part.need("exportFrom", _selector),
        import_to=part.one("importTo", _selector),
        exports=part.keyed("exports", _exporter),
        labels=d.get("labels", {}),
        annotations=d.get("annotations", {}),
        at=part.at,
    )


def _exporter(part: Part) -> Exporter:
    d = part.data
    return Exporter(
        cluster=d["cluster"],
        ports=_ports(part) if "ports" in d else None,
        type=d.get("type"),
        session_affinity=d.get("sessionAffinity"),
        ip_families=_words(d, "ipFamilies"),
        at=part.at,
    )


def _ports(part: Part) -> tuple[ServicePort, ...]:
    items = part.data.get("ports", ())
    if len(items) > 1:
        part.found.extend(
            UNNAMED.error(
                "a port without a name beside others",
                part.at / "ports" / index,
                '"name" is missing',
                help="name every port of a Service that has several, as Kubernetes demands",
            )
            for index, item in enumerate(items)
            if "name" not in item
        )
    return part.keyed("ports", _port)


def _port(part: Part) -> ServicePort:
    d = part.data
    target = d.get("targetPort")
    target = target if isinstance(target, str) else _whole(target)
    return ServicePort(d.get("name", ""), int(d["port"]), d.get("protocol", "TCP"), d.get("appProtocol"), target, part.at)


def _selector(part: Part) -> Selector:
    d = part.data
    if d == "all":
        return Selector(True, None, {}, (), (), part.at)
    if isinstance(d, list):
        return Selector(False, tuple(d), {}, (), (), part.at)
    terms = tuple(
        _requirement(Part(item, part.at / "matchExpressions" / i, part.found)) for i, item in enumerate(d.get("matchExpressions", ()))
    )
    return Selector(False, _words(d, "names"), d.get("matchLabels", {}), terms, _words(d, "exclude") or (), part.at)


def _requirement(part: Part) -> Requirement:
    d = part.data
    operator, values = d["operator"], d.get("values", ())
    # https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.35/#labelselectorrequirement-v1-meta
    if bool(values) != (operator in ("In", "NotIn")):
        part.found.append(
            OPERATOR.error(
                f'{operator} of label "{d["key"]}" {"takes no values" if values else "needs values to compare with"}',
                part.at / "values" if values else part.at,
                "not for this operator" if values else '"values" is missing',
                help="In and NotIn compare the label with `values`; Exists and DoesNotExist ask whether it is there",
            )
        )
    return Requirement(d["key"], operator, tuple(values), part.at)


def _gateway_class(part: Part) -> GatewayClass:
    d = part.data
    return GatewayClass(
        name=d["name"],
        create=d.get("create", True),
        controller_name=d.get("controllerName", "gateway.envoyproxy.io/gatewayclass-controller"),
        description=d.get("description"),
        proxy=part.one("proxy", lambda proxy: _proxy(proxy, proxy.data["namespace"])),
        labels=d.get("labels", {}),
        annotations=d.get("annotations", {}),
        at=part.at,
    )


def _proxy(part: Part, namespace: str) -> Proxy:
    return Proxy(part.data["name"], namespace, part.data.get("spec", {}), part.at)


def _gateway(part: Part) -> Gateway:
    d = part.data
    if "proxy" in d and "parametersRef" in d.get("infrastructure", ()):
        # Not at the top: this module words what is refused, and a clean spec does without it.
        from kgen.schema import EXCLUSIVE

        part.found.append(
            EXCLUSIVE.error(
                '"parametersRef" does not go with "proxy"',
                part.at / "infrastructure" / "parametersRef",
                'not beside "proxy"',
                [Related(part.at / "proxy", "this is set as the Gateway's parametersRef")],
                help="keep proxy for an EnvoyProxy that kgen writes, parametersRef for one that is there already",
            )
        )
    return Gateway(
        name=d["name"],
        namespace=d["namespace"],
        create=d.get("create", True),
        deploy_to=part.need("deployTo", _selector),
        gateway_class_name=d["gatewayClassName"],
        listeners=part.keyed("listeners", _listener),
        proxy=part.one("proxy", lambda proxy: _proxy(proxy, d["namespace"])),
        addresses=_words(d, "addresses"),
        infrastructure=d.get("infrastructure"),
        allowed_listeners=d.get("allowedListeners"),
        tls=d.get("tls"),
        default_scope=d.get("defaultScope"),
        labels=d.get("labels", {}),
        annotations=d.get("annotations", {}),
        at=part.at,
    )


def _listener(part: Part) -> Listener:
    d = part.data
    return Listener(d["name"], d.get("hostname"), int(d["port"]), d["protocol"], d.get("tls"), d.get("allowedRoutes"), part.at)


def _route(part: Part) -> Route:
    d = part.data
    return Route(
        kind=d.get("kind", "HTTPRoute"),
        name=d["name"],
        namespace=d["namespace"],
        parent_refs=part.each("parentRefs", lambda parent: _parent(parent, d["namespace"])) or (),
        hostnames=_words(d, "hostnames"),
        rules=part.each("rules", _rule) or (),
        use_default_gateways=d.get("useDefaultGateways"),
        deploy_to=part.one("deployTo", _selector),
        labels=d.get("labels", {}),
        annotations=d.get("annotations", {}),
        at=part.at,
    )


def _parent(part: Part, namespace: str) -> ParentRef:
    d = part.data
    return ParentRef(d["name"], d.get("namespace", namespace), d.get("sectionName"), _whole(d.get("port")), part.at)


def _rule(part: Part) -> Rule:
    d = part.data
    return Rule(
        name=d.get("name"),
        matches=_words(d, "matches"),
        filters=part.each("filters", _filter),
        backend_refs=part.each("backendRefs", _backend),
        timeouts=d.get("timeouts"),
        retry=d.get("retry"),
        session_persistence=d.get("sessionPersistence"),
        at=part.at,
    )


def _backend(part: Part) -> BackendRef:
    d = part.data
    return BackendRef(
        service=part.one("service", _service_ref),
        group=d.get("group"),
        kind=d.get("kind"),
        name=d.get("name"),
        namespace=d.get("namespace"),
        port=_whole(d.get("port")),
        weight=_whole(d.get("weight")),
        filters=part.each("filters", _filter),
        at=part.at,
    )


def _service_ref(part: Part) -> ServiceRef:
    d = part.data
    if isinstance(d, str):
        namespace, _, name = d.partition("/")
        return ServiceRef(namespace, name, part.at)
    return ServiceRef(d["namespace"], d["name"], part.at)


def _filter(part: Part) -> Filter:
    body = part.data
    # The two filters of the Gateway API that name a backend (HTTPRouteFilter, GRPCRouteFilter).
    for field in ("requestMirror", "externalAuth"):
        if "backendRef" in body.get(field, ()):
            backend = _backend(Part(body[field]["backendRef"], part.at / field / "backendRef", part.found))
            return Filter(body["type"], body, backend, (field, "backendRef"), part.at)
    return Filter(body["type"], body, None, (), part.at)


def _override(part: Part) -> Override:
    d = part.data
    return Override(d["name"], part.need("applyTo", _selector), d["merge"], part.at)


def _patch(part: Part) -> Patch:
    d = part.data
    return Patch(
        name=d["name"],
        target=part.need("target", _target),
        apply_to=part.need("applyTo", _selector),
        expect=int(d["expect"]),
        merge=d.get("merge"),
        json6902=_words(d, "json6902"),
        at=part.at,
    )


def _target(part: Part) -> Target:
    d = part.data
    return Target(d.get("group"), d.get("kind"), d.get("namespace"), d.get("name"), part.at)


def _manifest(part: Part) -> RawManifest:
    d = part.data
    return RawManifest(d["name"], part.need("deployTo", _selector), d.get("stage"), d["object"], part.at)


def _delivery(part: Part) -> Delivery:
    d = part.data
    flux, artifact = d["engine"] == "flux", d["repoURL"].startswith("oci://")
    return Delivery(
        engine=d["engine"],
        repo_url=d["repoURL"],
        revision=d.get("revision", "latest" if artifact else "main"),
        path=d.get("path", "." if artifact else "out"),
        namespace=d.get("namespace", "flux-system" if flux else "argocd"),
        prune=d.get("prune", True),
        project=d.get("project"),
        per=d.get("per"),
        secret_ref=part.one("secretRef", lambda ref: LocalRef(ref.data["name"], ref.at)),
        source_interval=d.get("sourceInterval"),
        interval=d.get("interval"),
        retry_interval=d.get("retryInterval"),
        timeout=d.get("timeout"),
        substitute_from=part.each("substituteFrom", _substitute_ref),
        install=part.one("install", _install),
        at=part.at,
    )


def _substitute_ref(part: Part) -> SubstituteRef:
    d = part.data
    return SubstituteRef(d.get("kind", "Secret"), d["name"], d.get("optional", False), part.at)


def _install(part: Part) -> Install:
    return Install(part.one("submariner", _install_submariner), part.one("envoyGateway", _install_envoy_gateway), part.at)


def _install_submariner(part: Part) -> InstallSubmariner:
    return InstallSubmariner(part.data.get("repoURL", "https://github.com/submariner-io/submariner-operator"), part.at)


def _install_envoy_gateway(part: Part) -> InstallEnvoyGateway:
    d = part.data
    return InstallEnvoyGateway(d.get("repoURL", "oci://docker.io/envoyproxy"), d.get("crds", True), d.get("values", {}), part.at)


def _common_metadata(part: Part) -> CommonMetadata:
    return CommonMetadata(part.data.get("labels", {}), part.data.get("annotations", {}), part.at)


def _words(data: Mapping[str, Any], key: str) -> tuple[Any, ...] | None:
    value = data.get(key)
    return None if value is None else tuple(value)


def _whole(value: int | float | None) -> int | None:
    # JSON Schema takes 80.0 for a whole number, and so does every reader of JSON.
    return None if value is None else int(value)


def _networks(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key, ())
    return (value,) if isinstance(value, str) else tuple(value)


def _own(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Submariner's fields without the author's own `x-` keys, which only pass-through parts keep."""
    if not any(key.startswith("x-") or isinstance(value, (dict, float)) for key, value in fields.items()):
        return fields
    return {
        key: _own(value) if key in ("connectionHealthCheck", "coreDNSCustomConfig") else int(value) if isinstance(value, float) else value
        for key, value in fields.items()
        if not key.startswith("x-")
    }


def _changed(data: Any, base: Any) -> Any:
    """The part of a variant that its base has not: what need be judged, given that the base was accepted."""
    spec = data.get("spec") if isinstance(data, dict) else None
    if not isinstance(spec, dict):
        return data
    part: dict[str, Any] = {}
    for key, value in spec.items():
        old = base["spec"].get(key)
        if value is old and key in base["spec"]:
            continue
        if isinstance(value, list) and isinstance(old, list):
            known = set(map(id, old))
            value = [item for item in value if id(item) not in known] or value[:1]
        part[key] = value
    if "clusters" in spec and "clusters" not in part:
        part["clusters"] = spec["clusters"][:1]
    return {**data, "spec": part}


def _repeated(data: Any, root: FieldPath) -> Iterator[Diagnostic]:
    """`repeats` of every keyed list in data that the schema refuses, as far as its shape can be trusted."""
    for fields in KEYED:
        yield from _repeated_below(data, fields, root)


def _repeated_below(part: Any, fields: tuple[str, ...], at: FieldPath) -> Iterator[Diagnostic]:
    below = part.get(fields[0]) if isinstance(part, dict) else None
    at /= fields[0]
    if len(fields) == 1 and isinstance(below, list):
        yield from repeats(fields[0], below, at)
    elif isinstance(below, list):
        for index, item in enumerate(below):
            yield from _repeated_below(item, fields[1:], at / index)
    elif len(fields) > 1:
        yield from _repeated_below(below, fields[1:], at)
