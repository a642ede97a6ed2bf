"""Charts that kgen writes, and kgen as a plugin, by the real Helm 3 and Helm 4."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kgen.cli import entry
from tests.cases import tree
from tests.checkout import ROOT
from tests.real import binaries
from tests.real.needed import or_skip

EXAMPLES = ROOT / "examples"
HELMS: dict[str, Callable[[], Path]] = {"helm-3": binaries.helm_3, "helm-4": binaries.helm}
# What Helm would run, drop, split or read differently, were it not data.
HOSTILE = {
    "action": "{{ .Values.secrets }}",
    "trim": "a {{- 1 -}} b",
    "comment": "{{/* gone */}}",
    "closed": "}} {{ }}",
    "nested": '{{ "{{" }}',
    "broken": "{{ if",
    "raw": "`{{`",
    "documents": "a\n---\nb: c\n",
    "octal": "0755",
    "yes": "yes",
    "exponent": "1e3",
    "placeholder": "${SUBMARINER_IPSEC_PSK}",
    "unicode": "\u00e9\U0001f600",
}
SPEC = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {{name: shop}}
spec:
  join: external
  versions: {{kubernetes: "1.35"}}
  clusters: [{{name: east}}]
  namespaces: [{{name: shop, create: true, labels: {{team: "a"}}}}]
  manifests:
    - name: hostile
      deployTo: all
      object:
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: hostile, namespace: shop, labels: {{team: b}}, annotations: {{note: "{{{{ now }}}}", "example.com/x": "{{{{"}}}}
        data: {data}
"""


