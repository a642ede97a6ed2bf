"""`kgen cmp`: kgen as a config management plugin of Argo CD, in a sidecar of its repo-server."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click

from kgen.cli import console, options
from kgen.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from kgen.cli.asked import Asked


@click.group("cmp")
def command() -> None:
    """Run inside Argo CD, as a config management plugin.

    Argo CD calls these in the folder of an application; docs/argocd.md has the plugin's files. Whatever is wrong ends in an exit code
    other than 0 and nothing on stdout: an object that is missing there would be deleted from the cluster.

    \b
    Example: ARGOCD_ENV_CLUSTER=east kgen cmp generate
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
    return _generate(wanted, texts)


def _generate(wanted: Asked, texts: dict[str, str]) -> int:
    from kgen.cli.empty import empty
    from kgen.pipeline import Request, build
    from kgen.targets.stream import stream

    spec = wanted.spec or options.SPEC
    made = build(Request(spec, wanted.overlays, wanted.cluster, unlocked="error", within=_root()))
    found = tuple(_placed(one, wanted) for one in made.diagnostics)
    if made.ok and not wanted.allow_empty:
        found = (*found, *empty(made, spec, wanted.stage, 'if that is meant, set the parameter allow-empty to "true"'))
    if not options.report(found, {**texts, **made.texts}, options.PLAIN, stdout=False):
        return 1
    slices = ((name, (each for each in made.placements(name) if wanted.stage in ("", each.stage))) for name in made.clusters)
    # At once and at the end: Argo CD ends a plugin that takes too long by SIGKILL, and half of an output must never be all of it.
    console.put(("".join(stream(slices)),))
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


def _placed(found: Diagnostic, wanted: Asked) -> Diagnostic:
    """A finding about a name that the application gave, told where it gave it."""
    from kgen.pipeline import UNKNOWN_CLUSTER
    from kgen.source import OUTSIDE, UNREADABLE

    assert isinstance(found.at, Span)
    named = wanted.cluster if found.code == UNKNOWN_CLUSTER.number else found.at.file
    known = found.code in (UNKNOWN_CLUSTER.number, OUTSIDE.number, UNREADABLE.number)
    return found._replace(at=wanted.places[named]) if known and named in wanted.places else found


def _root() -> str:
    """The folder that nothing is read from outside of."""
    from kgen.cli.asked import repository

    return repository(os.path.realpath(os.curdir), os.environ)
