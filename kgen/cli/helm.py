"""`kgen helm`: what Helm installs."""

from __future__ import annotations

from pathlib import Path

import click

from kgen.cli import options


@click.group("helm")
def command() -> None:
    """Make what Helm installs.

    \b
    Example: kgen helm chart --cluster east -o chart && helm install mesh chart
    """


@command.command("chart")
@options.spec
@click.option("-o", "--out", metavar="DIR", required=True, help="Write the chart into DIR; a chart of the same cluster there is renewed.")
@click.option("--cluster", metavar="N", required=True, help="The cluster whose objects the chart installs.")
@options.overlays
@click.option("--chart-version", metavar="V", default="0.1.0", show_default=True, help="The version in Chart.yaml, in the form of SemVer.")
@click.option("--allow-empty", is_flag=True, help="No object at all is no error.")
@options.reporting
def chart(
    spec: str | None,
    out: str,
    cluster: str,
    overlays: tuple[str, ...],
    chart_version: str,
    allow_empty: bool,
    form: str,
    quiet: bool,
    strict: bool,
) -> int:
    """Write an installable chart of one cluster.

    Its objects are those of `kgen build --cluster`; values are labels and annotations for all of them, whether Namespaces are
    made, and the placeholders of Secrets. The lock must have every entry that the set needs.

    \b
    Example: kgen helm chart --cluster east -o chart
    """
    import re

    if not re.fullmatch(SEMVER, chart_version):
        raise click.UsageError(f"--chart-version {chart_version} is no version in the form of SemVer, such as 1.2.3")
    path = options.chosen(spec)
    from kgen.cli.slices import Slice, made
    from kgen.diagnostics import Rejected, in_order
    from kgen.manifest import File
    from kgen.reports.text import counted
    from kgen.targets.chart import files
    from kgen.write import Identity, apply, compare, overlay_from

    how = options.Reporting(form, quiet, strict)
    slice = made(Slice(cluster, overlays, "", path, allow_empty, {}), "say --allow-empty", strict=strict)
    built = slice.build
    if not options.report(slice.diagnostics, built.texts, how, stdout=True):
        return 1
    assert built.layered is not None
    root = Path(out)
    name = re.sub(r"[^a-z0-9-]", "-", f"{built.name}-{cluster}")
    about = f'Cluster "{cluster}" of the cluster set "{built.name}". Made by kgen: edit the spec, not the chart.'
    stages = [(stage, [each.manifest for each in placed]) for stage, placed in slice.stages()]
    chart_files = list(files(name, chart_version, about, stages))
    brought = tuple(overlay_from(root, document.name) for document in built.layered.documents[1:])
    identity = Identity(f"{built.name}, chart of {cluster}", brought)

    def tree() -> list[tuple[str, tuple[str, ...], list[File]]]:
        return [("", (), chart_files)]

    try:
        changes = compare(root, tree, identity)
    except Rejected as rejected:
        options.report(in_order(rejected.diagnostics), {}, how, stdout=True)
        return 1
    if not options.report(in_order(changes.diagnostics), built.texts, how, stdout=True):
        return 1
    apply(changes)
    wrote = changes.count("create", "change", "mend")
    options.say(how, f"wrote {counted(wrote, 'file')} in {root}" if changes.pending else f"{root} is up to date")
    return 0


SEMVER = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
