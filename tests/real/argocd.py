"""Argo CD whole: redis, repo-server, controllers and plugins' sidecars, on loopback, over real API servers and a Git repository on disk.

A plugin runs as it does in its sidecar: uid 999, which has no entry in /etc/passwd and no HOME, cannot write to what it runs from, and
gets nothing of this process's environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from kgen.versions import ENVOY_GATEWAY, EXTERNAL_SECRETS, GATEWAY_API, SUBMARINER
from tests.agreement.worlds import crds_of
from tests.real import apiserver
from tests.real.apiserver import HOST, ApiServer, Resource, _process, free_ports
from tests.real.binaries import Unavailable, argo_cd, argo_cd_source, redis
from tests.real.kgen import installed

Json = Any

UID: Final = 999
NAMESPACE: Final = "argocd"
PATIENCE: Final = 180.0  # seconds until an application is as it should be, on a machine that others load
APPLICATIONS: Final = Resource("argoproj.io", "v1alpha1", "applications", True)
APPLICATION_SETS: Final = Resource("argoproj.io", "v1alpha1", "applicationsets", True)
PROJECTS: Final = Resource("argoproj.io", "v1alpha1", "appprojects", True)
SECRETS: Final = Resource("", "v1", "secrets", True)
CONFIG_MAPS: Final = Resource("", "v1", "configmaps", True)
NAMESPACES: Final = Resource("", "v1", "namespaces", False)
# With no kube-controller-manager there is no garbage collector that a deletion in the foreground would wait for.
BACKGROUND: Final = "PrunePropagationPolicy=background"
FINALIZER: Final = "resources-finalizer.argocd.argoproj.io/background"
KINDS: Final = frozenset(
    {"EnvoyProxy", "ExternalSecret", "Gateway", "GatewayClass", "HTTPRoute", "ReferenceGrant", "ServiceExport", "Submariner"}
)
ROLES: Final = ("cmp-server", "repo-server", "application-controller", "applicationset-controller")


class Repository(NamedTuple):
    """A Git repository that Argo CD reads: `work` is its work tree."""

    work: Path

    @property
    def url(self) -> str:
        """What an Application names."""
        return f"file://{self.work}"

    def commit(self, why: str) -> str:
        """Commits all that the work tree holds on branch main; the revision."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", why)
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *words: str) -> str:
        who = ["-c", "user.name=tests", "-c", "user.email=tests@example.com", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *who, *words], cwd=self.work, capture_output=True, text=True, check=True).stdout


def repository(work: Path) -> Repository:
    """An empty repository at a folder that does not exist."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(work)], check=True)
    return Repository(work)


class ArgoCD(NamedTuple):
    """A running Argo CD. `clusters` are its destinations by name; it lives in the first of them, in namespace argocd."""

    clusters: Mapping[str, ApiServer]
    folder: Path

    @property
    def home(self) -> ApiServer:
        """The API server that holds its own objects."""
        return next(iter(self.clusters.values()))

    def create(self, resource: Resource, body: Json) -> None:
        """Creates an object of Argo CD's."""
        created(self.home, resource, body, NAMESPACE)

    def application(self, name: str) -> Json:
        """An Application as it is; None if there is none."""
        answer = self.home.ask("GET", f"{APPLICATIONS.path(NAMESPACE)}/{name}")
        return answer.body if answer.status == 200 else None

    def applications(self) -> list[str]:
        """The names of all Applications."""
        return sorted(item["metadata"]["name"] for item in self.home.ask("GET", APPLICATIONS.path(NAMESPACE)).body["items"])

    def change(self, name: str, change: Callable[[Json], None]) -> None:
        """Changes an Application; once more where a controller was quicker."""
        while True:
            application = self.application(name)
            change(application)
            answer = self.home.ask("PUT", f"{APPLICATIONS.path(NAMESPACE)}/{name}", json.dumps(application).encode())
            if answer.status != 409:
                assert answer.status == 200, answer.body
                return

    def refresh(self, name: str, hard: bool = False) -> None:
        """Makes Argo CD look at an application again, and waits until it has; `hard` forgets what a plugin printed before."""

        def asked(application: Json) -> None:
            application["metadata"].setdefault("annotations", {})["argocd.argoproj.io/refresh"] = "hard" if hard else "normal"

        self.change(name, asked)
        self.wait(name, lambda application: "argocd.argoproj.io/refresh" not in application["metadata"].get("annotations", {}))

    def sync(self, name: str, how: Json) -> None:
        """Starts a sync, as Argo CD's own clients do: none may be under way, and the state of the last one is forgotten.

        Argo CD merges the state of an operation into what is there: a sync of everything after one of a single object would go on as one of
        that object.
        """

        def asked(application: Json) -> None:
            application["operation"] = {"sync": how}
            application["status"].pop("operationState", None)

        self.wait(name, lambda application: "operation" not in application)
        self.change(name, asked)

    def wait(self, name: str, done: Callable[[Json], bool], patience: float = PATIENCE) -> Json:
        """An Application once it is as wanted."""
        until = time.monotonic() + patience
        while True:
            application = self.application(name)
            if application is not None and done(application):
                return application
            if time.monotonic() > until:
                told = "\n".join(f"{path.name}: {path.read_text(errors='replace')[-1500:]}" for path in sorted(self.folder.glob("*.log")))
                raise AssertionError(f"{name} is not as wanted: {json.dumps((application or {}).get('status'), indent=1)[:6000]}\n{told}")
            time.sleep(0.2)

    def synced(self, name: str, revision: str) -> Json:
        """An Application once a revision has been compared, and applied where it differed."""
        return self.wait(name, lambda application: is_synced(application, revision))

    def gone(self, name: str) -> None:
        """Waits until an Application is there no more."""
        until = time.monotonic() + PATIENCE
        while self.application(name) is not None:
            assert time.monotonic() < until, f"{name} stays: {self.application(name)['metadata']}"
            time.sleep(0.2)

    def delete(self, name: str) -> None:
        """Deletes an Application, and waits until what it delivered is deleted with it."""
        self.home.ask("DELETE", f"{APPLICATIONS.path(NAMESPACE)}/{name}")
        self.gone(name)


