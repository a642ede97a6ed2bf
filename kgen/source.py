"""The only reader: YAML text to a Document, plain data in which every key and value knows its place.

YAML 1.2 (the core schema), read from the parser events of libyaml as ruamel.yaml ships it, or of ruamel.yaml's own parser where that
extension is missing. Whatever the author can mend is a Diagnostic; nothing that stands in a file ends in a traceback.
"""

from __future__ import annotations

import gc
import math
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, KgenError, Rejected, Related, Span

UNREADABLE = Code("KG001", "unreadable-file")
NOT_UTF8 = Code("KG002", "not-utf8")
TOO_LARGE = Code("KG003", "file-too-large")
SYNTAX = Code("KG004", "yaml-syntax")
CHARACTER = Code("KG005", "forbidden-character")
EMPTY = Code("KG006", "empty-file")
SEVERAL = Code("KG007", "several-documents")
DUPLICATE = Code("KG008", "duplicate-key")
KEY = Code("KG009", "key-not-text")
MERGE = Code("KG010", "merge-key")
TAG = Code("KG011", "yaml-tag")
BOMB = Code("KG012", "alias-bomb")
ALIAS = Code("KG013", "unknown-alias")
DEEP = Code("KG014", "too-deep")
RANGE = Code("KG015", "number-out-of-range")
OCTAL = Code("KG016", "leading-zero")
DIRECTIVE = Code("KG017", "yaml-directive")

# A fleet of 1,000 clusters with 100 services each is below 1 MB: what is far beyond that is no spec but a mistake, and the data of a
# file takes some twenty times its size in memory.
MAX_BYTES: Final = 64 * 1024 * 1024
# The deepest objects in use (schemas inside a CRD) have some 60 levels; Python's own recursion limit of 1,000 is meant for all callers.
MAX_DEPTH: Final = 100
# Values that exist only because an alias repeats them: 1,000 clusters that share a block of 100 values have 100,000.
MAX_ALIASED: Final = 1_000_000
# Kubernetes keeps integers in 64 bits; beyond that JSON readers round.
MIN_INT: Final = -(2**63)
MAX_INT: Final = 2**64 - 1
# A wrong encoding shows in every line; the first few places say enough.
MAX_CHARACTERS: Final = 5

# Where a value stands, in offsets into the text: start << 32 | end. A container has a list of its own place and then, for each item, the
# item's marks (in a mapping: for each key, in the order of the dict, the key's place and the item's marks). An aliased value has the marks
# of its anchor's. This takes a third of the memory of a table from path to Span and is made in a fifth of the time.
Marks: TypeAlias = "int | list[Any]"
Event: TypeAlias = Any


# --- what a Document is ---------------------------------------------------------------------------------------------------------------


class Document(NamedTuple):
    """One document: `data` is plain (dict, list, str, int, float, bool, None) and never mutated; the rest is asked when something is wrong.

    - `name`: the file as reports show it; `text`: for code frames, without a byte order mark; lines end in LF, CRLF or CR.
    - `spans`: where each value stands; `key_spans`: where each mapping's key stands, addressed by the path of its value.
      An aliased value is one value with its anchor, so that its span is where the anchor's content stands.
    - `plain`: the text of each unquoted scalar as it was written (`1.30` where the data has 1.3).
    - `doubtful`: each unquoted scalar that is a string here but not to a YAML 1.1 reader (`no`, `12:30`): what such a reader sees.
    """

    name: str
    text: str
    data: Any
    spans: Mapping[FieldPath, Span] = MappingProxyType({})
    key_spans: Mapping[FieldPath, Span] = MappingProxyType({})
    plain: Mapping[FieldPath, str] = MappingProxyType({})
    doubtful: Mapping[FieldPath, str] = MappingProxyType({})

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
        """The unquoted scalar at `path` as the author wrote it; None for quoted text, block text, containers and what does not exist."""
        return self.plain.get(path)


