"""The report for GitHub Actions: a workflow command a finding, which GitHub shows beside the line in a pull request.

The form and its escapes: https://docs.github.com/actions/reference/workflow-commands-for-github-actions, and
`packages/core/src/command.ts` in actions/toolkit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kgen.diagnostics import Diagnostic
from kgen.reports.places import described, span
from kgen.reports.printable import escaped

DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
PROPERTY: Final = {**DATA, ":": "%3A", ",": "%2C"}


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], colour: bool = False) -> str:
    """One line a finding; "" if there is none."""
    return "".join(f"{_command(one)}\n" for one in diagnostics)


def _command(one: Diagnostic) -> str:
    where = span(one.at)
    properties = {"file": where.file, "line": str(where.line)} if where.file else {}
    if where.file:
        properties["endLine"] = str(where.end_line)
        # Columns are taken only where start and end are on one line; GitHub's end is the last character that is marked.
        if where.end_line == where.line:
            properties |= {"col": str(where.column), "endColumn": str(max(where.column, where.end_column - 1))}
    properties["title"] = f"{one.code} {one.slug}"
    shown = ",".join(f"{name}={_escape(value, PROPERTY)}" for name, value in properties.items())
    return f"::{one.severity} {shown}::{_escape(_message(one), DATA)}"


def _message(one: Diagnostic) -> str:
    lines = [one.message + (f" ({one.label})" if one.label else "")]
    lines += [f"{described(other.at)}" + (f": {other.label}" if other.label else "") for other in one.related]
    return "\n".join(lines + ([f"help: {one.help}"] if one.help else []))


def _escape(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(character) or escaped(character) for character in text)
