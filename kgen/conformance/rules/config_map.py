"""ConfigMap: keys, none twice, and one mebibyte. Source: pkg/apis/core/validation ValidateConfigMap (1.36.3; the same since 1.28)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.diagnostics import ROOT

MOST: Final = 1024 * 1024


def check(body: Mapping[str, Any], minor: int, found: Found) -> None:
    size = 0
    data, binary = body.get("data") or {}, body.get("binaryData") or {}
    for key, value in data.items():
        found.malformed(ROOT / "data" / key, key, names.config_key(key))
        if key in binary:
            found.broken(ROOT / "data" / key, "duplicate of key present in binaryData", key)
        size += len(value.encode())
    for key, value in binary.items():
        found.malformed(ROOT / "binaryData" / key, key, names.config_key(key))
        size += decoded(value)
    if size > MOST:
        found.long(ROOT / ("data" if data else "binaryData"), MOST, "bytes, all values together")


def decoded(value: str) -> int:
    """How many bytes a base64 text stands for."""
    bare = value.replace("\n", "").replace("\r", "")
    return len(bare) * 3 // 4 - bare[-2:].count("=")
