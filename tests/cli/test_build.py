"""`kgen build`, `validate`, `lock` and `join-command` on a set of two: what is written, said and returned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from kgen.cli import entry
from kgen.cli.init import FIRST_SPEC

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
GLOBALNET = FIRST_SPEC.replace("  # globalnet:", "  globalnet:")
WRONG = FIRST_SPEC.replace("      hostnames:", "      hostname:")


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


class Place:
    """A folder with a spec, and kgen run in it: in this process, unless `env` makes it another one."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.capsys = capsys
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: str, stdin: str | None = None, env: Mapping[str, str] | None = None) -> Outcome:
        if env is None and stdin is None:
            self.monkeypatch.chdir(self.path)
            code = entry.run(arguments)
            return Outcome(code, *self.capsys.readouterr())
        done = subprocess.run(
            [sys.executable, "-m", "kgen", *arguments],
            capture_output=True,
            text=True,
            input=stdin,
            cwd=self.path,
            env={**ENVIRONMENT, **(env or {})},
            timeout=60,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def write(self, text: str, name: str = "clusterset.yaml") -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.path)): path.read_bytes() for path in sorted(self.path.rglob("*")) if path.is_file()}


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Place:
    found = Place(tmp_path, capsys, monkeypatch)
    found.write(FIRST_SPEC)
    return found


def test_the_first_spec_builds_without_a_word(place: Place) -> None:
    outcome = place("build", "--strict")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("---\n# Source: clusters/east/00-namespaces\napiVersion: v1\nkind: Namespace\n")
    assert list(place.files()) == ["clusterset.yaml"]


def test_a_stream_is_the_same_from_everywhere(place: Place) -> None:
    usual = place("build").out
    assert place("build", ".").out == usual
    assert place("build", str(place.path)).out == usual
    assert place("build", "-", stdin=FIRST_SPEC).out == usual
    assert place("build", env={"LC_ALL": "C", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}).out == usual


def test_one_cluster_is_its_slice(place: Place) -> None:
    whole, east, west = place("build").out, place("build", "--cluster", "east").out, place("build", "--cluster", "west").out
    assert east + west == whole
    assert "clusters/west/" not in east


def test_an_error_leaves_stdout_empty(place: Place) -> None:
    place.write(WRONG)
    outcome = place("build")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error[KG201] ")
    assert outcome.err.endswith("\n1 error in clusterset.yaml\n")
    before = place.files()
    assert place("build", "-o", "out").code == 1
    assert place.files() == before


