"""What is changed in the kustomization of Submariner's operator, as its repository has it at a tag.

- Its Namespace is left out: kgen makes it, and one object has one owner.
- Up to 0.19 its bindings name accounts in a namespace that is a stand-in, which subctl puts right; an API server takes them as they are.
- The image there is a stand-in, or one of a product built on it, together with the images of all that the operator starts. The spec
  says which version runs, and the operator finds the images of what it starts by `repository` and `version` of the object it reads.

Source: submariner-operator config/default, config/manager (manager.yaml and patches/related-images.deployment.config.yaml).
"""

from __future__ import annotations

import json
from typing import Any, Final

from kgen.plan.delivery import SUBMARINER_OPERATOR
from kgen.plan.join import OPERATOR_NAMESPACE

OPERATOR_PATCHES: Final[tuple[dict[str, Any], ...]] = (
    {
        # Engines add patches to that kustomization itself, where the Namespace has not got its name yet.
        "target": {"kind": "Namespace"},
        "patch": "$patch: delete\napiVersion: v1\nkind: Namespace\nmetadata: {name: any}\n",
    },
    *(
        {
            "target": {"kind": kind},
            "patch": f"- {{op: add, path: /subjects/0/namespace, value: {OPERATOR_NAMESPACE}}}\n",
        }
        for kind in ("RoleBinding", "ClusterRoleBinding")
    ),
)


def image_patch(image: str) -> dict[str, Any]:
    """The patch that sets the operator's image, and its environment without the images of others."""
    patch = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {SUBMARINER_OPERATOR}}}
spec:
  template:
    spec:
      containers:
        - name: {SUBMARINER_OPERATOR}
          image: {json.dumps(image)}
          env:
            - $patch: replace
            - name: WATCH_NAMESPACE
              valueFrom: {{fieldRef: {{fieldPath: metadata.namespace}}}}
            - name: POD_NAME
              valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}
            - name: OPERATOR_NAME
              value: {SUBMARINER_OPERATOR}
"""
    return {"target": {"kind": "Deployment", "name": SUBMARINER_OPERATOR}, "patch": patch}
