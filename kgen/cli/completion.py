"""`kgen completion`: what a shell needs to complete kgen's commands and options."""

from __future__ import annotations

import click

from kgen.cli import console

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the completion script of a shell, to be sourced.

    \b
    Example: kgen completion bash > ~/.local/share/bash-completion/completions/kgen
             kgen completion zsh > ~/.zfunc/_kgen
             kgen completion fish > ~/.config/fish/completions/kgen.fish
    """
    from click.shell_completion import get_completion_class

    maker = get_completion_class(shell)
    assert maker is not None
    # Not `source()`: for bash it runs a bash to see its version, here, where the script may not be meant to run.
    completion = maker(context.find_root().command, {}, "kgen", "_KGEN_COMPLETE")
    console.put((completion.source_template % completion.source_vars(),))
    return 0
