"""The pages about engines tell shell scripts, as those about files on disk do: each is run, and fails, or does not, as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgen.explain import pages
from tests.write.test_tree_pages import told

NUMBERS = [number for number in pages.numbers() if "KG600" <= number <= "KG629"]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_failing_script_fails_so(number: str, tmp_path: Path) -> None:
    assert f"[{number}]" in told(tmp_path, number, "Fails")


@pytest.mark.parametrize("number", NUMBERS)
def test_the_mended_script_finds_nothing(number: str, tmp_path: Path) -> None:
    assert "[KG" not in told(tmp_path, number, "Instead")
