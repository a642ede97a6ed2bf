"""Whatever stands in a file and wherever a place points, each report can be made, printed and read back."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.diagnostics import Diagnostic, FieldPath, Related, Span
from kgen.reports import REPORTS, report

# Surrogates too: a path on disk may hold what is no text.
TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
NUMBER = st.integers(min_value=0, max_value=400)
PATH = st.lists(st.one_of(TEXT, NUMBER), max_size=4).map(FieldPath)
SPAN = st.builds(Span, st.one_of(st.just("f"), TEXT), NUMBER, NUMBER, NUMBER, NUMBER, PATH)
FINDING = st.builds(
    Diagnostic,
    st.just("KG999"),
    st.just("a-slug"),
    st.sampled_from(("error", "warning")),
    TEXT,
    SPAN,
    TEXT,
    st.lists(st.builds(Related, SPAN, TEXT), max_size=2).map(tuple),
    TEXT,
)


@settings(max_examples=150)
@given(st.lists(FINDING, max_size=3), TEXT)
def test_every_report_of_anything(findings: list[Diagnostic], text: str) -> None:
    rendered = {name: report(name).render(findings, {"f": text}) for name in REPORTS}
    for output in rendered.values():
        output.encode("utf-8")
        assert all(character.isprintable() or character == "\n" for character in output)
    assert len(json.loads(rendered["json"])["diagnostics"]) == len(findings)
    assert len(json.loads(rendered["sarif"])["runs"][0]["results"]) == len(findings)
    assert len(rendered["github"].splitlines()) == len(findings)
    assert len(list(ElementTree.fromstring(rendered["junit"]).iter("failure"))) == sum(one.severity == "error" for one in findings)
