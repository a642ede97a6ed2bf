"""The report for people, compared whole: what it says, where it points, and that no file can make it say more."""

from __future__ import annotations

import re

import pytest

from kgen.diagnostics import Code, Diagnostic, FieldPath, Related, Span
from kgen.reports import text
from kgen.reports.text import WIDTH

CODE = Code("KG301", "cidr-overlap")
SPEC = "clusterset.yaml"
PATH = FieldPath(("spec", "clusters", 1, "podCIDR"))
TEXT = "\n" * 8 + "      podCIDR: 10.0.0.0/16\n" + "\n" * 4 + "      podCIDR: 10.0.8.0/21\n"
AT = Span(SPEC, 14, 16, 14, 27, PATH)
EAST = Span(SPEC, 9, 16, 9, 27, FieldPath(("spec", "clusters", 0, "podCIDR")))
MESSAGE = 'pod network of cluster "west" overlaps cluster "east"'
HELP = "choose disjoint networks, or enable globalnet"


def one(line: str, start: int, end: int, label: str = "here") -> str:
    """The frame of a finding in a one-line file."""
    report = text.findings([CODE.error("m", Span("f", 1, start, 1, end), label)], {"f": line})
    return report.split("\n", 2)[2]


CASES = {
    "the whole form": (
        [CODE.error(MESSAGE, AT, 'inside 10.0.0.0/16 of "east"', [Related(EAST, "")], HELP)],
        """\
error[KG301] cidr-overlap: pod network of cluster "west" overlaps cluster "east"
  --> clusterset.yaml:14:16 spec.clusters[1].podCIDR
   14 |       podCIDR: 10.0.8.0/21
      |                ^^^^^^^^^^^ inside 10.0.0.0/16 of "east" (clusterset.yaml:9:16)
  help: choose disjoint networks, or enable globalnet

1 error in clusterset.yaml
""",
    ),
    "a related place with words gets a note": (
        [CODE.error(MESSAGE, AT, "", [Related(EAST, "the other network")])],
        """\
error[KG301] cidr-overlap: pod network of cluster "west" overlaps cluster "east"
  --> clusterset.yaml:14:16 spec.clusters[1].podCIDR
   14 |       podCIDR: 10.0.8.0/21
      |                ^^^^^^^^^^^
  note: clusterset.yaml:9:16 spec.clusters[0].podCIDR: the other network
    9 |       podCIDR: 10.0.0.0/16
      |                -----------

1 error in clusterset.yaml
""",
    ),
    "a related place alone": (
        [CODE.error(MESSAGE, AT, "", [Related(EAST, ""), Related(Span("b.yaml", 3, 4, 3, 5), "")])],
        """\
error[KG301] cidr-overlap: pod network of cluster "west" overlaps cluster "east"
  --> clusterset.yaml:14:16 spec.clusters[1].podCIDR
   14 |       podCIDR: 10.0.8.0/21
      |                ^^^^^^^^^^^ see clusterset.yaml:9:16, b.yaml:3:4

1 error in clusterset.yaml
""",
    ),
    "no text, no path": (
        [CODE.error("cannot be read", Span("gone.yaml", 1, 1, 1, 1), "no such file")],
        """\
error[KG301] cidr-overlap: cannot be read
  --> gone.yaml:1:1
  note: no such file

1 error in gone.yaml
""",
    ),
    "not located": (
        [CODE.warning("odd", PATH)],
        """\
warning[KG301] cidr-overlap: odd
  --> (no file) spec.clusters[1].podCIDR

1 warning
""",
    ),
    "two files": (
        [
            CODE.error("a", Span("a.yaml", 1, 1, 1, 2)),
            CODE.warning("b", Span("b.yaml", 1, 1, 1, 2)),
            CODE.error("c", Span("b.yaml", 2, 1, 2, 2)),
        ],
        """\
error[KG301] cidr-overlap: a
  --> a.yaml:1:1

warning[KG301] cidr-overlap: b
  --> b.yaml:1:1

error[KG301] cidr-overlap: c
  --> b.yaml:2:1

2 errors, 1 warning in 2 files
""",
    ),
    "nothing": ([], ""),
}


@pytest.mark.parametrize(("findings", "expected"), CASES.values(), ids=CASES)
def test_whole_report(findings: list[Diagnostic], expected: str) -> None:
    assert text.render(findings, {SPEC: TEXT}) == expected


