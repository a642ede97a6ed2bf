"""The shelf of reports: findings in, one text out. The table holds names; a report is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol, cast

from kgen.diagnostics import Diagnostic

REPORTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "kgen.reports.text",
        "json": "kgen.reports.json",
        "github": "kgen.reports.github",
        "sarif": "kgen.reports.sarif",
        "junit": "kgen.reports.junit",
    }
)


class Report(Protocol):
    """What every module of the shelf gives."""

    def render(self, diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], colour: bool = False) -> str:
        """The findings as one text that ends with a line break; `texts` maps file names to the text that was read, for code frames."""


def report(name: str) -> Report:
    """The report called `name`, a key of REPORTS."""
    from importlib import import_module

    return cast(Report, import_module(REPORTS[name]))
