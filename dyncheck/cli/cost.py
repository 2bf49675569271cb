"""``dyncheck cost``: what tables cost a month, what would cost less, and whether it became too much."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from dyncheck.cli.console import check_writable, is_terminal, print_result, say, terminal_width, write_file
from dyncheck.cli.help import examples, exit_codes
from dyncheck.cli.parameters import DIRECTORY, FILE, DollarsType, OneOf, ParamType, VariableType
from dyncheck.cli.prices import day_of
from dyncheck.errors import ConfigError
from dyncheck.exits import CANNOT, CLEAN, FINDINGS

if TYPE_CHECKING:
    from dyncheck.cost.book import PriceBook
    from dyncheck.cost.comparison import Limit, SavedEstimate
    from dyncheck.cost.costing import Costing
    from dyncheck.cost.estimate import Estimate
    from dyncheck.cost.total import Total
    from dyncheck.settings import Settings


class LimitType(ParamType):
    """Dollars a month, or percent."""

    name = "usd or percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Limit:
        """The limit; a usage error for what is none."""
        from dyncheck.cost.comparison import Limit, parse_limit

        try:
            return value if isinstance(value, Limit) else parse_limit(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(
    context_settings={"auto_envvar_prefix": "DYNCHECK"},
    epilog=examples(
        "dyncheck cost                                  everything below here",
        "dyncheck cost infra/ --usage usage.yaml        with stated use",
        "dyncheck cost --explain aws_dynamodb_table.orders",
        "dyncheck cost --advice --usage usage.yaml     what would cost less",
        "dyncheck cost -f json -o cost.json",
        "dyncheck cost --save main.json",
        "dyncheck cost --against main.json --fail-on-cost-increase 25",
    )
    + exit_codes(
        {
            0: "the estimate is made",
            1: "a budget or --fail-on-cost-increase is exceeded",
            2: "could not do the job: usage, settings, unreadable input\nunder --strict",
            130: "interrupted",
        }
    ),
)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--usage", type=FILE, metavar="FILE", help="How much the tables are used (YAML; see docs/cost.md).")
@click.option("--prices", multiple=True, type=FILE, metavar="FILE", help="Prices laid over the bundled ones.")
@click.option("--price-date", type=click.DateTime(["%Y-%m-%d"]), help="Prices of that day.  [default: the newest]")
@click.option("--region", metavar="REGION", help="Region of resources whose source names none.")
@click.option("--free-tier", is_flag=True, help="Take off the free tier, once for each account and Region.")
@click.option("--advice", is_flag=True, help="Say what would cost less, with the sums.")
@click.option("--save", type=FILE, metavar="FILE", help="Save the estimate (as JSON) for --against.")
@click.option("--against", type=FILE, metavar="FILE", help="Compare with a saved estimate.")
@click.option(
    "--fail-on-cost-increase",
    "limit",
    type=LimitType(),
    help="Exit 1 when the total rises by more than so many dollars a month, or percent (10%), over --against.",
)
@click.option("--budget", type=DollarsType(), metavar="USD", help="Exit 1 when everything costs more a month.")
@click.option("--plot", type=FILE, metavar="FILE", help="Draw cost against request rate (PNG or SVG).")
@click.option("--explain", metavar="ADDRESS", help="Show the sum of one resource line by line.")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=OneOf(["text", "json", "markdown", "csv"]),
    default="text",
    help="Report format.  [default: text]",
)
@click.option(
    "-o", "--output", type=FILE, metavar="FILE", allow_from_autoenv=False, help="Write there, not to standard output."
)
@click.option(
    "-c", "--config", type=FILE, metavar="FILE", help="Configuration file.  [default: the nearest above PATHS]"
)
@click.option("--no-config", is_flag=True, default=None, help="Use no configuration file.")
@click.option("--var", multiple=True, type=VariableType(), metavar="NAME=VALUE", help="Set a Terraform variable.")
@click.option("--var-file", multiple=True, type=FILE, metavar="FILE", help="Terraform variables file.")
@click.option("--parameters", multiple=True, type=FILE, metavar="FILE", help="CloudFormation parameters file.")
@click.option("--source", type=DIRECTORY, metavar="DIR", help="Root module of a plan.  [default: where the plan is]")
@click.option(
    "--input",
    multiple=True,
    type=OneOf(["terraform", "cloudformation", "live"]),
    help="Read only this kind of input.",
)
@click.option("--strict", is_flag=True, default=None, help="Exit 2 when something could not be read.")
@click.option("--no-cache", is_flag=True, default=None, help="Neither read nor write the cache of parsed files.")
@click.pass_context
def cost(ctx: click.Context, /, **options: Any) -> None:
    """Estimate the monthly cost of DynamoDB tables and DAX clusters.

    PATHS are files or directories with Terraform or CloudFormation, or snapshots; nothing means the current directory.
    The configuration file counts as it does for 'dyncheck scan': variables, Region, use, prices, budgets.
    """
    from dyncheck.cost.collect import collect_estimates
    from dyncheck.cost.comparison import load_saved
    from dyncheck.cost.costing import Costing
    from dyncheck.cost.render import FORMATS, as_json, as_text, explained
    from dyncheck.cost.total import total
    from dyncheck.reports.wording import visible

    if options["limit"] is not None and options["against"] is None:
        raise click.UsageError("--fail-on-cost-increase needs a saved estimate: --against FILE")
    for path in filter(None, (options["output"], options["save"], options["plot"])):
        check_writable(path)
    settings, origins = _settings(ctx, options)
    day = day_of(options["price_date"])
    costing = Costing.of(
        usage=settings.usage,
        prices=settings.prices,
        region=settings.region,
        day=day,
        environment=os.environ,
    )
    saved = load_saved(Path(options["against"])) if options["against"] else None
    found = collect_estimates(settings, costing, advice=options["advice"])
    for problem in found.problems:
        say(f"{visible(problem.path)}:{problem.line}:{problem.column}: {visible(problem.message)}")
    for text in found.unmet:
        say(f"{visible(settings.usage or '')}: {visible(text)}")
    if not found.estimates:
        say(f"no DynamoDB tables found in {found.files} files")
    sums = total(found.estimates, costing.book, day, free_tier=options["free_tier"], problems=found.problems)
    sums = msgspec.structs.replace(sums, advice=found.advice)
    if options["explain"]:
        chosen = [item for item in found.estimates if options["explain"] in (item.address, item.name)]
        if not chosen:
            raise ConfigError(f"there is no {options['explain']!r}{_hint(options['explain'], found.estimates)}")
        text = "\n".join(explained(item, costing.book, day) for item in chosen)
    else:
        name = options["format_name"]
        width = terminal_width() if is_terminal(sys.stdout) else 160
        text = as_text(sums, costing.book, width) if name == "text" else FORMATS[name](sums, costing.book)
    if options["plot"]:
        _plot(options["plot"], sums, costing)
    if options["output"]:
        write_file(options["output"], text)
    else:
        print_result(text)
    if options["save"]:
        write_file(options["save"], as_json(sums, costing.book))
    code = max(_compared(sums, saved, options["limit"], costing.book), _within_budgets(sums, settings, origins))
    broken = settings.strict and any(problem.level == "error" for problem in found.problems)
    ctx.exit(CANNOT if broken else code)


_NAMES: Final = (
    "paths",
    "usage",
    "prices",
    "region",
    "budget",
    "var",
    "var_file",
    "parameters",
    "source",
    "input",
    "strict",
    "no_cache",
)
"""The options that a scan has too; all others are of estimates alone."""


def _settings(ctx: click.Context, options: Mapping[str, Any]) -> tuple[Settings, dict[str, str]]:
    """What is asked for, by the same layers as in a scan, and the origin of each setting."""
    from dyncheck.cli.scan import layers
    from dyncheck.settings import combine

    return combine(layers(ctx, {name: options[name] for name in (*_NAMES, "config", "no_config")}))


def _compared(sums: Total, saved: SavedEstimate | None, limit: Limit | None, book: PriceBook) -> int:
    """What has changed since an estimate was saved, on standard error; the exit code that this means."""
    from dyncheck.cost.comparison import changes, exceeds

    if saved is None:
        return CLEAN
    for line in changes(saved, sums, book.date):
        say(line)
    if limit is None:
        return CLEAN
    if exceeds(saved, sums, limit):
        say(f"the total rises by more than {limit}")
        return FINDINGS
    if sums.partial:
        say(f"the total may rise by more than {limit}: a part of it is not known")
    return CLEAN


def _within_budgets(sums: Total, settings: Settings, origins: Mapping[str, str]) -> int:
    """What is over its budget, or may be, on standard error; the exit code that this means."""
    from dyncheck.cost.budget import overruns

    code = CLEAN
    for setting, text, certain in overruns(sums, settings):
        say(f"{text} ({origins[setting]})")
        if certain:
            code = FINDINGS
    return code


def _plot(path: str, sums: Total, costing: Costing) -> None:
    """Draw the two billing modes in the Region of the dearest resource."""
    from dyncheck.cost.plot import curves, draw

    ordered = sorted(sums.estimates, key=lambda item: -item.amount[1])
    regions = [item.region for item in ordered if item.region is not None]
    region = costing.terms.region or (regions[0] if regions else costing.book.content.reference_region)
    day = costing.terms.day or costing.book.date
    draw(curves(costing.book, region, day), f"DynamoDB in {region}, prices of {day}", Path(path))


def _hint(wanted: str, estimates: Iterable[Estimate]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(wanted, [item.address for item in estimates], n=3, cutoff=0.4)
    return f"; did you mean {', '.join(close)}?" if close else ""
