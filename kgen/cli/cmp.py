"""`kgen cmp`: kgen as a config management plugin of Argo CD, in a sidecar of its repo-server."""

from __future__ import annotations

import json
import os

import click

from kgen.cli import console, options


@click.group("cmp")
def command() -> None:
    """Run inside Argo CD, as a config management plugin.

    Argo CD calls these in the folder of an application; docs/argocd.md has the plugin's files. Whatever is wrong ends in an exit code
    other than 0 and nothing on stdout: an object that is missing there would be deleted from the cluster.

    \b
    Example: kgen cmp generate
    """


@command.command("generate")
def generate() -> int:
    """Print the objects of the cluster that the application names.

    Parameters (or, in capitals, the plugin's env): cluster, overlays, stage, spec, allow-empty. The lock must have every entry that the
    set needs, no path may lead out of the repository, and a slice without an object is refused.

    \b
    Example: ARGOCD_APP_PARAMETERS='[{"name": "cluster", "string": "east"}]' kgen cmp generate
    """
    from kgen.cli.asked import asked
    from kgen.diagnostics import Rejected, in_order

    texts: dict[str, str] = {}
    try:
        wanted = asked(os.environ, texts)
    except Rejected as rejected:
        options.report(in_order(rejected.diagnostics), texts, options.PLAIN, stdout=False)
        return 1
    from kgen.cli.slices import made
    from kgen.targets.stream import stream

    slice = made(wanted, 'set the parameter allow-empty to "true"', _root())
    if not options.report(slice.diagnostics, {**texts, **slice.build.texts}, options.PLAIN, stdout=False):
        return 1
    # At once and at the end: Argo CD ends a plugin that takes too long by SIGKILL, and half of an output must never be all of it.
    console.put(("".join(stream([(wanted.cluster, slice.placements())])),))
    return 0


@command.command("parameters")
def parameters() -> int:
    """Print what Argo CD's user interface shows of the parameters: the set's clusters, the overlays that ship with kgen.

    \b
    Example: kgen cmp parameters
    """
    from kgen.cli.asked import PARAMETERS
    from kgen.clusterset.overlay import SHIPPED, shipped_names
    from kgen.pipeline import Request, build

    # The user interface asks without an application's parameters, so the clusters are those of the usual file, if there is one.
    names: list[str] = []
    if os.path.exists(options.SPEC):
        made = build(Request(options.SPEC, within=_root()))
        if made.wish is None:
            options.report(made.diagnostics, made.texts, options.PLAIN, stdout=False)
            return 1
        names = sorted(cluster.name for cluster in made.wish.clusters)
    told = {"cluster": names, "overlays": [SHIPPED + name for name in shipped_names()]}
    announced = [
        {
            "name": parameter.name,
            "title": parameter.title,
            "tooltip": f"{parameter.tooltip} ({', '.join(known)})" if (known := told[parameter.name]) else parameter.tooltip,
            "required": parameter.required,
            "collectionType": parameter.form,
        }
        for parameter in PARAMETERS
        if parameter.dynamic
    ]
    console.put((json.dumps(announced, indent=2) + "\n",))
    return 0


def _root() -> str:
    """The folder that nothing is read from outside of."""
    from kgen.cli.asked import repository

    return repository(os.path.realpath(os.curdir), os.environ)
