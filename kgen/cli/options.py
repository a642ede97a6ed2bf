"""Options that several commands share, and how they report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import click

from kgen.cli import console
from kgen.diagnostics import Diagnostic

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
    """--format, --quiet and --strict."""
    command = click.option("--quiet", "-q", is_flag=True, help="No warnings and no summary, only errors.")(command)
    command = click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How findings are reported.")(command)
    return click.option("--strict", is_flag=True, help="Treat warnings as errors.")(command)


def chosen(spec: str | None) -> str:
    """The spec that was named, else `clusterset.yaml` of this folder, which must exist then."""
    if spec is not None:
        return spec
    if not os.path.exists(SPEC):
        raise click.UsageError(f"there is no {SPEC} here: name the spec, or write a first one with `kgen init`")
    return SPEC


def report(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], form: str, quiet: bool, stdout: bool) -> None:
    """Reports the findings: text on stderr; a machine's format, always, on stdout if that is free (`stdout`), else on stderr."""
    if form == "text":
        if quiet:
            diagnostics = [one for one in diagnostics if one.severity == "error"]
        if not diagnostics:
            return
        from kgen.reports import text

        render = text.findings if quiet else text.render
        console.tell(render(diagnostics, texts, console.wants_colour(sys.stderr)))
        return
    # Not at the top: a clean run in text needs no report at all.
    from kgen.reports import report as shelf

    rendered = shelf(form).render(diagnostics, texts)
    if stdout:
        console.put((rendered,))
    else:
        console.tell(rendered)
