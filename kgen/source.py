"""The only reader: YAML text to a Document, plain data in which every key and value knows its place.

YAML 1.2 (the core schema), read from the parser events of libyaml as ruamel.yaml ships it, or of ruamel.yaml's own parser where that
extension is missing. Whatever the author can mend is a Diagnostic; nothing that stands in a file ends in a traceback.

Specs are read by the rules of YAML 1.2, and what other readers take for something else is refused. Manifests that others wrote are read
as kubectl reads them (`read_manifests`), because that is what reaches the API server: what kubectl takes is taken, with the same value.
"""

from __future__ import annotations

import errno
import gc
import math
import os
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, KgenError, Rejected, Related, Span
from kgen.expressions import expression
from kgen.records import NamedTuple

if TYPE_CHECKING:
    # Not imported when it runs: a cold run would spend a hundredth of its time on it.
    from pathlib import Path

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
ALTERED = Code("KG583", "key-not-as-written")
OVERWRITTEN = Code("KG584", "merge-overwrites")
OUTSIDE = Code("KG603", "outside-repository")

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
# Nobody mends more in one go, and a report of a million findings helps nobody.
MAX_FINDINGS: Final = 1_000
# A wrong encoding shows in every line; the first few places say enough.
MAX_CHARACTERS: Final = 5

# Where a value stands, in offsets into the text: start << 32 | end. A container has a list of its own place and then, for each item, the
# item's marks (in a mapping: for each key, in the order of the dict, the key's place and the item's marks). An aliased value has the marks
# of its anchor's. This takes a third of the memory of a table from path to Span and is made in a fifth of the time.
Marks: TypeAlias = "int | list[Any]"
Event: TypeAlias = Any


class RejectedText(Rejected):
    """A text that is no Document: the findings, and the text itself for their code frames (what is not UTF-8 in it replaced)."""

    def __init__(self, diagnostics: Iterable[Diagnostic], name: str, text: str) -> None:
        super().__init__(diagnostics)
        self.name = name
        self.text = text


# --- what a Document is ---------------------------------------------------------------------------------------------------------------


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


# --- what an unquoted scalar means ----------------------------------------------------------------------------------------------------


class Refused(NamedTuple):
    """A scalar that has no good reading: what to say about it."""

    code: Code
    message: str
    help: str


