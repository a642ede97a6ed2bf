"""The API server's hand-written rules for kinds of Kubernetes' own: one file a kind, imported when an object of it is judged.

Each module has `check(body, minor, found)`: `body` is an object whose structure is right, nulls gone and nothing defaulted; `minor` the
minor of Kubernetes, as in 36 of 1.36. Rules on metadata are elsewhere (`kgen.conformance.metadata`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

APIEXTENSIONS: Final = "apiextensions.k8s.io"
RBAC: Final = "rbac.authorization.k8s.io"

# By API group and kind: the module of its rules. A kind that is not here is judged by its structure and its metadata alone.
RULES: Final[Mapping[tuple[str, str], str]] = {
    ("", "ConfigMap"): "config_map",
    ("", "LimitRange"): "limit_range",
    ("", "Namespace"): "namespace",
    ("", "Secret"): "secret",
    ("", "Service"): "service",
    ("apps", "Deployment"): "deployment",
    (APIEXTENSIONS, "CustomResourceDefinition"): "custom_resource_definition",
    (RBAC, "Role"): "role",
    (RBAC, "RoleBinding"): "role_binding",
    ("networking.k8s.io", "NetworkPolicy"): "network_policy",
}
