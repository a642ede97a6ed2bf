"""The report for people: each finding with the line it stands on, the places that belong to it, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kgen.diagnostics import Diagnostic, Span
from kgen.records import NamedTuple
from kgen.reports.places import described, position, span
from kgen.reports.printable import escaped, printable

# Cells of a line that are shown; a longer one is cut on both sides of the mark.
WIDTH: Final = 110
# A message, a path or a help is cut here: one that is longer has swallowed a value that nobody reads.
LONGEST: Final = 1000
# A related place gets its own line of code only if that line is at most this long: a reader should see the finding at a glance.
SHORT: Final = 80

STYLES: Final = {"error": "1;31", "warning": "1;33", "note": "1;36", "help": "1;36", "frame": "1;34", "title": "1"}


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], colour: bool = False) -> str:
    """Every finding, and a last line that counts them; "" if there is none."""
    return findings(diagnostics, texts, colour) + (f"\n{summary(diagnostics)}\n" if diagnostics else "")


def findings(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], colour: bool = False) -> str:
    """Every finding, a blank line between two of them, without the summary."""
    return "\n".join(each(diagnostics, texts, colour))


def each(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], colour: bool = False) -> Iterator[str]:
    """Every finding by itself."""
    # Split once per file: a thousand findings may stand in one text.
    lines = {name: split(text) for name, text in texts.items()} if diagnostics else {}
    return ("".join(f"{line}\n" for line in _finding(one, lines, colour)) for one in diagnostics)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning in clusterset.yaml`."""
    errors = sum(one.severity == "error" for one in diagnostics)
    counts = [counted(errors, "error"), counted(len(diagnostics) - errors, "warning")]
    files = sorted({span(one.at).file for one in diagnostics} - {""})
    place = "" if not files else f" in {printable(files[0])}" if len(files) == 1 else f" in {len(files)} files"
    return ", ".join(count for count in counts if count[0] != "0") + place


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def split(text: str) -> list[str]:
    """The lines of a text as YAML 1.2 readers count them: a line ends at CR, LF or both and nowhere else (str.splitlines knows more)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _finding(one: Diagnostic, lines: Mapping[str, list[str]], colour: bool) -> Iterator[str]:
    where = span(one.at)
    # A related place without words of its own belongs behind the label; one with words gets a note.
    beside = ", ".join(position(other.at) for other in one.related if not other.label)
    label = _said(one.label)
    if beside:
        label = f"{label} ({beside})" if label else f"see {beside}"
    notes = [other for other in one.related if other.label]
    digits = max(len(str(span(place).line)) for place in (one.at, *(other.at for other in notes)))
    title = _styled(f"{one.slug}: {_said(one.message)}", "title", colour)
    yield f"{_styled(f'{one.severity}[{one.code}]', one.severity, colour)} {title}"
    yield f"  {_styled('-->', 'frame', colour)} {_said(described(where))}"
    frame = None if one.unquoted else _frame(where, lines)
    if frame:
        yield from _drawn(frame, where.line, digits, "^", label, one.severity, colour)
    elif label:
        yield f"  {_styled('note:', 'note', colour)} {label}"
    for other in notes:
        place = span(other.at)
        yield f"  {_styled('note:', 'note', colour)} {_said(described(place))}: {_said(other.label)}"
        frame = _frame(place, lines)
        if frame and len(frame.code) <= SHORT:
            yield from _drawn(frame, place.line, digits, "-", "", "frame", colour)
    if one.help:
        yield f"  {_styled('help:', 'help', colour)} {_said(one.help)}"


class _Frame(NamedTuple):
    """One line as it is shown, and the cells that the mark takes."""

    code: str
    start: int
    width: int


def _frame(at: Span, lines: Mapping[str, list[str]]) -> _Frame | None:
    """The line of `at` (of several, the first), or None where its text is not at hand."""
    text = lines.get(at.file)
    if text is None or not 1 <= at.line <= len(text):
        return None
    line = text[at.line - 1]
    if not line.strip():
        return None
    first = min(max(at.column, 1) - 1, len(line))
    # An empty stretch (a missing value) still gets one mark; a stretch of several lines is marked to the end of its first.
    end = at.end_column - 1 if at.end_line == at.line else len(line.rstrip())
    end = min(max(end, first + 1), max(len(line), first + 1))
    # Of a line that is a whole document only what may be shown is looked at: there may be a finding for each of its values.
    most = WIDTH + 1
    left, mark, right = line[max(first - most, 0) : first], line[first : min(end, first + most)], line[end : end + most]
    before, marked, after = _cut(*([_cell(character) for character in part] for part in (left, mark, right)))
    return _Frame((before + marked + after).rstrip(), _columns(before), max(_columns(marked), 1))


def _cut(left: list[str], mark: list[str], right: list[str]) -> tuple[str, str, str]:
    """The three parts of a line, shortened to WIDTH cells in all; dots stand for what was left out."""
    before, marked, after = "".join(left), "".join(mark), "".join(right)
    if len(before) + len(marked) + len(after) <= WIDTH:
        return before, marked, after
    marked = marked if len(marked) <= WIDTH // 2 else _head(mark, WIDTH // 2) + "..."
    rest = WIDTH - len(marked)
    # The mark stands at two thirds of what is left: what leads to a value says more than what follows it.
    room = max(rest * 2 // 3, rest - len(after))
    if len(before) > room:
        before = "..." + _tail(left, room - 3)
    room = WIDTH - len(marked) - len(before)
    if len(after) > room:
        after = _head(right, room - 3) + "..."
    return before, marked, after


def _head(cells: list[str], room: int) -> str:
    """As many whole cells from the front as fit in `room`."""
    text = ""
    for cell in cells:
        if len(text) + len(cell) > room:
            break
        text += cell
    return text


def _tail(cells: list[str], room: int) -> str:
    """As many whole cells from the end as fit in `room`."""
    text = ""
    for cell in reversed(cells):
        if len(text) + len(cell) > room:
            break
        text = cell + text
    return text


def _cell(character: str) -> str:
    # A tab's width depends on the terminal; two spaces keep mark and value together everywhere.
    return "  " if character == "\t" else escaped(character)


def _columns(text: str) -> int:
    """How many columns a terminal takes for a text: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    # Not at the top: its tables are a shared library of their own, and most specs are ASCII.
    from unicodedata import category, east_asian_width

    return sum(0 if category(c) in ("Mn", "Me") else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _drawn(frame: _Frame, number: int, digits: int, sign: str, label: str, style: str, colour: bool) -> Iterator[str]:
    # Leading spaces that every line of YAML has are kept: the eye finds the line by its indentation.
    gutter = digits + 3
    mark = _styled(sign * frame.width + (f" {label}" if label else ""), style, colour)
    yield _styled(f"{number:>{gutter}} |", "frame", colour) + f" {frame.code}"
    yield _styled(f"{' ' * gutter} |", "frame", colour) + f" {' ' * frame.start}{mark}"


def _said(text: str) -> str:
    """Words as they may be printed on one line."""
    return printable(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")


def _styled(text: str, style: str, colour: bool) -> str:
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if colour else text
