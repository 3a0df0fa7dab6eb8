"""`trialrules completion SHELL` prints the script that makes the shell complete verbs and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    r"""Print the completion script of a shell.

    \b
    bash: trialrules completion bash > ~/.local/share/bash-completion/completions/trialrules
    zsh:  trialrules completion zsh > a file named _trialrules in a folder of $fpath
    fish: trialrules completion fish > ~/.config/fish/completions/trialrules.fish
    """
    maker = get_completion_class(shell)
    if maker is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    prog = ctx.find_root().info_name or "trialrules"
    click.echo(maker(ctx.find_root().command, {}, prog, f"_{prog.upper()}_COMPLETE").source())
