"""`kgen krm` inside kustomize, kubectl's kustomize and kpt, and the committed tree as a base of theirs: the real programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.cases import tree
from tests.checkout import ROOT
from tests.docs.test_docs import steps
from tests.real import binaries
from tests.real.needed import or_skip

GLOBALNET: Final = ROOT / "examples" / "globalnet"
PATH: Final = f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
FUNCTION: Final = "config.kubernetes.io/function"
GENERATED: Final = "kustomize.config.k8s.io/v1beta1"


def run(folder: Path, *command: str | Path, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": PATH, "HOME": str(folder), **environment}
    return subprocess.run([*map(str, command)], cwd=folder, env=env, input=given, capture_output=True, text=True, check=False)


def kgen(folder: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return run(folder, Path(sys.executable).parent / "kgen", *words, given=given)


def objects(text: str) -> list[Any]:
    return [each for each in yaml.safe_load_all(text) if each is not None]


def expected(folder: Path, cluster: str) -> list[Any]:
    done = kgen(folder, "build", "--quiet", "--cluster", cluster)
    assert done.returncode == 0, done.stderr
    return objects(done.stdout)


def slice(cluster: str = "cluster2", function: bool = True, **spec: Any) -> dict[str, Any]:
    annotations = {"annotations": {FUNCTION: "exec: {path: kgen, args: [krm]}\n"}} if function else {}
    return {
        "apiVersion": "kgen.dev/v1alpha1",
        "kind": "Slice",
        "metadata": {"name": cluster, **annotations},
        "spec": {"cluster": cluster, **spec},
    }


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data, indent=1), encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A repository with a set."""
    for path in GLOBALNET.glob("clusterset*.yaml"):
        shutil.copy(path, tmp_path)
    return tmp_path


def kustomization(here: Path, config: Mapping[str, Any]) -> Path:
    """A kustomization whose generator is that configuration."""
    write(here / "mesh" / "slice.yaml", config)
    write(
        here / "mesh" / "kustomization.yaml",
        {"apiVersion": GENERATED, "kind": "Kustomization", "sortOptions": {"order": "fifo"}, "generators": ["slice.yaml"]},
    )
    return here / "mesh"


