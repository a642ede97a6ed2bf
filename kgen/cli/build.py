"""`kgen build`: expand, judge, and print or write. The options of the road; what leads along it is in `stream.py` and `folder.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kgen.cli import options

if TYPE_CHECKING:
    from kgen.targets import Layout

LAYOUTS = ("stage", "object", "cluster")


@click.command("build")
@options.spec
@click.option("-o", "--out", metavar="DIR", help="Write the tree into DIR; without it everything goes to stdout as one stream.")
@click.option("--cluster", metavar="N", help="Only this cluster.")
@options.overlays
@click.option("--check", is_flag=True, help="Write nothing; name the files of DIR (default: out) that are out of date, and exit 1.")
@click.option("--diff", is_flag=True, help="Write nothing; print what a build would change in DIR (default: out), and exit 1.")
@click.option("--locked", is_flag=True, help="Fail if clusterset.lock.yaml lacks an entry, instead of adding it.")
@click.option("--layout", metavar="L", type=click.Choice(LAYOUTS), help="A file for each stage (default), object or cluster; kept in DIR.")
@click.option("--kustomization/--no-kustomization", default=None, help="A kustomization.yaml in each cluster's folder; kept in DIR.")
@click.option("--allow-removal", multiple=True, metavar="C", help="Cluster C may lose its folder or its broker's side; repeatable.")
@click.option("--allow-empty", is_flag=True, help="No object at all is no error.")
@options.reporting
def command(
    spec: str | None,
    out: str | None,
    cluster: str | None,
    overlays: tuple[str, ...],
    check: bool,
    diff: bool,
    locked: bool,
    layout: Layout | None,
    kustomization: bool | None,
    allow_removal: tuple[str, ...],
    allow_empty: bool,
    form: str,
    quiet: bool,
    strict: bool,
) -> int:
    """Expand a ClusterSet into every cluster's manifests, checked.

    SPEC is a file, a folder with a clusterset.yaml, or - for stdin; by default ./clusterset.yaml. If there is an error, nothing
    is written and stdout stays empty. Findings go to stderr; in a format for machines to stdout, unless that carries manifests or
    a diff. Without --overlay, --check and --diff take the overlays that DIR was built with.

    \b
    Example: kgen build > manifests.yaml
             kgen build -o out --overlay overlays/prod
             kgen build --cluster east | kubectl apply -f -
    """
    if check and diff:
        raise click.UsageError("--check and --diff: choose one")
    if out == "":
        raise click.UsageError("-o is empty: name a folder (a variable that is not set, perhaps)")
    asked = options.Reporting(form, quiet, strict)
    path = options.chosen(spec)
    if out is None and not (check or diff):
        for name, given in (("--layout", layout), ("--kustomization", kustomization), ("--allow-removal", allow_removal)):
            if given:
                raise click.UsageError(f"{name} is about a tree: name its folder with -o")
        # Each way out is imported alone: a stream needs no writer, and it is the one that people wait for.
        from kgen.cli import stream

        return stream.run(path, overlays, cluster, locked, allow_empty, asked)
    from kgen.cli import folder

    wanted = folder.Wanted(
        out or "out", "check" if check else "diff" if diff else "write", layout, kustomization, frozenset(allow_removal), allow_empty
    )
    return folder.run(path, overlays, cluster, locked, wanted, asked)
