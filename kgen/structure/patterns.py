"""Reads RE2 patterns, as the API server has them (https://github.com/google/re2/wiki/Syntax, as Go's regexp takes it).

`matching` matches what is read here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from kgen.records import NamedTuple

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
    """Parts of a pattern, one after the other."""

    parts: tuple[Node, ...]


class Choice(NamedTuple):
    """Alternatives of a pattern."""

    parts: tuple[Node, ...]


class Repeat(NamedTuple):
    """A part of a pattern that may come several times."""

    part: Node
    low: int
    high: int | None


Node = Chars | Assertion | Sequence | Choice | Repeat
EMPTY: Final = Sequence(())


# ---- reading -------------------------------------------------------------------------------------------------------------------


class Flags(NamedTuple):
    """Settings that hold for the rest of a group."""

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
                if not name.isascii() or not name.replace("_", "a").isalnum():
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
                    ranges.extend(complement(POSIX[bare]) if name.startswith("^") else POSIX[bare])
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
            ranges.extend(complement(known.ranges) if known.negated else known.ranges)
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
            if max(low, high or 0) > 1 and not _within(part, MOST):
                raise PatternError(f"the counts inside each other are too large: RE2 takes {MOST} at most")
        return part


def _within(node: Node, most: int) -> bool:
    """Whether the counts of repeats inside each other multiply to no more than `most` (Go's regexp/syntax, repeatIsValid)."""
    if isinstance(node, Repeat):
        count = node.low if node.high is None else node.high
        if node.high == 0:
            return True
        return count <= most and _within(node.part, most // count if count else most)
    return not isinstance(node, Sequence | Choice) or all(_within(part, most) for part in node.parts)


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


def complement(ranges: Ranges) -> Ranges:
    """The characters that are not in `ranges`."""
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
