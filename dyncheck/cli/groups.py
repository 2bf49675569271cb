"""Groups of commands that answer a misspelt command with the one that was meant."""

from __future__ import annotations

from collections.abc import Sequence

import click


class SuggestingGroup(click.Group):
    """A group for which a word that is none of its commands is a usage error that names the closest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand that the arguments name."""
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], names, n=1)
            hint = f"did you mean {close[0]!r}?" if close else self.otherwise(args[0], names)
            raise click.UsageError(f"there is no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def otherwise(self, word: str, names: Sequence[str]) -> str:
        """What to say of a word that is close to no command."""
        return f"there are: {', '.join(names)}"
