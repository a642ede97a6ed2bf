"""Every reader whose users read what kgen writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.real.needed import or_skip
from tests.real.readers import NAMES, Reader, opened


@pytest.fixture(scope="session", params=NAMES)
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Text to data, by one of the readers."""
    with ExitStack() as stack:
        yield or_skip(lambda: stack.enter_context(opened(request.param)))