class Tree:
    """The data of one document beside its marks: answers where things stand, by walking; nothing is computed before it is asked."""

    __slots__ = ("data", "doubts", "marks", "name", "starts", "text")

    def __init__(self, name: str, text: str, data: Any, marks: Marks, doubts: bool) -> None:
        self.name = name
        self.text = text
        self.data = data
        self.marks = marks
        self.doubts = doubts
        self.starts: list[int] = []

    def find(self, path: FieldPath) -> tuple[int, int | None] | None:
        """The place of the value at `path` and of its key; None if there is no such value."""
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
        return (marks if isinstance(marks, int) else marks[0]), key

    def walk(self) -> Iterator[tuple[FieldPath, int, int | None]]:
        """Path, place and key's place of every value, in the order of the document."""
        todo: list[tuple[FieldPath, Any, Marks, int | None]] = [(ROOT, self.data, self.marks, None)]
        while todo:
            path, data, marks, key = todo.pop()
            if isinstance(marks, int):
                yield path, marks, key
                continue
            yield path, marks[0], key
            if isinstance(data, dict):
                todo.extend(reversed([(path / k, v, marks[2 * i + 2], marks[2 * i + 1]) for i, (k, v) in enumerate(data.items())]))
            else:
                todo.extend(reversed([(path / i, v, marks[i + 1], None) for i, v in enumerate(data)]))

    def span(self, place: int, path: FieldPath = ROOT) -> Span:
        """The stretch of text, without the line ends that a block scalar has at its end."""
        if not self.starts:
            self.starts = [0, *(match.end() for match in LINE_END.finditer(self.text))]
        start, end = place >> 32, place & 0xFFFFFFFF
        end = start + len(self.text[start:end].rstrip())
        first, last = bisect_right(self.starts, start), bisect_right(self.starts, end)
        return Span(self.name, first, start - self.starts[first - 1] + 1, last, end - self.starts[last - 1] + 1, path)

    def written(self, place: int) -> str | None:
        """The text of an unquoted scalar, without its anchor and tag."""
        text = PROPERTIES.sub("", self.text[place >> 32 : place & 0xFFFFFFFF], count=1)
        return None if text[:1] in QUOTES else text


LINE_END: Final = re.compile(r"\r\n|\r|\n")
PROPERTIES: Final = re.compile(r"(?:[&!]\S*(?:\s+|\Z))+")
QUOTES: Final = ('"', "'", "|", ">")


