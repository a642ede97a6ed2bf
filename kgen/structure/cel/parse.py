"""Reads a CEL expression into a syntax tree, by the grammar of cel-go (parser/gen/CEL.g4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from kgen.records import NamedTuple

RESERVED: Final = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop", "namespace", "null"}
    | {"package", "return", "true", "var", "void", "while"}
)
# Deeper than anyone writes, and shallow enough for Python's own parser to take what is made of it.
DEEPEST: Final = 60

SPACE: Final = r"(?:[\t \r\n\f]|//[^\n]*)*"
ESCAPE: Final = r"\\(?:[abfnrtv\"'\\?`]|[0-3][0-7][0-7]|[xX][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
TOKEN: Final = re.compile(
    SPACE
    + rf"""(?:
    (?P<raw>[rR](?:'''[\s\S]*?'''|\"\"\"[\s\S]*?\"\"\"|'[^'\n\r]*'|"[^"\n\r]*"))
  | (?P<text>'''(?:{ESCAPE}|[^\\])*?'''|\"\"\"(?:{ESCAPE}|[^\\])*?\"\"\"|'(?:{ESCAPE}|[^\\'\n\r])*'|"(?:{ESCAPE}|[^\\"\n\r])*")
  | (?P<bytes>[bB][rR]?['"])
  | (?P<double>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
  | (?P<uint>(?:0x[0-9A-Fa-f]+|[0-9]+)[uU])
  | (?P<int>0x[0-9A-Fa-f]+|[0-9]+)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]{{}}])
  | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
LETTERS: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
RELATIONS: Final = ("<", "<=", ">", ">=", "==", "!=", "in")


class CelError(ValueError):
    """An expression that cannot be read, or not be translated: why."""


class Literal(NamedTuple):
    """A constant; `type` is int, uint, double, string, bool or null."""

    value: Any
    type: str


class Name(NamedTuple):
    """A variable, or the first part of a qualified name."""

    text: str


class Select(NamedTuple):
    """`operand.field`."""

    operand: Expr
    field: str


class Call(NamedTuple):
    """`target.function(arguments)`, or without a target; operators by their signs, indexing as `[]`, the ternary as `?:`, minus as `-_`."""

    function: str
    target: Expr | None
    arguments: tuple[Expr, ...]


class Items(NamedTuple):
    """A list."""

    items: tuple[Expr, ...]


class Entries(NamedTuple):
    """A map."""

    entries: tuple[tuple[Expr, Expr], ...]


Expr: TypeAlias = Literal | Name | Select | Call | Items | Entries


def parse(source: str) -> Expr:
    """The tree of an expression. Raises CelError at a syntax error, and for one that is nested deeper than anyone writes."""
    parser = _Parser(source)
    found = parser.expression()
    if parser.kind != "end":
        raise parser.unexpected()
    return found


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.place = 0
        self.depth = 0
        self.kind = ""
        self.text = ""
        self.advance()

    def advance(self) -> None:
        """Goes to the next token: its kind and text."""
        found = TOKEN.match(self.source, self.place)
        if found is None:
            at = re.compile(SPACE).match(self.source, self.place)
            assert at is not None
            raise CelError(f"cannot read {_shown(self.source[at.end() : at.end() + 20])}")
        assert found.lastgroup is not None
        self.kind, self.text = found.lastgroup, found.group(found.lastgroup)
        self.place = found.end()
        if self.kind == "bytes":
            raise CelError("bytes are not supported")
        if self.kind == "uint":
            raise CelError("unsigned numbers are not supported")

    def unexpected(self) -> CelError:
        return CelError("ends too early" if self.kind == "end" else f"does not expect {_shown(self.text)}")

    def takes(self, *signs: str) -> str | None:
        """The token, if it is one of `signs`, which is then passed."""
        if self.text in signs and self.kind in ("sign", "name"):
            found = self.text
            self.advance()
            return found
        return None

    def needs(self, sign: str) -> None:
        if self.takes(sign) is None:
            raise self.unexpected()

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise CelError("is nested too deeply")

    # ---- from the loosest to the tightest ----------------------------------------------------------------------------------------

    def expression(self) -> Expr:
        self.deeper()
        found = self.disjunction()
        if self.takes("?"):
            then = self.disjunction()
            self.needs(":")
            found = Call("?:", None, (found, then, self.expression()))
        self.depth -= 1
        return found

    def disjunction(self) -> Expr:
        found = self.conjunction()
        terms = [found]
        while self.takes("||"):
            terms.append(self.conjunction())
        return found if len(terms) == 1 else Call("||", None, tuple(terms))

    def conjunction(self) -> Expr:
        found = self.relation()
        terms = [found]
        while self.takes("&&"):
            terms.append(self.relation())
        return found if len(terms) == 1 else Call("&&", None, tuple(terms))

    def relation(self) -> Expr:
        return self.chain(self.sum, RELATIONS)

    def sum(self) -> Expr:
        return self.chain(self.product, ("+", "-"))

    def product(self) -> Expr:
        return self.chain(self.unary, ("*", "/", "%"))

    def chain(self, part: Callable[[], Expr], signs: tuple[str, ...]) -> Expr:
        found, depth = part(), self.depth
        while (sign := self.takes(*signs)) is not None:
            self.deeper()
            found = Call(sign, None, (found, part()))
        self.depth = depth
        return found

    def unary(self) -> Expr:
        sign = self.text if self.kind == "sign" else ""
        if sign not in ("!", "-"):
            return self.member(self.primary())
        times = 0
        while self.takes(sign):
            times += 1
        # The last minus before a number is part of it: the least whole number has no positive.
        negative = sign == "-" and self.kind in ("int", "double")
        found = self.member(self.number(negative) if negative else self.primary())
        if (times - negative) % 2 == 0:
            return found
        return Call("!" if sign == "!" else "-_", None, (found,))

    def member(self, found: Expr) -> Expr:
        depth = self.depth
        while True:
            if self.takes("."):
                field = self.word()
                found = Call(field, found, self.arguments(")")) if self.takes("(") else Select(found, field)
            elif self.takes("["):
                if self.text == "?":
                    raise CelError("optional values are not supported")
                found = Call("[]", None, (found, self.expression()))
                self.needs("]")
            else:
                self.depth = depth
                return found
            self.deeper()

    def word(self) -> str:
        if self.text == "?":
            raise CelError("optional values are not supported")
        if self.kind != "name" or self.text in ("true", "false", "null", "in"):
            raise self.unexpected()
        found = self.text
        self.advance()
        return found

    def primary(self) -> Expr:
        kind, text = self.kind, self.text
        if kind in ("int", "double"):
            return self.number(negative=False)
        if kind in ("raw", "text"):
            self.advance()
            return Literal(_unquoted(text, kind == "raw"), "string")
        if kind == "name":
            self.advance()
            if text in ("true", "false"):
                return Literal(text == "true", "bool")
            if text == "null":
                return Literal(None, "null")
            if text in RESERVED:
                raise CelError(f'"{text}" is a reserved word')
            if self.text == "{":
                raise CelError("messages are not supported")
            return Call(text, None, self.arguments(")")) if self.takes("(") else Name(text)
        if self.takes("("):
            found = self.expression()
            self.needs(")")
            return found
        if self.takes("["):
            return Items(self.arguments("]"))
        if self.takes("{"):
            return self.entries()
        raise self.unexpected()

    def number(self, negative: bool) -> Literal:
        kind, text = self.kind, self.text
        self.advance()
        if kind == "double":
            value = float(text)
            if value == float("inf"):
                raise CelError(f"{text} is too large")
            return Literal(-value if negative else value, "double")
        whole = int(text, 16) if text.startswith("0x") else int(text) if len(text) < 30 else 1 << 64
        whole = -whole if negative else whole
        if not -(2**63) <= whole < 2**63:
            raise CelError(f"{text[:40]} is too large for 64 bits")
        return Literal(whole, "int")

    def arguments(self, end: str) -> tuple[Expr, ...]:
        """Expressions up to `end`; a list may have a comma after the last."""
        found: list[Expr] = []
        while self.takes(end) is None:
            if found:
                self.needs(",")
                if end == "]" and self.takes(end):
                    break
            if self.text == "?":
                raise CelError("optional values are not supported")
            found.append(self.expression())
        return tuple(found)

    def entries(self) -> Entries:
        found: list[tuple[Expr, Expr]] = []
        while self.takes("}") is None:
            if found:
                self.needs(",")
                if self.takes("}"):
                    break
            if self.text == "?":
                raise CelError("optional values are not supported")
            key = self.expression()
            self.needs(":")
            found.append((key, self.expression()))
        return Entries(tuple(found))


def _unquoted(text: str, raw: bool) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text[1:] if raw else text
    quotes = 3 if text[:3] in ("'''", '"""') and len(text) >= 6 else 1
    text = text[quotes:-quotes]
    return text if raw else re.sub(ESCAPE, _letter, text)


def _letter(found: re.Match[str]) -> str:
    text = found[0][1:]
    if text[0] in "xXuU":
        point = int(text[1:], 16)
    elif text[0] in "0123":
        point = int(text, 8)
    else:
        return LETTERS.get(text, text)
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise CelError(f"{_shown(found[0])} is no character")
    return chr(point)


def _shown(text: str) -> str:
    return f'"{text[:20]}"' if '"' not in text[:20] else f"'{text[:20]}'"
