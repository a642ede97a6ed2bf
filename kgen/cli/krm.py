"""`kgen krm`: kgen as a function of the Kubernetes Resource Model, for kpt and kustomize.

The function reads a ResourceList and writes one (functions-spec.md of kustomize's `cmd/config/docs/api-conventions`); as a plugin in
kustomize's older form, kgen is given a file with the configuration, and prints objects.
"""

from __future__ import annotations

import sys

import click

from kgen.cli import console, options


@click.command("krm")
@click.argument("config", required=False, metavar="[CONFIG]")
def command(config: str | None) -> int:
    """Run inside kustomize or kpt, as a function.

    A ResourceList comes on stdin and goes to stdout. The configuration is of kind Slice (kgen.dev/v1alpha1) and names the ClusterSet
    and the cluster; its paths start where the function runs. With CONFIG, a file with that configuration, only the objects are
    printed, as kustomize's older exec plugins do. An error changes no item and ends with exit code 1.

    \b
    Example: kgen krm slice.yaml
             kpt fn eval --exec "kgen krm" --fn-config slice.yaml
    """
    from kgen.cli import resource_list
    from kgen.diagnostics import Rejected, in_order

    texts: dict[str, str] = {}
    try:
        if config is not None:
            return _generator(config, texts)
        # Whatever an engine hands on, byte by byte: what is no UTF-8 is told as such.
        return _function(sys.stdin.buffer.read(), texts)
    except Rejected as rejected:
        # There is no list to hand back, or no configuration that says what to do.
        texts.setdefault(resource_list.NAME, "")
        options.report(in_order(rejected.diagnostics), texts, options.PLAIN, stdout=False)
        return 1


def _generator(config: str, texts: dict[str, str]) -> int:
    from kgen import source
    from kgen.cli import resource_list
    from kgen.cli.slices import made
    from kgen.diagnostics import ROOT
    from kgen.targets.stream import stream

    # Kustomize copies the configuration to a file of its own, whose path says nothing to anybody.
    document = source.read(config, resource_list.GENERATOR)
    texts[document.name] = document.text
    wanted = resource_list.slice_of(document, ROOT)
    slice = made(wanted, resource_list.PERMISSION)
    if not options.report(slice.diagnostics, {**texts, **slice.build.texts}, options.PLAIN, stdout=False):
        return 1
    console.put(("".join(stream([(wanted.cluster, slice.placements())])),))
    return 0


def _function(given: bytes, texts: dict[str, str]) -> int:
    from kgen.cli import resource_list
    from kgen.cli.slices import made
    from kgen.diagnostics import Rejected, in_order

    listed = resource_list.read(given)
    texts[resource_list.NAME] = listed.text
    try:
        wanted = resource_list.slice_of(listed.config, resource_list.AT)
        slice = made(wanted, resource_list.PERMISSION)
        found, files = slice.diagnostics, {**texts, **slice.build.texts}
        if slice.ok:
            found = (*found, *resource_list.elsewhere(listed, wanted, slice))
    except Rejected as rejected:
        slice, found, files = None, in_order(rejected.diagnostics), texts
    # A runner may lose the results of a function that failed; kustomize does, and shows stderr.
    clean = options.report(found, files, options.PLAIN, stdout=False)
    items = resource_list.joined(listed, wanted, slice) if slice is not None and clean else listed.items
    console.put((resource_list.text(listed, items, found),))
    return 0 if clean else 1
