"""JSON read forward through a window: what is not wanted is passed over without being decoded or kept.

A plan of hundreds of megabytes repeats every resource up to four times, and only its tables matter. The window grows
only for the value that is being taken; nothing else of the document is in memory.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

import msgspec

from dyncheck.errors import ParseError

WINDOW: Final = 1 << 20
"""Bytes that are read at a time."""

MAX_DEPTH: Final = 500
"""Lists and objects inside of each other."""

UNDECODABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding may raise."""

_LEVELS: Final = 6
"""Levels of lists and objects that one step goes over: a resource in a plan has as many."""

_PLAIN: Final = rb'[^\[\]{}"]++'
_STRING: Final = rb'"(?:[^"\\]++|\\.)*+"'


def _nested(levels: int) -> bytes:
    inner = rb"" if levels == 1 else rb"|" + _nested(levels - 1)
    return rb"[\[{](?:" + _PLAIN + rb"|" + _STRING + inner + rb"){0,256}+[\]}]"


_BLANK: Final = re.compile(rb"[ \t\r\n]*+")
_TEXT: Final = re.compile(_STRING, re.DOTALL)
_SCALAR: Final = re.compile(rb"[-+.\w]++")
_SHALLOW: Final = re.compile(_nested(_LEVELS), re.DOTALL)
"""A list or object of few levels and items; what is larger is gone through level by level."""
_RUN: Final = re.compile(rb"(?:" + _PLAIN + rb"|" + _STRING + rb"|" + _nested(_LEVELS) + rb"){1,512}+", re.DOTALL)


class Position:
    """A line and column, both from 1; columns count code points."""

    def __init__(self, line: int = 1, column: int = 1) -> None:
        self.line = line
        self.column = column

    def after(self, passed: bytes) -> Position:
        """The position behind some UTF-8 text."""
        lines = passed.count(b"\n")
        tail = passed[passed.rfind(b"\n") + 1 :] if lines else passed
        width = len(tail) if tail.isascii() else len(tail.decode("utf-8", "replace"))
        return Position(self.line + lines, (1 if lines else self.column) + width)


