"""The price book: which price holds where and when, how sure it is, and what overrides may say."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dyncheck.cost.book import BUNDLED, Price, load_book
from dyncheck.errors import ConfigError, ParseError

BEFORE_THE_CUT = datetime.date(2024, 10, 31)
THE_CUT = datetime.date(2024, 11, 1)


def override(tmp_path: Path, regions: dict[str, Any]) -> Path:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"schema": "dyncheck-prices/1", "date": "2026-11-01", "regions": regions}))
    return path


def test_a_listed_price_is_said_to_be_listed() -> None:
    assert load_book().price("eu-west-1", "write_request_unit") == Price(
        Decimal("0.000000705"), "list", "price-list-2026-09"
    )


def test_a_price_that_was_read_in_the_reference_region_only_is_derived_by_the_ratio_of_the_regions() -> None:
    price = load_book().price("eu-central-1", "pitr_gb_month")

    assert price == Price(Decimal("0.244"), "derived", "calculator-2026-05")


def test_a_price_without_a_source_stays_assumed_wherever_it_is_derived() -> None:
    book = load_book()

    assert {book.price(region, "insights_rule_month").certainty for region in book.regions()} == {"assumed"}  # type: ignore[union-attr]


def test_prices_change_on_the_day_of_the_cut_and_not_before() -> None:
    book = load_book()
    item = "replicated_write_request_unit"

    assert [book.price("us-east-1", item, day).amount for day in (BEFORE_THE_CUT, THE_CUT)] == [  # type: ignore[union-attr]
        Decimal("0.000001875"),
        Decimal("0.000000625"),
    ]


def test_a_region_that_the_book_does_not_know_has_no_price_rather_than_the_reference_regions() -> None:
    assert load_book().price("cn-north-1", "read_request_unit") is None


def test_every_region_has_every_item_that_is_charged_everywhere() -> None:
    book = load_book()
    missing = [
        (region, item) for region in book.regions() for item in book.content.items if book.price(region, item) is None
    ]

    assert missing == []


def test_every_source_that_a_price_names_is_described_and_every_description_is_used() -> None:
    content = json.loads(BUNDLED.read_text(encoding="utf-8"))
    named = {
        entry["source"] for region in content["regions"].values() for prices in region.values() for entry in prices
    }

    assert named == set(content["sources"])


def test_an_override_replaces_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    path = override(tmp_path, {"eu-west-1": {"storage_gb_month": [{"amount": "0.2"}]}})

    book = load_book(path)

    assert book.price("eu-west-1", "storage_gb_month") == Price(Decimal("0.2"), "list", "user")
    assert book.price("eu-west-1", "pitr_gb_month") == load_book().price("eu-west-1", "pitr_gb_month")


@pytest.mark.parametrize(
    ("entry", "line", "column", "message"),
    [
        ('"storage_gb_month": [{"amount": "-1"}]', 5, 34, "amount must be a finite number of at least 0, found '-1'"),
        ('"storage_gb_month": [{"amount": "NaN"}]', 5, 34, "amount must be a finite number of at least 0, found 'NaN'"),
        ('"storage_gb_month": [{"amount": 1e999}]', 5, 34, "amount must be at most 1E+15"),
        ('"storage_gb_month": [{"amount": 1, "amount": 2}]', 5, 37, "'amount' is given twice"),
        ('"storage_gb_month": [], "storage_gb_month": []', 5, 26, "'storage_gb_month' is given twice"),
        ('"storage_gb_month": [{"amount": 1, "source": 5}]', 5, 47, "source must be a text"),
        (
            '"storage_gb_month": [{"amount": 1, "from": "2026-02-01", "until": "2026-01-01"}]',
            5,
            68,
            "until must be later than from",
        ),
        (
            '"storage_gb_month": [{"amount": 1, "until": "2026-01-01"}, {"amount": 2}]',
            5,
            61,
            "two prices of storage_gb_month hold on the same day",
        ),
        ('"storage_gb_month": [{"amount": "Infinity"}]', 5, 34, "amount must be a finite number of at least 0"),
        ('"storage_gb_month": [{"amount": "cheap"}]', 5, 34, "amount must be a number, found 'cheap'"),
        (
            '"storage_gb_monht": [{"amount": "1"}]',
            5,
            2,
            "'storage_gb_monht', did you mean 'storage_gb_month'?",
        ),
        ('"storage_gb_month": [{"amont": "1"}]', 5, 24, "no such entry 'amont', did you mean 'amount'?"),
        ('"storage_gb_month": [{}]', 5, 23, "amount is missing"),
        ('"storage_gb_month": "1"', 5, 22, "a list is expected here"),
        ('"storage_gb_month": [{"amount": "1", "from": "soon"}]', 5, 47, "from must be a day such as 2026-09-29"),
        (
            '"storage_gb_month": [{"amount": "1", "certainty": "lst"}]',
            5,
            52,
            "'lst', did you mean 'list'?",
        ),
    ],
)
def test_a_wrong_entry_of_an_override_is_named_with_its_place(
    tmp_path: Path, entry: str, line: int, column: int, message: str
) -> None:
    path = tmp_path / "prices.json"
    path.write_text(
        f'{{"schema": "dyncheck-prices/1",\n"date": "2026-11-01",\n"regions":\n{{"eu-west-1": {{\n {entry}}}}}}}'
    )
    with pytest.raises(ParseError) as caught:
        load_book(path)

    assert (caught.value.line, caught.value.column) == (line, column)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema": "dyncheck-prices/2", "date": "2026-11-01", "regions": {}}', "schema must be 'dyncheck-prices/1'"),
        ('{"schema": "dyncheck-prices/1", "regions": {}}', "date is missing"),
        ('{"schema": "dyncheck-prices/1", "date": "now", "regions": {}}', "date must be a day"),
        ('{"schema": "dyncheck-prices/1", "date": "2026-11-01", "region": {}}', "did you mean 'regions'?"),
        (
            '{"schema": "dyncheck-prices/1", "date": "2026-11-01", "currency": "EUR", "regions": {}}',
            "prices are in US dollars",
        ),
        (
            '{"schema": "dyncheck-prices/1", "date": "2026-11-01", "regions": {}, "reference_region": "eu-west-1"}',
            "reference_region must be 'us-east-1'",
        ),
        (
            '{"schema": "dyncheck-prices/1", "date": "2026-11-01", "regions": {"Ireland": {}}}',
            "no Region has a name such as 'Ireland'",
        ),
        (
            '{"schema": "dyncheck-prices/1", "date": "2026-11-01", "regions": {}, "items": {"x": {"unit": "u",'
            ' "what": "w", "scales_with": "storage_gb_monht"}}}',
            "did you mean 'storage_gb_month'?",
        ),
        ("", "the file is empty"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_wrong_field_of_an_override_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text)
    with pytest.raises(ParseError) as caught:
        load_book(path)

    assert message in caught.value.message


def test_a_file_that_is_no_price_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_bytes(b"\xff\xfe not json")

    with pytest.raises(ConfigError, match="the price file is not UTF-8"):
        load_book(path)
