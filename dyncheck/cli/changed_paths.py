"""Names of changed files, as a hook puts them after the options: without a ``--`` between, whatever they begin with."""

from __future__ import annotations

import os

import click


class ChangedPathsCommand(click.Command):
    """A command for which, with ``--changed-files``, the name of a file is never an option.

    A file that is called ``--output=main.tf`` would decide otherwise where a report is written.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments, names of files made into paths."""
        if "--changed-files" in args:
            args = [f"./{word}" if word.startswith("-") and os.path.lexists(word) else word for word in args]
        return super().parse_args(ctx, args)
