"""The two streams: stdout carries what was asked for and nothing else, stderr what a person should know."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic
from typing import Final, TextIO

from kgen.diagnostics import KgenError

BAR: Final = 30
# A run shorter than this shows no bar, and a bar is drawn at most this often (seconds).
PATIENCE: Final = 1.0
REDRAW: Final = 0.1


class PipeClosed(Exception):
    """The reader of stdout went away. Not BrokenPipeError, which click takes for itself."""


def prepare() -> None:
    """Makes the streams the same on every machine: UTF-8 and "\\n" whatever the locale; stdout takes names that are not UTF-8."""
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        # A stream that another program replaced may lack it; a closed one is None.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors=errors, newline="\n")


def put(chunks: Iterable[str]) -> None:
    """Writes texts to stdout."""
    out = sys.stdout
    if out is None:
        raise KgenError("standard output is closed")
    try:
        for chunk in chunks:
            out.write(chunk)
    except BrokenPipeError:
        raise PipeClosed from None
    except OSError as trouble:
        raise KgenError(f"standard output: {trouble.strerror}") from trouble


def flush() -> None:
    """Sends what stdout still holds; here a full disk behind a redirection shows."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            raise PipeClosed from None
        except OSError as trouble:
            raise KgenError(f"standard output: {trouble.strerror}") from trouble


def forget_output() -> None:
    """Lets what stdout still holds go nowhere, so that the end of the process does not try, and complain, again."""
    try:
        number = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)


def tell(text: str) -> None:
    """Writes a text to stderr as it stands."""
    if sys.stderr is not None:
        sys.stderr.write(text)
        sys.stderr.flush()


def warn(line: str) -> None:
    """One line on stderr, under kgen's name."""
    # Not at the top: most runs have nothing to say.
    from kgen.reports.printable import printable

    tell(f"kgen: {printable(line)}\n")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at the stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def wants_colour(stream: TextIO | None) -> bool:
    """Colour only on a terminal that knows it, and not with NO_COLOR set to anything (https://no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def progress(word: str, now: Callable[[], float] = monotonic) -> Callable[[int, int], None] | None:
    """A callback (done, total) that draws a bar on stderr once a run takes more than a second; None where nobody would see it.

    A call with `done` equal to `total` wipes the bar. `now` gives seconds.
    """
    if not is_terminal(sys.stderr):
        return None
    shown = False
    due = now() + PATIENCE

    def draw(done: int, total: int) -> None:
        nonlocal due, shown
        if done >= total:
            if shown:
                tell("\r\x1b[K")
            shown = False
        elif now() >= due:
            full = BAR * done // total
            tell(f"\r{word} [{'#' * full}{'.' * (BAR - full)}] {done}/{total}\x1b[K")
            due, shown = now() + REDRAW, True

    return draw


def wipe(bar: Callable[[int, int], None] | None) -> None:
    """Takes a bar away, if there is one."""
    if bar is not None:
        bar(0, 0)


def told(names: Sequence[str], bar: Callable[[int, int], None] | None) -> Iterator[str]:
    """The names one by one, with the bar drawn as they are taken."""
    for done, name in enumerate(names):
        if bar is not None:
            bar(done, len(names))
        yield name
    wipe(bar)
