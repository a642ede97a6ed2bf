"""`kgen validate`: specs, by everything that a build checks, and plain manifests, as the API server would judge them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from kgen.cli import console, options

if TYPE_CHECKING:
    from kgen.manifests import Outcome


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@options.overlays
@click.option("--versions", "given", multiple=True, metavar="V", help="Judge manifests by these: kubernetes=1.35,envoyGateway=1.9.1,...")
@click.option("--schema", "schemas", multiple=True, metavar="S", help="Know the kinds of the CRDs in this file or folder; repeatable.")
@options.reporting
def command(
    paths: tuple[str, ...],
    overlays: tuple[str, ...],
    given: tuple[str, ...],
    schemas: tuple[str, ...],
    form: str,
    quiet: bool,
    strict: bool,
) -> int:
    """Check ClusterSets and plain manifests, and tell what is wrong.

    PATH is a file, a folder with all below it, or - for stdin; by default ./clusterset.yaml. Manifests are judged by --versions,
    else by those of the nearest clusterset.yaml, else by the newest that kgen knows. Nothing is written. A report for people goes
    to stderr, any other format to stdout. Exits 1 if there is an error.

    \b
    Example: kgen validate --overlay overlays/prod --strict
             kgen validate deploy/ --versions kubernetes=1.35,envoyGateway=1.9.1
             helm template chart | kgen validate -
    """
    how = options.Reporting(form, quiet, strict)
    if overlays or not paths:
        return spec(paths, overlays, how)
    # Not at the top, here and in the other commands: help and completion import every command.
    from kgen.manifests import Request, validate

    done = validate(Request(paths, versions(given), schemas, strict))
    clean = options.report(done.diagnostics, done.texts, how, stdout=True)
    for line in summary(done):
        options.say(how, line)
    return 0 if clean else 1


def spec(paths: tuple[str, ...], overlays: tuple[str, ...], how: options.Reporting) -> int:
    """One spec alone, perhaps with overlays."""
    if len(paths) > 1:
        raise click.UsageError("--overlay is merged over one spec: name one")
    path = options.chosen(paths[0] if paths else None)
    from kgen.pipeline import Request, build

    bar = console.progress("checking")
    made = build(Request(path, overlays, strict=how.strict), bar)
    console.wipe(bar)
    if not options.report(made.diagnostics, made.texts, how, stdout=True):
        return 1
    options.say(how, clean(made.name, len(made.clusters)))
    return 0


def clean(name: str, clusters: int) -> str:
    """What is said of a spec without errors."""
    from kgen.reports.text import counted

    return f"{name}: no errors in {counted(clusters, 'cluster')}"


def summary(done: Outcome) -> list[str]:
    """What was judged, by what, and what was left out, for people."""
    from kgen.reports.text import counted

    lines = [clean(made.name, len(made.clusters)) for made in done.builds if made.ok]
    if done.files:
        wrong = sum(one.severity == "error" for one in done.diagnostics)
        verdict = "" if wrong else ": no errors"
        lines.append(f"{counted(done.objects, 'object')} in {counted(done.files, 'file')}{verdict}")
        lines += [f"judged by {words}" for words in done.judged_by]
    for what, names in zip(("Helm chart", "configuration of kustomize or Envoy Gateway", OTHER), done.left, strict=True):
        if names:
            lines.append(f"left out, {what}: {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else ""))
    return lines


OTHER: Final = "neither apiVersion nor kind"


def versions(given: tuple[str, ...]) -> dict[str, str] | None:
    """The versions that the option names, by the keys of a spec's `versions`; None for none."""
    if not given:
        return None
    from kgen.versions import PRODUCTS, unsupported

    found: dict[str, str] = {}
    for word in ",".join(given).split(","):
        key, equals, version = word.strip().partition("=")
        if not equals or not version or key not in PRODUCTS:
            raise click.UsageError(f"--versions: {word.strip()!r} is not KEY=VERSION with a key of {', '.join(sorted(PRODUCTS))}")
        if key in found:
            raise click.UsageError(f"--versions: {key} is given twice")
        found[key] = version
    for wrong in unsupported(found):
        raise click.UsageError(f"--versions: {wrong}; supported: {', '.join(wrong.known)}")
    return found
