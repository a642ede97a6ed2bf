"""The only dumper: plain data to YAML text that every YAML 1.1 and 1.2 reader reads back as the same data.

Block style, two spaces a level, a list at the indent of its key (as kubectl prints), keys in the order of the dict. No line is
folded and none ends in a space, whatever a string holds, because a string is either plain or one double-quoted line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
# How a quoted string writes what may not stand raw: as JSON does. DEL is no matter for JSON, and nothing that a YAML reader takes.
ESCAPES: Final = {
    **{point: f"\\u{point:04x}" for point in range(0x20)},
    **{ord(character): f"\\{name}" for character, name in zip('"\\\b\f\n\r\t', '"\\bfnrt', strict=True)},
    0x7F: "\\x7f",
}
# JSON lets these stand raw; YAML readers refuse them, fold them as line breaks, or drop them (a byte order mark).
UNSAFE: Final = "[\x80-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]|[\U0001fffe-\U0010ffff]"
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
    quoted = f'"{text.translate(ESCAPES)}"'
    # The pattern is compiled when first needed: most text is ASCII.
    return quoted if quoted.isascii() else re.sub(UNSAFE, escaped, quoted)


# Keys and most values come again and again, and are short: the text of each is made once, as long as there is room.
LONGEST_REMEMBERED: Final = 200
ROOM: Final = 16384
KEYS: Final[dict[str, str]] = {}
VALUES: Final[dict[str, str]] = {}


def scalar(text: str) -> str:
    """The text of a string that is not among VALUES."""
    return remembered(VALUES, text, written(text))


def key_of(key: Any, indent: str) -> str:
    """The text of a key that is not among KEYS, with the colon."""
    if type(key) is not str:
        raise TypeError(f"cannot write a {type(key).__name__} as a key: {key!r}")
    name = written(key)
    return f"? {name}\n{indent}:" if len(name) > LONGEST_SIMPLE_KEY else remembered(KEYS, key, f"{name}:")


def remembered(texts: dict[str, str], text: str, shown: str) -> str:
    if len(text) <= LONGEST_REMEMBERED:
        if len(texts) >= ROOM:
            texts.clear()
        texts[text] = shown
    return shown


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
    if type(data) is dict and data:
        mapping(data, "", "", lines.append)
    elif type(data) is list and data:
        sequence(data, "- ", "", lines.append)
    else:
        return inline(data) + "\n"
    lines.append("")
    return "\n".join(lines)


def mapping(value: dict[Any, Any], first: str, indent: str, append: Callable[[str], None]) -> None:
    """The lines of a mapping that has items; the `first` has its own indent, which may end in a dash."""
    for key, item in value.items():
        lead = first + (KEYS.get(key) or key_of(key, indent))
        first = indent
        kind = type(item)
        if kind is str:
            append(f"{lead} {VALUES.get(item) or scalar(item)}")
        elif kind is dict and item:
            append(lead)
            deeper = indent + "  "
            mapping(item, deeper, deeper, append)
        elif kind is list and item:
            append(lead)
            sequence(item, indent + "- ", indent, append)
        else:
            append(f"{lead} {inline(item)}")


def sequence(value: list[Any], first: str, indent: str, append: Callable[[str], None]) -> None:
    """The lines of a list that has items."""
    for item in value:
        kind = type(item)
        if kind is dict and item:
            mapping(item, first, indent + "  ", append)
        elif kind is list and item:
            sequence(item, first + "- ", indent + "  ", append)
        else:
            append(first + inline(item))
        first = indent + "- "


def inline(value: Any) -> str:
    """The text of what fits behind a key or a dash: all but a container that has items."""
    kind = type(value)
    if kind is str:
        return VALUES.get(value) or scalar(value)
    if kind is int:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if value is None:
        return "null"
    if kind is dict:
        return "{}"
    if kind is list:
        return "[]"
    if kind is float:
        return number(value)
    raise TypeError(f"cannot write a {kind.__name__} as YAML: {value!r}")
