"""JSON read through a window: whatever the window's size, what is taken is what a decoder of the whole would give."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.errors import ParseError
from dyncheck.parsers import json_stream as module
from dyncheck.parsers.json_stream import JsonStream, Position

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=40
)
DOCUMENTS = st.dictionaries(st.text(), VALUES, max_size=6)


def in_pieces(text: bytes, size: int) -> JsonStream:
    """A stream that is given a text in pieces of a size, whatever it asks for."""
    file = io.BytesIO(text)
    return JsonStream(lambda wanted: file.read(size), "plan.json")


def taken(stream: JsonStream, every: Callable[[int], bool]) -> dict[str, Any]:
    """The members of an object of which the numbers are chosen; the others are passed over."""
    found = {}
    for number, key in enumerate(stream.members()):
        if every(number):
            found[key] = stream.value()
        else:
            stream.skip()
    stream.end()
    return found


@given(DOCUMENTS, st.integers(1, 40), st.sampled_from([None, 1, 2]), st.booleans())
def test_what_is_taken_is_what_is_written_and_what_is_skipped_leaves_nothing_behind(
    document: dict[str, Any], size: int, indent: int | None, is_ascii: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=is_ascii).encode()
    keys = list(document)

    assert taken(in_pieces(text, size), lambda number: True) == document
    assert taken(in_pieces(text, size), lambda number: number % 2 == 0) == {key: document[key] for key in keys[::2]}


@given(st.lists(VALUES, max_size=5), st.integers(1, 20))
def test_items_are_gone_through_one_by_one(items: list[Any], size: int) -> None:
    stream = in_pieces(json.dumps(items).encode(), size)

    assert [stream.value() for _ in stream.items()] == items


@given(DOCUMENTS, st.integers(1, 20), st.data())
def test_a_document_that_breaks_off_anywhere_is_an_error(
    document: dict[str, Any], size: int, data: st.DataObject
) -> None:
    text = json.dumps(document).encode()
    end = data.draw(st.integers(0, len(text) - 1))

    with pytest.raises(ParseError):
        taken(in_pieces(text[:end], size), lambda number: number % 2 == 0)


@given(st.text(alphabet='a"é\n\r😀 ', max_size=40), st.integers(1, 10))
def test_positions_count_lines_and_code_points(text: str, cut: int) -> None:
    passed = text[: max(len(text) - cut, 0)]
    last_line = passed.split("\n")[-1]

    at = Position().after(passed.encode())

    assert (at.line, at.column) == (passed.count("\n") + 1, len(last_line) + 1)


@given(DOCUMENTS, st.integers(1, 30))
def test_the_stream_knows_its_position_whatever_it_has_forgotten(document: dict[str, Any], size: int) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "replace")
    stream = in_pieces(text, size)

    for _ in stream.members():
        stream.peek()
        at = stream.position()
        value = stream.take()
        line = text.decode().split("\n")[at.line - 1]
        assert line[at.column - 1 :].startswith(value.decode().split("\n")[0])


@pytest.mark.parametrize("items", [10, 1_000, 100_000])
def test_only_a_window_of_the_document_is_kept(items: int) -> None:
    text = ('{"skipped": [' + ", ".join(["[1, {}]"] * items) + '], "taken": 1}').encode()
    file = io.BytesIO(text)
    stream = JsonStream(lambda size: file.read(512), "plan.json")
    kept = []

    for _ in stream.members():
        stream.skip()
        kept.append(len(stream._buffer))

    assert max(kept) < 2_000


def test_a_value_that_is_nested_without_end_is_refused_where_it_becomes_too_deep() -> None:
    text = b'{"a": ' + b"[" * 10_000

    with pytest.raises(ParseError, match="nested too deeply") as caught:
        taken(in_pieces(text, 64), lambda number: False)

    assert (caught.value.line, caught.value.column) == (1, 7 + module.MAX_DEPTH + 1)


@pytest.mark.parametrize(
    "text", ["", "[]", "{]", '{"a" 1}', '{"a": }', '{"a": 1 "b": 2}', "{1: 2}", '{"a": 1,}', "{} {}"]
)
def test_what_is_no_object_is_an_error(text: str) -> None:
    with pytest.raises(ParseError):
        taken(in_pieces(text.encode(), 3), lambda number: True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_shells_write_are_read(encoding: str) -> None:
    file = io.BytesIO('{"ä": "😀"}'.encode(encoding))

    assert taken(JsonStream.of_file(file, "plan.json"), lambda number: True) == {"ä": "😀"}
