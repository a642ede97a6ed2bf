"""A real API server: etcd and kube-apiserver on loopback, started in seconds, stopped with whoever started them."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import queue
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from tests.real.binaries import KUBERNETES, Unavailable, etcd, kube_apiserver

Json = Any

HOST: Final = "127.0.0.1"
PATIENCE: Final = 60.0  # seconds until ready; a loaded machine takes ten times what an idle one does
CONNECTIONS: Final = 4
# Objects may name namespaces, accounts and quotas that nobody made: what is judged is the object.
WITHOUT: Final = ("NamespaceLifecycle", "ServiceAccount", "LimitRanger", "ResourceQuota", "Priority", "DefaultTolerationSeconds")


class Answer(NamedTuple):
    """What the server said: the HTTP status, the object or the Status, the texts of its Warning headers."""

    status: int
    body: Json
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the object would be stored. One whose name is taken was judged before that was found."""
        return self.status in (200, 201, 409)


class Resource(NamedTuple):
    """Where the objects of one kind are asked for."""

    group: str
    version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None = None) -> str:
        """The path of the collection, in a namespace if the kind has them."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        return f"{root}/namespaces/{quote(namespace or 'default', safe='')}/{self.plural}" if self.namespaced else f"{root}/{self.plural}"


CRD: Final = Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", False)


class Site(NamedTuple):
    """Where a server runs, and what it is to be like: alone on loopback, unless who starts it has a place for it."""

    host: str = HOST
    ports: tuple[int, int, int] | None = None  # etcd's peers, etcd's clients, the server; else what is free
    folder: Path | None = None  # for its data, which stays; else one that goes with it
    services: str = "10.96.0.0/16"
    without: Sequence[str] = WITHOUT  # admission plugins
    certificate: tuple[Path, Path, Path] | None = None  # certificate, its key, and who signed it; else a certificate that the server makes
    flags: Sequence[str] = ()
    run: Callable[..., AbstractContextManager[subprocess.Popen[bytes]]] | None = None  # (log, *command): a program, as `_process` does
    reach: Callable[[str, int], socket.socket] = lambda host, port: socket.create_connection((host, port), 60)


class ApiServer:
    """A running server. Its methods may be called from several threads; connections are kept open until `close`."""

    def __init__(self, port: int, token: str, authority: Path, site: Site) -> None:
        self.port = port
        self.token = token
        self.authority = authority
        self.site = site
        self._idle: queue.LifoQueue[http.client.HTTPSConnection] = queue.LifoQueue()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://{self.site.host}:{self.port}"

    def kubeconfig(self, token: str | None = None) -> str:
        """A kubeconfig, as JSON, for kubectl and others: all rights, unless the token of somebody else is given."""
        cluster = {"server": self.url, "certificate-authority": str(self.authority)}
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "real", "cluster": cluster}],
                "users": [{"name": "admin", "user": {"token": token or self.token}}],
                "contexts": [{"name": "real", "context": {"cluster": "real", "user": "admin"}}],
                "current-context": "real",
            }
        )

    def ask(self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json") -> Answer:
        """One request."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type, "Accept": "application/json"}
        while True:
            try:
                connection, kept = self._idle.get_nowait(), True
            except queue.Empty:
                connection, kept = self._connected(), False
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                text = answer.read()
                self._idle.put(connection)
                break
            except (http.client.HTTPException, OSError):
                connection.close()
                # The server may have closed a connection that was kept open: once more, on another one.
                if not kept:
                    raise
        warnings = tuple(answer.headers.get_all("Warning") or ())
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return Answer(answer.status, json.loads(text) if is_json and text else text.decode(errors="replace"), warnings)

    def close(self) -> None:
        """Closes the connections that were kept open."""
        while not self._idle.empty():
            self._idle.get().close()

    def judge(self, resource: Resource, body: Json) -> Answer:
        """The verdict on creating an object, of which nothing is stored: strict, as `kubectl --validate=strict` asks."""
        metadata = body.get("metadata") if isinstance(body, Mapping) else None
        namespace = metadata.get("namespace") if isinstance(metadata, Mapping) else None
        path = resource.path(namespace if isinstance(namespace, str) and namespace else None)
        try:
            return self.ask("POST", f"{path}?dryRun=All&fieldValidation=Strict", json.dumps(as_sent(body)).encode())
        except http.client.RemoteDisconnected:  # what a panic in the server's code looks like from outside: some CRDs bring one about
            return Answer(500, {"message": "the server gave no answer"}, ())

    def judge_all(self, asked: Iterable[tuple[Resource, Json]]) -> Iterator[Answer]:
        """The verdicts on many objects, in their order."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            yield from pool.map(lambda each: self.judge(*each), asked)

    def install(self, crds: Iterable[Mapping[str, Json]]) -> None:
        """Installs CustomResourceDefinitions and waits until their objects are taken."""
        wanted = list(crds)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for crd, answer in zip(
                wanted, pool.map(lambda each: self.ask("POST", CRD.path(), json.dumps(each).encode()), wanted), strict=True
            ):
                if answer.status != 201:
                    raise AssertionError(f"{crd['metadata']['name']}: {answer.body}")
        for crd in wanted:
            spec = crd["spec"]
            for version in spec["versions"]:
                if version["served"]:
                    path = f"/apis/{spec['group']}/{version['name']}/{spec['names']['plural']}"
                    self._wait(lambda path=path: self.ask("GET", f"{path}?limit=1").status == 200, path)

    def remove(self, crds: Iterable[Mapping[str, Json]]) -> None:
        """Removes CustomResourceDefinitions and waits until they are gone."""
        paths = [f"{CRD.path()}/{crd['metadata']['name']}" for crd in crds]
        for path in paths:
            self.ask("DELETE", path)
        for path in paths:
            self._wait(lambda path=path: self.ask("GET", path).status == 404, path)

    def ready(self) -> bool:
        """Whether it answers, and says that it is ready."""
        try:
            return self.ask("GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def _connected(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self.authority))
        connection = http.client.HTTPSConnection(self.site.host, self.port, timeout=60, context=context)
        plain = self.site.reach(self.site.host, self.port)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sock = context.wrap_socket(plain, server_hostname=self.site.host)
        return connection

    def _wait(self, done: Any, what: str) -> None:
        until = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > until:
                raise AssertionError(f"{what}: still not as wanted after {PATIENCE:.0f} s")
            time.sleep(0.05)


@contextmanager
def started(version: str = KUBERNETES, site: Site = Site()) -> Iterator[ApiServer]:  # noqa: B008 - a value
    """An API server of that version of Kubernetes, with all rights for its first user. Raises Unavailable where it cannot be built."""
    programs = etcd(), kube_apiserver(version)
    run = site.run or _process
    with contextlib.ExitStack() as running:
        folder = site.folder or Path(running.enter_context(tempfile.TemporaryDirectory(prefix="kgen-apiserver-")))
        peers, clients, port = site.ports or free_ports(3)
        running.enter_context(run(folder / "etcd.log", str(programs[0]), *_etcd_flags(folder, clients, peers)))
        token = secrets.token_hex(16)
        (folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n", encoding="utf-8")
        (folder / "sa.key").write_text(private_key(), encoding="utf-8")
        log = folder / "kube-apiserver.log"
        process = running.enter_context(run(log, str(programs[1]), *_server_flags(folder, clients, port, site)))
        server = ApiServer(port, token, site.certificate[2] if site.certificate else folder / "certs" / "apiserver.crt", site)
        until = time.monotonic() + PATIENCE
        while not (server.authority.exists() and server.ready()):
            if process.poll() is not None or time.monotonic() > until:
                raise Unavailable(f"kube-apiserver did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        with contextlib.closing(server):
            yield server


def _etcd_flags(folder: Path, clients: int, peers: int) -> list[str]:
    here, there = f"http://{HOST}:{clients}", f"http://{HOST}:{peers}"
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={here}",
        f"--advertise-client-urls={here}",
        f"--listen-peer-urls={there}",
        f"--initial-advertise-peer-urls={there}",
        f"--initial-cluster=default={there}",
        "--unsafe-no-fsync",
        "--log-level=error",
    ]


def _server_flags(folder: Path, clients: int, port: int, site: Site) -> list[str]:
    certificate = site.certificate
    return [
        f"--etcd-servers=http://{HOST}:{clients}",
        f"--bind-address={site.host}",
        f"--advertise-address={site.host}",
        "--endpoint-reconciler-type=none",  # it would refuse an address on loopback
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certs'}",
        *([f"--tls-cert-file={certificate[0]}", f"--tls-private-key-file={certificate[1]}"] if certificate else []),
        f"--token-auth-file={folder / 'tokens.csv'}",
        f"--service-account-key-file={folder / 'sa.key'}",
        f"--service-account-signing-key-file={folder / 'sa.key'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--authorization-mode=RBAC",
        f"--disable-admission-plugins={','.join(site.without)}",
        f"--service-cluster-ip-range={site.services}",
        "--allow-privileged",
        "--max-requests-inflight=0",
        "--max-mutating-requests-inflight=0",
        "--enable-priority-and-fairness=false",
        *site.flags,
    ]


@contextmanager
def _process(log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs as long as the block, and dies with this process whatever happens to it."""
    guard = shutil.which("setpriv")  # of util-linux: where it is missing, only a killed test run leaves the program behind
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*([guard, "--pdeathsig", "KILL"] if guard else []), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # ctrl-C is for pytest, which stops what it started
        )
        try:
            yield process
        finally:
            # Nothing that it holds is worth a graceful end.
            process.send_signal(signal.SIGKILL)
            process.wait()


def as_sent(value: Json) -> Json:
    """Data as Go clients send it: what they read as 1.0 they write as 1 (encoding/json, below 1e21)."""
    if isinstance(value, dict):
        return {key: as_sent(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_sent(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody has just now."""
    with contextlib.ExitStack() as held:
        found = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in found:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in found]


def private_key() -> str:
    """A fresh private key on P-256 in PEM (RFC 5915, without the public key, which readers work out)."""
    number = b"\x7f" + secrets.token_bytes(31)  # surely below the order of the curve
    der = b"\x30\x31\x02\x01\x01\x04\x20" + number + b"\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    return f"-----BEGIN EC PRIVATE KEY-----\n{base64.encodebytes(der).decode()}-----END EC PRIVATE KEY-----\n"
