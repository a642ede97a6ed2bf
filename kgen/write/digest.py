"""The digest of a text, without the library that a program starts for it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final

# Below this, what Python has of its own is quicker than loading OpenSSL, a tenth of a small run; above it OpenSSL is.
LARGE: Final = 200_000


def digest(text: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return str(_function(len(text) >= LARGE)(text).hexdigest())


@cache
def _function(large: bool) -> Any:
    # The first is the name from Python 3.12 on, the second that of 3.11.
    for name in () if large else ("_sha2", "_sha256"):
        try:
            return import_module(name).sha256
        except ImportError:
            pass
    return import_module("hashlib").sha256
