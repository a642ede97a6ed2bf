"""The `subctl` lines that join clusters as the plan says, for those who join by hand.

Flags and their defaults: cmd/subctl/{deploybroker,join}.go of submariner-io/subctl, and the fields that they set: pkg/join,
pkg/deploy there. Kubeconfig contexts are taken to have the clusters' names.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kgen.clusterset.model import ClusterSet
from kgen.plan.model import ClusterPlan, Plan
from kgen.records import NamedTuple
from kgen.versions import minor, number

BROKER_NAMESPACE: Final = "submariner-k8s-broker"
INFO: Final = "broker-info.subm"  # deploy-broker writes it into the folder where it runs
FIRST: Final = "0.14"


class Flag(NamedTuple):
    """The flags of `subctl join` for a field of the Submariner object: given where the value is not subctl's default."""

    default: Any
    words: Callable[[Any], list[str]]
    since: str = FIRST


def _valued(name: str) -> Callable[[Any], list[str]]:
    return lambda value: [f"--{name}", str(value)]


def _switch(name: str) -> Callable[[Any], list[str]]:
    return lambda value: [f"--{name}" if value else f"--{name}=false"]


def _negated(name: str) -> Callable[[Any], list[str]]:
    return lambda value: [f"--{name}=false" if value else f"--{name}"]


def _config_map(value: Mapping[str, str]) -> list[str]:
    parts = [value.get("namespace", ""), value.get("configMapName", "")]
    return ["--coredns-custom-configmap", "/".join(part for part in parts if part)]


def _overrides(value: Mapping[str, str]) -> list[str]:
    return [word for name, image in sorted(value.items()) for word in ("--image-override", f"{name}={image}")]


def _health_check(value: Mapping[str, Any]) -> list[str]:
    # The plan leaves out what is false, at any depth.
    words = [] if value.get("enabled", False) else ["--health-check=false"]
    if value.get("intervalSeconds", 1) != 1:
        words += ["--health-check-interval", str(value["intervalSeconds"])]
    if value.get("maxPacketLossCount", 5) != 5:
        words += ["--health-check-max-packet-loss-count", str(value["maxPacketLossCount"])]
    return words


FLAGS: Final[Mapping[str, Flag]] = {
    "clusterID": Flag(None, _valued("clusterid")),
    "clusterCIDR": Flag("", _valued("clustercidr")),
    "serviceCIDR": Flag("", _valued("servicecidr")),
    "globalCIDR": Flag(None, _valued("globalnet-cidr")),
    "clustersetIPCIDR": Flag(None, _valued("clusterset-ip-cidr"), "0.19"),
    "clustersetIPEnabled": Flag(False, _switch("enable-clusterset-ip"), "0.19"),
    "cableDriver": Flag("libreswan", _valued("cable-driver")),
    "natEnabled": Flag(True, _switch("natt")),
    "ceIPSecNATTPort": Flag(4500, _valued("nattport")),
    "ceIPSecForceUDPEncaps": Flag(False, _switch("force-udp-encaps")),
    "ceIPSecPreferredServer": Flag(False, _switch("preferred-server")),
    "ceIPSecDebug": Flag(False, _switch("ipsec-debug")),
    "ceIPSecUseOVNCertAuthMode": Flag(False, _switch("use-ipsec-cert-auth-mode"), "0.23"),
    "airGappedDeployment": Flag(False, _switch("air-gapped")),
    "loadBalancerEnabled": Flag(False, _switch("load-balancer")),
    "disableIntraClusterConnectivity": Flag(False, _switch("disable-intra-cluster-connectivity"), "0.22"),
    "connectionHealthCheck": Flag(None, _health_check),
    "coreDNSCustomConfig": Flag(None, _config_map),
    "customDomains": Flag(None, lambda value: ["--custom-domains", ",".join(value)]),
    "brokerK8sInsecure": Flag(False, _negated("check-broker-certificate")),
    "debug": Flag(False, _switch("pod-debug")),
    "imageOverrides": Flag(None, _overrides),
    "repository": Flag("quay.io/submariner", _valued("repository")),
    "version": Flag(None, _valued("version")),
}

