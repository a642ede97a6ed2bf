"""Which unquoted words are not the same to all: kgen's table beside what the readers really do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kgen import source
from kgen.diagnostics import FieldPath, Rejected
from tests.real.needed import or_skip
from tests.real.readers import NAMES, Reader, opened

# What a YAML 1.1 reader sees in a word that is a string in YAML 1.2.
SEEN = {
    "the boolean true": "y Y yes Yes YES on On ON",
    "the boolean false": "n N no No NO off Off OFF",
    "a number": (
        "0b101 0B11 -0b1 1_000 1__0 1_ -1_0 0_8 0x_1 0x1_f 0X1F -0x1f +0x1F 0O7 +0o7 -0o7 0o7_7 1_0.5 1._5 685_230.15 1_0e3 1e3_0"
    ),
    "a number in base 60": "12:30 12:30:45 190:20:30 -1:30 1:00 20:30.15 0:30.5 1_0:30",
    "a date": "2020-01-01 2020-1-1 2001-12-14t21:59:43.10-05:00 2001-12-15T02:59:43.1Z 2001-12-15T02:59:43",
    "a mark of its own": "<< =",
}
# The same string to all, though it looks like something.
AGREED = """
a e3 1e 1e+ .e3 1.2.3 0.24.0 1.2.3.4 10.0.0.0/8 0o8 0b2 0xg 0x 0o 0b _1 _ + . .. -.  +. 1a 0:0 00:30 +.nan  5g 0-1 1/2 a:b ::1 1:a 1:60 99:99 fd00::/8 12:30:
yEs nO oFf yy nn none nil nan inf Infinity .INf nULL tRUE fALSE -y yes! <<< == =a 2020-01 20-01-01 2020-01-01T00 v1 1- 1+ $1 1% x1 ~a /
"""
# Read as a number by YAML 1.2, and as something else by some YAML 1.1 readers.
NUMBERS = {
    "0o14": 'the text "0o14"', "1e3": 'the text "1e3"', "1.5e3": 'the text "1.5e3"', "-1E5": 'the text "-1E5"', "+.5": 'the text "+.5"',
    "012": "the number 10", "-012": "the number -10", "08": 'the text "08"', "0644": "the number 420",
}  # fmt: skip
SAME = "0 1 -1 +1 1.30 1. 1.0 .5 -1.5 1.5e+3 1.e-3 0x1f null ~ true False .inf .NaN"


@pytest.mark.parametrize(("raw", "seen"), [(raw, seen) for seen, words in SEEN.items() for raw in words.split()])
def test_strings_that_are_something_else(raw: str, seen: str) -> None:
    assert source.ambiguous(raw) == seen
    document = source.parse(f"- {raw}\n- '{raw}'\n- [{{a: {raw}}}]\n", "f.yaml")
    assert document.data == [raw, raw, [{"a": raw}]]
    assert document.doubtful == {FieldPath((0,)): seen, FieldPath((2, 0, "a")): seen}


def test_a_tag_leaves_no_doubt() -> None:
    document = source.parse("- !!str no\n- no\n- ! no\n- &a no\n- *a\n- &b !!str no\n", "f.yaml")
    assert document.data == ["no"] * 6
    assert set(document.doubtful) == {FieldPath((1,)), FieldPath((3,)), FieldPath((4,))}


@pytest.mark.parametrize("raw", AGREED.split())
def test_strings_to_all(raw: str) -> None:
    assert source.ambiguous(raw) is None
    assert not source.parse(f"- {raw if not raw.endswith(':') else 'x'}\n", "f.yaml").doubtful


@pytest.mark.parametrize(("raw", "seen"), NUMBERS.items())
def test_numbers_that_are_something_else(raw: str, seen: str) -> None:
    assert source.ambiguous(raw) == seen


@pytest.mark.parametrize("raw", SAME.split())
def test_what_is_the_same_to_all(raw: str) -> None:
    assert source.ambiguous(raw) is None


@pytest.fixture(scope="module")
def readers() -> Iterator[dict[str, Reader]]:
    with ExitStack() as stack:
        yield or_skip(lambda: {name: stack.enter_context(opened(name)) for name in NAMES})


def seen_by(reader: Reader, raw: str) -> Any:
    try:
        return reader(f"v: {raw}\n")["v"]
    except Exception as error:
        return error


def string(raw: str) -> str | None:
    """The word, if it is a whole unquoted string to kgen."""
    try:
        document = source.parse(f"v: {raw}\n", "f.yaml")
    except Rejected:
        return None
    return raw if document.data == {"v": raw} and document.raw(FieldPath(("v",))) == raw else None


PIECES = st.sampled_from(
    [*"0123456789+-._:eExXoObBnNyYtTfF~=<aZ/ ", "00", "2020", "-01", ":30", "nan", "inf", "yes", "on", "null", "true", "T10", ".5"]
)


@given(raw=st.lists(PIECES, min_size=1, max_size=6).map("".join))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("1_0")
@example("2020-01-01 ")
@example("0b1")
def test_what_kgen_lets_pass_is_a_string_to_every_reader(readers: dict[str, Reader], raw: str) -> None:
    if string(raw) is None or source.ambiguous(raw) is not None:
        return
    assert {name: seen for name, reader in readers.items() if (seen := seen_by(reader, raw)) != raw} == {}


def test_every_word_that_kgen_doubts_is_doubted_by_a_reader(readers: dict[str, Reader]) -> None:
    words = [raw for group in SEEN.values() for raw in group.split()]
    assert [raw for raw in words if all(seen_by(reader, raw) == raw for reader in readers.values())] == []


def test_words_that_kgen_lets_pass_are_strings_to_every_reader(readers: dict[str, Reader]) -> None:
    words = [raw for raw in AGREED.split() if string(raw)]
    assert {(raw, name): seen for raw in words for name, reader in readers.items() if (seen := seen_by(reader, raw)) != raw} == {}


def test_numbers_are_what_the_table_says(readers: dict[str, Reader]) -> None:
    for raw, seen in NUMBERS.items():
        values = [seen_by(readers[name], raw) for name in ("pyyaml", "ruamel-1.1")]
        assert (raw in values) == (seen == f'the text "{raw}"')
        if seen.startswith("the number"):
            assert int(seen.removeprefix("the number ")) in values


@pytest.mark.parametrize("raw", SAME.split())
def test_what_kgen_finds_the_same_is_the_same(readers: dict[str, Reader], raw: str) -> None:
    if raw in (".inf", ".NaN"):
        return  # JSON has no such number; kgen refuses them
    value = source.parse(f"v: {raw}\n", "f.yaml").data["v"]
    assert {name: seen for name, reader in readers.items() if (seen := seen_by(reader, raw)) != value} == {}
