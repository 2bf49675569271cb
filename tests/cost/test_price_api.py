"""``dyncheck prices update --source api``: GetProducts through the real client, against a server on this machine."""

from __future__ import annotations

import datetime
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from dyncheck.cost.book import Price, load_book
from tests.cli.conftest import Run
from tests.cost.price_list import US_EAST_2, offer

MODEL = botocore.session.get_session().get_service_model("pricing").operation_model("GetProducts")
Requests = list[dict[str, Any]]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DYNCHECK_DATA_DIR", str(tmp_path / "data"))
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-shown")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path / "data" / "prices.json"


def products(document: bytes) -> list[str]:
    """The products of an offer file as the API lists them: a text of JSON for each."""
    whole = json.loads(document)
    return [
        json.dumps(
            {
                "product": product,
                "serviceCode": whole["offerCode"],
                "terms": {"OnDemand": whole["terms"]["OnDemand"][sku], "Reserved": {}},
                "version": whole["version"],
                "publicationDate": whole["publicationDate"],
            }
        )
        for sku, product in whole["products"].items()
    ]


@contextmanager
def api(
    listed: dict[tuple[str, str], list[str]], *, page: int = 4, status: int = 200
) -> Iterator[tuple[str, Requests]]:
    """The address of a server that lists products by service and Region, so many a page, and what it was asked."""
    asked: Requests = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"target": self.headers["X-Amz-Target"], **request})
            (chosen,) = request["Filters"]
            start = int(request.get("NextToken", "0"))
            found = listed.get((request["ServiceCode"], chosen["Value"]), [])
            answer: dict[str, Any] = {"FormatVersion": "aws_v1", "PriceList": found[start : start + page]}
            if start + page < len(found):
                answer["NextToken"] = str(start + page)
            if status != 200:
                answer = {"__type": "AccessDeniedException", "message": "not allowed"}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def update(run: Run, url: str, *more: str) -> tuple[int, str]:
    done = run("prices", "update", "--source", "api", "--region", "us-east-2", "--url", url, *more)
    return done.code, done.out + done.err


LISTED = {("AmazonDynamoDB", "us-east-2"): products(offer(US_EAST_2, "us-east-2"))}


def test_all_pages_are_read_and_become_list_prices(run: Run, data: Path) -> None:
    with api(LISTED) as (url, asked):
        code, said = update(run, url)

    assert (code, str(data) in said) == (0, True)
    book = load_book(data)
    assert book.date == datetime.date(2026, 10, 11)
    assert book.price("us-east-2", "storage_gb_month") == Price(Decimal("0.3"), "list", "price-list-update")
    assert book.price("us-east-2", "ia_storage_gb_month") == Price(Decimal("0.1"), "list", "price-list-update")
    # Eleven products of DynamoDB on three pages, and none of DAX.
    assert [(request["ServiceCode"], request.get("NextToken")) for request in asked] == [
        ("AmazonDynamoDB", None),
        ("AmazonDynamoDB", "4"),
        ("AmazonDynamoDB", "8"),
        ("AmazonDAX", None),
    ]


def test_what_is_asked_is_what_the_service_model_allows_and_only_reads(run: Run, data: Path) -> None:
    with api(LISTED) as (url, asked):
        update(run, url)

    for request in asked:
        assert request.pop("target") == "AWSPriceListService.GetProducts"
        assert not ParamValidator().validate(request, MODEL.input_shape).has_errors()
        assert request["Filters"] == [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-2"}]


def test_it_gives_the_same_book_as_the_file(run: Run, data: Path) -> None:
    with api(LISTED) as (url, _):
        update(run, url)
    by_api = data.read_bytes()
    data.unlink()
    from tests.cost.price_list import path, served

    with served({path("us-east-2"): offer(US_EAST_2, "us-east-2")}) as url:
        assert run("prices", "update", "--region", "us-east-2", "--url", url).code == 0
    assert data.read_bytes() == by_api


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ([], "us-east-2: there is no list of this Region"),
        (["<html>"], "us-east-2: not a product"),
        (LISTED["AmazonDynamoDB", "us-east-2"][1:], "the list has no price for read_request_unit"),
    ],
)
def test_what_cannot_be_used_changes_nothing(run: Run, data: Path, listed: list[str], message: str) -> None:
    data.parent.mkdir()
    before = (Path(load_book.__code__.co_filename).with_name("data") / "prices.json").read_bytes()
    data.write_bytes(before)
    with api({("AmazonDynamoDB", "us-east-2"): listed}) as (url, _):
        code, said = update(run, url)

    assert code == 2
    assert message in said
    assert "the prices stay as they are" in said
    assert data.read_bytes() == before
    assert [item.name for item in data.parent.iterdir()] == ["prices.json"]


def test_a_refusal_is_said_without_secrets(run: Run, data: Path) -> None:
    with api(LISTED, status=400) as (url, _):
        code, said = update(run, url)

    assert code == 2
    assert "AccessDeniedException" in said and "GetProducts" in said
    assert "not-shown" not in said


def test_missing_credentials_are_said(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code, said = update(run, "http://127.0.0.1:1")

    assert (code, "credentials" in said.lower()) == (2, True)


def test_a_profile_is_of_the_api_alone(run: Run, data: Path) -> None:
    done = run("prices", "update", "--profile", "x")

    assert (done.code, "--source api" in done.err) == (2, True)