@pytest.mark.parametrize(
    ("arguments", "on_stdout"),
    [
        (("validate",), True),
        (("build",), False),
        (("build", "-o", "out"), True),
        (("build", "--check"), True),
        (("build", "--diff"), False),
        (("lock",), True),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_where_a_report_for_machines_goes(place: Place, arguments: tuple[str, ...], on_stdout: bool) -> None:
    place.write(WRONG)
    outcome = place(*arguments, "--format", "json")
    report, other = (outcome.out, outcome.err) if on_stdout else (outcome.err, outcome.out)
    assert outcome.code == 1
    assert [one["code"] for one in json.loads(report)["diagnostics"]] == ["KG201"]
    assert other == ""


def test_a_clean_report_for_machines(place: Place) -> None:
    outcome = place("build", "--format", "json")
    assert json.loads(outcome.err)["diagnostics"] == []
    assert outcome.out == place("build").out
    outcome = place("build", "-o", "out", "--format", "json")
    assert (json.loads(outcome.out)["diagnostics"], outcome.err) == ([], "")


def test_write_check_and_diff(place: Place) -> None:
    assert place("build", "--check").code == 1
    outcome = place("build", "-o", "out")
    assert (outcome.code, outcome.out) == (0, "")
    count = sum(name.endswith("manifests.yaml") for name in place.files())
    assert outcome.err == f"wrote {count} files in out\n"
    before = place.files()

    assert place("build", "-o", "out") == Outcome(0, "", f"out is up to date: {count} files\n")
    assert place("build", "--check") == Outcome(0, "", f"out is up to date: {count} files\n")
    assert place("build", "--diff") == Outcome(0, "", "")
    assert place("build", "-o", "out", "-q") == Outcome(0, "", "")

    place.write(FIRST_SPEC.replace("www.example.com", "shop.example.com"))
    changed = {**before, "clusterset.yaml": place.files()["clusterset.yaml"]}
    outcome = place("build", "--check")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error[KG571] stale-file: out/clusters/east/50-routes/manifests.yaml ")
    outcome = place("build", "--diff")
    assert (outcome.code, outcome.err) == (1, "")
    assert "\n-  - www.example.com\n+  - shop.example.com\n" in outcome.out
    assert place.files() == changed
    assert place("build", "-o", "out").err == f"wrote 1 file, {count - 1} unchanged in out\n"
    assert place("build", "--check").code == 0


def test_deletions_are_told(place: Place) -> None:
    place("build", "-o", "out")
    place.write(FIRST_SPEC.partition("  # `service: namespace/name`")[0])
    outcome = place("build", "-o", "out")
    assert outcome.code == 0
    assert outcome.err.startswith("wrote 0 files, deleted 1, ")


def test_the_shape_of_a_tree_is_kept(place: Place) -> None:
    place("build", "-o", "out", "--layout", "object", "--kustomization")
    objects = place.files()
    assert "out/clusters/east/kustomization.yaml" in objects
    assert "out/clusters/east/50-routes/httproute_shop_api.yaml" in objects
    assert place("build", "-o", "out").code == 0
    assert place.files() == objects
    assert place("build", "--check").code == 0
    assert place("build", "-o", "out", "--no-kustomization").code == 0
    assert "out/clusters/east/kustomization.yaml" not in place.files()


OVERLAY = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSetOverlay
BASEspec:
  routes: [{name: api, namespace: shop, hostnames: [prod.example.com]}]
"""


def test_check_remembers_the_overlays(place: Place) -> None:
    place.write(OVERLAY.replace("BASE", ""), "overlays/prod/clusterset.yaml")
    assert place("build", "-o", "out", "--overlay", "overlays/prod").code == 0
    assert place("build", "--check").code == 0
    assert place("build", "--check", "clusterset.yaml").code == 0
    assert place("build", "--diff") == Outcome(0, "", "")
    outcome = place("build", "-o", "out")
    assert outcome.code == 1
    assert "error[KG554] other-overlays" in outcome.err


def test_an_overlay_with_a_base_is_the_same_as_an_overlay_on_top(place: Place) -> None:
    place.write(OVERLAY.replace("BASE", "base: ../..\n"), "overlays/prod/clusterset.yaml")
    assert place("build", "overlays/prod", "-o", "out").code == 0
    for arguments in ((), ("overlays/prod",), ("clusterset.yaml",), ("--overlay", "overlays/prod")):
        assert place("build", "--check", *arguments).code == 0, arguments
    assert place("build", "-o", "out", "--overlay", "overlays/prod").code == 0


def test_the_lock_is_written_by_a_tree_and_by_nothing_else(place: Place) -> None:
    place.write(GLOBALNET)
    for arguments in (("build",), ("validate",), ("build", "--diff")):
        outcome = place(*arguments)
        assert "warning[KG403] not-in-lock" in outcome.err, arguments
        assert outcome.code == (1 if "--diff" in arguments else 0)
    for arguments in (("build", "--locked"), ("build", "--check"), ("build", "-o", "out", "--locked")):
        outcome = place(*arguments)
        assert (outcome.code, outcome.out) == (1, ""), arguments
        assert "error[KG403] not-in-lock" in outcome.err
    assert list(place.files()) == ["clusterset.yaml"]
    outcome = place("build", "-o", "out", "--strict")
    assert (outcome.code, outcome.out) == (0, "")
    assert "(and the lock)" in outcome.err
    assert b"242.1.0.0/16" in place.files()["clusterset.lock.yaml"]
    for arguments in (("build", "--locked"), ("build", "--check"), ("build", "--strict")):
        assert place(*arguments).code == 0, arguments


def test_lock_write_release_and_move(place: Place) -> None:
    place.write(GLOBALNET)
    assert place("lock") == Outcome(0, "", "wrote clusterset.lock.yaml\n")
    assert place("lock", ".").err.endswith("clusterset.lock.yaml is as it should be\n")
    written = place.files()["clusterset.lock.yaml"]

    for arguments, refusal in (
        (("release", "west"), '"west" is a cluster of the set, and its block is live'),
        (("release", "wset"), 'the lock has no entry for "wset"; it has: east, west'),
        (("move", "west", "242.0.0.0/16"), 'which "east" has'),
        (("move", "west", "10.9.0.0/16"), "lies outside the set's ranges (242.0.0.0/8)"),
        (("move", "west", "242.9.0.1/16"), "write 242.9.0.0/16"),
    ):
        outcome = place("lock", *arguments)
        assert (outcome.code, outcome.out) == (2, ""), arguments
        assert refusal in outcome.err
    assert place.files()["clusterset.lock.yaml"] == written

    assert place("lock", "move", "west", "242.9.0.0/16", "clusterset.yaml") == Outcome(0, "", "wrote clusterset.lock.yaml\n")
    assert "globalCIDR: 242.9.0.0/16" in place("build", "--cluster", "west").out

    gone = GLOBALNET.replace("exportFrom: [west]", "exportFrom: [east]").replace(
        "    - name: west\n      podCIDR: 10.20.0.0/16\n      serviceCIDR: 10.97.0.0/16\n", ""
    )
    place.write(gone)
    outcome = place("lock", "release", "west")
    assert outcome.code == 2
    assert '"west" has not departed' in outcome.err
    kept = place.files()["clusterset.lock.yaml"]
    assert place("build", "-o", "out", "--locked").code == 0
    assert place.files()["clusterset.lock.yaml"] == kept, "--locked leaves the lock as it is, also where a cluster has left"
    assert place("lock").code == 0
    assert b"departed: true" in place.files()["clusterset.lock.yaml"]
    place.write(GLOBALNET)
    assert '"west" is a cluster of the set' in place("lock", "release", "west").err, "it came back, and is not built yet"
    place.write(gone)
    assert place("lock", "release", "west").code == 0
    assert b"242.9.0.0/16" not in place.files()["clusterset.lock.yaml"]


def test_a_block_that_stands_twice_is_moved_as_its_finding_says(place: Place) -> None:
    place.write(GLOBALNET)
    assert place("lock").code == 0
    place.write(place.files()["clusterset.lock.yaml"].decode().replace("242.1.0.0/16", "242.0.0.0/16"), "clusterset.lock.yaml")
    outcome = place("build")
    assert outcome.code == 1
    assert "kgen lock move west CIDR" in outcome.err
    assert place("lock", "move", "west", "242.1.0.0/16").code == 0
    assert place("build", "--locked").code == 0


def test_lock_without_blocks(place: Place) -> None:
    assert place("lock") == Outcome(0, "", "this set has no blocks to keep\n")
    outcome = place("lock", "release", "west")
    assert outcome.code == 2
    assert "there is no" in outcome.err


def test_nothing_at_all_is_an_error_unless_it_is_meant(place: Place) -> None:
    place.write(
        "apiVersion: kgen.dev/v1alpha1\nkind: ClusterSet\nmetadata: {name: none}\n"
        "spec: {join: external, clusters: [{name: east, podCIDR: 10.1.0.0/16, serviceCIDR: 10.2.0.0/16}]}\n"
    )
    for arguments in (("build",), ("build", "-o", "out")):
        outcome = place(*arguments)
        assert (outcome.code, outcome.out) == (1, ""), arguments
        assert "error[KG590] empty-output" in outcome.err
        assert place(*arguments, "--allow-empty").code == 0
    assert place("validate").code == 0
    outcome = place("join-command")
    assert (outcome.code, outcome.out) == (0, "")
    assert "someone else joins these clusters" in outcome.err


def test_join_command(place: Place) -> None:
    lines = place("join-command", "--cluster", "west").out.splitlines()
    assert [line.split()[:2] for line in lines if not line.startswith("#")] == [["subctl", "join"]]


@pytest.mark.parametrize("cluster", ["nowhere", "EAST", ""])
@pytest.mark.parametrize("arguments", [("build",), ("build", "-o", "out"), ("join-command",)], ids=" ".join)
def test_a_cluster_that_is_not_there(place: Place, arguments: tuple[str, ...], cluster: str) -> None:
    outcome = place(*arguments, "--cluster", cluster)
    assert (outcome.code, outcome.out) in ((1, ""), (2, ""))
    assert "Traceback" not in outcome.err


def test_validate(place: Place) -> None:
    assert place("validate") == Outcome(0, "", "my-set: no errors in 2 clusters\n")
    assert place("validate", "-q") == Outcome(0, "", "")
    assert place("validate", "gone.yaml").code == 1


def test_quiet_leaves_errors_alone(place: Place) -> None:
    place.write(WRONG)
    assert place("validate", "-q").err == place("validate").err.removesuffix("\n1 error in clusterset.yaml\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--check", "--diff"), "choose one"),
        (("--layout", "object"), "--layout is about a tree"),
        (("--kustomization",), "--kustomization is about a tree"),
        (("--allow-removal", "east"), "--allow-removal is about a tree"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_options_that_do_not_fit(place: Place, arguments: tuple[str, ...], words: str) -> None:
    outcome = place("build", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err


def test_a_disk_that_takes_nothing_exits_3(place: Place) -> None:
    """A limit on file sizes, which also holds for root, stands for a full disk."""
    command = f"ulimit -f 0; exec {sys.executable} -m kgen build -o out"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, cwd=place.path, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("kgen: cannot write out/")
    assert len(done.stderr.splitlines()) == 1


def test_a_file_where_the_folder_should_be(place: Place) -> None:
    place.write("x", "out")
    outcome = place("build", "-o", "out")
    assert outcome.code in (1, 3)
    assert "Traceback" not in outcome.err


def test_a_reader_that_goes_away(place: Place) -> None:
    done = subprocess.run(
        ["/bin/bash", "-c", f"{sys.executable} -m kgen build | head -1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        cwd=place.path,
        env=ENVIRONMENT,
        check=False,
    )
    assert (done.returncode in (0, 141), done.stdout, done.stderr) == (True, "---\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_behind_a_stream_exits_3(place: Place) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "kgen", "build"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=place.path, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stderr) == (3, b"kgen: standard output: No space left on device\n")
