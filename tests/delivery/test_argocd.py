"""Argo CD's own controllers deliver the example's tree by the AppProject and the ApplicationSet that kgen makes, and delete nothing by accident.

Two changes make it fit for a test: the repository is one on disk, and pruning is done in the background, since no garbage collector runs.
Operators come from the internet, and are left out; the objects of External Secrets get the status that its operator would write.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest
import yaml

from kgen.cli import entry
from tests.agreement.worlds import crds_of
from tests.checkout import ROOT
from tests.real import argocd as real
from tests.real.apiserver import ApiServer, Resource
from tests.real.apiserver import started as api_server
from tests.real.argocd import ArgoCD, Repository, is_synced
from tests.real.binaries import kubectl
from tests.real.needed import or_skip

# One worker has all tests with controllers, one after the other: they follow one another, and two sets at once get in each other's way.
pytestmark = pytest.mark.xdist_group("e2e")

Json = Any

EXAMPLE: Final = ROOT / "examples" / "argocd"
NAMESPACES: Final = Resource("", "v1", "namespaces", False)
SECRETS: Final = Resource("", "v1", "secrets", True)
EXTERNAL: Final = Resource("external-secrets.io", "v1", "externalsecrets", True)
SUBMARINERS: Final = Resource("submariner.io", "v1alpha1", "submariners", True)
EXPORTS: Final = Resource("multicluster.x-k8s.io", "v1alpha1", "serviceexports", True)
CLASSES: Final = Resource("gateway.networking.k8s.io", "v1", "gatewayclasses", False)
PROXIES: Final = Resource("gateway.envoyproxy.io", "v1alpha1", "envoyproxies", True)
GATEWAYS: Final = Resource("gateway.networking.k8s.io", "v1", "gateways", True)
ROUTES: Final = Resource("gateway.networking.k8s.io", "v1", "httproutes", True)
GRANTS: Final = Resource("gateway.networking.k8s.io", "v1beta1", "referencegrants", True)
KINDS: Final = (NAMESPACES, SECRETS, EXTERNAL, SUBMARINERS, EXPORTS, CLASSES, PROXIES, GATEWAYS, ROUTES, GRANTS)
CRDS: Final = (
    ("submariner", "0.24"),
    ("mcs-api", "0.4.1"),
    ("gateway-api/experimental", "1.6.1"),
    ("envoy-gateway", "1.9.1"),
    ("external-secrets", "1.3.2"),
)


class Fleet(NamedTuple):
    """Argo CD, what it reads, and the clusters that it looks after."""

    argo: ArgoCD
    repository: Repository
    clusters: dict[str, ApiServer]

    def edit(self, monkeypatch: pytest.MonkeyPatch, *changes: tuple[str, str], words: tuple[str, ...] = ()) -> str:
        """Edits the spec, builds the tree, applies the engine's objects and commits; the revision."""
        spec = self.repository.work / "clusterset.yaml"
        text = spec.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        spec.write_text(text, encoding="utf-8")
        monkeypatch.chdir(self.repository.work)
        assert entry.run(["build", "-o", "out", "--quiet", *words]) == 0
        revision = self.repository.commit("a change")
        self.apply()
        return revision

    def apply(self) -> None:
        """Applies `out/delivery/argocd`, as a person does."""
        found = list(yaml.safe_load_all((self.repository.work / "out/delivery/argocd/manifests.yaml").read_text(encoding="utf-8")))
        for each in found:
            if each["kind"] == "ApplicationSet":
                each["spec"]["template"]["spec"]["syncPolicy"]["syncOptions"].append(real.BACKGROUND)
        config = self.argo.folder / "kubeconfig"
        command = [str(kubectl()), "--kubeconfig", str(config), "apply", "--server-side", "-f", "-"]
        done = subprocess.run(
            command, input=json.dumps({"apiVersion": "v1", "kind": "List", "items": found}), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def delivered(self, cluster: str) -> dict[str, str]:
        """What Argo CD delivered to a cluster: each object with its identity and generation."""
        found = {}
        for resource in KINDS:
            path = f"/apis/{resource.group}/{resource.version}/{resource.plural}" if resource.group else f"/api/v1/{resource.plural}"
            for each in self.clusters[cluster].ask("GET", path).body["items"]:
                metadata = each["metadata"]
                if "argocd.argoproj.io/tracking-id" in metadata.get("annotations", {}):
                    found[f"{resource.plural} {metadata.get('namespace', '-')}/{metadata['name']}"] = (
                        f"{metadata['uid']} {metadata.get('generation')}"
                    )
        return found

    def fetched(self, cluster: str) -> None:
        """What the operator of External Secrets says once it has fetched."""
        server = self.clusters[cluster]
        for name in ("submariner-broker-secret", "submariner-ipsec-psk"):
            path = f"{EXTERNAL.path('submariner-operator')}/{name}"
            until = time.monotonic() + real.PATIENCE
            while server.ask("GET", path).status != 200:
                assert time.monotonic() < until, f"{name} does not come: {self.argo.application(f'shop-{cluster}')}"
                time.sleep(0.2)
            condition = {
                "type": "Ready",
                "status": "True",
                "reason": "SecretSynced",
                "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
            body = {**server.ask("GET", path).body, "status": {"conditions": [condition]}}
            assert server.ask("PUT", f"{path}/status", json.dumps(body).encode()).status == 200

    def synced(self, cluster: str, revision: str) -> Json:
        """The Application of a cluster once a revision is applied."""
        return self.argo.synced(f"shop-{cluster}", revision)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two clusters with their CRDs, Argo CD in the first, and the example in a repository."""
    folder = tmp_path_factory.mktemp("argocd")
    folder.chmod(0o755)
    repository = real.repository(folder / "fleet")
    shutil.copytree(EXAMPLE, repository.work, dirs_exist_ok=True)
    spec = repository.work / "clusterset.yaml"
    text = spec.read_text(encoding="utf-8").replace("https://git.example.com/shop/fleet.git", repository.url)
    text = text.replace("    install: {submariner: {}, envoyGateway: {}}\n", "").replace(", delivery: {destination: in-cluster}", "")
    spec.write_text(text, encoding="utf-8")
    with contextlib.ExitStack() as running:
        clusters = {name: or_skip(lambda: running.enter_context(api_server())) for name in ("east", "west")}
        for server in clusters.values():
            server.install([crd for product, version in CRDS for crd in crds_of(product, version)])
        argo = or_skip(lambda: running.enter_context(real.started(folder / "run", clusters, {})))
        yield Fleet(argo, repository, clusters)


def test_every_cluster_is_synced_and_stays_so(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = fleet.edit(monkeypatch)
    for cluster in fleet.clusters:
        fleet.fetched(cluster)
        fleet.synced(cluster, revision)
    assert fleet.argo.applications() == ["shop-east", "shop-west"]
    assert set(fleet.delivered("west")) == {
        "namespaces -/shop",
        "namespaces -/submariner-operator",
        "externalsecrets submariner-operator/submariner-broker-secret",
        "externalsecrets submariner-operator/submariner-ipsec-psk",
        "submariners submariner-operator/submariner",
        "serviceexports shop/api",
        "serviceexports shop/orders",
    }
    assert {"httproutes edge/api", "gateways edge/eg", "secrets submariner-k8s-broker/cluster-west-token"} < set(fleet.delivered("east"))
    before = {cluster: fleet.delivered(cluster) for cluster in fleet.clusters}
    operations = {cluster: fleet.argo.application(f"shop-{cluster}")["status"]["operationState"]["startedAt"] for cluster in fleet.clusters}
    for cluster in fleet.clusters:
        fleet.argo.refresh(f"shop-{cluster}", hard=True)
        application = fleet.argo.application(f"shop-{cluster}")
        assert is_synced(application, revision)
        assert application["status"]["operationState"]["startedAt"] == operations[cluster], "nothing was applied again"
        assert fleet.delivered(cluster) == before[cluster]


def test_the_project_allows_no_other_cluster_repository_or_kind(fleet: Fleet) -> None:
    project = fleet.argo.home.ask("GET", f"{real.PROJECTS.path(real.NAMESPACE)}/shop").body["spec"]
    assert project["sourceRepos"] == [fleet.repository.url]
    assert [each["name"] for each in project["destinations"]] == ["east", "west"]
    kinds = {each["kind"] for each in project["clusterResourceWhitelist"]}
    assert kinds == {"Namespace", "GatewayClass"}


def test_a_removed_service_is_pruned_and_nothing_else(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {cluster: fleet.delivered(cluster) for cluster in fleet.clusters}
    revision = fleet.edit(
        monkeypatch,
        ("    - {name: orders, namespace: shop, ports: [{name: http, port: 8080}], exportFrom: [west]}\n", ""),
        (
            "        - matches: [{path: {type: PathPrefix, value: /orders}}]\n          backendRefs: [{service: shop/orders, port: 8080}]\n",
            "",
        ),
    )
    for cluster in fleet.clusters:
        fleet.synced(cluster, revision)
    after = {cluster: fleet.delivered(cluster) for cluster in fleet.clusters}
    gone = {cluster: before[cluster].keys() - after[cluster].keys() for cluster in fleet.clusters}
    assert gone == {"east": {"referencegrants shop/httproute.edge.serviceimport.orders"}, "west": {"serviceexports shop/orders"}}
    changed = {key for cluster in fleet.clusters for key in after[cluster] if after[cluster][key] != before[cluster].get(key)}
    assert changed == {"httproutes edge/api"}


def test_what_joins_a_cluster_goes_once_a_person_confirms_it(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that leaves has no object any more: Argo CD empties no Application by itself, and asks before it takes the join away."""
    before = fleet.delivered("west")
    spec = (fleet.repository.work / "clusterset.yaml").read_text(encoding="utf-8")
    west = "serviceCIDR: 10.21.0.0/16"
    served = spec[spec.index("  services:") :]
    fleet.edit(monkeypatch, (west, f"{west}, leaving: true"), (served, ""), words=("--allow-removal", "west"))
    assert [path.name for path in (fleet.repository.work / "out/clusters/west").iterdir() if path.is_dir()] == []
    fleet.argo.refresh("shop-west")
    fleet.argo.wait("shop-west", lambda application: "wipe out" in json.dumps(application["status"].get("conditions", [])))
    assert fleet.delivered("west") == before

    fleet.argo.sync("shop-west", {"prune": True, "syncOptions": ["ServerSideApply=true", real.BACKGROUND]})
    fleet.argo.wait("shop-west", lambda application: "confirm" in json.dumps(application["status"].get("operationState", {})))
    assert "submariners submariner-operator/submariner" in fleet.delivered("west")

    def confirm(application: Json) -> None:
        annotations = application["metadata"].setdefault("annotations", {})
        annotations["argocd.argoproj.io/deletion-approved"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    fleet.argo.change("shop-west", confirm)
    until = time.monotonic() + real.PATIENCE
    while set(fleet.delivered("west")) != {"namespaces -/shop", "namespaces -/submariner-operator"}:
        assert time.monotonic() < until, fleet.argo.application("shop-west")["status"]
        time.sleep(0.5)
    # The ApplicationSet's controller takes every other annotation away, in time or before its time.
    assert "argocd.argoproj.io/deletion-approved" in fleet.argo.application("shop-west")["metadata"]["annotations"]


def test_a_cluster_that_is_taken_out_keeps_its_application_and_its_objects(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fleet.delivered("west")
    assert before
    spec = (fleet.repository.work / "clusterset.yaml").read_text(encoding="utf-8")
    [line] = [line for line in spec.splitlines(keepends=True) if "name: west" in line]
    fleet.edit(monkeypatch, (line, ""), words=("--allow-removal", "west"))
    assert not (fleet.repository.work / "out" / "clusters" / "west").exists()
    fleet.argo.refresh("shop-west")
    fleet.argo.wait("shop-west", lambda application: "allowed destinations" in json.dumps(application["status"].get("conditions", [])))
    assert fleet.argo.applications() == ["shop-east", "shop-west"]
    assert fleet.delivered("west") == before
