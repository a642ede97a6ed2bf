"""Requests, as clients send them to the Envoy of a Gateway: plain, over TLS, a line over TCP, and gRPC."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.e2e.cluster import Cluster


def own_port(port: int) -> int:
    """Where Envoy listens for a port of the Gateway: Envoy Gateway has it take one that needs no privilege."""
    return port + 10000 if port < 1024 else port


class Client:
    """Someone who sends requests to a port of the Gateway in a cluster."""

    def __init__(self, cluster: Cluster, port: int = 80, tls: ssl.SSLContext | None = None, name: str | None = None) -> None:
        self.cluster = cluster
        self.port = own_port(port)
        self.tls = tls
        self.name = name

    def get(self, host: str, path: str = "/get") -> tuple[int, str]:
        """`curl -H "Host: …"`: the status, and the body, which is the name of the cluster that answered."""
        [answer] = self.gets(1, host, path)
        return answer

    def count(self, times: int, host: str, path: str = "/get") -> Counter[tuple[int, str]]:
        """What came of many requests."""
        return Counter(self.gets(times, host, path))

    def gets(self, times: int, host: str, path: str) -> Iterator[tuple[int, str]]:
        """Many requests, one after the other, over connections that are kept open."""
        while times:
            with contextlib.closing(http.client.HTTPConnection("gateway", self.port)) as connection:
                connection.sock = self.connected()
                while times and connection.sock is not None:  # which it is once the other side wants to close
                    connection.request("GET", path, headers={"Host": host})
                    answer = connection.getresponse()
                    times -= 1
                    yield answer.status, answer.read().decode().strip()

    def connected(self) -> socket.socket:
        """A connection to the Gateway."""
        plain = self.cluster.lab.reach(self.cluster.node, "127.0.0.1", self.port, 20)
        return plain if self.tls is None else self.tls.wrap_socket(plain, server_hostname=self.name)

    def line(self, text: str) -> str:
        """What comes back for a line of text over TCP."""
        with self.connected() as plain, plain.makefile("rw") as lines:
            lines.write(f"{text}\n")
            lines.flush()
            return lines.readline().strip()


class Meanwhile:
    """Requests that go on beside what the block does; `answers` are theirs, in order."""

    def __init__(self, client: Client, host: str, path: str = "/get") -> None:
        self.client = client
        self.host = host
        self.path = path
        self.answers: list[tuple[int, str]] = []
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def _send(self) -> None:
        while not self._enough.wait(0.01):
            try:
                self.answers.append(self.client.get(self.host, self.path))
            except (OSError, http.client.HTTPException) as reason:
                self.answers.append((0, str(reason)))

    def __enter__(self) -> Meanwhile:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._enough.set()
        self._thread.join()


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
