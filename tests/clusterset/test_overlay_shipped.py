"""The overlays that ship with kgen: each is merged over the examples and decodes, says when to use it, and is listed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kgen import bundled, source
from kgen.clusterset.decode import decode
from kgen.clusterset.overlay import load, shipped_names
from kgen.clusterset.override import variants
from kgen.pipeline import Request, build

ROOT = Path(__file__).parents[2]
OVERLAYS = ROOT / "overlays"
NAMES = sorted(folder.name for folder in OVERLAYS.iterdir() if folder.is_dir())
EXAMPLES = sorted(folder.name for folder in (ROOT / "examples").iterdir() if (folder / "clusterset.yaml").is_file())

SETS: dict[str, dict[str, Any]] = {
    "airgapped": {"airGappedDeployment": True, "natEnabled": False},
    "aks": {"coreDNSCustomConfig": {"configMapName": "coredns-custom", "namespace": "kube-system"}},
    "debug": {"debug": True, "ceIPSecDebug": True},
    "eks": {
        "loadBalancerEnabled": True,
        "natEnabled": True,
        "loadBalancerServiceAnnotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"},
    },
    "k3s": {"coreDNSCustomConfig": {"configMapName": "coredns-custom", "namespace": "kube-system"}},
    "kind": {"natEnabled": False},
    "loadbalancer": {"loadBalancerEnabled": True, "natEnabled": True},
    "openshift": {},
}


def test_every_overlay_is_found_and_tested() -> None:
    assert list(shipped_names()) == NAMES == sorted(SETS)
    assert bundled.folder("overlays") == OVERLAYS


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("name", NAMES)
def test_over_an_example(name: str, example: str) -> None:
    spec = ROOT / "examples" / example / "clusterset.yaml"
    before = load(spec, []).document
    layered = load(spec, [f"kgen:{name}"])
    wish = decode(layered.document)
    variants(layered.document, wish)
    for field, value in SETS[name].items():
        assert wish.submariner[field] == value
        span = layered.document.span(wish.at / "submariner" / field)
        assert span.file in ("kgen:eks", f"kgen:{name}", "kgen:loadbalancer")
    assert layered.last == str(spec)
    assert before.data != layered.document.data or all(decode(before).submariner.get(key) == value for key, value in SETS[name].items())


@pytest.mark.parametrize("example", ["seed", "globalnet"])
@pytest.mark.parametrize("name", NAMES)
def test_builds_over_an_example(name: str, example: str) -> None:
    done = build(Request(str(ROOT / "examples" / example / "clusterset.yaml"), (f"kgen:{name}",)))
    # Submariner 0.14, which the seed has, cannot annotate the Service of its gateway.
    if (name, example) == ("eks", "seed"):
        assert [found.code for found in done.diagnostics if found.severity == "error"] == ["KG420"]
        return
    assert done.ok
    objects = [placed.manifest.body for cluster in done.clusters for placed in done.placements(cluster)]
    joins = [body for body in objects if body["kind"] == "Submariner"]
    assert len(joins) == len(done.clusters)
    assert all(body["spec"][field] == value for body in joins for field, value in SETS[name].items())


def test_openshift_lets_the_proxies_run() -> None:
    wish = decode(load(ROOT / "examples" / "globalnet" / "clusterset.yaml", ["kgen:openshift"]).document)
    (manifest,) = wish.manifests
    assert manifest.object["roleRef"]["name"] == "system:openshift:scc:nonroot-v2"
    assert manifest.stage == "40-gateways"


@pytest.mark.parametrize("name", NAMES)
def test_says_when_to_use_it(name: str) -> None:
    text = (OVERLAYS / name / "clusterset.yaml").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "See README.md beside this file." in text.splitlines()[0]
    assert f"metadata: {{name: {name}}}" in text
    readme = (OVERLAYS / name / "README.md").read_text(encoding="utf-8")
    assert readme.startswith(f"# {name}: ")
    assert "\nUse it " in readme
    assert f"    kgen build clusterset.yaml --overlay kgen:{name} -o out\n" in readme


@pytest.mark.parametrize("name", NAMES)
def test_the_overlays_in_its_readme_are_good(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "examples" / "globalnet" / "clusterset.yaml").read_text(encoding="utf-8")
    Path("clusterset.yaml").write_text(text, encoding="utf-8")
    for block in re.findall(r"```yaml\n(.*?)```", (OVERLAYS / name / "README.md").read_text(encoding="utf-8"), re.S):
        file = block.split(":", 1)[0].removeprefix("# ")
        assert f": kgen build clusterset.yaml --overlay {file}\n" in block
        Path(file).write_text(block.replace("deployTo: [edge]", "deployTo: [cluster1]"), encoding="utf-8")
        layered = load("clusterset.yaml", [file])
        assert layered.documents[1].name.startswith("kgen:")
        decode(layered.document)


def test_the_table_lists_each() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\) \|", (OVERLAYS / "README.md").read_text(encoding="utf-8"), re.M)
    assert rows == [(name, name) for name in NAMES]


def test_they_need_no_names_of_the_author() -> None:
    for name in NAMES:
        spec = source.read(OVERLAYS / name / "clusterset.yaml").data["spec"]
        assert set(spec) <= {"submariner", "manifests"}
