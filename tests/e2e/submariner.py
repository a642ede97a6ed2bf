"""Submariner 0.24.0 in a cluster: its real operator, Lighthouse agent and Globalnet controller, with no more rights than they are given.

What is not kgen's to make is made here, as its owner would: the operator's CRDs, accounts and Deployment (from its own module), the
ConfigMap of CoreDNS, and the join Secrets that external-secrets or a substitution would fill. Of the gateway pod, which cannot be built,
there is what others see of it: its Cluster and Endpoint objects.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Final, NamedTuple

from tests.agreement.worlds import module
from tests.e2e import kubelet
from tests.e2e.cluster import BROKER_NAMESPACE, OPERATOR_NAMESPACE, Cluster, Json
from tests.e2e.lab import Program
from tests.real import binaries

MODULE: Final = "github.com/submariner-io/submariner-operator"
COREFILE: Final = ".:53 {\n    errors\n    forward . /etc/resolv.conf\n}\n"
PSK: Final = base64.b64encode(b"not a secret: it protects nothing, there is no tunnel").decode()


class Member(NamedTuple):
    """What a cluster's Submariner object says of the cluster."""

    cluster: Cluster
    spec: Json

    @property
    def id(self) -> str:
        """Its identity in the set."""
        value = self.spec["clusterID"]
        assert isinstance(value, str)
        return value


def install(cluster: Cluster) -> None:
    """Installs the operator as its own kustomization does, and starts it."""
    folder = module(MODULE, f"v{binaries.SUBMARINER}")
    cluster.kubectl("apply", "--server-side", "-f", "-", text=cluster.kubectl("kustomize", str(folder / "config/default")))
    core = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "data": {"Corefile": COREFILE},
    }
    cluster.create("configmaps", core)
    deployment = cluster.has("the operator's Deployment", "deployments", OPERATOR_NAMESPACE, "submariner-operator")
    # Its pod has an address of its own; here it shares the node's with the Lighthouse agent, which takes port 8082.
    ports = ["--health-probe-bind-address=127.0.0.1:18081", "--pprof-bind-address=127.0.0.1:18082"]
    kubelet.run(cluster, deployment, binaries.submariner("operator"), arguments=lambda given: [*given, *ports])
    for plural in ("serviceexports", "serviceimports"):
        name = f"{plural}.multicluster.x-k8s.io"
        cluster.has(f"the CRD of {plural}", "customresourcedefinitions", None, name, lambda crd: _established(crd))


def _established(crd: Json) -> bool:
    return any(each["type"] == "Established" and each["status"] == "True" for each in crd.get("status", {}).get("conditions") or ())


def account_token(broker: Cluster, cluster_id: str) -> dict[str, str]:
    """The join token of a member, in the Secret that kgen made for it: what kube-controller-manager's token controller fills in."""
    data = {
        "token": _encoded(broker.token(f"cluster-{cluster_id}", BROKER_NAMESPACE)),
        "ca.crt": _encoded(broker.authority),
        "namespace": _encoded(BROKER_NAMESPACE),
    }
    name = f"cluster-{cluster_id}-token"
    where = f"/api/v1/namespaces/{BROKER_NAMESPACE}/secrets/{name}?fieldManager=token-controller"
    broker.ask("PATCH", where, {"data": data}, "application/merge-patch+json")
    return data


def join_secrets(cluster: Cluster, data: dict[str, str]) -> None:
    """The Secrets that a member joins with, as external-secrets brings them from the store."""
    for name, content in (("submariner-broker-secret", data), ("submariner-ipsec-psk", {"psk": PSK})):
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": OPERATOR_NAMESPACE}, "data": content}
        cluster.create("secrets", body)


def gateway_objects(member: Member, members: Iterable[Member]) -> None:
    """The objects of the gateway pod that runs on this node, and those of the others that it brings from the broker."""
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": member.cluster.node, "labels": {"submariner.io/gateway": "true"}}}
    member.cluster.create("nodes", node)
    for each in members:
        spec = each.spec
        subnets = [spec["globalCIDR"]] if "globalCIDR" in spec else [spec["serviceCIDR"], spec["clusterCIDR"]]
        address = each.cluster.address
        cluster = {
            "cluster_id": each.id,
            "color_codes": [],
            "cluster_cidr": [spec["clusterCIDR"]],
            "service_cidr": [spec["serviceCIDR"]],
            "global_cidr": [spec["globalCIDR"]] if "globalCIDR" in spec else [],
        }
        cable = f"submariner-cable-{each.id}-{address.replace('.', '-')}"
        endpoint = {
            "cluster_id": each.id,
            "cable_name": cable,
            "hostname": each.cluster.node,
            "backend": spec["cableDriver"],
            "backend_config": {},
            "private_ip": address,
            "privateIPs": [address],
            "public_ip": "",
            "publicIPs": [],
            "nat_enabled": spec["natEnabled"],
            "subnets": subnets,
        }
        for kind, plural, name, body in (
            ("Cluster", "clusters", each.id, cluster),
            ("Endpoint", "endpoints.submariner.io", cable, endpoint),
        ):
            meta = {"name": name, "namespace": OPERATOR_NAMESPACE, "labels": {"submariner-io/clusterID": each.id}}
            member.cluster.create(plural, {"apiVersion": "submariner.io/v1", "kind": kind, "metadata": meta, "spec": body})


def agent(cluster: Cluster) -> Program:
    """Starts the Lighthouse agent that the operator asks for."""
    deployment = cluster.has("the Lighthouse agent's Deployment", "deployments", OPERATOR_NAMESPACE, "submariner-lighthouse-agent")
    return kubelet.run(cluster, deployment, binaries.submariner("lighthouse-agent"))


def globalnet(cluster: Cluster) -> Program:
    """Starts the Globalnet controller that the operator asks for."""
    daemons = cluster.has("Globalnet's DaemonSet", "daemonsets", OPERATOR_NAMESPACE, "submariner-globalnet")
    return kubelet.run(cluster, daemons, binaries.submariner("globalnet"))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
