"""`kgen init`: a first spec, with comments, that builds as it stands."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kgen.cli import console, options
from kgen.write.inputs import create

FIRST_SPEC = """\
# yaml-language-server: $schema=https://kgen.dev/schemas/clusterset-v1alpha1.json
#
# A cluster set: clusters that Submariner connects, services that they share, and gateways that lead requests to them.
# Everything that follows from something else is derived. `kgen validate` checks this file, `kgen build -o out` writes the manifests.
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata:
  name: my-set
spec:
  # What runs in the clusters; `kgen version` lists what is known. A cluster may have its own under `versions`.
  versions: {kubernetes: "1.35", submariner: 0.24.0, envoyGateway: 1.9.1}

  # The cluster whose API server the members meet at, as host:port that every cluster can reach.
  broker: {cluster: east, apiServer: "api.east.example.com:6443"}

  # Who makes the Secrets that joining needs: existing, externalSecrets or substitution. kgen never sees their values.
  secrets: {provider: existing}

  # The networks of two clusters must not overlap. Where they do, remove the `#`: each cluster then gets a block of global addresses.
  # globalnet: {cidr: 242.0.0.0/8, clusterSize: 65536}

  clusters:
    - name: east
      podCIDR: 10.10.0.0/16
      serviceCIDR: 10.96.0.0/16
    - name: west
      podCIDR: 10.20.0.0/16
      serviceCIDR: 10.97.0.0/16

  # Namespaces with `create: true` are made in every cluster that needs them.
  namespaces:
    - {name: shop, create: true}

  # A service that clusters export becomes reachable from all of them.
  services:
    - name: api
      namespace: shop
      ports: [{name: http, port: 8080}]
      exportFrom: [west]

  gatewayClasses:
    - name: eg

  # deployTo takes names, `all`, or {matchLabels: ...} over the clusters' labels.
  gateways:
    - name: web
      namespace: shop
      deployTo: [east]
      gatewayClassName: eg
      listeners: [{name: http, protocol: HTTP, port: 80}]

  # `service: namespace/name` is the exported service, as the gateway's cluster knows it.
  routes:
    - name: api
      namespace: shop
      parentRefs: [{name: web}]
      hostnames: [www.example.com]
      rules:
        - backendRefs: [{service: shop/api, port: 8080}]
"""


@click.command("init")
@click.argument("path", default=options.SPEC)
def command(path: str) -> int:
    """Write a first spec to PATH, by default ./clusterset.yaml.

    The file has comments and builds as it stands. A file that exists is never overwritten, and nothing is asked.

    \b
    Example: kgen init && kgen build -o out
    """
    if path == "-":
        raise click.UsageError("init writes a file: name it, or write ./- if that is its name")
    if os.path.isdir(path):
        path = os.path.join(path, options.SPEC)
    if not create(Path(path), FIRST_SPEC):
        raise click.UsageError(f"{path} exists already, and is left as it is")
    console.tell(f"wrote {path}; try: kgen build{'' if path == options.SPEC else f' {path}'} -o out\n")
    return 0
