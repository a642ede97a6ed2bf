"""The two files of the author's own that kgen writes: a first spec and the lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgen.cli import entry
from kgen.diagnostics import KgenError
from kgen.write.inputs import create, replace


def test_create_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    assert create(path, "é\n")
    assert path.read_bytes() == "é\n".encode()
    assert not create(path, "other")
    assert path.read_bytes() == "é\n".encode()
    link = tmp_path / "b.yaml"
    link.symlink_to("nowhere")
    assert not create(link, "other")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("old", [None, "before\n"])
def test_replace_takes_what_was_read(tmp_path: Path, old: str | None) -> None:
    path = tmp_path / "lock"
    if old is not None:
        path.write_text(old)
    replace(path, old, "after\n")
    assert path.read_text() == "after\n"
    assert [file.name for file in tmp_path.iterdir()] == ["lock"]


@pytest.mark.parametrize(("there", "old"), [("x", None), ("x", "y"), (None, "y")])
def test_replace_leaves_what_has_changed(tmp_path: Path, there: str | None, old: str | None) -> None:
    path = tmp_path / "lock"
    if there is not None:
        path.write_text(there)
    with pytest.raises(KgenError, match="changed while kgen was at work"):
        replace(path, old, "after\n")
    assert (path.read_text() if path.exists() else None) == there


def test_replace_keeps_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("a")
    (tmp_path / "lock").symlink_to("real")
    replace(tmp_path / "lock", "a", "b")
    assert (tmp_path / "lock").is_symlink()
    assert (tmp_path / "real").read_text() == "b"


def test_init_into_nowhere_exits_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.run(["init", str(tmp_path / "no" / "a.yaml")]) == 3
    assert capsys.readouterr().err == f"kgen: cannot write {tmp_path}/no/a.yaml: No such file or directory\n"
