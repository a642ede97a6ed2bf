"""A case is a folder: what a person would have on disk, the command that they would type, and what comes of it, all as files."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from kgen.cli import entry

ARGS: Final = "args"
REPORT: Final = "report.txt"


class Outcome(NamedTuple):
    """What the last command of a case did: its exit code and what it printed."""

    code: int
    out: str
    err: str


def names(folder: Path) -> list[str]:
    """The cases in a folder: each subfolder with a file in it."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] not in "_." and any(path.glob("[!_.]*")))


def perform(case: Path, default: str, capfd: pytest.CaptureFixture[str]) -> Outcome:
    """Runs a case in the working folder, which holds a copy of it: the lines of its file `args`, each a kgen command, else `default`."""
    lines = (case / ARGS).read_text(encoding="utf-8").splitlines() if (case / ARGS).exists() else [default]
    outcome = Outcome(0, "", "")
    for line in lines:
        capfd.readouterr()
        outcome = Outcome(entry.run(shlex.split(line)), *capfd.readouterr())
    return outcome


def copied(case: Path, to: Path, *without: str) -> Path:
    """A copy of a case without the files and folders (relative paths) that a run is to make anew."""
    shutil.copytree(case, to)
    for name in without:
        if (to / name).is_dir():
            shutil.rmtree(to / name)
        else:
            (to / name).unlink(missing_ok=True)
    return to


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder: relative path to text."""
    found = {}
    for place, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(place, file)
            found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
    return found


def replace(folder: Path, files: dict[str, str]) -> None:
    """Makes a folder hold these files and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