def is_synced(application: Json, revision: str) -> bool:
    """Whether a revision is what was compared last, without a difference, and no operation is under way."""
    status = application.get("status", {})
    sync = status.get("sync", {})
    running = status.get("operationState", {}).get("phase") in ("Running", "Terminating") or "operation" in application
    return sync.get("status") == "Synced" and sync.get("revision") == revision and not running


def broken(application: Json) -> str:
    """What Argo CD says when it cannot make an application's manifests; "" if it can."""
    conditions = application.get("status", {}).get("conditions", [])
    return "\n".join(each["message"] for each in conditions if each["type"] == "ComparisonError")


def application(name: str, source: Json, cluster: str, **more: Json) -> Json:
    """An Application that follows a source by itself, prunes, and mends drift, with server-side apply."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": NAMESPACE, "finalizers": [FINALIZER]},
        "spec": {
            "project": "default",
            "source": source,
            "destination": {"name": cluster},
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "syncOptions": ["ServerSideApply=true", BACKGROUND],
                "retry": {"limit": 10, "backoff": {"duration": "2s", "factor": 1}},
            },
            **more,
        },
    }


def created(server: ApiServer, resource: Resource, body: Json, namespace: str | None = None) -> None:
    """Creates an object, which must be taken."""
    answer = server.ask("POST", resource.path(namespace), json.dumps(body).encode())
    assert answer.status in (200, 201, 409), answer.body


@contextmanager
def started(folder: Path, clusters: Mapping[str, ApiServer], plugins: Mapping[str, Json], timeout: int = 60) -> Iterator[ArgoCD]:
    """Argo CD in a folder that uid 999 can reach. `plugins` are plugin.yaml files as data, each for a sidecar of its own.

    `timeout` is how many seconds the repo-server has for an application's manifests. Raises Unavailable.
    """
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        raise Unavailable("a plugin runs as another user: that takes root and setpriv")
    program, source, (server, libraries) = argo_cd(), argo_cd_source(), redis()
    running = contextlib.ExitStack()
    with running:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(program, folder / "argocd")
        roles = {role: folder / f"argocd-{role}" for role in ROLES}
        for link in roles.values():
            link.symlink_to("argocd")
        for name in ("tls", "ssh", "tmp", "sockets"):
            (folder / name).mkdir()
        os.chown(folder / "sockets", UID, UID)
        argo = ArgoCD(clusters, folder)
        _objects(argo, source)
        (folder / "kubeconfig").write_text(argo.home.kubeconfig(), encoding="utf-8")

        cache, repo, *others = free_ports(7)
        flags = ["--save", "", "--appendonly", "no", "--port", str(cache), "--bind", HOST, "--dir", str(folder / "tmp")]
        running.enter_context(_run(folder / "redis.log", libraries, str(server), *flags))
        for name, plugin in plugins.items():
            running.enter_context(_sidecar(folder, roles["cmp-server"], name, plugin))

        own = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder / "tmp"),
            "TMPDIR": str(folder / "tmp"),
            "ARGOCD_TLS_DATA_PATH": str(folder / "tls"),
            "ARGOCD_SSH_DATA_PATH": str(folder / "ssh"),
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_PLUGINSOCKFILEPATH": str(folder / "sockets"),
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "ARGOCD_SYNC_WAVE_DELAY": "0",
            "KUBECONFIG": str(folder / "kubeconfig"),
            "NAMESPACE": NAMESPACE,
            "GIT_CONFIG_COUNT": "1",  # the repository belongs to whoever runs the tests
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        at, there = f"{HOST}:{cache}", f"{HOST}:{repo}"
        for role, words in (
            (
                "repo-server",
                ["--disable-tls", "--address", HOST, "--port", str(repo), "--metrics-address", HOST, "--metrics-port", str(others[0])]
                + ["--redis", at, "--plugin-tar-exclude", ".git/*", "--revision-cache-expiration", "1s"],
            ),
            (
                "application-controller",
                ["--namespace", NAMESPACE, "--redis", at, "--repo-server", there, "--repo-server-plaintext", "--app-resync", "5"]
                + ["--app-resync-jitter", "0", "--metrics-port", str(others[1]), "--repo-server-timeout-seconds", str(timeout)],
            ),
            (
                "applicationset-controller",
                [
                    "--namespace",
                    NAMESPACE,
                    "--argocd-repo-server",
                    there,
                    "--repo-server-plaintext",
                    "--metrics-addr",
                    f"{HOST}:{others[2]}",
                ]
                + ["--probe-addr", f"{HOST}:{others[3]}", "--webhook-addr", f"{HOST}:{others[4]}"],
            ),
        ):
            running.enter_context(_run(folder / f"{role}.log", own, str(roles[role]), *words))
        yield argo


def _sidecar(folder: Path, program: Path, name: str, plugin: Json) -> contextlib.AbstractContextManager[Any]:
    """The sidecar of one plugin, waited for until its socket is there."""
    config, work = folder / f"{name}-config", folder / f"{name}-work"
    config.mkdir()
    work.mkdir()
    os.chown(work, UID, UID)
    (config / "plugin.yaml").write_text(yaml.safe_dump(plugin), encoding="utf-8")
    environment = {
        "PATH": f"{installed(folder)}:/usr/bin:/bin",
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "ARGOCD_PLUGINSOCKFILEPATH": str(folder / "sockets"),
        "ARGOCD_CMP_WORKDIR": str(work),
    }
    guard = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--pdeathsig", "KILL"]
    return _run(folder / f"{name}.log", environment, *guard, str(program), "--config-dir-path", str(config))


def _run(log: Path, environment: Mapping[str, str], *command: str) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """A program with an environment of its own, which ends with the block."""
    return _process(log, "/usr/bin/env", "-i", *(f"{name}={value}" for name, value in environment.items()), *command)


def _objects(argo: ArgoCD, source: Path) -> None:
    """What Argo CD finds in its namespace when it is installed."""
    manifests = source / "manifests"
    argo.home.install(
        yaml.safe_load((manifests / "crds" / f"{kind}-crd.yaml").read_text()) for kind in ("application", "applicationset", "appproject")
    )
    created(argo.home, NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for path in sorted((manifests / "base" / "config").glob("*-cm.yaml")):
        argo.create(CONFIG_MAPS, yaml.safe_load(path.read_text()))
    labels = {"app.kubernetes.io/part-of": "argocd"}
    argo.create(
        SECRETS,
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "argocd-secret", "labels": labels},
            "stringData": {"server.secretkey": "tests"},
        },
    )
    anywhere = [{"namespace": "*", "server": "*", "name": "*"}]
    everything = {"clusterResourceWhitelist": [{"group": "*", "kind": "*"}], "destinations": anywhere, "sourceRepos": ["*"]}
    argo.create(PROJECTS, {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"}, "spec": everything})
    for name, server in argo.clusters.items():
        config = json.dumps({"bearerToken": server.token, "tlsClientConfig": {"insecure": True}})
        kind = {"argocd.argoproj.io/secret-type": "cluster"}
        data = {"name": name, "server": server.url, "config": config}
        argo.create(
            SECRETS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"cluster-{name}", "labels": kind}, "stringData": data}
        )


@contextmanager
def fleet(names: tuple[str, ...], plugins: Mapping[str, Json], timeout: int = 60) -> Iterator[tuple[ArgoCD, Repository]]:
    """Argo CD over an API server for each name, with the CRDs of what kgen makes at today's versions, and an empty repository."""
    with contextlib.ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="kgen-argocd-")))
        folder.chmod(0o755)  # a plugin's user must get in
        clusters = {name: running.enter_context(apiserver.started()) for name in names}
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda server: server.install(crds()), clusters.values()))
        argo = running.enter_context(started(folder / "argocd", clusters, plugins, timeout))
        yield argo, repository(folder / "repository")


@cache
def crds() -> tuple[Json, ...]:
    """The CRDs of what the seed and the globalnet example make, as published for the newest versions that kgen knows."""
    newest = list(SUBMARINER.values())[-1]
    products = {
        "gateway-api/experimental": list(GATEWAY_API.values())[-1],
        "envoy-gateway": list(ENVOY_GATEWAY.values())[-1].schemas,
        "submariner": newest.minor,
        "mcs-api": newest.mcs_api,
        "external-secrets": EXTERNAL_SECRETS,
    }
    found = (crd for product, version in products.items() for crd in crds_of(product, version))
    # Each costs an API server, and Argo CD, a good part of a second.
    return tuple(crd for crd in found if crd["spec"]["names"]["kind"] in KINDS)
