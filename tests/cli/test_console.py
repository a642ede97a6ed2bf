"""What only a terminal sees: colour and the bar."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from kgen.cli import console
from kgen.cli.init import FIRST_SPEC

ROOT = Path(__file__).parents[2]
WRONG = FIRST_SPEC.replace("      hostnames:", "      hostname:")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(folder: Path, *arguments: str, **env: str) -> bytes:
    """What kgen writes to stderr where that is a terminal (stdout is not)."""
    ours, theirs = os.openpty()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm", **env}
    subprocess.run(
        [sys.executable, "-m", "kgen", *arguments], stdout=subprocess.PIPE, stderr=theirs, cwd=folder, env=environment, check=False
    )
    os.close(theirs)
    seen = b""
    # Reading what a closed terminal still holds ends with an error on Linux, with nothing elsewhere.
    try:
        while piece := os.read(ours, 65536):
            seen += piece
    except OSError:
        pass
    os.close(ours)
    return seen


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
    ids=["plain", "NO_COLOR", "NO_COLOR empty", "dumb"],
)
def test_colour_is_for_terminals(tmp_path: Path, env: dict[str, str], coloured: bool) -> None:
    (tmp_path / "clusterset.yaml").write_text(WRONG, encoding="utf-8")
    seen = on_a_terminal(tmp_path, "validate", **env)
    assert b"error[KG201]" in seen
    assert (b"\x1b[1;31m" in seen) is coloured


def test_a_quick_run_shows_no_bar(tmp_path: Path) -> None:
    (tmp_path / "clusterset.yaml").write_text(FIRST_SPEC, encoding="utf-8")
    assert on_a_terminal(tmp_path, "build", "-o", "out").startswith(b"wrote ")


def half_seconds() -> Iterator[float]:
    return (number / 2 for number in count())


def test_the_bar_waits_a_second_and_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    clock = half_seconds()
    draw = console.progress("judging", lambda: next(clock))
    assert draw is not None
    draw(0, 4)
    assert sys.stderr.getvalue() == ""
    draw(1, 4)
    assert sys.stderr.getvalue() == "\rjudging [#######.......................] 1/4\x1b[K"
    draw(4, 4)
    assert sys.stderr.getvalue().endswith("\x1b[K\r\x1b[K")


def test_no_bar_was_drawn_none_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    draw = console.progress("judging", lambda: 0.0)
    assert draw is not None
    assert list(console.told(("a", "b"), draw)) == ["a", "b"]
    assert sys.stderr.getvalue() == ""


@pytest.mark.parametrize("stream", [io.StringIO(), None], ids=["a file", "closed"])
def test_elsewhere_there_is_no_bar(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    assert console.progress("judging") is None
    assert not console.wants_colour(sys.stderr)
    console.warn("nobody hears this")
