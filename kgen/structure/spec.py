"""Judges a ClusterSet spec by its JSON Schema."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kgen.structure.finding import Finding

SCHEMA = "clusterset-v1alpha1.json"
TABLE = "kgen.structure.tables.clusterset"


def judge_spec(data: Any) -> tuple[Finding, ...]:
    """What `schemas/clusterset-v1alpha1.json` finds wrong with the plain data of a spec, in its order; empty for a spec that fits."""
    try:
        if import_module(TABLE).fits(data) is True:
            return ()
    except Exception:  # no table, or data that its code is not made for: the walk decides
        pass
    import json

    from kgen.bundled import folder
    from kgen.structure.normal import json_schema
    from kgen.structure.walk import faults

    return faults(json_schema(json.loads((folder("schemas") / SCHEMA).read_text(encoding="utf-8"))), data)
