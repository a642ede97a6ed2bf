"""What kgen says when something is wrong: for each folder here, the whole report.

A case has `clusterset.yaml`, whatever that needs beside it, and `report.txt`: all that stands on stderr. A file `args` has other
command lines than `validate clusterset.yaml`; the report is what the last one prints. `pytest tests/bad --update-golden` writes the
reports anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import REPORT, copied, names, perform

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", names(HERE))
def test_the_report(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], update_golden: bool
) -> None:
    case = HERE / name
    monkeypatch.chdir(copied(case, tmp_path / name, REPORT))
    outcome = perform(case, "validate clusterset.yaml", capfd)
    if update_golden:
        (case / REPORT).write_text(outcome.err, encoding="utf-8", newline="\n")
    assert outcome.err == (case / REPORT).read_text(encoding="utf-8")
    refused = "error[" in outcome.err
    assert outcome.code == (1 if refused else 0)
    assert refused or "warning[" in outcome.err, "nothing is wrong with this case"
    assert not (refused and outcome.out), "where there is an error, stdout stays empty"
