"""Flux's kustomize-controller over a real API server. source-controller is not published as a module: the harness stands in for it.

It serves an artifact on loopback and writes the status of the GitRepository, as source-controller does once it has fetched a commit.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import io
import json
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from tests.agreement.worlds import crds_of, module, remake
from tests.real.apiserver import HOST, ApiServer, Resource, _process, free_ports
from tests.real.binaries import kubectl, kustomize_controller

Json = Any

NAMESPACE: Final = "flux-system"
PATIENCE: Final = 180.0  # seconds until something is as it should be, on a machine that others load
NOW: Final = "2026-01-01T00:00:00Z"
KUSTOMIZATIONS: Final = Resource("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", True)
GIT_REPOSITORIES: Final = Resource("source.toolkit.fluxcd.io", "v1", "gitrepositories", True)


class Flux:
    """A running kustomize-controller, and the artifacts that it is given."""

    def __init__(self, server: ApiServer, folder: Path, port: int) -> None:
        self.server = server
        self.folder = folder
        self.port = port
        self.artifacts: dict[str, bytes] = {}

    def apply(self, *words: str, text: str = "") -> None:
        """`kubectl apply --server-side`, as whoever sets Flux up does."""
        config = self.folder / "kubeconfig"
        command = [str(kubectl()), "--kubeconfig", str(config), "apply", "--server-side", *words]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def publish(self, repository: str, tree: Path, commit: str) -> str:
        """Makes a folder what a GitRepository holds now; the revision that Flux names it by."""
        data = packed(tree)
        digest = hashlib.sha256(data).hexdigest()
        path = f"{repository}-{digest[:12]}.tar.gz"
        self.artifacts[f"/{path}"] = data
        revision = f"main@sha1:{hashlib.sha1(commit.encode()).hexdigest()}"
        artifact = {"url": f"http://{HOST}:{self.port}/{path}", "path": path, "digest": f"sha256:{digest}", "revision": revision}

        def status(found: Json) -> Json:
            return {
                "observedGeneration": found["metadata"]["generation"],
                "artifact": {**artifact, "lastUpdateTime": NOW, "size": len(data)},
                "conditions": [condition("Ready", found)],
            }

        self.status(GIT_REPOSITORIES, NAMESPACE, repository, status)
        return revision

    def object(self, resource: Resource, namespace: str | None, name: str) -> Json:
        """An object as it is; None if there is none, or nobody knows its kind yet."""
        answer = self.server.ask("GET", f"{resource.path(namespace)}/{name}")
        return answer.body if answer.status == 200 else None

    def status(self, resource: Resource, namespace: str | None, name: str, status: Callable[[Json], Json]) -> Json:
        """Writes the status of an object, as its controller would, once it is there; the object."""
        while True:
            found = self.wait(lambda: self.object(resource, namespace, name), f"{resource.plural} {name}")
            path = f"{resource.path(namespace)}/{name}/status"
            answer = self.server.ask("PUT", path, json.dumps({**found, "status": status(found)}).encode())
            if answer.status != 409:
                assert answer.status == 200, answer.body
                return answer.body

    def kustomization(self, name: str) -> Json:
        """A Kustomization as it is."""
        return self.object(KUSTOMIZATIONS, NAMESPACE, name)

    def applied(self, name: str, revision: str) -> Json:
        """A Kustomization once a revision is applied, and all of it is healthy."""
        return self.wait(lambda: (found := self.kustomization(name)) and is_ready(found, revision) and found, name)

    def refused(self, name: str, words: str) -> str:
        """What Flux says of a revision that it could not apply, once it says these words."""

        def failed() -> str:
            state = ready(self.kustomization(name))
            return str(state["message"]) if state.get("status") == "False" and words in state["message"] else ""

        return str(self.wait(failed, name))

    def inventory(self, name: str) -> list[str]:
        """What a Kustomization holds, as `namespace_name_group_kind`."""
        return sorted(entry["id"] for entry in self.kustomization(name)["status"].get("inventory", {}).get("entries", ()))

    def wait(self, get: Callable[[], Any], what: str) -> Any:
        """What `get` gives, once it gives something."""
        until = time.monotonic() + PATIENCE
        while not (found := get()):
            if time.monotonic() > until:
                states = {
                    each["metadata"]["name"]: ready(each) for each in self.server.ask("GET", KUSTOMIZATIONS.path(NAMESPACE)).body["items"]
                }
                log = (self.folder / "kustomize-controller.log").read_text(errors="replace")[-3000:]
                raise AssertionError(f"{what} is not as wanted: {json.dumps(states, indent=1)}\n{log}")
            time.sleep(0.2)
        return found


def condition(name: str, found: Json, **more: str) -> Json:
    """A condition that holds, of an object as it is now."""
    generation = found["metadata"]["generation"]
    told = {"type": name, "status": "True", "reason": "Succeeded", "message": "told by a test"}
    return {**told, "lastTransitionTime": NOW, "observedGeneration": generation, **more}


def ready(found: Json) -> Json:
    """The condition Ready of an object, {} where it has none."""
    return next((each for each in found.get("status", {}).get("conditions", ()) if each["type"] == "Ready"), {})


def is_ready(found: Json, revision: str) -> bool:
    """Whether a revision is what was applied last, and all of it is healthy."""
    state = ready(found)
    current = state.get("observedGeneration") == found["metadata"]["generation"]
    return current and state.get("status") == "True" and found["status"].get("lastAppliedRevision") == revision


def packed(tree: Path) -> bytes:
    """A folder as source-controller packs one: names relative to it, without a leading `./`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path in sorted(tree.rglob("*")):
            archive.add(path, path.relative_to(tree).as_posix(), recursive=False)
    return packed.getvalue()


@contextmanager
def started(folder: Path, server: ApiServer) -> Iterator[Flux]:
    """kustomize-controller, over an API server that gets the CRDs of Flux and its namespace. Raises Unavailable."""
    program = kustomize_controller()
    folder.mkdir(parents=True, exist_ok=True)
    health, metrics, artifacts = free_ports(3)
    (folder / "kubeconfig").write_text(server.kubeconfig(), encoding="utf-8")
    flux = Flux(server, folder, artifacts)
    server.install([*crds_of("kustomize-controller", "1.7"), *_sources(), *crds_of("helm-controller", "1.4")])
    flux.apply("-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}))
    with contextlib.ExitStack() as running:
        running.enter_context(_served(flux))
        flags = [
            "--health-addr",
            f"{HOST}:{health}",
            "--metrics-addr",
            f"{HOST}:{metrics}",
            "--requeue-dependency",
            "1s",
            "--http-retry",
            "1",
        ]
        variables = [f"KUBECONFIG={folder / 'kubeconfig'}", f"RUNTIME_NAMESPACE={NAMESPACE}", f"HOME={folder}", f"TMPDIR={folder}"]
        command = ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", *variables, str(program), *flags]
        running.enter_context(_process(folder / "kustomize-controller.log", *command))
        yield flux


def _sources() -> list[Json]:
    """All CRDs of source-controller: the controller watches sources that kgen has no use for, too."""
    script = remake()
    folder = module(script.SOURCE_CONTROLLER, "v1.9.4") / "config" / "crd" / "bases"
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]


@contextmanager
def _served(flux: Flux) -> Iterator[None]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = flux.artifacts.get(self.path)
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer((HOST, flux.port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
