"""The ``dyncheck`` command and its subcommands, each imported when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import click

from dyncheck import __version__
from dyncheck.cli.groups import SuggestingGroup
from dyncheck.cli.help import EXIT_CODES, examples

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scan": "dyncheck.cli.scan:scan",
        "rules": "dyncheck.cli.rules:rules",
        "audit": "dyncheck.cli.audit:audit",
        "snapshot": "dyncheck.cli.snapshot:snapshot",
        "iam-policy": "dyncheck.cli.iam_policy:iam_policy",
        "baseline": "dyncheck.cli.baseline:baseline",
        "config": "dyncheck.cli.config:config",
        "explain": "dyncheck.cli.explain:explain",
        "cost": "dyncheck.cli.cost:cost",
        "prices": "dyncheck.cli.prices:prices",
        "github": "dyncheck.cli.github:github",
        "completion": "dyncheck.cli.completion:completion",
    }
)
"""Where each subcommand lives."""


class LazyGroup(SuggestingGroup):
    """A group whose commands are imported only when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the subcommands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of a name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def otherwise(self, word: str, names: Sequence[str]) -> str:
        """A word that is no command may be what is to be scanned."""
        return f"to scan it: dyncheck scan {word}"


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "DYNCHECK"},
    epilog=examples(
        "dyncheck scan",
        "dyncheck scan infra/ -f text -f sarif=dyncheck.sarif",
        "dyncheck explain DDB-BAK-001",
    )
    + EXIT_CODES,
)
@click.version_option(__version__, "--version", prog_name="dyncheck", message="%(prog)s %(version)s")
def cli() -> None:
    """Check Amazon DynamoDB tables in Terraform, CloudFormation and live accounts against policies."""
