"""Where a thing stands and what is wrong with it: the words that every room uses for a finding."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from kgen.expressions import expression
from kgen.records import NamedTuple

PLAIN_KEY = expression(r"[A-Za-z0-9_$-]+")


class FieldPath(tuple[str | int, ...]):
    """Keys and indices from the root of a document; prints as `spec.clusters[1].podCIDR`."""

    __slots__ = ()

    def __truediv__(self, key: str | int) -> "FieldPath":
        return FieldPath((*self, key))

    def __str__(self) -> str:
        text = ""
        for part in self:
            if isinstance(part, int):
                text += f"[{part}]"
            elif not PLAIN_KEY.fullmatch(part):
                text += f'["{part}"]'
            else:
                text += f".{part}" if text else part
        return text


ROOT = FieldPath()


class Span(NamedTuple):
    """A stretch of one file: lines and columns count from 1, the end is exclusive; `path` is the author's own path there."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    path: FieldPath = ROOT


# A check names a place by its path in the merged document; the pipeline turns it into a Span before anything is reported.
Place: TypeAlias = FieldPath | Span
Severity: TypeAlias = Literal["error", "warning"]


class Related(NamedTuple):
    """Another place that belongs to the finding, with a few words on why."""

    at: Place
    label: str


class Diagnostic(NamedTuple):
    """One finding: what (message), where (at), the words under the marked value (label), and what to do (help).

    `unquoted`: no report may show the text at the place, because it may be a secret.
    """

    code: str
    slug: str
    severity: Severity
    message: str
    at: Place
    label: str = ""
    related: tuple[Related, ...] = ()
    help: str = ""
    unquoted: bool = False


class Code(NamedTuple):
    """A class of findings: the number to search for, the slug to read; its page is `kgen/explain/<number>.md`."""

    number: str
    slug: str

    def error(self, message: str, at: Place, label: str = "", related: Iterable[Related] = (), help: str = "") -> Diagnostic:
        return Diagnostic(self.number, self.slug, "error", message, at, label, tuple(related), help)

    def warning(self, message: str, at: Place, label: str = "", related: Iterable[Related] = (), help: str = "") -> Diagnostic:
        return Diagnostic(self.number, self.slug, "warning", message, at, label, tuple(related), help)


class Rejected(Exception):
    """A step that must make a value could not: carries all that it found; only the pipeline catches it."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.code} {d.message}" for d in self.diagnostics))


class KgenError(Exception):
    """What the machine did wrong (disk, permission): one line for the user, exit code 3."""


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings as a set, sorted by file, line, column, code; every place must be a Span by now."""

    def key(finding: Diagnostic) -> tuple[str, int, int, str, str]:
        at = finding.at
        assert isinstance(at, Span)
        return (at.file, at.line, at.column, finding.code, finding.message)

    return tuple(sorted(dict.fromkeys(diagnostics), key=key))
