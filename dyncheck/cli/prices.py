"""``dyncheck prices``: what the estimates rest on."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any, Final

import click

from dyncheck.cli.console import print_result, say
from dyncheck.cli.groups import SuggestingGroup
from dyncheck.cli.help import examples, exit_codes
from dyncheck.cli.parameters import FILE, OneOf
from dyncheck.errors import ConfigError

_EXAMPLES: Final = examples(
    "dyncheck prices show --region eu-west-1", "dyncheck prices show --date 2024-07-01"
) + exit_codes({0: "done", 2: "unknown Region, or prices that cannot be read"})


@click.group(cls=SuggestingGroup, short_help="Show or update the prices that estimates rest on.", epilog=_EXAMPLES)
def prices() -> None:
    """Show the prices that estimates rest on, or bring them up to date."""


@prices.command(epilog=_EXAMPLES)
@click.option("--region", multiple=True, metavar="REGION", help="Only this Region.")
@click.option("--date", "date", type=click.DateTime(["%Y-%m-%d"]), help="Prices of that day.  [default: the newest]")
@click.option("--prices", "overrides", multiple=True, type=FILE, metavar="FILE", help="Prices laid over the book.")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=OneOf(["text", "json"]),
    default="text",
    help="Report format.  [default: text]",
)
def show(region: tuple[str, ...], date: Any, overrides: tuple[str, ...], format_name: str) -> None:
    """Show every price with its certainty and source."""
    from dyncheck.cost.book import load_book
    from dyncheck.cost.fetching import existing, user_prices
    from dyncheck.cost.prices import prices_as_json, prices_as_text

    book = load_book(*(Path(path) for path in overrides), updated=existing(user_prices(os.environ)))
    for name in region:
        if name not in book.regions():
            raise ConfigError(f"no prices for Region {name!r}; there are: {', '.join(book.regions())}")
    chosen = region or book.regions()
    render = prices_as_json if format_name == "json" else prices_as_text
    print_result(render(book, chosen, day_of(date)))


@prices.command(
    epilog=examples(
        "dyncheck prices update",
        "dyncheck prices update --region eu-west-1 --region us-east-1",
        "dyncheck prices update --source api --profile audit",
    )
    + exit_codes(
        {
            0: "the new prices are in use",
            2: "they could not be read, or are not plausible; nothing has changed",
            130: "interrupted",
        }
    )
)
@click.option("--region", multiple=True, metavar="REGION", help="Only this Region.  [default: all of the book]")
@click.option(
    "--source",
    type=OneOf(["bulk", "api"]),
    default="bulk",
    help="The public files, or the Price List API with your credentials.  [default: bulk]",
)
@click.option("--profile", metavar="NAME", help="With --source api: profile of your AWS configuration.")
@click.option("--url", default=None, metavar="URL", help="Where the Price List is.  [default: AWS]")
def update(region: tuple[str, ...], source: str, profile: str | None, url: str | None) -> None:
    """Read the AWS Price List, verify it, and use it from now on.

    The prices go into the user's data directory (DYNCHECK_DATA_DIR moves it); remove the file to return to those of
    the package. Nothing changes unless every price is plausible. The API needs the permission pricing:GetProducts.
    """
    if profile is not None and source != "api":
        raise click.UsageError("--profile is of credentials, which only --source api uses")
    from dyncheck.cost.book import load_book, overlaid, read_book_file
    from dyncheck.cost.fetching import PRICE_LIST, bulk_reader, existing, fetch_book, store, user_prices
    from dyncheck.cost.pricing_api import api_reader

    path = user_prices(os.environ)
    book = load_book(updated=existing(path))
    read = api_reader(profile, url) if source == "api" else bulk_reader(url or PRICE_LIST)
    content = fetch_book(region or book.regions(), book, say, read)
    if path.exists():
        content = overlaid(read_book_file(path, tuple(book.content.items)), content)
    store(content, path)
    count = sum(map(len, content.regions.values()))
    print_result(f"{count} prices of {len(content.regions)} Regions, published {content.date}: {path}\n")


def day_of(value: datetime.datetime | None) -> datetime.date | None:
    """The day that an option names."""
    return value.date() if value is not None else None
