"""Manifests are read as kubectl reads them: the same data as sigs.k8s.io/yaml, and a word where that is not what stands there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen import source
from kgen.diagnostics import FieldPath, Rejected
from tests.real.go_yaml import GoReader, Unread
from tests.real.needed import or_skip

LISTED = """
    y n Y N yes no Yes NO on off On OFF oN true True TRUE tRUE false ~ null Null NULL nULL << = 1 01 012 -012 +12 08 09 00 0 -0 0.0 0o14 0o8 0x1F
    0X1f 0x 0b11 -0b11 0b2 1_000 1__0 _1 +_1 --1 1-1 0_7 0_8 1_0.5_0 1e3 1E3 1e 1e+ 1.0 1. .5 -.5 +.5 ._5 . .. _ - + 1.5e-3 1e-7 0.1 3.14 1,000 0x1p3
    1e20 1e21 1e400 -1e400 100000000000000000000.0 9007199254740993.0 1e18 9.3e18 12345678901234567890 18446744073709551615 18446744073709551616
    9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 123456789012345678901234567890 0x1ffffffffffffffffff
    12:30 12:30:45 190:20:30 2001-01-01 2001-12-14t21:59:43.10-05:00 inf nan Infinity .inf -.inf .nan ~1 v1 1.30.0 1Gi 500m