class JsonStream:
    """A document that is read once, from its start to its end. Its methods raise ParseError where it is no JSON.

    Whoever goes through ``members`` or ``items`` takes, skips or goes through each value before asking for the next.
    """

    def __init__(self, read: Callable[[int], bytes], path: str, called: str = "JSON") -> None:
        """``called``: what the document should be, for errors."""
        self._read = read
        self._path = path
        self._called = called
        self._buffer = b""
        self._at = 0
        self._mark: int | None = None
        self._anchor = 0
        self._anchored = Position()
        self.key_offset = 0
        """Where the last key of an object begins, in a stream of a text."""

    @classmethod
    def of_file(cls, file: BinaryIO, path: str, called: str = "JSON") -> JsonStream:
        """A file in UTF-8, or in UTF-16 with a byte order mark, which PowerShell redirects into."""
        start = file.read(3)
        if not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            stream = cls(file.read, path, called)
            stream._buffer = start.removeprefix(codecs.BOM_UTF8)
            return stream
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        stream = cls(lambda size: decoder.decode(file.read(size)).encode(), path, called)
        stream._buffer = decoder.decode(start).encode()
        return stream

    @classmethod
    def of_text(cls, text: bytes, at: int = 0) -> JsonStream:
        """A text that was taken from another stream, from an offset on."""
        stream = cls(lambda size: b"", "")
        stream._buffer = text
        stream._at = at
        return stream

    def position(self) -> Position:
        """Where the stream stands."""
        if self._at != self._anchor:
            self._anchored = self._anchored.after(self._buffer[self._anchor : self._at])
            self._anchor = self._at
        return self._anchored

    def offset(self) -> int:
        """Where a stream of a text stands in it."""
        return self._at

    def members(self) -> Iterator[str]:
        """Go through an object, key by key."""
        yield from self._each(b"{", b"}", self._key)

    def items(self) -> Iterator[None]:
        """Go through a list, value by value."""
        yield from self._each(b"[", b"]", lambda: None)

    def take(self) -> bytes:
        """The text of the next value."""
        self._next()
        self._mark = self._at
        try:
            self.skip()
            return self._buffer[self._mark : self._at]
        finally:
            self._mark = None

    def value(self) -> Any:
        """The next value, decoded."""
        return self.decode(self.take())

    def decode(self, text: bytes, shape: Any = Any) -> Any:
        """A text that was just taken as a value of some shape. What the error says does not quote it."""
        try:
            return msgspec.json.decode(text, type=shape)
        except UNDECODABLE as error:
            raise self.error(without_content(error)) from None

    def skip(self) -> None:
        """Pass over the next value."""
        first = self._next()
        if first == b'"':
            self._past(_TEXT)
        elif first in b"[{":
            self._skip_nested()
        else:
            self._skip_scalar()

    def peek(self) -> bytes:
        """The byte with which the next value begins."""
        return self._next()

    def end(self) -> None:
        """Raise ParseError unless nothing is left."""
        self._blank()
        if self._at < len(self._buffer):
            raise self.error("there is text after its end")

    def error(self, message: str) -> ParseError:
        """An error at the place where the stream stands."""
        at = self.position()
        return ParseError(f"not {self._called}: {message}", path=self._path, line=at.line, column=at.column)

    def _each(self, opening: bytes, closing: bytes, before: Callable[[], Any]) -> Iterator[Any]:
        if self._next() != opening:
            raise self.error(f"there is no {'object' if opening == b'{' else 'list'} where one belongs")
        self._at += 1
        if self._next() == closing:
            self._at += 1
            return
        while True:
            yield before()
            if self._next() == closing:
                self._at += 1
                return
            self._expect(b",")

    def _key(self) -> str:
        if self._next() != b'"':
            raise self.error("the JSON is malformed")
        self.key_offset = self._mark = self._at
        self._past(_TEXT)
        text, self._mark = self._buffer[self._mark : self._at], None
        self._expect(b":")
        key = self.decode(text)
        assert isinstance(key, str)
        return key

    def _expect(self, sign: bytes) -> None:
        if self._next() != sign:
            raise self.error("the JSON is malformed")
        self._at += 1

    def _next(self) -> bytes:
        """The next byte that is not blank. Raises ParseError at the end."""
        sign = self._buffer[self._at : self._at + 1]
        if sign > b" ":
            return sign
        self._blank()
        if self._at >= len(self._buffer):
            raise self.error("it breaks off")
        return self._buffer[self._at : self._at + 1]

    def _blank(self) -> None:
        while True:
            found = _BLANK.match(self._buffer, self._at)
            self._at = found.end() if found is not None else self._at
            if self._at < len(self._buffer) or not self._more():
                return

    def _past(self, pattern: re.Pattern[bytes]) -> None:
        """Go behind what matches a pattern, which may reach beyond the window."""
        while (found := pattern.match(self._buffer, self._at)) is None:
            if not self._more():
                raise self.error("it breaks off")
        self._at = found.end()

    def _skip_scalar(self) -> None:
        while True:
            found = _SCALAR.match(self._buffer, self._at)
            if found is None:
                raise self.error("the JSON is malformed")
            if found.end() < len(self._buffer) or not self._more():
                self._at = found.end()
                return

    def _skip_nested(self) -> None:
        found = _SHALLOW.match(self._buffer, self._at)
        if found is not None:
            self._at = found.end()
            return
        depth = 0
        while True:
            sign = self._buffer[self._at : self._at + 1]
            run = _RUN.match(self._buffer, self._at) if depth else None
            if run is not None:
                self._at = run.end()
            elif sign and sign in b"[{":
                self._at += 1
                depth += 1
                if depth > MAX_DEPTH:
                    raise self.error("it is nested too deeply")
            elif sign and sign in b"]}":
                self._at += 1
                depth -= 1
                if depth == 0:
                    return
            elif not self._more():
                raise self.error("it breaks off")

    def _more(self) -> bool:
        """Read on, and forget what is behind; whether there is more."""
        keep = self._at if self._mark is None else self._mark
        chunk = self._read(max(WINDOW, len(self._buffer) - keep))
        if not chunk:
            return False
        if self._anchor < keep:
            self._anchored = self._anchored.after(self._buffer[self._anchor : keep])
            self._anchor = keep
        self._buffer = self._buffer[keep:] + chunk
        self._at -= keep
        self._anchor -= keep
        if self._mark is not None:
            self._mark -= keep
        return True


def without_content(error: Exception) -> str:
    """What a decoder complains of, without anything of the text that it read."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, msgspec.ValidationError):
        return str(error).split(" - at", 1)[0]
    return "the JSON is malformed" if "truncated" not in str(error) else "it breaks off"
