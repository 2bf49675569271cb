"""The comments of a pull request, through an API that answers as it likes."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dyncheck.errors import DyncheckError
from dyncheck.github.api import GitHub
from tests.integrations.conftest import Comments

MARK = "<!-- dyncheck:dyncheck -->"
Serve = Callable[[bytes], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answer every request with the same bytes; gives the address."""
    servers = []

    def go(answer: bytes) -> str:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.recv(65_536)
                self.request.sendall(answer)

        server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield go
    for server in servers:
        server.shutdown()
        server.server_close()


def put(address: str, *, repository: str = "owner/app", token: str = "ghs_test") -> None:
    GitHub(address, repository, 7, token).put_comment(f"{MARK}\nnew")


def by(kind: str, number: int, body: str, association: str = "NONE") -> dict[str, Any]:
    return {"id": number, "user": {"type": kind}, "author_association": association, "body": body}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 403 rate limit exceeded\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\n\r\n<html>",
        b'HTTP/1.1 200 OK\r\n\r\n["text"]',
        b'HTTP/1.1 200 OK\r\n\r\n[{"body": "' + MARK.encode() + b'", "user": {"type": "Bot"}}]',
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 200_000,
    ],
)
def test_an_answer_that_is_of_no_use_is_an_error_of_one_kind(answer: bytes, serve: Serve) -> None:
    with pytest.raises(DyncheckError, match="GitHub"):
        put(serve(answer))


@pytest.mark.parametrize(
    "arguments",
    [
        {"address": "http://127.0.0.1:1"},
        {"address": "http://127.0.0.1:x"},
        {"address": "http://"},
        {"address": "file:///etc/passwd"},
        {"address": "http://127.0.0.1:1", "repository": "o wner/app"},
        {"address": "http://127.0.0.1:1", "token": "ghs_one\nghs_two"},
        {"address": "http://127.0.0.1:1", "token": "ghs_€"},
    ],
)
def test_a_request_that_cannot_be_made_is_an_error_that_holds_no_token(arguments: dict[str, str]) -> None:
    with pytest.raises(DyncheckError) as caught:
        put(**arguments)
    assert "ghs_" not in str(caught.value)


def test_no_token_goes_where_an_answer_leads_to(api: tuple[Comments, str], serve: Serve) -> None:
    comments, address = api
    with pytest.raises(DyncheckError):
        put(serve(f"HTTP/1.1 302 Found\r\nLocation: {address}/page=1\r\nContent-Length: 0\r\n\r\n".encode()))
    assert comments.calls == [("GET", "/page=1")]
    assert comments.tokens == [None]


def test_a_comment_of_a_bot_is_written_over_rather_than_a_quote_of_it(api: tuple[Comments, str]) -> None:
    comments, address = api
    quote = by("User", 1, f"{MARK}\nas it said", "MEMBER")
    others = [by("User", 100 + number, "x") for number in range(150)]
    comments.stored += [quote, *others, by("Bot", 2, f"{MARK}\nold"), by("User", 3, f"> {MARK}", "OWNER")]
    before = [dict(item) for item in comments.stored]
    put(address)
    changed = [item for item, old in zip(comments.stored, before, strict=True) if item != old]
    assert changed == [by("Bot", 2, f"{MARK}\nnew")]


def test_the_comment_of_a_person_who_may_write_is_found_again(api: tuple[Comments, str]) -> None:
    """A token of a person writes in their name."""
    comments, address = api
    comments.stored += [by("User", 1, f"{MARK}\nplanted"), by("User", 2, f"{MARK}\nold", "MEMBER")]
    put(address)
    assert [item["body"] for item in comments.stored] == [f"{MARK}\nplanted", f"{MARK}\nnew"]


def test_a_comment_whose_author_is_gone_or_that_has_no_text_is_passed_over(api: tuple[Comments, str]) -> None:
    comments, address = api
    comments.stored += [{"id": 1, "user": None, "body": MARK}, {"id": 2, "user": {"type": "Bot"}, "body": None}]
    put(address)
    assert len(comments.stored) == 3
    assert json.dumps(comments.calls[-1]) == json.dumps(["POST", "/repos/owner/app/issues/7/comments"])
