"""The only reader: YAML text to a Document, plain data in which every key and value knows its place.

YAML 1.2 (the core schema), read from the parser events of libyaml as ruamel.yaml ships it, or of ruamel.yaml's own parser where that
extension is missing. Whatever the author can mend is a Diagnostic; nothing that stands in a file ends in a traceback.

Specs are read by the rules of YAML 1.2, and what other readers take for something else is refused. Manifests that others wrote are read
as kubectl reads them (`read_manifests`), because that is what reaches the API server: what kubectl takes is taken, with the same value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Span
from kgen.source.codes import EMPTY, KEY, MAX_BYTES, MAX_DEPTH, OUTSIDE, SYNTAX, UNREADABLE, RejectedText
from kgen.source.compose import compose
from kgen.source.document import Document
from kgen.source.scalars import Refused, ambiguous, quoted, resolve_as_kubectl, shown
from kgen.source.text import FORBIDDEN_TO_KUBECTL, decode, keep_within, load

if TYPE_CHECKING:
    # Not imported when it runs: a cold run would spend a hundredth of its time on it.
    from pathlib import Path


__all__ = [
    "EMPTY",
    "KEY",
    "MAX_BYTES",
    "MAX_DEPTH",
    "OUTSIDE",
    "SYNTAX",
    "UNREADABLE",
    "Document",
    "Refused",
    "RejectedText",
    "ambiguous",
    "decode",
    "keep_within",
    "load",
    "parse",
    "parse_manifests",
    "quoted",
    "read",
    "read_manifests",
    "resolve_as_kubectl",
    "shown",
    "text_of_manifests",
]


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