# YAML 1.2.2, 10.3.2: the core schema.
NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER: Final = expression(r"[-+]?[0-9]+")
OTHER_BASE: Final = expression(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT: Final = expression(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NO_NUMBER: Final = expression(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
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
            sign = raw[0] if raw[0] == "-" else ""
            octal = re.fullmatch("[0-7]{1,20}", digits)
            other = f"{sign}{int(digits, 8)} to a YAML 1.1 reader" if octal else "no integer to a YAML 1.1 reader"
            message = f"{shown(raw)} is {shown(sign + (digits.lstrip('0') or '0'))} to a YAML 1.2 reader and {other}"
            help = "write a number without the leading zero, or 0o and its octal digits"
            return Refused(OCTAL, message, f"quote it if it is text: {quoted(raw)}; {help}")
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
TRUE_1_1: Final = frozenset(["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"])
FALSE_1_1: Final = frozenset(["n", "N", "no", "No", "NO", "off", "Off", "OFF"])
INTEGER_1_1: Final = expression(r"[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)|[-+][0-9_]+")
FLOAT_1_1: Final = expression(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9_]+)?")
SEXAGESIMAL: Final = expression(r"[-+]?(?:[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)")
TIMESTAMP: Final = expression(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?"
)


def ambiguous(raw: str) -> str | None:
    """What a YAML 1.1 reader sees in an unquoted scalar where that is not what YAML 1.2, and so kgen, reads; None where all agree."""
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
    # go-yaml drops underscores wherever they are.
    if any(number.fullmatch(text) for number in (INTEGER_1_1, FLOAT_1_1) for text in (raw, raw.replace("_", ""))):
        return "a number"
    if SEXAGESIMAL.fullmatch(raw):
        return "a number in base 60"
    if TIMESTAMP.fullmatch(raw):
        return "a date"
    return None


# kubectl, Helm, Argo CD and Flux read with sigs.k8s.io/yaml, which is go-yaml v2 and then JSON: resolve.go there says what an unquoted
# scalar is (YAML 1.1, without base 60, dates as text, and `0o14` as Go has it), encoding/json how a number goes on its way.
GO_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(NULLS),
    **BOOLEANS,
    **dict.fromkeys(TRUE_1_1, True),
    **dict.fromkeys(FALSE_1_1, False),
}
GO_STARTS: Final = frozenset("+-.0123456789yYnNtTfFoO~")
GO_INTEGER: Final = expression(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
GO_BASES: Final = (16, 2, 8, 10)
GO_INFINITE: Final = frozenset((".nan", ".NaN", ".NAN", *(f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF"))))


def resolve_as_kubectl(raw: str) -> Any:
    """The value of an unquoted scalar of a manifest, as it reaches the API server: None, bool, int, float or str, or Refused."""
    if raw[:1] not in GO_STARTS and raw:
        return raw
    if raw in GO_WORDS:
        return GO_WORDS[raw]
    if raw[0].isalpha() or raw == "~":
        return raw
    if raw in GO_INFINITE:
        return Refused(RANGE, f"{raw} is no number that Kubernetes keeps", f"quote it if it is text: {quoted(raw)}")
    # After a point only Go's ParseFloat reads, which wants a digit on both sides of an underscore.
    bare = raw if raw[0] == "." and re.search(r"(?<![0-9])_|_(?![0-9])", raw) else raw.replace("_", "")
    found = GO_INTEGER.fullmatch(bare)
    # int() refuses more than 4,300 digits; 70 are too many in any base.
    if found is not None and found.lastindex and len(bare) <= 70:
        value = int(found[found.lastindex], GO_BASES[found.lastindex - 2])
        value = -value if found[1] == "-" else value
        if MIN_INT <= value < -MIN_INT or (not found[1] and value <= MAX_INT):
            return value
    if FLOAT.fullmatch(bare):
        number = float(bare)
        if math.isinf(number):
            return raw  # Go's ParseFloat gives up, and the text stays text
        return as_json(number)
    return raw


def as_json(number: float) -> int | float:
    """A number as JSON keeps it for whoever reads it next: 1.0 and 1e3 are written 1 and 1000, and so are integers."""
    if not number.is_integer() or abs(number) >= 1e21:
        return number
    if abs(number) < 2**53:
        return int(number)
    # Beyond that JSON has the shortest digits that mean this number, not all of its own.
    mantissa, _, exponent = repr(number).partition("e")
    head, _, tail = mantissa.removesuffix(".0").partition(".")
    value = int(head + tail) * 10 ** (int(exponent or 0) - len(tail))
    return value if MIN_INT <= value < -MIN_INT else number


def key_as_kubectl(value: Any) -> str | None:
    """The text that kubectl makes of a key (sigs.k8s.io/yaml, convertToJSONableObject); None where it refuses."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value < -MIN_INT else None
    return f"{value:g}" if isinstance(value, float) else None


def quoted(text: str) -> str:
    """The text in double quotes, for a help line."""
    text = shown(text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shown(text: str) -> str:
    """The author's text, cut where it is too long for a line."""
    return text if len(text) <= 60 else text[:57] + "..."


# --- from bytes to events -------------------------------------------------------------------------------------------------------------

# YAML 1.2.2, 5.1, less the line breaks that only YAML 1.1 knows (its readers would fold them) and DEL and its like (which readers refuse).
FORBIDDEN: Final = expression("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
SURROGATE: Final = expression("[\ud800-\udfff]")
# go-yaml takes the line breaks of YAML 1.1 for what they are.
FORBIDDEN_TO_KUBECTL: Final = expression(FORBIDDEN.pattern.replace("\x7f-\x9f\u2028\u2029", "\x7f-\x84\x86-\x9f"))
NAMES: Final = {
    "\x00": "a NUL character",
    "\x85": "a next-line character (U+0085)",
    "\u2028": "a line separator (U+2028)",
    "\u2029": "a paragraph separator (U+2029)",
    "\ufeff": "a byte order mark (U+FEFF) inside the text",
}


def read(path: Path | str, name: str | None = None) -> Document:
    """The one document of a file; "-" is standard input. `name` is what reports call it: the path as given, unless told otherwise.

    Raises Rejected (KG0xx) for whatever the author can mend, a missing file included, and KgenError where the disk fails.
    """
    name = str(path) if name is None else name
    return parse(load(path, name), name)


def read_manifests(path: Path | str, name: str | None = None) -> tuple[Document, ...]:
    """All documents of a file, as `parse_manifests`; else as `read`."""
    name = str(path) if name is None else name
    return parse_manifests(load(path, name), name)


def keep_within(roots: Iterable[str], path: Path | str, name: str) -> None:
    """Raises Rejected where a path, its symlinks followed, leads out of all of these folders, which are real paths."""
    real = os.path.realpath(path)
    if not any(real == root or real.startswith(root.rstrip(os.sep) + os.sep) for root in roots):
        message = f'"{name}" leads out of the repository'
        raise Rejected(
            [OUTSIDE.error(message, Span(name, 1, 1, 1, 1), help="keep all that a set is made of in the repository of its spec")]
        )


def load(path: Path | str, name: str) -> bytes:
    """The bytes of a file, at most one more than MAX_BYTES."""
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        message, help = MENDABLE.get(error.errno or 0, ("", ""))
        if not message:
            raise KgenError(f"{name}: {error.strerror or error}") from error
    except ValueError:  # a NUL in the path
        message, help = MENDABLE[errno.ENAMETOOLONG]
    raise RejectedText([UNREADABLE.error(message.format(name=name), Span(name, 1, 1, 1, 1), help=help)], name, "")


# What the author of a path can mend; other errors of the file system are the machine's.
MENDABLE: Final = {
    errno.ENOENT: ('there is no file "{name}"', "check the path; one that does not start with / counts from where it is named"),
    errno.EISDIR: ('"{name}" is a folder, not a file', "name the file in it"),
    errno.ENOTDIR: ('"{name}" leads through a file as if it were a folder', "check the path"),
    errno.EACCES: ('"{name}" may not be read', "give yourself the right to read it"),
    errno.EPERM: ('"{name}" may not be read', "give yourself the right to read it"),
    errno.ENAMETOOLONG: ('"{name}" is no path to a file', "check the path"),
    errno.ELOOP: ('"{name}" is a link that leads back to itself', "point the link at a file"),
}


def decode(source: bytes | str, name: str, forbidden_characters: re.Pattern[str] = FORBIDDEN) -> str:
    """The text of a file without a leading byte order mark, proved to hold only what every YAML reader (or kubectl) accepts."""
    if len(source) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
        help = "check that this is the file you mean"
        raise RejectedText([TOO_LARGE.error(message, Span(name, 1, 1, 1, 1), help=help)], name, "")
    text = source if isinstance(source, str) else utf8(source, name)
    text = text.removeprefix("\ufeff")
    if forbidden_characters.search(text):
        raise RejectedText(forbidden(name, text, forbidden_characters), name, text)
    return text


def utf8(source: bytes, name: str) -> str:
    if source[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in source[:2]:
        message = "the file is UTF-16 or UTF-32 text"
        raise RejectedText([NOT_UTF8.error(message, Span(name, 1, 1, 1, 1), help="save it as UTF-8")], name, "")
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        before = source[: error.start].decode().removeprefix("\ufeff")
        text = before + source[error.start :].decode(errors="replace")
        message = f"byte 0x{source[error.start]:02x} is no part of UTF-8 text"
        finding = NOT_UTF8.error(message, Tree(name, text).point(len(before)), help="save the file as UTF-8")
        raise RejectedText([finding], name, text) from None


def forbidden(name: str, text: str, characters: re.Pattern[str]) -> Iterator[Diagnostic]:
    tree = Tree(name, text)
    for count, match in enumerate(characters.finditer(text)):
        if count == MAX_CHARACTERS:
            return
        point = ord(match[0])
        surrogate = 0xD800 <= point <= 0xDFFF
        what = NAMES.get(match[0]) or f"a {'lone surrogate' if surrogate else 'control character'} (U+{point:04X})"
        escape = f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"
        help = "delete it" if surrogate or point in (0, 0xFEFF) else f'delete it, or write it as "{escape}" in double quotes'
        yield CHARACTER.error(f"{what} may not stand in YAML", tree.point(match.start()), help=help)


class Parser(NamedTuple):
    """The next event at each call of `get`; the classes by which to tell events, in a module; the class of the parser's errors."""

    get: Callable[[], Event]
    events: Any
    error: type[Exception]


def parser(text: str) -> Parser:
    """libyaml's parser over a text; where it is not installed, ruamel.yaml's own, some forty times slower, with the same events."""
    try:
        module = libyaml()
    except ImportError:
        return pure_parser(text)
    return Parser(module.CParser(text).get_event, module, module.YAMLError)


def libyaml() -> Any:
    """The module with libyaml's parser.

    It imports from all over ruamel.yaml, but the parser needs its events, nodes, tokens and the base of its errors only; the rest is
    12 of 14 ms, a tenth of a small build. So modules that it wants for the class of an error alone have stand-ins while it is imported.
    They are taken away at once: a later import of ruamel.yaml finds none of them, and shares what was really loaded.
    """
    if "_ruamel_yaml" in sys.modules or "ruamel.yaml" in sys.modules:
        return import_module("_ruamel_yaml")
    standing: list[str] = []

    def stand_in(name: str, **content: Any) -> None:
        module = ModuleType(name)
        vars(module).update(content)
        sys.modules[name] = module
        standing.append(name)

    try:
        stand_in("ruamel.yaml", __path__=[os.path.join(folder, "yaml") for folder in import_module("ruamel").__path__])
        base = import_module("ruamel.yaml.error").MarkedYAMLError
        for part in ("reader", "scanner", "parser", "composer", "constructor", "emitter", "serializer", "representer"):
            error = f"{part.capitalize()}Error"
            stand_in(f"ruamel.yaml.{part}", **{error: type(error, (base,), {})})
        return import_module("_ruamel_yaml")
    except (ImportError, AttributeError):  # a version that is built otherwise: taken whole, below
        pass
    finally:
        for name in standing:
            del sys.modules[name]
    return import_module("_ruamel_yaml")


# A colon or question mark that YAML 1.2 takes for text wherever it stands: a colon that neither white space nor a bracket follows (nor a
# quote or bracket precedes, as in JSON's keys), a question mark inside a word. Directives and tags are passed over.
LITERAL: Final = expression(
    r"""^%.*$ | (?<![^\s,\[\]{}])!(?:<[^>\s]*>|[^\s,\[\]{}]*) | ["'\]}]\s*:
    | (?P<colon>:)(?=[^\s,\[\]{}]) | (?<=[^\s,\[\]{}])(?P<question>\?)""",
    re.MULTILINE | re.VERBOSE,
)


def second_parser(text: str, manifests: bool = False) -> Parser | None:
    """libyaml's parser as it should be, for a text on which it failed; None where that makes no difference.

    What ruamel.yaml ships is libyaml 0.1.7, which knows YAML 1.1: inside brackets and braces it stops at the colon of `api:6443` and of
    `https://`, and at the question mark of a query. So such characters are replaced by others of the same length that the text does not
    have, and put back in the events. In manifests the question mark stays: go-yaml has mended the colon alone.
    """
    try:
        libyaml()
    except ImportError:
        return None
    free = (chr(point) for point in range(0xE000, 0xF900) if chr(point) not in text)
    colon, question = next(free, ""), next(free, "")
    replaced = LITERAL.sub(lambda found: colon if found["colon"] else question if found["question"] and not manifests else found[0], text)
    if replaced == text or not question:
        return None
    get, kinds, failure = parser(replaced)
    back = {ord(colon): ":", ord(question): "?"}

    def restored() -> Event:
        event = get()
        if type(event) is kinds.ScalarEvent:
            event.value = event.value.translate(back)
        return event

    return Parser(restored, kinds, failure)


def pure_parser(text: str) -> Parser:
    from ruamel.yaml import YAML, events
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    stream = YAML(typ="safe", pure=True).parse(text)
    problem = "found invalid Unicode character escape code"

    def get() -> Event:
        try:
            event = next(stream)
        except (ValueError, OverflowError):  # chr() of an escape beyond U+10FFFF
            raise MarkedYAMLError("while parsing a quoted scalar", None, problem, None) from None
        if type(event) is events.ScalarEvent and event.style == '"' and SURROGATE.search(event.value):  # libyaml refuses it itself
            raise MarkedYAMLError("while parsing a quoted scalar", event.start_mark, problem, event.start_mark)
        return event

    return Parser(get, events, YAMLError)


# --- from events to Documents ---------------------------------------------------------------------------------------------------------


def parse(source: bytes | str, name: str) -> Document:
    """The one document of a text. Raises Rejected with all that is wrong with it (KG0xx); a text without a document is refused too."""
    text = decode(source, name)
    documents = compose(name, text)
    if not documents:
        help = "write a spec into it; `kgen init` makes a first one"
        raise RejectedText([EMPTY.error("the file holds no document", Span(name, 1, 1, 1, 1), help=help)], name, text)
    return documents[0]


def parse_manifests(source: bytes | str, name: str) -> tuple[Document, ...]:
    """Every document of a YAML or JSON stream as kubectl reads it; empty ones are left out. Raises Rejected as `parse`.

    Unlike in a spec, an unquoted scalar is what go-yaml takes it for (see `resolve_as_kubectl`), merge keys bring the fields of other
    mappings, and a key that is no text becomes one. A key that stands twice is an error all the same: kubectl would drop one of the two
    without a word, and a server with strict validation refuses it.
    """
    return compose(name, text_of_manifests(source, name), manifests=True)


def text_of_manifests(source: bytes | str, name: str) -> str:
    """The text of a file, proved to hold only what kubectl accepts. Raises Rejected."""
    return decode(source, name, FORBIDDEN_TO_KUBECTL)


# What JSON may have and libyaml does not read: tabs between values, and escapes in text (`\/`, surrogate pairs).
JSON_PART: Final = expression(r'"(?:[^"\\\n]|\\.)*"|\t')


def json_as_yaml(text: str) -> str:
    """A JSON text as YAML of the same length, every value at its place."""
    # Not at the top: a file of JSON that YAML cannot read is rare.
    import json

    def part(found: re.Match[str]) -> str:
        if found[0] == "\t":
            return " "
        if "\\" not in found[0]:
            return found[0]
        try:
            plain = json.dumps(json.loads(found[0]), ensure_ascii=False)
        except ValueError:
            return found[0]
        plain = FORBIDDEN.sub(lambda each: f"\\u{ord(each[0]):04x}", plain)
        return plain.ljust(len(found[0]))

    return JSON_PART.sub(part, text)


SPACE: Final = expression(r"\s*")
JSON_BRACE: Final = expression(r'"(?:[^"\\]|\\.)*"|[{}]', re.DOTALL)


def json_end(text: str, start: int) -> int:
    """Where the JSON object ends that starts at an offset."""
    depth = 0
    for found in JSON_BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    return len(text)


def compose(name: str, text: str, manifests: bool = False) -> tuple[Document, ...]:
    """The documents of a text. Garbage collection rests meanwhile: nothing of what is made can be freed (twice as fast above 1 MB)."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        documents: list[Document] = []
        starts: list[int] = []
        start, end = 0, len(text)
        while start < len(text) or not start:
            part, found = text[start:end], len(documents)
            tree = Tree(name, text, start, starts=starts)
            composer = Composer(tree, parser(part), manifests)
            again = composer.read(documents)
            if composer.broken and manifests and part.lstrip().startswith("{"):
                del documents[found:]
                composer = Composer(tree, parser(json_as_yaml(part)), manifests)
                again = composer.read(documents)
            if composer.broken and (second := second_parser(part, manifests)) is not None:
                del documents[found:]
                composer = Composer(tree, second, manifests)
                again = composer.read(documents)
            if composer.findings:
                raise RejectedText(composer.findings, name, text)
            if again is None and end == len(text):
                break
            start = SPACE.match(text, end if again is None else again).end()  # type: ignore[union-attr]
            # One object alone: to go through all that follows, again and again, would take a file's length squared.
            end = json_end(text, start) if text.startswith("{", start) else len(text)
        return tuple(documents)
    finally:
        if collecting:
            gc.enable()


class Stopped(Exception):
    """There is a finding after which no more can be read."""


class Anchor(NamedTuple):
    """What an alias stands for."""

    value: Any
    marks: Marks


OPEN: Final = Anchor(None, -1)  # a container that has not ended: an alias to it would never end either
MISSING: Final = object()


class Composer:
    """Makes documents of the events of a text, from an offset on."""

    def __init__(self, tree: Tree, parser: Parser, manifests: bool) -> None:
        self.manifests = manifests
        self.findings: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []
        self.broken = False  # the parser gave up
        self.tree = tree
        self.parser = parser

    def read(self, documents: list[Document]) -> int | None:
        """Adds the documents to those given. Returns where to begin anew: JSON objects in a row are a stream too, but not to YAML."""
        get, kinds, failure = self.parser
        one = self.reader()
        try:
            get()  # the start of the stream
            while type(start := get()) is not kinds.StreamEndEvent:
                self.directives(start)
                document = one()
                get()  # the end of the document
                if document is None:
                    continue
                if documents and not self.manifests:
                    message = "a second document starts here, but a spec is one document"
                    help = "keep one document in the file: delete this line, or all from here on"
                    self.report(SEVERAL, message, start, help=help)
                    return None
                documents.append(document)
        except failure as error:
            mark = getattr(error, "problem_mark", None)
            if self.manifests and documents and mark and "document start" in str(error):
                start = self.tree.base + mark.index
                if self.tree.text.startswith("{", start):
                    return int(start)
            self.broken = True
            self.findings.append(self.syntax(error))
        except Stopped:
            pass
        return None

    def reader(self) -> Callable[[], Document | None]:
        """The function that gives the document whose start was just read; None if that is empty.

        It is made once for all documents of a text: they share what was found out of words, and what closures take is not collected.
        """
        get, kinds, _ = self.parser
        scalar_event, alias_event = kinds.ScalarEvent, kinds.AliasEvent
        mapping_start, mapping_end, sequence_end = kinds.MappingStartEvent, kinds.MappingEndEvent, kinds.SequenceEndEvent
        known: dict[str, Any] = {}  # what each unquoted text means: a fleet's file is full of the same few words
        keys: dict[str, str] = {}  # the unquoted keys that were found to be text
        anchors: dict[str, Anchor] = {}
        weights: dict[int, tuple[Marks, int, int]] = {}
        merged: set[tuple[int, str]] = set()  # fields that a merge key brought: the marks of their mapping, and the key
        aliased = 0
        doubts = False
        meaning = resolve_as_kubectl if self.manifests else resolve
        last = 0  # the place of what was read last: block collections end where their last item does

        def node(event: Event, depth: int) -> tuple[Any, Marks]:
            """The value that starts with an event, and its marks."""
            nonlocal last
            kind = type(event)
            if kind is scalar_event:
                here = last = event.start_mark.index << 32 | event.end_mark.index
                value = event.value
                if event.tag is not None:
                    value = self.tagged(event)
                elif not event.style:
                    value = known.get(value, MISSING)
                    if value is MISSING:
                        value = unquoted(event)
                if event.anchor is not None:
                    self.check_name(event)
                    anchors[event.anchor] = Anchor(value, here)
                return value, here
            if kind is alias_event:
                self.check_name(event)
                last = place(event)
                return alias(event, depth)
            if depth >= MAX_DEPTH:
                self.too_deep(event)
            if event.tag not in (None, "!", STANDARD + ("map" if kind is mapping_start else "seq")) and not (
                self.manifests and not event.tag.startswith(STANDARD)
            ):
                self.refuse_tag(event)
            if event.anchor is not None:
                self.check_name(event)
                anchors[event.anchor] = OPEN
            marks: list[Any] = [0]
            container = mapping(marks, depth + 1) if kind is mapping_start else sequence(marks, depth + 1)
            marks[0] = event.start_mark.index << 32 | last & 0xFFFFFFFF
            if event.anchor is not None:
                anchors[event.anchor] = Anchor(container, marks)
            return container, marks

        def mapping(marks: list[Any], depth: int) -> dict[str, Any]:
            nonlocal last
            fields: dict[str, Any] = {}
            while type(event := get()) is not mapping_end:
                key = keys.get(event.value) if type(event) is scalar_event else None
                if key is None or event.style or event.tag is not None or event.anchor is not None:
                    if self.manifests and type(event) is scalar_event and event.value == "<<" and not event.style and event.tag is None:
                        merge(event, get(), depth, fields, marks)
                        continue
                    key = unusual_key(event, depth)
                value, inner = node(get(), depth)
                if value is None and isinstance(inner, int) and inner >> 32 == inner & 0xFFFFFFFF:
                    inner = last = self.nothing(event)
                if key is None:
                    continue
                if key in fields:
                    at = 2 * list(fields).index(key) + 1
                    if (id(marks), key) not in merged:
                        self.twice(key, event, marks[at])
                        continue
                    # What a merge key brought is written over.
                    merged.discard((id(marks), key))
                    fields[key], marks[at], marks[at + 1] = value, place(event), inner
                    continue
                fields[key] = value
                marks.append(event.start_mark.index << 32 | event.end_mark.index)
                marks.append(inner)
            # Braces end where they close; what has none ends at a later token, and so is taken to end with its last item.
            if event.end_mark.index > event.start_mark.index:
                last = place(event)
            return fields

        def sequence(marks: list[Any], depth: int) -> list[Any]:
            nonlocal last
            items: list[Any] = []
            while type(event := get()) is not sequence_end:
                value, inner = node(event, depth)
                items.append(value)
                marks.append(inner)
            if event.end_mark.index > event.start_mark.index:
                last = place(event)
            return items

        def merge(event: Event, start: Event, depth: int, fields: dict[str, Any], marks: list[Any]) -> None:
            """Takes over the fields of the mapping, or of each of the list of mappings, behind a merge key."""
            nonlocal aliased
            before = len(self.findings)
            value, inner = node(start, depth)
            sources = list(zip(value, inner[1:], strict=True)) if isinstance(value, list) and isinstance(inner, list) else [(value, inner)]
            if len(self.findings) == before and not all(isinstance(each, dict) for each, _ in sources):
                self.report(MERGE, "a merge key (<<) takes a mapping or a list of mappings", event, help="give it the alias of a mapping")
                return
            # Of a list, the earlier ones win.
            for each, inside in reversed(sources):
                if not isinstance(each, dict):
                    continue
                aliased += len(each)
                if aliased > MAX_ALIASED:
                    self.bomb(event)
                for number, (key, item) in enumerate(each.items()):
                    at = 2 * number + 1
                    if key in fields:
                        # go-yaml writes over whatever stands above the merge key, unlike readers that do as YAML says.
                        there = 2 * list(fields).index(key) + 1
                        if (id(marks), key) not in merged:
                            self.overwritten(key, event, marks[there])
                            merged.add((id(marks), key))
                        fields[key], marks[there], marks[there + 1] = item, inside[at], inside[at + 1]
                    else:
                        fields[key] = item
                        marks += inside[at : at + 2]
                        merged.add((id(marks), key))

        def unquoted(event: Event) -> Any:
            """The value of an unquoted scalar that was not met before."""
            nonlocal doubts
            value = meaning(event.value)
            if type(value) is Refused:
                self.report(value.code, value.message, event, help=value.help)
                return None  # and not remembered, so that each place is told
            if type(value) is str and not self.manifests and foreign(value):
                doubts = True
            known[event.value] = value
            return value

        def unusual_key(event: Event, depth: int) -> str | None:
            """A key that is quoted, has a tag or an anchor, is an alias or new; None, told, if it is not text."""
            if type(event) is not scalar_event or event.style or event.tag is not None:
                before = len(self.findings)
                value, _ = node(event, depth)
                key = key_as_kubectl(value) if self.manifests else value
                if type(key) is not str and len(self.findings) == before:
                    self.refuse_key(event, value)
                return key if type(key) is str else None
            value = meaning(event.value)
            if self.manifests:
                return as_text(event, value)
            if event.value == "<<":
                message = "merge keys (<<) are not read: YAML 1.2 does not have them"
                self.report(MERGE, message, event, help="write the fields out, or give a whole value an anchor and repeat that")
            elif type(value) is not str or foreign(value):
                self.refuse_key(event, value)
            else:
                keys[value] = value
                if event.anchor is not None:
                    self.check_name(event)
                    anchors[event.anchor] = Anchor(value, place(event))
                return value
            return None

        def as_text(event: Event, value: Any) -> str | None:
            """The text that kubectl makes of an unquoted key; a warning where that is not what stands there."""
            key = key_as_kubectl(value)
            if key is None:
                self.refuse_key(event, value)
                return None
            if key != event.value:
                message = f"key {shown(event.value)} is {quoted(key)} to kubectl and all that read YAML as it does"
                help = f"quote it: {quoted(event.value)}"
                self.warnings.append(ALTERED.warning(message, self.tree.span(place(event)), help=help))
            elif event.anchor is None:
                keys[key] = key
            if event.anchor is not None:
                self.check_name(event)
                anchors[event.anchor] = Anchor(value, place(event))
            return key

        def alias(event: Event, depth: int) -> Anchor:
            nonlocal aliased
            target = anchors.get(event.anchor)
            if target is None or target is OPEN:
                self.refuse_alias(event, anchors)
                return Anchor(None, place(event))
            count, height = weigh(target.value, target.marks, weights)
            aliased += count
            if aliased > MAX_ALIASED:
                self.bomb(event)
            if depth + height > MAX_DEPTH:
                self.too_deep(event)
            return target

        def document() -> Document | None:
            nonlocal aliased
            aliased = 0
            for table in (anchors, weights, merged):
                table.clear()
            root, marks = node(get(), 0)
            if root is None and isinstance(marks, int) and marks >> 32 == marks & 0xFFFFFFFF:
                return None
            tree = Tree(self.tree.name, self.tree.text, self.tree.base, root, marks, doubts, self.tree.starts)
            warnings = tuple(self.warnings)
            self.warnings.clear()
            return Document(tree.name, tree.text, root, Values(tree), Keys(tree), Plain(tree), Doubtful(tree), warnings)

        return document

    def bomb(self, event: Event) -> NoReturn:
        help = "write the values out, or give smaller ones an anchor"
        self.report(BOMB, f"aliases repeat more than {MAX_ALIASED:,} values", event, help=help)
        raise Stopped

    def nothing(self, key: Event) -> int:
        """Where a value that is not written would stand: behind its key's colon (the parsers have it there, or at the next token)."""
        base, end = self.tree.base, key.end_mark.index
        colon = COLON.match(self.tree.text, base + end)
        at = colon.end() - base if colon else end
        return int(at << 32 | at)

    def check_name(self, event: Event) -> None:
        """Refuses an anchor or alias whose name runs on: libyaml takes `&a:80` for an anchor `a` with the text `:80`, as no other does."""
        mark, start = "*" if type(event) is self.parser.events.AliasEvent else "&", self.tree.base + event.start_mark.index
        found = self.tree.text.find(mark + event.anchor, start)
        end = found + 1 + len(event.anchor)
        if found >= 0 and self.tree.text[end : end + 1].strip(" \t\r\n,[]{}"):
            message = "this cannot be in the name of an anchor"
            help = "leave a space behind the name; put text that starts with & or * in quotes"
            self.add(SYNTAX.error(message, self.tree.point(end - self.tree.base), help=help))

    def tagged(self, event: Event) -> Any:
        """The value of a scalar with a tag: the standard tags of plain data where they agree with the text; None, told, otherwise."""
        if event.tag in ("!", STANDARD + "str"):
            return event.value
        kind = TAGS.get(event.tag)
        if kind is None:
            if self.manifests and not event.tag.startswith(STANDARD):
                return event.value  # go-yaml passes over tags that it does not know
            self.refuse_tag(event)
            return None
        value = (resolve_as_kubectl if self.manifests else resolve)(event.value)
        if kind is float and type(value) is int:
            return value if self.manifests else float(value)
        if type(value) is not kind:
            message = f"{quoted(event.value)} is not what its tag !!{event.tag.removeprefix(STANDARD)} says"
            self.report(TAG, message, event, help="delete the tag")
            return None
        return value

    def report(self, code: Code, message: str, event: Event, help: str = "") -> None:
        at = place(event)
        # A block collection starts with nothing of its own: what is marked then is its first character.
        span = self.tree.span(at) if at >> 32 != at & 0xFFFFFFFF else self.tree.point(at >> 32)
        self.add(code.error(message, span, help=help))

    def add(self, finding: Diagnostic) -> None:
        self.findings.append(finding)
        if len(self.findings) >= MAX_FINDINGS:
            raise Stopped

    def twice(self, key: str, event: Event, first: int) -> None:
        related = [Related(self.tree.span(first), "first here")]
        message = f"key {quoted(key)} stands twice in one mapping"
        help = "delete one of the two, or rename it"
        self.add(DUPLICATE.error(message, self.tree.span(place(event)), "again here", related, help))

    def overwritten(self, key: str, event: Event, first: int) -> None:
        message = f"to kubectl this merge key (<<) overwrites {quoted(key)} above it, to other readers it does not"
        related = [Related(self.tree.span(first), "overwritten")]
        self.warnings.append(OVERWRITTEN.warning(message, self.tree.span(place(event)), "", related, "write << before all other keys"))

    def too_deep(self, event: Event) -> None:
        help = "check the brackets and the indentation above this place"
        self.report(DEEP, f"values are nested more than {MAX_DEPTH} levels deep", event, help=help)
        raise Stopped

    def refuse_key(self, event: Event, value: Any) -> None:
        raw = getattr(event, "value", None)
        if raw is None:
            what = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "what this alias repeats"
            message, help = f"{what} cannot be a key", "put text that starts with {, [ or * in quotes, and write no `? ` before a value"
        elif not raw:
            message, help = "a key is missing before the colon", 'write the key; "" is the empty one'
        elif type(value) is str:
            message, help = f"key {shown(raw)} is {foreign(raw)} to a YAML 1.1 reader", f"quote it: {quoted(raw)}"
        else:
            what = "null" if value is None else "a boolean" if isinstance(value, bool) else "a number"
            message, help = f"key {shown(raw)} is {what}, but a key is text", f"quote it: {quoted(raw)}"
        self.report(KEY, message, event, help=help)

    def refuse_alias(self, event: Event, anchors: Mapping[str, Anchor]) -> None:
        if event.anchor in anchors:
            message, help = f"*{event.anchor} stands inside the value that it repeats", "write the value out, or move the anchor further in"
        else:
            message = f"*{event.anchor} repeats an anchor that does not stand above it"
            above = ", ".join(f"&{name}" for name, anchor in anchors.items() if anchor is not OPEN)
            help = f"put text that starts with * in quotes; an alias needs &{event.anchor} before the value to repeat"
            help += f", and above it stand {shown(above)}" if above else ""
        self.report(ALIAS, message, event, help=help)

    def refuse_tag(self, event: Event) -> None:
        written = "!!" + event.tag.removeprefix(STANDARD) if event.tag.startswith(STANDARD) else event.tag
        found = re.compile(r"(?:&\S+\s+)?(!\S*)").match(self.tree.text, self.tree.base + event.start_mark.index)
        at = found.span(1) if found else (self.tree.base + event.start_mark.index,) * 2
        span = self.tree.span(at[0] - self.tree.base << 32 | at[1] - self.tree.base)
        help = "delete the tag, and write the value itself, quoted if it is text"
        self.add(TAG.error(f"tag {shown(written)} is not read", span, help=help))

    def directives(self, start: Event) -> None:
        """Refuses a document that asks for other rules: it would not mean here what it means elsewhere."""
        wanted = (1, 1) if self.manifests else (1, 2)
        if start.version is not None and tuple(start.version) != wanted:
            reader = "kubectl reads YAML 1.1" if self.manifests else "kgen reads YAML 1.2"
            message = f"the document asks for YAML {start.version[0]}.{start.version[1]}, but {reader}"
            self.report(DIRECTIVE, message, start, help="delete the %YAML line, and quote text that YAML 1.1 knows as something else")
        if start.tags:
            self.report(DIRECTIVE, "%TAG lines are not read", start, help="delete the line and the tags that need it")

    def syntax(self, error: Any) -> Diagnostic:
        """The parser's message in plain words, at the parser's place."""
        problem, context = getattr(error, "problem", None) or str(error), getattr(error, "context", None) or ""
        ends, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
        length = len(self.tree.text) - self.tree.base
        first, last = (min(mark.index, length) if mark else length for mark in (began or ends, ends or began))
        text = self.tree.text[self.tree.base :]
        merge = re.search(r"^(?:<{7}|\|{7}|={7}|>{7})(?: |$)", text, re.MULTILINE)
        if merge is not None:
            # At the first column no value can go on, so this is what git leaves in a file that both sides changed.
            message, help = "a merge was not resolved: git left both sides here", "keep what is right of both, and delete the marker lines"
            return SYNTAX.error(message, self.tree.point(merge.start()), help=help)
        character = text[last : last + 1]
        line = text[:last].rpartition("\n")[2]
        if context in FROM_ITS_START or not text[last:].strip():
            last = first
        if character == "\t":
            message, help = "a tab stands where YAML wants spaces", "indent with spaces"
        elif character == ":" and not line.strip(" -?"):
            message, help = "a key is missing before the colon", 'write the key; "" is the empty one'
        elif line.strip(" -") and context in ("while parsing a block mapping", "while parsing a block collection"):
            message, help = "this cannot follow the value before it", "put the whole value in quotes, or the next key on a line of its own"
        else:
            found = (words for part, *words in WORDS if part in f"{context}: {problem}")
            message, help = next(
                found, (f"this is not YAML: {problem}", "check quotes, brackets and indentation here and in the line above")
            )
        related = [Related(self.tree.point(first), "what is read here started there")] if first != last else []
        return SYNTAX.error(message.replace("CHARACTER", character), self.tree.point(last), "", related, help)


def place(event: Event) -> int:
    return event.start_mark.index << 32 | event.end_mark.index  # type: ignore[no-any-return]


def weigh(value: Any, marks: Marks, known: dict[int, tuple[Marks, int, int]]) -> tuple[int, int]:
    """How many values an aliased value has, and how many levels; `known` keeps what was weighed, or a bomb would go off here."""
    if isinstance(marks, int):
        return 1, 0
    if id(marks) in known:
        return known[id(marks)][1:]
    count, height = 1, 0
    for item, inner in zip(value.values(), marks[2::2], strict=True) if isinstance(value, dict) else zip(value, marks[1:], strict=True):
        more, levels = weigh(item, inner, known)
        count += more
        height = max(height, levels)
    known[id(marks)] = marks, count, height + 1
    return count, height + 1


STANDARD: Final = "tag:yaml.org,2002:"
TAGS: Final = {STANDARD + "int": int, STANDARD + "float": float, STANDARD + "bool": bool, STANDARD + "null": type(None)}

# Where the parser notices what is wrong long after it began.
FROM_ITS_START: Final = ("while scanning a simple key", "while scanning a quoted scalar")
# A part of the parser's message, what kgen says, what helps; the first that fits is taken.
WORDS: Final = (
    (
        "invalid Unicode character escape",
        "this escape stands for no character: half of a surrogate pair, or beyond U+10FFFF",
        "write the character itself, or \\U and its eight digits",
    ),
    ("unknown escape", "double quotes know no such escape", "write \\\\ for a backslash, or use single quotes"),
    ("while parsing a quoted scalar", "an escape in double quotes is not complete", "write \\\\ for a backslash, or use single quotes"),
    ("unexpected end of stream", "quoted text starts here and never ends", "close the quotes"),
    ("unexpected document", "quoted text starts here and runs into a line that ends the document", "close the quotes"),
    (
        "while scanning an alias",
        "* repeats an anchor, but no name of one follows",
        'put text that starts with * in quotes, as in "*.example.com"',
    ),
    ("while scanning an anchor", "& makes an anchor, but no name for it follows", "put text that starts with & in quotes"),
    ("while scanning a tag", "! begins a tag, but what follows is none", "put text that starts with ! in quotes"),
    ("while parsing a tag", "! begins a tag, but what follows is none", "put text that starts with ! in quotes"),
    ("undefined tag handle", "this tag's handle is declared nowhere", "put text that starts with ! in quotes, or delete the tag"),
    ("while scanning a directive", "% begins a line for the parser, but what follows is none", "put text that starts with % in quotes"),
    ("incompatible YAML document", "the document asks for a version of YAML that kgen does not read", "delete the %YAML line"),
    (
        "while scanning a block scalar",
        "this does not belong behind | or >",
        "write |, |- or >- alone, and the text on the lines below, indented",
    ),
    ("cannot start any token", "CHARACTER cannot start a value", "put the text in quotes"),
    (
        "mapping values are not allowed",
        "a key and its colon cannot stand here",
        "put text that has a colon and a space in it in quotes; check the indentation of this line",
    ),
    (
        "while scanning a simple key",
        "this is neither a key with its colon nor part of the value above",
        "write `key: value`, or indent the line deeper to go on with a text",
    ),
    ("sequence entries are not allowed", "a list item cannot start here", "start the list on the line below its key"),
    ("mapping keys are not allowed", "a key cannot stand here", "check the indentation of this line"),
    ("parsing a block mapping", "this line is not another key of the mapping above", "align it with the keys of that mapping"),
    (
        "parsing a block collection",
        "this line is not another item of the list above",
        "align it with that list's items, and begin it with `- `",
    ),
    ("parsing a flow sequence", "the list in brackets is not closed, or lacks a comma here", "write `, ` between items and ] at the end"),
    ("parsing a flow mapping", "the mapping in braces is not closed, or lacks a comma here", "write `, ` between fields and } at the end"),
    ("expected node content", "a value is missing here", "write a value, or null"),
    ("expected the node content", "a value is missing here", "write a value, or null"),
    ("document start", "the document has ended above: this does not belong to it", "check the indentation of this line"),
)
