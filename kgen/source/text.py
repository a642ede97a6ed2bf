"""From a path to bytes, and from bytes to text that every reader takes."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from kgen.diagnostics import Diagnostic, KgenError, Rejected, Span
from kgen.expressions import expression
from kgen.source.codes import CHARACTER, MAX_BYTES, MAX_CHARACTERS, NOT_UTF8, OUTSIDE, TOO_LARGE, UNREADABLE, RejectedText
from kgen.source.document import Tree

if TYPE_CHECKING:
    # Not imported when it runs: a cold run would spend a hundredth of its time on it.
    from pathlib import Path

# YAML 1.2.2, 5.1, less the line breaks that only YAML 1.1 knows (its readers would fold them) and DEL and its like (which readers refuse).
UNREADABLE_CHARACTERS: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
FORBIDDEN: Final = expression(UNREADABLE_CHARACTERS)
SURROGATE: Final = expression("[\ud800-\udfff]")
# go-yaml takes the line breaks of YAML 1.1 for what they are.
FORBIDDEN_TO_KUBECTL: Final = expression(UNREADABLE_CHARACTERS.replace("\x7f-\x9f\u2028\u2029", "\x7f-\x84\x86-\x9f"))
NAMES: Final = {
    "\x00": "a NUL character",
    "\x85": "a next-line character (U+0085)",
    "\u2028": "a line separator (U+2028)",
    "\u2029": "a paragraph separator (U+2029)",
    "\ufeff": "a byte order mark (U+FEFF) inside the text",
}


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
