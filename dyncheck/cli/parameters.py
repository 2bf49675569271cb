"""Types of command-line values: reports to write, selectors, Terraform variables; with completion and suggestions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem

from dyncheck.reports import FORMATS
from dyncheck.settings import Budget, Output

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
    Choice = click.Choice[str]
else:
    # Generic only in newer releases of click.
    ParamType = click.ParamType
    Choice = click.Choice

FILE: Final = click.Path(dir_okay=False)
DIRECTORY: Final = click.Path(file_okay=False)


class OneOf(Choice):
    """One of a few words; a word that is not among them is answered with the closest that is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word; a usage error for any other."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            from difflib import get_close_matches

            close = get_close_matches(str(value).casefold()[:80], list(self.choices), n=1)
            if not close:
                raise
            self.fail(f"{error.message.rstrip('.')}; did you mean {close[0]!r}?", param, ctx)


class OutputType(ParamType):
    """``FORMAT`` or ``FORMAT=FILE``."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Output:
        """The report that the text asks for; a usage error for an unknown format."""
        if isinstance(value, Output):
            return value
        name, separator, path = str(value).partition("=")
        if name not in FORMATS:
            self.fail(f"there is no format {name!r}; {suggestion(name, FORMATS)}", param, ctx)
        if separator and not path:
            self.fail(f"{value!r} names no file after '='", param, ctx)
        return Output(name, path or None)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names of formats."""
        return [CompletionItem(name, help=text) for name, text in FORMATS.items() if name.startswith(incomplete)]


class SelectorType(ParamType):
    """A rule id, a glob over ids, a category or a tag; several with commas between them."""

    name = "selector"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Rule ids, names, categories and other tools' ids, after those that are there already."""
        from dyncheck.cli.completions import complete_list, complete_rules

        return complete_list(incomplete, lambda last: complete_rules(ctx, last, categories=True))


class RuleType(ParamType):
    """A rule by its id, its name, or another tool's id for it."""

    name = "rule"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Rule ids, names and other tools' ids."""
        from dyncheck.cli.completions import complete_rules

        return complete_rules(ctx, incomplete)


class PackType(ParamType):
    """A pack of rules by its name; several with commas between them."""

    name = "pack"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names of packs, after those that are there already."""
        from dyncheck.cli.completions import complete_list, complete_packs

        return complete_list(incomplete, lambda last: complete_packs(ctx, last))


class VariableType(ParamType):
    """``NAME=VALUE``."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The name and the value."""
        if isinstance(value, tuple):
            return value
        name, separator, text = str(value).partition("=")
        if not separator or not name.strip():
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        return name.strip(), text


class DollarsType(ParamType):
    """US dollars."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Budget:
        """The sum as a budget; a usage error for what is none."""
        if isinstance(value, Budget):
            return value
        from dyncheck.cost.comparison import parse_limit

        try:
            limit = parse_limit(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if limit.percent:
            self.fail("a budget is a sum of dollars", param, ctx)
        return Budget(usd=limit.amount)


def split(texts: Iterable[str]) -> tuple[str, ...]:
    """The selectors, or packs, of an option that is given any number of times, each time with any number of them."""
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())


def suggestion(name: str, known: Any) -> str:
    """What a user may have meant, or what there is."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
