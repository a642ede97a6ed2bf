"""RE2 patterns, as the API server reads them: parsed here, then matched by Python's `re` where that is safe, else in linear time.

Python's `re` reads some things otherwise (`$` before a last newline, `\\d` beyond ASCII, flags in the middle) and goes back over
its input, which takes exponential time for patterns such as `(a+)+$`. So a pattern is parsed by RE2's grammar
(https://github.com/google/re2/wiki/Syntax), written anew in Python's, and measured: one that is ambiguous in a loop is matched by
following all its states at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

# Counts above this are refused by RE2.
MOST: Final = 1000
LAST: Final = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]

DIGIT: Final[Ranges] = ((0x30, 0x39),)
SPACE: Final[Ranges] = ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20))
WORD: Final[Ranges] = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
POSIX: Final[dict[str, Ranges]] = {
    "alnum": ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),
    "alpha": ((0x41, 0x5A), (0x61, 0x7A)),
    "ascii": ((0x00, 0x7F),),
    "blank": ((0x09, 0x09), (0x20, 0x20)),
    "cntrl": ((0x00, 0x1F), (0x7F, 0x7F)),
    "digit": DIGIT,
    "graph": ((0x21, 0x7E),),
    "lower": ((0x61, 0x7A),),
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ((0x09, 0x0D), (0x20, 0x20)),
    "upper": ((0x41, 0x5A),),
    "word": WORD,
    "xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}
ESCAPED: Final = {"a": 0x07, "f": 0x0C, "t": 0x09, "n": 0x0A, "r": 0x0D, "v": 0x0B}
CATEGORIES: Final = frozenset(
    f"{major}{minor}"
    for major, minors in {"C": "cfos", "L": "lmotu", "M": "cen", "N": "dlo", "P": "cdefios", "S": "ckmo", "Z": "lps"}.items()
    for minor in ("", *minors)
)


class PatternError(ValueError):
    """What RE2 refuses, or what is not known here, in words."""


# ---- the parts of a pattern ----------------------------------------------------------------------------------------------------


class Chars(NamedTuple):
    """One character: in `ranges` or of a Unicode category of `categories` ("!" in front: not of it), or, negated, anything else."""

    ranges: Ranges
    categories: tuple[str, ...] = ()
    negated: bool = False
    fold: bool = False


class Assertion(NamedTuple):
    """A place: `begin`, `end` of the text, `line-begin`, `line-end`, `word`, `not-word`."""

    kind: str


class Sequence(NamedTuple):
    parts: tuple[Node, ...]


class Choice(NamedTuple):
    parts: tuple[Node, ...]


class Repeat(NamedTuple):
    part: Node
    low: int
    high: int | None


Node = Chars | Assertion | Sequence | Choice | Repeat
EMPTY: Final = Sequence(())


# ---- reading -------------------------------------------------------------------------------------------------------------------


class Flags(NamedTuple):
    fold: bool = False
    lines: bool = False
    dot_all: bool = False


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def peek(self, ahead: str) -> bool:
        return self.text.startswith(ahead, self.at)

    def take(self, ahead: str) -> bool:
        if self.peek(ahead):
            self.at += len(ahead)
            return True
        return False

    def next(self) -> str:
        if self.at >= len(self.text):
            raise PatternError("it ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def choice(self, flags: Flags) -> Node:
        """Everything up to the end or a closing parenthesis."""
        self.depth += 1
        if self.depth > 200:
            raise PatternError("it is nested too deeply")
        options: list[Node] = []
        parts: list[Node] = []
        while self.at < len(self.text) and not self.peek(")"):
            if self.take("|"):
                options.append(_sequence(parts))
                parts = []
            elif self.peek("(?") and (inner := self.flags(flags)) is not None:
                flags = inner
            else:
                atom = self.atom(flags)
                parts.extend(self.repeated(part) if number == len(atom) - 1 else part for number, part in enumerate(atom))
        self.depth -= 1
        options.append(_sequence(parts))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def flags(self, flags: Flags) -> Flags | None:
        """The flags of `(?i)`, which hold up to the end of the group; None if a group of its own begins here."""
        end = self.at + 2
        while end < len(self.text) and self.text[end] in "imsU-":
            end += 1
        if end < len(self.text) and self.text[end] == ")" and end > self.at + 2:
            letters = self.text[self.at + 2 : end]
            self.at = end + 1
            return _changed(flags, letters)
        return None

    def atom(self, flags: Flags) -> list[Node]:
        letter = self.next()
        if letter == "(":
            return [self.group(flags)]
        if letter == "[":
            return [self.set(flags)]
        if letter == ".":
            return [Chars((), (), True) if flags.dot_all else Chars(((0x0A, 0x0A),), (), True)]
        if letter == "^":
            return [Assertion("line-begin" if flags.lines else "begin")]
        if letter == "$":
            return [Assertion("line-end" if flags.lines else "end")]
        if letter in "*+?" or (letter == "{" and self.counts(self.at - 1) is not None):
            raise PatternError(f"nothing to repeat before {letter}")
        if letter == "\\":
            return self.escape(flags)
        return [_one(letter, flags)]

    def group(self, flags: Flags) -> Node:
        if self.take("?"):
            if self.take("P<") or (self.peek("<") and not self.peek("<=") and not self.peek("<!") and self.take("<")):
                name = ""
                while not self.take(">"):
                    name += self.next()
                if not name.isidentifier() or not name.isascii():
                    raise PatternError(f"{name} is no name for a group")
            else:
                letters = ""
                while (letter := self.next()) in "imsU-":
                    letters += letter
                if letter != ":":
                    raise PatternError(f"(?{letters}{letter} is not known to RE2, which the API server uses")
                flags = _changed(flags, letters)
        inner = self.choice(flags)
        if not self.take(")"):
            raise PatternError("a ( is not closed")
        return inner

    def escape(self, flags: Flags) -> list[Node]:
        letter = self.next()
        if letter == "Q":
            end = self.text.find("\\E", self.at)
            literal = self.text[self.at :] if end < 0 else self.text[self.at : end]
            self.at = len(self.text) if end < 0 else end + 2
            return [_one(each, flags) for each in literal]
        if letter in "Az":
            return [Assertion("begin" if letter == "A" else "end")]
        if letter in "bB":
            return [Assertion("word" if letter == "b" else "not-word")]
        if letter == "C":
            raise PatternError("\\C matches bytes, which Go refuses")
        known = self.class_escape(letter)
        if known is not None:
            return [known._replace(fold=flags.fold)]
        return [Chars(((point := self.point(letter), point),), fold=flags.fold)]

    def class_escape(self, letter: str) -> Chars | None:
        """`\\d`, `\\pL` and the like; None for a letter that stands for one character."""
        if letter in "dDsSwW":
            ranges = {"d": DIGIT, "s": SPACE, "w": WORD}[letter.lower()]
            return Chars(ranges, (), letter.isupper())
        if letter in "pP":
            name = self.next()
            if name == "{":
                name = ""
                while not self.take("}"):
                    name += self.next()
            negated = (letter == "P") != name.startswith("^")
            name = name.removeprefix("^")
            if name == "Any":
                return Chars((), (), not negated)
            if name not in CATEGORIES:
                raise PatternError(f"the Unicode class {name} is not known here")
            return Chars((), (name,), negated)
        return None

    def point(self, letter: str) -> int:
        """The one character that an escape stands for."""
        if letter in ESCAPED:
            return ESCAPED[letter]
        if letter == "x":
            if self.take("{"):
                digits = ""
                while not self.take("}"):
                    digits += self.next()
            else:
                digits = self.next() + self.next()
            try:
                value = int(digits, 16)
            except ValueError:
                raise PatternError(f"\\x{digits} is no character") from None
            if value > LAST or not digits.isalnum():
                raise PatternError(f"\\x{digits} is no character")
            return value
        if letter in "01234567":
            if letter != "0" and not (self.at < len(self.text) and self.text[self.at] in "01234567"):
                raise PatternError(f"\\{letter} refers to a group, which RE2 has not")
            digits = letter
            while len(digits) < 3 and self.at < len(self.text) and self.text[self.at] in "01234567":
                digits += self.next()
            return int(digits, 8)
        if letter.isalnum() or not letter.isascii():
            raise PatternError(f"\\{letter} is not known to RE2, which the API server uses")
        return ord(letter)

    def set(self, flags: Flags) -> Node:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        categories: list[str] = []
        first = True
        while first or not self.take("]"):
            if self.peek("[:"):
                end = self.text.find(":]", self.at)
                name = self.text[self.at + 2 : end] if end > 0 else ""
                bare = name.removeprefix("^")
                if bare in POSIX:
                    self.at = end + 2
                    ranges.extend(_complement(POSIX[bare]) if name.startswith("^") else POSIX[bare])
                    first = False
                    continue
                if end > 0 and bare.isalpha():
                    raise PatternError(f"[:{name}:] is no class")
            low = self.set_item(ranges, categories)
            first = False
            if low is None:
                continue
            if self.peek("-") and not self.peek("-]"):
                self.at += 1
                high = self.set_item(ranges, categories)
                if high is None or high < low:
                    raise PatternError("a range in [] runs backwards")
                ranges.append((low, high))
            else:
                ranges.append((low, low))
        return Chars(_merged(ranges), tuple(dict.fromkeys(categories)), negated, flags.fold)

    def set_item(self, ranges: list[tuple[int, int]], categories: list[str]) -> int | None:
        """One character of a set; None if it was a class, which is added at once."""
        letter = self.next()
        if letter != "\\":
            return ord(letter)
        letter = self.next()
        known = self.class_escape(letter)
        if known is None:
            return self.point(letter)
        if known.categories:
            categories.append(("!" if known.negated else "") + known.categories[0])
        else:
            ranges.extend(_complement(known.ranges) if known.negated else known.ranges)
        return None

    def counts(self, at: int) -> tuple[int, int | None, int] | None:
        """The bounds of `{2,5}` at `at` and where it ends; None where RE2 takes the brace for itself."""
        end = self.text.find("}", at)
        if end < 0:
            return None
        low, comma, high = self.text[at + 1 : end].partition(",")
        if not (low.isascii() and low.isdigit()) or not (high == "" or (high.isascii() and high.isdigit())):
            return None
        return int(low), (int(high) if high else None) if comma else int(low), end + 1

    def repeated(self, part: Node) -> Node:
        """`part` with what follows it: `*`, `+`, `?`, `{2,5}`, each with a `?` that changes nothing here."""
        before = ""
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter in "*+?":
                low, high, end = (0, None, 0) if letter == "*" else (1, None, 0) if letter == "+" else (0, 1, 0)
                self.at += 1
            elif letter == "{" and (found := self.counts(self.at)) is not None:
                low, high, end = found
                self.at = end
            else:
                break
            self.take("?")
            if before:
                raise PatternError(f"{before}{letter} repeats a repeat")
            before = letter
            if max(low, high or 0) > MOST or (high is not None and high < low):
                raise PatternError(f"{{{low},{'' if high is None else high}}} is no count that RE2 takes")
            part = Repeat(part, low, high)
        return part


def _one(letter: str, flags: Flags) -> Chars:
    return Chars(((ord(letter), ord(letter)),), fold=flags.fold)


def _sequence(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def _changed(flags: Flags, letters: str) -> Flags:
    on, minus, off = letters.partition("-")
    if "-" in off or (minus and not off):
        raise PatternError(f"(?{letters}) is no set of flags")
    for names, value in ((on, True), (off, False)):
        for name in names:
            if name != "U":  # greed changes nothing of whether there is a match
                flags = flags._replace(**{{"i": "fold", "m": "lines", "s": "dot_all"}[name]: value})
    return flags


def _merged(ranges: list[tuple[int, int]]) -> Ranges:
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def _complement(ranges: Ranges) -> Ranges:
    out, start = [], 0
    for low, high in _merged(list(ranges)):
        if low > start:
            out.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        out.append((start, LAST))
    return tuple(out)


@lru_cache(maxsize=512)
def parse(pattern: str) -> Node:
    """The parts of an RE2 pattern. Raises PatternError, in words, for what RE2 refuses or this reader does not know."""
    reader = _Reader(pattern)
    node = reader.choice(Flags())
    if reader.at < len(pattern):
        raise PatternError("a ) opens nowhere")
    if _size(node) > 20_000:
        raise PatternError("it is too large")
    return node


def _size(node: Node) -> int:
    if isinstance(node, Repeat):
        return _size(node.part) * max(1, node.low, node.high or 0)
    return 1 + sum(map(_size, node.parts)) if isinstance(node, Sequence | Choice) else 1


# ---- for Python's matcher ------------------------------------------------------------------------------------------------------


def python(pattern: str) -> str | None:
    """The same pattern for `re.search`; None where Python cannot say it or would take more than polynomial time."""
    node = parse(pattern)
    if _ambiguous(node):
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


# ---- ambiguity -----------------------------------------------------------------------------------------------------------------
# Each Chars of the pattern is a position; `follow` says which position can come after which, and in how many ways. A matcher that
# goes back takes exponential time when a position can be reached from itself, over the same text, in two ways
# (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991).


class _Positions:
    def __init__(self) -> None:
        self.chars: list[Chars] = []
        self.follow: list[dict[int, int]] = []

    def build(self, node: Node) -> tuple[bool, list[int], list[int]]:
        """Whether `node` can be empty, and its first and last positions."""
        if isinstance(node, Chars):
            self.chars.append(node)
            self.follow.append({})
            here = [len(self.chars) - 1]
            return False, here, here
        if isinstance(node, Assertion):
            return True, [], []
        if isinstance(node, Choice):
            built = [self.build(part) for part in node.parts]
            return any(b[0] for b in built), [p for b in built for p in b[1]], [p for b in built for p in b[2]]
        if isinstance(node, Sequence):
            empty, first, last = True, list[int](), list[int]()
            for part in node.parts:
                part_empty, part_first, part_last = self.build(part)
                self.link(last, part_first)
                first = first + part_first if empty else first
                last = last + part_last if part_empty else part_last
                empty = empty and part_empty
            return empty, first, last
        if node.low == node.high and 1 < node.low <= 4:
            return self.build(Sequence((node.part,) * node.low))
        empty, first, last = self.build(node.part)
        if node.high != 1 and node.high != 0:
            # Counts are taken for loops, which are at least as ambiguous.
            self.link(last, first)
            if empty and node.high is None:
                for position in first:  # an empty round before each real one
                    self.follow[position][position] = self.follow[position].get(position, 0)
        return empty or node.low == 0, first, last

    def link(self, froms: list[int], tos: list[int]) -> None:
        for a in froms:
            ways = self.follow[a]
            for b in tos:
                ways[b] = ways.get(b, 0) + 1


def _meets(a: Chars, b: Chars) -> bool:
    """Whether some character fits both; where that is not sure, yes."""
    if a.categories or b.categories or a.fold or b.fold:
        return True
    ranges = [_complement(each.ranges) if each.negated else each.ranges for each in (a, b)]
    return any(low <= other_high and other_low <= high for low, high in ranges[0] for other_low, other_high in ranges[1])


def _ambiguous(node: Node) -> bool:
    table = _Positions()
    table.build(node)
    count = len(table.chars)
    if count > 400:
        return True  # too large to measure: the linear matcher is the safe one
    follow = [{b: ways for b, ways in row.items() if ways} for row in table.follow]
    component = _components([list(row) for row in follow])
    if any(ways > 1 and component[a] == component[b] for a, row in enumerate(follow) for b, ways in row.items()):
        return True
    # Pairs of positions within one loop; (p, q) with p != q in one loop with (p, p) is the same text read in two ways.
    meets: dict[tuple[int, int], bool] = {}

    def meet(a: int, b: int) -> bool:
        if a > b:
            a, b = b, a
        known = meets.get((a, b))
        if known is None:
            known = meets[a, b] = _meets(table.chars[a], table.chars[b])
        return known

    numbers: dict[tuple[int, int], int] = {}
    edges: list[list[int]] = []
    queue: list[tuple[int, int]] = []

    def number(pair: tuple[int, int]) -> int:
        if pair not in numbers:
            numbers[pair] = len(numbers)
            edges.append([])
            queue.append(pair)
        return numbers[pair]

    for position in range(count):
        if position in follow[position] or any(component[position] == component[after] for after in follow[position]):
            number((position, position))
    while queue:
        a, b = queue.pop()
        row = edges[numbers[a, b]]
        for after_a in follow[a]:
            if component[after_a] != component[a]:
                continue
            for after_b in follow[b]:
                if component[after_b] == component[b] and meet(after_a, after_b):
                    row.append(number((after_a, after_b)))
        if len(numbers) > 60_000:
            return True
    loops = _components(edges)
    diagonal = {loops[at] for (a, b), at in numbers.items() if a == b}
    return any(a != b and loops[at] in diagonal for (a, b), at in numbers.items())


def _components(edges: list[list[int]]) -> list[int]:
    """The number of each node's strongly connected component (Tarjan's algorithm, without recursion)."""
    count = len(edges)
    index, low, component = [-1] * count, [0] * count, [-1] * count
    stack: list[int] = []
    clock = components = 0
    for root in range(count):
        if index[root] >= 0:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = clock
        clock += 1
        stack.append(root)
        while work:
            node, rest = work[-1]
            for after in rest:
                if index[after] < 0:
                    index[after] = low[after] = clock
                    clock += 1
                    stack.append(after)
                    work.append((after, iter(edges[after])))
                    break
                if component[after] < 0:
                    low[node] = min(low[node], index[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    while True:
                        member = stack.pop()
                        component[member] = components
                        if member == node:
                            break
                    components += 1
    return component


# ---- linear time ---------------------------------------------------------------------------------------------------------------


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

    def search(text: str) -> bool:
        states: set[int] = set()
        for at in range(len(text) + 1):
            before, after = text[at - 1] if at else "", text[at] if at < len(text) else ""
            # What can be here without reading, from where the last character led and from the start.
            stack, seen, reading = [*states, 0], set[int](), list[int]()
            while stack:
                state = stack.pop()
                if state in seen:
                    continue
                seen.add(state)
                step = program[state]
                kind = step[0]
                if kind == "match":
                    return True
                if kind == "chars":
                    reading.append(state)
                elif kind == "jump":
                    stack.append(step[1])
                elif kind == "split":
                    stack.append(step[1])
                    stack.append(step[2])
                elif _holds(step[1], before, after):
                    stack.append(state + 1)
            states = {state + 1 for state in reading if after and program[state][1](after)}
        return False

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
