"""Each check finds something that nothing else finds: without it, a case of its own in tests/bad is told otherwise."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kgen import pipeline
from kgen.checks import PLAN_CHECKS, SPEC_CHECKS, VARIANT_CHECKS
from kgen.diagnostics import Code
from tests.cases import REPORT, copied, perform

BAD = Path(__file__).resolve().parents[1] / "bad"
# What selectors report is worded in the room that knows selectors.
CODES_ELSEWHERE = {"kgen.checks.spec.selectors": ["KG110", "KG111"]}


def codes(check: Any) -> list[str]:
    assert isinstance(check, ModuleType)
    own = [value.number for value in vars(check).values() if isinstance(value, Code)]
    return own or CODES_ELSEWHERE[check.__name__]


@pytest.mark.parametrize("check", [*SPEC_CHECKS, *VARIANT_CHECKS, *PLAN_CHECKS], ids=lambda check: check.__name__)
def test_without_it_its_cases_are_told_otherwise(
    check: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "SPEC_CHECKS", tuple(each for each in SPEC_CHECKS if each is not check))
    monkeypatch.setattr(pipeline, "VARIANT_CHECKS", tuple(each for each in VARIANT_CHECKS if each is not check))
    monkeypatch.setattr(pipeline, "PLAN_CHECKS", tuple(each for each in PLAN_CHECKS if each is not check))
    for code in codes(check):
        cases = [path.parent for path in sorted(BAD.glob("*/report.txt")) if re.search(rf"^\w+\[{code}\]", path.read_text(), re.M)]
        assert cases, f"{code} has no case"
        for case in cases:
            monkeypatch.chdir(copied(case, tmp_path / case.name / code, REPORT))
            try:
                outcome = perform(case, "validate clusterset.yaml", capfd)
            except Exception:
                continue  # a later step stands on what the check has made sure of
            assert f"[{code}]" not in outcome.err
