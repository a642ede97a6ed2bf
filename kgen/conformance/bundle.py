"""Reads the bundled schemas, in the engine's form: only where an object is refused or patched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from kgen.bundled import folder
from kgen.structure.normal import native, native_definitions, structural


def bundled_schema(file: str, built_in: bool) -> Mapping[str, Any]:
    """The schema of a file below `schemas/`: of a kind that is built into Kubernetes, or of a CRD."""
    content = _read(file)
    if built_in:
        return native(content["schema"], _definitions())
    return structural(content["schema"], status_apart="status" in content["subresources"])


def _read(file: str) -> Any:
    return json.loads((folder("schemas") / file).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _definitions() -> Mapping[str, Any]:
    return native_definitions(_read("kubernetes/definitions.json")["$defs"])
