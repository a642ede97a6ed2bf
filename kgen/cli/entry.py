"""The table of commands, and the only place where exceptions become exit codes.

0 clean; 1 findings or drift; 2 usage; 3 disk trouble, or a bug; 130 interrupted and 141 when the reader of a pipe went
away, as a shell reports any program that a signal ended.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Final, NoReturn

import click

from kgen.cli.console import PipeClosed, flush, forget_output, prepare, warn
from kgen.diagnostics import KgenError

# In the order of a user's day. The table holds names: a command's file is imported when it is called.
COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "init": "kgen.cli.init",
        "validate": "kgen.cli.validate",
        "build": "kgen.cli.build",
        "explain": "kgen.cli.explain",
        "lock": "kgen.cli.lock",
        "join-command": "kgen.cli.join_command",
        "cmp": "kgen.cli.cmp",
        "krm": "kgen.cli.krm",
        "helm": "kgen.cli.helm",
        "schema": "kgen.cli.schema",
        "version": "kgen.cli.version",
        "completion": "kgen.cli.completion",
    }
)

# Of help: fixed, so that it can be quoted.
WIDTH: Final = 100

CLEAN: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2
TROUBLE: Final = 3
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141


class Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            # Not at the top: only a mistyped command needs it.
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"no command {args[0]!r}; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"))
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "terminal_width": WIDTH, "max_content_width": WIDTH})
def kgen() -> None:
    """One ClusterSet file becomes every cluster's manifests.

    \b
    kgen init                  write a first clusterset.yaml
    kgen build > manifests     expand it, judged, to one stream
    kgen build -o out          write the tree that you commit
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs kgen with the process's arguments, or the given ones, and ends the process; `run` is for callers that live on."""
    # A run is short and makes next to no cycles: looking for them costs a tenth of its time.
    gc.disable()
    prepare()
    try:
        code = run(arguments)
    except Exception:
        # Not at the top: a run without a bug does not need it.
        import traceback

        traceback.print_exc()
        warn("this is a bug in kgen; please report it with the lines above")
        code = TROUBLE
    if sys.stderr is not None:
        sys.stderr.flush()
    # Everything is written. Taking the interpreter down object by object would add a tenth to a small build.
    os._exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code; an exception that is not foreseen passes through."""
    try:
        code = kgen.main(list(arguments) if arguments is not None else None, prog_name="kgen", standalone_mode=False)
        flush()
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except PipeClosed:
        forget_output()
        return PIPE_CLOSED
    except KgenError as trouble:
        forget_output()
        warn(str(trouble))
        return TROUBLE
    return code if isinstance(code, int) else CLEAN
