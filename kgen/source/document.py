"""What a Document is: data, and where each part of it stands, found out when somebody asks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from kgen.diagnostics import ROOT, Diagnostic, FieldPath, Span
from kgen.expressions import expression
from kgen.records import NamedTuple
from kgen.source.scalars import foreign, resolve

# Where a value stands, in offsets into the text: start << 32 | end. A container has a list of its own place and then, for each item, the
# item's marks (in a mapping: for each key, in the order of the dict, the key's place and the item's marks). An aliased value has the marks
# of its anchor's. This takes a third of the memory of a table from path to Span and is made in a fifth of the time.
Marks: TypeAlias = "int | list[Any]"
Event: TypeAlias = Any


class Document(NamedTuple):
    """One document: `data` is plain (dict, list, str, int, float, bool, None) and never mutated; the rest is asked when something is wrong.

    - `name`: the file as reports show it; `text`: for code frames, without a byte order mark; lines end in LF, CRLF or CR.
    - `spans`: where each value stands; `key_spans`: where each mapping's key stands, addressed by the path of its value.
      An aliased value is one value with its anchor, so that its span is where the anchor's content stands.
    - `plain`: the text of each unquoted scalar without a tag, as it was written (`1.30` where the data has 1.3).
    - `doubtful`: each unquoted scalar that is a string here but not to a YAML 1.1 reader (`no`, `12:30`): what such a reader sees.
    - `warnings`: of a manifest, the unquoted keys that kubectl takes for other text than stands there (`yes` for `true`).
    """

    name: str
    text: str
    data: Any
    spans: Mapping[FieldPath, Span] = MappingProxyType({})
    key_spans: Mapping[FieldPath, Span] = MappingProxyType({})
    plain: Mapping[FieldPath, str] = MappingProxyType({})
    doubtful: Mapping[FieldPath, str] = MappingProxyType({})
    warnings: tuple[Diagnostic, ...] = ()

    def span(self, path: FieldPath) -> Span:
        """Where the value at `path` stands, or else its nearest ancestor that has a place; the span's own `path` says which it is."""
        for length in range(len(path), -1, -1):
            found = self.spans.get(FieldPath(path[:length]))
            if found is not None:
                return found
        return Span(self.name, 1, 1, 1, 1)

    def key_span(self, path: FieldPath) -> Span:
        """Where the key of the value at `path` stands; where it has none, as `span`."""
        return self.key_spans.get(path) or self.span(path)

    def raw(self, path: FieldPath) -> str | None:
        """The unquoted scalar at `path` as the author wrote it; None for all other text, for containers and for what does not exist."""
        return self.plain.get(path)


