"""The same work for kgen's peers: a helm chart that makes as many objects, a kustomize tree, and schemas for kubeconform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from kgen.dump import dumps

ROOT: Final = Path(__file__).resolve().parent.parent

# The chart that a platform team would write for a fleet, in the style of `helm create`: one template a kind, names and labels
# from helpers, blocks of the Gateway API passed through from values. It makes the same objects as the fleet's spec.
HELPERS: Final = """\
{{- define "fleet.annotations" -}}
argocd.argoproj.io/sync-options: Prune=false,Delete=false
kustomize.toolkit.fluxcd.io/prune: disabled
{{- end }}
{{- define "fleet.parentRef" -}}
group: {{ .group | default "gateway.networking.k8s.io" }}
kind: {{ .kind | default "Gateway" }}
name: {{ .name }}
{{- end }}
{{- define "fleet.backendRef" -}}
group: {{ .group | default "multicluster.x-k8s.io" }}
kind: {{ .kind | default "ServiceImport" }}
name: {{ .name }}
namespace: {{ .namespace }}
port: {{ .port }}
weight: {{ .weight | default 1 }}
{{- end }}
"""
TEMPLATES: Final = {
    "namespaces": """\
{{- range $c := .Values.clusters }}
{{- range $n := $.Values.namespaces }}
---
apiVersion: v1
kind: Namespace
metadata:
  name: {{ $n.name }}
  {{- with $n.labels }}
  labels: {{- toYaml . | nindent 4 }}
  {{- end }}
  annotations: {{- include "fleet.annotations" $ | nindent 4 }}
{{- end }}
{{- end }}
""",
    "broker": """\
{{- range $c := .Values.clusters }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: cluster-{{ $c.name }}
  namespace: {{ $.Values.broker.namespace }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: cluster-{{ $c.name }}-submariner-k8s-broker-cluster
  namespace: {{ $.Values.broker.namespace }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: submariner-k8s-broker-cluster
subjects:
- kind: ServiceAccount
  name: cluster-{{ $c.name }}
  namespace: {{ $.Values.broker.namespace }}
---
apiVersion: v1
kind: Secret
metadata:
  name: cluster-{{ $c.name }}-token
  namespace: {{ $.Values.broker.namespace }}
  annotations:
    kubernetes.io/service-account.name: cluster-{{ $c.name }}
type: kubernetes.io/service-account-token
{{- end }}
""",
    "submariner": """\
{{- range $c := .Values.clusters }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: submariner-broker-secret
  namespace: submariner-operator
spec:
  refreshPolicy: CreatedOnce
  refreshInterval: 1h0m0s
  secretStoreRef: {{- toYaml $.Values.secretStoreRef | nindent 4 }}
  target:
    name: submariner-broker-secret
    creationPolicy: Orphan
    deletionPolicy: Retain
  data:
  {{- range $key := list "token" "ca.crt" }}
  - secretKey: {{ $key }}
    remoteRef:
      key: submariner/{{ $c.name }}
      property: {{ $key }}
      conversionStrategy: Default
      decodingStrategy: None
      metadataPolicy: None
  {{- end }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: submariner-ipsec-psk
  namespace: submariner-operator
spec:
  refreshInterval: 1h0m0s
  secretStoreRef: {{- toYaml $.Values.secretStoreRef | nindent 4 }}
  target:
    name: submariner-ipsec-psk
    creationPolicy: Owner
    deletionPolicy: Retain
  data:
  - secretKey: psk
    remoteRef:
      key: submariner/clusterset
      property: psk
      conversionStrategy: Default
      decodingStrategy: None
      metadataPolicy: None
---
apiVersion: submariner.io/v1alpha1
kind: Submariner
metadata:
  name: submariner
  namespace: submariner-operator
spec:
  broker: k8s
  brokerK8sApiServer: {{ $.Values.broker.apiServer | quote }}
  brokerK8sRemoteNamespace: {{ $.Values.broker.namespace }}
  brokerK8sSecret: submariner-broker-secret
  haltOnCertificateError: true
  cableDriver: {{ $c.cableDriver | default "libreswan" }}
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
  connectionHealthCheck:
    enabled: true
    intervalSeconds: 1
    maxPacketLossCount: 5
  debug: false
  repository: quay.io/submariner
  version: {{ $.Values.version | quote }}
{{- end }}
""",
    "exports": """\
{{- range $c := .Values.clusters }}
{{- range $s := $.Values.services }}
---
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceExport
metadata:
  name: {{ $s.name }}
  namespace: {{ $s.namespace }}
{{- end }}
{{- end }}
""",
    "routes": """\
{{- range $c := .Values.clusters }}
{{- if $c.edge }}
{{- range $r := $.Values.routes }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: {{ $r.name }}
  namespace: {{ $r.namespace }}
spec:
  parentRefs:
  {{- range $r.parentRefs }}
  - {{- include "fleet.parentRef" . | nindent 4 }}
  {{- end }}
  hostnames: {{- toYaml $r.hostnames | nindent 2 }}
  rules:
  {{- range $r.rules }}
  - matches: {{- toYaml .matches | nindent 4 }}
    backendRefs:
    {{- range .backendRefs }}
    - {{- include "fleet.backendRef" . | nindent 6 }}
    {{- end }}
  {{- end }}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata:
  name: httproute.{{ $r.namespace }}.serviceimport.{{ (index (index $r.rules 0).backendRefs 0).name }}
  namespace: {{ (index (index $r.rules 0).backendRefs 0).namespace }}
spec:
  from:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    namespace: {{ $r.namespace }}
  to:
  - group: multicluster.x-k8s.io
    kind: ServiceImport
    name: {{ (index (index $r.rules 0).backendRefs 0).name }}
{{- end }}
{{- end }}
{{- end }}
""",
}


def chart(folder: Path, clusters: int, services: int, routes: int, edges: int) -> None:
    """Writes a chart that renders the objects of `fleet.lines(clusters, services, routes, edges)`, but for the gateways themselves."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: fleet\nversion: 0.1.0\n")
    (folder / "templates" / "_helpers.tpl").write_text(HELPERS)
    for name, text in TEMPLATES.items():
        (folder / "templates" / f"{name}.yaml").write_text(text)
    backend = {"namespace": "shop", "port": 8080}
    values = {
        "broker": {"namespace": "submariner-k8s-broker", "apiServer": "api.c0000.example.com:6443"},
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "fleet"},
        "version": "0.24.0",
        "namespaces": [
            {"name": "shop"},
            {"name": "submariner-operator", "labels": {"pod-security.kubernetes.io/enforce": "privileged"}},
        ],
        "clusters": [
            {"name": f"c{i:04}", "podCIDR": "10.0.0.0/16", "serviceCIDR": "10.96.0.0/16", "globalCIDR": "242.0.0.0/16", "edge": i < edges}
            for i in range(clusters)
        ],
        "services": [{"name": f"s{i:04}", "namespace": "shop"} for i in range(services)],
        "routes": [
            {
                "name": f"r{i:04}",
                "namespace": "edge",
                "parentRefs": [{"name": "eg"}],
                "hostnames": [f"r{i:04}.example.com"],
                "rules": [
                    {
                        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                        "backendRefs": [{"name": f"s{i % services:04}", **backend}],
                    }
                ],
            }
            for i in range(routes)
        ],
    }
    (folder / "values.yaml").write_text(dumps(values))


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


def kubectl_validate_crds(folder: Path) -> str:
    """Writes the bundled CRD schemas as CRDs of one version each; gives the value of kubectl-validate's `--local-crds`."""
    folder.mkdir(parents=True)
    index = json.loads((ROOT / "schemas" / "index.json").read_text())
    for product, version in {"envoy-gateway": "1.9.1", "gateway-api/experimental": "1.6.1"}.items():
        for row in index[product][version]:
            content = json.loads((ROOT / "schemas" / row["file"]).read_text())
            name = f"{content['plural']}.{content['group']}"
            names = {
                "kind": content["kind"],
                "plural": content["plural"],
                "listKind": f"{content['kind']}List",
                "singular": content["kind"].lower(),
            }
            served = {"name": content["version"], "served": True, "storage": True, "schema": {"openAPIV3Schema": content["schema"]}}
            crd = {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": name},
                "spec": {"group": content["group"], "scope": content["scope"], "names": names, "versions": [served]},
            }
            if content["version"] in ("v1", "v1alpha1"):  # one CRD a kind
                (folder / f"{name}.yaml").write_text(dumps(crd))
    return str(folder)
