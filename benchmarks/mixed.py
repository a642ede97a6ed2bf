"""Objects of many kinds, as a repository has them: `python benchmarks/mixed.py COUNT FOLDER` writes files of a hundred objects each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# One application: what it runs, what leads to it, and what it may. None has a default filled in.
APPLICATION: Final = """\
apiVersion: v1
kind: Namespace
metadata:
  name: {name}
  labels:
    team: {name}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: {name}
data:
  settings.yaml: |
    greeting: hello
    limits: [10, 20, 30]
  level: info
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: app
  namespace: {name}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: app
  namespace: {name}
rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: app
  namespace: {name}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: app
subjects:
  - kind: ServiceAccount
    name: app
    namespace: {name}
---
apiVersion: v1
kind: Service
metadata:
  name: app
  namespace: {name}
spec:
  selector:
    app: {name}
  ports:
    - name: http
      port: 8080
      targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  namespace: {name}
spec:
  replicas: 3
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      serviceAccountName: app
      containers:
        - name: app
          image: registry.example.com/{name}:1.4.2
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: LEVEL
              valueFrom:
                configMapKeyRef:
                  name: settings
                  key: level
          readinessProbe:
            httpGet:
              path: /ready
              port: http
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: web
  namespace: {name}
spec:
  gatewayClassName: eg
  listeners:
    - name: https
      protocol: HTTPS
      port: 443
      hostname: "*.{name}.example.com"
      tls:
        certificateRefs:
          - name: {name}-tls
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: app
  namespace: {name}
spec:
  parentRefs:
    - name: web
  hostnames:
    - app.{name}.example.com
  rules:
    - matches:
        - path:
            type: PathPrefix
            value: /orders
        - path:
            type: Exact
            value: /health
          method: GET
      filters:
        - type: RequestHeaderModifier
          requestHeaderModifier:
            set:
              - name: X-Team
                value: {name}
      backendRefs:
        - name: app
          port: 8080
          weight: 90
        - group: multicluster.x-k8s.io
          kind: ServiceImport
          name: app
          port: 8080
          weight: 10
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata:
  name: app
  namespace: {name}
spec:
  targetRefs:
    - group: gateway.networking.k8s.io
      kind: HTTPRoute
      name: app
  timeout:
    http:
      requestTimeout: 10s
  retry:
    numRetries: 3
    retryOn:
      triggers: [connect-failure, retriable-status-codes]
"""
KINDS: Final = APPLICATION.count("\n---\n") + 1


def documents(count: int) -> Iterator[str]:
    """That many objects, ten for each application."""
    for number in range(-(-count // KINDS)):
        yield from APPLICATION.format(name=f"team-{number:05}").split("---\n")[: count - number * KINDS]


def write(folder: Path, count: int) -> None:
    """Writes the objects below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = list(documents(count))
    for start in range(0, count, 100):
        (folder / f"{start // 100:04}.yaml").write_text("---\n".join(texts[start : start + 100]))


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
