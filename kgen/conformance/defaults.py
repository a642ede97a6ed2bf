"""Defaults that the API server's own code adds to built-in kinds, where no published schema names them.

Kinds that kgen emits, and those beside them in rbac. Sources: kubernetes pkg/apis/core/v1/defaults.go SetDefaults_Secret,
pkg/apis/rbac/v1/defaults.go SetDefaults_RoleBinding and SetDefaults_Subject. What the server adds to a Namespace (a label, a
finalizer) belongs to metadata and its spec, which comparisons leave out, and is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Body = dict[str, Any]

RBAC: Final = "rbac.authorization.k8s.io"


def absent(value: Any) -> bool:
    """Whether a text is left out, as Go sees it; what is no text is left for the judge to find."""
    return value is None or value == ""


def secret(body: Body) -> Body:
    return {**body, "type": "Opaque"} if absent(body.get("type")) else body


def binding(body: Body) -> Body:
    """roleRef.apiGroup, and subjects[].apiGroup of users and groups."""
    role, subjects = body.get("roleRef"), body.get("subjects")
    if isinstance(role, dict) and absent(role.get("apiGroup")):
        body = {**body, "roleRef": {**role, "apiGroup": RBAC}}
    if isinstance(subjects, list) and any(map(lacks_group, subjects)):
        body = {**body, "subjects": [{**each, "apiGroup": RBAC} if lacks_group(each) else each for each in subjects]}
    return body


def lacks_group(subject: Any) -> bool:
    return isinstance(subject, dict) and subject.get("kind") in ("User", "Group") and absent(subject.get("apiGroup"))


DEFAULTS: Final[Mapping[tuple[str, str], Callable[[Body], Body]]] = {
    ("", "Secret"): secret,
    (RBAC, "RoleBinding"): binding,
    (RBAC, "ClusterRoleBinding"): binding,
}
