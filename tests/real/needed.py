"""What becomes of a test whose real program cannot be had."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.real.binaries import Unavailable

Value = TypeVar("Value")


def or_skip(get: Callable[[], Value]) -> Value:
    """What `get` returns; where it raises Unavailable the test is skipped, with the reason, or fails where CI=true."""
    try:
        return get()
    except Unavailable as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI runs every suite, but: {reason}")
        pytest.skip(str(reason))
