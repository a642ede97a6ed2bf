"""Whole builds: for each folder here and in `examples/`, the tree that kgen writes; a folder is what a repository holds after a build.

A case has `clusterset.yaml`, whatever that needs beside it (overlays, CRDs, a lock), and `out/`; a file `args` has another command
line, a file `report.txt` the warnings that are expected. `pytest tests/golden --update-golden` writes `out/` and the lock anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import REPORT, copied, names, perform, replace, tree

HERE = Path(__file__).parent
CASES = [place / name for place in (HERE.parents[1] / "examples", HERE) for name in names(place)]
each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@each_case
def test_the_tree_is_what_kgen_writes(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], update_golden: bool
) -> None:
    work = copied(case, tmp_path / case.name, "out", REPORT)
    monkeypatch.chdir(work)
    outcome = perform(case, "build clusterset.yaml -o out", capfd)
    assert outcome.code == 0, outcome.err
    if "warning[" in outcome.err:
        (work / REPORT).write_text(outcome.err, encoding="utf-8")
    if update_golden:
        replace(case, tree(work))
    assert tree(work) == tree(case)


@each_case
def test_a_second_build_writes_nothing(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(copied(case, tmp_path / case.name))
    outcome = perform(case, "build clusterset.yaml -o out", capfd)
    assert outcome.code == 0
    assert "out is up to date" in outcome.err
