"""The codes of what is wrong with a text, and the limits of what is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kgen.diagnostics import Code, Diagnostic, Rejected

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


class RejectedText(Rejected):
    """A text that is no Document: the findings, and the text itself for their code frames (what is not UTF-8 in it replaced)."""

    def __init__(self, diagnostics: Iterable[Diagnostic], name: str, text: str) -> None:
        super().__init__(diagnostics)
        self.name = name
        self.text = text
