"""Matches RE2 patterns: by Python's `re` where that is safe, else in linear time.

Python's `re` reads some things otherwise than RE2 (`$` before a last newline, `\\d` beyond ASCII, flags in the middle) and goes back
over its input, which takes exponential time for patterns such as `(a+)+$`. So a pattern is written anew for Python, and one that is
ambiguous in a loop is matched by following all its states at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from kgen.structure.ambiguity import ambiguous
from kgen.structure.patterns import WORD, Assertion, Chars, Choice, Node, Sequence, parse

# ---- for Python's matcher ------------------------------------------------------------------------------------------------------


def python(pattern: str) -> str | None:
    """The same pattern for `re.search`; None where Python cannot say it or would take more than polynomial time."""
    node = parse(pattern)
    if ambiguous(node):
        return None
    try:
        return _written(node)
    except NotImplementedError:
        return None


def _point(point: int) -> str:
    letter = chr(point)
    if letter.isascii():
        return (
            letter
            if letter.isalnum() or letter in "_ /:;,=@!%<>\"'`"
            else f"\\x{point:02x}"
            if point < 0x20 or point == 0x7F
            else "\\" + letter
        )
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def _written(node: Node) -> str:
    if isinstance(node, Chars):
        return _chars(node)
    if isinstance(node, Assertion):
        if node.kind == "not-word":
            raise NotImplementedError  # Python's \B does not hold in an empty text
        return {
            "begin": r"\A",
            "end": r"\Z",
            "line-begin": "(?m:^)",
            "line-end": r"(?:(?=\n)|\Z)",
            "word": r"(?a:\b)",
        }[node.kind]
    if isinstance(node, Sequence):
        return "".join(f"(?:{_written(part)})" if isinstance(part, Choice) else _written(part) for part in node.parts)
    if isinstance(node, Choice):
        return "|".join(map(_written, node.parts))
    inner = _written(node.part)
    if not isinstance(node.part, Chars) or inner.startswith("(?i"):
        inner = f"(?:{inner})"
    low, high = node.low, node.high
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high))
    return inner + (short or (f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"))


def _chars(node: Chars) -> str:
    if node.categories:
        raise NotImplementedError
    if not node.ranges:
        return r"[\s\S]" if node.negated else r"[^\s\S]"
    low, high = node.ranges[0]
    if len(node.ranges) == 1 and low == high and not node.negated:
        text = _point(low)
    else:
        text = "".join(_point(low) if low == high else f"{_point(low)}-{_point(high)}" for low, high in node.ranges)
        text = f"[{'^' if node.negated else ''}{text}]"
    # A fold of what has no letters changes nothing.
    if node.fold and any(
        chr(point).lower() != chr(point).upper() for low, high in node.ranges for point in range(low, min(high, low + 200) + 1)
    ):
        return f"(?i:{text})"
    return text


# ---- in linear time ------------------------------------------------------------------------------------------------------------

# How many states, and how many steps from each, are remembered.
STATES: Final = 2000
STEPS: Final = 300


class _State:
    """Where a matcher can stand after some text: the places in its program, what the last character was, and the steps known so far."""

    __slots__ = ("at_end", "before", "places", "steps")

    def __init__(self, places: frozenset[int], before: str) -> None:
        self.places = places
        self.before = before
        self.steps: dict[str, _State | None] = {}
        self.at_end: bool | None = None


@lru_cache(maxsize=256)
def linear(pattern: str) -> Callable[[str], bool]:
    """Whether an RE2 pattern matches anywhere in a text, in time linear in the text."""
    program: list[tuple[Any, ...]] = []

    def emit(node: Node) -> None:
        if isinstance(node, Chars):
            program.append(("chars", _tester(node)))
        elif isinstance(node, Assertion):
            program.append(("assert", node.kind))
        elif isinstance(node, Sequence):
            for part in node.parts:
                emit(part)
        elif isinstance(node, Choice):
            jumps = []
            for part in node.parts[:-1]:
                split = len(program)
                program.append(())
                emit(part)
                jumps.append(len(program))
                program.append(())
                program[split] = ("split", split + 1, len(program))
            emit(node.parts[-1])
            for jump in jumps:
                program[jump] = ("jump", len(program))
        else:
            for _ in range(node.low):
                emit(node.part)
            if node.high is None:
                split = len(program)
                program.append(())
                emit(node.part)
                program.append(("jump", split))
                program[split] = ("split", split + 1, len(program))
            else:
                splits = []
                for _ in range(node.high - node.low):
                    splits.append(len(program))
                    program.append(())
                    emit(node.part)
                for split in splits:
                    program[split] = ("split", split + 1, len(program))

    emit(parse(pattern))
    program.append(("match",))

    # Only a pattern that asks what stands beside a place has to remember it.
    beside = any(step[0] == "assert" and step[1] not in ("begin", "end") for step in program)
    states: dict[tuple[frozenset[int], str], _State] = {}

    def reached(state: _State, after: str) -> list[int] | None:
        """The places that read a character, from `state` and from the start of the pattern; None if it has matched."""
        stack, seen, reading = [*state.places, 0], set[int](), list[int]()
        while stack:
            place = stack.pop()
            if place in seen:
                continue
            seen.add(place)
            step = program[place]
            if step[0] == "match":
                return None
            if step[0] == "chars":
                reading.append(place)
            elif step[0] == "jump":
                stack.append(step[1])
            elif step[0] == "split":
                stack += step[1:]
            elif _holds(step[1], state.before, after):
                stack.append(place + 1)
        return reading

    def step(state: _State, letter: str) -> _State | None:
        """The state after one more character; None if the pattern has matched before it."""
        reading = reached(state, letter)
        if reading is None:
            return None
        places = frozenset(place + 1 for place in reading if program[place][1](letter))
        key = (places, letter if beside else "x")
        after = states.get(key)
        if after is None:
            after = _State(*key)
            if len(states) < STATES:
                states[key] = after
        return after

    start = _State(frozenset(), "")

    def search(text: str) -> bool:
        state = start
        for letter in text:
            steps = state.steps
            if letter in steps:
                after = steps[letter]
            else:
                after = step(state, letter)
                if len(steps) < STEPS:
                    steps[letter] = after
            if after is None:
                return True
            state = after
        if state.at_end is None:
            state.at_end = reached(state, "") is None
        return state.at_end

    return search


def _holds(kind: str, before: str, after: str) -> bool:
    if kind == "begin":
        return not before
    if kind == "end":
        return not after
    if kind == "line-begin":
        return not before or before == "\n"
    if kind == "line-end":
        return not after or after == "\n"
    word = [bool(each) and any(low <= ord(each) <= high for low, high in WORD) for each in (before, after)]
    return (word[0] != word[1]) == (kind == "word")


def _tester(chars: Chars) -> Callable[[str], bool]:
    memo: dict[str, bool] = {}

    def one(letter: str) -> bool:
        point = ord(letter)
        if any(low <= point <= high for low, high in chars.ranges):
            return True
        category = unicodedata.category(letter) if chars.categories else ""
        return any(category.startswith(name.removeprefix("!")) != name.startswith("!") for name in chars.categories)

    def test(letter: str) -> bool:
        known = memo.get(letter)
        if known is None:
            forms = {letter, letter.lower(), letter.upper(), letter.swapcase()} if chars.fold else {letter}
            known = any(len(form) == 1 and one(form) for form in forms) != chars.negated
            if len(memo) < 1024:
                memo[letter] = known
        return known

    return test
