"""Servers for the tests of this folder, and the table of what they compared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from tests.agreement.compare import Report
from tests.agreement.known import known
from tests.real.apiserver import ApiServer, started
from tests.real.needed import or_skip

# How many objects, of what CI compares.
SCALE: Final = float(os.environ.get("KGEN_AGREEMENT") or (1 if os.environ.get("CI") == "true" else 0.1))
REPORT: Final = Report(known)


@pytest.fixture(scope="session")
def scale() -> float:
    """KGEN_AGREEMENT: 1 is what CI compares, and what is said in docs/agreement.md."""
    return SCALE


@pytest.fixture(scope="session")
def report() -> Report:
    """What came of all comparisons."""
    return REPORT


@pytest.fixture
def fresh_server() -> Iterator[ApiServer]:
    """An API server of this test's own."""
    with ExitStack() as running:
        yield or_skip(lambda: running.enter_context(started()))


@pytest.fixture(scope="module")
def api_server() -> Iterator[ApiServer]:
    """An API server that the tests of a file share."""
    with ExitStack() as running:
        yield or_skip(lambda: running.enter_context(started()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table, for CI's log."""
    if REPORT.count:
        terminalreporter.section("agreement with a real API server")
        terminalreporter.write_line(REPORT.text(40))
