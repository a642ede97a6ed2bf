"""The same work for kgen's peers: a helm chart that makes as many objects, a kustomize tree, and schemas for kubeconform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

# One cluster's objects as a platform team would template them: values in, the same kinds out as kgen makes.
CLUSTER: Final = """\
{{- range $c := .Values.clusters }}
{{- range $n := $.Values.namespaces }}
---
apiVersion: v1
kind: Namespace
metadata: {name: {{ $n }}, annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}}
{{- end }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: submariner-broker-secret, namespace: submariner-operator}
spec:
  refreshPolicy: CreatedOnce
  secretStoreRef: {kind: ClusterSecretStore, name: fleet}
  target: {name: submariner-broker-secret, creationPolicy: Orphan}
  data:
  - {secretKey: token, remoteRef: {key: submariner/{{ $c.name }}, property: token}}
  - {secretKey: ca.crt, remoteRef: {key: submariner/{{ $c.name }}, property: ca.crt}}
---
apiVersion: submariner.io/v1alpha1
kind: Submariner
metadata: {name: submariner, namespace: submariner-operator}
spec:
  broker: k8s
  brokerK8sApiServer: {{ $.Values.apiServer | quote }}
  brokerK8sRemoteNamespace: submariner-k8s-broker
  brokerK8sSecret: submariner-broker-secret
  cableDriver: libreswan
  ceIPSecPSKSecret: submariner-ipsec-psk
  ceIPSecIKEPort: 500
  ceIPSecNATTPort: 4500
  ceIPSecDebug: false
  clusterID: {{ $c.name }}
  clusterCIDR: {{ $c.podCIDR }}
  serviceCIDR: {{ $c.serviceCIDR }}
  globalCIDR: {{ $c.globalCIDR }}
  namespace: submariner-operator
  natEnabled: true
  serviceDiscoveryEnabled: true
  connectionHealthCheck: {enabled: true, intervalSeconds: 1, maxPacketLossCount: 5}
  debug: false
  repository: quay.io/submariner
  version: {{ $.Values.version | quote }}
{{- range $s := $.Values.services }}
---
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceExport
metadata: {name: {{ $s }}, namespace: shop}
{{- end }}
{{- range $r := $.Values.routes }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: {{ $r.name }}, namespace: edge}
spec:
  parentRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: eg}]
  hostnames: [{{ $r.name }}.example.com]
  rules:
  - matches: [{path: {type: PathPrefix, value: /}}]
    backendRefs: [{group: multicluster.x-k8s.io, kind: ServiceImport, name: {{ $r.service }}, namespace: shop, port: 8080, weight: 1}]
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: httproute.edge.serviceimport.{{ $r.service }}, namespace: shop}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: edge}]
  to: [{group: multicluster.x-k8s.io, kind: ServiceImport, name: {{ $r.service }}}]
{{- end }}
{{- end }}
"""
COMMON: Final = 4  # objects of CLUSTER beside exports, routes and grants


def chart(folder: Path, clusters: int, services: int, routes: int) -> int:
    """Writes a chart that renders `clusters` copies of CLUSTER; gives the number of objects that it makes."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: fleet\nversion: 0.1.0\n")
    (folder / "templates" / "cluster.yaml").write_text(CLUSTER)
    names = [f"s{i:04}" for i in range(services)]
    values = {
        "apiServer": "api.c0000.example.com:6443",
        "version": "0.24.0",
        "namespaces": ["shop", "submariner-operator"],
        "clusters": [
            {"name": f"c{i:04}", "podCIDR": "10.0.0.0/16", "serviceCIDR": "10.96.0.0/16", "globalCIDR": f"242.{i % 256}.0.0/16"}
            for i in range(clusters)
        ],
        "services": names,
        "routes": [{"name": f"r{i:04}", "service": names[i % services]} for i in range(routes)],
    }
    (folder / "values.yaml").write_text(json.dumps(values))
    return clusters * (COMMON + services + 2 * routes)


def kustomize_tree(folder: Path, documents: str, split: int = 2) -> None:
    """Writes a base of one file an object and `split` overlays with a patch each: how teams vary clusters by hand."""
    base = folder / "base"
    base.mkdir(parents=True)
    texts = [text for text in documents.split("---\n") if text.strip()]
    for index, text in enumerate(texts):
        (base / f"{index:03}.yaml").write_text(text)
    resources = "".join(f"- {index:03}.yaml\n" for index in range(len(texts)))
    (base / "kustomization.yaml").write_text(f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{resources}")
    (folder / "kustomization.yaml").write_text("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- base\n")


def kubeconform_schemas(folder: Path) -> str:
    """Writes the bundled CRD schemas as kubeconform reads them; gives the value of its `-schema-location`."""
    folder.mkdir(parents=True)
    index = json.loads((ROOT / "schemas" / "index.json").read_text())
    wanted = {"kubernetes": "1.35", "envoy-gateway": "1.9.1", "gateway-api/experimental": "1.6.1", "submariner": "0.24", "mcs-api": "0.4.1"}
    definitions = json.loads((ROOT / "schemas" / "kubernetes" / "definitions.json").read_text())
    for product, version in {**wanted, "external-secrets": "1.3.2"}.items():
        for row in index[product][version]:
            text = json.dumps(json.loads((ROOT / "schemas" / row["file"]).read_text())["schema"])
            target = folder / f"{row['kind'].lower()}_{row['version']}.json"
            if "../definitions.json" in text:
                schema = json.loads(text.replace("../definitions.json#", "#"))
                target.write_text(json.dumps({**schema, **definitions}))
            else:
                target.write_text(text)
    return str(folder / "{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json")
