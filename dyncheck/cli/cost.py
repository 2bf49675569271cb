"""``dyncheck cost`` and ``dyncheck prices``: what tables cost a month, and what prices that rests on."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any, Final

import click

from dyncheck.cli.console import print_result, say, terminal_width, write_file
from dyncheck.cli.help import EXIT_CODES, examples
from dyncheck.cli.parameters import FILE, VariableType
from dyncheck.errors import ConfigError


@click.command(
    context_settings={"auto_envvar_prefix": "DYNCHECK"},
    epilog=examples(
        "dyncheck cost                                  everything below here",
        "dyncheck cost infra/ --usage usage.yaml        with stated use",
        "dyncheck cost --explain aws_dynamodb_table.orders",
        "dyncheck cost -f json -o cost.json",
    )
    + EXIT_CODES,
)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--usage", type=FILE, metavar="FILE", help="How much the tables are used (YAML; see docs/cost.md).")
@click.option("--prices", multiple=True, type=FILE, metavar="FILE", help="Prices laid over the bundled ones.")
@click.option("--price-date", type=click.DateTime(["%Y-%m-%d"]), help="Prices of that day.  [default: the newest]")
@click.option("--region", metavar="REGION", help="Region of resources whose source names none.")
@click.option("--free-tier", is_flag=True, help="Take off the free tier, once for each account and Region.")
@click.option("--explain", metavar="ADDRESS", help="Show the sum of one resource line by line.")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["text", "json", "markdown", "csv"]),
    default="text",
    help="Report format.  [default: text]",
)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write there, not to standard output.")
@click.option("--var", multiple=True, type=VariableType(), metavar="NAME=VALUE", help="Set a Terraform variable.")
@click.option("--var-file", multiple=True, type=FILE, metavar="FILE", help="Terraform variables file.")
@click.option("--parameters", multiple=True, type=FILE, metavar="FILE", help="CloudFormation parameters file.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache of parsed files.")
def cost(**options: Any) -> None:
    """Estimate the monthly cost of DynamoDB tables and DAX clusters.

    PATHS are files or directories with Terraform or CloudFormation; nothing means the current directory.
    """
    from dyncheck.cost.book import load_book
    from dyncheck.cost.collect import collect_estimates
    from dyncheck.cost.estimator import Terms
    from dyncheck.cost.render import FORMATS, as_text, explained
    from dyncheck.cost.total import total
    from dyncheck.cost.usage import UsageFile, load_usage
    from dyncheck.reports.wording import visible
    from dyncheck.settings import Settings

    book = load_book(*(Path(path) for path in options["prices"]))
    usage = load_usage(Path(options["usage"])) if options["usage"] else UsageFile()
    day = _day(options["price_date"])
    settings = Settings(
        paths=tuple(options["paths"]) or (".",),
        variables=dict(options["var"]),
        var_files=tuple(options["var_file"]),
        parameter_files=tuple(options["parameters"]),
        region=options["region"],
        cache=not options["no_cache"],
    )
    found = collect_estimates(settings, book, usage, Terms(day, options["region"]))
    for problem in found.problems:
        say(f"{visible(problem.path)}:{problem.line}:{problem.column}: {visible(problem.message)}")
    if not found.estimates:
        say(f"no DynamoDB tables found in {found.files} files")
    if options["explain"]:
        chosen = [item for item in found.estimates if options["explain"] in (item.address, item.name)]
        if not chosen:
            raise ConfigError(f"there is no {options['explain']!r}{_hint(options['explain'], found.estimates)}")
        text = "\n".join(explained(item, book) for item in chosen)
    else:
        sums = total(found.estimates, book, day, free_tier=options["free_tier"])
        name = options["format_name"]
        width = terminal_width() if sys.stdout.isatty() else 160
        text = as_text(sums, book, width) if name == "text" else FORMATS[name](sums, book)
    if options["output"]:
        write_file(options["output"], text)
    else:
        print_result(text)


_PRICE_EXAMPLES: Final = (
    examples("dyncheck prices show --region eu-west-1", "dyncheck prices show --date 2024-07-01") + EXIT_CODES
)


@click.group(epilog=_PRICE_EXAMPLES)
def prices() -> None:
    """Show the prices that estimates rest on."""


@prices.command(epilog=_PRICE_EXAMPLES)
@click.option("--region", multiple=True, metavar="REGION", help="Only this Region.")
@click.option("--date", "date", type=click.DateTime(["%Y-%m-%d"]), help="Prices of that day.  [default: the newest]")
@click.option(
    "--prices", "overrides", multiple=True, type=FILE, metavar="FILE", help="Prices laid over the bundled ones."
)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Report format.  [default: text]",
)
def show(region: tuple[str, ...], date: Any, overrides: tuple[str, ...], format_name: str) -> None:
    """Show every price with its certainty and source."""
    from dyncheck.cost.book import load_book
    from dyncheck.cost.prices import prices_as_json, prices_as_text

    book = load_book(*(Path(path) for path in overrides))
    for name in region:
        if name not in book.regions():
            raise ConfigError(f"no prices for Region {name!r}; there are: {', '.join(book.regions())}")
    chosen = region or book.regions()
    render = prices_as_json if format_name == "json" else prices_as_text
    print_result(render(book, chosen, _day(date)))


def _day(value: datetime.datetime | None) -> datetime.date | None:
    return value.date() if value is not None else None


def _hint(wanted: str, estimates: Any) -> str:
    from difflib import get_close_matches

    close = get_close_matches(wanted, [item.address for item in estimates], n=3, cutoff=0.4)
    return f"; did you mean {', '.join(close)}?" if close else ""
