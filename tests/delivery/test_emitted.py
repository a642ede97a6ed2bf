"""What is made for an engine, and what a tree does when parts of it go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from kgen.cli import entry
from tests.checkout import ROOT

Json = Any

EXAMPLES: Final = ROOT / "examples"
FLUX: Final = (EXAMPLES / "flux" / "clusterset.yaml").read_text(encoding="utf-8")
ARGOCD: Final = (EXAMPLES / "argocd" / "clusterset.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def build(text: str, *words: str) -> int:
    """The exit code of a build of this spec into `out`."""
    Path("clusterset.yaml").write_text(text, encoding="utf-8")
    return entry.run(["build", "-o", "out", "--quiet", *words])


def objects(pattern: str) -> Iterator[Json]:
    """The objects of the files in `out` that a pattern matches."""
    for path in sorted(Path("out").glob(pattern)):
        yield from (each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each)


def folders(below: str) -> list[str]:
    """The names of the folders in one of `out`."""
    return sorted(path.name for path in (Path("out") / below).iterdir() if path.is_dir())


@pytest.mark.parametrize("cluster", ["east", "west"])
def test_every_dependency_is_there_and_none_goes_in_circles(cluster: str) -> None:
    assert build(FLUX) == 0
    needs = {
        each["metadata"]["name"]: {other["name"] for other in each["spec"].get("dependsOn", ())}
        for each in objects(f"delivery/flux/{cluster}/*.yaml")
        if each["kind"] == "Kustomization"
    }
    done: set[str] = set()
    while len(done) < len(needs):
        ready = {name for name, wanted in needs.items() if wanted <= done}
        assert ready > done, needs
        done = ready
    paths = [each["spec"]["path"] for each in objects(f"delivery/flux/{cluster}/*.yaml") if each["kind"] == "Kustomization"]
    assert all(Path(path).is_dir() for path in paths if path != "./config/default")


def test_an_object_that_others_copy_carries_nothing_of_its_own() -> None:
    common = "  commonMetadata: {labels: {team: edge}, annotations: {example.com/owner: edge}}\n"
    raw = "  manifests: [{name: a, deployTo: all, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}}}]\n"
    assert build(FLUX.replace("  delivery:", f"{common}  delivery:") + raw) == 0
    bare = set()
    for each in objects("*/**/manifests.yaml"):
        metadata = each["metadata"]
        if "team" not in metadata.get("labels", {}):
            assert "app.kubernetes.io/managed-by" not in metadata.get("labels", {})
            assert "example.com/owner" not in metadata.get("annotations", {})
            bare.add((each["kind"], each.get("type", "")))
        else:
            assert metadata["labels"]["app.kubernetes.io/managed-by"] == "kgen"
            assert metadata["annotations"]["example.com/owner"] == "edge"
    assert bare == {("ServiceExport", ""), ("Secret", "kubernetes.io/service-account-token"), ("ConfigMap", "")}


def test_an_author_has_the_last_word_on_labels_and_waves() -> None:
    text = ARGOCD.replace("      gatewayClassName: eg\n", "      gatewayClassName: eg\n      labels: {app.kubernetes.io/managed-by: me}\n")
    annotated = "metadata: {name: a, namespace: shop, annotations: {argocd.argoproj.io/sync-wave: '7'}}"
    text += f"  manifests: [{{name: a, deployTo: [east], object: {{apiVersion: v1, kind: ConfigMap, {annotated}}}}}]\n"
    text += "  patches: [{name: p, target: {kind: EnvoyProxy}, applyTo: [east], expect: 1, merge: {metadata: {labels: {app.kubernetes.io/managed-by: null}}}}]\n"
    assert build(text) == 0
    found = {each["kind"]: each["metadata"] for each in objects("clusters/east/*/manifests.yaml")}
    assert found["Gateway"]["labels"] == {"app.kubernetes.io/managed-by": "me"}
    assert found["ConfigMap"]["annotations"] == {"argocd.argoproj.io/sync-wave": "7"}
    assert "app.kubernetes.io/managed-by" not in (found["EnvoyProxy"].get("labels") or {})


def test_waves_follow_the_stages_and_no_wave_waits_for_a_gateway() -> None:
    assert build(ARGOCD) == 0
    waves: dict[str, set[int]] = {}
    for path in Path("out/clusters").glob("*/*/manifests.yaml"):
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            wave = each["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0")
            waves.setdefault(path.parent.name, set()).add(int(wave))
    assert {stage: max(found) for stage, found in sorted(waves.items())} == {
        "00-namespaces": 0,
        "10-broker": 10,
        "20-submariner": 20,
        "30-exports": 30,
        "40-gateways": 40,
        "50-routes": 40,
    }
    assert all(len(found) == 1 for found in waves.values())


@pytest.mark.parametrize(
    "text", [FLUX, ARGOCD, ARGOCD.replace("engine: argocd", "engine: argocd\n    per: stage")], ids=["flux", "argocd", "per-stage"]
)
def test_a_cluster_is_emptied_only_where_a_person_says_so(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert build(text) == 0
    before = sorted(path for path in Path("out").rglob("*"))
    west = "serviceCIDR: 10.21.0.0/16"
    leaving = text.replace(west, f"{west}, leaving: true")
    leaving = leaving[: leaving.index("  services:")].replace(", envoyGateway: {}", "")
    assert build(leaving) == 1
    assert "KG560" in capfd.readouterr().err
    assert sorted(path for path in Path("out").rglob("*")) == before
    assert build(leaving, "--allow-removal", "west") == 0
    files = list(Path("out/clusters/west").rglob("*.yaml"))
    assert {path.name for path in files} == {"kustomization.yaml"}
    assert all("resources: []" in path.read_text(encoding="utf-8") for path in files)
    assert build(leaving) == 0
    line = re.search(r".*name: west.*\n", leaving)
    assert line is not None
    assert build(leaving.replace(line[0], ""), "--allow-removal", "west") == 0
    assert not Path("out/clusters/west").exists()


def test_a_delivery_that_is_left_out_takes_its_folder_along() -> None:
    assert build(FLUX) == 0
    assert folders("delivery/flux") == ["east", "west"]
    assert build(re.sub(r"  delivery:\n(    .*\n)+", "", FLUX)) == 0
    assert not Path("out/delivery").exists()
    assert folders("clusters/west") == ["00-namespaces", "20-submariner", "30-exports"]


def test_a_slice_leaves_what_the_engine_is_given_as_it_is() -> None:
    assert build(FLUX) == 0
    before = {path: path.read_bytes() for path in Path("out/delivery").rglob("*.yaml")}
    assert build(FLUX.replace("podCIDR: 10.20.0.0/16", "podCIDR: 10.30.0.0/16"), "--cluster", "west") == 0
    assert {path: path.read_bytes() for path in Path("out/delivery").rglob("*.yaml")} == before
    assert (Path("out/clusters/west/60-manifests/kustomization.yaml")).exists()
    assert entry.run(["build", "--check", "--quiet"]) == 0


def test_kustomizations_of_a_cluster_leave_out_those_of_nothing() -> None:
    assert build(FLUX, "--kustomization") == 0
    listed = yaml.safe_load(Path("out/clusters/west/kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert listed == ["00-namespaces/manifests.yaml", "20-submariner/manifests.yaml", "30-exports/manifests.yaml"]


def test_a_tree_may_be_a_whole_repository() -> None:
    assert build(FLUX.replace("    secretRef:", "    path: .\n    secretRef:")) == 0
    paths = [each["spec"]["path"] for each in objects("delivery/flux/east/*.yaml") if each["kind"] == "Kustomization"]
    assert {"./delivery/flux/east", "./clusters/east/40-gateways"} < set(paths)
    assert build(ARGOCD.replace("    install:", "    path: .\n    install:"), "--allow-removal", "east") == 0
    [found] = [each for each in objects("delivery/argocd/*.yaml") if each["kind"] == "ApplicationSet"]
    assert found["spec"]["template"]["spec"]["source"]["path"] == "clusters/{{.cluster}}"


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("path: ..", "KG205"),
        ("path: ./out", "KG205"),
        ("timeout: 0s", "KG205"),
        ("interval: 0h0.0m", "KG205"),
        ("repoURL: oci://registry.example.com/fleet:v1", "KG341"),
        ("repoURL: oci://registry.example.com/fleet@sha256:00", "KG341"),
        ("repoURL: oci://registry.example.com:5000", "KG341"),
        ("repoURL: oci://registry.example.com/", "KG341"),
        ("repoURL: oci://registry.example.com:5000/fleet", None),
        ("timeout: 0m30s", None),
    ],
)
def test_what_flux_could_not_follow_is_refused(field: str, code: str | None, capfd: pytest.CaptureFixture[str]) -> None:
    url = "    repoURL: https://git.example.com/shop/fleet.git\n"
    text = FLUX.replace(url, f"    {field}\n") if field.startswith("repoURL") else FLUX.replace(url, f"{url}    {field}\n")
    assert build(text) == (0 if code is None else 1)
    told = capfd.readouterr().err
    assert told == "" if code is None else f"error[{code}]" in told