def legacy(here: Path) -> dict[str, str]:
    """The older form of a plugin, made as docs/kustomize.md says; the environment in which it is found."""
    page = (ROOT / "docs" / "kustomize.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in page.splitlines() if line.startswith("    ")]
    start = next(index for index, line in enumerate(lines) if line.startswith("plugins="))
    script = "\n".join(lines[start : start + 4])
    done = run(here, "/bin/sh", "-ec", script, XDG_CONFIG_HOME=str(here / "config"))
    assert done.returncode == 0, done.stderr
    return {"XDG_CONFIG_HOME": str(here / "config")}


# --- kustomize -------------------------------------------------------------------------------------------------------------------------


def test_kustomize_runs_the_function(here: Path) -> None:
    program = or_skip(binaries.kustomize)
    folder = kustomization(here, slice(clusterSet="../clusterset.yaml"))
    done = run(here, program, "build", "--enable-alpha-plugins", "--enable-exec", folder)
    assert done.returncode == 0, done.stderr
    assert objects(done.stdout) == expected(here, "cluster2")


def test_kustomize_without_leave_is_silent_and_empty(here: Path) -> None:
    """The trap that docs/kustomize.md tells of."""
    program, kubectl = or_skip(binaries.kustomize), or_skip(binaries.kubectl)
    folder = kustomization(here, slice(clusterSet="../clusterset.yaml"))
    for command in ((program, "build"), (kubectl, "kustomize")):
        done = run(here, *command, "--enable-alpha-plugins", folder)
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", ["kubectl", "kustomize"])
def test_the_older_form_works_in_both(name: str, here: Path) -> None:
    command = (or_skip(binaries.kubectl), "kustomize") if name == "kubectl" else (or_skip(binaries.kustomize), "build")
    environment = legacy(here)
    folder = kustomization(here, slice(function=False, clusterSet="../clusterset.yaml"))
    done = run(here, *command, "--enable-alpha-plugins", folder, **environment)
    assert done.returncode == 0, done.stderr
    assert objects(done.stdout) == expected(here, "cluster2")
    refused = run(here, *command, folder, **environment)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "external plugins disabled" in refused.stderr


@pytest.mark.parametrize("form", ["function", "legacy"])
@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"cluster": "cluster9"}, 'error[KG413] unknown-cluster: "cluster9"'),
        ({"overlay": ["x"]}, 'did you mean "overlays"?'),
        ({"clusterSet": "nowhere.yaml"}, "error[KG001]"),
        ({"stage": "50-routes"}, "error[KG590]"),
    ],
)
def test_an_error_ends_the_build_and_is_shown(form: str, spec: dict[str, Any], told: str, here: Path) -> None:
    program = or_skip(binaries.kustomize)
    environment = legacy(here)
    folder = kustomization(here, slice(function=form == "function", **{"clusterSet": "../clusterset.yaml", **spec}))
    done = run(here, program, "build", "--enable-alpha-plugins", "--enable-exec", folder, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr


def test_the_recipe_of_a_base_and_an_overlay(here: Path) -> None:
    """docs/kustomize.md: the tree as a base, with labels and a patch over it."""
    page = (ROOT / "docs" / "kustomize.md").read_text(encoding="utf-8")
    for step in steps(page):
        if step.command is None and step.path.startswith("overlays/"):
            write(here / step.path, step.text)
    assert kgen(here, "build", "-o", "out", "--kustomization").returncode == 0
    wanted = expected(here, "cluster2")
    for each in wanted:
        each["metadata"]["labels"] = {**each["metadata"].get("labels", {}), "team": "mesh"}
        if each["kind"] == "ServiceExport":
            each["metadata"]["annotations"] = {"note": "patched"}
    for command in ((or_skip(binaries.kustomize), "build"), (or_skip(binaries.kubectl), "kustomize")):
        done = run(here, *command, here / "overlays" / "cluster2")
        assert done.returncode == 0, done.stderr
        assert objects(done.stdout) == wanted


# --- kpt -------------------------------------------------------------------------------------------------------------------------------

MINE: Final = """\
# Mine, with what other readers take.
apiVersion: v1
kind: ConfigMap
metadata: # where it is
  name: mine
  namespace: shop
data:
  'quoted': 'yes' # said
  "mode": "0644"
"""


@pytest.fixture
def package(here: Path) -> Path:
    """A package with the set, a file of somebody's own, and kgen as its mutator."""
    folder = here / "package"
    folder.mkdir()
    for path in here.glob("clusterset*.yaml"):
        shutil.move(path, folder)
    write(folder / "mine.yaml", MINE)
    write(
        folder / "slice.yaml",
        yaml.safe_dump(slice(function=False) | {"metadata": {"name": "s", "annotations": {"config.kubernetes.io/local-config": "true"}}}),
    )
    pipeline = {"mutators": [{"exec": "kgen krm", "configPath": "slice.yaml"}]}
    write(
        folder / "Kptfile",
        yaml.safe_dump({"apiVersion": "kpt.dev/v1", "kind": "Kptfile", "metadata": {"name": "mesh"}, "pipeline": pipeline}),
    )
    # The lock is no object, and kpt would take it for a broken one.
    write(folder / ".krmignore", "clusterset.lock.yaml\n")
    return folder


def made(package: Path) -> list[Any]:
    """What lies in kgen's folder of a package."""
    return [each for path in sorted((package / "kgen" / "cluster2").glob("*.yaml")) for each in objects(path.read_text(encoding="utf-8"))]


def test_kpt_renders_a_package(package: Path) -> None:
    kpt = or_skip(binaries.kpt)
    done = run(package, kpt, "fn", "render", "--allow-exec")
    assert done.returncode == 0, done.stdout + done.stderr
    assert made(package) == expected(package, "cluster2")
    assert (package / "mine.yaml").read_text(encoding="utf-8") == MINE
    first = tree(package / "kgen")
    assert run(package, kpt, "fn", "render", "--allow-exec").returncode == 0
    assert tree(package / "kgen") == first


def test_kpt_loses_what_is_no_longer_made(package: Path) -> None:
    kpt = or_skip(binaries.kpt)
    assert run(package, kpt, "fn", "render", "--allow-exec").returncode == 0
    assert (package / "kgen" / "cluster2" / "30-exports.yaml").exists()
    spec = package / "clusterset.yaml"
    spec.write_text(spec.read_text().replace("exportFrom: [cluster2, cluster3]", "exportFrom: [cluster3]"), encoding="utf-8")
    done = run(package, kpt, "fn", "render", "--allow-exec")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (package / "kgen" / "cluster2" / "30-exports.yaml").exists()
    assert made(package) == expected(package, "cluster2")
    assert (package / "mine.yaml").read_text(encoding="utf-8") == MINE


def test_kpt_keeps_the_package_where_there_is_an_error(package: Path) -> None:
    kpt = or_skip(binaries.kpt)
    assert run(package, kpt, "fn", "render", "--allow-exec").returncode == 0
    spec = package / "clusterset.yaml"
    spec.write_text(spec.read_text().replace("service: shop/api", "service: shop/apy"), encoding="utf-8")
    before = tree(package / "kgen")
    done = run(package, kpt, "fn", "render", "--allow-exec", "--results-dir", "../results")
    assert done.returncode == 1
    assert tree(package / "kgen") == before
    [told] = [each for path in (package.parent / "results").rglob("*.yaml") for each in objects(path.read_text(encoding="utf-8"))]
    [result] = [each for item in told["items"] for each in item.get("results", [])]
    assert result["severity"] == "error"
    assert result["file"]["path"] == "clusterset.yaml"
    assert result["tags"]["code"].startswith("KG3")
    line = spec.read_text(encoding="utf-8").splitlines()[int(result["tags"]["line"]) - 1]
    assert "shop/apy" in line


def test_kpt_evaluates_with_arguments(package: Path) -> None:
    kpt = or_skip(binaries.kpt)
    done = run(package, kpt, "fn", "eval", "--exec", "kgen krm", "--", "cluster=cluster2", "stage=30-exports")
    assert done.returncode == 0, done.stdout + done.stderr
    assert made(package) == [each for each in expected(package, "cluster2") if each["kind"] == "ServiceExport"]


# --- the protocol ----------------------------------------------------------------------------------------------------------------------

HEAD: Final = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
CONFIG: Final = "functionConfig:\n  apiVersion: kgen.dev/v1alpha1\n  kind: Slice\n  spec:\n    cluster: cluster2\n    stage: 30-exports\n"
ODD: Final = """\
- apiVersion: v1
  kind: ConfigMap # a comment
  metadata: {name: odd}
  data: {mode: 0644, a: &x 1, b: *x, <<: {c: yes}, d: !!binary aGk=}
"""
PLACE: Final = "kgen/cluster2/30-exports.yaml"
OLD: Final = f"""\
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: old
    annotations:
      internal.config.kubernetes.io/path: {PLACE}
"""


def test_other_items_come_back_as_they_came(here: Path) -> None:
    done = kgen(here, "krm", given=f"{HEAD}items:\n{ODD}{CONFIG}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{HEAD}items:\n{ODD}- apiVersion: multicluster.x-k8s.io/v1alpha1\n")


def test_indented_items_come_back_too(here: Path) -> None:
    indented = "".join(f"  {line}" for line in ODD.splitlines(keepends=True))
    done = kgen(here, "krm", given=f"{CONFIG}{HEAD}items:\n{indented}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{HEAD}items:\n{ODD}- apiVersion: multicluster")


@pytest.mark.parametrize("items", ["items: []\n", "items:\n", ""], ids=["empty", "null", "none"])
def test_a_list_without_items(items: str, here: Path) -> None:
    done = kgen(here, "krm", given=HEAD + items + CONFIG)
    assert done.returncode == 0, done.stderr
    [listed] = objects(done.stdout)
    assert [each["kind"] for each in listed["items"]] == ["ServiceExport"]


def test_json_is_read_too(here: Path) -> None:
    [data] = objects(f"{HEAD}items: []\n{CONFIG}")
    data["items"] = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}]
    done = kgen(here, "krm", given=json.dumps(data))
    assert done.returncode == 0, done.stderr
    assert [each["kind"] for each in objects(done.stdout)[0]["items"]] == ["ConfigMap", "ServiceExport"]


