"""Flux's own kustomize-controller applies the example's tree, from an API server that knows nothing to one whose Gateway is accepted.

What other controllers would do (Submariner's operator, helm-controller, Envoy Gateway, Lighthouse) is told by the test: it makes the CRDs
that they make, and writes the status that they write. Applying, waiting, substituting, pruning and refusing are Flux's.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from kgen.cli import entry
from tests.agreement.worlds import crds_of, module, remake
from tests.checkout import ROOT
from tests.real import flux as real
from tests.real.apiserver import ApiServer, Resource
from tests.real.apiserver import started as api_server
from tests.real.flux import NAMESPACE, Flux, condition
from tests.real.needed import or_skip

# One worker has all tests with controllers, one after the other: they follow one another, and two sets at once get in each other's way.
pytestmark = pytest.mark.xdist_group("e2e")

Json = Any

EXAMPLE: Final = ROOT / "examples" / "flux"
DEPLOYMENTS: Final = Resource("apps", "v1", "deployments", True)
SECRETS: Final = Resource("", "v1", "secrets", True)
NAMESPACES: Final = Resource("", "v1", "namespaces", False)
SUBMARINERS: Final = Resource("submariner.io", "v1alpha1", "submariners", True)
EXPORTS: Final = Resource("multicluster.x-k8s.io", "v1alpha1", "serviceexports", True)
CLASSES: Final = Resource("gateway.networking.k8s.io", "v1", "gatewayclasses", False)
GATEWAYS: Final = Resource("gateway.networking.k8s.io", "v1", "gateways", True)
ROUTES: Final = Resource("gateway.networking.k8s.io", "v1", "httproutes", True)
GRANTS: Final = Resource("gateway.networking.k8s.io", "v1beta1", "referencegrants", True)
RELEASES: Final = Resource("helm.toolkit.fluxcd.io", "v2", "helmreleases", True)
CHARTS: Final = Resource("source.toolkit.fluxcd.io", "v1", "ocirepositories", True)
STAGES: Final = ("00-namespaces", "10-broker", "20-submariner", "30-exports", "40-gateways", "50-routes", "60-manifests")


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flux]:
    """Flux over an API server that has no CRDs but its own."""
    folder = tmp_path_factory.mktemp("flux")
    with contextlib.ExitStack() as running:
        server: ApiServer = or_skip(lambda: running.enter_context(api_server()))
        yield or_skip(lambda: running.enter_context(real.started(folder / "run", server)))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as a repository of its own: the spec, and the tree that is committed."""
    folder = tmp_path_factory.mktemp("repository") / "fleet"
    shutil.copytree(EXAMPLE, folder)
    return folder


def built(repository: Path, monkeypatch: pytest.MonkeyPatch, *changes: tuple[str, str]) -> None:
    """Edits the spec, and builds the tree anew."""
    spec = repository / "clusterset.yaml"
    text = spec.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    spec.write_text(text, encoding="utf-8")
    monkeypatch.chdir(repository)
    assert entry.run(["build", "-o", "out", "--quiet"]) == 0


def everything(flux: Flux) -> dict[str, str]:
    """All objects of the set's kinds, with their versions in the store, but without what a status changes."""
    found = {}
    for resource in (NAMESPACES, SECRETS, SUBMARINERS, EXPORTS, CLASSES, GATEWAYS, ROUTES, GRANTS):
        path = f"/apis/{resource.group}/{resource.version}/{resource.plural}" if resource.group else f"/api/v1/{resource.plural}"
        for each in flux.server.ask("GET", path).body["items"]:
            metadata = each["metadata"]
            found[f"{resource.plural} {metadata.get('namespace', '')}/{metadata['name']}"] = json.dumps(
                [metadata.get("generation"), metadata["uid"]]
            )
    return found


def all_applied(flux: Flux, revision: str) -> None:
    for stage in STAGES:
        flux.applied(f"shop-{stage}", revision)


def accepted(flux: Flux) -> None:
    """What Envoy Gateway says of the Gateway; without an address it is not Programmed."""
    flux.status(
        GATEWAYS, "edge", "eg", lambda found: {"conditions": [condition("Accepted", found), condition("Programmed", found, status="False")]}
    )


def exported(flux: Flux, name: str) -> None:
    """What Lighthouse says of an export."""
    flux.status(EXPORTS, "shop", name, lambda found: {"conditions": [condition("Valid", found), condition("Ready", found)]})


