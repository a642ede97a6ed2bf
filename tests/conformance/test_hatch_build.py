"""The build hook: the same bytes for the same inputs, and nothing done twice."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def hook() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT))
    import hatch_build

    yield hatch_build
    sys.path.remove(str(ROOT))


def test_tables_that_are_here_are_what_the_hook_makes_byte_for_byte(hook: ModuleType) -> None:
    made = hook.tables(ROOT / "schemas")
    for place, files in made.items():
        here = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / place).glob("*.py")}
        assert here.keys() == files.keys()
        assert [name for name, text in files.items() if here[name] != text] == []


def test_tables_hold_nothing_that_runs_but_what_is_meant_to(hook: ModuleType) -> None:
    text = (ROOT / hook.OBJECTS / "gateway_networking_k8s_io_httproute_v1_1_6_1_experimental.py").read_text(encoding="utf-8")
    imports = [line.partition(" import ")[0] for line in text.splitlines() if "import" in line]
    assert imports == ["from kgen.structure.checks", "from kgen.structure.cel.functions"]


def test_it_makes_what_is_missing_removes_what_is_left_over_and_then_rests(hook: ModuleType, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    for part in ("schemas", "kgen/structure"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("tables", "__pycache__"))
    shutil.copy(ROOT / "hatch_build.py", root)
    assert hook.make(root)
    assert not hook.make(root)
    left_over = root / hook.OBJECTS / "old_kind.py"
    left_over.write_text("", encoding="utf-8")
    (root / hook.OBJECTS / "index.py").unlink()
    (root / hook.OBJECTS / hook.DIGEST).write_text("another", encoding="utf-8")
    assert hook.make(root)
    assert not left_over.exists()
    names = {path.name for path in (root / hook.OBJECTS).iterdir()}
    assert names == {path.name for path in (ROOT / hook.OBJECTS).iterdir() if path.is_file()}
    assert (root / hook.SPEC / "clusterset.py").is_file()


def test_a_change_of_a_schema_changes_the_digest(hook: ModuleType, tmp_path: Path) -> None:
    for file in ("hatch_build.py", "schemas/a.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("{}", encoding="utf-8")
    before = hook.digest(tmp_path)
    assert hook.digest(tmp_path) == before
    (tmp_path / "schemas/a.json").write_text("[]", encoding="utf-8")
    assert hook.digest(tmp_path) != before
