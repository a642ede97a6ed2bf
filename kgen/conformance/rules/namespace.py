"""Namespace: finalizers of its spec. Source: pkg/apis/core/validation ValidateNamespace (1.36.3; the same since 1.28)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.metadata import FINALIZERS
from kgen.diagnostics import ROOT


def check(body: Mapping[str, Any], minor: int, found: Found) -> None:
    for number, each in enumerate((body.get("spec") or {}).get("finalizers") or ()):
        at = ROOT / "spec" / "finalizers" / number
        found.malformed(at, each, names.key(each))
        if "/" not in each and each not in FINALIZERS:
            found.malformed(at, each, ["name is neither a standard finalizer name nor is it fully qualified"])
