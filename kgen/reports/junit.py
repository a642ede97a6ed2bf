"""The report for test dashboards: JUnit XML, in the shape that Jenkins and GitLab read.

A file without an error is a passed test, an error a failed one; a warning passes and says so in its `system-out`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from kgen.diagnostics import Diagnostic
from kgen.reports.places import described, span
from kgen.reports.printable import printable
from kgen.reports.text import each


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], colour: bool = False) -> str:
    """The document, also where there is no finding."""
    cases = [
        *_passed(diagnostics, texts),
        *(line for one, words in zip(diagnostics, each(diagnostics, texts), strict=True) for line in _case(one, words)),
    ]
    number = sum(line.startswith("    <testcase ") for line in cases)
    failures = sum(one.severity == "error" for one in diagnostics)
    counts = f'tests="{number}" failures="{failures}" errors="0"'
    lines = (f"<testsuites {counts}>", f'  <testsuite name="kgen" {counts}>', *cases, "  </testsuite>", "</testsuites>")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(f"{line}\n" for line in lines)


def _passed(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str]) -> Iterator[str]:
    failed = {span(one.at).file for one in diagnostics if one.severity == "error"}
    for name in sorted(texts):
        if name not in failed:
            yield f'    <testcase classname="{_value(name)}" name="no errors"/>'


def _case(one: Diagnostic, words: str) -> Iterator[str]:
    where = described(one.at)
    yield f'    <testcase classname="{_value(span(one.at).file)}" name="{_value(f"{one.code} {one.slug} {where}")}">'
    whole = escape("\n" + words)
    if one.severity == "error":
        yield f'      <failure type="{one.code}" message="{_value(one.message)}">{whole}</failure>'
    else:
        yield f"      <system-out>{whole}</system-out>"
    yield "    </testcase>"


def _value(text: str) -> str:
    return escape(printable(text), {'"': "&quot;"})
