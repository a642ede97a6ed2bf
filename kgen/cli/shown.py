"""How `kgen build --diff` shows a change: as a unified diff, in colour on a terminal, as JSON, or beside the lines on GitHub.

    {"version": 1, "files": [{"path": "out/clusters/east/50-routes/manifests.yaml", "action": "change", "diff": "--- a/out/..."}]}

`action` is create, change or delete. `version` grows when a key is removed or changes its meaning; a new key may come at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kgen.reports.printable import escaped, printable
from kgen.write.diff import FileDiff

VERSION: Final = 1
RESET: Final = "\x1b[0m"
COLOURS: Final = (("--- ", "\x1b[1m"), ("+++ ", "\x1b[1m"), ("@@ ", "\x1b[36m"), ("+", "\x1b[32m"), ("-", "\x1b[31m"))
WORDS: Final = {
    "create": "kgen build would create this file",
    "change": "kgen build would change this",
    "delete": "kgen build would delete this file",
}


def shown(files: Iterable[FileDiff], form: str, colour: bool) -> Iterator[str]:
    """The change in a format of reports, in chunks; a format that has no word for changes shows the unified diff. Nothing for no change."""
    if form == "json":
        yield from _json(files)
    elif form == "github":
        yield from (command for file in files for command in _github(file))
    else:
        yield from (_coloured(file.text()) if colour else file.text() for file in files)


def _coloured(text: str) -> str:
    """A diff with an escape sequence around each line that says something; what its lines hold is made harmless for a terminal."""
    lines = []
    for line in text.splitlines():
        start = next((colour for begins, colour in COLOURS if line.startswith(begins)), "")
        lines.append(f"{start}{printable(line)}{RESET}" if start else printable(line))
    return "\n".join(lines) + "\n"


def _json(files: Iterable[FileDiff]) -> Iterator[str]:
    # Not at the top: only this form needs it.
    import json

    listed = [{"path": file.path, "action": file.action, "diff": file.text()} for file in files]
    yield json.dumps({"version": VERSION, "files": listed}, indent=2) + "\n"


def _github(file: FileDiff) -> Iterator[str]:
    """A notice a hunk, at the lines that the file has now: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    from kgen.reports.github import DATA, PROPERTY

    def written(text: str, table: dict[str, str]) -> str:
        return "".join(table.get(character) or escaped(character) for character in text)

    for hunk in file.hunks:
        first = max(hunk.first, 1)
        place = f"file={written(file.path, PROPERTY)},line={first},endLine={max(hunk.last, first)}"
        yield f"::notice {place},title={WORDS[file.action]}::{written(hunk.text.rstrip(), DATA)}\n"
