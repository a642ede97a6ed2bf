"""`kgen build` without a folder: every object on stdout."""

from __future__ import annotations

import sys

from kgen.cli import console, options
from kgen.cli.empty import empty
from kgen.pipeline import Request, build
from kgen.targets.stream import stream


def run(spec: str, overlays: tuple[str, ...], cluster: str | None, locked: bool, allow_empty: bool, how: options.Reporting) -> int:
    """Reports what is wrong, and prints the objects if no error is; the exit code."""
    bar = console.progress("judging")
    made = build(Request(spec, overlays, cluster, how.strict, "error" if locked else "warning"), bar)
    console.wipe(bar)
    found = made.diagnostics
    if made.ok and not allow_empty:
        found = (*found, *empty(made, spec))
    if not options.report(found, made.texts, how, stdout=False):
        return 1
    # A bar between the objects on a terminal would be noise.
    bar = None if console.is_terminal(sys.stdout) else console.progress("printing")
    placed = ((name, made.placements(name)) for name in console.told(made.clusters, bar))
    console.put(stream(placed))
    return 0
