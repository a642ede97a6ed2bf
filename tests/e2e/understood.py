"""What the real controllers understood, in the words of what kgen planned: each function gives (where, what is seen, what was planned)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Final, NamedTuple

from kgen.plan.model import ClusterPlan, RoutePlan
from tests.e2e.cluster import OPERATOR_NAMESPACE, Cluster, Json
from tests.e2e.clusterset import RunningSet
from tests.e2e.lab import Failed
from tests.e2e.traffic import own_port

GATEWAY: Final = "submariner-gateway"
ROUTES: Final = "submariner-routeagent"
GLOBALNET: Final = "submariner-globalnet"
AGENT: Final = "submariner-lighthouse-agent"
COREDNS: Final = "submariner-lighthouse-coredns"
DISCOVERY: Final = "service-discovery"


class Seen(NamedTuple):
    """Something that a controller shows, beside what was planned."""

    where: str
    seen: Json
    planned: Json

    @property
    def equal(self) -> bool:
        """Whether it was understood."""
        return bool(self.seen == self.planned)


class Objects(NamedTuple):
    """What the operator made of a Submariner object, by plural and name."""

    made: Mapping[tuple[str, str], Json]

    def workload(self, name: str) -> Json | None:
        """A Deployment or DaemonSet, or None."""
        return self.made.get(("daemonsets", name)) or self.made.get(("deployments", name))

    def container(self, name: str) -> Json:
        """The container of a Deployment or DaemonSet."""
        return self.pod(name)["containers"][0]

    def env(self, name: str, variable: str) -> str | None:
        """A variable of it."""
        return next((each.get("value", "") for each in self.container(name)["env"] if each["name"] == variable), None)

    def pod(self, name: str) -> Json:
        """The pod that it asks for."""
        return (self.workload(name) or {})["spec"]["template"]["spec"]


def unlike(running: RunningSet, look: Callable[[], Iterable[Seen]]) -> str:
    """What is seen otherwise than planned, also after the controllers had time: a line each, "" where all is as planned."""
    last: list[Seen] = []

    def settled() -> bool:
        try:
            last[:] = look()
        except (KeyError, TypeError, IndexError) as missing:
            last[:] = [Seen("an object that is not there yet", repr(missing), None)]
        return all(each.equal for each in last)

    try:
        running.lab.wait("everything is as planned", settled, 30)
    except Failed:
        if all(each.equal for each in last):
            raise
    return "\n".join(f"{each.where}: {each.seen!r}, planned {each.planned!r}" for each in last if not each.equal)


Look = Callable[[Objects, Json, Mapping[str, Json]], Iterator[Seen]]


def made_by_operator(cluster: Cluster) -> Objects:
    """What there is now."""
    plurals = ("daemonsets", "deployments", "servicediscoveries", "services", "configmaps")
    return Objects({(plural, each["metadata"]["name"]): each for plural in plurals for each in cluster.all(plural, OPERATOR_NAMESPACE)})


def text(value: Json) -> str:
    """A value as an environment has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def env(variable: str, *workloads: str) -> Look:
    """The field is a variable of these workloads."""

    def look(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
        for each in workloads:
            yield Seen(f"{each}: {variable}", objects.env(each, variable), text(value))

    return look


def discovery(field: str) -> Look:
    """The field is one of the ServiceDiscovery object, which has a reconciler of its own."""

    def look(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
        yield Seen(f"ServiceDiscovery: {field}", objects.made["servicediscoveries", DISCOVERY]["spec"].get(field), value)

    return look


def both(*looks: Look) -> Look:
    """All of them."""

    def look(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
        for each in looks:
            yield from each(objects, value, spec)

    return look


def secret(*workloads: str) -> Look:
    """The field is the name of a Secret that these workloads mount."""

    def look(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
        for each in workloads:
            names = {volume.get("secret", {}).get("secretName") for volume in objects.pod(each)["volumes"]}
            yield Seen(f"{each}: mounts {value}", value in names, True)

    return look


def images(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
    """Repository and version are in each image that is not overridden."""
    overrides = spec.get("imageOverrides", {})
    for name in (GATEWAY, ROUTES, AGENT):
        wanted = f"{spec['repository']}/{name.removeprefix('submariner-').replace('gateway', 'submariner-gateway').replace('routeagent', 'submariner-route-agent')}:{spec['version']}"
        key = {ROUTES: "submariner-routeagent"}.get(name, name)
        yield Seen(f"{name}: image", objects.container(name)["image"], overrides.get(key, wanted))


def globalnet(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
    """A global network turns Globalnet on."""
    yield from env("SUBMARINER_GLOBALCIDR", GATEWAY, ROUTES)(objects, value, spec)
    yield from env("SUBMARINER_GLOBALNET_ENABLED", AGENT)(objects, True, spec)
    yield Seen("DaemonSet of Globalnet", objects.workload(GLOBALNET) is not None, True)


def health(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
    """How connections are watched."""
    for workload in (GATEWAY, ROUTES):
        yield from env("SUBMARINER_HEALTHCHECKENABLED", workload)(objects, value["enabled"], spec)
        yield from env("SUBMARINER_HEALTHCHECKINTERVAL", workload)(objects, value["intervalSeconds"], spec)
        yield from env("SUBMARINER_HEALTHCHECKMAXPACKETLOSSCOUNT", workload)(objects, value["maxPacketLossCount"], spec)


def natt_port(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
    """The port of the gateway, on its node and for the driver."""
    yield from env("CE_IPSEC_NATTPORT", GATEWAY)(objects, value, spec)
    yield Seen(f"{GATEWAY}: hostPort", objects.container(GATEWAY)["ports"][0]["hostPort"], value)


def balancer(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
    """A LoadBalancer Service before the gateway."""
    yield from env("SUBMARINER_PUBLICIP", GATEWAY)(objects, f"lb:{GATEWAY}", spec)
    yield Seen("Service of the gateway", objects.made["services", GATEWAY]["spec"]["type"], "LoadBalancer")


def annotations(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
    """Annotations of that Service."""
    found = objects.made["services", GATEWAY]["metadata"].get("annotations", {})
    yield Seen("Service of the gateway: annotations", {name: found.get(name) for name in value}, value)


def served_domains(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
    """Each domain is served by Lighthouse's CoreDNS."""
    served = objects.made["configmaps", COREDNS]["data"]["Corefile"]
    for domain in value:
        yield Seen(f"Corefile: {domain}", f"\n{domain}:53 " in f"\n{served}", True)


def discovered(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
    """Service discovery runs."""
    yield Seen("Deployment of the Lighthouse agent", objects.workload(AGENT) is not None, value)


def scheduled(key: str) -> Look:
    """Where the pods of service discovery may run."""

    def look(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
        yield Seen(f"{AGENT}: {key}", objects.pod(AGENT).get(key), value)

    return look


def nowhere(objects: Objects, value: Json, spec: Mapping[str, Json]) -> Iterator[Seen]:
    """The operator of 0.24.0 hands this field to nobody."""
    yield from ()


# Every field of the Submariner object, and where its operator shows what it took it for.
FIELDS: Final[Mapping[str, Look]] = {
    "airGappedDeployment": env("AIR_GAPPED_DEPLOYMENT", GATEWAY),
    "broker": env("SUBMARINER_BROKER", GATEWAY),
    "brokerK8sApiServer": env("BROKER_K8S_APISERVER", GATEWAY, AGENT),
    "brokerK8sInsecure": env("BROKER_K8S_INSECURE", GATEWAY, AGENT),
    "brokerK8sRemoteNamespace": env("BROKER_K8S_REMOTENAMESPACE", GATEWAY, AGENT),
    "brokerK8sSecret": both(env("BROKER_K8S_SECRET", GATEWAY, AGENT), secret(GATEWAY, AGENT)),
    "cableDriver": env("SUBMARINER_CABLEDRIVER", GATEWAY),
    "ceIPSecDebug": env("CE_IPSEC_DEBUG", GATEWAY),
    "ceIPSecForceUDPEncaps": env("CE_IPSEC_FORCEENCAPS", GATEWAY),
    "ceIPSecIKEPort": nowhere,
    "ceIPSecNATTPort": natt_port,
    "ceIPSecPSKSecret": both(env("CE_IPSEC_PSKSECRET", GATEWAY), secret(GATEWAY)),
    "ceIPSecPreferredServer": env("CE_IPSEC_PREFERREDSERVER", GATEWAY),
    "ceIPSecUseOVNCertAuthMode": lambda objects, value, spec: env("CE_IPSEC_AUTHMODE", GATEWAY)(objects, "cert", spec),
    "clusterCIDR": env("SUBMARINER_CLUSTERCIDR", GATEWAY, ROUTES, AGENT, COREDNS),
    "clusterID": env("SUBMARINER_CLUSTERID", GATEWAY, ROUTES, AGENT, COREDNS),
    "clustersetIPCIDR": env("SUBMARINER_CLUSTERSET_IP_CIDR", AGENT),
    "clustersetIPEnabled": env("SUBMARINER_CLUSTERSET_IP_ENABLED", AGENT),
    "colorCodes": env("SUBMARINER_COLORCODES", GATEWAY),
    "connectionHealthCheck": health,
    "coreDNSCustomConfig": discovery("coreDNSCustomConfig"),
    "customDomains": both(discovery("customDomains"), served_domains),
    "debug": env("SUBMARINER_DEBUG", GATEWAY, ROUTES, AGENT),
    "disableIntraClusterConnectivity": env("SUBMARINER_INTRAROUTINGDISABLED", ROUTES),
    "globalCIDR": globalnet,
    "haltOnCertificateError": env("SUBMARINER_HALT_ON_CERT_ERROR", GATEWAY, AGENT),
    "hostedCluster": nowhere,
    "imageOverrides": both(discovery("imageOverrides"), images),
    "loadBalancerEnabled": balancer,
    "loadBalancerServiceAnnotations": annotations,
    "namespace": env("SUBMARINER_NAMESPACE", GATEWAY, ROUTES, AGENT, COREDNS),
    "natEnabled": env("SUBMARINER_NATENABLED", GATEWAY),
    "nodeSelector": scheduled("nodeSelector"),
    "repository": images,
    "serviceCIDR": env("SUBMARINER_SERVICECIDR", GATEWAY, ROUTES),
    "serviceDiscoveryEnabled": discovered,
    "tolerations": scheduled("tolerations"),
    "version": images,
}


def join(cluster: Cluster, spec: Mapping[str, Json]) -> list[Seen]:
    """What the operator understood of each field of the Submariner object that kgen wrote."""
    objects = made_by_operator(cluster)
    return [seen for field, value in spec.items() for seen in FIELDS[field](objects, value, spec)]


def export(running: RunningSet, exporter: str, name: str, namespace: str) -> Iterator[Seen]:
    """What Lighthouse made of a ServiceExport, on the exporter and in every cluster that has the namespace."""
    [service] = [each for each in running.services if (each.name, each.namespace) == (name, namespace)]
    exporters = sorted(
        each for each, plan in running.plan.clusters.items() if any(one[:2] == (name, namespace) for one in plan.shared.exports)
    )
    found = running.clusters[exporter].get("serviceexports", namespace, name) or {}
    conditions = {each["type"]: each["status"] for each in found.get("status", {}).get("conditions", ())}
    yield Seen(
        f"{exporter}: ServiceExport {namespace}/{name}",
        {each: conditions.get(each) for each in ("Valid", "Ready")},
        {"Valid": "True", "Ready": "True"},
    )
    yield Seen(f"{exporter}: ServiceExport {namespace}/{name} conflicts", conditions.get("Conflict", "False"), "False")
    for importer, plan in running.plan.clusters.items():
        if plan.join is None or not any(each.name == namespace for each in plan.shared.namespaces):
            continue
        cluster = running.clusters[importer]
        imported = cluster.get("serviceimports", namespace, name) or {"spec": {}, "status": {}}
        ports = [(each.get("name", ""), each["port"], each.get("protocol", "TCP")) for each in imported["spec"].get("ports", ())]
        yield Seen(
            f"{importer}: ports of ServiceImport {namespace}/{name}",
            sorted(ports),
            sorted((each.name, each.port, each.protocol or "TCP") for each in service.ports),
        )
        protocols = {each.get("name", ""): each.get("appProtocol") for each in imported["spec"].get("ports", ())}
        yield Seen(f"{importer}: their application protocols", protocols, {each.name: each.app_protocol for each in service.ports})
        yield Seen(
            f"{importer}: who exports", sorted(each["cluster"] for each in imported.get("status", {}).get("clusters", ())), exporters
        )
        slices = imported_slices(cluster, namespace, name)
        for each in exporters:
            join = running.plan.clusters[each].join
            assert join is not None
            inside = join.spec.get("globalCIDR", join.spec["serviceCIDR"])
            addresses = [address for one in slices.get(each, ()) for endpoint in one["endpoints"] for address in endpoint["addresses"]]
            yield Seen(
                f"{importer}: addresses from {each} in {inside}", [ip_address(one) in ip_network(inside) for one in addresses], [True]
            )


def exports(running: RunningSet) -> Iterator[Seen]:
    """The same of every ServiceExport of the set."""
    for name, plan in running.plan.clusters.items():
        for each in plan.shared.exports:
            yield from export(running, name, each.name, each.namespace)


def imported_slices(cluster: Cluster, namespace: str, name: str) -> dict[str, list[Json]]:
    """The EndpointSlices of an import, by the cluster that they come from."""
    found: dict[str, list[Json]] = {}
    for each in cluster.all("endpointslices", namespace):
        labels = each["metadata"].get("labels", {})
        if labels.get("multicluster.kubernetes.io/service-name") == name:
            found.setdefault(labels.get("multicluster.kubernetes.io/source-cluster", ""), []).append(each)
    return found


def ready(cluster: Cluster, namespace: str, name: str) -> bool:
    """Whether an import has endpoints, and each of them answers."""
    found = [each for slices in imported_slices(cluster, namespace, name).values() for one in slices for each in one["endpoints"]]
    return bool(found) and all(each["conditions"].get("ready") for each in found)


def conditions(found: Json) -> dict[str, str]:
    """Type to status."""
    return {each["type"]: each["status"] for each in found.get("conditions", ())}


PLURALS: Final = {
    "HTTPRoute": "httproutes",
    "GRPCRoute": "grpcroutes",
    "TLSRoute": "tlsroutes",
    "TCPRoute": "tcproutes",
    "UDPRoute": "udproutes",
}


def gateways(cluster: Cluster, plan: ClusterPlan) -> Iterator[Seen]:
    """The conditions that Envoy Gateway set on each class, Gateway, listener and route."""
    for one in plan.shared.classes:
        found = cluster.get("gatewayclasses", None, one.name) or {}
        yield Seen(f"GatewayClass {one.name}", conditions(found["status"]).get("Accepted"), "True")
    for gateway in plan.shared.gateways:
        found = cluster.get("gateways", gateway.namespace, gateway.name) or {}
        yield Seen(f"Gateway {gateway.name}", conditions(found["status"]).get("Accepted"), "True")
        listeners = {each["name"]: each for each in found["status"]["listeners"]}
        yield Seen(f"Gateway {gateway.name}: listeners", sorted(listeners), sorted(each.body["name"] for each in gateway.listeners))
        for listener in gateway.listeners:
            name = listener.body["name"]
            status = conditions(listeners[name])
            wanted = {"Accepted": "True", "Programmed": "True", "ResolvedRefs": "True"}
            yield Seen(f"listener {name}", {each: status.get(each) for each in wanted}, wanted)
            attached = sum(
                1
                for route in plan.shared.routes
                for parent in route.parents
                if attaches(parent.body, gateway.name, listener.body, route.kind)
            )
            yield Seen(f"listener {name}: routes", listeners[name]["attachedRoutes"], attached)
    for route in plan.shared.routes:
        found = cluster.get(PLURALS[route.kind], route.namespace, route.name) or {}
        parents = found.get("status", {}).get("parents", ())
        yield Seen(f"{route.kind} {route.name}: parents", len(parents), len(route.parents))
        for parent in parents:
            status = conditions(parent)
            wanted = {"Accepted": "True", "ResolvedRefs": "True"}
            yield Seen(f"{route.kind} {route.name}", {each: status.get(each) for each in wanted}, wanted)


KINDS: Final = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}


def attaches(parent: Mapping[str, Json], gateway: str, listener: Mapping[str, Json], kind: str) -> bool:
    """Whether a parentRef is for a listener."""
    if parent["name"] != gateway or kind not in KINDS[listener["protocol"]]:
        return False
    return parent.get("sectionName", listener["name"]) == listener["name"] and parent.get("port", listener["port"]) == listener["port"]


def envoy(running: RunningSet, name: str) -> Iterator[Seen]:
    """What Envoy itself has: a listener for each port, a virtual host for each name, and for each reference the addresses that were imported."""
    plan, cluster = running.plan.clusters[name], running.clusters[name]
    told = {each["@type"].rpartition(".")[2]: each for each in running.envoys[name].config()}
    ports = {
        each["active_state"]["listener"]["address"]["socket_address"]["port_value"]
        for each in told["ListenersConfigDump"].get("dynamic_listeners", ())
        if "active_state" in each  # not one that is just being drained
    }
    planned = {each.body["port"] for gateway in plan.shared.gateways for each in gateway.listeners}
    ready = 19003  # for the kubelet: Envoy Gateway's own
    yield Seen(f"{name}: ports", sorted(ports - {ready}), sorted(own_port(port) for port in planned))
    hosts: dict[str, list[Json]] = {}
    for config in told["RoutesConfigDump"].get("dynamic_route_configs", ()):
        for virtual in config["route_config"].get("virtual_hosts", ()):
            for domain in virtual["domains"]:
                hosts.setdefault(domain, []).extend(virtual.get("routes", ()))
    http = [route for route in plan.shared.routes if route.kind in ("HTTPRoute", "GRPCRoute")]
    yield Seen(f"{name}: names", sorted(hosts), sorted({host for route in http for host in route.hostnames or ("*",)}))
    for route in http:
        for host in route.hostnames or ("*",):
            seen = {matched(each["match"]) for each in hosts.get(host, ()) if f"/{route.namespace}/{route.name}/" in each["name"]}
            yield Seen(f"{name}: what {host} leads on for {route.name}", seen, set(planned_matches(route)))
    endpoints = {cluster: addresses for cluster, addresses in running.envoys[name].endpoints().items() if cluster.count("/") >= 4}
    for route in plan.shared.routes:
        for number, rule in enumerate(route.rules):
            wanted = {address for each in rule.backends or () for address in imported(cluster, each.body)}
            prefix = (
                f"{route.kind.lower()}/{route.namespace}/{route.name}/rule/{number if route.kind in ('HTTPRoute', 'GRPCRoute') else -1}"
            )
            seen = {
                address
                for cluster, addresses in endpoints.items()
                if cluster.startswith(prefix) and "mirror" not in cluster
                for address in addresses
            }
            yield Seen(f"{name}: addresses of {route.kind} {route.name}, rule {number}", seen, wanted)


def imported(cluster: Cluster, reference: Mapping[str, Json]) -> set[str]:
    """Address and port of each endpoint that a reference to an import leads to."""
    ports = (cluster.get("serviceimports", reference["namespace"], reference["name"]) or {})["spec"]["ports"]
    called = next(each.get("name", "") for each in ports if each["port"] == reference["port"])
    return {
        f"{address}:{port['port']}"
        for slices in imported_slices(cluster, reference["namespace"], reference["name"]).values()
        for one in slices
        for port in one["ports"]
        if port.get("name", "") == called
        for endpoint in one["endpoints"]
        for address in endpoint["addresses"]
    }


def matched(match: Json) -> str:
    """What Envoy matches a path by."""
    for kind in ("path_separated_prefix", "prefix", "path"):
        if kind in match:
            return f"{'path' if kind == 'path' else 'prefix'} {match[kind]}"
    return json.dumps(match, sort_keys=True)


def planned_matches(route: RoutePlan) -> Iterator[str]:
    """The same from the plan, for the paths that the scenarios use."""
    for rule in route.rules:
        for match in rule.fields.get("matches") or ({},):
            given = match.get("path", {"type": "PathPrefix", "value": "/"})
            yield f"{'path' if given['type'] == 'Exact' else 'prefix'} {given['value']}"
