"""The sets that the scenarios run in: one at a time, shared by all tests that ask for the same one; all tests in one process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.clusterset import ROOT, RunningSet
from tests.e2e.lab import Lab
from tests.real.needed import or_skip

LOGS: Final = Path(os.environ.get("KGEN_E2E_LOGS") or Path(tempfile.gettempdir()) / "kgen-e2e-logs")


class Sets:
    """The set that is running, if one is."""

    def __init__(self) -> None:
        self.name = ""
        self.running: RunningSet | None = None

    def get(self, name: str, start: Callable[[Lab], RunningSet]) -> RunningSet:
        """The set of that name; whichever runs now makes room for it."""
        if self.running is None or self.name != name:
            self.end()
            lab = or_skip(Lab)
            self.name = name
            try:
                self.running = start(lab)
                or_skip(self.running.up)
            except BaseException:
                if self.running is not None:
                    self.save(f"start of {name}")
                    self.running.close()
                    self.running = None
                lab.close()
                raise
        return self.running

    def save(self, test: str) -> Path | None:
        """Keeps logs and objects of the running set in a folder of the failed test."""
        if self.running is None:
            return None
        into = LOGS / test.replace("/", "_").replace("::", "_").replace(" ", "-")
        shutil.rmtree(into, ignore_errors=True)
        self.running.save(into)
        return into

    def end(self) -> None:
        """Ends the set that is running."""
        if self.running is not None:
            self.running.close()
            self.running.lab.close()
            self.running = None


SETS: Final = Sets()


@pytest.fixture(scope="session")
def sets() -> Iterator[Sets]:
    """Starts a set when a test asks for it, and ends the last one."""
    yield SETS
    SETS.end()


@pytest.fixture
def globalnet(sets: Sets) -> RunningSet:
    """`examples/globalnet`, running."""
    return sets.get("globalnet", lambda lab: RunningSet(lab, ROOT / "examples/globalnet"))


@pytest.fixture
def hub(sets: Sets) -> RunningSet:
    """`examples/hub`, running."""
    return sets.get("hub", lambda lab: RunningSet(lab, ROOT / "examples/hub"))


@pytest.fixture
def seed(sets: Sets) -> RunningSet:
    """`examples/seed`, running."""
    return sets.get("seed", lambda lab: RunningSet(lab, ROOT / "examples/seed"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all tests of this folder, first of its group: a set takes what the machine has, and its programs are there first."""
    items.sort(key=lambda item: Path(__file__).parent not in item.path.parents)
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A test that failed tells where the logs of its set are."""
    report = yield
    if report.failed and (into := SETS.save(item.nodeid)) is not None:  # type: ignore[attr-defined]
        report.sections.append(("logs of the set", str(into)))  # type: ignore[attr-defined]
    return report
