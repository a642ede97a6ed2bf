"""What `delivery.install` brings, rendered by the tools that engines have inside, from the projects' own published files.

No CRD and no Namespace has two owners, the operator runs what the spec says, and the AppProject allows all that is brought.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.agreement.worlds import module, remake
from tests.checkout import ROOT
from tests.real.binaries import helm, kubectl, run
from tests.real.needed import or_skip

Json = Any

ARGOCD: Final = ROOT / "examples" / "argocd" / "out"
FLUX: Final = ROOT / "examples" / "flux" / "out"


def objects(text: str) -> list[Json]:
    """The objects of a stream."""
    return [each for each in yaml.safe_load_all(text) if each]


def emitted(*paths: Path) -> list[Json]:
    """The objects of files that kgen wrote."""
    return [each for path in paths for each in objects(path.read_text(encoding="utf-8"))]


def named(found: list[Json], kind: str, name: str) -> Json:
    """The object of a kind and a name."""
    [one] = [each for each in found if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return one


def kustomized(tmp_path: Path, version: str, patches: list[Json], annotations: Json) -> list[Json]:
    """The operator's kustomization with an engine's patches, which engines add to that kustomization itself."""
    source = or_skip(lambda: module(remake().SUBMARINER_OPERATOR, version))
    work = tmp_path / version
    shutil.copytree(source / "config", work)
    for path in (work, *work.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # modules are read-only
    file = work / "default" / "kustomization.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["patches"] = [*(content.get("patches") or []), *patches]
    content["commonAnnotations"] = annotations
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return objects(or_skip(lambda: run(str(kubectl()), "kustomize", str(work / "default"))))


def of_argocd() -> tuple[list[Json], Json]:
    """Patches and annotations as the Application has them."""
    application = named(emitted(ARGOCD / "delivery/argocd/manifests.yaml"), "Application", "shop-east-operators")
    kustomize = application["spec"]["sources"][0]["kustomize"]
    return kustomize["patches"], kustomize["commonAnnotations"]


def of_flux() -> tuple[list[Json], Json]:
    """Patches as the Kustomization has them."""
    kustomization = named(emitted(FLUX / "delivery/flux/east/manifests.yaml"), "Kustomization", "shop-submariner-operator")
    return kustomization["spec"]["patches"], {}


@pytest.mark.parametrize("version", ["v0.19.2", "v0.24.0"])
@pytest.mark.parametrize("form", [of_argocd, of_flux])
def test_the_operator_runs_what_the_spec_says(form: Callable[[], tuple[list[Json], Json]], version: str, tmp_path: Path) -> None:
    brought = kustomized(tmp_path, version, *form())
    deployment = named(brought, "Deployment", "submariner-operator")
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "quay.io/submariner/submariner-operator:0.24.0"
    assert [each["name"] for each in container["env"]] == ["WATCH_NAMESPACE", "POD_NAME", "OPERATOR_NAME"]
    assert container["command"] == ["submariner-operator"]
    assert [each for each in brought if each["kind"] == "Namespace"] == []
    # A plain apply would refuse bindings without it: kustomize puts it there.
    accounts = {each["metadata"]["name"] for each in brought if each["kind"] == "ServiceAccount"}
    subjects = [subject for each in brought if each["kind"].endswith("Binding") for subject in each["subjects"]]
    assert {subject["namespace"] for subject in subjects if subject["name"] in accounts} == {"submariner-operator"}
    if form is of_argocd:
        assert {each["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] for each in brought} == {"-1"}


def chart(tmp_path: Path, *words: str) -> list[Json]:
    """Envoy Gateway's chart as an engine renders it; its build fills in two values that are names of images."""
    source = or_skip(lambda: module(remake().ENVOY_GATEWAY, "v1.9.1")) / "charts" / "gateway-helm"
    work = tmp_path / "gateway-helm"
    shutil.copytree(source, work)
    for path in (work, *work.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    values = (work / "values.tmpl.yaml").read_text(encoding="utf-8")
    image = re.sub(r"\$\{\w+Policy\}", "IfNotPresent", values)
    (work / "values.yaml").write_text(re.sub(r"\$\{\w+\}", "docker.io/envoyproxy/gateway:v1.9.1", image), encoding="utf-8")
    return objects(or_skip(lambda: run(str(helm()), "template", "eg", str(work), "--namespace", "envoy-gateway-system", *words)))


def test_the_project_allows_what_is_brought_and_nothing_has_two_owners(tmp_path: Path) -> None:
    crds = tmp_path / "with", tmp_path / "without"
    brought = {"operator": kustomized(tmp_path, "v0.24.0", *of_argocd()), "chart": chart(crds[0], "--include-crds")}
    brought["kgen"] = emitted(*sorted(ARGOCD.glob("clusters/east/*/manifests.yaml")))
    project = named(emitted(ARGOCD / "delivery/argocd/manifests.yaml"), "AppProject", "shop")["spec"]
    allowed = {(each["group"], each["kind"]) for each in project["clusterResourceWhitelist"]}
    scoped = set(clusterwide([each for found in brought.values() for each in found]))
    assert scoped == allowed
    owners: dict[str, set[str]] = {}
    for owner, found in brought.items():
        for each in found:
            if each["kind"] in ("CustomResourceDefinition", "Namespace"):
                owners.setdefault(f"{each['kind']} {each['metadata']['name']}", set()).add(owner)
    assert [name for name, found in owners.items() if len(found) > 1] == []
    assert len([name for name in owners if name.endswith("gateway.networking.k8s.io")]) > 8
    assert owners["CustomResourceDefinition submariners.submariner.io"] == {"operator"}
    assert owners["Namespace submariner-operator"] == {"kgen"}
    # `crds: false`, in the forms of both engines.
    without = chart(crds[1], "--set", "crds.enabled=false")
    assert {each["kind"] for each in without} & {"CustomResourceDefinition", "ValidatingAdmissionPolicy"} == set()


# Kinds without a namespace that are here; what is not listed has one.
CLUSTERWIDE: Final = re.compile(r"Cluster|^Namespace$|CustomResourceDefinition|WebhookConfiguration$|AdmissionPolicy|^GatewayClass$")


def clusterwide(found: list[Json]) -> Iterator[tuple[str, str]]:
    """Group and kind of the objects that have no namespace."""
    for each in found:
        if CLUSTERWIDE.search(each["kind"]):
            yield each["apiVersion"].rpartition("/")[0], each["kind"]
