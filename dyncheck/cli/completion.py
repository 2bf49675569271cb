"""``dyncheck completion``: the script that a shell reads to complete commands, options and rule ids."""

from __future__ import annotations

import click

from dyncheck.cli.console import print_result
from dyncheck.cli.help import examples, exit_codes
from dyncheck.cli.parameters import OneOf


@click.command(
    short_help="Print the script that lets a shell complete dyncheck.",
    epilog=examples(
        'eval "$(dyncheck completion bash)"     in ~/.bashrc',
        'eval "$(dyncheck completion zsh)"      in ~/.zshrc',
        "dyncheck completion fish | source      in ~/.config/fish/config.fish",
    )
    + exit_codes({0: "done", 2: "unknown shell"}),
)
@click.argument("shell", type=OneOf(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete dyncheck's commands, options and rule ids."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    template = kind(ctx.find_root().command, {}, "dyncheck", "_DYNCHECK_COMPLETE")
    script = template.source_template % template.source_vars()
    # Several rules have commas between them; click's own script for fish takes what follows the first one away.
    print_result(script.replace('string split "," ', 'string split --max 1 "," '))
