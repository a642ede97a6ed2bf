"""The pages of the error catalogue: one Markdown file a code, beside this module, each with the same four sections.

`Fails` and `Instead` hold one code block each. ```` ```yaml ```` is run by a test: a whole spec; or, where it takes more, a first line
`# kgen build ARGUMENTS` (or `# kgen validate ARGUMENTS`) and then each file, `---` between two, under a line with its path
(`# overlays/prod/clusterset.yaml`).
```` ```text ```` is for what files cannot show: a disk, a character that may not stand in a page.
"""

from __future__ import annotations

import os
import re
from typing import Final

from kgen.records import NamedTuple

FOLDER: Final = os.path.dirname(os.path.abspath(__file__))
SECTIONS: Final = ("What", "Why", "Fails", "Instead")
TITLE: Final = re.compile(r"# (KG\d{3}) ([a-z0-9]+(?:-[a-z0-9]+)*)")
FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND: Final = re.compile(r"# kgen (build|validate) (.*)")
SPEC: Final = "clusterset.yaml"
FILE: Final = re.compile(r"^---\n# (\S+\.yaml)\n", re.MULTILINE)


class Example(NamedTuple):
    """A code block of a page: its language (`yaml` for a whole spec, `text` where the subject is no spec) and its text."""

    language: str
    text: str

    def files(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """The arguments of the command and the files by path that the block stands for."""
        command, _, rest = self.text.partition("\n")
        found = COMMAND.fullmatch(command)
        if found is None:
            return (SPEC,), {SPEC: self.text}
        # The first piece is what stands before the first path: nothing.
        _, *pieces = FILE.split("---\n" + rest)
        return tuple(found[2].split()), dict(zip(pieces[::2], pieces[1::2], strict=True))

    @property
    def command(self) -> str:
        """The command that is run: `build`, or `validate` for plain manifests."""
        found = COMMAND.match(self.text)
        return found[1] if found else "build"


class Page(NamedTuple):
    """One code's page: `text` is the whole file, `sections` the text under each heading, in the file's order."""

    number: str
    slug: str
    text: str
    sections: tuple[tuple[str, str], ...]

    def section(self, heading: str) -> str:
        """The text under a heading; "" if the page lacks it."""
        return dict(self.sections).get(heading, "")

    def example(self, heading: str) -> Example | None:
        """The first code block under a heading."""
        found = FENCE.search(self.section(heading) + "\n")
        return Example(found[1], found[2]) if found else None

    @property
    def summary(self) -> str:
        """The first paragraph of What, on one line."""
        return " ".join(self.section("What").split("\n\n")[0].split())


def numbers() -> tuple[str, ...]:
    """The numbers that have a page, in order."""
    return tuple(sorted(name[:-3] for name in os.listdir(FOLDER) if name.endswith(".md")))


def page(number: str) -> Page | None:
    """The page of a number like KG301, or None; raises ValueError for a page without the title that its name asks for."""
    try:
        with open(os.path.join(FOLDER, f"{number}.md"), encoding="utf-8") as file:
            return parse(number, file.read())
    except FileNotFoundError:
        return None


def pages() -> tuple[Page, ...]:
    """Every page, by number."""
    return tuple(one for one in map(page, numbers()) if one is not None)


def parse(number: str, text: str) -> Page:
    """A page from its text."""
    title, *parts = re.split(r"^## (.+)\n", _hide(text), flags=re.MULTILINE)
    found = TITLE.fullmatch(title.strip())
    if found is None or found[1] != number:
        raise ValueError(f"{number}.md must begin with `# {number} slug`, not {title.strip()!r}")
    sections = zip(parts[::2], parts[1::2], strict=True)
    return Page(number, found[2], text, tuple((heading.strip(), _show(under).strip()) for heading, under in sections))


def find(word: str) -> Page | None:
    """The page that a number (any case) or a slug names."""
    # A number is a file's name and needs no other file; only it may become one (`../x` is no number).
    if re.fullmatch(r"KG\d{3}", word.upper()):
        return page(word.upper())
    return next((one for one in pages() if one.slug == word.lower()), None)


def nearest(word: str) -> tuple[str, ...]:
    """Up to three codes, as `KG301 cidr-overlap`, whose number or slug is like the word, the likeliest first."""
    from difflib import get_close_matches

    named = {name: f"{one.number} {one.slug}" for one in pages() for name in (one.number.lower(), one.slug)}
    near = get_close_matches(word.lower(), named, n=3, cutoff=0.5)
    # A part of a slug is what a person remembers.
    near += [name for name in named if word and word.lower() in name]
    return tuple(dict.fromkeys(named[name] for name in near))[:3]


def catalogue() -> str:
    """docs/errors.md: every page, by number, behind a table that names them all."""
    every = pages()
    lines = [
        "# Error catalogue",
        "",
        "Every code that kgen reports, as `kgen explain CODE` prints it. The number is for searching, the slug for reading;",
        "neither is ever reused. This page is made from the pages in `kgen/explain/`.",
        "",
        "| code | slug | what |",
        "| --- | --- | --- |",
        *(f"| [{one.number}](#{one.number.lower()}-{one.slug}) | {one.slug} | {one.summary.replace('|', BAR)} |" for one in every),
    ]
    # Each page's headings move down one level.
    parts = (_show(re.sub(r"^#", "##", _hide(one.text.strip()), flags=re.MULTILINE)) for one in every)
    return "\n".join(lines) + "\n" + "".join(f"\n{part}\n" for part in parts)


BAR: Final = "\\|"
# Stands for a `#` inside a code block, where it begins a comment, not a heading.
HIDDEN: Final = "\0"


def _hide(text: str) -> str:
    return re.sub(r"^```.*?^```$", lambda block: block[0].replace("#", HIDDEN), text, flags=re.MULTILINE | re.DOTALL)


def _show(text: str) -> str:
    return text.replace(HIDDEN, "#")
