"""A cluster: a node, which is a network namespace with an address, and on it a real API server with what is needed to ask it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from tests.e2e.certificates import Authority
from tests.e2e.lab import Failed, Lab, Program
from tests.real import binaries
from tests.real.apiserver import ApiServer, Site, started

Json = Any

PORT: Final = 6443
OPERATOR_NAMESPACE: Final = "submariner-operator"
BROKER_NAMESPACE: Final = "submariner-k8s-broker"

# What members ask of the broker, each request once.
AUDIT: Final = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "Metadata", "userGroups": [f"system:serviceaccounts:{BROKER_NAMESPACE}"]},
        {"level": "None"},
    ],
}
GROUPS: Final = {
    "deployments": "/apis/apps/v1",
    "daemonsets": "/apis/apps/v1",
    "jobs": "/apis/batch/v1",
    "endpointslices": "/apis/discovery.k8s.io/v1",
    "serviceimports": "/apis/multicluster.x-k8s.io/v1alpha1",
    "serviceexports": "/apis/multicluster.x-k8s.io/v1alpha1",
    "submariners": "/apis/submariner.io/v1alpha1",
    "servicediscoveries": "/apis/submariner.io/v1alpha1",
    "clusters": "/apis/submariner.io/v1",
    "endpoints.submariner.io": "/apis/submariner.io/v1",
    "globalingressips": "/apis/submariner.io/v1",
    "gatewayclasses": "/apis/gateway.networking.k8s.io/v1",
    "gateways": "/apis/gateway.networking.k8s.io/v1",
    "httproutes": "/apis/gateway.networking.k8s.io/v1",
    "grpcroutes": "/apis/gateway.networking.k8s.io/v1",
    "tlsroutes": "/apis/gateway.networking.k8s.io/v1",
    "tcproutes": "/apis/gateway.networking.k8s.io/v1",
    "udproutes": "/apis/gateway.networking.k8s.io/v1",
    "referencegrants": "/apis/gateway.networking.k8s.io/v1beta1",
    "roles": "/apis/rbac.authorization.k8s.io/v1",
    "customresourcedefinitions": "/apis/apiextensions.k8s.io/v1",
}


class Cluster:
    """A running cluster. `hosts` are the names that all clusters know, with their addresses, `own` its own: there is no DNS."""

    def __init__(self, lab: Lab, name: str, hosts: dict[str, str]) -> None:
        self.lab = lab
        self.name = name
        self.hosts = hosts
        self.own: dict[str, str] = {}
        self.node = name
        self.address = lab.node(name)
        self.folder = lab.folder / name
        self.folder.mkdir()
        self._running = contextlib.ExitStack()
        self.server: ApiServer

    def start(self, authority: Authority, services: str, names: Iterable[str] = (), crds: Iterable[Mapping[str, Json]] = ()) -> None:
        """Starts the API server, which is also known by `names`, and installs CRDs."""
        own = (self.address, "kubernetes.default.svc", "kubernetes", *names)
        policy = self.folder / "audit-policy.json"
        policy.write_text(json.dumps(AUDIT), encoding="utf-8")
        site = Site(
            host=self.address,
            ports=(2380, 2379, PORT),
            folder=self.folder,
            services=services,
            without=("ServiceAccount",),  # it would want Pods to have tokens, and there are none
            certificate=(*authority.server(f"{self.name}-apiserver", own), authority.certificate),
            flags=(f"--audit-policy-file={policy}", f"--audit-log-path={self.folder / 'audit.log'}", "--audit-log-mode=blocking"),
            run=partial(self.lab.running, self.node),
            reach=partial(self.lab.reach, self.node),
        )
        self.server = self._running.enter_context(started(site=site))
        (self.folder / "kubeconfig").write_text(self.server.kubeconfig(), encoding="utf-8")
        self.server.install(crds)

    def close(self) -> None:
        """Closes connections; programs are the lab's."""
        self._running.close()

    def kubectl(self, *arguments: str, text: str | None = None, codes: tuple[int, ...] = (0,), env: Mapping[str, str] | None = None) -> str:
        """What kubectl prints, with all rights."""
        command = (str(binaries.kubectl()), f"--kubeconfig={self.folder / 'kubeconfig'}", *arguments)
        return self.lab.run(self.node, *command, text=text, codes=codes, env=env)

    def ask(self, method: str, path: str, body: Json = None, content_type: str = "application/json") -> Json:
        """What the API server answers; Failed where it refuses."""
        answer = self.server.ask(method, path, None if body is None else json.dumps(body).encode(), content_type)
        if answer.status >= 300:
            raise Failed(f"{method} {path} on {self.name}: {answer.status} {answer.body}")
        return answer.body

    def all(self, plural: str, namespace: str | None = None) -> list[Json]:
        """The objects of a kind, in one namespace or everywhere; none where the kind is not served."""
        answer = self.server.ask("GET", path(plural, namespace))
        return answer.body["items"] if answer.status == 200 else []

    def get(self, plural: str, namespace: str | None, name: str) -> Json | None:
        """An object, or None."""
        answer = self.server.ask("GET", f"{path(plural, namespace)}/{quote(name, safe='')}")
        return answer.body if answer.status == 200 else None

    def has(self, what: str, plural: str, namespace: str | None, name: str, like: Callable[[Json], Any] = bool) -> Json:
        """An object as soon as it is there, and is as `like` wants it."""

        def ask() -> Json | None:
            found = self.get(plural, namespace, name)
            return found if found is not None and like(found) else None

        return self.lab.wait(f"{self.name} has {what}", ask)

    def create(self, plural: str, body: Json) -> Json:
        """Creates an object, or replaces the one that has its name: what others than kgen own, whole."""
        collection = path(plural, body["metadata"].get("namespace"))
        wanted = json.dumps(body).encode()
        address = f"{collection}/{body['metadata']['name']}?fieldManager=e2e&force=true"
        answer = self.server.ask("PATCH", address, wanted, "application/apply-patch+yaml")
        if answer.status >= 300:
            raise Failed(f"{self.name}: {body['kind']} {body['metadata']['name']}: {answer.body}")
        return answer.body

    def token(self, account: str, namespace: str) -> str:
        """A token of a ServiceAccount, as its pod would be given one."""
        spec = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 24 * 3600}}
        token = self.ask("POST", f"{path('serviceaccounts', namespace)}/{account}/token", spec)["status"]["token"]
        assert isinstance(token, str)
        return token

    @property
    def authority(self) -> str:
        """Who signed the certificate of the API server, in PEM."""
        return self.server.authority.read_text(encoding="utf-8")

    def hosts_file(self) -> str:
        """/etc/hosts, as everybody here has it."""
        return "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in {**self.hosts, **self.own}.items())

    def start_program(self, name: str, *command: str) -> Program:
        """A program right on the node."""
        return self.lab.start(self.node, name, *command)


def path(plural: str, namespace: str | None) -> str:
    """Where the objects of a kind are asked for."""
    root = GROUPS.get(plural, "/api/v1")
    return f"{root}/{'' if namespace is None else f'namespaces/{namespace}/'}{plural.partition('.')[0]}"
