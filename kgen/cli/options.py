"""Options that several commands share, and how they report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import click

from kgen.cli import console
from kgen.diagnostics import Diagnostic
from kgen.records import NamedTuple

SPEC: Final = "clusterset.yaml"
FORMATS: Final = ("text", "json", "github", "sarif", "junit")

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def spec(command: Decorated) -> Decorated:
    """The argument [SPEC]; see `chosen`."""
    return click.argument("spec", required=False, metavar="[SPEC]")(command)


def overlays(command: Decorated) -> Decorated:
    """--overlay, repeatable."""
    words = "Merge this overlay (a file, a folder, or kgen:NAME) over the spec; repeatable, in order."
    return click.option("--overlay", "overlays", multiple=True, metavar="O", help=words)(command)


def reporting(command: Decorated) -> Decorated:
    """--format, --quiet and --strict, which make a Reporting."""
    command = click.option("--quiet", "-q", is_flag=True, help="No warnings and no summary, only errors.")(command)
    words = "How findings are reported: text, json, github, sarif or junit."
    command = click.option("--format", "form", metavar="F", type=click.Choice(FORMATS), default="text", help=words)(command)
    return click.option("--strict", is_flag=True, help="Treat warnings as errors.")(command)


class Reporting(NamedTuple):
    """How findings are to be reported: a format of FORMATS, without warnings and summary, and warnings as errors."""

    form: str
    quiet: bool
    strict: bool


PLAIN: Final = Reporting("text", False, False)


def chosen(spec: str | None) -> str:
    """The spec that was named, else `clusterset.yaml` of this folder, which must exist then."""
    if spec is not None:
        return spec
    if not os.path.exists(SPEC):
        raise click.UsageError(f"there is no {SPEC} here: name the spec, or write a first one with `kgen init`")
    return SPEC


def report(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], how: Reporting, stdout: bool) -> bool:
    """Reports the findings, and tells whether none is an error.

    Text goes to stderr. Another format, which also says that there is nothing, goes to stdout if that is free (`stdout`), else to stderr.
    """
    clean = not any(one.severity == "error" for one in diagnostics)
    if how.form == "text":
        if how.quiet:
            diagnostics = [one for one in diagnostics if one.severity == "error"]
        if diagnostics:
            from kgen.reports import text

            render = text.findings if how.quiet else text.render
            console.tell(render(diagnostics, texts, console.wants_colour(sys.stderr)))
        return clean
    # Not at the top: a clean run in text needs no report at all.
    from kgen.reports import report as shelf

    rendered = shelf(how.form).render(diagnostics, texts)
    if stdout:
        console.put((rendered,))
    else:
        console.tell(rendered)
    return clean


def say(how: Reporting, line: str) -> None:
    """One line of summary on stderr, for people who want it."""
    if how.form == "text" and not how.quiet:
        from kgen.reports.printable import printable

        console.tell(f"{printable(line)}\n")
