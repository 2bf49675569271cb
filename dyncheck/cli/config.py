"""``dyncheck config``: what is set, and where."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from dyncheck.cli.console import print_result
from dyncheck.cli.groups import SuggestingGroup
from dyncheck.cli.help import examples, exit_codes
from dyncheck.cli.parameters import FILE, OneOf
from dyncheck.cli.ruleset import as_json

_CODES = exit_codes({0: "done", 2: "a setting is wrong"})


@click.group(
    cls=SuggestingGroup, epilog=examples("dyncheck config show", "dyncheck config show infra/ -f json") + _CODES
)
def config() -> None:
    """Show the settings that a scan would have."""


@config.command(
    short_help="Print every setting of a scan, with its value and origin.",
    epilog=examples(
        "dyncheck config show                 for a scan of the current directory",
        "dyncheck config show infra/ -f json",
        "dyncheck config show --no-config     defaults and environment alone",
    )
    + _CODES,
)
@click.argument("paths", nargs=-1, type=click.Path(allow_dash=True))
@click.option("-c", "--config", "file", type=FILE, metavar="FILE", help="Configuration file.  [default: the nearest]")
@click.option("--no-config", is_flag=True, help="Use no configuration file.")
@click.option("-f", "--format", "style", type=OneOf(["text", "json"]), default="text", help="Format of the list.")
def show(paths: tuple[str, ...], file: str | None, no_config: bool, style: str) -> None:
    """Print every setting of a scan of PATHS, with its value and where it comes from.

    A value comes from the defaults, a configuration file, the environment, or an option, the later ones winning.
    """
    from dyncheck.reports.wording import visible

    settings, origins = settings_for(paths, file, no_config)
    values: dict[str, Any] = msgspec.to_builtins(settings)
    for entry in (*values["waivers"], *values["overrides"]):
        entry.pop("origin")
    values["budget"] = None if values["budget"] is None else values["budget"]["usd"]
    if style == "json":
        shown = {name: {"value": value, "origin": origins[name]} for name, value in values.items()}
        print_result(as_json({"settings": shown}))
        return
    texts = {name: visible(_text(value)) for name, value in values.items()}
    width = max(map(len, texts))
    column = min(max(map(len, texts.values())), 40)
    for name, text in texts.items():
        print_result(f"{name:<{width}}  {text:<{column}}  {visible(origins[name])}\n")


def settings_for(paths: tuple[str, ...], file: str | None, no_config: bool) -> tuple[Any, dict[str, str]]:
    """The settings that ``dyncheck scan`` would have with these arguments, and the origin of each."""
    from dyncheck.cli.scan import layers, scan
    from dyncheck.settings import combine

    arguments = [*(["--config", file] if file is not None else []), *(["--no-config"] if no_config else [])]
    with scan.make_context("scan", [*arguments, "--", *paths]) as context:
        return combine(layers(context, context.params))


def _text(value: Any) -> str:
    """A value on one line: lists with commas, mappings as JSON."""
    if value is None or value in ((), {}):
        return "-"
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
