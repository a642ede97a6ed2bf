"""The application of the story: it answers with the name of its cluster, over HTTP, TLS, TCP and gRPC, and notes what it was asked.

python -m tests.e2e.backend CLUSTER ADDRESS http:8080 [tcp:9000] [tls:8443:CERTIFICATE:KEY] [grpc:9090]
"""

from __future__ import annotations

import socketserver
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CLUSTER, ADDRESS, *SERVED = sys.argv[1:] if __name__ == "__main__" else ("", "")


class Answer(BaseHTTPRequestHandler):
    """Any GET is answered 200 by the name of the cluster."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answers."""
        body = f"{CLUSTER}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Notes the host and the path."""
        print(f"{CLUSTER} {self.headers.get('Host')} {self.path}", flush=True)


class Line(socketserver.StreamRequestHandler):
    """A line is answered by the name of the cluster and that line."""

    def handle(self) -> None:
        """Answers."""
        self.wfile.write(f"{CLUSTER} {self.rfile.readline().decode()}".encode())


class Lines(socketserver.ThreadingTCPServer):
    """Takes connections."""

    allow_reuse_address = True
    daemon_threads = True


def http(port: int) -> socketserver.BaseServer:
    """A server of HTTP/1.1."""
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer.request_queue_size = 200
    return ThreadingHTTPServer((ADDRESS, port), Answer)


def tls(port: int, certificate: str, key: str) -> socketserver.BaseServer:
    """A server of HTTP/1.1 over TLS."""
    server = ThreadingHTTPServer((ADDRESS, port), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def tcp(port: int) -> socketserver.BaseServer:
    """A server of lines."""
    return Lines((ADDRESS, port), Line)


def grpc(port: int) -> None:
    """A server of gRPC: any method takes bytes, and answers with the name of the cluster and the method's."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc as library

    class Every(library.GenericRpcHandler):
        def service(self, call: Any) -> Any:
            return library.unary_unary_rpc_method_handler(lambda request, context: f"{CLUSTER} {call.method}".encode())

    server = library.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((Every(),))
    assert server.add_insecure_port(f"{ADDRESS}:{port}")
    server.start()
    server.wait_for_termination()


def main() -> None:
    """Serves until it is killed."""
    for each in SERVED:
        kind, port, *rest = each.split(":")
        if kind == "grpc":
            threading.Thread(target=grpc, args=(int(port),), daemon=True).start()
            continue
        server = {"http": http, "tls": tls, "tcp": tcp}[kind](int(port), *rest)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{CLUSTER} serves {' '.join(SERVED)}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
