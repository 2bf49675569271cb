"""``dyncheck prices update``: the Price List in its real shape, from a local server, all of it or nothing."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from dyncheck.cost.book import Price, load_book
from dyncheck.cost.price_list import Listed, listed_prices, parse_offer
from tests.cli.conftest import Run
from tests.cost.price_list import REQUEST, US_EAST_2, answered, offer, path, served, throughput, usage
from tests.cost.price_list import Price as Product

SINCE = datetime.date(2026, 10, 1)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DYNCHECK_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "prices.json"


def update(run: Run, prices: list[Product], *more: str, **how: str) -> tuple[int, str]:
    with served({path("us-east-2"): offer(prices, "us-east-2", **how)}) as url:
        done = run("prices", "update", "--region", "us-east-2", "--url", url, *more)
    return done.code, done.out + done.err


def test_items_are_told_apart_by_operation_group_and_whole_usage_type() -> None:
    assert listed_prices(parse_offer(offer(US_EAST_2, "us-east-2")), "us-east-2") == {
        item: Listed(Decimal(amount), SINCE)
        for item, amount in {
            "read_request_unit": "0.0000001250",
            "write_request_unit": "0.0000006250",
            "ia_write_request_unit": "0.0000007800",
            "replicated_write_request_unit": "0.0000006250",
            "read_capacity_unit_hour": "0.0001300000",
            "write_capacity_unit_hour": "0.0006500000",
            "storage_gb_month": "0.3000000000",
            "ia_storage_gb_month": "0.1000000000",
            "pitr_gb_month": "0.2000000000",
        }.items()
    }


def test_products_of_other_regions_are_left_out() -> None:
    assert listed_prices(parse_offer(offer(US_EAST_2, "us-east-2")), "eu-west-1") == {}


def test_updated_prices_are_list_prices_and_those_before_keep_their_days(run: Run, data: Path) -> None:
    code, said = update(run, US_EAST_2)

    assert (code, str(data) in said) == (0, True)
    book = load_book(data)
    assert book.date == datetime.date(2026, 10, 11)
    assert book.price("us-east-2", "storage_gb_month") == Price(Decimal("0.3"), "list", "price-list-update")
    assert book.price("us-east-2", "storage_gb_month", datetime.date(2026, 9, 30)) == load_book().price(
        "us-east-2", "storage_gb_month"
    )
    before_the_cut = datetime.date(2024, 10, 31)
    assert book.price("us-east-2", "write_request_unit", before_the_cut) == load_book().price(
        "us-east-2", "write_request_unit", before_the_cut
    )
    assert book.price("eu-west-1", "storage_gb_month") == load_book().price("eu-west-1", "storage_gb_month")


def test_estimates_use_updated_prices_from_then_on(run: Run, project: Path, data: Path) -> None:
    (project / "usage.yaml").write_text("defaults: {storage_gb: 100}\n")
    (project / "template.yaml").write_text(
        "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {BillingMode: PAY_PER_REQUEST}\n"
    )
    before = run("cost", "--usage", "usage.yaml", "--region", "us-east-2").out
    update(run, US_EAST_2)

    assert "total" in before
    assert "$25.00" in before
    assert "$30.00" in run("cost", "--usage", "usage.yaml", "--region", "us-east-2").out


def test_dax_prices_come_with_their_own_offer_where_there_is_one(run: Run, data: Path) -> None:
    dax = offer(
        [({"usagetype": "USE2-NodeUsage:dax.r5.large", "instanceType": "r5.large"}, "DAX", [("0", "0.26")])],
        "us-east-2",
        code="AmazonDAX",
    )
    files = {path("us-east-2"): offer(US_EAST_2, "us-east-2"), path("us-east-2", "AmazonDAX"): dax}
    with served(files) as url:
        assert run("prices", "update", "--region", "us-east-2", "--url", url).code == 0

    assert load_book(data).price("us-east-2", "dax.r5.large_hour") == Price(
        Decimal("0.26"), "list", "price-list-update"
    )


DEAR = throughput(REQUEST, "DDB-ReadUnits", "USE2-ReadRequestUnits", ("0", "0.1250"))


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        (US_EAST_2[1:], "the list has no price for read_request_unit"),
        ([DEAR, *US_EAST_2[1:]], "read_request_unit would change from 0.000000125 to 0.1250 US dollars"),
        ([*US_EAST_2, usage("TimedStorage-ByteHrs", ("0", "0.31"))], "two prices for storage_gb_month"),
        ([*US_EAST_2, usage("ExportDataSize-Bytes", ("0", "-1"))], "not a finite number of at least 0"),
        ([*US_EAST_2, usage("ExportDataSize-Bytes", ("0", "free"))], "'free' is no number"),
        ([*US_EAST_2, usage("ExportDataSize-Bytes")], "a price without a tier"),
    ],
)
def test_a_list_that_is_incomplete_or_implausible_changes_nothing(
    run: Run, data: Path, prices: list[Product], message: str
) -> None:
    code, said = update(run, prices)

    assert code == 2
    assert message in said
    assert "the prices stay as they are" in said
    assert not data.exists()


def test_a_correction_of_the_same_day_takes_the_place_of_what_it_corrects(run: Run, data: Path) -> None:
    update(run, US_EAST_2)
    corrected = [
        *US_EAST_2[:6],
        usage("USE2-TimedStorage-ByteHrs", ("0", "0.0000000000"), ("25", "0.2600000000")),
        *US_EAST_2[7:],
    ]
    assert update(run, corrected, published="2026-10-12")[0] == 0

    book = load_book(updated=data)
    assert book.price("us-east-2", "storage_gb_month") == Price(Decimal("0.26"), "list", "price-list-update")
    assert book.price("us-east-2", "storage_gb_month", datetime.date(2026, 9, 30)) == load_book().price(
        "us-east-2", "storage_gb_month"
    )


def test_the_same_price_of_two_products_is_one_price_since_the_first_of_them() -> None:
    prices = [*US_EAST_2, usage("TimedStorage-ByteHrs", ("0", "0.3"))]
    later = offer(prices, "us-east-2").decode().rpartition("2026-10-01T00:00:00Z")
    listed = listed_prices(parse_offer("2026-11-01T00:00:00Z".join(later[::2]).encode()), "us-east-2")
    assert listed["storage_gb_month"] == Listed(Decimal("0.3"), SINCE)


@pytest.mark.parametrize("service", ["AmazonDynamoDB", "AmazonDAX"])
def test_the_list_of_another_service_changes_nothing(run: Run, data: Path, service: str) -> None:
    files = {
        path("us-east-2"): offer(US_EAST_2, "us-east-2"),
        path("us-east-2", service): offer(US_EAST_2, "us-east-2", code="AmazonS3"),
    }
    with served(files) as url:
        done = run("prices", "update", "--region", "us-east-2", "--url", url)

    assert (done.code, f"the list is of AmazonS3, not of {service}" in done.err) == (2, True)
    assert not data.exists()


def test_products_of_other_services_in_a_list_are_left_out() -> None:
    stranger = ({"servicecode": "AmazonS3", "usagetype": "TimedStorage-ByteHrs"}, "Storage", [("0", "0.023")])
    listed = listed_prices(parse_offer(offer([*US_EAST_2, stranger], "us-east-2")), "us-east-2")
    assert listed == listed_prices(parse_offer(offer(US_EAST_2, "us-east-2")), "us-east-2")


@pytest.mark.parametrize(
    "answer",
    [b"no status\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", b""],
    ids=["no-http", "cut-off", "nothing"],
)
def test_an_answer_that_breaks_off_changes_nothing(run: Run, data: Path, answer: bytes) -> None:
    with answered(answer) as url:
        done = run("prices", "update", "--region", "us-east-2", "--url", url)

    assert (done.code, "the prices stay as they are" in done.err) == (2, True)
    assert not data.exists()


def test_prices_of_a_newer_package_win_over_an_older_update(run: Run, data: Path) -> None:
    update(run, US_EAST_2)
    written = data.read_text(encoding="utf-8")
    data.write_text(written.replace('"date": "2026-10-11"', '"date": "2026-08-01"').replace("0.0006500000", "0.0007"))

    book, packaged = load_book(updated=data), load_book()
    assert book.price("us-east-2", "write_capacity_unit_hour") == packaged.price(
        "us-east-2", "write_capacity_unit_hour"
    )
    assert book.price("us-east-2", "pitr_gb_month") == Price(Decimal("0.2"), "list", "price-list-update")


def test_one_bad_region_spoils_all(run: Run, data: Path) -> None:
    with served({path("us-east-2"): offer(US_EAST_2, "us-east-2"), path("eu-west-1"): b"<html>"}) as url:
        done = run("prices", "update", "--region", "us-east-2", "--region", "eu-west-1", "--url", url)

    assert done.code == 2
    assert "eu-west-1: not an offer file" in done.err
    assert not data.exists()


def test_an_older_list_than_the_prices_at_hand_is_refused(run: Run, data: Path) -> None:
    update(run, US_EAST_2)
    written = data.read_bytes()
    code, said = update(run, US_EAST_2, published="2026-10-01")

    assert (code, "is older than the prices at hand" in said) == (2, True)
    assert data.read_bytes() == written


def test_a_second_update_keeps_the_other_regions(run: Run, data: Path) -> None:
    update(run, US_EAST_2)
    other = [
        ({**attributes, "usagetype": attributes["usagetype"].replace("USE2", "EUC1")}, family, tiers)
        for attributes, family, tiers in US_EAST_2
    ]
    with served({path("eu-central-1"): offer(other, "eu-central-1")}) as url:
        assert run("prices", "update", "--region", "eu-central-1", "--url", url).code == 0

    assert load_book(data).price("us-east-2", "storage_gb_month") == Price(Decimal("0.3"), "list", "price-list-update")


def test_a_server_that_does_not_answer_is_said_with_its_address(run: Run, data: Path) -> None:
    done = run("prices", "update", "--region", "us-east-2", "--url", "http://127.0.0.1:1")

    assert done.code == 2
    assert "http://127.0.0.1:1/offers/v1.0/aws/AmazonDynamoDB/current/us-east-2/index.json" in done.err
    assert "cannot be reached" in done.err


def test_a_broken_price_file_of_the_user_is_named(run: Run, data: Path) -> None:
    data.parent.mkdir()
    data.write_text("{}")
    done = run("prices", "show", "--region", "us-east-1")

    assert done.code == 2
    assert str(data) in done.err