class Values(Mapping[FieldPath, Span]):
    """`Document.spans`."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def __getitem__(self, path: FieldPath) -> Span:
        found = self.tree.find(path)
        if found is None:
            raise KeyError(path)
        return self.tree.span(found[0], path)

    def __iter__(self) -> Iterator[FieldPath]:
        return (path for path, _, _ in self.tree.walk())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Keys(Values):
    """`Document.key_spans`."""

    def __getitem__(self, path: FieldPath) -> Span:
        found = self.tree.find(path)
        if found is None or found[1] is None:
            raise KeyError(path)
        return self.tree.span(found[1], path)

    def __iter__(self) -> Iterator[FieldPath]:
        return (path for path, _, key in self.tree.walk() if key is not None)


class Plain(Mapping[FieldPath, str]):
    """`Document.plain`."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def at(self, path: FieldPath) -> str | None:
        found = self.tree.find(path)
        value: Any = self.tree.data
        for part in path if found else ():
            value = value[part]
        return None if found is None or isinstance(value, (dict, list)) else self.tree.written(found[0])

    def __getitem__(self, path: FieldPath) -> str:
        text = self.at(path)
        if text is None:
            raise KeyError(path)
        return text

    def __iter__(self) -> Iterator[FieldPath]:
        return (path for path, _, _ in self.tree.walk() if path in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Doubtful(Plain):
    """`Document.doubtful`: costs nothing where the reader met no such scalar."""

    def at(self, path: FieldPath) -> str | None:
        text = super().at(path) if self.tree.doubts else None
        return None if text is None or not isinstance(resolve(text), str) else ambiguous(text)

    def __iter__(self) -> Iterator[FieldPath]:
        return super().__iter__() if self.tree.doubts else iter(())


# --- what an unquoted scalar means ----------------------------------------------------------------------------------------------------


class Refused(NamedTuple):
    """A scalar that has no good reading: what to say about it."""

    code: Code
    message: str
    help: str


# YAML 1.2.2, 10.3.2: the core schema.
NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER: Final = re.compile(r"[-+]?[0-9]+")
OTHER_BASE: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
# Anything that is not a string starts with one of these.
STARTS: Final = frozenset("+-.0123456789nNtTfF~")


def resolve(raw: str) -> Any:
    """The value of an unquoted scalar: None, bool, int, float or str, or Refused."""
    if raw[:1] not in STARTS and raw:
        return raw
    if raw in NULLS:
        return None
    if raw in BOOLEANS:
        return BOOLEANS[raw]
    if INTEGER.fullmatch(raw):
        digits = raw.lstrip("+-")
        if len(digits) > 1 and digits[0] == "0":
            other = f"{int(digits, 8)} to a YAML 1.1 reader" if re.fullmatch("[0-7]{1,20}", digits) else "no integer to a YAML 1.1 reader"
            return Refused(
                OCTAL,
                f"{shown(raw)} is {shown(digits.lstrip('0') or '0')} to a YAML 1.2 reader and {other}",
                f"quote it if it is text: {quoted(raw)}; write a number without the leading zero, or 0o and its octal digits",
            )
        # int() refuses more than 4,300 digits; 20 are too many already.
        return whole(raw, int(raw) if len(digits) <= 20 else None)
    if OTHER_BASE.fullmatch(raw):
        return whole(raw, int(raw, 0) if len(raw) <= 40 else None)
    if FLOAT.fullmatch(raw):
        value = float(raw)
        if math.isinf(value):
            return Refused(RANGE, f"{shown(raw)} is larger than any number that Kubernetes keeps", f"quote it if it is text: {quoted(raw)}")
        return value
    if NO_NUMBER.fullmatch(raw):
        return Refused(RANGE, f"{raw} is no number that Kubernetes keeps", f"quote it if it is text: {quoted(raw)}")
    return raw


def whole(raw: str, value: int | None) -> int | Refused:
    if value is None or not MIN_INT <= value <= MAX_INT:
        return Refused(RANGE, f"the integer {shown(raw)} does not fit in 64 bits", f"quote it if it is text: {quoted(raw)}")
    return value


# The YAML 1.1 types (yaml.org/type) as their readers implement them: PyYAML, ruamel.yaml's 1.1 mode, and go-yaml as in sigs.k8s.io/yaml,
# which kubectl, Helm, Argo CD and Flux use. Where those differ from each other, one that sees no string is enough.
TRUE_1_1: Final = frozenset("y Y yes Yes YES on On ON".split())
FALSE_1_1: Final = frozenset("n N no No NO off Off OFF".split())
INTEGER_1_1: Final = re.compile(r"[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)")
FLOAT_1_1: Final = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9_]+)?")
NO_NUMBER_1_1: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)")
SEXAGESIMAL: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
TIMESTAMP: Final = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?"
)


