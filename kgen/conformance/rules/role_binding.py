"""RoleBinding: the role, and who gets it. Source: pkg/apis/rbac/validation ValidateRoleBinding (1.36.3; the same since 1.28)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.rules import RBAC
from kgen.diagnostics import ROOT, FieldPath

ROLE: Final = ROOT / "roleRef"
SUBJECTS: Final = ROOT / "subjects"


def check(body: Mapping[str, Any], minor: int, found: Found) -> None:
    role, at = body.get("roleRef") or {}, ROLE
    if (role.get("apiGroup") or RBAC) != RBAC:
        found.unsupported(at / "apiGroup", role["apiGroup"], (RBAC,))
    if role.get("kind") not in ("Role", "ClusterRole"):
        found.unsupported(at / "kind", role.get("kind") or "", ("Role", "ClusterRole"))
    if not role.get("name"):
        found.required(at / "name")
    elif wrong := names.path_segment(role["name"]):
        found.malformed(at / "name", role["name"], wrong)
    for number, each in enumerate(body.get("subjects") or ()):
        subject(each, found, SUBJECTS / number)


def subject(given: Mapping[str, Any], found: Found, at: FieldPath) -> None:
    name, kind, group = given.get("name") or "", given.get("kind") or "", given.get("apiGroup") or ""
    if not name:
        found.required(at / "name")
    if kind == "ServiceAccount":
        if name and (wrong := names.subdomain(name)):
            found.malformed(at / "name", name, wrong)
        if group:
            found.unsupported(at / "apiGroup", group, ("",))
    elif kind in ("User", "Group"):
        if (group or RBAC) != RBAC:
            found.unsupported(at / "apiGroup", group, (RBAC,))
    else:
        found.unsupported(at / "kind", kind, ("ServiceAccount", "User", "Group"))
