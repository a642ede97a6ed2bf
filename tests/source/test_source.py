"""What kgen reads, where it says that things stand, and how it refuses."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgen import source
from kgen.diagnostics import ROOT, Diagnostic, FieldPath, KgenError, Rejected, Span
from kgen.dump import dumps

SEED = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}   # the set
spec:
  versions: {submariner: 0.24.0}
  clusters:
    - {name: east, labels: &eu {region: eu, "edge": 'true'}, podCIDR: 10.10.0.0/16}
    - name: west
      labels: *eu
      text: |
        one
        two
      more:
      - - 1
        - 2.50
"""


@pytest.fixture(params=["libyaml", "pure"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs with libyaml, and as on a machine where the extension is not installed."""
    if request.param == "pure":
        monkeypatch.setitem(sys.modules, "_ruamel_yaml", None)
    return str(request.param)


def path(*parts: str | int) -> FieldPath:
    return FieldPath(parts)


def at(span: object) -> tuple[int, int, int, int]:
    assert isinstance(span, Span)
    return span[1:5]


def refused(text: str | bytes) -> tuple[Diagnostic, ...]:
    with pytest.raises(Rejected) as caught:
        source.parse(text, "f.yaml")
    for finding in caught.value.diagnostics:
        assert isinstance(finding.at, Span)
        assert finding.at.file == "f.yaml"
        assert finding.help
    return caught.value.diagnostics


# --- data

NUMBERS: dict[str, Any] = {
    "0": 0, "-0": 0, "+12": 12, "-7": -7, "9223372036854775807": 2**63 - 1, "-9223372036854775808": -(2**63), "18446744073709551615": 2**64 - 1,
    "0x1F": 31, "0o14": 12, "1.30": 1.3, "1.": 1.0, ".5": 0.5, "+.5": 0.5, "-1.5e-3": -0.0015, "1e3": 1000.0, "1E+3": 1000.0, "01.5": 1.5, "0.0": 0.0,
}  # fmt: skip
WORDS: dict[str, Any] = {
    "null": None, "Null": None, "NULL": None, "~": None, "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
STRINGS = [
    "yes", "No", "on", "OFF", "y", "N", "nULL", "tRUE", "0o8", "0X1F", "-0x1F", "+0o7", "0b11", "1_000", "12:30", "12:30:45", "2020-01-01",
    "1.2.3", "0.24.0", "1e", "e3", "1.5e", "+", "-", ".", "..", "+.", "nan", "inf", ".INf", "a", "é", "日本", "10.0.0.0/8", "<<", "=", "1 2",
]  # fmt: skip


@pytest.mark.parametrize(("raw", "value"), [*NUMBERS.items(), *WORDS.items(), *((raw, raw) for raw in STRINGS)])
def test_unquoted_scalars_follow_the_core_schema(raw: str, value: Any) -> None:
    document = source.parse(f"v: {raw}\n", "f.yaml") if raw != "-" else source.parse("v: '-'\n", "f.yaml")
    assert document.data == {"v": value}
    assert type(document.data["v"]) is type(value)


@pytest.mark.parametrize("raw", [*NUMBERS, *WORDS, *STRINGS])
def test_quoted_scalars_are_strings(engine: str, raw: str) -> None:
    document = source.parse(
        f"- '{raw}'\n- \"{raw}\"\n- |-\n  {raw}\n- !!str {raw if raw != '-' else 'x'}\n- ! {raw if raw != '-' else 'x'}\n", "f.yaml"
    )
    last = raw if raw != "-" else "x"
    assert document.data == [raw, raw, raw, last, last]
    assert [document.raw(path(i)) for i in range(3)] == [None] * 3
    assert not document.doubtful


DOCUMENTS: dict[str, tuple[str, Any]] = {
    "seed": (
        SEED,
        {
            "apiVersion": "kgen.dev/v1alpha1",
            "kind": "ClusterSet",
            "metadata": {"name": "shop"},
            "spec": {
                "versions": {"submariner": "0.24.0"},
                "clusters": [
                    {"name": "east", "labels": {"region": "eu", "edge": "true"}, "podCIDR": "10.10.0.0/16"},
                    {"name": "west", "labels": {"region": "eu", "edge": "true"}, "text": "one\ntwo\n", "more": [[1, 2.5]]},
                ],
            },
        },
    ),
    "marker and comments": ("# c\n---\n# d\na: 1 # e\n...\n# f\n", {"a": 1}),
    "marker at the end": ("a: 1\n---\n", {"a": 1}),
    "marker before comments": ("---\n# only this\n---\na: 1\n", {"a": 1}),
    "asks for 1.2": ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
    "byte order mark": ("\ufeffa: 1\n", {"a": 1}),
    "CRLF": ("a:\r\n- b\r\n- |\r\n  c\r\n  d\r\n", {"a": ["b", "c\nd\n"]}),
    "CR": ("a:\r- b\r- c\r", {"a": ["b", "c"]}),
    "no newline at the end": ("a: b", {"a": "b"}),
    "JSON": ('{\n\t"a": [1, true, null, "x\\/\\u00e9"]\n}\n', {"a": [1, True, None, "x/é"]}),
    "nothing is null": ("a:\nb: ~\nc: null\n", {"a": None, "b": None, "c": None}),
    "null": ("null\n", None),
    "a scalar": ("just text\n", "just text"),
    "folded": ("a: >-\n  b\n  c\n\n  d\n", {"a": "b c\nd"}),
    "plain over lines": ("a: b\n  c\n", {"a": "b c"}),
    "quoted over lines": ('a: "b\n  c\\n\\\n  d"\n', {"a": "b c\nd"}),
    "escapes": (r'a: "\x41\u00e9\U0001F600\t\0\e\_\N"' + "\n", {"a": "Aé😀\t\0\x1b\xa0\x85"}),
    "anchors on scalars and keys": ("&k a: &v x\nb: *v\nc: [*k, *v]\n", {"a": "x", "b": "x", "c": ["a", "x"]}),
    "alias as a key": ("a: &v x\n*v : 1\n", {"a": "x", "x": 1}),
    "anchor again": ("a: &v 1\nb: &v 2\nc: *v\n", {"a": 1, "b": 2, "c": 2}),
    "aliases of containers": ("a: &m {b: [1]}\nc: *m\nd: [*m, *m]\n", {"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}, {"b": [1]}]}),
    "standard tags": (
        'a: !!int 1\nb: !!float 1\nc: !!bool true\nd: !!null ~\ne: !!map {}\nf: !!seq []\ng: !!str\n!!str 1: !!int "2"\n',
        {"a": 1, "b": 1.0, "c": True, "d": None, "e": {}, "f": [], "g": "", "1": 2},
    ),
    "question mark keys": ("? a\n: b\n? 'c'\n", {"a": "b", "c": None}),
    "pairs in a list": ("[a: 1, b c: 2]\n", [{"a": 1}, {"b c": 2}]),
    "empty key": ('"": 1\n', {"": 1}),
    "quoted keys": ("'1': a\n\"on\": b\n'<<': c\n", {"1": "a", "on": "b", "<<": "c"}),
    "quoted and unquoted key": ("a: {x: 1}\nb: {'x': 1}\nc: {\"on\": 1}\n", {"a": {"x": 1}, "b": {"x": 1}, "c": {"on": 1}}),
    "as deep as may be": ("[" * 100 + "]" * 100, json.loads("[" * 100 + "]" * 100)),
    "colons in brackets": (
        "{a: b:80, c: https://x.y/z?q=1&r, d: [fd00::/8, ::1, 12:30], 'e':1, g?: !!str 80:80, h: '::', \"i?\": it's:ok}\n",
        {"a": "b:80", "c": "https://x.y/z?q=1&r", "d": ["fd00::/8", "::1", "12:30"], "e": 1, "g?": "80:80", "h": "::", "i?": "it's:ok"},
    ),
    "tags and colons in brackets": (
        "%YAML 1.2\n--- # a:b\n{a: !<tag:yaml.org,2002:str> b:1, \ue000: c:2}\n",
        {"a": "b:1", "\ue000": "c:2"},
    ),
    "beyond the BMP": ("😀: 𝒳\n", {"😀": "𝒳"}),
}


@pytest.mark.parametrize(("text", "data"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents(engine: str, text: str, data: Any) -> None:
    document = source.parse(text.encode(), "f.yaml")
    assert document.data == data
    assert json.dumps(document.data) == json.dumps(data)
    assert source.parse(text, "f.yaml") == document
    assert document.name == "f.yaml"
    assert document.text == text.removeprefix("\ufeff")


@pytest.mark.parametrize(("text", "data"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_both_parsers_give_equal_documents(monkeypatch: pytest.MonkeyPatch, text: str, data: Any) -> None:
    document = source.parse(text, "f.yaml")
    monkeypatch.setitem(sys.modules, "_ruamel_yaml", None)
    assert source.parse(text, "f.yaml") == document


# --- places

PLACES: dict[tuple[str | int, ...], tuple[tuple[int, int, int, int], tuple[int, int, int, int] | None, str | None]] = {
    (): ((1, 1, 15, 15), None, None),
    ("apiVersion",): ((1, 13, 1, 30), (1, 1, 1, 11), "kgen.dev/v1alpha1"),
    ("metadata",): ((3, 11, 3, 23), (3, 1, 3, 9), None),
    ("metadata", "name"): ((3, 18, 3, 22), (3, 12, 3, 16), "shop"),
    ("spec",): ((5, 3, 15, 15), (4, 1, 4, 5), None),
    ("spec", "clusters"): ((7, 5, 15, 15), (6, 3, 6, 11), None),
    ("spec", "clusters", 0): ((7, 7, 7, 84), None, None),
    ("spec", "clusters", 0, "labels"): ((7, 28, 7, 60), (7, 20, 7, 26), None),
    ("spec", "clusters", 0, "labels", "edge"): ((7, 53, 7, 59), (7, 45, 7, 51), None),
    ("spec", "clusters", 0, "podCIDR"): ((7, 71, 7, 83), (7, 62, 7, 69), "10.10.0.0/16"),
    ("spec", "clusters", 1): ((8, 7, 15, 15), None, None),
    ("spec", "clusters", 1, "labels"): ((7, 28, 7, 60), (9, 7, 9, 13), None),
    ("spec", "clusters", 1, "labels", "region"): ((7, 41, 7, 43), (7, 33, 7, 39), "eu"),
    ("spec", "clusters", 1, "text"): ((10, 13, 12, 12), (10, 7, 10, 11), None),
    ("spec", "clusters", 1, "more"): ((14, 7, 15, 15), (13, 7, 13, 11), None),
    ("spec", "clusters", 1, "more", 0): ((14, 9, 15, 15), None, None),
    ("spec", "clusters", 1, "more", 0, 1): ((15, 11, 15, 15), None, "2.50"),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_places(engine: str, newline: str, start: str) -> None:
    document = source.parse(start + SEED.replace("\n", newline), "f.yaml")
    for parts, (value, key, raw) in PLACES.items():
        one = FieldPath(parts)
        assert document.spans[one] == Span("f.yaml", *value, one), one
        assert (at(document.key_spans[one]) if one in document.key_spans else None) == key, one
        assert document.raw(one) == raw, one
        assert document.span(one) == document.spans[one]
        assert at(document.key_span(one)) == (key or value)


def test_every_value_has_a_place_and_nothing_else() -> None:
    document = source.parse(SEED, "f.yaml")
    assert [str(one) for one in document.spans] == [
        "", "apiVersion", "kind", "metadata", "metadata.name", "spec", "spec.versions", "spec.versions.submariner", "spec.clusters",
        "spec.clusters[0]", "spec.clusters[0].name", "spec.clusters[0].labels", "spec.clusters[0].labels.region", "spec.clusters[0].labels.edge",
        "spec.clusters[0].podCIDR", "spec.clusters[1]", "spec.clusters[1].name", "spec.clusters[1].labels", "spec.clusters[1].labels.region",
        "spec.clusters[1].labels.edge", "spec.clusters[1].text", "spec.clusters[1].more", "spec.clusters[1].more[0]", "spec.clusters[1].more[0][0]",
        "spec.clusters[1].more[0][1]",
    ]  # fmt: skip
    assert len(document.spans) == 25
    assert set(document.key_spans) == {one for one in document.spans if one and isinstance(one[-1], str)}
    assert len(document.plain) == 11
    assert document.plain[path("spec", "clusters", 1, "more", 0, 0)] == "1"


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        (("metadata", "namespace"), ("metadata",)),
        (("metadata", "name", "x", 0), ("metadata", "name")),
        (("spec", "clusters", 2), ("spec", "clusters")),
        (("spec", "clusters", -1), ("spec", "clusters")),
        (("spec", "clusters", "0"), ("spec", "clusters")),
        (("status",), ()),
        ((0,), ()),
    ],
)
def test_what_is_missing_is_told_at_what_is_there(parts: tuple[str | int, ...], found: tuple[str | int, ...]) -> None:
    document = source.parse(SEED, "f.yaml")
    one = FieldPath(parts)
    assert document.span(one) == document.spans[FieldPath(found)]
    assert one not in document.spans
    assert one not in document.key_spans
    assert document.raw(one) is None


def test_a_document_without_places_is_told_as_a_whole_file() -> None:
    assert source.Document("f.yaml", "", {"a": 1}).span(path("a")) == Span("f.yaml", 1, 1, 1, 1)


EDGES: dict[str, tuple[str, tuple[str | int, ...], tuple[int, int, int, int]]] = {
    "nothing": ("a:\nb: 1\n", ("a",), (1, 3, 1, 3)),
    "nothing in a list": ("-\n- 1\n", (0,), (1, 2, 1, 2)),
    "wide characters count one": ("日本: 😀 x\n", ("日本",), (1, 5, 1, 8)),
    "comment after the last item": ("a:\n- 1\n# c\n\nb: 2\n", ("a",), (2, 1, 2, 4)),
    "flow over lines": ("a: [1,\n  2 ]\n", ("a",), (1, 4, 2, 6)),
    "folded": ("a: >\n  b\n  c\n\n# d\n", ("a",), (1, 4, 3, 4)),
    "plain over lines": ("a: b\n  c\n# d\n", ("a",), (1, 4, 2, 4)),
    "anchor": ("a: &x b\n", ("a",), (1, 4, 1, 8)),
    "tag": ("a: !!str 1\n", ("a",), (1, 4, 1, 11)),
    "single pair": ("- [a: b]\n", (0, 0), (1, 4, 1, 8)),
    "list ends with an alias": ("a: &x [1]\nb:\n- *x\n# c\n", ("b",), (3, 1, 3, 5)),
    "list ends with an empty map": ("b:\n- {}\n# c\n", ("b",), (2, 1, 2, 5)),
}


@pytest.mark.parametrize(("text", "parts", "place"), EDGES.values(), ids=EDGES)
def test_places_at_the_edges(engine: str, text: str, parts: tuple[str | int, ...], place: tuple[int, int, int, int]) -> None:
    assert at(source.parse(text, "f.yaml").spans[FieldPath(parts)]) == place


RAW = {
    "a: &x 1.30": "1.30", "a: b\n  c": "b\n  c", "a:": "", "a: ~": "~", "a: &x": "", "a: &x '1'": None, "a: |\n 1": None, "a: !!str 1": None,
    "a: &x !!str no": None, "a: {}": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "raw"), RAW.items())
def test_raw_is_the_text_as_written(engine: str, text: str, raw: str | None) -> None:
    assert source.parse(text, "f.yaml").raw(path("a")) == raw


# --- findings

LINE = (1, 1, 1, 1)
BOMB = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30))
TOWER = "a0: &a0 " + "[" * 60 + "]" * 60 + "\n" + "a1: " + "[" * 60 + "*a0" + "]" * 60 + "\n"
FINDINGS: dict[str, tuple[str | bytes, str, tuple[int, int, int, int], str]] = {
    "not UTF-8": (b"a: 1\r\nb: \xc3\xa9\xff\n", "KG002", (2, 5, 2, 6), "byte 0xff is no part of UTF-8"),
    "not UTF-8 after a byte order mark": (b"\xef\xbb\xbfa\xff", "KG002", (1, 2, 1, 3), "byte 0xff"),
    "surrogates in UTF-8": (b"a: \xed\xa0\x80", "KG002", (1, 4, 1, 5), "byte 0xed"),
    "cut in a character": (b"a: \xe6\x97", "KG002", (1, 4, 1, 5), "byte 0xe6"),
    "UTF-16": ("a: 1".encode("utf-16"), "KG002", LINE, "UTF-16"),
    "UTF-16 without a mark": ("a: 1".encode("utf-16-le"), "KG002", LINE, "UTF-16"),
    "UTF-16 without a mark, big": ("a: 1".encode("utf-16-be"), "KG002", LINE, "UTF-16"),
    "UTF-32": ("a: 1".encode("utf-32"), "KG002", LINE, "UTF-16 or UTF-32"),
    "NUL": ("a: 1\nb: \0", "KG005", (2, 4, 2, 5), "a NUL character"),
    "bell": ("a: \x07", "KG005", (1, 4, 1, 5), "a control character (U+0007)"),
    "escape": ("# \x1b[0m", "KG005", (1, 3, 1, 4), "a control character (U+001B)"),
    "delete": ("a: \x7f", "KG005", (1, 4, 1, 5), "a control character (U+007F)"),
    "form feed": ("a: b\x0cc", "KG005", (1, 5, 1, 6), "a control character (U+000C)"),
    "next line": ("a: '\x85'", "KG005", (1, 5, 1, 6), "a next-line character"),
    "line separator": ("a: b\u2028", "KG005", (1, 5, 1, 6), "a line separator"),
    "paragraph separator": ("# \u2029", "KG005", (1, 3, 1, 4), "a paragraph separator"),
    "byte order mark inside": ("a: \ufeff1", "KG005", (1, 4, 1, 5), "a byte order mark"),
    "two byte order marks": ("\ufeff\ufeffa: 1", "KG005", (1, 1, 1, 2), "a byte order mark"),
    "noncharacter": ("a: \uffff", "KG005", (1, 4, 1, 5), "U+FFFF"),
    "lone surrogate": ("a: \ud800", "KG005", (1, 4, 1, 5), "a lone surrogate (U+D800)"),
    "escaped lone surrogate": ('a: "x\\ud800"', "KG004", (1, 8, 1, 9), "half of a surrogate pair"),
    "escaped pair": ('a: "\\ud83d\\ude00"', "KG004", (1, 7, 1, 8), "half of a surrogate pair"),
    "escape beyond Unicode": ('a: "\\U00110000"', "KG004", (1, 7, 1, 8), "beyond U+10FFFF"),
    "empty": ("", "KG006", LINE, "no document"),
    "empty bytes": (b"", "KG006", LINE, "no document"),
    "a byte order mark alone": (b"\xef\xbb\xbf", "KG006", LINE, "no document"),
    "white space": (" \n\n  \n", "KG006", LINE, "no document"),
    "comments": ("# a\n# b\n", "KG006", LINE, "no document"),
    "markers": ("---\n---\n...\n", "KG006", LINE, "no document"),
    "two documents": ("a: 1\n---\nb: 2\n", "KG007", (2, 1, 2, 4), "a second document"),
    "two documents, ended": ("a: 1\n...\n---\nb: 2\n", "KG007", (3, 1, 3, 4), "a second document"),
    "duplicate key": ("a: 1\nb: 2\na: 3\n", "KG008", (3, 1, 3, 2), 'key "a" stands twice'),
    "duplicate key, quoted": ("{a: 1, 'a': 1}", "KG008", (1, 8, 1, 11), 'key "a" stands twice'),
    "duplicate key by alias": ("&k a: 1\n*k : 2\n", "KG008", (2, 1, 2, 3), 'key "a" stands twice'),
    "number as a key": ("80: a", "KG009", (1, 1, 1, 3), "key 80 is a number"),
    "float as a key": ("a: {1.5: b}", "KG009", (1, 5, 1, 8), "key 1.5 is a number"),
    "null as a key": ("null: a", "KG009", (1, 1, 1, 5), "key null is null"),
    "boolean as a key": ("true: a", "KG009", (1, 1, 1, 5), "key true is a boolean"),
    "octal as a key": ("012: a", "KG009", (1, 1, 1, 4), "key 012 is a number"),
    "1.1 boolean as a key": ("on: a", "KG009", (1, 1, 1, 3), "key on is the boolean true to a YAML 1.1 reader"),
    "1.1 date as a key": ("2020-01-01: a", "KG009", (1, 1, 1, 11), "key 2020-01-01 is a date"),
    "no key": ("{? : a}", "KG009", (1, 4, 1, 5), "a key is missing"),
    "list as a key": ("[a]: b", "KG009", (1, 1, 1, 2), "a list cannot be a key"),
    "mapping as a key": ("? a: b\n: c", "KG009", (1, 3, 1, 4), "a mapping cannot be a key"),
    "braces of a template": ("a: {{ x }}", "KG009", (1, 5, 1, 6), "a mapping cannot be a key"),
    "alias of a list as a key": ("a: &x [1]\n*x : b", "KG009", (2, 1, 2, 3), "a list cannot be a key"),
    "alias of a number as a key": ("a: &x 1\n*x : b", "KG009", (2, 1, 2, 3), "what this alias repeats cannot be a key"),
    "tagged key": ("!!int 1: a", "KG009", (1, 1, 1, 8), "key 1 is a number"),
    "merge key": ("a: &x {b: 1}\nc: {<<: *x}", "KG010", (2, 5, 2, 7), "merge keys"),
    "own tag": ("a: !env HOME", "KG011", (1, 4, 1, 8), "tag !env is not read"),
    "own tag on a map": ("a: !x {b: 1}", "KG011", (1, 4, 1, 6), "tag !x is not read"),
    "own tag behind an anchor": ("a: &b !x c", "KG011", (1, 7, 1, 9), "tag !x is not read"),
    "binary": ("a: !!binary aGk=", "KG011", (1, 4, 1, 12), "tag !!binary is not read"),
    "timestamp": ("a: !!timestamp 2020-01-01", "KG011", (1, 4, 1, 15), "tag !!timestamp is not read"),
    "set": ("a: !!set {b}", "KG011", (1, 4, 1, 9), "tag !!set is not read"),
    "verbatim tag": ("a: !<tag:x.y,2000:z> b", "KG011", (1, 4, 1, 21), "tag tag:x.y,2000:z is not read"),
    "map that is a list": ("a: !!map []", "KG011", (1, 4, 1, 9), "tag !!map is not read"),
    "scalar that is a map": ("a: !!map b", "KG011", (1, 4, 1, 9), "tag !!map is not read"),
    "int that is none": ("a: !!int b", "KG011", (1, 4, 1, 11), '"b" is not what its tag !!int says'),
    "bool that is none": ("a: !!bool yes", "KG011", (1, 4, 1, 14), '"yes" is not what its tag !!bool says'),
    "tag on a key": ("!x a: b", "KG011", (1, 1, 1, 3), "tag !x is not read"),
    "alias bomb": (BOMB, "KG012", (6, 45, 6, 48), "more than 1,000,000 values"),
    "unknown alias": ("a: *b", "KG013", (1, 4, 1, 6), "*b repeats an anchor that does not stand above"),
    "alias before its anchor": ("a: *b\nb: &b 1", "KG013", (1, 4, 1, 6), "*b repeats an anchor"),
    "alias in its own value": ("a: &b [1, *b]", "KG013", (1, 11, 1, 13), "inside the value that it repeats"),
    "alias in its own value, deep": ("a: &b {c: {d: *b}}", "KG013", (1, 15, 1, 17), "inside the value that it repeats"),
    "too deep": ("[" * 101 + "]" * 101, "KG014", (1, 101, 1, 102), "more than 100 levels"),
    "too deep and never closed": ("{a: " * 5000, "KG014", (1, 401, 1, 402), "more than 100 levels"),
    "too deep in blocks": ("".join(" " * i + "a:\n" for i in range(101)) + " " * 101 + "a: 1\n", "KG014", (101, 101, 101, 102), "100 levels"),
    "too deep by dashes": ("- " * 3000 + "a", "KG014", (1, 201, 1, 202), "more than 100 levels"),
    "too deep by aliases": (TOWER, "KG014", (2, 65, 2, 68), "more than 100 levels"),
    "infinity": ("a: .inf", "KG015", (1, 4, 1, 8), ".inf is no number that Kubernetes keeps"),
    "minus infinity": ("a: -.Inf", "KG015", (1, 4, 1, 9), "-.Inf is no number"),
    "not a number": ("a: .NaN", "KG015", (1, 4, 1, 8), ".NaN is no number"),
    "too large a float": ("a: 1e999", "KG015", (1, 4, 1, 9), "1e999 is larger"),
    "too large an integer": ("a: 18446744073709551616", "KG015", (1, 4, 1, 24), "does not fit in 64 bits"),
    "too small an integer": ("a: -9223372036854775809", "KG015", (1, 4, 1, 24), "does not fit in 64 bits"),
    "too large in base 16": ("a: 0x10000000000000000", "KG015", (1, 4, 1, 23), "does not fit in 64 bits"),
    "digits without end": ("a: " + "1" * 5000, "KG015", (1, 4, 1, 5004), "does not fit in 64 bits"),
    "digits without end in base 8": ("a: 0o" + "1" * 5000, "KG015", (1, 4, 1, 5006), "does not fit in 64 bits"),
    "zeros without end": ("a: " + "0" * 5000, "KG016", (1, 4, 1, 5004), "is 0 to a YAML 1.2 reader"),
    "octal to some": ("a: 0644", "KG016", (1, 4, 1, 8), "0644 is 644 to a YAML 1.2 reader and 420 to a YAML 1.1 reader"),
    "octal with a sign": ("a: -012", "KG016", (1, 4, 1, 8), "-012 is -12 to a YAML 1.2 reader and -10 to a YAML 1.1 reader"),
    "leading zero": ("a: 08", "KG016", (1, 4, 1, 6), "08 is 8 to a YAML 1.2 reader and no integer to a YAML 1.1 reader"),
    "asks for 1.1": ("%YAML 1.1\n---\na: 1", "KG017", (1, 1, 2, 4), "asks for YAML 1.1"),
    "declares tags": ("%TAG ! tag:x.y,2000:\n---\na: 1", "KG017", (1, 1, 2, 4), "%TAG lines are not read"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "place", "message"), FINDINGS.values(), ids=FINDINGS)
def test_findings(text: str | bytes, code: str, place: tuple[int, int, int, int], message: str) -> None:
    (finding,) = refused(text)
    assert (finding.code, at(finding.at)) == (code, place)
    assert message in finding.message
    assert len(finding.message) < 200


@pytest.mark.parametrize(("text", "code", "place", "message"), FINDINGS.values(), ids=FINDINGS)
def test_the_pure_parser_finds_the_same(
    monkeypatch: pytest.MonkeyPatch, text: str | bytes, code: str, place: tuple[int, int, int, int], message: str
) -> None:
    monkeypatch.setitem(sys.modules, "_ruamel_yaml", None)
    assert [finding.code for finding in refused(text)] == [code]


SYNTAX: dict[str, tuple[str, tuple[int, int, int, int], str]] = {
    "brackets": ("a: [1, 2\nb: 3\n", (2, 2, 2, 3), "the list in brackets is not closed"),
    "brackets to the end": ("a: [1, 2", (1, 4, 1, 5), "the list in brackets is not closed"),
    "braces": ("a: {b: 1\n", (1, 4, 1, 5), "the mapping in braces is not closed"),
    "a bracket too many": ("{a: 1}}", (1, 7, 1, 8), "the document has ended above"),
    "a bracket for a value": ("a: ]", (1, 4, 1, 5), "a value is missing here"),
    "double quote": ('a: 1\nb: "x\nc: 2\n', (2, 4, 2, 5), "quoted text starts here and never ends"),
    "single quote": ("a: 'it's'\n", (1, 8, 1, 9), "this cannot follow the value before it"),
    "quotes over a marker": ("a: 'b\n--- c\n", (1, 4, 1, 5), "runs into a line that ends the document"),
    "text behind quotes": ('a: "x" y', (1, 8, 1, 9), "this cannot follow the value before it"),
    "escape": (r'a: "C:\dir"', (1, 7, 1, 8), "double quotes know no such escape"),
    "short escape": (r'a: "\x4"', (1, 7, 1, 8), "an escape in double quotes is not complete"),
    "tab before a key": ("\ta: 1", (1, 1, 1, 2), "a tab stands where YAML wants spaces"),
    "tab before an item": ("a:\n\t- b", (2, 1, 2, 2), "a tab stands where YAML wants spaces"),
    "tab in a text": ("a: x\n\tb: c", (2, 1, 2, 2), "a tab stands where YAML wants spaces"),
    "colon in a text": ("a: b: c", (1, 5, 1, 6), "a key and its colon cannot stand here"),
    "key below a text": ("a: x\n  b: 1\n", (2, 4, 2, 5), "a key and its colon cannot stand here"),
    "key in a list": ("a:\n- 1\nb: 2\n- 3\n", (4, 1, 4, 2), "this line is not another key of the mapping above"),
    "list behind a key": ("a: - b", (1, 4, 1, 5), "a list item cannot start here"),
    "indented less": ("a:\n    b: 1\n  c: 2\n", (3, 3, 3, 4), "this line is not another key of the mapping above"),
    "item indented less": ("a:\n    - 1\n  - 2\n", (3, 3, 3, 4), "this line is not another key of the mapping above"),
    "key among items": ("- 1\nb: 2\n", (2, 1, 2, 2), "this line is not another item of the list above"),
    "no colon": ("a: 1\nfoo\nb: 2\n", (2, 1, 2, 2), "this is neither a key with its colon nor part of the value above"),
    "no key": (": x", (1, 1, 1, 2), "a key is missing before the colon"),
    "at sign": ("a: @b", (1, 4, 1, 5), "@ cannot start a value"),
    "backtick": ("a: `b`", (1, 4, 1, 5), "` cannot start a value"),
    "percent": ("a: %b", (1, 4, 1, 5), "% cannot start a value"),
    "percent at the start": ("%b c\na: 1\n", (1, 3, 1, 4), "% begins a line for the parser"),
    "star": ("host: *.example.com", (1, 8, 1, 9), "* repeats an anchor, but no name of one follows"),
    "ampersand": ("a: & b", (1, 5, 1, 6), "& makes an anchor, but no name for it follows"),
    "exclamation mark": ("a: !<b", (1, 4, 1, 5), "! begins a tag"),
    "handle": ("a: !e!b c", (1, 4, 1, 5), "this tag's handle is declared nowhere"),
    "colons and a bracket": ("{a: b:80,\n c: d?}]", (2, 8, 2, 9), "the document has ended above"),
    "block header": ("a: |3x\n  b", (1, 6, 1, 7), "this does not belong behind | or >"),
    "another version": ("%YAML 2.0\n---\na: 1\n", (1, 1, 1, 2), "asks for a version of YAML that kgen does not read"),
    "conflict markers": ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", (2, 1, 2, 2), "a merge was not resolved"),
    "half resolved": ("a:\n  b: 1\n=======\n  b: 2\n", (3, 1, 3, 2), "a merge was not resolved"),
    "bracket below": ("a: 1\n  - b\n]\n", (3, 1, 3, 2), "this line is not another key of the mapping above"),
}


@pytest.mark.parametrize(("text", "place", "message"), SYNTAX.values(), ids=SYNTAX)
def test_syntax(text: str, place: tuple[int, int, int, int], message: str) -> None:
    (finding,) = refused(text)
    assert finding.code == "KG004"
    assert message in finding.message
    assert "this is not YAML: " not in finding.message
    assert at(finding.at) == place


@pytest.mark.parametrize(("text", "place", "message"), SYNTAX.values(), ids=SYNTAX)
def test_the_pure_parser_refuses_it_too(monkeypatch: pytest.MonkeyPatch, text: str, place: tuple[int, int, int, int], message: str) -> None:
    monkeypatch.setitem(sys.modules, "_ruamel_yaml", None)
    assert {finding.code for finding in refused(text)} <= {"KG004", "KG009", "KG013"}


@pytest.mark.parametrize(
    ("text", "place"),
    [("a: &b:80", (1, 6, 1, 7)), ("a: !!str &b:c", (1, 12, 1, 13)), ("a: &b 1\n*b: 2\n", (2, 3, 2, 4))],
)
def test_names_of_anchors_that_run_on(text: str, place: tuple[int, int, int, int]) -> None:
    # libyaml ends such a name early; the other parser reads it whole, as YAML 1.2 has it.
    finding = refused(text)[0]
    assert (finding.code, at(finding.at)) == ("KG004", place)
    assert finding.message == "this cannot be in the name of an anchor"


def test_a_duplicate_key_names_both_places() -> None:
    (finding,) = refused("a:\n  b: {c: 1,\n    d: 2}\n  e: 1\n  b: 2\n")
    assert at(finding.at) == (5, 3, 5, 4)
    assert [(at(other.at), other.label) for other in finding.related] == [((2, 3, 2, 4), "first here")]


def test_all_that_is_wrong_is_told_at_once(engine: str) -> None:
    text = 'a: 012\na: {1: !x y, b: .inf, b: *c}\n<<: {}\nd: 012\n"\\q": 1\n'
    assert [(finding.code, at(finding.at)[:2]) for finding in refused(text)][:8] == [
        ("KG016", (1, 4)), ("KG009", (2, 5)), ("KG011", (2, 8)), ("KG015", (2, 17)), ("KG013", (2, 26)), ("KG008", (2, 23)), ("KG008", (2, 1)),
        ("KG010", (3, 1)),
    ]  # fmt: skip


def test_a_few_of_many_forbidden_characters_are_told() -> None:
    assert len(refused("\x01" * 100)) == 5


def test_a_thousand_findings_are_enough() -> None:
    assert len(refused("a: 1\n" * 50_000)) == 1_000


def test_a_rejected_text_is_at_hand_for_its_frames() -> None:
    with pytest.raises(source.RejectedText) as caught:
        source.parse("\ufeffa: [", "f.yaml")
    assert (caught.value.name, caught.value.text) == ("f.yaml", "a: [")
    with pytest.raises(source.RejectedText) as caught:
        source.parse(b"a: \xff\nb", "f.yaml")
    assert caught.value.text == "a: \ufffd\nb"


def test_aliases_within_the_limit_are_read() -> None:
    text = "a: &a {b: [1, 2, 3, 4, 5, 6, 7, 8]}\nc: [" + ", ".join(["*a"] * 10_000) + "]\n"
    document = source.parse(text, "f.yaml")
    assert len(document.data["c"]) == 10_000
    assert document.data["c"][9_999] is document.data["a"]


def test_many_anchors_are_weighed_in_linear_time() -> None:
    text = "".join(f"- &a{i} [{', '.join(f'*a{j}' for j in range(max(0, i - 1), i))}]\n" for i in range(90)) + "- &x [1]\n- *x\n" * 5_000
    assert len(source.parse(text, "f.yaml").data) == 10_090


# --- files


def test_read_names_the_file_as_given(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    document = source.read(tmp_path / "a.yaml")
    assert (document.name, document.data) == (str(tmp_path / "a.yaml"), {"a": 1})
    assert source.read(str(tmp_path / "a.yaml"), "a.yaml").name == "a.yaml"


def test_read_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a: \xc3\xa9\n"), encoding="ascii"))
    document = source.read("-")
    assert (document.name, document.data) == ("-", {"a": "é"})


def unreadable(file: Path | str) -> str:
    with pytest.raises(Rejected) as caught:
        source.read(file, "f.yaml")
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.at) == ("KG001", Span("f.yaml", 1, 1, 1, 1))
    assert finding.help
    return finding.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a: 1\n")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert unreadable(tmp_path / "none.yaml") == 'there is no file "f.yaml"'
    assert unreadable("") == 'there is no file "f.yaml"'
    assert unreadable(tmp_path) == '"f.yaml" is a folder, not a file'
    assert unreadable(tmp_path / "file" / "x") == '"f.yaml" leads through a file as if it were a folder'
    assert unreadable(tmp_path / "loop") == '"f.yaml" is a link that leads back to itself'
    assert unreadable(str(tmp_path / ("x" * 300))) == '"f.yaml" is no path to a file'
    assert unreadable("a\0b") == '"f.yaml" is no path to a file'


def test_a_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a: 1\n")
    (tmp_path / "file").chmod(0)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        assert unreadable(tmp_path / "file") == '"f.yaml" may not be read'
    finally:
        if root:
            os.seteuid(0)


def test_a_failing_disk_is_no_finding() -> None:
    # Reading a process's memory from address 0 fails as a broken disk does.
    with pytest.raises(KgenError, match=f"f.yaml: {os.strerror(errno.EIO)}"):
        source.read("/proc/self/mem", "f.yaml")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(source.MAX_BYTES + 1)
    with pytest.raises(Rejected) as caught:
        source.read(tmp_path / "huge")
    assert [finding.code for finding in caught.value.diagnostics] == ["KG003"]
    with pytest.raises(Rejected) as caught:
        source.read("/dev/zero")
    assert [finding.code for finding in caught.value.diagnostics] == ["KG003"]


# --- streams

STREAMS: dict[str, tuple[str, list[Any]]] = {
    "none": ("", []),
    "one": ("a: 1\n", [{"a": 1}]),
    "three": ("a: 1\n---\nb: 2\n---\n- c\n", [{"a": 1}, {"b": 2}, ["c"]]),
    "empty ones": ("---\n---\n# x\n---\na: 1\n---\n...\n", [{"a": 1}]),
    "anchors end with their document": ("a: &x 1\n---\nb: &x 2\nc: *x\n", [{"a": 1}, {"b": 2, "c": 2}]),
    "JSON": ('{"a": 1}\n', [{"a": 1}]),
    "JSON in a row": ('{"a": 1}\n{"b": [\n\t2]}{"c": 3}\n', [{"a": 1}, {"b": [2]}, {"c": 3}]),
    "JSON and YAML": ('{"a": 1}\n---\nb: 2\n--- {"c": 3}\n', [{"a": 1}, {"b": 2}, {"c": 3}]),
}


@pytest.mark.parametrize(("text", "data"), STREAMS.values(), ids=STREAMS)
def test_streams(engine: str, text: str, data: list[Any]) -> None:
    assert [document.data for document in source.parse_manifests(text.encode(), "f.yaml")] == data


def test_places_in_a_stream(engine: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_text('# x\n{"a": 1}\n{"b": [\n  no]}\n{"b": "é"} {"c": 3}\n')
    documents = source.read_manifests(tmp_path / "f", "f.yaml")
    places = [{str(one): at(span) for one, span in document.spans.items()} for document in documents]
    assert places == [
        {"": (2, 1, 2, 9), "a": (2, 7, 2, 8)},
        {"": (3, 1, 4, 7), "b": (3, 7, 4, 6), "b[0]": (4, 3, 4, 5)},
        {"": (5, 1, 5, 11), "b": (5, 7, 5, 10)},
        {"": (5, 12, 5, 20), "c": (5, 18, 5, 19)},
    ]
    assert documents[1].data == {"b": [False]}
    assert documents[1].raw(path("b", 0)) == "no"


def test_a_bad_object_in_a_row_is_told_where_it_stands() -> None:
    with pytest.raises(Rejected) as caught:
        source.parse_manifests('{"a": 1}\n{"b": 2, "b": !!set 3}\n{"c": [}\n', "f.yaml")
    assert [(finding.code, at(finding.at)) for finding in caught.value.diagnostics] == [
        ("KG011", (2, 15, 2, 20)),
        ("KG008", (2, 10, 2, 13)),
    ]


def test_streams_collect_what_is_wrong_in_each() -> None:
    with pytest.raises(Rejected) as caught:
        source.parse_manifests("a: .nan\n---\nb: 1\nb: 2\n", "f.yaml")
    assert [(finding.code, at(finding.at)[:2]) for finding in caught.value.diagnostics] == [("KG015", (1, 4)), ("KG008", (4, 1))]


# --- properties

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DATA = st.recursive(
    st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=15,
)


def excerpt(text: str, span: Span) -> str:
    lines = text.split("\n")
    assert span.line == span.end_line
    return lines[span.line - 1][span.column - 1 : span.end_column - 1]


@given(data=DATA)
@settings(max_examples=200)
def test_what_is_dumped_reads_back_with_places(data: Any) -> None:
    document = source.parse(dumps(data), "f.yaml")
    assert json.dumps(document.data) == json.dumps(data)
    assert not document.doubtful
    for one, span in document.spans.items():
        value = document.data
        for part in one:
            value = value[part]
        if not isinstance(value, (dict, list)):
            assert source.parse(f"- {excerpt(document.text, span)}", "x").data == [value]
        if one in document.key_spans:
            assert source.parse(f"- {excerpt(document.text, document.key_spans[one])}", "x").data == [one[-1]]


@given(data=DATA)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_parsers_agree_on_any_data(data: Any) -> None:
    text = dumps(data)
    document = source.parse(text, "f.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "_ruamel_yaml", None)
        assert source.parse(text, "f.yaml") == document


PIECES = st.sampled_from(
    list("abé01 \t\n\r:-?[]{}&*!|>'\"%@`#,.\\\x00\x85\ud800\ufeff~<=_")
    + ["\n  ", "- ", ": ", "&a ", "*a", "<<", "0o", "\\u", "---\n", "😀"]
)


@st.composite
def corrupted(draw: st.DrawFn) -> str:
    text = SEED
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        text = text[:start] + "".join(draw(st.lists(PIECES, max_size=4))) + text[end:]
    return text


def outcome(text: str | bytes) -> tuple[tuple[source.Document, ...], source.RejectedText | None]:
    try:
        return source.parse_manifests(text, "f.yaml"), None
    except source.RejectedText as rejected:
        return (), rejected


@given(text=st.one_of(corrupted(), st.lists(PIECES, max_size=30).map("".join), st.binary(max_size=40)))
@settings(max_examples=500)
def test_any_text_is_a_document_or_findings_within_it(text: str | bytes) -> None:
    documents, rejected = outcome(text)
    if rejected is None:
        for document in documents:
            json.dumps(document.data, allow_nan=False)
            assert document.spans[ROOT].line >= 1
            assert len(list(document.spans.values())) >= 1
            assert all(document.doubtful.values())
        return
    assert rejected.diagnostics
    lines = rejected.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for finding in rejected.diagnostics:
        for span in (finding.at, *(other.at for other in finding.related)):
            assert isinstance(span, Span)
            assert 1 <= span.line <= span.end_line <= len(lines)
            assert 1 <= span.column <= len(lines[span.line - 1]) + 1
            assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
            assert (span.line, span.column) <= (span.end_line, span.end_column)


@given(text=st.one_of(corrupted(), st.lists(PIECES, max_size=30).map("".join)))
@settings(max_examples=100)
def test_any_text_with_the_pure_parser(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "_ruamel_yaml", None)
        rejected = outcome(text)[1]
    assert rejected is None or rejected.diagnostics


# --- the parser's modules


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_reading_imports_little() -> None:
    program = "import sys; from kgen import source; source.parse('a: [1]', 'x'); print(*sorted(m for m in sys.modules if m.startswith('ruamel.yaml')))"
    assert not {"ruamel.yaml", "ruamel.yaml.constructor", "ruamel.yaml.scanner", "ruamel.yaml.main"} & set(run(program).split())


@pytest.mark.parametrize("first", ["", "import ruamel.yaml", "import _ruamel_yaml", "import ruamel.yaml.error"])
def test_ruamel_is_whole_after_reading(first: str) -> None:
    program = f"""
{first}
from kgen import source
from kgen.diagnostics import Rejected
assert source.parse("a: [1]", "x").data == {{"a": [1]}}
import io
import ruamel.yaml
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scanner import ScannerError
for kind in ("rt", "safe"):
    yaml = YAML(typ=kind)
    assert yaml.load("a: [1, {{b: c}}] # d") == {{"a": [1, {{"b": "c"}}]}}
    out = io.StringIO()
    yaml.dump({{"a": [1]}}, out)
    assert out.getvalue() in ("a:\\n- 1\\n", "a: [1]\\n"), out.getvalue()
    try:
        yaml.load("a: [")
    except YAMLError as error:
        assert isinstance(error, MarkedYAMLError)
    else:
        raise AssertionError
    try:
        source.parse("a: [", "x")
    except Rejected as rejected:
        assert rejected.diagnostics[0].code == "KG004"
try:
    YAML().load("a: '")
except ScannerError:
    print("whole")
"""
    assert run(program) == "whole"
