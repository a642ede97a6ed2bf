"""Role: what its rules apply to. Source: pkg/apis/rbac/validation ValidateRole, ValidatePolicyRule (1.36.3; the same since 1.28)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgen.conformance.found import Found
from kgen.diagnostics import ROOT


def check(body: Mapping[str, Any], minor: int, found: Found) -> None:
    for number, rule in enumerate(body.get("rules") or ()):
        at = ROOT / "rules" / number
        if not rule.get("verbs"):
            found.required(at / "verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            found.broken(at / "nonResourceURLs", "namespaced rules cannot apply to non-resource URLs")
            if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
                found.broken(at / "nonResourceURLs", "rules cannot apply to both regular resources and non-resource URLs")
            continue
        if not rule.get("apiGroups"):
            found.required(at / "apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            found.required(at / "resources", "resource rules must supply at least one resource")
