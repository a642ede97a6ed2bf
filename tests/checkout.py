"""The project as a newcomer gets it: a copy of its files, without what is made from them; and what its README says."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
MADE: Final = ("__pycache__", "*.pyc", ".*cache", ".venv", ".hypothesis", "tables", "dist", "build", ".coverage")


def files() -> list[str]:
    """The project's own files, relative to its root: tracked ones, and new ones that git would not ignore."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())
    # An unpacked source distribution.
    ignored = shutil.ignore_patterns(*MADE)
    found = []
    for place, folders, names in os.walk(ROOT):
        folders[:] = set(folders) - ignored(place, folders)
        found += [Path(place, name).relative_to(ROOT).as_posix() for name in set(names) - ignored(place, names)]
    return sorted(found)


def copy(to: Path) -> Path:
    """A fresh checkout at `to`."""
    for name in files():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, to / name)
    return to


def line(heading: str, readme: Path = ROOT / "README.md") -> str:
    """The first indented line under a heading of the README: what a newcomer pastes."""
    section = readme.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return next(text[4:] for text in section.splitlines() if text.startswith("    "))
