"""RE2 patterns: what they mean, which are refused, and that none takes more than linear time."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.structure.matching import linear, python
from kgen.structure.patterns import PatternError, parse

MEANINGS = [
    pytest.param("^a$", ["a"], ["a\n", "ba", ""], id="dollar is the end, not before a last newline"),
    pytest.param("a", ["a", "xax"], ["", "x"], id="found anywhere"),
    pytest.param("^a|b", ["ax", "xb"], ["xa"], id="an anchor binds to its option"),
    pytest.param("^(?i)ab$", ["AB", "aB"], ["abc"], id="flags in the middle"),
    pytest.param("(?i)a(?-i)b", ["Ab"], ["AB"], id="flags switched off"),
    pytest.param("(?i:a)b", ["Ab"], ["AB"], id="flags of a group"),
    pytest.param("(?s)a.b", ["a\nb"], [], id="dot takes a newline where told"),
    pytest.param("a.b", ["axb"], ["a\nb"], id="dot takes no newline"),
    pytest.param("(?m)^b$", ["a\nb\nc"], ["ab"], id="lines where told"),
    pytest.param(r"^\d+$", ["12"], ["\u0661"], id="digits are ASCII"),
    pytest.param(r"^\w+$", ["a_1"], ["\u00e9"], id="words are ASCII"),
    pytest.param(r"^\s$", [" ", "\t"], ["\x0b", "\u00a0"], id="space has no vertical tab"),
    pytest.param(r"^[\d-]+$", ["1-2"], ["a"], id="a class beside a dash"),
    pytest.param("^[]a]+$", ["]a"], ["b"], id="a bracket first in a set"),
    pytest.param("^[[:alpha:]]+$", ["ab"], ["a1"], id="a named class"),
    pytest.param("^[^[:^digit:]]$", ["1"], ["a"], id="a negated named class"),
    pytest.param(r"^\pL\p{Lu}$", ["\u00e9\u00c9"], ["1A", "aa"], id="Unicode categories"),
    pytest.param(r"^\P{L}$", ["1"], ["a"], id="a negated Unicode category"),
    pytest.param("^a{,2}$", ["a{,2}"], ["aa"], id="a brace that is no count"),
    pytest.param("^a{2,}$", ["aa", "aaa"], ["a"], id="a count without an end"),
    pytest.param(r"^\Qa.b\E$", ["a.b"], ["axb"], id="a literal part"),
    pytest.param(r"^\x{e9}\x41\012$", ["\u00e9A\n"], ["eA\n"], id="characters by number"),
    pytest.param(r"^\/\_\-$", ["/_-"], ["/_"], id="escaped marks"),
    pytest.param(r"\bab\b", ["x ab."], ["xab"], id="word boundaries"),
    pytest.param("^(?P<n>a)(?<m>b)$", ["ab"], [], id="named groups"),
    pytest.param("^(a|b?)*?c??$", ["", "abac"], ["d"], id="lazy repeats"),
]


@pytest.mark.parametrize(("pattern", "fits", "does_not"), MEANINGS)
def test_a_pattern_means_what_it_means_to_the_api_server(pattern: str, fits: list[str], does_not: list[str]) -> None:
    fast = python(pattern)
    for text, wanted in [*((each, True) for each in fits), *((each, False) for each in does_not)]:
        assert linear(pattern)(text) is wanted, text
        if fast is not None:
            assert (re.search(fast, text) is not None) is wanted, text


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?=a)", "not known to RE2"),
        ("(?<!a)", "not known to RE2"),
        (r"(a)\1", "refers to a group"),
        ("a**", "repeats a repeat"),
        ("*a", "nothing to repeat"),
        ("(a", "not closed"),
        ("a)", "opens nowhere"),
        ("[b-a]", "runs backwards"),
        ("[a", "ends too early"),
        ("a{1001}", "no count"),
        (r"\Z", "not known to RE2"),
        (r"\p{Greek}", "Unicode class"),
        ("[[:nonsense:]]", "no class"),
        ("(" * 300 + ")" * 300, "nested too deeply"),
        ("((a{1000}){1000}){1000}", "too large"),
        ("\\", "ends too early"),
    ],
)
def test_what_re2_refuses_is_refused_in_words(pattern: str, words: str) -> None:
    with pytest.raises(PatternError, match=re.escape(words)):
        parse(pattern)


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", "^(a*)*$", r"^[!-~]+([\t ]?[!-~]+)*$", r"^(([\w-]+\.?)+)?[\w-]+$", "^(a|ab|b)*$"]
)
def test_what_would_take_exponential_time_is_matched_in_linear_time(pattern: str) -> None:
    assert python(pattern) is None
    assert not linear(pattern)("a" * 2000 + "\n")


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$",
        "^(a|b)*$",
    ],
)
def test_what_is_safe_for_python_is_left_to_python(pattern: str) -> None:
    assert python(pattern) is not None


SMALL = st.recursive(
    st.sampled_from(["a", "b", ".", r"\d", "[ab]", "[^a]", "^", "$", r"\b", "(?i:a)", r"\w"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}"])).map(lambda each: f"(?:{each[0]}){each[1]}"),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda each: f"(?:{each[0]}|{each[1]})"),
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(SMALL, st.text(alphabet="ab1 A\n", max_size=8))
def test_both_matchers_agree(pattern: str, text: str) -> None:
    fast = python(pattern)
    if fast is not None:
        assert (re.search(fast, text) is not None) == linear(pattern)(text)


@settings(max_examples=100)
@given(st.text(alphabet=string.printable, max_size=20))
def test_any_text_is_parsed_or_refused(pattern: str) -> None:
    try:
        parse(pattern)
    except PatternError:
        return
    fast = python(pattern)
    if fast is not None:
        re.compile(fast)
    linear(pattern)("some text")
