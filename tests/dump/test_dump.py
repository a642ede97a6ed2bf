"""What kgen writes is what every reader reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgen.dump import dumps

Reader = Callable[[str], Any]

# Words and numbers of YAML 1.1 and 1.2 and what their readers make of them, by what they are not: strings.
WORDS = """
y Y n N yes Yes YES yEs no No NO nO true True TRUE tRUE false False FALSE on On ON off Off OFF oFF null Null NULL nULL ~ nil none None
nan NaN NAN .nan .NaN .NAN inf Inf INF infinity Infinity .inf .Inf .INF -.inf +.inf +.Inf -inf = << yEAH t f T F o O
"""
NUMBERS = """
0 1 -1 +1 00 01 08 09 010 012 0644 -012 +012 0o14 0o7 0O7 +0o7 -0o7 0o8 0x1f 0X1F -0x1f 0xg 0b101 0B11 -0b1 0b2 1_000 1__0 1_ _1 0_8 0x_1
1. .5 +.5 -.5 1.5 1.30 01.5 1.2.3 1.2.3.4 0.24.0 1._5 ._1 1_0.5 685_230.15 1e3 1E5 12e03 0.1e2 0e0 1.5e3 123e45 1e+3 1e-3 1.e3 .1e3 012e1
1e3_0 6e7 1e 1e+ e3 1e999 -1e999 1d5 1f 0x 0o 0b 0x1p3 0x1.8p3 12:30 12:30:45 190:20:30 1:00 -1:30 1:60 20:30.15 0:0 1:2:3:4 01:02 99:99
9223372036854775807 9223372036854775808 -9223372036854775809 18446744073709551616 123456789012345678901234567890 0.1e-400 1e400
2020-01-01 2020-1-1 2001-12-14t21:59:43.10-05:00 2001-12-15T02:59:43.1Z 2001-12-15T02:59:43 2020-01-01T00:00 20200101 0001-01-01 2020-13-45
10.0.0.0/8 10.0.0.1 255.255.255.255 999.1.1.1/99 1.2.3 1.2 fd00::/8 ::1 :: a::b 1:a 0-1 1-2 1/2 1,000 1,2 $1 1% #1 5g 1a 1y 0y
"""
MARKS = """
- -- --- ... .. . ? : ! & * | > ' " % @ ` , [ ] { } # = < \\ / ; $ ^ ( ) + ~
-a ?a :a !a &a *a |a >a 'a "a %a @a `a ,a [a ]a {a }a #a =a <a \\a /a ;a $a ^a (a )a +a ~a a- a? a: a! a& a* a| a> a' a" a% a@ a` a,
a[ a] a{ a} a# a= a< a\\ a/ a; a$ a^ a( a) a+ a~ a:b a#b a,b a[b a]b a{b a}b a=b a&b a*b a!b a|b a>b a%b a@b a'b a"b a-b a.b a_b a/b a~b
*.example.com http://x:80/y?z=1&w=2#f ${VAR} $(VAR) %{x} {{x}} [] {} [a,b] {a:b} {a: !!str !x &x *x @x `x --- ...a ---a a--- a... %YAML
https://a.b.c:6443 a:80 a:80: host:8080/path quay.io/org/image:v1.2.3 sha256:abc @sha256:1 cert-manager.io/issuer kgen.dev/v1alpha1
"""
SPACED = [
    "", " ", "  ", "\t", "\n", "\r", "\r\n", "\n\n", " a", "a ", "\ta", "a\t", "\na", "a\n", "a\n\n", "a\nb", "a\r\nb", "a\rb", "a\n b", " a\nb",
    "a b", "a  b", "a\tb", "a: b", "a:\tb", "a :b", "a: ", "a #b", "a# b", "a\t#b", "- a", "-\ta",
    "? a", ": a", "-  ", "# a", "a\n# b",
    "a\n---\nb", "---\na", "a\n...\n", "...\n", "%YAML 1.1\n", "a, b", "[a, b]", "{a: b}", "&a b", "*a b", "!a b", "| a", "|\n a", ">\n a", "\\n",
    "\\", "\\\\", "\\x41", "'", "''", '"', '""', "it's", 'say "hi"', "'a'", '"a"', "yes ", " no", "1 ", " 1", "1\n", "null\n", "2020-01-01 ",
    "2001-12-14 21:59:43.10 -5", "1 2", "a" * 2000, "a " * 500, " " * 300, "x" * 127, "x" * 128, "x" * 129, "x" * 1023, "x" * 1025,
]  # fmt: skip
CHARACTERS = [
    *(chr(point) for point in range(0xA1)), "\xad", "\u0300", "\u061c", "\u200b", "\u200d", "\u200e", "\u202e", "\u2028", "\u2029", "\u2060",
    "\u3000", "\ud7ff", "\ue000", "\ufdd0", "\ufdef", "\ufe0f", "\ufeff", "\ufff9", "\ufffc", "\ufffd", "\ufffe", "\uffff", "\U00010000", "\U0001f600",
    "\U0001fffe", "\U0001ffff", "\U000e0001", "\U0010fffd", "\U0010ffff",
]  # fmt: skip
HOSTILE = [
    *(word for table in (WORDS, NUMBERS, MARKS) for word in table.split()),
    *SPACED,
    *(text for character in CHARACTERS for text in (character, f"a{character}b", f"{character}a", f"a{character}", f"a {character} b")),
    "é", "ß", "\u017f", "\u212aa", "ye\u017f", "日本", "\u0645\u0631\u062d\u0628\u0627", "👩‍👩‍👧", "a\u0301", "ａ", "１", "٣", "½", "Ｙ",
]  # fmt: skip
PARTS = st.sampled_from([*HOSTILE, "a", "1", "e", "_", ".", "-", "+", ":", "0", "x", "o", "b"])
TEXTS = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.lists(PARTS, max_size=4).map("".join))
SCALARS = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False, width=64)
)
DATA = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)), max_leaves=12)
TOGETHER = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def equal(one: Any, other: Any) -> bool:
    """Equal, and no 1 for True; a float may come back as the integer that JSON writes for it, with as many digits as a double has."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if {type(one), type(other)} == {int, float}:
        return float(one) == float(other)
    return type(one) is type(other) and bool(one == other)


