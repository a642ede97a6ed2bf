"""Every command and every output in README.md and docs/ is true.

A page is run from top to bottom in a folder of its own that holds `examples/`. A ```yaml block whose first line is `# some/file.yaml`
writes that file. In a ```console block, what follows `$ ` is a command and what follows it is all that it prints; a line `...` stands for
any lines. `pytest tests/docs --update-golden` writes anew what is no longer true.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.checkout import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Its files are written before its commands are run: tests/clusterset runs it.
PAGES.remove(ROOT / "docs" / "layers.md")
BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
ANY = "...\n"


class Step(NamedTuple):
    """What a block asks for: a file to be written (path, text), or a command and what it prints; `start` is where the output stands."""

    command: str | None
    path: str
    text: str
    start: int


def steps(page: str) -> Iterator[Step]:
    """The steps of a page, in order."""
    for block in BLOCK.finditer(page):
        if block[1] == "yaml":
            first, _, text = block[2].partition("\n")
            if re.fullmatch(r"# [\w./-]+\.yaml", first):
                yield Step(None, first[2:], text, block.start(2))
            continue
        for found in COMMAND.finditer(block[2]):
            yield Step(found[1], "", found[2], block.start(2) + found.start(2))


def matches(shown: str, printed: str) -> bool:
    """Whether what is shown, with its `...`, is what was printed."""
    pattern = "".join(r"(?:.*\n)*" if line == ANY else re.escape(line) for line in shown.splitlines(keepends=True))
    return re.fullmatch(pattern, printed) is not None


def run(command: str, here: Path) -> str:
    """All that a command prints, as on a terminal of 80 columns."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(here), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], cwd=here, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode()


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_what_a_page_shows(page: Path, tmp_path: Path, update_golden: bool) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    text = page.read_text(encoding="utf-8")
    wrong: list[tuple[Step, str]] = []
    for step in steps(text):
        if step.command is None:
            (tmp_path / step.path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / step.path).write_text(step.text, encoding="utf-8")
        elif not matches(step.text, printed := run(step.command, tmp_path)):
            wrong.append((step, printed))
    if update_golden:
        for step, printed in reversed(wrong):
            text = text[: step.start] + printed + text[step.start + len(step.text) :]
        page.write_text(text, encoding="utf-8")
        wrong = []
    assert not wrong, "\n".join(f"$ {step.command}\n{printed}" for step, printed in wrong)


def test_the_readme_shows_something() -> None:
    """The pattern finds what it should: a page without a step would be true whatever it says."""
    shown = [step.command for step in steps((ROOT / "README.md").read_text(encoding="utf-8"))]
    assert "kgen --help" in shown
    assert any(command and command.startswith("kgen build") for command in shown)


LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]+)?\)")
LINKED = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md"), *ROOT.glob("overlays/**/*.md"), *ROOT.glob("tests/*.md")}
)


@pytest.mark.parametrize("page", LINKED, ids=[page.relative_to(ROOT).as_posix() for page in LINKED])
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("https:", "http:", "mailto:")):
            continue
        there = page.parent / target
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            assert anchor in {slug(line) for line in there.read_text(encoding="utf-8").splitlines() if line.startswith("#")}, (
                target + anchor
            )


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lstrip("#").strip().lower()).replace(" ", "-")
