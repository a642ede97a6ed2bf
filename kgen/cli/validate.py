"""`kgen validate`: everything that a build checks, and no output."""

from __future__ import annotations

import click

from kgen.cli import console, options


@click.command("validate")
@options.spec
@options.overlays
@options.reporting
def command(spec: str | None, overlays: tuple[str, ...], form: str, quiet: bool, strict: bool) -> int:
    """Check a ClusterSet, or an overlay with a base, and tell what is wrong.

    SPEC is a file or a folder with a clusterset.yaml, by default ./clusterset.yaml. Nothing is written. A report for people goes
    to stderr, any other format to stdout. Exits 1 if there is an error.

    \b
    Example: kgen validate --overlay overlays/prod --strict
    """
    path = options.chosen(spec)
    # Not at the top, here and in the other commands: help and completion import every command.
    from kgen.pipeline import Request, build
    from kgen.reports.text import counted

    how = options.Reporting(form, quiet, strict)
    bar = console.progress("checking")
    made = build(Request(path, overlays, strict=strict), bar)
    console.wipe(bar)
    if not options.report(made.diagnostics, made.texts, how, stdout=True):
        return 1
    options.say(how, f"{made.name}: no errors in {counted(len(made.clusters), 'cluster')}")
    return 0
