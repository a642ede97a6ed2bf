"""What stands in for the network between and inside clusters: the tunnel, kube-proxy, and the controllers that watch pods.

A tunnel is a route to the other node. A pod is an address on its node's loopback interface. kube-proxy is what its rules are: packets
to a Service's address, or to an external address of it, go to one of its pods. Everything that Globalnet does to packets is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Final, NamedTuple

from tests.e2e.cluster import Cluster, Json

PROXY: Final = 10  # the host number, in the network of pods, of Envoy's pod
BACKEND: Final = 20  # and of the first that answers


class Networks(NamedTuple):
    """A cluster's networks: of its pods and Services, and what other clusters reach of them."""

    pods: str
    services: str
    reachable: tuple[str, ...]

    def pod(self, number: int) -> str:
        """The address of a pod."""
        return str(ip_network(self.pods)[number])


def tunnels(here: Cluster, mine: Networks, others: Iterable[tuple[Cluster, Networks]]) -> None:
    """Gives a node the address of Envoy's pod, and leads from there to what the other clusters offer."""
    here.lab.run(None, "ip", "-n", here.node, "addr", "add", f"{mine.pod(PROXY)}/32", "dev", "lo")
    for there, networks in others:
        for network in networks.reachable:
            route = ("ip", "-n", here.node, "route", "add", network, "via", there.address, "src", mine.pod(PROXY))
            here.lab.run(None, *route)


def service(cluster: Cluster, name: str, namespace: str, ports: Sequence[Json], **spec: Json) -> Json:
    """Makes a Service in front of the backend's pod, as the owner of the backend would."""
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": name}, "ports": list(ports), **spec},
    }
    return cluster.create("services", body)


def endpoints(cluster: Cluster, pods: Mapping[str, str], ready: bool) -> None:
    """Makes the EndpointSlices of all Services that select pods, of which `pods` (value of the label app to address) says where they are."""
    for each in cluster.all("services"):
        spec, meta = each["spec"], each["metadata"]
        app = (spec.get("selector") or {}).get("app")
        if app not in pods:
            continue
        ports = [
            {"name": port.get("name", ""), "port": port.get("targetPort") or port["port"], "protocol": port["protocol"]}
            for port in spec["ports"]
        ]
        body = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{meta['name']}-1",
                "namespace": meta["namespace"],
                "labels": {
                    "kubernetes.io/service-name": meta["name"],
                    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                },
            },
            "addressType": "IPv4",
            "ports": ports,
            "endpoints": [{"addresses": [pods[app]], "conditions": {"ready": ready, "serving": ready, "terminating": False}}],
        }
        cluster.create("endpointslices", body)


def proxy(cluster: Cluster) -> None:
    """Writes kube-proxy's rules for the Services that there are, and takes away those of before."""
    slices = {each["metadata"]["labels"].get("kubernetes.io/service-name"): each for each in cluster.all("endpointslices")}
    rules = []
    for each in cluster.all("services"):
        spec, found = each["spec"], slices.get(each["metadata"]["name"])
        if found is None or found["metadata"]["namespace"] != each["metadata"]["namespace"]:
            continue
        pod = found["endpoints"][0]["addresses"][0]
        targets = {port["name"]: port["port"] for port in found["ports"]}
        for address in (spec.get("clusterIP"), *spec.get("externalIPs", ())):
            if address in (None, "None"):
                continue
            for port in spec["ports"]:
                number = targets[port.get("name", "")]
                rules.append(f"ip daddr {address} {port['protocol'].lower()} dport {port['port']} dnat to {pod}:{number}")
    block = "\n".join(rules)
    table = "table ip kube-proxy"
    chains = "\n".join(
        f"chain {hook} {{\ntype nat hook {hook} priority -100; policy accept;\n{block}\n}}" for hook in ("prerouting", "output")
    )
    cluster.lab.run(cluster.node, "nft", "-f", "-", text=f"{table} {{}}\ndelete {table}\n{table} {{\n{chains}\n}}\n")
