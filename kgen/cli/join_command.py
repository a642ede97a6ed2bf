"""`kgen join-command`: the same join by hand."""

from __future__ import annotations

import click

from kgen.cli import console, options


@click.command("join-command")
@options.spec
@click.option("--cluster", metavar="N", help="Only this cluster's line.")
@options.overlays
def command(spec: str | None, cluster: str | None, overlays: tuple[str, ...]) -> int:
    """Print the subctl lines that join the clusters as the spec says.

    For those who still join by hand: deploy-broker for the broker's cluster, then one join a member, with the same networks and
    options that `kgen build` would write. Nothing is run.

    \b
    Example: kgen join-command --cluster west
    """
    path = options.chosen(spec)
    from kgen.pipeline import Request, build

    made = build(Request(path, overlays, cluster))
    if not options.report(made.diagnostics, made.texts, options.PLAIN, stdout=False):
        return 1
    assert made.wish is not None
    assert made.plan is not None
    from kgen.cli.subctl import commands

    lines = list(commands(made.wish, made.plan, cluster))
    if not lines:
        console.warn("someone else joins these clusters: there is no line to run")
    console.put(f"{line}\n" for line in lines)
    return 0
