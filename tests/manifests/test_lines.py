"""What is read line by line is what the parser reads, of any text: else it is not read line by line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.mixed import APPLICATION
from kgen import source
from kgen.diagnostics import Rejected
from kgen.manifests import lines
from tests.checkout import ROOT, files

REFUSED = "refused"
SEEDS = [
    APPLICATION.format(name="team"),
    (ROOT / "benchmarks" / "httproute.yaml").read_text(encoding="utf-8"),
    "a:\n  b: |\n    x\n\n      y\n\n  c: |-\n    z\nd:\n- e: 1\n  f:\n  - g\n  - h: {i: x, j: 'y'}\n- k\nl: [a, \"b\", 'c']\nm: {}\no:\n# p\nq: 1 # r\n",
]


def parsed(text: str) -> Any:
    """What the parser reads; REFUSED where there is a finding or a warning."""
    try:
        found = source.parse_manifests(text, "f.yaml")
    except Rejected:
        return REFUSED
    return REFUSED if any(document.warnings for document in found) else [document.data for document in found]


def agree(text: str) -> bool:
    """Whether the text was read line by line, and if so, as the parser reads it."""
    found = lines.documents(text)
    if found is not None:
        assert repr(found) == repr(parsed(text)), text
    return found is not None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_usual_style_is_read(seed: str) -> None:
    assert agree(seed)


def test_what_kgen_writes_is_read() -> None:
    names = [name for name in files() if name.endswith("manifests.yaml") and "/out/clusters/" in name]
    assert len(names) > 50
    # All but what has escapes: the descriptions of CRDs.
    left = [text for text in ((ROOT / name).read_text(encoding="utf-8") for name in names) if not agree(text)]
    assert all("\\" in text for text in left)
    assert len(left) < 5


@pytest.mark.parametrize("name", [name for name in files() if name.endswith((".yaml", ".yml"))])
def test_every_file_of_this_repository_is_read_alike(name: str) -> None:
    agree((ROOT / name).read_text(encoding="utf-8"))


PIECES = st.sampled_from(
    [
        "\n",
        "\n\n",
        "\n  ",
        "\n    ",
        " ",
        "  ",
        "- ",
        "-",
        ": ",
        ":",
        " #",
        "#",
        "---\n",
        "--- # x\n",
        "...\n",
        "|",
        "|-",
        ">",
        "~",
        "yes",
        "012",
    ]
    + [
        "1e3",
        '"',
        "'",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&a ",
        "*a",
        "!!str ",
        "<<",
        "? ",
        "%",
        "@",
        "`",
        "\t",
        "\r\n",
        "\\",
        "é",
        "\u2028",
        "a: b",
        "a:",
        "[a, b]",
    ]
    + ["{a: b}", "{}", "[]", "''", '""', "null", "0x1F", "12:30", "key: |\n  x\n", "  # y\n", "x" * 300]
)


@st.composite
def changed(draw: st.DrawFn) -> str:
    """A text of the usual style, with lines moved, indented and doubled, and pieces put in and cut out."""
    rows = draw(st.sampled_from(SEEDS)).split("\n")
    start = draw(st.integers(0, max(0, len(rows) - 12)))
    rows = rows[start : start + draw(st.integers(1, 40))]
    least = min((len(row) - len(row.lstrip()) for row in rows if row.strip()), default=0)
    rows = [row[least:] for row in rows]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(rows) - 1))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            rows.insert(at, draw(st.sampled_from(rows)))
        elif kind == 1:
            rows[at] = " " * draw(st.integers(1, 3)) + rows[at]
        elif kind == 2:
            rows[at] = rows[at][min(2, len(rows[at]) - len(rows[at].lstrip())) :]
        elif kind == 3 and len(rows) > 1:
            del rows[at]
        else:
            place = draw(st.integers(0, len(rows[at])))
            rows[at] = rows[at][:place] + draw(PIECES) + rows[at][place + draw(st.integers(0, 2)) :]
    return "\n".join(rows) + "\n"


@given(text=st.one_of(changed(), st.lists(PIECES, max_size=14).map(lambda parts: "".join(parts) + "\n")))
@settings(max_examples=3000)
@example(text="a: b\n  c: d\n")
@example(text="a: |\n    x\n  y: 1\n")
@example(text="a:\n- b\nc: d\n- e\n")
@example(text="a: |\n  x\n\n\n---\nb: |-\n  y\n\n")
@example(text="a:\n    b: 1\n  c: 2\n")
@example(text="- a\n")
@example(text="a: 'x' y\n")
def test_any_text_is_read_alike_or_left(text: str) -> None:
    agree(text)