def test_what_an_earlier_run_made_is_replaced(here: Path) -> None:
    done = kgen(here, "krm", given=f"{HEAD}items:\n{ODD}{OLD}{OLD.replace('cluster2', 'cluster3').replace('old', 'others')}{CONFIG}")
    assert done.returncode == 0, done.stderr
    assert "name: others" in done.stdout
    assert "name: old" not in done.stdout
    again = kgen(here, "krm", given=done.stdout)
    assert again.stdout == done.stdout


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "KG610"),
        ("kind: ResourceList\n", "KG610"),
        ("- a\n", "KG610"),
        ("{", "KG004"),
        (f"{HEAD}items: 5\n{CONFIG}", "KG610"),
        (f"{HEAD}items: []\n", "KG611"),
        (f"{HEAD}items: []\nfunctionConfig: {{kind: ClusterSet, apiVersion: kgen.dev/v1alpha1}}\n", "KG611"),
        (f"{HEAD}items: []\n{CONFIG}    allowEmpty: 1\n", "KG611"),
        (f"{HEAD}items: []\n{CONFIG.replace('cluster: cluster2', 'cluster: [cluster2]')}", "KG611"),
        (f"{HEAD}items: []\n{CONFIG.replace('30-exports', '30-export')}", 'did you mean "30-exports"?'),
        (
            f"{HEAD}items:\n- {{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceExport, metadata: {{name: api, namespace: shop}}}}\n{CONFIG}",
            "KG612",
        ),
        (f"\ufeff\x00{HEAD}", "KG005"),
    ],
)
def test_an_error_changes_no_item(given: str, told: str, here: Path) -> None:
    done = kgen(here, "krm", given=given)
    assert done.returncode == 1, done.stdout + done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    if done.stdout:
        [listed] = objects(done.stdout)
        assert listed["results"]
        [came] = objects(given)
        assert listed["items"] == (came["items"] or [])


def test_a_config_map_of_arguments(here: Path) -> None:
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "data": {"cluster": "cluster2", "stage": "50-routes", "overlays": "kgen:kind, kgen:debug", "allowEmpty": "true"},
    }
    done = kgen(
        here,
        "krm",
        given=json.dumps({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [], "functionConfig": config}),
    )
    # The overlays ship with kgen, so the lock still lies beside the spec.
    assert done.returncode == 0, done.stderr
    assert objects(done.stdout)[0]["items"] == []