def test_hostile_strings_read_back_as_values(reader: Reader) -> None:
    wrong = {text: read for text in HOSTILE if (read := attempt(reader, dumps({"v": text, "l": [text]}))) != {"v": text, "l": [text]}}
    assert not wrong


def test_hostile_strings_read_back_as_keys(reader: Reader) -> None:
    wrong = {
        text: read for text in HOSTILE if (read := attempt(reader, dumps([{text: 1, "k": {text: {text: []}}}]))) != expected_keys(text)
    }
    assert not wrong


def expected_keys(text: str) -> Any:
    return [{text: 1, "k": {text: {text: []}}}]


def attempt(reader: Reader, text: str) -> Any:
    try:
        return reader(text)
    except Exception as error:
        return error


@given(data=DATA)
@TOGETHER
def test_any_data_reads_back(reader: Reader, data: Any) -> None:
    assert equal(reader(dumps(data)), data)


@given(data=DATA)
@settings(max_examples=200)
def test_the_text_is_plain_to_diff(data: Any) -> None:
    text = dumps(data)
    assert text.endswith("\n")
    assert not re.search(r"[ \t]\n", text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]", text)
    assert dumps(data) == text


EXAMPLES = {
    "empty map": ({}, "{}\n"),
    "empty list": ([], "[]\n"),
    "scalar": ("a", "a\n"),
    "order as given": ({"b": 1, "a": 2}, "b: 1\na: 2\n"),
    "list at its key's indent": ({"a": [1, {"b": [2]}]}, "a:\n- 1\n- b:\n  - 2\n"),
    "empty containers": ({"a": {}, "b": [], "c": [{}, []]}, "a: {}\nb: []\nc:\n- {}\n- []\n"),
    "nested maps": ({"a": {"b": {"c": None}}}, "a:\n  b:\n    c: null\n"),
    "list of lists": ([[1, [2, 3]], [[4]]], "- - 1\n  - - 2\n    - 3\n- - - 4\n"),
    "map in a list": ([{"a": 1, "b": {"c": 2}}], "- a: 1\n  b:\n    c: 2\n"),
    "booleans and null": ([True, False, None], "- true\n- false\n- null\n"),
    "integers": ([0, -1, 2**63], "- 0\n- -1\n- 9223372036854775808\n"),
    "floats": ([1.0, 0.5, -0.0, 1e22, 1.5e-7, 1e300], "- 1.0\n- 0.5\n- -0.0\n- 1.0e+22\n- 1.5e-07\n- 1.0e+300\n"),
    "what needs no quotes": (
        ["api.example.com", "10.0.0.0/8", "/healthz", "a:80", "v1.2.3", "kgen.dev/v1alpha1", "https://a.b:6443", "${TOKEN}", "east-1"],
        '- api.example.com\n- 10.0.0.0/8\n- /healthz\n- a:80\n- v1.2.3\n- kgen.dev/v1alpha1\n- https://a.b:6443\n- "${TOKEN}"\n- east-1\n',
    ),
    "what does": (
        ["1.30", "no", "", "*.example.com", "a b", "0.24.0", "1e3", "2020-01-01", "a: b", "- a"],
        '- "1.30"\n- "no"\n- ""\n- "*.example.com"\n- "a b"\n- "0.24.0"\n- "1e3"\n- "2020-01-01"\n- "a: b"\n- "- a"\n',
    ),
    "keys as strings": ({"on": 1, "8080": 2, "a.b/c": 3}, '"on": 1\n"8080": 2\na.b/c: 3\n'),
    "text of several lines": ({"a": "x\n y\n"}, 'a: "x\\n y\\n"\n'),
    "escapes": (["\x7f\x85\u2028\ufeff\uffff\U0001ffff", "é😀"], '- "\\x7f\\x85\\u2028\\ufeff\\uffff\\U0001ffff"\n- "é😀"\n'),
    "long key": ({"k" * 130: {"a": [1]}, "l" * 130: [1], "m": 2}, f"? {'k' * 130}\n:\n  a:\n  - 1\n? {'l' * 130}\n:\n- 1\nm: 2\n"),
    "long key in a list": ([{"k" * 130: 1, "m": 2}], f"- ? {'k' * 130}\n  : 1\n  m: 2\n"),
}


@pytest.mark.parametrize(("data", "text"), EXAMPLES.values(), ids=EXAMPLES)
def test_form(data: Any, text: str) -> None:
    assert dumps(data) == text


@pytest.mark.parametrize(("data", "text"), EXAMPLES.values(), ids=EXAMPLES)
def test_forms_read_back(reader: Reader, data: Any, text: str) -> None:
    assert equal(reader(text), data)


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), "\ud800", "a\udfff"], ids=repr)
def test_what_has_no_text_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        dumps({"a": [value]})


@pytest.mark.parametrize("data", [{1: 2}, {None: 1}, {"a": (1, 2)}, {"a": {1}}, [b"x"], object()], ids=lambda data: type(data).__name__)
def test_other_types_are_refused(data: Any) -> None:
    with pytest.raises(TypeError, match="cannot write"):
        dumps(data)


def test_a_surrogate_key_is_refused() -> None:
    with pytest.raises(ValueError, match="lone surrogate"):
        dumps({"\ud800": 1})