# What subctl sets by itself, as kgen does, or takes from the broker's file.
ITS_OWN: Final[Mapping[str, Any]] = {
    "broker": None,
    "brokerK8sApiServer": None,
    "brokerK8sApiServerToken": None,
    "brokerK8sCA": None,
    "brokerK8sRemoteNamespace": None,
    "brokerK8sSecret": None,
    "ceIPSecPSKSecret": None,
    "ceIPSecIKEPort": 500,
    "globalnetEnabled": None,
    "haltOnCertificateError": True,
    "namespace": None,
    "serviceDiscoveryEnabled": True,
}
ALWAYS: Final = {"serviceDiscoveryEnabled": FIRST, "haltOnCertificateError": "0.17"}


def commands(wish: ClusterSet, plan: Plan, only: str | None = None) -> Iterator[str]:
    """The lines of a shell script: the broker's command, then one join a member; `only` names one member."""
    members = [cluster for cluster in plan.clusters.values() if cluster.join is not None and only in (None, cluster.name)]
    if wish.broker is not None and wish.broker.cluster is not None and (only is None or only == wish.broker.cluster):
        yield "# The broker. Contexts of the kubeconfig are taken to have the clusters' names."
        yield from _broker(wish, plan)
    if members:
        yield f"# Each member, with the {INFO} that deploy-broker wrote."
    for cluster in members:
        yield from _join(cluster, wish)


def _broker(wish: ClusterSet, plan: Plan) -> Iterator[str]:
    assert wish.broker is not None
    assert wish.broker.cluster is not None
    version = next(cluster.profile.submariner for cluster in plan.clusters.values() if cluster.join is not None)
    assert version is not None
    words = ["subctl", "deploy-broker", "--context", wish.broker.cluster]
    if wish.broker.namespace != BROKER_NAMESPACE:
        words += ["--namespace", wish.broker.namespace]
    if since(version, "0.17"):
        # As a URL, which is what a kubeconfig holds; joining takes its host and port.
        words += ["--broker-url", f"https://{wish.broker.api_server}"]
    else:
        yield f"# This subctl writes the context's own server into {INFO}: it must be {wish.broker.api_server}."
    if not wish.connectivity:
        words += ["--components", "service-discovery"]
    if wish.globalnet is not None:
        words += [
            "--globalnet",
            "--globalnet-cidr-range",
            wish.globalnet.cidr,
            "--globalnet-cluster-size",
            str(wish.globalnet.cluster_size),
        ]
    if wish.clusterset_ip is not None:
        words += ["--clusterset-ip-cidr-range", wish.clusterset_ip.cidr]
        words += ["--enable-clusterset-ip"] if wish.clusterset_ip.enabled else []
    repository = wish.submariner.get("repository", FLAGS["repository"].default)
    if repository != FLAGS["repository"].default:
        words += ["--repository", repository]
    yield shlex.join([*words, "--version", version])


def _join(cluster: ClusterPlan, wish: ClusterSet) -> Iterator[str]:
    assert cluster.join is not None
    version = cluster.profile.submariner
    assert version is not None
    words = ["subctl", "join", INFO, "--context", cluster.name]
    without = []
    for field, value in cluster.join.spec.items():
        flag = FLAGS.get(field)
        if flag is not None and since(version, flag.since):
            words += flag.words(value) if value != flag.default else []
        elif field not in ITS_OWN or ITS_OWN[field] not in (None, value):
            without.append(field)
    # Left out of the object where it is false, but always true with subctl.
    if cluster.join.kind == "Submariner":
        without += [field for field, first in ALWAYS.items() if field not in cluster.join.spec and since(version, first)]
    yield shlex.join(words)
    if without:
        kind = f"{cluster.join.kind.lower()} {cluster.join.name}"
        yield f"# subctl {minor(version)} has no flag for {', '.join(without)}: set or unset them on {kind} of {cluster.name} afterwards."


def since(version: str, first: str) -> bool:
    """Whether a Submariner version is at least the minor `first`."""
    return number(minor(version)) >= number(first)
