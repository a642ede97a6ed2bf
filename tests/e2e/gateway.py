"""Envoy Gateway in a cluster, installed from its own chart, and the Envoy of a Gateway: both real."""

from __future__ import annotations

import http.client
import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

from tests.agreement.worlds import module
from tests.e2e import kubelet
from tests.e2e.cluster import Cluster, Json
from tests.real import binaries
from tests.real.binaries import run

NAMESPACE: Final = "envoy-gateway-system"
MODULE: Final = "github.com/envoyproxy/gateway"
OWNER: Final = "gateway.envoyproxy.io/owning-gateway-name"
ADMIN: Final = 19000
CONTROLLER: Final = f"envoy-gateway.{NAMESPACE}.svc.cluster.local"


def install(cluster: Cluster, version: str = binaries.ENVOY_GATEWAY) -> None:
    """Installs Envoy Gateway with its chart, whose CRDs are there already, and starts its controller in a pod of its own."""
    chart = _chart(cluster.folder, version)
    settings = ("--set", "crds.enabled=false", "--set", "topologyInjector.enabled=false")
    rendered = run(
        str(binaries.helm()), "template", "eg", str(chart), "--skip-crds", "--namespace", NAMESPACE, *settings, env=_home(cluster)
    )
    cluster.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    cluster.kubectl("apply", "--server-side", "-f", "-", text=rendered)
    program = binaries.envoy_gateway(version)
    [certgen] = cluster.all("jobs", NAMESPACE)
    made = kubelet.run(cluster, certgen, program, arguments=lambda given: ["certgen", *given])
    cluster.lab.programs.remove(made)  # it ends by itself
    cluster.has("the certificates of Envoy Gateway", "secrets", NAMESPACE, "envoy")
    made.process.wait()
    node = f"{cluster.name}-eg"
    address = cluster.lab.node(node)
    cluster.own[CONTROLLER] = address
    deployment = cluster.has("Envoy Gateway's Deployment", "deployments", NAMESPACE, "envoy-gateway")
    kubelet.run(cluster, deployment, program, node=node, pod_ip=address)


def _home(cluster: Cluster) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(cluster.folder)}


def _chart(folder: Path, version: str) -> Path:
    """The chart as it is released: the module has its values as a template."""
    chart = folder / "gateway-helm"
    shutil.copytree(module(MODULE, f"v{version}") / "charts/gateway-helm", chart, copy_function=shutil.copyfile)
    values = (chart / "values.tmpl.yaml").read_text(encoding="utf-8")
    image = f"docker.io/envoyproxy/gateway:v{version}"
    filled = values.replace("${GatewayImage}", image).replace("${GatewayImagePullPolicy}", "IfNotPresent")
    (chart / "values.yaml").write_text(filled.replace("${ImageRepository}", "docker.io/envoyproxy/gateway"), encoding="utf-8")
    return chart


class Envoy:
    """The running Envoy of one Gateway."""

    def __init__(self, cluster: Cluster, gateway: str, pod_ip: str) -> None:
        self.cluster = cluster
        self.gateway = gateway
        self.pod_ip = pod_ip

        def made() -> Json | None:
            found = [each for each in cluster.all("deployments", NAMESPACE) if each["metadata"]["labels"].get(OWNER) == gateway]
            return found[0] if found else None

        deployment = cluster.lab.wait(f"Envoy Gateway makes the Deployment of {gateway}", made)
        kubelet.run(cluster, deployment, binaries.envoy(), pod_ip=pod_ip, arguments=self._on_this_machine)
        cluster.lab.wait(f"Envoy of {gateway} is ready", lambda: self.admin("/ready", 200))

    def _on_this_machine(self, given: list[str]) -> list[str]:
        # There is no DNS, and no CPU of its own; what processes of one Envoy share is to be shared with nobody else's.
        address = self.cluster.own[CONTROLLER]
        names = re.compile(rf"(?<=address: )({re.escape(CONTROLLER)}\.|envoy-gateway)$", re.MULTILINE)  # the short one until 1.2
        kept = [names.sub(address, each) for each in given if each != "--cpuset-threads"]
        return [*kept, "--concurrency", "1", "--use-dynamic-base-id"]

    def admin(self, path: str, wanted: int | None = None) -> str | None:
        """What Envoy's own page says; None where it does not answer as wanted."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", ADMIN, timeout=10)
            connection.sock = self.cluster.lab.reach(self.cluster.node, "127.0.0.1", ADMIN, 10)
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
        except (OSError, http.client.HTTPException):
            return None
        return text if wanted in (None, answer.status) else None

    def config(self) -> list[Any]:
        """All that Envoy was told, as it understood it."""
        told = self.admin("/config_dump?include_eds")
        assert told is not None
        configs: list[Any] = json.loads(told)["configs"]
        return configs

    def endpoints(self) -> dict[str, set[str]]:
        """Where Envoy sends requests: the name of a cluster in its configuration to addresses."""
        told = self.admin("/clusters?format=json")
        if told is None:
            return {}
        return {
            each["name"]: {
                f"{host['address']['socket_address']['address']}:{host['address']['socket_address']['port_value']}"
                for host in each.get("host_statuses", ())
                if "socket_address" in host["address"] and host["health_status"].get("eds_health_status", "HEALTHY") == "HEALTHY"
            }
            for each in json.loads(told)["cluster_statuses"]
        }

    def addresses(self, route: str) -> set[str]:
        """Where it sends what comes by a route, "tcproute/edge/queue", or by all routes of a kind, "httproute"."""
        return {address for name, found in self.endpoints().items() if name.startswith(f"{route}/") for address in found}
