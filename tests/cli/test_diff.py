"""How `kgen build --diff` shows a change: to people, to scripts, and in a pull request."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kgen.cli import entry
from tests.checkout import ROOT

MANIFESTS = "out/clusters/east/20-submariner/manifests.yaml"


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Path:
    """A set with its tree: one file is stale, one was deleted by hand, one is to go."""
    monkeypatch.chdir(tmp_path)
    assert entry.run(["init"]) == 0
    assert entry.run(["build", "-o", "out"]) == 0
    spec = tmp_path / "clusterset.yaml"
    text = spec.read_text(encoding="utf-8").replace("10.10.0.0/16", "10.12.0.0/16").partition("  # `service: namespace/name`")[0]
    spec.write_text(text, encoding="utf-8")
    (tmp_path / "out/clusters/west/00-namespaces/manifests.yaml").unlink()
    capfd.readouterr()
    return tmp_path


def diff(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    return (entry.run(["build", "--diff", *words]), *capfd.readouterr())


def test_json_has_each_file(changed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, plain, _ = diff(capfd)
    assert code == 1
    code, out, err = diff(capfd, "--format", "json")
    told = json.loads(out)
    assert (code, told["version"]) == (1, 1)
    assert {file["path"]: file["action"] for file in told["files"]} == {
        MANIFESTS: "change",
        "out/clusters/east/50-routes/manifests.yaml": "delete",
        "out/clusters/west/00-namespaces/manifests.yaml": "create",
    }
    assert "".join(file["diff"] for file in told["files"]) == plain
    assert json.loads(err)["summary"]["errors"] == 0


def test_json_says_that_there_is_nothing(changed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["build", "-o", "out", "-q"]) == 0
    capfd.readouterr()
    code, out, _ = diff(capfd, "--format", "json")
    assert (code, json.loads(out)) == (0, {"version": 1, "files": []})
    assert diff(capfd, "--format", "github") == (0, "", "")


def test_github_shows_it_beside_the_lines(changed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = diff(capfd, "--format", "github")
    assert code == 1
    lines = out.splitlines()
    number = (changed / MANIFESTS).read_text(encoding="utf-8").splitlines().index("  clusterCIDR: 10.10.0.0/16") + 1
    stale = [
        re.fullmatch(rf"::notice file={MANIFESTS},line=(\d+),endLine=(\d+),title=kgen build would change this::(.*)", line)
        for line in lines
    ]
    [found] = [match for match in stale if match]
    assert int(found[1]) <= number <= int(found[2])
    assert "%0A-  clusterCIDR: 10.10.0.0/16%0A+  clusterCIDR: 10.12.0.0/16%0A" in found[3]
    assert sum("would delete this file" in line for line in lines) == sum("would create this file" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("environment", "coloured"), [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)]
)
def test_colour_on_a_terminal_alone(environment: dict[str, str], coloured: bool, changed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "kgen", "build", "--diff"]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env={"PYTHONPATH": str(ROOT), **environment}) as process:
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(ours, 65536):
                shown += block
        except OSError:  # the other side is closed
            pass
        assert process.wait() == 1
    os.close(ours)
    text = shown.decode().replace("\r\n", "\n")
    assert ("\x1b[31m-  clusterCIDR: 10.10.0.0/16\x1b[0m\n\x1b[32m+  clusterCIDR: 10.12.0.0/16\x1b[0m\n" in text) == coloured
    _, plain, _ = diff(capfd)
    assert re.sub(r"\x1b\[\d*m", "", text) == plain
