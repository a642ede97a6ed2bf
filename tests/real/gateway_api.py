"""The objects of the Gateway API's own tests of its CEL rules: the tests are run, once, against a server that only listens.

The module's newest version that has the tests in it is 1.3.0; later ones keep them in a module that is not published.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from tests.real.apiserver import HOST
from tests.real.binaries import Unavailable, building, go, made_once, run

Json = Any

# Kind, group, version, plural, and whether it has namespaces.
Resource = tuple[str, str, str, str, bool]

VERSION: Final = "1.3.0"
PATIENCE: Final = 600  # seconds: their client asks five times a second


def cel_objects(resources: Iterable[Resource]) -> list[Json]:
    """Every object that the tests create, in their order; `resources` are what a server of that version has. Raises Unavailable."""
    file = made_once(f"gateway-api-cel-objects-{VERSION}", lambda folder: _kept(folder, list(resources))) / "objects.json"
    return json.loads(file.read_bytes())  # type: ignore[no-any-return]


def _kept(folder: Path, resources: list[Resource]) -> None:
    with tempfile.TemporaryDirectory(prefix="kgen-build-", dir=folder.parent) as made:
        objects = asked(built(Path(made)), resources)
    if not objects:
        raise Unavailable("the tests of the Gateway API asked nothing")
    (folder / "objects.json").write_text(json.dumps(objects), encoding="utf-8")


def built(place: Path) -> Path:
    """The tests as a program, with those of the experimental channel."""
    module = json.loads(run(go(), "mod", "download", "-json", f"sigs.k8s.io/gateway-api@v{VERSION}", cwd=place))
    # The module cache cannot be written to, and a test is built where its module is.
    source = place / "source"
    shutil.copytree(module["Dir"], source, copy_function=shutil.copyfile)
    for each in (source, *source.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)
    env = {**building(place), "GOFLAGS": "-mod=mod"}
    flags = ("-tags", "experimental", "-p", "2", "-trimpath", "-ldflags=-s -w")
    run(go(), "test", "-c", *flags, "-o", str(place / "tests"), "./pkg/test/cel", cwd=source, env=env)
    return place / "tests"


def asked(program: Path, resources: Iterable[Resource]) -> list[Json]:
    """Every object that the tests create or change."""
    lists: dict[str, list[Json]] = {}
    for kind, group, version, plural, namespaced in resources:
        entry = {
            "name": plural,
            "singularName": kind.lower(),
            "namespaced": namespaced,
            "kind": kind,
            "verbs": ["create", "get", "list", "update"],
        }
        lists.setdefault(f"{group}/{version}", []).append(entry)
    groups: dict[str, list[Json]] = {}
    for name in lists:
        groups.setdefault(name.partition("/")[0], []).append({"groupVersion": name, "version": name.partition("/")[2]})
    found_at: dict[str, Json] = {
        "api": {"kind": "APIVersions", "versions": ["v1"]},
        "api/v1": {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources": []},
        "apis": {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [{"name": name, "versions": rows, "preferredVersion": rows[0]} for name, rows in groups.items()],
        },
    }
    for name, entries in lists.items():
        found_at[f"apis/{name}"] = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": entries}
    found: list[Json] = []

    class Listener(BaseHTTPRequestHandler):
        """Takes whatever is created."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0].strip("/")
            body = found_at.get(path)
            self.answer(200 if body else 404, body or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.append(body)
            self.answer(201, body)

        do_PUT = do_POST  # what is changed later is an object as well

        def answer(self, status: int, body: Json) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with tempfile.TemporaryDirectory() as made, ThreadingHTTPServer((HOST, 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cluster = {"name": "listener", "cluster": {"server": f"http://{HOST}:{server.server_port}"}}
        context = {"name": "listener", "context": {"cluster": "listener", "user": "none"}}
        config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context], "current-context": "listener"}
        kubeconfig = Path(made) / "kubeconfig"
        kubeconfig.write_text(json.dumps({**config, "users": [{"name": "none", "user": {}}]}), encoding="utf-8")
        # Half of them fail: nobody refuses what should be refused.
        subprocess.run(
            [program], cwd=made, env={**os.environ, "KUBECONFIG": str(kubeconfig)}, capture_output=True, check=False, timeout=PATIENCE
        )
        server.shutdown()
    return [_plain(each) for each in found]


def _plain(body: Json) -> Json:
    """An object under a name that is always the same, without what Go writes for nothing."""
    metadata = {key: value for key, value in body["metadata"].items() if value is not None}
    return {**{key: value for key, value in body.items() if key != "status"}, "metadata": {**metadata, "name": "a"}}
