"""What all tests share: `--update-golden`, and that CI runs every test."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# No test measures time, so a busy machine fails none; and where CI=true a run draws the same examples each time, so that what is green
# stays green until something changes.
settings.register_profile(
    "kgen", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=os.environ.get("CI") == "true", print_blob=True
)
settings.load_profile("kgen")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --update-golden: what kgen makes now becomes what is expected; `git diff` is the review."""
    parser.addoption("--update-golden", action="store_true", help="rewrite expected files with what kgen makes now")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuses a run whose workers would share out a group of tests: those of one set of clusters follow one another."""
    if hasattr(session.config, "workerinput"):
        astray = [item.nodeid for item in session.items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
        assert not astray, f"pytest-xdist does not keep together what belongs together (xdist_group): {astray[0]}"


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where CI=true a skipped test is a failure: a program that is missing there must not hide what it would have shown."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and reporter.stats.get("skipped") and session.exitstatus == 0:
        reporter.write_line("CI runs every test, but some were skipped (see above)", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