class Tree:
    """The data of one document beside its marks: answers where things stand, by walking; nothing is computed before it is asked."""

    __slots__ = ("base", "data", "doubts", "marks", "name", "starts", "text")

    def __init__(
        self, name: str, text: str, base: int = 0, data: Any = None, marks: Marks = 0, doubts: bool = False, starts: list[int] | None = None
    ) -> None:
        self.name = name
        self.text = text
        self.base = base  # where the parser began in the text: its offsets count from there
        self.data = data
        self.marks = marks
        self.doubts = doubts
        self.starts: list[int] = [] if starts is None else starts  # of the lines; shared by the documents of one text

    def find(self, path: FieldPath) -> tuple[Any, int, int | None] | None:
        """The value at `path`, its place and its key's; None if there is no such value."""
        data, marks, key = self.data, self.marks, None
        for part in path:
            if isinstance(marks, int):
                return None
            if isinstance(data, dict):
                if part not in data:
                    return None
                at = 2 * list(data).index(part)
                key, marks = marks[at + 1], marks[at + 2]
            else:
                if not isinstance(part, int) or not 0 <= part < len(data):
                    return None
                key, marks = None, marks[part + 1]
            data = data[part]
        return data, (marks if isinstance(marks, int) else marks[0]), key

    def walk(self) -> Iterator[tuple[FieldPath, Any, int, int | None]]:
        """Path, value, place and key's place of every value, in the order of the document."""
        todo: list[tuple[FieldPath, Any, Marks, int | None]] = [(ROOT, self.data, self.marks, None)]
        while todo:
            path, data, marks, key = todo.pop()
            if isinstance(marks, int):
                yield path, data, marks, key
                continue
            yield path, data, marks[0], key
            if isinstance(data, dict):
                todo.extend(reversed([(path / k, v, marks[2 * i + 2], marks[2 * i + 1]) for i, (k, v) in enumerate(data.items())]))
            else:
                todo.extend(reversed([(path / i, v, marks[i + 1], None) for i, v in enumerate(data)]))

    def span(self, place: int, path: FieldPath = ROOT) -> Span:
        """The stretch of text, without the line ends that a block scalar has at its end."""
        if not self.starts:
            self.starts += [0, *(match.end() for match in LINE_END.finditer(self.text))]
        start, end = self.base + (place >> 32), self.base + (place & 0xFFFFFFFF)
        end = start + len(self.text[start:end].rstrip(" \t\r\n"))
        first, last = bisect_right(self.starts, start), bisect_right(self.starts, end)
        return Span(self.name, first, start - self.starts[first - 1] + 1, last, end - self.starts[last - 1] + 1, path)

    def point(self, offset: int) -> Span:
        """The one character at an offset; empty at the end of a line."""
        at = self.span(offset << 32 | offset)
        return at if self.text[self.base + offset : self.base + offset + 1] in ("", "\r", "\n") else at._replace(end_column=at.column + 1)

    def written(self, place: int) -> str | None:
        """The text of an unquoted scalar without a tag, as it stands behind its anchor."""
        text = ANCHOR.sub("", self.text[self.base + (place >> 32) : self.base + (place & 0xFFFFFFFF)], count=1)
        return None if text[:1] in NOT_PLAIN else text


LINE_END: Final = expression(r"\r\n|\r|\n")
ANCHOR: Final = expression(r"&\S+(?:\s+|\Z)")
COLON: Final = expression(r"\s*:")
NOT_PLAIN: Final = ('"', "'", "|", ">", "!")


class Values(Mapping[FieldPath, Span]):
    """`Document.spans`."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def __getitem__(self, path: FieldPath) -> Span:
        found = self.tree.find(path)
        if found is None:
            raise KeyError(path)
        return self.tree.span(found[1], path)

    def __iter__(self) -> Iterator[FieldPath]:
        return (path for path, _, _, _ in self.tree.walk())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Keys(Values):
    """`Document.key_spans`."""

    def __getitem__(self, path: FieldPath) -> Span:
        found = self.tree.find(path)
        if found is None or found[2] is None:
            raise KeyError(path)
        return self.tree.span(found[2], path)

    def __iter__(self) -> Iterator[FieldPath]:
        return (path for path, _, _, key in self.tree.walk() if key is not None)


class Plain(Mapping[FieldPath, str]):
    """`Document.plain`."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def told(self, value: Any, place: int) -> str | None:
        return None if isinstance(value, (dict, list)) else self.tree.written(place)

    def __getitem__(self, path: FieldPath) -> str:
        found = self.tree.find(path)
        text = None if found is None else self.told(found[0], found[1])
        if text is None:
            raise KeyError(path)
        return text

    def __iter__(self) -> Iterator[FieldPath]:
        return (path for path, value, place, _ in self.tree.walk() if self.told(value, place) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Doubtful(Plain):
    """`Document.doubtful`: costs nothing where the reader met no such scalar."""

    def told(self, value: Any, place: int) -> str | None:
        if not self.tree.doubts or not isinstance(value, str):
            return None
        text = self.tree.written(place)
        return None if text is None or type(resolve(text)) is not str else foreign(text)

    def __iter__(self) -> Iterator[FieldPath]:
        return super().__iter__() if self.tree.doubts else iter(())