"""
SCALARS = LISTED.split()
MERGES = {
    "in front": "x: &a {p: 1, q: 2}\nm: {<<: *a, p: 3}\n",
    "behind": "x: &a {p: 1, q: 2}\nm: {p: 3, <<: *a}\n",
    "between": "x: &a {p: 1, q: 2}\nm: {p: 3, <<: *a, q: 4}\n",
    "a list": "x: &a {p: 1, q: 2}\nz: &b {p: 5, r: 6}\nm: {<<: [*a, *b]}\n",
    "two": "x: &a {p: 1, q: 2}\nz: &b {p: 5, r: 6}\nm: {<<: *a, <<: *b}\n",
    "of a merged one": "x: &a {p: 1}\nm: &b {<<: *a, q: 1}\nz: {<<: *b, p: 7}\n",
    "at the top": "<<: {a: 1}\nb: 2\n",
    "quoted": 'm: {"<<": {a: 1}}\n',
    "of a number": "m: {<<: 3}\n",
    "of numbers": "m: {<<: [3]}\n",
    "of nothing": "m: {<<: }\n",
}
OTHERS = {
    "tags": "a: !!float 1\nb: !!int '3'\nc: !!str 012\nd: !foo bar\ne: !foo {b: 1}\n",
    "a wrong tag": "a: !!int x\n",
    "YAML 1.1": "%YAML 1.1\n---\na: yes\n",
    "YAML 1.2": "%YAML 1.2\n---\na: yes\n",
    "line breaks of YAML 1.1": 'a: "x\u2028y"\nb: x\x85y\n',
    "an alias in itself": "a: &x\n  b: *x\n",
    "colons in brackets": "a: [b:80, c, https://x]\n",
    "a question mark in brackets": "a: [https://x?y=1]\n",
    "a key that is a list": "? [a]\n: b\n",
    "a null key": "~: b\n",
}
# Keys that go-yaml writes as a float of 32 bits with many digits, and infinite ones; nobody has them.
ODD_KEYS = {"18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", ".inf", "-.inf", ".nan"}
ODD_KEYS |= {"0.0", "9007199254740993.0", "1e18", "9.3e18", "100000000000000000000.0"}
REFUSED = "refused"


@pytest.fixture(scope="module")
def go() -> Iterator[GoReader]:
    reader = or_skip(lambda: GoReader("sigs"))
    yield reader
    reader.close()


def ours(text: str) -> Any:
    try:
        (document,) = source.parse_manifests(text, "f.yaml")
    except Rejected:
        return REFUSED
    return document.data


def theirs(go: GoReader, text: str) -> Any:
    try:
        return go.read(text)
    except Unread:
        return REFUSED


@pytest.mark.parametrize("scalar", SCALARS)
def test_a_scalar_is_what_kubectl_sees(scalar: str, go: GoReader) -> None:
    assert json_of(ours(f"a: {scalar}\n")) == json_of(theirs(go, f"a: {scalar}\n"))
    if scalar not in ODD_KEYS:
        assert ours(f"{scalar}: a\n") == theirs(go, f"{scalar}: a\n")


def json_of(data: Any) -> Any:
    """As a server reads it from JSON: an integer beyond 64 bits is a float there."""
    if isinstance(data, dict):
        return {key: float(value) if isinstance(value, int) and not -(2**63) <= value < 2**64 else value for key, value in data.items()}
    return data


@pytest.mark.parametrize("text", [*MERGES.values(), *OTHERS.values()], ids=[*MERGES, *OTHERS])
def test_a_text_is_what_kubectl_sees(text: str, go: GoReader) -> None:
    assert ours(text) == theirs(go, text)


@given(st.text("0123456789_+-.eExXobBnyYtTfF:~", max_size=7))
@settings(max_examples=1500)
def test_any_scalar_is_what_kubectl_sees(go: GoReader, scalar: str) -> None:
    text = f"- {scalar}\n"
    mine, real = ours(text), theirs(go, text)
    if isinstance(real, dict) or isinstance(mine, dict):
        return  # a colon made a mapping of it
    assert mine == real


def test_a_key_twice_is_refused() -> None:
    """kubectl drops one of the two without a word: a server with strict validation does not."""
    for text in ("a: 1\na: 2\n", "true: 1\n'true': 2\n", "1: a\n'1': b\n", "yes: 1\non: 2\n"):
        with pytest.raises(Rejected) as caught:
            source.parse_manifests(text, "f.yaml")
        assert [found.code for found in caught.value.diagnostics] == ["KG008"]


def warnings(text: str) -> list[tuple[str, str, tuple[int, int]]]:
    found = [each for document in source.parse_manifests(text, "f.yaml") for each in document.warnings]
    return [(each.code, each.message, (each.at.line, each.at.column)) for each in found]  # type: ignore[union-attr]


def test_a_key_that_becomes_other_text_is_told_each_time() -> None:
    assert warnings("a: {yes: 1}\n---\nb: [{yes: 1}, {1.30: 2, 012: 3, 80: 4, 2.5: 5}]\n") == [
        ("KG583", 'key yes is "true" to kubectl and all that read YAML as it does', (1, 5)),
        ("KG583", 'key yes is "true" to kubectl and all that read YAML as it does', (3, 6)),
        ("KG583", 'key 1.30 is "1.3" to kubectl and all that read YAML as it does', (3, 16)),
        ("KG583", 'key 012 is "10" to kubectl and all that read YAML as it does', (3, 25)),
    ]


def test_a_merge_key_that_overwrites_is_told() -> None:
    assert warnings(MERGES["in front"]) == []
    message = 'to kubectl this merge key (<<) overwrites "p" above it, to other readers it does not'
    assert warnings(MERGES["behind"]) == [("KG584", message, (2, 11))]


def test_what_a_merge_key_brings_stands_where_it_was_written() -> None:
    (document,) = source.parse_manifests("x: &a {p: 1, q: 2}\nm: {<<: *a, p: 3}\n", "f.yaml")
    places = {str(path): (span.line, span.column) for path, span in document.spans.items() if path[:1] == ("m",)}
    assert places == {"m": (2, 4), "m.p": (2, 16), "m.q": (1, 17)}
    assert {str(path): span.column for path, span in document.key_spans.items() if path[:1] == ("m",)} == {"m": 1, "m.p": 13, "m.q": 14}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{\n\t"a": "\\ud83d\\ude00",\n\t"b": [1,\t"\\/"]\n}\n', id="tabs and surrogates"),
        pytest.param('{"a": "\\u007f\\u0000\\ufeff", "b": "\\"\\\\\\n"}', id="control characters"),
        pytest.param('{"a": "{\\"b\\": \\"}\\"}"}', id="braces in text"),
    ],
)
def test_json_is_read_as_json(text: str) -> None:
    (document,) = source.parse_manifests(text, "f.json")
    assert document.data == json.loads(text)
    assert all(document.text.split("\n")[span.line - 1][span.column - 1 :].startswith('"') for span in document.key_spans.values())


def test_json_objects_in_a_row_take_no_more_than_their_length() -> None:
    """Each is read alone: reading what is left anew for each would take minutes here."""
    text = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "}{"}}\n' * 20_000
    documents = source.parse_manifests(text, "f.json")
    assert len(documents) == 20_000
    span = documents[-1].span(FieldPath(("metadata", "name")))
    assert (span.line, span.column) == (20_000, 64)


def test_merge_bombs_do_not_go_off() -> None:
    wide = "a: &a {" + ",".join(f"k{i}: 1" for i in range(10_000)) + "}\nb: [" + ",".join("{<<: *a}" for _ in range(1_000)) + "]"
    with pytest.raises(Rejected) as caught:
        source.parse_manifests(wide, "f.yaml")
    assert [found.code for found in caught.value.diagnostics] == ["KG012"]
