"""`kgen validate`: everything that a build checks, and no output."""

from __future__ import annotations

import click

from kgen.cli import console, options


@click.command("validate")
@options.spec
@options.overlays
@options.reporting
def command(spec: str | None, overlays: tuple[str, ...], form: str, quiet: bool, strict: bool) -> int:
    """Check a ClusterSet, or an overlay with a base, and print what is wrong with it.

    SPEC is a file or a folder with a clusterset.yaml, by default ./clusterset.yaml. Nothing is written. A report for people goes
    to stderr, any other format to stdout. Exits 1 if there is an error.

    \b
    Example: kgen validate --overlay overlays/prod --strict
    """
    from kgen.pipeline import Request, build

    made = build(Request(options.chosen(spec), overlays, strict=strict), console.progress("checking"))
    options.report(made.diagnostics, made.texts, form, quiet, stdout=True)
    if not made.ok:
        return 1
    if form == "text" and not quiet:
        console.tell(f"{made.name}: {len(made.clusters)} clusters, no errors\n")
    return 0
