"""What stands in for Lighthouse and Globalnet 0.14.6, which cannot be had: the objects that they make of an export, written by hand.

Sources: submariner-io/lighthouse v0.14.6, pkg/agent/controller/agent.go (names, labels and annotations of the import) and endpoint.go
(the EndpointSlice); submariner-io/submariner v0.14.6, pkg/globalnet (the global address of a Service).
"""

from __future__ import annotations

from ipaddress import ip_network

from tests.e2e.cluster import OPERATOR_NAMESPACE, Cluster, Json
from tests.e2e.clusterset import RunningSet
from tests.e2e.submariner import Member


def export(running: RunningSet, exporter: str, name: str, namespace: str) -> None:
    """Makes the import, and the EndpointSlice beside the Service, in every cluster; and leads the global address to the backend."""
    backend = running.backends[exporter, f"{namespace}/{name}"]
    member = running.members[exporter]
    # The last addresses but the very last, from the end, as the controller's pool gives them out.
    address = str(ip_network(member.spec["globalCIDR"])[-2])
    ports = [{"name": each["name"], "port": each["port"], "protocol": each["protocol"]} for each in backend.object["spec"]["ports"]]
    for cluster in running.clusters.values():
        cluster.create("serviceimports", service_import(member.id, name, namespace, address, ports))
        cluster.create("endpointslices", endpoint_slice(member.id, name, namespace, backend.pod, backend.object["spec"]["ports"]))
    internal(running.clusters[exporter], name, namespace, address, backend.object)
    running.lead_packets(exporter)
    for each in running.members.values():
        leave_by_global_address(each)


def service_import(cluster_id: str, name: str, namespace: str, address: str, ports: list[Json]) -> Json:
    """One for each exporter, named by service, namespace and cluster, in the operator's namespace; its address is the global one."""
    return {
        "apiVersion": "multicluster.x-k8s.io/v1alpha1",
        "kind": "ServiceImport",
        "metadata": {
            "name": f"{name}-{namespace}-{cluster_id}",
            "namespace": OPERATOR_NAMESPACE,
            "labels": {
                "lighthouse.submariner.io/sourceName": name,
                "lighthouse.submariner.io/sourceNamespace": namespace,
                "lighthouse.submariner.io/sourceCluster": cluster_id,
            },
            "annotations": {"origin-name": name, "origin-namespace": namespace, "cluster-ip": address},
        },
        "spec": {"type": "ClusterSetIP", "ips": [address], "ports": ports},
    }


def endpoint_slice(cluster_id: str, name: str, namespace: str, pod: str, ports: list[Json]) -> Json:
    """In the namespace of the Service and labelled by its name, so that it belongs to no import; its addresses are the pods' own."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-{namespace}-{cluster_id}",
            "namespace": namespace,
            "labels": {
                "multicluster.kubernetes.io/service-name": name,
                "endpointslice.kubernetes.io/managed-by": "lighthouse-agent.submariner.io",
                "lighthouse.submariner.io/sourceName": name,
                "lighthouse.submariner.io/sourceNamespace": namespace,
                "lighthouse.submariner.io/sourceCluster": cluster_id,
            },
        },
        "addressType": "IPv4",
        "ports": [{"name": each["name"], "port": each["targetPort"], "protocol": each["protocol"]} for each in ports],
        "endpoints": [{"addresses": [pod], "conditions": {"ready": True}}],
    }


def leave_by_global_address(member: Member) -> None:
    """What a cluster's pods send to global addresses of others comes from a global address of its own: Globalnet's rule for egress."""
    table = "table ip globalnet"
    rule = (
        f"ip saddr {member.spec['clusterCIDR']} ip daddr != {member.spec['globalCIDR']} snat to {ip_network(member.spec['globalCIDR'])[1]}"
    )
    chain = f"chain postrouting {{\ntype nat hook postrouting priority srcnat; policy accept;\n{rule}\n}}"
    member.cluster.lab.run(member.cluster.node, "nft", "-f", "-", text=f"{table} {{}}\ndelete {table}\n{table} {{\n{chain}\n}}\n")


def internal(cluster: Cluster, name: str, namespace: str, address: str, service: Json) -> None:
    """The Service that Globalnet leads the global address through."""
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"submariner-{name}", "namespace": namespace},
        "spec": {"selector": service["spec"]["selector"], "ports": service["spec"]["ports"], "externalIPs": [address]},
    }
    for each in body["spec"]["ports"]:  # type: ignore[index]
        each.pop("nodePort", None)
    cluster.create("services", body)
