"""The Secret that the API server fills with an account's token: it carries no data, so it is safe in Git.

The member's operator copies it over its own broker Secret, so it goes only with the cluster itself, the second step of leaving.
"""

from __future__ import annotations

from typing import Final

from kgen.manifest import Manifest, manifest
from kgen.plan.model import AccountPlan

KIND: Final = "Secret"
STAGE: Final = "10-broker"


def render(plan: AccountPlan) -> Manifest:
    account = f"cluster-{plan.cluster_id}"
    body = {
        "apiVersion": "v1",
        "kind": KIND,
        "metadata": {
            "name": f"{account}-token",
            "namespace": plan.namespace,
            "annotations": {"kubernetes.io/service-account.name": account},
        },
        "type": "kubernetes.io/service-account-token",
    }
    return manifest(body, plan.at)
