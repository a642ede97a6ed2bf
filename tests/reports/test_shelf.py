"""Every report over one set of findings, compared whole, and what each must stay readable by."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from kgen.diagnostics import Code, Diagnostic, FieldPath, Related, Span
from kgen.release import VERSION
from kgen.reports import REPORTS, report

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
# A number and a slug that no page has, and a number that has one, so that both show in SARIF.
OVERLAP = Code("KG999", "cidr-overlap")
MEMBER = Code("KG110", "unknown-member")

SPEC = "clusterset.yaml"
OTHER = "overlays/a b:c,50%.yaml"
EAST = Span(SPEC, 9, 16, 9, 27, FieldPath(("spec", "clusters", 0, "podCIDR")))
FINDINGS = (
    OVERLAP.error(
        'pod network of cluster "west" overlaps cluster "east"',
        Span(SPEC, 14, 16, 14, 27, FieldPath(("spec", "clusters", 1, "podCIDR"))),
        'inside 10.0.0.0/16 of "east"',
        [Related(EAST, ""), Related(EAST, "the other network")],
        "choose disjoint networks, or enable globalnet",
    ),
    OVERLAP.warning('two\nlines, 100% <odd> & "quoted" é 名 \x1b[31m \ud800 ::error::', Span(OTHER, 1, 1, 3, 2)),
    MEMBER.error("nowhere", FieldPath(("spec",))),
)
TEXTS = {
    SPEC: "\n" * 8 + "      podCIDR: 10.0.0.0/16\n" + "\n" * 4 + "      podCIDR: 10.0.8.0/21\n",
    OTHER: "a: |\n  b\n",
    "clean.yaml": "{}\n",
}
NAMES = sorted(REPORTS)


def render(name: str, findings: tuple[Diagnostic, ...] = FINDINGS) -> str:
    return report(name).render(findings, TEXTS)


def parsed(name: str, findings: tuple[Diagnostic, ...] = FINDINGS) -> Any:
    return json.loads(render(name, findings))


def test_the_table_is_the_folder() -> None:
    shared = {"__init__", "places", "printable"}
    assert set(REPORTS) == {path.stem for path in (HERE.parents[1] / "kgen" / "reports").glob("*.py")} - shared
    assert all(module == f"kgen.reports.{name}" for name, module in REPORTS.items())


@pytest.mark.parametrize("name", NAMES)
def test_whole_report(name: str, request: pytest.FixtureRequest) -> None:
    # The version and the pages change without the report's form changing.
    rendered = re.sub(r'("(?:text|markdown)": "# KG110)[^\n]*', r'\1..."', render(name).replace(f'"{VERSION}"', '"VERSION"'))
    rendered = re.sub(r'("fullDescription": \{\n +"text": )[^\n]*', r'\1"..."', rendered)
    path = EXPECTED / f"{name}.txt"
    if request.config.getoption("--update-golden", default=False):
        path.write_text(rendered, encoding="utf-8")
    assert rendered == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_report_is_utf8_and_cannot_control_a_terminal(name: str) -> None:
    rendered = render(name)
    rendered.encode("utf-8")
    assert all(character.isprintable() or character == "\n" for character in rendered)
    assert rendered.endswith("\n")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text", ""),
        ("github", ""),
        ("json", '{\n  "version": 1,\n  "summary": {\n    "errors": 0,\n    "warnings": 0\n  },\n  "diagnostics": []\n}\n'),
    ],
)
def test_no_finding(name: str, expected: str) -> None:
    assert report(name).render((), {}) == expected


def test_json_holds_every_field() -> None:
    first = parsed("json")["diagnostics"][0]
    # `unquoted` is for reports that show lines; JSON shows none.
    assert list(first) == [field for field in Diagnostic._fields if field != "unquoted"]
    assert first["at"] == {"file": SPEC, "line": 14, "column": 16, "endLine": 14, "endColumn": 27, "path": "spec.clusters[1].podCIDR"}


def unescaped(text: str, table: dict[str, str]) -> str:
    for code, character in table.items():
        text = text.replace(code, character)
    return text


def test_github_commands_read_back() -> None:
    """One line a finding, whose parts a runner finds again by splitting at the first "::", at "," and at "="."""
    lines = render("github").splitlines()
    assert len(lines) == len(FINDINGS)
    properties, _, message = lines[1].removeprefix("::warning ").partition("::")
    pairs = dict(pair.split("=", 1) for pair in properties.split(","))
    assert unescaped(pairs["file"], {"%3A": ":", "%2C": ",", "%25": "%"}) == OTHER
    assert "col" not in pairs
    assert unescaped(message, {"%0A": "\n", "%25": "%"}).startswith("two\nlines, 100% <odd>")


def test_sarif_rules_and_results_agree() -> None:
    run = parsed("sarif")["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["KG110", "KG999"]
    assert rules[0]["help"]["markdown"].startswith("# KG110 unknown-member\n")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    uri = run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "overlays/a%20b%3Ac%2C50%25.yaml"


def test_sarif_of_nothing_has_a_run() -> None:
    run = parsed("sarif", ())["runs"][0]
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []


def test_junit_counts_what_it_holds() -> None:
    root = ElementTree.fromstring(render("junit"))
    cases = root.findall("testsuite/testcase")
    assert root.get("tests") == str(len(cases)) == "5"
    assert root.get("failures") == str(len(root.findall("testsuite/testcase/failure"))) == "2"
    passed = [case.get("classname") for case in cases if not len(case)]
    assert passed == ["clean.yaml", OTHER]
    failure = cases[2].find("failure")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("KG999", FINDINGS[0].message)
    assert "podCIDR: 10.0.8.0/21" in (failure.text or "")
