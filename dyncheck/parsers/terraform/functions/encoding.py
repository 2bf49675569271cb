"""Encoding functions: JSON as Terraform writes it, base64, character sets, URLs, CSV."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from dyncheck.parsers.terraform.convert import format_number, whole
from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import MAX_TEXT, TOO_LARGE, TypedList, invalid, text_size
from dyncheck.values import Unknown

_MAX_INPUT: Final = 4 << 20

# --- JSON --------------------------------------------------------------------------------------------------------

_HTML: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_HTML_UNSAFE: Final = re.compile("[<>&\u2028\u2029\b\f\x7f]")
_SHORT_ESCAPES: Final = {"\\b": "\\u0008", "\\f": "\\u000c"}
_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-f]{4}|.)")


def _json_string(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    if _HTML_UNSAFE.search(text) is None:
        return quoted
    quoted = _ESCAPE.sub(lambda match: _SHORT_ESCAPES.get(match.group(), match.group()), quoted)
    for char, escaped in _HTML.items():
        quoted = quoted.replace(char, escaped)
    return quoted


def json_encode(value: Any) -> Any:
    """A known value as JSON: keys sorted, no blanks, ``<``, ``>`` and ``&`` escaped, as Go writes it."""
    if text_size(value) > MAX_TEXT:
        return TOO_LARGE
    out: list[str] = []
    size = 0
    stack: list[tuple[Any, int]] = [(value, 0)]
    # A stack of what is still to be written: values, or punctuation (depth -1).
    while stack:
        item, depth = stack.pop()
        if depth < 0:
            text = item
        elif isinstance(item, dict):
            pending: list[tuple[Any, int]] = [("{", -1)]
            for position, key in enumerate(sorted(item)):
                pending += ((("," if position else "") + _json_string(key) + ":", -1), (item[key], depth + 1))
            stack.extend(reversed([*pending, ("}", -1)]))
            continue
        elif isinstance(item, list):
            pending = [("[", -1)]
            for position, element in enumerate(item):
                pending += ((",", -1), (element, depth + 1)) if position else ((element, depth + 1),)
            stack.extend(reversed([*pending, ("]", -1)]))
            continue
        elif isinstance(item, str):
            text = _json_string(item)
        elif item is None or isinstance(item, bool):
            text = json.dumps(item)
        else:
            text = format_number(item)
        out.append(text)
        size += len(text)
        if size > MAX_TEXT:
            return TOO_LARGE
    return "".join(out)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _json_float(text: str) -> int | float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return whole(number)


def _json_int(text: str) -> int:
    if len(text) > 400:
        raise ValueError("a number is too large")
    return int(text)


def json_decode(text: str) -> Any:
    """The value that a JSON text holds."""
    if len(text) > _MAX_INPUT:
        return TOO_LARGE
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_json_float, parse_int=_json_int)
    except json.JSONDecodeError as error:
        return invalid(f"jsondecode: {error.msg} in line {error.lineno}")


# --- base64, text encodings, URLs, CSV ---------------------------------------------------------------------------


def _base64_decode(text: str) -> Any:
    import base64

    content = base64.b64decode(text, validate=True)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return invalid("the result is not UTF-8")


def _base64_encode(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode("ascii")


def _base64_gzip(text: str) -> Unknown:
    # The compressed bytes depend on the compressor; nothing that is checked hangs on them.
    return Unknown(frozenset({"base64gzip()"}))


def _base64_gunzip(text: str) -> Any:
    import base64
    import zlib

    decompressor = zlib.decompressobj(wbits=31)
    try:
        content = decompressor.decompress(base64.b64decode(text, validate=True), MAX_TEXT + 1)
    except zlib.error:
        return invalid("the content is not gzip")
    return TOO_LARGE if len(content) > MAX_TEXT else content.decode("utf-8")


def _codec(encoding: str) -> str | None:
    import codecs

    try:
        # Python's own codecs that are no character sets (rot13, zip) must not be reached.
        info = codecs.lookup(encoding)
    except (LookupError, ValueError):
        return None
    return (
        info.name
        if getattr(info, "_is_text_encoding", False) and info.name.replace("-", "_") not in _NO_CHARSETS
        else None
    )


_NO_CHARSETS: Final = frozenset(
    {"unicode_escape", "raw_unicode_escape", "undefined", "idna", "punycode", "mbcs", "oem"}
)
_BYTE_ORDERED: Final = {"utf-16": "utf-16-be"}


def _text_encode(text: str, encoding: str) -> Any:
    import base64

    codec = _codec(encoding)
    if codec is None:
        return invalid(f"{encoding[:40]!r} is no known encoding")
    return base64.b64encode(text.encode(_BYTE_ORDERED.get(codec, codec))).decode("ascii")


def _text_decode(text: str, encoding: str) -> Any:
    import base64

    codec = _codec(encoding)
    if codec is None:
        return invalid(f"{encoding[:40]!r} is no known encoding")
    return base64.b64decode(text, validate=True).decode(codec)


def _url_encode(text: str) -> str:
    from urllib.parse import quote_plus

    return quote_plus(text, safe="")


def _url_decode(text: str) -> str:
    from urllib.parse import unquote_plus

    return unquote_plus(text, errors="strict")


def _csv_decode(text: str) -> Any:
    import csv
    import io

    if len(text) > _MAX_INPUT:
        return TOO_LARGE
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        return invalid(f"csvdecode: {error}")
    if not rows:
        return invalid("csvdecode: a header is required")
    header, *records = rows
    if len(set(header)) != len(header):
        return invalid("csvdecode: a column name is repeated")
    if any(len(record) != len(header) for record in records):
        return invalid("csvdecode: a row has another number of fields than the header")
    return TypedList(dict(zip(header, record, strict=True)) for record in records)


TABLE: Final[dict[str, Function]] = {
    "base64decode": Function(_base64_decode, "s"),
    "base64encode": Function(_base64_encode, "s"),
    "base64gunzip": Function(_base64_gunzip, "s"),
    "base64gzip": Function(_base64_gzip, "s"),
    "csvdecode": Function(_csv_decode, "s"),
    "jsondecode": Function(json_decode, "s"),
    "jsonencode": Function(json_encode, "A"),
    "textdecodebase64": Function(_text_decode, "ss"),
    "textencodebase64": Function(_text_encode, "ss"),
    "urldecode": Function(_url_decode, "s"),
    "urlencode": Function(_url_encode, "s"),
}
