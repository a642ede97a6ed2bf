"""`kgen lock`: which block of the Globalnet and clusterset IP ranges each cluster has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgen.cli import options
from kgen.diagnostics import Rejected

if TYPE_CHECKING:
    from kgen.clusterset.model import ClusterSet
    from kgen.pipeline import LockState
    from kgen.plan.lock import Lock

# What the group knows before it looks for a command: any other first word belongs to `write`.
OWN = ("write", "release", "move", "-h", "--help")


class LockCommands(click.Group):
    """A group whose first command is meant when none is named, so that `kgen lock SPEC` and `kgen lock release ID` both work."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if args and args[0] in OWN else ["write", *args])

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["write", "release", "move"]


@click.command("lock", cls=LockCommands, subcommand_metavar="[SPEC] | release ID [SPEC] | move ID CIDR [SPEC]")
def command() -> None:
    """Write or change the blocks of global addresses that clusters keep.

    They stand in clusterset.lock.yaml beside the spec: commit that file. `kgen lock` adds the entries of new clusters and marks
    departed ones, as `kgen build -o` does; only `release` and `move` drop or change one.

    \b
    Example: kgen lock && git add clusterset.lock.yaml
    """


@command.command("write")
@options.spec
@options.overlays
@options.reporting
def write(spec: str | None, overlays: tuple[str, ...], form: str, quiet: bool, strict: bool) -> int:
    """Add what the lock lacks (`kgen lock` alone does this)."""
    path = options.chosen(spec)
    from kgen.pipeline import Request, build

    how = options.Reporting(form, quiet, strict)
    made = build(Request(path, overlays, strict=strict, unlocked="written"))
    if not options.report(made.diagnostics, made.texts, how, stdout=True):
        return 1
    assert made.lock is not None
    text = made.lock.new()
    if text == (made.lock.old or ""):
        options.say(how, f"{made.lock.path} is as it should be" if text else "this set has no blocks to keep")
        return 0
    return _replace(made.lock, text, how)


@command.command("release")
@click.argument("cluster_id", metavar="ID")
@options.spec
@options.overlays
def release(cluster_id: str, spec: str | None, overlays: tuple[str, ...]) -> int:
    """Delete a departed cluster's entry: its block may be given away.

    ID is the clusterID. Only for a cluster that has left: its block must no longer be in use anywhere.

    \b
    Example: kgen lock release west
    """
    from kgen.plan import lock

    def released(old: Lock, wish: ClusterSet) -> Lock:
        return lock.release(old, cluster_id, {cluster.cluster_id for cluster in wish.clusters if cluster.member})

    return _changed(spec, overlays, released)


@command.command("move")
@click.argument("cluster_id", metavar="ID")
@click.argument("cidr", metavar="CIDR")
@options.spec
@options.overlays
def move(cluster_id: str, cidr: str, spec: str | None, overlays: tuple[str, ...]) -> int:
    """Give a cluster another block.

    The cluster's global addresses change with the next apply, and connections to them break.

    \b
    Example: kgen lock move west 242.5.0.0/16
    """
    from kgen.clusterset.addresses import network
    from kgen.plan import lock

    def moved(old: Lock, wish: ClusterSet) -> Lock:
        ranges = (wish.globalnet, wish.clusterset_ip)
        globalnet, clusterset_ip = (None if wanted is None else network(wanted.cidr) for wanted in ranges)
        return lock.move(old, cluster_id, cidr, (globalnet, clusterset_ip))

    return _changed(spec, overlays, moved)


def _changed(spec: str | None, overlays: tuple[str, ...], change: Callable[[Lock, ClusterSet], Lock]) -> int:
    """Changes the lock as it stands on disk; a set that does not build is no hindrance: a block that stands twice is mended here."""
    path = options.chosen(spec)
    from kgen import source
    from kgen.pipeline import Request, build
    from kgen.plan.lock import lock_text, read_lock

    made = build(Request(path, overlays))
    try:
        if made.lock is None or made.wish is None:
            raise Rejected(made.diagnostics)
        if made.lock.old is None:
            raise click.UsageError(f"there is no {made.lock.path} yet: kgen lock writes it")
        text = lock_text(change(read_lock(source.parse(made.lock.old, made.lock.path), mending=True), made.wish))
    except ValueError as refused:
        raise click.UsageError(str(refused)) from None
    except Rejected:
        options.report(made.diagnostics, made.texts, options.PLAIN, stdout=False)
        return 1
    return _replace(made.lock, text, options.PLAIN)


def _replace(lock: LockState, text: str, how: options.Reporting) -> int:
    from kgen.write.inputs import replace

    replace(Path(lock.path), lock.old, text)
    options.say(how, f"wrote {lock.path}")
    return 0
