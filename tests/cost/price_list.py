"""Offer files in the shape of AWS's Price List, and a local server that hands them out."""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Price = tuple[dict[str, str], str, list[tuple[str, str]]]
"""Attributes, product family, and tiers as (beginRange, US dollars)."""


def throughput(operation: str, group: str, usage: str, *tiers: tuple[str, str]) -> Price:
    return {"operation": operation, "group": group, "usagetype": usage}, "Amazon DynamoDB PayPerRequest", list(tiers)


def usage(usagetype: str, *tiers: tuple[str, str], family: str = "Database Storage") -> Price:
    return {"usagetype": usagetype}, family, list(tiers)


REQUEST, COMMITTED = "PayPerRequestThroughput", "CommittedThroughput"

US_EAST_2: list[Price] = [
    throughput(REQUEST, "DDB-ReadUnits", "USE2-ReadRequestUnits", ("0", "0.0000001250")),
    throughput(REQUEST, "DDB-WriteUnits", "USE2-WriteRequestUnits", ("0", "0.0000006250")),
    throughput(REQUEST, "DDB-WriteUnitsIA", "USE2-IA-WriteRequestUnits", ("0", "0.0000007800")),
    throughput(REQUEST, "DDB-ReplicatedWriteUnits", "USE2-ReplWriteRequestUnits", ("0", "0.0000006250")),
    throughput(
        COMMITTED, "DDB-ReadUnits", "USE2-ReadCapacityUnit-Hrs", ("0", "0.0000000000"), ("18600", "0.0001300000")
    ),
    throughput(COMMITTED, "DDB-WriteUnits", "USE2-WriteCapacityUnit-Hrs", ("18600", "0.0006500000"), ("0", "0.0")),
    usage("USE2-TimedStorage-ByteHrs", ("0", "0.0000000000"), ("25", "0.3000000000")),
    usage("USE2-IA-TimedStorage-ByteHrs", ("0", "0.1000000000")),
    usage("USE2-TimedPITRStorage-ByteHrs", ("0", "0.2000000000")),
    usage("USE2-IA-TimedPITRStorage-ByteHrs", ("0", "0.9900000000")),
    usage("USE2-DataTransfer-Out-Bytes", ("0", "0.0900000000"), family="Data Transfer"),
]


def offer(prices: list[Price], region: str, *, code: str = "AmazonDynamoDB", published: str = "2026-10-11") -> bytes:
    """An offer file of a service and Region."""
    products: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    for number, (attributes, family, tiers) in enumerate(prices):
        sku = f"SKU{number:013}"
        products[sku] = {
            "sku": sku,
            "productFamily": family,
            "attributes": {"servicecode": code, "location": "somewhere", "regionCode": region, **attributes},
        }
        offer_term = f"{sku}.JRTCKXETXF"
        terms[sku] = {
            offer_term: {
                "offerTermCode": "JRTCKXETXF",
                "sku": sku,
                "effectiveDate": "2026-10-01T00:00:00Z",
                "priceDimensions": {
                    f"{offer_term}.{tier}": {
                        "rateCode": f"{offer_term}.{tier}",
                        "description": f"{amount} per unit",
                        "beginRange": begins,
                        "endRange": "Inf",
                        "unit": "unit",
                        "pricePerUnit": {"USD": amount},
                        "appliesTo": [],
                    }
                    for tier, (begins, amount) in enumerate(tiers)
                },
                "termAttributes": {},
            }
        }
    document = {
        "formatVersion": "v1.0",
        "disclaimer": "This pricing list is for informational purposes only.",
        "offerCode": code,
        "version": "20261011000000",
        "publicationDate": f"{published}T12:44:22Z",
        "products": products,
        "terms": {"OnDemand": terms, "Reserved": {}},
    }
    return json.dumps(document).encode()


@contextmanager
def served(files: dict[str, bytes]) -> Iterator[str]:
    """The address of a server on this machine that has these files, by path, and nothing else."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with _running(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


@contextmanager
def answered(answer: bytes) -> Iterator[str]:
    """The address of a server on this machine that answers everything with these bytes, and hangs up."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answer)

    with _running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


@contextmanager
def _running(server: socketserver.TCPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def path(region: str, code: str = "AmazonDynamoDB") -> str:
    return f"/offers/v1.0/aws/{code}/current/{region}/index.json"
