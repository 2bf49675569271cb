"""Faults between a client and AWS, put in by botocore's own event hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest


class Fault(msgspec.Struct, frozen=True):
    """What happens to a call of an operation (``dynamodb.DescribeTable``) whose body contains a text, in a Region.

    ``code``: the error code that AWS answers with; ``raises``: makes the exception of a broken connection instead;
    ``text``: a whole answer. ``after``: so many calls go through first; ``times``: so many fail then, None for all.
    """

    operation: str
    code: str = ""
    body: str = ""
    region: str = ""
    status: int = 400
    raises: Callable[[], Exception] | None = None
    text: str | None = None
    after: int = 0
    times: int | None = None


_JSON = '{"__type": "%s", "message": "as the test wants it"}'
_XML = "<ErrorResponse><Error><Code>%s</Code><Message>as the test wants it</Message></Error></ErrorResponse>"


def denied(operation: str, body: str = "", region: str = "") -> Fault:
    return Fault(operation, "AccessDeniedException", body, region)


class _Raw:
    """A body as a connection would hand it over."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content

    def read(self, *_: Any) -> bytes:
        return self._content


def inject(monkeypatch: pytest.MonkeyPatch, *faults: Fault) -> list[str]:
    """Put faults into every session that is made from now on; the list grows with each operation that is called."""
    import boto3

    called: list[str] = []
    seen: dict[int, int] = {}
    original = boto3.Session

    def answer(request: Any, event_name: str, **_: Any) -> Any:
        operation = event_name.removeprefix("before-send.")
        called.append(operation)
        content = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        for number, fault in enumerate(faults):
            scope = str(request.headers.get("Authorization", ""))
            if fault.operation != operation or fault.body.encode() not in content or fault.region not in scope:
                continue
            seen[number] = seen.get(number, 0) + 1
            failures = seen[number] - fault.after
            if failures > 0 and (fault.times is None or failures <= fault.times):
                return _answer(fault, request)
        return None

    def session(*args: Any, **kwargs: Any) -> Any:
        made = original(*args, **kwargs)
        made.events.register("before-send", answer)
        return made

    monkeypatch.setattr(boto3, "Session", session)
    return called


def _answer(fault: Fault, request: Any) -> Any:
    from botocore.awsrequest import AWSResponse

    if fault.raises is not None:
        raise fault.raises()
    text = fault.text or (_XML if fault.operation.startswith("sts.") else _JSON) % fault.code
    status = 200 if fault.text is not None else fault.status
    headers = {"x-amzn-RequestId": "1", "x-amzn-errortype": fault.code}
    return AWSResponse(request.url, status, headers, _Raw(text.encode()))
