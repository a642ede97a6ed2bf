"""The only dumper: plain data to YAML text that every YAML 1.1 and 1.2 reader reads back as the same data.

Block style, two spaces a level, a list at the indent of its key (as kubectl prints), keys in the order of the dict. No line is
folded and none ends in a space, whatever a string holds, because a string is either plain or one double-quoted line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final

__all__ = ["dumps"]

# Plain is only what no reader sees as anything but a string. YAML 1.1 readers differ from one another (`1e3`, `0o14`, `1_0`, `12:30`,
# `y`, `.5`), so the list allows instead of forbidding: a letter that starts no number, then letters, digits and marks that mean nothing
# inside a plain scalar. What begins with a digit is plain only as an IPv4 address or network: three dots are no number, date or time.
# The words are those of the YAML 1.1 types (yaml.org/type), in any case.
PLAIN: Final = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z/](?:[a-z0-9_./@+=*()$%!~-]|:(?=[a-z0-9/_]))*"
    r"|[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?:/[0-9]{1,2})?",
    re.IGNORECASE | re.ASCII,
)
# JSON lets these stand raw; YAML readers refuse them, fold them as line breaks, or drop them (a byte order mark).
UNSAFE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]|[\U0001fffe-\U0010ffff]")
# A simple key is at most 1024 characters long (YAML 1.2.2, 7.4.2 and 8.2.2); readers count bytes or escapes differently: stay far below.
LONGEST_SIMPLE_KEY: Final = 120


def escaped(match: re.Match[str]) -> str:
    point = ord(match[0])
    if 0xD800 <= point <= 0xDFFF:
        raise ValueError(f"a lone surrogate (U+{point:04X}) cannot be written as YAML")
    if point > 0xFFFF:
        return f"\\U{point:08x}" if point & 0xFFFE == 0xFFFE else match[0]
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def written(text: str) -> str:
    """A string as a YAML scalar on one line: plain where that is safe, else double-quoted."""
    if PLAIN.fullmatch(text):
        return text
    quoted = encode_basestring(text)
    return quoted if quoted.isascii() and "\x7f" not in quoted else UNSAFE.sub(escaped, quoted)


# Keys and most values come again and again, and are short. Long values are not kept: what is remembered would grow with them.
short = lru_cache(maxsize=16384)(written)
LONGEST_REMEMBERED: Final = 200


def scalar(text: str) -> str:
    return short(text) if len(text) <= LONGEST_REMEMBERED else written(text)


def number(value: float) -> str:
    """A float as JSON, YAML 1.1 and YAML 1.2 all read it: with a point, and a sign in the exponent."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{value} cannot be written: JSON, and so Kubernetes, has no such number")
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent if exponent[0] in '+-' else '+' + exponent}"


def dumps(data: Any) -> str:
    """The YAML text of dicts, lists, strings, ints, floats, booleans and None, ending with a newline, without `---`.

    Raises ValueError for what has no safe text (infinities, NaN, lone surrogates) and TypeError for any other type of value or key.
    """
    lines: list[str] = []
    append = lines.append

    def inline(value: Any) -> str | None:
        """The text of what fits behind a key or a dash; None for a container that has items."""
        kind = type(value)
        if kind is str:
            return scalar(value)
        if kind is int:
            return str(value)
        if kind is bool:
            return "true" if value else "false"
        if value is None:
            return "null"
        if kind is dict:
            return None if value else "{}"
        if kind is list:
            return None if value else "[]"
        if kind is float:
            return number(value)
        raise TypeError(f"cannot write a {kind.__name__} as YAML: {value!r}")

    def mapping(value: dict[Any, Any], first: str, indent: str) -> None:
        for key, item in value.items():
            if type(key) is not str:
                raise TypeError(f"cannot write a {type(key).__name__} as a key: {key!r}")
            name = scalar(key)
            if len(name) > LONGEST_SIMPLE_KEY:
                append(f"{first}? {name}")
                lead = f"{indent}:"
            elif type(item) is str:
                # Most values are strings under short keys: one line, at once.
                append(f"{first}{name}: {scalar(item)}")
                first = indent
                continue
            else:
                lead = f"{first}{name}:"
            first = indent
            shown = inline(item)
            if shown is not None:
                append(f"{lead} {shown}")
            else:
                append(lead)
                if type(item) is dict:
                    deeper = indent + "  "
                    mapping(item, deeper, deeper)
                else:
                    sequence(item, indent + "- ", indent)

    def sequence(value: list[Any], first: str, indent: str) -> None:
        for item in value:
            shown = inline(item)
            if shown is not None:
                append(first + shown)
            elif type(item) is dict:
                mapping(item, first, indent + "  ")
            else:
                sequence(item, first + "- ", indent + "  ")
            first = indent + "- "

    shown = inline(data)
    if shown is not None:
        return shown + "\n"
    if type(data) is dict:
        mapping(data, "", "")
    else:
        sequence(data, "- ", "")
    lines.append("")
    return "\n".join(lines)