def test_from_nothing_to_serving(flux: Flux, repository: Path) -> None:
    """Each stage is applied once what it needs is there: operators, their CRDs, the objects of those."""
    join = {"SUBMARINER_BROKER_TOKEN": "header.claims.signature", "SUBMARINER_BROKER_CA": "Y2E=", "SUBMARINER_IPSEC_PSK": "cHNr"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "submariner-join", "namespace": NAMESPACE}, "stringData": join}
    flux.apply("-f", "-", text=json.dumps(secret))
    flux.apply("-f", str(repository / "out" / "delivery" / "flux" / "east"))
    revision = flux.publish("shop", repository, "1")
    flux.applied("shop-00-namespaces", revision)
    flux.applied("shop-10-broker", revision)
    flux.applied("shop-delivery", revision)

    # The operator, from its own repository at the tag: it runs what the spec says, in a namespace that kgen made.
    script = remake()
    flux.publish("shop-submariner-operator", module(script.SUBMARINER_OPERATOR, "v0.24.0"), "v0.24.0")
    deployment = flux.wait(lambda: flux.object(DEPLOYMENTS, "submariner-operator", "submariner-operator"), "the operator")
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "quay.io/submariner/submariner-operator:0.24.0"
    assert [each["name"] for each in container["env"]] == ["WATCH_NAMESPACE", "POD_NAME", "OPERATOR_NAME"]
    labels = flux.object(NAMESPACES, None, "submariner-operator")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"
    assert "control-plane" not in labels, "the operator's own Namespace was left out"
    assert flux.object(SUBMARINERS, "submariner-operator", "submariner") is None, "the operator is not ready"
    ready = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}
    rolled_out = [("Available", "MinimumReplicasAvailable"), ("Progressing", "NewReplicaSetAvailable")]
    flux.status(
        DEPLOYMENTS,
        "submariner-operator",
        "submariner-operator",
        lambda found: {
            **ready,
            "observedGeneration": found["metadata"]["generation"],
            "conditions": [{**condition(name, found), "reason": reason} for name, reason in rolled_out],
        },
    )
    flux.server.install(crds_of("mcs-api", "0.4.1"))

    # Substituted, and joined; exports wait for no tunnel.
    flux.wait(lambda: flux.object(SUBMARINERS, "submariner-operator", "submariner"), "the Submariner object")
    broker = flux.object(SECRETS, "submariner-operator", "submariner-broker-secret")["data"]
    assert broker == {"token": "aGVhZGVyLmNsYWltcy5zaWduYXR1cmU=", "ca.crt": "Y2E="}
    assert flux.object(SECRETS, "submariner-operator", "submariner-ipsec-psk")["data"] == {"psk": "cHNr"}
    flux.applied("shop-30-exports", revision)

    # Envoy Gateway, its CRDs first; then gateways, and once the Gateway is accepted, routes.
    flux.wait(lambda: flux.object(RELEASES, NAMESPACE, "shop-envoy-gateway"), "the release")
    assert flux.object(CLASSES, None, "eg") is None, "Envoy Gateway is not ready"
    flux.server.install([*crds_of("gateway-api/experimental", "1.6.1"), *crds_of("envoy-gateway", "1.9.1")])
    for resource in (CHARTS, RELEASES):
        flux.status(
            resource,
            NAMESPACE,
            "shop-envoy-gateway",
            lambda found: {"observedGeneration": found["metadata"]["generation"], "conditions": [condition("Ready", found)]},
        )
    flux.applied("shop-15-operators", revision)
    flux.wait(lambda: flux.object(GATEWAYS, "edge", "eg"), "the Gateway")
    assert flux.object(ROUTES, "edge", "api") is None, "the Gateway is not accepted"
    accepted(flux)
    flux.applied("shop-60-manifests", revision)
    assert real.ready(flux.kustomization("shop-20-submariner")).get("status") != "True", "no gateway node is active"
    flux.status(SUBMARINERS, "submariner-operator", "submariner", lambda _: active())
    all_applied(flux, revision)


def active() -> Json:
    """What Submariner's operator says once a gateway node is active, as far as its CRD demands."""
    daemon_set = {
        "mismatchedContainerImages": False,
        "status": {"currentNumberScheduled": 1, "numberMisscheduled": 0, "desiredNumberScheduled": 1, "numberReady": 1},
    }
    endpoint = {
        "cluster_id": "east",
        "cable_name": "c",
        "hostname": "node",
        "subnets": ["10.10.0.0/16"],
        "private_ip": "172.18.0.2",
        "backend": "libreswan",
    }
    gateway = {
        "connections": [],
        "haStatus": "active",
        "localEndpoint": {**endpoint, "public_ip": "203.0.113.7", "nat_enabled": True},
        "statusFailure": "",
        "version": "0.24.0",
    }
    return {"clusterID": "east", "natEnabled": True, "gatewayDaemonSetStatus": daemon_set, "gateways": [gateway]}


