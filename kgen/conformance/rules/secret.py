"""Secret: keys, size, and what each type must hold. Source: pkg/apis/core/validation ValidateSecret (1.36.3; the same since 1.28).

`stringData` is written over `data` first, as the server does. A value that is a placeholder (`${NAME}`) is filled in on its way to the
cluster, so nothing is said of what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.rules.config_map import MOST, decoded
from kgen.diagnostics import ROOT, FieldPath
from kgen.structure.formats import PLACEHOLDER

ACCOUNT: Final = "kubernetes.io/service-account.name"
CONFIGS: Final = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}
DATA: Final = ROOT / "data"


def check(body: Mapping[str, Any], minor: int, found: Found) -> None:
    data, text = body.get("data") or {}, body.get("stringData") or {}
    size = 0
    for key in {**data, **text} if text else data:
        if wrong := names.config_key(key):
            found.malformed(ROOT / ("stringData" if key in text else "data") / key, key, wrong)
        size += len(text[key].encode()) if key in text else decoded(data[key])
    if size > MOST:
        found.long(DATA if data else ROOT / "stringData", MOST, "bytes, all values together")
    kind = body.get("type") or "Opaque"
    if kind == "kubernetes.io/service-account-token":
        annotations = body["metadata"].get("annotations") or {}
        if not annotations.get(ACCOUNT):
            found.required(ROOT / "metadata" / "annotations" / ACCOUNT)
    elif kind in CONFIGS:
        key = CONFIGS[kind]
        if key not in data and key not in text:
            found.required(DATA / key)
        elif key in text:
            config(text[key], found, ROOT / "stringData" / key)
        elif not PLACEHOLDER.fullmatch(data[key]):
            import base64

            config(base64.b64decode(data[key]).decode(errors="replace"), found, DATA / key)
    elif kind == "kubernetes.io/basic-auth":
        if not {*data, *text} & {"username", "password"}:
            found.required(DATA / "username")
            found.required(DATA / "password")
    elif kind == "kubernetes.io/ssh-auth":
        if not (text.get("ssh-privatekey") if "ssh-privatekey" in text else data.get("ssh-privatekey")):
            found.required(DATA / "ssh-privatekey")
    elif kind == "kubernetes.io/tls":
        for key in ("tls.crt", "tls.key"):
            if key not in data and key not in text:
                found.required(DATA / key)


def config(text: str, found: Found, at: FieldPath) -> None:
    """A container registry's credentials: any JSON map, or null."""
    import json

    if PLACEHOLDER.fullmatch(text):
        return
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        found.malformed(at, None, ["must be JSON"])
        return
    if value is not None and not isinstance(value, dict):
        found.malformed(at, None, ["must be a JSON map"])


def _no_constant(name: str) -> None:
    raise ValueError(name)
