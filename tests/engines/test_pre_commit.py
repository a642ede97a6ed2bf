"""The hooks of `.pre-commit-hooks.yaml`, installed by pre-commit itself from a clone, in a repository that uses them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.checkout import copy

# One worker has them all, since they share what runs, and follow one another.
pytestmark = pytest.mark.xdist_group("pre-commit")

PRE_COMMIT: Final = Path(sys.executable).parent / "pre-commit"
KGEN: Final = Path(sys.executable).parent / "kgen"
WHO: Final = ["-c", "user.name=tests", "-c", "user.email=tests@example.com", "-c", "commit.gpgsign=false"]
MANIFESTS: Final = "out/clusters/east/20-submariner/manifests.yaml"


class Repository:
    """A user's repository with both hooks, a set and its tree, all committed."""

    def __init__(self, folder: Path, hooks: Path, home: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PRE_COMMIT_HOME": str(home), "GIT_CONFIG_GLOBAL": "/dev/null"}
        self.environment.pop("PYTHONPATH", None)
        git(folder.parent, "init", "--quiet", "--initial-branch=main", str(folder))
        config = f"repos:\n- repo: {hooks}\n  rev: v0.1.0\n  hooks:\n  - id: kgen-check\n  - id: kgen-validate\n"
        (folder / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
        for words in (["init"], ["build", "--quiet", "-o", "out"]):
            subprocess.run([KGEN, *words], cwd=folder, check=True, capture_output=True)
        self.commit()

    def commit(self) -> None:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--no-verify", "--message", "all")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`pre-commit run` over what is staged, or what `words` say."""
        command = [PRE_COMMIT, *(words or ("run",)), "--color", "never"]
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)

    def restored(self) -> None:
        git(self.folder, "reset", "--quiet", "--hard")


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *WHO, *words], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this project, at a tag."""
    folder = tmp_path_factory.mktemp("hooks") / "kgen"
    copy(folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    # What is generated is no part of a clone: pre-commit's pip makes it.
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "all")
    git(folder, "tag", "v0.1.0")
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, hooks: Path) -> Repository:
    """The repository; its hooks are installed once, with the first run."""
    return Repository(tmp_path_factory.mktemp("user") / "repository", hooks, tmp_path_factory.mktemp("pre-commit"))


@pytest.fixture
def repository(shared: Repository) -> Iterator[Repository]:
    yield shared
    shared.restored()


def test_a_repository_in_order_passes(repository: Repository) -> None:
    done = repository.run("run", "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 2, done.stdout


def test_a_spec_that_was_not_built_is_stopped(repository: Repository) -> None:
    spec = repository.folder / "clusterset.yaml"
    spec.write_text(spec.read_text().replace("10.10.0.0/16", "10.12.0.0/16"), encoding="utf-8")
    git(repository.folder, "add", "--all")
    done = repository.run()
    assert done.returncode == 1
    assert f"error[KG571] stale-file: {MANIFESTS} is not what the spec makes now" in done.stdout
    assert git(repository.folder, "diff", "--name-only") == ""
    subprocess.run([KGEN, "build", "--quiet", "-o", "out"], cwd=repository.folder, check=True)
    git(repository.folder, "add", "--all")
    done = repository.run()
    assert done.returncode == 0, done.stdout


def test_a_hand_edited_manifest_is_stopped(repository: Repository) -> None:
    with (repository.folder / MANIFESTS).open("a") as file:
        file.write("# mine\n")
    git(repository.folder, "add", "--all")
    done = repository.run()
    assert done.returncode == 1
    assert f"error[KG572] edited-file: {MANIFESTS} was edited" in done.stdout


def test_a_deleted_manifest_is_stopped(repository: Repository) -> None:
    git(repository.folder, "rm", "--quiet", MANIFESTS)
    done = repository.run()
    assert done.returncode == 1
    assert f"error[KG570] missing-file: {MANIFESTS} is missing" in done.stdout
    assert git(repository.folder, "status", "--porcelain").splitlines() == [f"D  {MANIFESTS}"]


def test_a_broken_spec_is_stopped_by_both(repository: Repository) -> None:
    spec = repository.folder / "clusterset.yaml"
    spec.write_text(spec.read_text().replace("podCIDR: 10.10", "podCDIR: 10.10"), encoding="utf-8")
    git(repository.folder, "add", "--all")
    done = repository.run()
    assert done.returncode == 1
    assert done.stdout.count("error[KG201] unknown-key") == 2


def test_a_manifest_that_others_wrote_is_judged(repository: Repository) -> None:
    """By the versions of the spec above it, and only where it stands in a folder of manifests."""
    (repository.folder / "manifests").mkdir()
    (repository.folder / "docs").mkdir()
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: orders, namespace: shop}\nspec: {ports: [{port: 80}], type: Cluster}\n"
    for folder in ("manifests", "docs"):
        (repository.folder / folder / "orders.yaml").write_text(text, encoding="utf-8")
    (repository.folder / "manifests" / "kustomization.yaml").write_text("resources: [orders.yaml]\n", encoding="utf-8")
    git(repository.folder, "add", "--all")
    done = repository.run("run", "kgen-validate")
    assert done.returncode == 1, done.stdout
    assert "manifests/orders.yaml:4:35" in done.stdout, done.stdout
    assert "docs/" not in done.stdout
    assert "kustomization.yaml:" not in done.stdout
    (repository.folder / "manifests" / "orders.yaml").write_text(text.replace(", type: Cluster", ""), encoding="utf-8")
    git(repository.folder, "add", "--all")
    done = repository.run("run", "kgen-validate")
    assert done.returncode == 0, done.stdout


def test_other_files_are_no_spec(repository: Repository) -> None:
    (repository.folder / "clusters.yaml").write_text("spec: [\n", encoding="utf-8")
    (repository.folder / "clusterset.lock.yaml").write_text("", encoding="utf-8")
    git(repository.folder, "add", "--all")
    done = repository.run("run", "kgen-validate")
    assert done.returncode == 0
    assert "Skipped" in done.stdout


def test_the_hooks_can_be_tried(repository: Repository, hooks: Path) -> None:
    done = repository.run("try-repo", str(hooks), "kgen-check", "--ref", "v0.1.0", "--verbose")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "out is up to date: 8 files" in done.stdout
