"""What people install: the wheel, the source distribution, an editable checkout, and the README's own line, each in an empty environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests import checkout

FORMS: Final = ("wheel", "sdist", "editable")
# Nothing of the environment that runs the tests may leak into those that are tested.
ENVIRONMENT: Final = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "COV_"))}
COMMANDS: Final = (
    ("build", "clusterset.yaml"),
    ("build", "clusterset.yaml", "--overlay", "kgen:kind"),
    ("validate", "clusterset.yaml", "--format", "sarif"),
    ("explain",),
    ("schema",),
    ("version",),
)


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints on stdout; it must succeed."""
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout.copy(tmp_path_factory.mktemp("source") / "kgen")


@pytest.fixture(scope="session")
def dist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=source)
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> set[str]:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as package:
        return set(package.namelist())


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("environments")
    yield folder
    shutil.rmtree(folder)  # 170 MB each


@pytest.fixture(scope="session")
def programs(environments: Path, dist: Path, source: Path) -> dict[str, Path]:
    """Each form's folder of programs."""
    return {form: installed(form, environments / form, dist, source) for form in FORMS}


def installed(form: str, place: Path, dist: Path, source: Path) -> Path:
    run(sys.executable, "-m", "venv", place, cwd=dist)
    target = {
        "wheel": [str(p) for p in dist.glob("*.whl")],
        "sdist": [str(p) for p in dist.glob("*.tar.gz")],
        "editable": ["-e", str(source)],
    }
    run(place / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", *target[form], cwd=dist)
    return place / "bin"


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A folder outside the project, with the seed's spec and lock in it."""
    for path in (checkout.ROOT / "examples" / "seed").glob("*.yaml"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.mark.parametrize("form", FORMS)
def test_it_prints_what_the_checkout_prints(programs: dict[str, Path], form: str, seed: Path) -> None:
    folder = programs[form]
    for command in COMMANDS:
        ours = subprocess.run(
            [sys.executable, "-m", "kgen", *command],
            cwd=seed,
            env={**ENVIRONMENT, "PYTHONPATH": str(checkout.ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ours.stdout
        assert run(folder / "kgen", *command, cwd=seed) == ours.stdout
        assert run(folder / "python", "-m", "kgen", *command, cwd=seed) == ours.stdout


def test_the_sources_make_the_wheel(programs: dict[str, Path]) -> None:
    """What pip builds from the source distribution has the files of the wheel, to the byte."""
    records = [record(programs[form].parent) for form in ("wheel", "sdist")]
    assert records[0] == records[1]
    assert len(records[0]) > 400


def record(environment: Path) -> list[str]:
    """The files of an installed kgen, with their digests, but for those of pip's own making."""
    path = next(environment.glob("lib/python*/site-packages/kgen-*.dist-info/RECORD"))
    lines = path.read_text(encoding="utf-8").splitlines()
    own = ("/INSTALLER", "/REQUESTED", "/direct_url.json", "/RECORD", ".pyc", "/kgen")
    return sorted(line for line in lines if not line.split(",")[0].endswith(own))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel} == {"kgen", next(n for n in wheel if n.endswith("/METADATA")).split("/")[0]}
    made = {name for name in wheel if "/tables/" in name}
    assert {"kgen/conformance/tables/index.py", "kgen/structure/tables/clusterset.py"} <= made
    bundled = {
        f"kgen/_bundled/{name}" if name.startswith(("schemas/", "overlays/")) else name
        for name in checkout.files()
        if name.startswith(("kgen/", "schemas/", "overlays/"))
    }
    assert {name for name in wheel if name.startswith("kgen/")} - made == bundled
    assert {"kgen/py.typed", "kgen/_bundled/schemas/clusterset-v1alpha1.json", "kgen/explain/KG201.md"} <= bundled


def test_the_wheel_brings_the_licences(wheel: set[str]) -> None:
    assert {name.split("/licenses/")[1] for name in wheel if "/licenses/" in name} == {"LICENSE", "schemas/NOTICE"}


def test_the_source_distribution_holds_the_project(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {name for name in checkout.files() if not name.startswith(".")} <= names


def test_the_readme_s_line_prints_the_seed(tmp_path: Path) -> None:
    """On a bare checkout, as written, with nothing but a Python that has venv and pip."""
    here = checkout.copy(tmp_path / "kgen")
    python = tmp_path / "bin"
    python.mkdir()
    (python / "python3").symlink_to(sys.executable)
    command = checkout.line("Run it")
    done = subprocess.run(
        ["sh", "-c", command], cwd=here, env={**ENVIRONMENT, "PATH": f"{python}:/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    tree = (here / "examples" / "seed" / "out").rglob("manifests.yaml")
    objects = sum(path.read_text(encoding="utf-8").count("apiVersion: ") for path in tree)
    assert done.stdout.count("\napiVersion: ") == objects
    shutil.rmtree(here / ".venv")
