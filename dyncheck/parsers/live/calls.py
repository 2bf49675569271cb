"""The calls of a record, decoded on demand; what is missing or failed is unknown, with operation and code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from dyncheck.parsers.live.operations import OPERATIONS
from dyncheck.parsers.live.records import Call, CallError
from dyncheck.parsers.live.services import RESPONSES
from dyncheck.values import Unknown, unknown

_DECODERS: Final = {operation: msgspec.json.Decoder(kind) for operation, kind in RESPONSES.items()}

_GONE: Final = frozenset({"ResourceNotFoundException", "TableNotFoundException"})


class FieldError(Exception):
    """A field of a response that has the wrong type or is missing; ``field`` is its path in the record."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class Calls:
    """The calls of one record, by operation, Region and the parameters that tell them apart."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._calls: dict[tuple[str, str | None], list[tuple[int, Call]]] = {}
        for position, call in enumerate(calls):
            self._calls.setdefault((call.operation, call.region), []).append((position, call))

    def answer(self, operation: str, *, region: str | None = None, **parameters: Any) -> Any:
        """The decoded response of the call whose parameters include the given ones.

        None where AWS says that there is none; Unknown where the call failed or was never made. Raises FieldError.
        """
        for position, call in self._calls.get((operation, region), ()):
            if all(call.parameters.get(name) == value for name, value in parameters.items()):
                return _decoded(position, call)
        return unknown(f"{operation} was not called")

    def answers(self, operation: str) -> Iterator[tuple[Call, Any]]:
        """Every call of an operation in the record's own Region, with its response as :meth:`answer` gives it."""
        for position, call in self._calls.get((operation, None), ()):
            yield call, _decoded(position, call)

    def failures(self) -> Iterator[Call]:
        """The calls that failed, in order."""
        found = [item for calls in self._calls.values() for item in calls if _failed(item[1])]
        return (call for _, call in sorted(found, key=lambda item: item[0]))


def checked(call: Call) -> Call:
    """A call whose response is not what AWS answers, as one that failed: a proxy may have spoken in AWS's place."""
    if call.error is not None or call.operation not in _DECODERS:
        return call
    try:
        _decoded(0, call)
    except FieldError as error:
        field = error.field.removeprefix("calls[0].")
        return msgspec.structs.replace(call, error=CallError("InvalidResponse", f"{field}: {error.message}"))
    return call


def read(answer: Any, part: Callable[[Any], Any], *, absent: Any = None) -> Any:
    """A part of an answer; ``absent`` where AWS says that there is none, Unknown where there is no answer."""
    if isinstance(answer, Unknown):
        return answer
    return absent if answer is None else part(answer)


def is_gone(call: Call) -> bool:
    """Whether a call failed because its table does not exist (any more)."""
    return call.error is not None and call.error.code in _GONE


def reason(call: Call) -> str:
    """Why the values of a failed call are unknown: ``AccessDeniedException: dynamodb:DescribeTimeToLive``."""
    return f"{call.error.code}: {call.operation}" if call.error is not None else f"{call.operation} has no answer"


def _failed(call: Call) -> bool:
    operation = OPERATIONS.get(call.operation)
    return call.error is not None and not (operation and call.error.code in operation.absent)


def _decoded(position: int, call: Call) -> Any:
    if call.error is not None:
        return unknown(reason(call)) if _failed(call) else None
    try:
        return _DECODERS[call.operation].decode(call.response)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise FieldError(f"calls[{position}].response{path.rstrip('`')}", plainly(message)) from None
    except UnicodeDecodeError:
        raise FieldError(f"calls[{position}].response", "is not UTF-8") from None


def plainly(message: str) -> str:
    """What a decoder says, in the terms of JSON."""
    message = re.sub(r"^Object missing required field `(.*)`$", r"the field \1 is missing", message)
    return re.sub(r"^Expected `(.*?)`, got `(.*?)`$", r"must be \1, this is \2", message).replace("`", "")
