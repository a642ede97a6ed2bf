"""The action's own script and the template's own job are run, as a runner would run them; both files are what their makers' schemas ask for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import yaml

from tests.checkout import ROOT

ACTION: Final = ROOT / ".github" / "actions" / "kgen" / "action.yml"
TEMPLATE: Final = ROOT / "docs" / "gitlab" / "kgen.yml"
BIN: Final = Path(sys.executable).parent


class Done(NamedTuple):
    """What a job did: its exit code, what it printed, and the files that it wrote for its runner."""

    code: int
    out: str
    files: Mapping[str, str]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the minimal example in a folder of its own."""
    shutil.copytree(ROOT / "examples" / "minimal", tmp_path / "work" / "fleet")
    return tmp_path / "work"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a job sees: kgen on its PATH, and nothing of this process but that."""
    return {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8", **more}


def action(repository: Path, **inputs: str) -> Done:
    """The action's step `check`, with its inputs and GitHub's files."""
    described = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    [step] = [each for each in described["runs"]["steps"] if each.get("id") == "check"]
    values = {name: each["default"] for name, each in described["inputs"].items()} | inputs
    temporary = repository.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    files = {name: temporary / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    own = {name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: values[found[1]], value) for name, value in step["env"].items()}
    variables = {name: str(path) for name, path in files.items()}
    runner = environment(temporary, RUNNER_TEMP=str(temporary), GITHUB_ACTION_PATH=str(ACTION.parent), **variables, **own)
    script = temporary / "step.sh"
    script.write_text(step["run"], encoding="utf-8")
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    done = subprocess.run(command, cwd=repository, env=runner, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout, {name: path.read_text(encoding="utf-8") for name, path in files.items()})


def sarif(done: Done) -> list[Any]:
    """The findings in the file that the action's output names."""
    path = done.files["GITHUB_OUTPUT"].removeprefix("sarif=").strip()
    [run] = json.loads(Path(path).read_text(encoding="utf-8"))["runs"]
    found: list[Any] = run["results"]
    return found


FLEET: Final = {"spec": "fleet/clusterset.yaml", "out": "fleet/out"}


def test_a_tree_that_is_as_it_should_be(repository: Path) -> None:
    done = action(repository, **FLEET)
    assert (done.code, done.out) == (0, "")
    assert sarif(done) == []
    assert done.files["GITHUB_STEP_SUMMARY"].startswith("### kgen: `fleet/out` is what `fleet/clusterset.yaml` makes\n")
    assert "<details>" not in done.files["GITHUB_STEP_SUMMARY"]


def test_a_stale_tree_is_annotated_and_its_change_is_in_the_summary(repository: Path) -> None:
    spec = repository / "fleet" / "clusterset.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("orders", "bills"), encoding="utf-8")
    before = (repository / "fleet/out/clusters/west/30-exports/manifests.yaml").read_text(encoding="utf-8")
    done = action(repository, **FLEET)
    assert done.code == 1
    assert "::error file=fleet/out/clusters/west/30-exports/manifests.yaml,line=1" in done.out
    [result] = sarif(done)
    assert result["ruleId"] == "KG571"
    summary = done.files["GITHUB_STEP_SUMMARY"]
    assert "### kgen: `fleet/out` is not what" in summary
    assert "\n-  name: orders\n+  name: bills\n" in summary
    assert summary.count("`" * 8) == 4
    assert (repository / "fleet/out/clusters/west/30-exports/manifests.yaml").read_text(encoding="utf-8") == before


def test_an_error_of_the_spec_is_annotated_at_its_line(repository: Path) -> None:
    spec = repository / "fleet" / "clusterset.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("podCIDR", "podCDIR", 1), encoding="utf-8")
    done = action(repository, **FLEET)
    assert done.code == 1
    assert re.search(r"::error file=fleet/clusterset\.yaml,line=\d+,.*unknown-key", done.out)
    assert "KG201" in done.files["GITHUB_STEP_SUMMARY"]
    assert [result["ruleId"] for result in sarif(done)] == ["KG201"]


def test_what_was_asked_wrongly_leaves_no_findings_to_upload(repository: Path) -> None:
    done = action(repository, spec="--no-spec", out="fleet/out")
    assert done.code == 2
    assert done.files["GITHUB_OUTPUT"] == ""


def test_overlays_are_passed_one_a_line(repository: Path) -> None:
    done = action(repository, **FLEET, overlays="kgen:debug\nkgen:airgapped\n")
    assert done.code == 1
    assert "kgen:debug, kgen:airgapped" in done.out, "the tree was built without them"


def test_a_warning_counts_only_where_it_is_to(repository: Path) -> None:
    (repository / "fleet/out/clusters/west/README").write_text("mine", encoding="utf-8")
    assert action(repository, **FLEET).code == 1
    done = action(repository, **FLEET, strict="false")
    assert done.code == 0
    assert "::warning file=fleet/out/clusters/west/README" in done.out


def test_the_action_installs_the_kgen_that_it_comes_with() -> None:
    steps = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]
    [install] = [each["run"] for each in steps if "pip" in each.get("run", "")]
    [path] = re.findall(r'"\$GITHUB_ACTION_PATH(/[./]+)"', install)
    assert (ACTION.parent / path[1:]).resolve() == ROOT


def gitlab(repository: Path, **inputs: str) -> Done:
    """The template's job, without its installation."""
    head, text = TEMPLATE.read_text(encoding="utf-8").split("\n---\n")
    described = yaml.safe_load(head)["spec"]["inputs"]
    values = {name: each["default"] for name, each in described.items()} | inputs
    job = yaml.safe_load(re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda found: values[found[1]], text))["kgen"]
    script = "\n".join(job["script"])
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    variables = environment(repository.parent, **job["variables"])
    done = subprocess.run(command, cwd=repository, env=variables, capture_output=True, text=True, check=False)
    report = repository / job["artifacts"]["reports"]["junit"]
    return Done(done.returncode, done.stdout + done.stderr, {"junit": report.read_text(encoding="utf-8")})


def test_the_template_reports_and_fails_as_kgen_does(repository: Path) -> None:
    done = gitlab(repository, **FLEET)
    assert done.code == 0
    assert "<failure" not in done.files["junit"]
    spec = repository / "fleet" / "clusterset.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("orders", "bills"), encoding="utf-8")
    done = gitlab(repository, **FLEET)
    assert done.code == 1
    assert "<failure" in done.files["junit"]
    assert "KG571" in done.files["junit"]
    assert "+  name: bills" in done.out


@pytest.mark.parametrize(
    ("schema", "part"), [("vendor.github-actions", "action"), ("vendor.gitlab-ci", "job"), ("vendor.gitlab-ci", "inputs")]
)
def test_they_are_what_their_makers_schemas_ask_for(schema: str, part: str, tmp_path: Path) -> None:
    head, text = TEMPLATE.read_text(encoding="utf-8").split("\n---\n")
    texts = {"action": ACTION.read_text(encoding="utf-8"), "job": text, "inputs": head}
    path = tmp_path / "checked.yml"
    path.write_text(texts[part], encoding="utf-8")
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    broken = re.sub(r"composite|always\b|(?<=description: ).*", "3", texts[part])
    path.write_text(broken, encoding="utf-8")
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0, "the schema sees nothing"