@pytest.fixture(params=HELMS)
def helm(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs one of the two, with nothing of this machine's own configuration, and kgen on PATH."""
    program = or_skip(HELMS[request.param])
    home = tmp_path / "helm"
    folders = {f"HELM_{name}_HOME": str(home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
    path = f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": path, "HOME": str(home), **folders}
        return subprocess.run([program, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


def objects(text: str) -> list[Any]:
    """The objects of a stream, sorted by what each is: Helm has an order of its own."""
    found = [each for each in yaml.safe_load_all(text) if each is not None]
    return sorted(
        found, key=lambda each: (each["apiVersion"], each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"])
    )


def chart(spec: Path, cluster: str, to: Path) -> Path:
    assert entry.run(["helm", "chart", str(spec), "--cluster", cluster, "-o", str(to), "--quiet"]) == 0
    return to


def stream(spec: Path, cluster: str, capfd: pytest.CaptureFixture[str]) -> list[Any]:
    capfd.readouterr()
    assert entry.run(["build", str(spec), "--cluster", cluster, "--quiet"]) == 0
    return objects(capfd.readouterr().out)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "clusterset.yaml"
    path.write_text(SPEC.format(data=json.dumps(HOSTILE, ensure_ascii=False)), encoding="utf-8")
    return path


CLUSTERS = [("seed", "cluster1"), ("seed", "cluster2"), ("globalnet", "cluster1"), ("hub", "hub"), ("minimal", "west")]


@pytest.mark.parametrize(("example", "cluster"), CLUSTERS, ids=[f"{example}-{cluster}" for example, cluster in CLUSTERS])
def test_helm_changes_nothing(example: str, cluster: str, helm: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = chart(EXAMPLES / example, cluster, tmp_path / "chart")
    linted = helm("lint", "--strict", str(made))
    assert linted.returncode == 0, linted.stdout + linted.stderr
    rendered = helm("template", "mesh", str(made))
    assert rendered.returncode == 0, rendered.stderr
    expected = stream(EXAMPLES / example, cluster, capfd)
    assert expected
    assert objects(rendered.stdout) == expected


def test_what_looks_like_a_template_is_data(hostile: Path, helm: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rendered = helm("template", "mesh", str(chart(hostile, "east", tmp_path / "chart")))
    assert rendered.returncode == 0, rendered.stderr
    found = objects(rendered.stdout)
    assert found == stream(hostile, "east", capfd)
    [config] = [each for each in found if each["kind"] == "ConfigMap"]
    assert config["data"] == HOSTILE


def test_values_change_what_is_theirs(hostile: Path, helm: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = chart(hostile, "east", tmp_path / "chart")
    values = tmp_path / "values.yaml"
    values.write_text("commonLabels: {team: c, tier: 1}\ncommonAnnotations: {note: mine, \"example.com/y\": '{{ x }}'}\n", encoding="utf-8")
    rendered = helm("template", "mesh", str(made), "-f", str(values))
    assert rendered.returncode == 0, rendered.stderr
    expected = stream(hostile, "east", capfd)
    for each in expected:
        metadata = each["metadata"]
        metadata["labels"] = {"team": "c", "tier": "1", **metadata.get("labels", {})}
        metadata["annotations"] = {"note": "mine", "example.com/y": "{{ x }}", **metadata.get("annotations", {})}
    assert objects(rendered.stdout) == expected
    without = helm("template", "mesh", str(made), "--set", "namespaces.create=false")
    assert {each["kind"] for each in objects(without.stdout)} == {"ConfigMap"}


def test_placeholders_are_values(helm: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = chart(EXAMPLES / "seed", "cluster1", tmp_path / "chart")
    token = 'a"b: {{c}}\\'
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump({"secrets": {"brokerToken": token, "brokerCA": "Y2E=", "ipsecPSK": "cHNr"}}), encoding="utf-8")
    rendered = helm("template", "mesh", str(made), "-f", str(values))
    assert rendered.returncode == 0, rendered.stderr
    found = {each["kind"]: each for each in objects(rendered.stdout)}
    assert found["Submariner"]["spec"]["brokerK8sApiServerToken"] == token
    assert found["Submariner"]["spec"]["brokerK8sCA"] == "Y2E="
    assert "${" not in rendered.stdout


@pytest.mark.parametrize(
    "given", ["namspaces.create=false", "namespaces.create=maybe", "secrets.ipsecPSK=", "commonLabels.a.b=c", "replicas=2"]
)
def test_a_wrong_value_is_refused(given: str, helm: Any, tmp_path: Path) -> None:
    made = chart(EXAMPLES / "seed", "cluster1", tmp_path / "chart")
    assert helm("template", "mesh", str(made), "--set", given).returncode != 0


PLUGINS = [("helm-3", "kgen"), ("helm-4", "kgen"), ("helm-4", "kgen-v1")]


@pytest.mark.parametrize(("helm", "plugin"), PLUGINS, indirect=["helm"], ids=[f"{helm}-{plugin}" for helm, plugin in PLUGINS])
def test_the_plugin_runs_kgen(helm: Any, plugin: str, tmp_path: Path) -> None:
    folder = tmp_path / plugin
    shutil.copytree(ROOT / "docs" / "helm" / plugin, folder)
    installed = helm("plugin", "install", str(folder))
    assert installed.returncode == 0, installed.stdout + installed.stderr
    version = helm("kgen", "version")
    assert version.returncode == 0, version.stderr
    assert version.stdout.startswith("kgen ")
    made = helm("kgen", "helm", "chart", str(EXAMPLES / "seed"), "--cluster", "cluster2", "-o", "chart")
    assert made.returncode == 0, made.stderr
    assert helm("template", "mesh", "chart").stdout.count("\nkind: ") == 4
    # kgen's exit codes and reports pass through.
    failed = helm("kgen", "build", str(EXAMPLES / "seed"), "--cluster", "cluster9")
    assert failed.returncode == 1
    assert "error[KG413] unknown-cluster" in failed.stderr
    assert failed.stdout == ""


# --- the chart's folder ----------------------------------------------------------------------------------------------------------------


def test_the_same_chart_twice(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = chart(EXAMPLES / "globalnet", "cluster1", tmp_path / "chart")
    before = tree(made)
    assert entry.run(["helm", "chart", str(EXAMPLES / "globalnet"), "--cluster", "cluster1", "-o", str(made)]) == 0
    assert "is up to date" in capfd.readouterr().err
    assert tree(made) == before


def test_a_chart_loses_what_it_no_longer_has(tmp_path: Path) -> None:
    spec = tmp_path / "clusterset.yaml"
    shutil.copy(EXAMPLES / "globalnet" / "clusterset.yaml", spec)
    shutil.copy(EXAMPLES / "globalnet" / "clusterset.lock.yaml", tmp_path)
    made = chart(spec, "cluster2", tmp_path / "chart")
    (made / "templates" / "mine.yaml").write_text("# mine\n", encoding="utf-8")
    assert (made / "templates" / "30-exports.yaml").exists()
    spec.write_text(spec.read_text().replace("exportFrom: [cluster2, cluster3]", "exportFrom: [cluster3]"), encoding="utf-8")
    chart(spec, "cluster2", made)
    assert not (made / "templates" / "30-exports.yaml").exists()
    assert (made / "templates" / "mine.yaml").read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--cluster", "cluster9"], 1, "KG413"),
        (["--cluster", "cluster2", "--chart-version", "1.2"], 2, "SemVer"),
        (["--cluster", "cluster2", "--chart-version", "01.2.3"], 2, "SemVer"),
        (["--cluster", "cluster2"], 1, "KG553"),  # the folder holds another cluster's chart
    ],
)
def test_what_is_refused_writes_nothing(words: list[str], code: int, told: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = chart(EXAMPLES / "globalnet", "cluster1", tmp_path / "chart")
    before = tree(made)
    assert entry.run(["helm", "chart", str(EXAMPLES / "globalnet"), "-o", str(made), *words]) == code
    assert told in capfd.readouterr().err
    assert tree(made) == before


def test_a_chart_needs_the_lock(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copy(EXAMPLES / "globalnet" / "clusterset.yaml", tmp_path)
    assert entry.run(["helm", "chart", str(tmp_path), "--cluster", "cluster1", "-o", str(tmp_path / "chart")]) == 1
    assert "KG403" in capfd.readouterr().err
    assert not (tmp_path / "chart").exists()