def test_a_removed_service_is_pruned_and_nothing_else(flux: Flux, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(repository, monkeypatch, ("exportFrom: [west]", "exportFrom: [east, west]"))
    revision = flux.publish("shop", repository, "2")
    exported(flux, "api")
    exported(flux, "orders")
    all_applied(flux, revision)
    before = everything(flux)
    built(
        repository,
        monkeypatch,
        ("    - {name: orders, namespace: shop, ports: [{name: http, port: 8080}], exportFrom: [east, west]}\n", ""),
        (
            "        - matches: [{path: {type: PathPrefix, value: /orders}}]\n          backendRefs: [{service: shop/orders, port: 8080}]\n",
            "",
        ),
    )
    revision = flux.publish("shop", repository, "3")
    all_applied(flux, revision)
    after = everything(flux)
    assert before.keys() - after.keys() == {
        "serviceexports shop/orders",
        "referencegrants shop/httproute.edge.serviceimport.orders",
    }
    assert after.keys() <= before.keys()
    assert {key for key in after if after[key] != before[key]} == {"httproutes edge/api"}


def test_a_revision_with_a_broken_file_changes_nothing(flux: Flux, repository: Path) -> None:
    before = everything(flux)
    held = flux.inventory("shop-50-routes")
    path = repository / "out" / "clusters" / "east" / "50-routes" / "manifests.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("/orders", "/all") + "---\nkind: [\n", encoding="utf-8")
    flux.publish("shop", repository, "4")
    flux.refused("shop-50-routes", "manifests.yaml")
    assert everything(flux) == before
    assert flux.inventory("shop-50-routes") == held
    # Nor does a folder that is gone: nothing says that its objects are to go.
    path.write_text(text, encoding="utf-8")
    stage = repository / "out" / "clusters" / "east" / "30-exports"
    shutil.move(stage, repository / "away")
    flux.publish("shop", repository, "5")
    flux.refused("shop-30-exports", "path not found")
    assert everything(flux) == before
    shutil.move(repository / "away", stage)
    all_applied(flux, flux.publish("shop", repository, "6"))
    assert everything(flux) == before


def test_the_last_object_of_a_stage_is_pruned(flux: Flux, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(flux)
    spec = (repository / "clusterset.yaml").read_text(encoding="utf-8")
    built(repository, monkeypatch, (spec[spec.index("  routes:") :], ""))
    stage = repository / "out" / "clusters" / "east" / "50-routes"
    assert [path.name for path in stage.iterdir()] == ["kustomization.yaml"]
    all_applied(flux, flux.publish("shop", repository, "7"))
    assert flux.inventory("shop-50-routes") == []
    assert before.keys() - everything(flux).keys() == {"httproutes edge/api", "referencegrants shop/httproute.edge.serviceimport.api"}


def test_a_class_outlives_its_gateways(flux: Flux, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleted with them, or before, it would leave behind what Envoy Gateway made of them."""
    spec = (repository / "clusterset.yaml").read_text(encoding="utf-8")
    classes = spec[spec.index("  gatewayClasses:") :]
    built(repository, monkeypatch, (classes, ""), ("install: {submariner: {}, envoyGateway: {}}", "install: {submariner: {}}"))
    revision = flux.publish("shop", repository, "8")
    all_applied(flux, revision)
    assert flux.object(GATEWAYS, "edge", "eg") is None
    assert flux.object(CLASSES, None, "eg") is not None
    flux.applied("shop-delivery", revision)
    flux.wait(lambda: flux.kustomization("shop-15-operators") is None, "the Kustomization of the operators goes")
    assert flux.object(RELEASES, NAMESPACE, "shop-envoy-gateway") is not None, "and what it delivered stays"


def test_what_was_delivered_outlives_its_kustomization(flux: Flux) -> None:
    before = everything(flux)
    flux.server.ask("DELETE", f"{real.KUSTOMIZATIONS.path(NAMESPACE)}/shop-30-exports")
    flux.wait(lambda: flux.kustomization("shop-30-exports") is None, "the Kustomization goes")
    assert everything(flux) == before
