"""A ClusterSet of any size: `python benchmarks/fleet.py CLUSTERS SERVICES ROUTES > clusterset.yaml`.

Every cluster exports every service; the first `edges` clusters (one in ten, at least one) have a Gateway, to which every route is
attached. Route r sends requests to service r modulo SERVICES. Networks overlap, so Globalnet is on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

HEAD = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {{name: fleet-{clusters}-{services}-{routes}}}
spec:
  versions: {{kubernetes: "1.35", submariner: 0.24.0, envoyGateway: 1.9.1}}
  globalnet: {{cidr: 242.0.0.0/8, clusterSize: {size}}}
  broker: {{cluster: c0000, apiServer: "api.c0000.example.com:6443"}}
  secrets: {{provider: externalSecrets, store: {{kind: ClusterSecretStore, name: fleet}}, path: submariner}}
"""
GATEWAY = """\
  gatewayClasses:
    - name: eg
      proxy:
        name: eg-proxy
        namespace: envoy-gateway-system
        spec: {provider: {type: Kubernetes, kubernetes: {envoyService: {type: ClusterIP}}}}
  gateways:
    - name: eg
      namespace: edge
      deployTo: {matchLabels: {edge: "true"}}
      gatewayClassName: eg
      listeners: [{name: http, protocol: HTTP, port: 80}]
"""


def lines(clusters: int, services: int, routes: int, edges: int | None = None) -> Iterator[str]:
    """The lines of the spec; `edges` clusters have a Gateway."""
    edges = max(1, clusters // 10) if edges is None else edges
    # The largest block of which the range holds enough.
    size = min(65536, 1 << (23 - max(1, clusters - 1).bit_length()))
    yield HEAD.format(clusters=clusters, services=services, routes=routes, size=size)
    yield "  clusters:\n"
    for i in range(clusters):
        edge = ', labels: {edge: "true"}' if i < edges else ""
        yield f"    - {{name: c{i:04}{edge}, podCIDR: 10.0.0.0/16, serviceCIDR: 10.96.0.0/16}}\n"
    yield "  namespaces: [{name: shop, create: true}, {name: edge, create: true}]\n"
    if services:
        yield "  services:\n"
    for i in range(services):
        yield f"    - {{name: s{i:04}, namespace: shop, ports: [{{name: http, port: 8080}}], exportFrom: all}}\n"
    if not routes:
        return
    yield GATEWAY
    yield "  routes:\n"
    for i in range(routes):
        yield f"    - name: r{i:04}\n      namespace: edge\n      parentRefs: [{{name: eg}}]\n      hostnames: [r{i:04}.example.com]\n"
        yield "      rules:\n        - matches: [{path: {type: PathPrefix, value: /}}]\n"
        yield f"          backendRefs: [{{service: shop/s{i % services:04}, port: 8080}}]\n"


if __name__ == "__main__":
    sys.stdout.writelines(lines(*(int(argument) for argument in sys.argv[1:5])))
