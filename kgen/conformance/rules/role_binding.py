"""RoleBinding: the role, and who gets it. Source: pkg/apis/rbac/validation ValidateRoleBinding (1.36.3; the same since 1.28)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.rules import RBAC
from kgen.diagnostics import ROOT, FieldPath


def check(body: Mapping[str, Any], minor: int, found: Found) -> None:
    role, at = body.get("roleRef") or {}, ROOT / "roleRef"
    if (role.get("apiGroup") or RBAC) != RBAC:
        found.unsupported(at / "apiGroup", role["apiGroup"], (RBAC,))
    if role.get("kind") not in ("Role", "ClusterRole"):
        found.unsupported(at / "kind", role.get("kind") or "", ("Role", "ClusterRole"))
    if not role.get("name"):
        found.required(at / "name")
    else:
        found.malformed(at / "name", role["name"], names.path_segment(role["name"]))
    for number, each in enumerate(body.get("subjects") or ()):
        subject(each, found, ROOT / "subjects" / number)


def subject(given: Mapping[str, Any], found: Found, at: FieldPath) -> None:
    name, kind, group = (given.get(key) or "" for key in ("name", "kind", "apiGroup"))
    if not name:
        found.required(at / "name")
    if kind == "ServiceAccount":
        if name:
            found.malformed(at / "name", name, names.subdomain(name))
        if group:
            found.unsupported(at / "apiGroup", group, ("",))
    elif kind in ("User", "Group"):
        if (group or RBAC) != RBAC:
            found.unsupported(at / "apiGroup", group, (RBAC,))
    else:
        found.unsupported(at / "kind", kind, ("ServiceAccount", "User", "Group"))
