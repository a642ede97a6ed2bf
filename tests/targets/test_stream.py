from __future__ import annotations

from kgen.targets.stream import stream
from tests.targets.placed import FLEET

EXPECTED = """\
---
# Source: clusters/east/00-namespaces
apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
# Source: clusters/east/40-gateways
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: eg
  namespace: edge
spec:
  gatewayClassName: eg
---
# Source: clusters/east/60-manifests
apiVersion: v1
kind: ConfigMap
metadata:
  name: flags
  namespace: shop
data:
  a: "1"
---
# Source: clusters/east/60-manifests
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: system:Reader
rules: []
---
# Source: clusters/west/60-manifests
apiVersion: v1
kind: ConfigMap
metadata:
  name: flags
  namespace: shop
data:
  a: "1"
"""


def test_every_object_says_its_source() -> None:
    assert "".join(stream(FLEET)) == EXPECTED


def test_no_object_no_text() -> None:
    assert list(stream([("east", ())])) == []
    assert list(stream([])) == []


def test_clusters_are_taken_one_at_a_time() -> None:
    taken: list[str] = []

    def clusters():  # type: ignore[no-untyped-def]
        for name, placements in FLEET:
            taken.append(name)
            yield name, placements

    chunks = stream(clusters())
    next(chunks)
    assert taken == ["east"]
