"""Requests, as clients send them to the Envoy of a Gateway: plain, over TLS, a line over TCP, and gRPC."""

from __future__ import annotations

import http.client
import ssl
import sys
import threading
from collections import Counter
from typing import Final

from tests.e2e.cluster import Cluster


def own_port(port: int) -> int:
    """Where Envoy listens for a port of the Gateway: Envoy Gateway has it take one that needs no privilege."""
    return port + 10000 if port < 1024 else port


class Client:
    """Someone who sends requests to a port of the Gateway in a cluster; the connection is kept open."""

    def __init__(self, cluster: Cluster, port: int = 80, tls: ssl.SSLContext | None = None, name: str | None = None) -> None:
        self.cluster = cluster
        self.port = own_port(port)
        self.tls = tls
        self.name = name
        self._open: http.client.HTTPConnection | None = None

    def get(self, host: str, path: str = "/get") -> tuple[int, str]:
        """`curl -H "Host: …"`: the status, and the body, which is the name of the cluster that answered."""
        if self._open is None:
            self._open = http.client.HTTPConnection("gateway", self.port)
            plain = self.cluster.lab.reach(self.cluster.node, "127.0.0.1", self.port, 20)
            self._open.sock = plain if self.tls is None else self.tls.wrap_socket(plain, server_hostname=self.name)
        try:
            self._open.request("GET", path, headers={"Host": host})
            answer = self._open.getresponse()
            body = answer.read().decode().strip()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.will_close:
            self.close()
        return answer.status, body

    def count(self, times: int, host: str, path: str = "/get") -> Counter[tuple[int, str]]:
        """What came of many requests."""
        return Counter(self.get(host, path) for _ in range(times))

    def line(self, text: str) -> str:
        """What comes back for a line of text over TCP."""
        with self.cluster.lab.reach(self.cluster.node, "127.0.0.1", self.port, 20) as plain:
            plain.sendall(f"{text}\n".encode())
            return plain.makefile().readline().strip()

    def close(self) -> None:
        """Closes the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None


class Meanwhile:
    """Requests that go on beside what the block does; `answers` are theirs, in order."""

    def __init__(self, client: Client, host: str) -> None:
        self.client = client
        self.host = host
        self.answers: list[tuple[int, str]] = []
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def _send(self) -> None:
        while not self._enough.wait(0.01):
            try:
                self.answers.append(self.client.get(self.host))
            except OSError as reason:
                self.answers.append((0, str(reason)))

    def __enter__(self) -> Meanwhile:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._enough.set()
        self._thread.join()
        self.client.close()


GRPC: Final = """
import grpc, sys
target, host, method = sys.argv[1:]
with grpc.insecure_channel(target, options=[("grpc.default_authority", host)]) as channel:
    try:
        print(channel.unary_unary(method)(b"", timeout=20).decode())
    except grpc.RpcError as error:
        print(error.code().name)
"""


def call(cluster: Cluster, host: str, method: str, port: int = 80) -> str:
    """What a gRPC call brings: the cluster that answered and the method, or the name of the status code."""
    return cluster.lab.run(cluster.node, sys.executable, "-c", GRPC, f"127.0.0.1:{own_port(port)}", host, method).strip()
