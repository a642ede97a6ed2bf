"""`kgen cmp` as a sidecar of Argo CD runs it: another user without a name and a home, a copy of a repository, and stdout as all that counts."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.fleet import lines
from kgen.cli import asked
from tests.checkout import ROOT
from tests.real.kgen import installed
from tests.real.needed import or_skip

SEED = ROOT / "examples" / "seed"
GLOBALNET = ROOT / "examples" / "globalnet"
ANONYMOUS = ["setpriv", "--reuid=999", "--regid=999", "--clear-groups"]
CLUSTER2 = {"ARGOCD_ENV_CLUSTER": "cluster2"}


def parameters(*given: Mapping[str, Any]) -> dict[str, str]:
    """The variable in which Argo CD hands on an application's parameters."""
    return {asked.VARIABLE: json.dumps(given)}


def kgen(folder: Path, environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """kgen in an application's folder, with this environment and nothing of this process's."""
    command = [sys.executable, "-P", "-m", "kgen", *(words or ("cmp", "generate"))]
    env = {"PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def built(folder: Path, *words: str) -> str:
    """What `kgen build` prints for the same."""
    done = kgen(folder, {}, "build", "--quiet", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The copy of a monorepo: two sets, each in a folder with its lock, and an overlay beside them."""
    for example in (SEED, GLOBALNET):
        shutil.copytree(example, tmp_path / "sets" / example.name)
    overlay = tmp_path / "overlays" / "prod"
    overlay.mkdir(parents=True)
    overlay.joinpath("clusterset.yaml").write_text(
        "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSetOverlay\nspec: {submariner: {debug: true}}\n", encoding="utf-8"
    )
    # The lock of a set with an overlay lies beside the overlay.
    shutil.copy(GLOBALNET / "clusterset.lock.yaml", overlay)
    return tmp_path


def at(name: str) -> dict[str, str]:
    return {asked.SOURCE_PATH: f"sets/{name}"}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        pytest.param(CLUSTER2, ["--cluster", "cluster2"], id="env"),
        pytest.param(parameters({"name": "cluster", "string": "cluster2"}), ["--cluster", "cluster2"], id="parameters"),
        pytest.param({**CLUSTER2, **parameters({"name": "cluster", "string": "cluster2"})}, ["--cluster", "cluster2"], id="both-alike"),
        pytest.param({**CLUSTER2, asked.VARIABLE: "null"}, ["--cluster", "cluster2"], id="no-parameters"),
        pytest.param(
            {
                **at("globalnet"),
                **parameters({"name": "cluster", "string": "cluster3"}, {"name": "overlays", "array": ["../../overlays/prod"]}),
            },
            ["--cluster", "cluster3", "--overlay", "../../overlays/prod"],
            id="an-overlay-elsewhere-in-the-repository",
        ),
        pytest.param(
            {**at("globalnet"), **CLUSTER2, "ARGOCD_ENV_OVERLAYS": "../../overlays/prod, kgen:kind"},
            ["--cluster", "cluster2", "--overlay", "../../overlays/prod", "--overlay", "kgen:kind"],
            id="overlays-in-env",
        ),
        pytest.param(
            {**CLUSTER2, "ARGOCD_ENV_SPEC": "clusterset.yaml", "ARGOCD_ENV_STAGE": ""}, ["--cluster", "cluster2"], id="empty-is-none"
        ),
        pytest.param(
            {**CLUSTER2, "ARGOCD_APP_REVISION": "abc", "KUBE_VERSION": "1.2", "PARAM_CLUSTER": "cluster1", "ARGOCD_APP_NAME": "x"},
            ["--cluster", "cluster2"],
            id="the-rest-is-not-read",
        ),
    ],
)
def test_it_prints_what_a_build_prints(environment: dict[str, str], words: list[str], repository: Path) -> None:
    app = repository / "sets" / "globalnet"
    done = kgen(app, environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == built(app, *words)
    assert "kind: " in done.stdout


def test_the_stages_together_are_the_slice(repository: Path) -> None:
    app = repository / "sets" / "globalnet"
    slices = []
    for stage in ("00-namespaces", "10-broker", "20-submariner", "40-gateways", "50-routes"):
        done = kgen(app, parameters({"name": "cluster", "string": "cluster1"}, {"name": "stage", "string": stage}))
        assert (done.returncode, done.stderr) == (0, "")
        assert set(yaml_stages(done.stdout)) == {stage}
        slices.append(done.stdout)
    assert "".join(slices) == built(app, "--cluster", "cluster1")


def yaml_stages(text: str) -> list[str]:
    return [line.rsplit("/", 1)[1] for line in text.splitlines() if line.startswith("# Source: ")]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


NOTHING = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: nothing}
spec:
  join: external
  versions: {kubernetes: "1.35"}
  clusters: [{name: cluster2, podCIDR: 10.0.0.0/16, serviceCIDR: 10.1.0.0/16}]
"""


@pytest.mark.parametrize(
    ("environment", "change", "told"),
    [
        pytest.param({}, None, "error[KG602] missing-parameter", id="no-cluster"),
        pytest.param({"ARGOCD_ENV_CLUSTER": ""}, None, "error[KG602]", id="an-empty-cluster"),
        pytest.param({"ARGOCD_ENV_CLUSTER": "cluster9"}, None, 'error[KG413] unknown-cluster: "cluster9"', id="another-set's-cluster"),
        pytest.param({**CLUSTER2, "ARGOCD_ENV_CLUSTR": "x"}, None, "did you mean CLUSTER?", id="unknown-env"),
        pytest.param(parameters({"name": "clusters", "string": "cluster2"}), None, 'did you mean "cluster"?', id="unknown-parameter"),
        pytest.param(parameters({"name": "cluster", "array": ["cluster2"]}), None, "error[KG601]", id="an-array-for-a-string"),
        pytest.param({**CLUSTER2, **parameters({"name": "overlays", "string": "x"})}, None, "error[KG601]", id="a-string-for-an-array"),
        pytest.param({**CLUSTER2, **parameters({"name": "overlays", "map": {"a": "b"}})}, None, "error[KG601]", id="a-map"),
        pytest.param({**CLUSTER2, **parameters({"string": "x"})}, None, "a parameter has no name", id="no-name"),
        pytest.param({**CLUSTER2, asked.VARIABLE: "{}"}, None, "no list of parameters", id="no-list"),
        pytest.param({**CLUSTER2, asked.VARIABLE: "[{"}, None, "error[KG004]", id="no-json"),
        pytest.param({**CLUSTER2, **parameters({"name": "cluster", "string": "cluster1"})}, None, "given twice", id="two-clusters"),
        pytest.param({**CLUSTER2, "ARGOCD_ENV_STAGE": "50-route"}, None, 'did you mean "50-routes"?', id="no-such-stage"),
        pytest.param({**CLUSTER2, "ARGOCD_ENV_ALLOW_EMPTY": "yes"}, None, '"yes" is no value', id="neither-true-nor-false"),
        pytest.param({**CLUSTER2, "ARGOCD_ENV_STAGE": "50-routes"}, None, "no object at all in stage 50-routes", id="an-empty-stage"),
        pytest.param(
            {**CLUSTER2, "ARGOCD_ENV_SPEC": "nothing"},
            lambda app: write(app / "nothing" / "clusterset.yaml", NOTHING),
            "error[KG590] empty-output",
            id="an-empty-result",
        ),
        pytest.param(CLUSTER2, lambda app: (app / "clusterset.lock.yaml").unlink(), "error[KG403]", id="no-lock"),
        pytest.param(CLUSTER2, lambda app: (app / "clusterset.yaml").unlink(), "error[KG001]", id="no-spec"),
        pytest.param(CLUSTER2, lambda app: write(app / "clusterset.yaml", "spec: [\n"), "error[KG004]", id="broken-yaml"),
        pytest.param(
            CLUSTER2,
            lambda app: write(app / "clusterset.yaml", (app / "clusterset.yaml").read_text().replace("port: 8080}]\n", "port: 1}]\n")),
            "error[KG3",
            id="a-broken-reference",
        ),
        pytest.param({**CLUSTER2, "ARGOCD_ENV_SPEC": "../../../../other/clusterset.yaml"}, None, "error[KG603]", id="a-spec-outside"),
        pytest.param({**CLUSTER2, "ARGOCD_ENV_SPEC": "/etc/hostname"}, None, "error[KG603]", id="an-absolute-path"),
        pytest.param({**CLUSTER2, "ARGOCD_ENV_SPEC": "-"}, None, "error[KG001]", id="standard-input-is-no-spec"),
        pytest.param({**CLUSTER2, "ARGOCD_ENV_OVERLAYS": "../../../x"}, None, "error[KG603]", id="an-overlay-outside"),
        pytest.param(
            CLUSTER2,
            lambda app: write(
                app / "clusterset.yaml", "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSetOverlay\nbase: ../../../../x.yaml\n"
            ),
            "error[KG603]",
            id="a-base-outside",
        ),
        pytest.param(
            CLUSTER2,
            lambda app: write(app / "clusterset.yaml", (app / "clusterset.yaml").read_text() + "  schemas: [../../../x.yaml]\n"),
            "error[KG603]",
            id="schemas-outside",
        ),
        pytest.param(
            CLUSTER2,
            lambda app: [(app / "clusterset.lock.yaml").unlink(), (app / "clusterset.lock.yaml").symlink_to("/etc/hostname")],
            "error[KG603]",
            id="a-lock-that-leads-outside",
        ),
    ],
)
def test_whatever_is_wrong_leaves_stdout_empty(environment: dict[str, str], change: Any, told: str, repository: Path) -> None:
    app = repository / "sets" / "globalnet"
    if change is not None:
        change(app)
    done = kgen(app, {**at("globalnet"), **environment})
    assert done.returncode in (1, 2, 3)
    assert done.stdout == ""
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_slice_may_be_meant(repository: Path) -> None:
    done = kgen(repository / "sets" / "globalnet", {**CLUSTER2, "ARGOCD_ENV_STAGE": "50-routes", "ARGOCD_ENV_ALLOW_EMPTY": "true"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_parameter_is_told_where_it_stands(repository: Path) -> None:
    done = kgen(
        repository / "sets" / "globalnet", parameters({"name": "cluster", "string": "cluster2"}, {"name": "overlays", "array": ["a", "/x"]})
    )
    assert "error[KG603]" in done.stderr or "error[KG001]" in done.stderr
    assert "ARGOCD_APP_PARAMETERS:1:" in done.stderr
    assert "[1].array[0]" in done.stderr


@pytest.mark.parametrize(
    ("here", "source", "root"),
    [
        ("/w/1/sets/shop", "sets/shop", "/w/1"),
        ("/w/1", ".", "/w/1"),
        ("/w/1/shop", "sets/shop", "/w/1"),  # only `sets` was sent
        ("/w/1", "sets/shop", "/w/1"),  # only the application's folder was sent
        ("/w/1/shop", "", "/w/1/shop"),
        ("/sets/shop", "sets/shop", "/"),
    ],
)
def test_what_was_sent_of_the_repository(here: str, source: str, root: str) -> None:
    assert asked.repository(here, {asked.SOURCE_PATH: source}) == root


def test_no_file_of_the_repository_is_run(repository: Path) -> None:
    app = repository / "sets" / "globalnet"
    for name in ("click", "json", "kgen", "ruamel"):
        write(app / f"{name}.py", "raise SystemExit('run')\n")
    done = kgen(app, CLUSTER2)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that anyone may enter, with kgen in it that only root may change."""
    folder = Path("/tmp") / f"kgen-sidecar-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def test_a_user_without_name_home_and_rights(sidecar: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    commands = or_skip(lambda: installed(sidecar))
    shutil.copytree(GLOBALNET, sidecar / "app")
    before = sorted(path for path in sidecar.rglob("*"))
    command = ["env", "-i", f"PATH={commands}:/usr/bin:/bin", "ARGOCD_ENV_CLUSTER=cluster2", *ANONYMOUS, "kgen", "cmp", "generate"]
    done = subprocess.run(command, cwd=sidecar / "app", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == built(GLOBALNET, "--cluster", "cluster2")
    assert sorted(path for path in sidecar.rglob("*")) == before


def test_a_killed_plugin_has_printed_nothing(tmp_path: Path) -> None:
    """Argo CD ends a plugin that takes too long by SIGKILL: whenever that comes, no part of the objects is on stdout."""
    write(tmp_path / "clusterset.yaml", "".join(lines(2, 60, 300)))
    kgen(tmp_path, {}, "lock")
    command = [sys.executable, "-m", "kgen", "cmp", "generate"]
    env = {"PYTHONPATH": str(ROOT), "ARGOCD_ENV_CLUSTER": "c0000"}
    started = time.monotonic()
    whole = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=True).stdout
    took = time.monotonic() - started
    assert len(whole) > 100_000
    seen = []
    for _ in range(8):
        with (tmp_path / "out").open("wb") as out:
            process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=out, stderr=subprocess.DEVNULL)
            time.sleep(took * random.uniform(0.1, 0.9))
            process.send_signal(signal.SIGKILL)
            process.wait()
        seen.append((tmp_path / "out").read_bytes())
    assert set(seen) <= {b"", whole}
    assert b"" in seen


# --- the files of the sidecar ----------------------------------------------------------------------------------------------------------


PLUGIN = yaml.safe_load((ROOT / "docs" / "argocd" / "plugin.yaml").read_text(encoding="utf-8"))


def test_every_parameter_is_announced_once() -> None:
    static = PLUGIN["spec"]["parameters"]["static"]
    dynamic = json.loads(kgen(SEED, {}, *PLUGIN["spec"]["parameters"]["dynamic"]["command"][1:]).stdout)
    assert sorted(each["name"] for each in (*static, *dynamic)) == sorted(asked.BY_NAME)
    for each in static:
        parameter = asked.BY_NAME[each["name"]]
        assert (each["title"], each["tooltip"]) == (parameter.title, parameter.tooltip)
    [cluster] = [each for each in dynamic if each["name"] == "cluster"]
    assert cluster["required"] is True
    assert cluster["tooltip"].endswith("(cluster1, cluster2)")


def test_parameters_of_a_broken_spec_are_none(tmp_path: Path) -> None:
    write(tmp_path / "clusterset.yaml", "spec: [\n")
    done = kgen(tmp_path, {}, "cmp", "parameters")
    assert (done.returncode, done.stdout) == (1, "")
    (tmp_path / "clusterset.yaml").unlink()
    done = kgen(tmp_path, {}, "cmp", "parameters")
    assert done.returncode == 0
    assert [each["name"] for each in json.loads(done.stdout)] == ["cluster", "overlays"]


def test_the_commands_are_kgen_s() -> None:
    assert PLUGIN["spec"]["generate"] == {"command": ["kgen", "cmp", "generate"]}
    assert PLUGIN["spec"]["parameters"]["dynamic"] == {"command": ["kgen", "cmp", "parameters"]}


def test_the_image_s_file_is_in_order() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, "--strict-labels", ROOT / "docs" / "argocd" / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_a_number_and_pins_what_it_takes() -> None:
    folder = ROOT / "docs" / "argocd"
    lines = (folder / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER 999"]
    assert all(line.split()[1].count(":") == 1 and line.split()[1][-1] != ":" for line in lines if line.startswith("FROM"))
    copied = [word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    pinned = (folder / "requirements.txt").read_text(encoding="utf-8")
    wanted = [name for name in ("click", "jsonschema", "ruamel.yaml", "ruamel.yaml.clib") if f"\n{name}==" not in pinned]
    assert wanted == []
