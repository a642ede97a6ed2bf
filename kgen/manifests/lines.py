"""Reads manifests in the style that most are written in, line by line: their data without places, five times as fast as a parser.

It only says yes, as generated judges do: a block of keys and lists with one plain, quoted or literal text a line is read here, and at
the first line that is anything else (an anchor, a tag, a folded or continued text, an escape, a key that is no text...) it gives up, and
`source` reads the whole text with all its places. Of a text with findings `source` also has the word. What is read here is what
`source.parse_manifests` reads; tests hold the two equal over texts of many kinds, mended and broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from kgen.source import MAX_DEPTH, Refused, resolve_as_kubectl

Container: TypeAlias = "dict[str, Any] | list[Any]"


class Unusual(Exception):
    """A line that is not for this reader."""


# Line breaks other than LF, and tabs, which may not stand everywhere.
STRANGE: Final = re.compile("[\t\r\x85\u2028\u2029]")
# Spaces; a dash with its spaces; a key with what follows its colon, or whatever else there is.
LINE: Final = re.compile(r"( *)(- +)?(?:([A-Za-z_][A-Za-z0-9_./-]{0,200}):(?: +(.*))?|(.*))")
SEPARATOR: Final = re.compile(r"--- *(?:#.*)?")
# The first character of a plain text that means nothing else, or a dash that begins no list.
PLAIN: Final = re.compile(r"[A-Za-z0-9_./$^~(+;\\]|-[A-Za-z0-9.]")
QUOTED: Final = re.compile(r"""(?:"([^"\\]*)"|'([^']*)')(?: +#.*| *)""")
WORD: Final = r"""(?:[A-Za-z0-9_./][A-Za-z0-9_./-]*|"[^"\\]*"|'[^']*')"""
KEY: Final = r"[A-Za-z_][A-Za-z0-9_./-]*"
FLOW_LIST: Final = re.compile(rf"\[ *(?:{WORD} *, *)*{WORD} *\] *")
FLOW_MAP: Final = re.compile(rf"\{{ *(?:{KEY}: +{WORD} *, *)*{KEY}: +{WORD} *\}} *")
WORDS: Final = re.compile(WORD)
PAIRS: Final = re.compile(rf"({KEY}): +({WORD})")


def documents(text: str) -> list[dict[str, Any]] | None:
    """The documents of a text, empty ones left out; None where it is not for this reader."""
    if STRANGE.search(text) is not None or not text.endswith("\n"):
        return None
    try:
        return _documents(text.split("\n"))
    except Unusual:
        return None


def _documents(lines: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    texts: dict[str, Any] = {}  # what each value means: most are met again and again
    keys: set[str] = set()
    stack: list[tuple[int, Any]] = []  # the containers that are open, with the column where their keys or dashes stand
    waiting: tuple[dict[str, Any], str, int] | None = None  # a key without a value so far, with its column
    match: Callable[[str], re.Match[str] | None] = LINE.fullmatch
    number, count = 0, len(lines)
    while number < count:
        line = lines[number]
        number += 1
        parts = match(line)
        if parts is None:
            raise Unusual
        spaces, dash, key, rest, other = parts.groups()
        column = len(spaces)
        if key is None and dash is None:
            if not other or other[0] == "#":
                continue
            if column or SEPARATOR.fullmatch(other) is None:
                raise Unusual
            # The document ends.
            if waiting is not None:
                waiting[0][waiting[1]] = None
                waiting = None
            stack.clear()
            continue
        if dash is not None:
            if waiting is not None:
                holder, name, at = waiting
                waiting = None
                if column >= at:
                    items: list[Any] = []
                    holder[name] = items
                    stack.append((column, items))
                else:
                    holder[name] = None
            while stack and stack[-1][0] > column:
                stack.pop()
            if not stack or stack[-1][0] != column or type(stack[-1][1]) is not list:
                raise Unusual
            items = stack[-1][1]
            if key is None:
                items.append(texts[other] if other in texts else _value(other, texts))
                continue
            column += len(dash)
            fields: dict[str, Any] = {}
            items.append(fields)
            stack.append((column, fields))
            if len(stack) > MAX_DEPTH // 2:
                raise Unusual
        else:
            if waiting is not None:
                holder, name, at = waiting
                waiting = None
                if column > at:
                    fields = {}
                    holder[name] = fields
                    stack.append((column, fields))
                    if len(stack) > MAX_DEPTH // 2:
                        raise Unusual
                else:
                    holder[name] = None
            if not stack:
                if column:
                    raise Unusual
                fields = {}
                found.append(fields)
                stack.append((0, fields))
            else:
                while stack[-1][0] > column or (stack[-1][0] == column and type(stack[-1][1]) is list):
                    stack.pop()
                    if not stack:
                        raise Unusual
                if stack[-1][0] != column:
                    raise Unusual
                fields = stack[-1][1]
        if key not in keys:
            if type(resolve_as_kubectl(key)) is not str:
                raise Unusual
            keys.add(key)
        if key in fields:
            raise Unusual
        if not rest or rest[0] == "#":
            fields[key] = None
            waiting = (fields, key, column)
        elif rest in texts:
            fields[key] = texts[rest]
        elif rest in ("|", "|-"):
            number, fields[key] = _literal(lines, number, column, rest)
        else:
            fields[key] = _value(rest, texts)
    return found


def _value(rest: str, texts: dict[str, Any]) -> Any:
    """The value that stands behind a key or a dash on its line."""
    if PLAIN.match(rest) is not None:
        comment = rest.find(" #")
        raw = (rest if comment < 0 else rest[:comment]).rstrip(" ")
        if ": " in raw or raw[-1] == ":":
            raise Unusual
        value = texts[rest] = _scalar(raw)
        return value
    quoted = QUOTED.fullmatch(rest)
    if quoted is not None:
        value = texts[rest] = quoted[1] if quoted[1] is not None else quoted[2]
        return value
    # What can be changed is made anew each time.
    bare = rest.rstrip(" ")
    if bare == "{}":
        return {}
    if bare == "[]":
        return []
    if FLOW_LIST.fullmatch(rest) is not None:
        return [_word(word) for word in WORDS.findall(rest)]
    if FLOW_MAP.fullmatch(rest) is not None:
        pairs = PAIRS.findall(rest)
        fields = {key: _word(word) for key, word in pairs}
        if len(fields) < len(pairs) or any(type(resolve_as_kubectl(key)) is not str for key in fields):
            raise Unusual
        return fields
    raise Unusual


def _word(word: str) -> Any:
    return word[1:-1] if word[0] in "\"'" else _scalar(word)


def _scalar(raw: str) -> Any:
    value = resolve_as_kubectl(raw)
    if type(value) is Refused:
        raise Unusual
    return value


def _literal(lines: list[str], number: int, column: int, mark: str) -> tuple[int, str]:
    """The text of a literal block that begins at a line, and the number of the line behind it."""
    first = number
    while first < len(lines) and not lines[first].strip(" "):
        first += 1
    if first == len(lines):
        raise Unusual
    indent = len(lines[first]) - len(lines[first].lstrip(" "))
    if indent <= column:
        raise Unusual
    spaces = " " * indent
    texts = []
    end = number
    for at in range(number, len(lines)):
        line = lines[at]
        if line.startswith(spaces):
            if not line.strip(" ") and len(line) > indent:
                raise Unusual
            texts.append(line[indent:])
            end = at + 1 if len(line) > indent else end
        elif line.strip(" "):
            break
        else:
            texts.append("")
    del texts[end - number :]
    text = "\n".join(texts)
    return end, text if mark == "|-" else text + "\n"
