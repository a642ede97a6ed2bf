"""The API server's hand-written rules, each case with all that is found of it (`rules/*.txt`); tests/agreement asks a real server."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from kgen.conformance.rules import RULES as SHELF
from tests.conformance.rule_cases import RULES, by_minor, files, told


def expected(path: Path, lines: Iterable[str], update: bool) -> None:
    text = "\n".join(lines) + "\n"
    if update:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_rules(path: Path, update_golden: bool) -> None:
    expected(path.with_suffix(".txt"), told(path), update_golden)


def test_rules_by_minor(update_golden: bool) -> None:
    expected(RULES / "by-minor.txt", by_minor(), update_golden)


def test_every_kind_with_rules_has_cases() -> None:
    assert set(SHELF.values()) <= {path.stem for path in files()}


def test_the_shelf_is_the_folder() -> None:
    import kgen.conformance.rules

    folder = Path(kgen.conformance.rules.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(SHELF.values())