@pytest.mark.parametrize(
    ("line", "start", "end", "expected"),
    [
        ("a: bcd", 4, 7, "   1 | a: bcd\n     |    ^^^ here\n"),
        ("a:", 3, 3, "   1 | a:\n     |   ^ here\n"),
        ("a: b", 99, 120, "   1 | a: b\n     |     ^ here\n"),
        ("a:\tbc", 4, 6, "   1 | a:  bc\n     |     ^^ here\n"),
        ("名前: 東京", 5, 7, "   1 | 名前: 東京\n     |       ^^^^ here\n"),
        ("e\u0301: x", 5, 6, "   1 | e\u0301: x\n     |    ^ here\n"),
        ('a: "\x1b[2J" # b', 4, 10, '   1 | a: "\\x1b[2J" # b\n     |    ^^^^^^^^^ here\n'),
        ("a: \u202eevil", 5, 9, "   1 | a: \\u202eevil\n     |          ^^^^ here\n"),
        ("a: \ud800", 4, 5, "   1 | a: \\ud800\n     |    ^^^^^^ here\n"),
        ("a: 🎉b", 5, 6, "   1 | a: 🎉b\n     |      ^ here\n"),
        ("   ", 1, 2, "  note: here\n"),
    ],
    ids=["plain", "empty", "beyond the end", "tab", "wide", "combining", "escape sequence", "bidi", "surrogate", "emoji", "blank line"],
)
def test_marks_stand_under_what_they_mean(line: str, start: int, end: int, expected: str) -> None:
    assert one(line, start, end) == expected


@pytest.mark.parametrize("column", [1, 50, 100, 500, 990])
@pytest.mark.parametrize("width", [1, 10, 200])
def test_a_long_line_is_cut_around_the_mark(column: int, width: int) -> None:
    line = "".join(chr(ord("a") + place % 26) for place in range(1200))
    code, mark = one(line, column, column + width, "").splitlines()
    code, mark = code[7:], mark[7:]
    assert len(code) <= WIDTH
    start = mark.index("^")
    shown = code[start : start + mark.count("^")].removesuffix("...")
    assert line[column - 1 :].startswith(shown)
    assert len(shown) >= min(width, 50)


def test_a_whole_document_on_one_line_is_no_burden() -> None:
    """A megabyte of JSON with a finding at each of a thousand values: what is not shown is not looked at."""
    line = "{" + ", ".join(f'"key{number}": "\u0001{number}"' for number in range(50_000)) + "}"
    findings = [CODE.error("m", Span("f", 1, column, 1, column + 9)) for column in range(1, len(line), len(line) // 1000)]
    assert len(text.render(findings, {"f": line})) < 1_000_000


def test_words_that_swallowed_a_value_are_cut() -> None:
    finding = CODE.error("m" * 5000, Span("f", 1, 1, 1, 2, FieldPath(("k" * 5000,))), "l" * 5000, (), "h" * 5000)
    assert max(map(len, text.render([finding], {}).splitlines())) < 1100


def test_a_stretch_of_several_lines_is_marked_on_its_first() -> None:
    report = text.findings([CODE.error("m", Span("f", 1, 4, 3, 2))], {"f": "a: {b: c,  \n d: e\n}\n"})
    assert report.splitlines()[2:] == ["   1 | a: {b: c,", "     |    ^^^^^^"]


def test_lines_end_where_yaml_ends_them() -> None:
    """A form feed or U+2028 in a value ends no line: the number in front must be the reader's."""
    report = text.findings([CODE.error("m", Span("f", 3, 1, 3, 2))], {"f": "a: \u2028\x0c\x85\r\nb: 1\rc: 2\n"})
    assert report.splitlines()[2] == "   3 | c: 2"


def test_gutter_fits_the_largest_number() -> None:
    report = text.findings([CODE.error("m", Span("f", 9, 1, 9, 2), "", [Related(Span("f", 100, 1, 100, 2), "x")])], {"f": "a: b\n" * 100})
    assert [line[:8] for line in report.splitlines() if " | " in line] == ["     9 |", "       |", "   100 |", "       |"]


def test_a_long_related_line_is_not_shown() -> None:
    related = [Related(Span("f", 2, 1, 2, 2), "the first")]
    report = text.findings([CODE.error("m", Span("f", 1, 1, 1, 2), "", related)], {"f": "a: b\n" + "x" * 100})
    assert report.splitlines()[-1] == "  note: f:2:1: the first"


HOSTILE = "\x1b[31m\x07\r\n::error::x\u202e\u2028\ud800\x85\x9b\ufeff"


def test_no_value_controls_the_terminal() -> None:
    finding = Diagnostic("KG301", "cidr-overlap", "error", HOSTILE, Span(HOSTILE, 1, 1, 1, 2, FieldPath((HOSTILE,))), HOSTILE, (), HOSTILE)
    finding = finding._replace(
        related=(Related(Span(HOSTILE, 1, 1, 1, 2, FieldPath((HOSTILE,))), HOSTILE), Related(Span(HOSTILE, 2, 1, 2, 2), ""))
    )
    report = text.render([finding], {HOSTILE: HOSTILE})
    assert all(character.isprintable() or character == "\n" for character in report)
    # Every line is one of the report's own.
    assert all(re.match(r"error\[|  -->|  note:|  help:| +\d* \||1 error|$", line) for line in report.split("\n"))


def test_colour_changes_nothing_else() -> None:
    findings, expected = CASES["the whole form"]
    coloured = text.render(findings, {SPEC: TEXT}, colour=True)
    assert "\x1b[1;31merror[KG301]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == expected