def ambiguous(raw: str) -> str | None:
    """What a YAML 1.1 reader sees in the unquoted scalar `raw` where that is not what YAML 1.2 (and so kgen) reads; None where all agree."""
    value = resolve(raw)
    if isinstance(value, str):
        return foreign(raw)
    if isinstance(value, int) and raw[:2] == "0o":
        return f"the text {quoted(raw)}"
    if isinstance(value, float) and not re.fullmatch(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?|\.[0-9]+(?:[eE][-+][0-9]+)?", raw):
        return f"the text {quoted(raw)}"
    if isinstance(value, Refused) and value.code is OCTAL:
        return f"the number {int(raw, 8)}" if re.fullmatch("[-+]?[0-7]{1,20}", raw) else f"the text {quoted(raw)}"
    return None


def foreign(raw: str) -> str | None:
    """What a YAML 1.1 reader sees in an unquoted scalar that is a string in YAML 1.2."""
    if raw[:1] not in STARTS and raw[:1] not in "yYoO=<":
        return None
    if raw in TRUE_1_1:
        return "the boolean true"
    if raw in FALSE_1_1:
        return "the boolean false"
    if raw in ("<<", "="):
        return "a mark of its own"
    if INTEGER_1_1.fullmatch(raw):
        digits = raw.replace("_", "").lower().lstrip("+")
        try:
            return f"the number {int(digits, 0 if digits.lstrip('-')[1:2] in ('b', 'o', 'x') else 8 if digits.lstrip('-')[:1] == '0' else 10)}"
        except ValueError:
            return "a number"
    if FLOAT_1_1.fullmatch(raw) or NO_NUMBER_1_1.fullmatch(raw):
        return "a number"
    if SEXAGESIMAL.fullmatch(raw):
        return "a number in base 60"
    if TIMESTAMP.fullmatch(raw):
        return "a date"
    return None


def quoted(text: str) -> str:
    """The text in double quotes, for a help line."""
    text = shown(text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shown(text: str) -> str:
    """The author's text, cut where it is too long for a line."""
    return text if len(text) <= 60 else text[:57] + "..."


# --- from bytes to events -------------------------------------------------------------------------------------------------------------

# YAML 1.2.2, 5.1, less the line breaks that only YAML 1.1 knows (they would fold) and DEL and its neighbours (which readers refuse).
FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
NAMES: Final = {
    "\x00": "a NUL character",
    "\x85": "a next-line character (U+0085)",
    "\u2028": "a line separator (U+2028)",
    "\u2029": "a paragraph separator (U+2029)",
    "\ufeff": "a byte order mark (U+FEFF) inside the file",
}


def read(path: Path | str, name: str | None = None) -> Document:
    """The one document of a file; "-" is standard input. `name` is what reports call it: the path as given, unless told otherwise.

    Raises Rejected (KG0xx) for whatever the author can mend, a missing file included, and KgenError where the disk fails.
    """
    name = str(path) if name is None else name
    return parse(load(path, name), name)


def read_all(path: Path | str, name: str | None = None) -> tuple[Document, ...]:
    """All documents of a file, as parse_all; "-" is standard input."""
    name = str(path) if name is None else name
    return parse_all(load(path, name), name)


def load(path: Path | str, name: str) -> bytes:
    """The bytes of a file, at most one more than MAX_BYTES."""
    start = Span(name, 1, 1, 1, 1)
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Rejected([UNREADABLE.error(f'there is no file "{name}"', start, help="check the path; it is relative to the working directory")]) from None
    except (IsADirectoryError, NotADirectoryError):
        if Path(path).is_dir():
            message, help = f'"{name}" is a folder, not a file', "name the file in it"
        else:
            message, help = f'"{name}" leads through a file as if it were a folder', "check the path"
        raise Rejected([UNREADABLE.error(message, start, help=help)]) from None
    except PermissionError:
        raise Rejected([UNREADABLE.error(f'"{name}" may not be read', start, help="give yourself the right to read it")]) from None
    except (OSError, ValueError) as error:  # a loop of links, a name that is too long or has a NUL: the path is at fault; else the disk is
        if isinstance(error, ValueError) or error.errno in (36, 40):
            raise Rejected([UNREADABLE.error(f'"{name}" is no path to a file', start, help="check the path")]) from None
        raise KgenError(f"{name}: {error.strerror or error}") from error


def decode(source: bytes | str, name: str) -> str:
    """The text of a file without a leading byte order mark, proved to hold only what every YAML reader accepts."""
    if len(source) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
        raise Rejected([TOO_LARGE.error(message, Span(name, 1, 1, 1, 1), help="split the set, or check that this is the file you mean")])
    if isinstance(source, bytes):
        if source[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in source[:2]:
            message = "the file is UTF-16 or UTF-32 text"
            raise Rejected([NOT_UTF8.error(message, Span(name, 1, 1, 1, 2), help="save it as UTF-8")])
        try:
            text = source.decode()
        except UnicodeDecodeError as error:
            before = source[: error.start].decode().removeprefix("\ufeff")
            at = Tree(name, before + "?", None, 0, False).span(len(before) << 32 | len(before) + 1)
            message = f"byte 0x{source[error.start]:02x} is no part of UTF-8 text"
            raise Rejected([NOT_UTF8.error(message, at, "not UTF-8", help="save the file as UTF-8")]) from None
    else:
        text = source
    text = text.removeprefix("\ufeff")
    if FORBIDDEN.search(text):
        raise Rejected(forbidden(name, text))
    return text


def forbidden(name: str, text: str) -> Iterator[Diagnostic]:
    tree = Tree(name, text, None, 0, False)
    for count, match in enumerate(FORBIDDEN.finditer(text)):
        if count == MAX_CHARACTERS:
            return
        character, point = match[0], ord(match[0])
        what = NAMES.get(character) or f"a {'lone surrogate' if 0xD800 <= point <= 0xDFFF else 'control character'} (U+{point:04X})"
        escape = f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"
        help = "delete it" if point in (0, 0xFEFF) or 0xD800 <= point <= 0xDFFF else f'delete it, or write it as "{escape}" in double-quoted text'
        # rstrip() in span() would take some of these for white space, so the end is set by hand.
        at = tree.span(match.start() << 32 | match.start())
        yield CHARACTER.error(f"{what} may not stand in YAML", at._replace(end_column=at.column + 1), help=help)


def events(text: str) -> Callable[[], Event]:
    """A function that gives the next event at each call: libyaml's, else ruamel.yaml's own."""
    try:
        from _ruamel_yaml import CParser  # type: ignore[import-not-found]
    except ImportError:
        return pure_events(text)
    return CParser(text).get_event  # type: ignore[no-any-return]


def pure_events(text: str) -> Callable[[], Event]:
    """The same from ruamel.yaml's parser in Python, some forty times slower."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    stream = YAML(typ="safe", pure=True).parse(text)

    def get() -> Event:
        try:
            event = next(stream)
        except (ValueError, OverflowError):  # "\U00110000"
            raise MarkedYAMLError(problem="found invalid Unicode character escape code") from None
        if getattr(event, "style", None) == '"' and SURROGATE.search(event.value):  # libyaml refuses these itself
            raise MarkedYAMLError("while parsing a quoted scalar", None, "found invalid Unicode character escape code", event.start_mark)
        return event

    return get


SURROGATE: Final = re.compile("[\ud800-\udfff]")


# --- from events to Documents ---------------------------------------------------------------------------------------------------------


def parse(source: bytes | str, name: str) -> Document:
    """The one document of a text. Raises Rejected with all that is wrong with it (KG0xx); a text without a document is refused too."""
    text = decode(source, name)
    documents = compose(name, text, several=False)
    if not documents:
        help = "write a spec into it; `kgen init` makes a first one"
        raise Rejected([EMPTY.error("the file holds no document", Span(name, 1, 1, 1, 1), help=help)])
    return documents[0]


def parse_all(source: bytes | str, name: str) -> tuple[Document, ...]:
    """Every document of a YAML or JSON stream; empty ones (`---` alone) are left out. Raises Rejected as `parse`."""
    return compose(name, decode(source, name), several=True)


def compose(name: str, text: str, several: bool) -> tuple[Document, ...]:
    """The documents of a text; garbage collection rests meanwhile, since nothing of what is made can be freed (twice as fast above 1 MB)."""
    resting = gc.isenabled()
    gc.disable()
    try:
        return Composer(name, text).documents(several)
    finally:
        if resting:
            gc.enable()


OPEN: Final = object()
MISSING: Final = object()


class Anchor(NamedTuple):
    """What an alias stands for, with the number of values in it and the levels below it."""

    value: Any
    marks: Marks
    count: int
    height: int


class Doubt(NamedTuple):
    """A string that YAML 1.1 readers take for something else."""

    text: str


class Composer:
    """Makes documents of one text's events."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.findings: list[Diagnostic] = []
        self.get = events(text)
        self.tree = Tree(name, text, None, 0, False)

    def documents(self, several: bool) -> tuple[Document, ...]:
        from ruamel.yaml.error import YAMLError
        from ruamel.yaml.events import DocumentStartEvent, StreamEndEvent

        found: list[Document] = []
        try:
            self.get()  # the start of the stream
            while type(start := self.get()) is not StreamEndEvent:
                assert type(start) is DocumentStartEvent
                if not several and found:
                    message = "a second document starts here, but a spec is one document"
                    at = self.tree.span(place(start))
                    self.findings.append(SEVERAL.error(message, at, help="keep one document in the file; delete this line or what follows it"))
                    break
                self.directives(start)
                document = self.document()
                if document is not None:
                    found.append(document)
                self.get()  # the end of the document
        except YAMLError as error:
            self.findings.append(self.syntax(error))
        if self.findings:
            raise Rejected(self.findings)
        return tuple(found)

    def document(self) -> Document | None:
        """The document whose start was just read; None if it is empty."""
        from ruamel.yaml.events import (
            AliasEvent,
            MappingEndEvent,
            MappingStartEvent,
            ScalarEvent,
            SequenceEndEvent,
            SequenceStartEvent,
        )

        get = self.get
        known: dict[str, Any] = {}  # what each unquoted text means; the same few words fill a fleet's file
        keys: set[str] = set()  # unquoted keys that were looked at and found to be text
        anchors: dict[str, Any] = {}
        aliased = 0
        doubts = False
        last = 0  # the place of the last thing read: where the block collections around it end

        def scalar(event: Event) -> Any:
            """The value of a scalar with a tag, or one that is new."""
            nonlocal doubts
            raw = event.value
            if event.tag is not None:
                return self.tagged(event)
            value = resolve(raw)
            if isinstance(value, Refused):
                self.report(value.code, value.message, event, help=value.help)
                return None  # not remembered, so that each place is told
            if isinstance(value, str) and foreign(raw):
                doubts = True
            known[raw] = value
            return value

        def alias(event: Event, depth: int) -> Anchor:
            nonlocal aliased
            target = anchors.get(event.anchor)
            if not isinstance(target, Anchor):
                why = "stands inside the value that it repeats" if target is OPEN else "repeats an anchor that does not stand above it"
                known_ones = ", ".join(f"&{a}" for a, t in anchors.items() if t is not OPEN)
                help = f"the anchors above it: {shown(known_ones)}" if known_ones else f"write &{event.anchor} before the value to repeat, above this line"
                self.report(ALIAS, f"*{event.anchor} {why}", event, help=help)
                return Anchor(None, place(event), 1, 0)
            aliased += target.count
            if aliased > MAX_ALIASED:
                self.stop(BOMB, f"aliases repeat more than {MAX_ALIASED:,} values", event, help="write the values out, or repeat smaller ones")
            if depth + target.height > MAX_DEPTH:
                self.too_deep(event)
            return target

        def node(event: Event, depth: int) -> tuple[Any, Marks]:
            nonlocal last
            kind = type(event)
            if kind is ScalarEvent:
                here = last = event.start_mark.index << 32 | event.end_mark.index
                if event.style and event.tag is None:
                    value = event.value
                else:
                    value = known.get(event.value, MISSING) if event.tag is None else MISSING
                    if value is MISSING:
                        value = scalar(event)
                if event.anchor is not None:
                    anchors[event.anchor] = Anchor(value, here, 1, 0)
                return value, here
            if kind is AliasEvent:
                last = place(event)
                target = alias(event, depth)
                return target.value, target.marks
            # a mapping or a sequence
            if depth >= MAX_DEPTH:
                self.too_deep(event)
            if event.tag is not None:
                self.collection_tag(event, "map" if kind is MappingStartEvent else "seq")
            if event.anchor is not None:
                anchors[event.anchor] = OPEN
            start = event.start_mark.index << 32
            marks: list[Any] = [0]
            container: Any
            if kind is MappingStartEvent:
                container = {}
                while type(item := get()) is not MappingEndEvent:
                    key: Any
                    if type(item) is ScalarEvent and item.value in keys and not item.style and item.tag is None and item.anchor is None:
                        key = item.value
                    else:
                        key = mapping_key(item, depth)
                    value, inner = node(get(), depth + 1)
                    if type(key) is not str:
                        continue
                    if key in container:
                        first = self.tree.span(marks[2 * list(container).index(key) + 1])
                        related = [Related(first, "first here")]
                        self.report(DUPLICATE, f"key {quoted(key)} stands twice in one mapping", item, "again here", related, "delete one of the two, or rename it")
                        continue
                    container[key] = value
                    marks += (place(item), inner)
            else:
                container = []
                while type(item := get()) is not SequenceEndEvent:
                    value, inner = node(item, depth + 1)
                    container.append(value)
                    marks.append(inner)
            if event.flow_style:
                last = start | item.end_mark.index
            marks[0] = start | last & 0xFFFFFFFF
            if event.anchor is not None:
                anchors[event.anchor] = Anchor(container, marks, *measure(container, marks, anchors))
            return container, marks

        def mapping_key(event: Event, depth: int) -> Any:
            """The key if it is text; None, told, if it is not."""
            if type(event) is ScalarEvent and not event.style and event.tag is None:
                raw = event.value
                if raw == "<<":
                    self.report(MERGE, "merge keys (<<) are not read: they are no part of YAML 1.2", event, help="write the fields out, or use an alias for a whole value")
                    return None
                if type(resolve(raw)) is not str or foreign(raw):
                    self.key(event, resolve(raw))
                    return None
                keys.add(raw)
                if event.anchor is None:
                    return raw
            value, _ = node(event, depth + 1)
            if type(value) is str:
                return value
            if type(event) is not ScalarEvent or value is not None or event.tag is None:
                self.key(event, value)
            return None

        root, marks = node(get(), 0)
        written = not isinstance(marks, int) or self.text[marks >> 32 : marks & 0xFFFFFFFF].strip()
        if root is None and not written:
            return None
        tree = Tree(self.name, self.text, root, marks, doubts)
        return Document(self.name, self.text, root, Values(tree), Keys(tree), Plain(tree), Doubtful(tree))

    # --- findings

    def report(self, code: Code, message: str, event: Event, label: str = "", related: list[Related] | None = None, help: str = "") -> None:
        self.findings.append(code.error(message, self.tree.span(place(event)), label, related or [], help))

    def stop(self, code: Code, message: str, event: Event, help: str) -> None:
        self.report(code, message, event, help=help)
        raise Rejected(self.findings)

    def too_deep(self, event: Event) -> None:
        self.stop(DEEP, f"values are nested more than {MAX_DEPTH} levels deep", event, "check the brackets and the indentation above this place")

    def key(self, event: Event, value: Any) -> None:
        """Tells why a key is refused."""
        if isinstance(value, (dict, list)):
            message = f"a {'mapping' if isinstance(value, dict) else 'list'} cannot be a key"
            help = "a value that starts with { or [ needs quotes if it is text; `? ` starts a key of its own"
        elif getattr(event, "value", None) == "":
            message, help = "a key is missing before the colon", 'write the key; "" is the empty one'
        else:
            raw = getattr(event, "value", "")
            seen = foreign(raw) if isinstance(value, str) else None
            if seen:
                message = f"key {shown(raw)} is {seen} to a YAML 1.1 reader"
            else:
                words = {bool: "a boolean", int: "a number", float: "a number", type(None): "null"}
                message = f"key {shown(raw)} is {words.get(type(value), 'a number')}, but a key is text"
            help = f"quote it: {quoted(raw)}"
        self.report(KEY, message, event, help=help)

    def directives(self, start: Event) -> None:
        if start.version is not None and tuple(start.version) != (1, 2):
            version = ".".join(map(str, start.version))
            self.report(DIRECTIVE, f"the file asks for YAML {version}, but kgen reads YAML 1.2", start, help="delete the %YAML line and quote what YAML 1.2 reads otherwise")
        if start.tags:
            self.report(DIRECTIVE, "%TAG lines are not read", start, help="delete the line and the tags that need it")

    def collection_tag(self, event: Event, allowed: str) -> None:
        if event.tag not in (STANDARD + allowed, "!"):
            self.refuse_tag(event)

    def refuse_tag(self, event: Event) -> None:
        written = "!!" + event.tag.removeprefix(STANDARD) if event.tag.startswith(STANDARD) else event.tag
        start = event.start_mark.index
        tag = re.compile(r"(?:&\S+\s+)?(!\S*)").match(self.text, start)
        at = self.tree.span(tag.start(1) << 32 | tag.end(1)) if tag else self.tree.span(place(event))
        self.findings.append(TAG.error(f"tag {shown(written)} is not read", at, help="delete the tag and write the value itself, quoted if it is text"))

    def tagged(self, event: Event) -> Any:
        """The value of a scalar with a tag: the standard tags of plain data where they agree with the text; None, told, otherwise."""
        if event.tag in (STANDARD + "str", "!"):
            return event.value
        kinds = {STANDARD + "int": int, STANDARD + "float": float, STANDARD + "bool": bool, STANDARD + "null": type(None)}
        kind = kinds.get(event.tag)
        value = resolve(event.value)
        if kind is float and type(value) is int:
            return float(value)
        if kind is None:
            self.refuse_tag(event)
            return None
        if type(value) is not kind:
            self.report(TAG, f"{quoted(event.value)} is not what its tag !!{event.tag.removeprefix(STANDARD)} says", event, help="delete the tag")
            return None
        return value

    def syntax(self, error: Any) -> Diagnostic:
        """libyaml's words in plain ones; the place is its own."""
        problem = error.problem or error.context or "the text is not YAML"
        context = error.context or ""
        mark = error.problem_mark or error.context_mark
        index = min(mark.index if mark is not None else len(self.text), len(self.text))
        at = self.tree.span(index << 32 | index)
        character = self.text[index : index + 1]
        at = at._replace(end_column=at.column + 1) if character and character not in "\r\n" else at
        for part, message, help in WORDS:
            if part in f"{context}: {problem}":
                break
        else:
            message, help = f"this is not YAML: {problem}", "check quotes, brackets and indentation here and in the line above"
        related = []
        if error.context_mark is not None and mark is not None and error.context_mark.index != mark.index:
            began = min(error.context_mark.index, len(self.text))
            opened = self.tree.span(began << 32 | began)
            related = [Related(opened._replace(end_column=opened.column + 1), context.removeprefix("while ") or "began here")]
        return SYNTAX.error(message.format(character=character), at, related=related, help=help)


def place(event: Event) -> int:
    return event.start_mark.index << 32 | event.end_mark.index  # type: ignore[no-any-return]


def measure(value: Any, marks: Marks, anchors: dict[str, Any]) -> tuple[int, int]:
    """How many values an anchored container has, and how many levels, itself included; what is aliased in it is not walked again."""
    ready = {id(a.marks): a for a in anchors.values() if isinstance(a, Anchor) and isinstance(a.marks, list)}

    def weigh(value: Any, marks: Marks) -> tuple[int, int]:
        if isinstance(marks, int):
            return 1, 0
        if id(marks) in ready:
            return ready[id(marks)].count, ready[id(marks)].height
        count, height = 1, 0
        inner = zip(value.values(), marks[2::2], strict=True) if isinstance(value, dict) else zip(value, marks[1:], strict=True)
        for item, item_marks in inner:
            more, levels = weigh(item, item_marks)
            count += more
            height = max(height, levels)
        return count, height + 1

    return weigh(value, marks)


STANDARD: Final = "tag:yaml.org,2002:"

# Part of the parser's message, what kgen says, what helps. The first that fits is taken.
WORDS: Final = (
    ("invalid Unicode character escape", "the escape stands for no character: half of a surrogate pair, or beyond U+10FFFF", "write the character itself, or \\U and its eight digits"),
    ("unknown escape character", "\\{character} is no escape in double-quoted text", "write \\\\ for a backslash, or use single quotes"),
    ("cannot start any token", "{character!r} cannot start a value", "indent with spaces, not tabs; put text that starts with @, ` or % in quotes"),
    ("mapping values are not allowed", "a key and its colon cannot stand here", "quote a value that contains a colon and a space; check the indentation of this line"),
    ("could not find expected ':'", "a key without a colon", "write `key: value`; check the indentation of this line, and the quotes above it"),
    ("block sequence entries are not allowed", "a list item cannot start here", "start the list on a line of its own below its key"),
    ("mapping keys are not allowed", "a key cannot stand here", "check the indentation of this line"),
    ("while parsing a block mapping", "this line is not another key of the mapping above", "align it with the keys of that mapping"),
    ("while parsing a block collection", "this line is not another item of the list above", "align it with the items of that list, and start it with `- `"),
    ("while parsing a flow sequence", "the list in brackets goes on without a comma or a closing ]", "write `, ` between items and ] at the end"),
    ("while parsing a flow mapping", "the mapping in braces goes on without a comma or a closing }}", "write `, ` between fields and }} at the end"),
    ("unexpected end of stream", "the quoted text never ends", "close the quote"),
    ("unexpected document indicator", "the quoted text runs into a document marker", "close the quote"),
    ("did not find expected node content", "a value is missing here", "write a value, or null"),
    ("tab character", "a tab stands where YAML wants spaces", "indent with spaces"),
    ("document start", "the document above has ended: this does not belong to it", "check the indentation of this line, or start a new document with `---`"),
    ("undefined tag handle", "the tag's handle is not declared", "delete the tag"),
    ("incompatible YAML document", "the file asks for a version of YAML other than 1.2", "delete the %YAML line"),
)
