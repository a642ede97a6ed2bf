"""A whole set, from a spec to running controllers: the story that `kgen build` is the first line of.

`RunningSet.up` reads as the walk-through does. What kgen prints is applied as it is, in the order of its folders.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import yaml

from kgen import pipeline
from kgen.clusterset.model import Service
from kgen.diagnostics import Diagnostic
from kgen.plan.model import ClusterPlan, Plan
from tests.agreement.worlds import crds_of
from tests.e2e import gateway, network, submariner
from tests.e2e.certificates import Authority
from tests.e2e.cluster import Cluster, Json
from tests.e2e.gateway import Envoy
from tests.e2e.lab import Failed, Lab, Program
from tests.e2e.network import Networks
from tests.e2e.submariner import Member
from tests.real import binaries

Value = TypeVar("Value")

ROOT: Final = Path(__file__).resolve().parents[2]
REAL_SUBMARINER: Final = "0.24"  # the minor whose controllers can be had


class Backend(NamedTuple):
    """An exported service's one pod, and its Service."""

    cluster: str
    service: str
    pod: str
    program: Program
    object: Json


class RunningSet:
    """The clusters of a spec with all that runs in them."""

    def __init__(self, lab: Lab, spec: Path, overlays: Sequence[Path] = (), version: str = binaries.ENVOY_GATEWAY) -> None:
        """`spec` is a folder with a clusterset.yaml, of which a copy is taken; `version` is Envoy Gateway's."""
        self.lab = lab
        self.overlays = tuple(overlays)
        self.version = version
        self.spec = lab.folder / "spec"
        self.spec.mkdir()
        for each in ("clusterset.yaml", "clusterset.lock.yaml"):
            if (spec / each).exists():
                shutil.copyfile(spec / each, self.spec / each)
        self.out = lab.folder / "out"
        self.plan: Plan
        self.services: tuple[Service, ...] = ()
        self.told: tuple[Diagnostic, ...] = ()
        self.clusters: dict[str, Cluster] = {}
        self.members: dict[str, Member] = {}
        self.networks: dict[str, Networks] = {}
        self.backends: dict[tuple[str, str], Backend] = {}
        self.agents: dict[str, Program] = {}
        self.envoys: dict[str, Envoy] = {}
        self.fillings: dict[str, dict[str, str]] = {}
        self.hosts: dict[str, str] = {}
        self.applied: dict[str, dict[tuple[str, ...], Json]] = {}
        self.authority = Authority(lab.folder)

    def up(self) -> None:
        """From nothing to traffic."""
        self.build(*self.overlays)
        self.start_clusters()
        self.install_what_others_own()
        self.join_the_broker()
        self.deliver()
        self.start_submariner()
        self.start_backends()
        self.start_envoys()

    def build(self, *overlays: Path) -> None:
        """Runs `kgen build`, and keeps the plan that its output was made from, and what kgen tells of it."""
        spec = str(self.spec / "clusterset.yaml")
        # The lock stands beside the last layer: all of them in one folder, so that it is the example's.
        given = [shutil.copyfile(each, self.spec / each.name) for each in overlays]
        if self.out.exists():
            self.out = self.lab.folder / f"out{len(list(self.lab.folder.glob('out*')))}"
        arguments = [part for each in given for part in ("--overlay", str(each))]
        command = [sys.executable, "-m", "kgen", "build", spec, "-o", str(self.out), *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"{' '.join(command)}\n{done.stderr}")
        built = pipeline.build(pipeline.Request(spec, tuple(map(str, given))))
        assert built.plan is not None
        assert built.wish is not None
        self.plan, self.services, self.told = built.plan, built.wish.services, built.diagnostics

    def start_clusters(self) -> None:
        """An API server for each cluster, with the CRDs that stand there before kgen's output comes."""
        for name in self.plan.clusters:
            self.clusters[name] = Cluster(self.lab, name, self.hosts)
        broker = self.broker_host
        if broker is not None:
            self.hosts[broker] = self.clusters[self.broker].address

        def start(name: str, plan: ClusterPlan) -> None:
            join = plan.join.spec if plan.join else {}
            names = (broker,) if name == self.broker and broker else ()
            self.clusters[name].start(self.authority, str(join.get("serviceCIDR", "10.96.0.0/16")), names, self.crds(plan))

        self.on_all(start)
        for name, plan in self.plan.clusters.items():
            if plan.join is not None:
                spec = plan.join.spec
                reachable = (spec["globalCIDR"],) if "globalCIDR" in spec else (spec["clusterCIDR"], spec["serviceCIDR"])
                self.members[name] = Member(self.clusters[name], spec)
                self.networks[name] = Networks(spec["clusterCIDR"], spec["serviceCIDR"], reachable)
        for name, mine in self.networks.items():
            others = [(self.clusters[other], theirs) for other, theirs in self.networks.items() if other != name]
            network.tunnels(self.clusters[name], mine, others)

    def crds(self, plan: ClusterPlan) -> list[Mapping[str, Json]]:
        """The CRDs of what a cluster has, as published, but for what the real operator brings itself."""
        found: list[Mapping[str, Json]] = []
        for product, version in plan.profile.products().items():
            if product == "kubernetes" or (self.has_operator(plan) and product in ("submariner", "mcs-api")):
                continue
            if product == "external-secrets":
                found += [each for each in crds_of(product, version) if each["spec"]["names"]["kind"] == "ExternalSecret"]
            elif plan.join is None and product in ("submariner", "mcs-api"):
                continue  # a dedicated broker: kgen's own output has those that it needs
            elif plan.shared.gateways or not product.startswith(("gateway-api", "envoy-gateway")):
                found += crds_of(product, version)
        return found

    def has_operator(self, plan: ClusterPlan) -> bool:
        """Whether the cluster is joined by a version of Submariner that can be had."""
        return plan.join is not None and (plan.profile.submariner or "").startswith(REAL_SUBMARINER)

    def install_what_others_own(self) -> None:
        """The operator in each member, Envoy Gateway where there is a Gateway, and the namespaces that the spec says are there already."""

        def install(name: str, plan: ClusterPlan) -> None:
            cluster = self.clusters[name]
            if self.has_operator(plan):
                submariner.install(cluster)
            if plan.shared.gateways:
                gateway.install(cluster, self.version)

        self.on_all(install)

    @property
    def broker(self) -> str:
        """The cluster that has the broker's side."""
        [name] = [name for name, plan in self.plan.clusters.items() if plan.broker is not None]
        return name

    @property
    def broker_host(self) -> str | None:
        """By which name members know the broker's API server; None where it is an address."""
        spec = next(plan.join.spec for plan in self.plan.clusters.values() if plan.join is not None)
        host = str(spec["brokerK8sApiServer"]).partition(":")[0]
        return None if host.replace(".", "").isdigit() else host

    def join_the_broker(self) -> None:
        """The broker's side is applied, its accounts get their tokens, and each member gets the Secrets that it joins with."""
        broker = self.clusters[self.broker]
        self.apply(self.broker, "00-namespaces", "10-broker")
        for name, member in self.members.items():
            self.apply(name, "00-namespaces")
            data = submariner.account_token(broker, member.id)
            plain = {key: base64.b64decode(value).decode() for key, value in data.items()}
            self.fillings[name] = {
                "${SUBMARINER_BROKER_TOKEN}": plain["token"],
                "${SUBMARINER_BROKER_CA}": data["ca.crt"],
                "${SUBMARINER_IPSEC_PSK}": submariner.PSK,
            }
            if not self.plan.clusters[name].secrets or self.has_operator(self.plan.clusters[name]):
                submariner.join_secrets(member.cluster, data)

    def deliver(self) -> None:
        """Everything is applied on every cluster, and what is no longer in its folder is pruned: as a delivery engine does."""
        self.on_all(lambda name, _: self.apply(name))

    def apply(self, name: str, *stages: str) -> None:
        """Applies a cluster's folder, stage after stage, and prunes; or only some stages of it, and prunes nothing."""
        cluster, folder = self.clusters[name], self.delivered(name)
        for stage in stages or sorted(each.name for each in folder.iterdir()):
            if (folder / stage).exists():
                cluster.kubectl("apply", "-f", str(folder / stage))
        if stages:
            return
        wanted = objects(folder)
        gone = [body for key, body in self.applied.get(name, {}).items() if key not in wanted and body["kind"] != "Namespace"]
        if gone:
            text = "---\n".join(json.dumps(each) + "\n" for each in gone)
            cluster.kubectl("delete", "--ignore-not-found", "--wait=false", "-f", "-", text=text)
        self.applied[name] = wanted

    def diff(self, name: str, out: Path | None = None, *how: str) -> str:
        """What `kubectl diff` says of a cluster's folder."""
        return self.clusters[name].kubectl("diff", "-R", *how, "-f", str(self.delivered(name, out)), codes=(0, 1))

    def delivered(self, name: str, out: Path | None = None) -> Path:
        """A cluster's folder as a delivery engine hands it to the server: with placeholders for secrets filled in, and else byte by byte."""
        source = (out or self.out) / "clusters" / name
        target = self.lab.folder / "delivered" / (out or self.out).name / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for each in sorted(source.rglob("*.yaml")):
            text = each.read_text(encoding="utf-8")
            for placeholder, value in self.fillings.get(name, {}).items():
                text = text.replace(placeholder, value)
            (target / each.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            (target / each.relative_to(source)).write_text(text, encoding="utf-8")
        return target

    def start_submariner(self) -> None:
        """What the operator asks for in each member, as far as it can be had: the Lighthouse agent, and with Globalnet its controller."""
        real = [member for name, member in self.members.items() if self.has_operator(self.plan.clusters[name])]
        for member in real:
            submariner.gateway_objects(member, real)
        for member in real:
            if "globalCIDR" in member.spec:
                submariner.globalnet(member.cluster)
            self.agents[member.cluster.name] = submariner.agent(member.cluster)

    def start_backends(self) -> None:
        """In each exporter a Service with a pod that answers, and what kube-proxy makes of it."""
        for name, plan in self.plan.clusters.items():
            for export in plan.shared.exports:
                [service] = [each for each in self.services if (each.name, each.namespace) == (export.name, export.namespace)]
                if (name, key(service)) not in self.backends:
                    self.start_backend(name, service)
            self.lead_packets(name)

    def start_backend(self, name: str, service: Service) -> None:
        """The pod and the Service of one exporter."""
        cluster = self.clusters[name]
        pod = self.networks[name].pod(network.BACKEND + len(self.backends))
        self.lab.run(None, "ip", "-n", cluster.node, "addr", "add", f"{pod}/32", "dev", "lo")
        ports, served = [], []
        for each in next((one.ports for one in service.exports if one.cluster == name and one.ports), service.ports):
            kind = each.name if each.name in ("tls", "tcp", "grpc") else "http"
            target = each.port + 10000
            more = [str(path) for path in self.authority.server(f"{name}-{service.name}", ("tls.example.com",))] if kind == "tls" else []
            served.append(":".join((kind, str(target), *more)))
            named = {"name": each.name} if each.name else {}
            app = {"appProtocol": each.app_protocol} if each.app_protocol else {}
            ports.append({**named, **app, "port": each.port, "targetPort": target, "protocol": each.protocol or "TCP"})
        body = network.service(cluster, service.name, service.namespace, ports)
        command = (sys.executable, "-m", "tests.e2e.backend", name, pod, *served)
        program = self.lab.start(cluster.node, f"backend-{service.name}", *command, env={"PYTHONPATH": str(ROOT)})
        self.backends[name, key(service)] = Backend(name, key(service), pod, program, body)

    def lead_packets(self, name: str, ready: bool = True) -> None:
        """EndpointSlices for all Services of a cluster, also those that Globalnet makes for its own use, and kube-proxy's rules."""
        cluster = self.clusters[name]
        mine = {service: each for (where, service), each in self.backends.items() if where == name}
        if not mine:
            return
        if name in self.agents and "globalCIDR" in self.members[name].spec:
            for service in mine:
                namespace, _, called = service.partition("/")

                def led(namespace: str = namespace, called: str = called) -> bool:
                    found = cluster.get("globalingressips", namespace, called)
                    address = found and found.get("status", {}).get("allocatedIP")
                    return any(address in each["spec"].get("externalIPs", ()) for each in cluster.all("services", namespace))

                self.lab.wait(f"Globalnet leads a global address of {name} to {service}", led)
        network.endpoints(cluster, {service.partition("/")[2]: each.pod for service, each in mine.items()}, ready)
        network.proxy(cluster)

    def start_envoys(self) -> None:
        """The Envoy of each Gateway, as Envoy Gateway asks for it."""
        for name, plan in self.plan.clusters.items():
            for each in plan.shared.gateways:
                self.envoys[name] = Envoy(self.clusters[name], each.name, self.networks[name].pod(network.PROXY))

    def on_all(self, act: Callable[[str, ClusterPlan], Value]) -> dict[str, Value]:
        """Does something on all clusters at once."""
        plans = self.plan.clusters
        with ThreadPoolExecutor(len(plans)) as pool:
            return dict(zip(plans, pool.map(lambda name: act(name, plans[name]), plans), strict=True))

    def save(self, into: Path) -> None:
        """Keeps what tells why something failed: logs, the objects of each cluster but for Secrets, and what Envoy was told."""
        self.lab.logs(into)
        kinds = "submariner,servicediscovery,serviceexport,serviceimport,endpointslice,service,gatewayclass,gateway,httproute,grpcroute"
        for name, cluster in self.clusters.items():
            try:
                got = cluster.kubectl("get", kinds, "-A", "-o", "yaml", codes=(0, 1))
            except Exception as reason:
                got = str(reason)
            (into / name).mkdir(parents=True, exist_ok=True)
            (into / name / "objects.yaml").write_text(got, encoding="utf-8")
        for name, envoy in self.envoys.items():
            (into / name / "envoy.json").write_text(envoy.admin("/config_dump?include_eds") or "", encoding="utf-8")

    def close(self) -> None:
        """Closes connections; the lab ends the rest."""
        for cluster in self.clusters.values():
            cluster.close()


def key(service: Service) -> str:
    """A service as people name it."""
    return f"{service.namespace}/{service.name}"


def objects(folder: Path) -> dict[tuple[str, ...], Json]:
    """The objects in a cluster's folder, by group, kind, namespace and name."""
    found = {}
    for file in sorted(folder.rglob("*.yaml")):
        for body in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            meta = body["metadata"]
            found[body["apiVersion"].rpartition("/")[0], body["kind"], meta.get("namespace", ""), meta["name"]] = body
    return found
