"""YAML as Terraform reads and writes it: YAML 1.2's numbers with YAML 1.1's booleans, keys always strings.

Built from the parser's events in one pass without recursion, so that neither nesting nor aliases (which may multiply
a small text into billions of elements) cost more than a bound.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, Final

from dyncheck.parsers.terraform.convert import format_number, to_string, whole
from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import MAX_ELEMENTS, MAX_TEXT, TOO_LARGE, Invalid, invalid, text_size

_MAX_INPUT: Final = 4 << 20
_MAX_NESTING: Final = 100
_MAX_NODES: Final = 10 * MAX_ELEMENTS

_TAG: Final = "tag:yaml.org,2002:"
_TRUE: Final = frozenset(["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"])
_FALSE: Final = frozenset(["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"])
_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_INTEGER: Final = re.compile(r"[-+]?(?:(?P<octal>0o[0-7]{1,120})|(?P<hex>0x[0-9a-fA-F]{1,120})|\d{1,300})", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TIMESTAMP: Final = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?(Z|[-+]\d\d:\d\d))"
    r"| (\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?)?",
    re.ASCII,
)
_UNREADABLE: Final = object()


def decode(text: str) -> Any:
    """The value of a YAML text."""
    import yaml

    if len(text) > _MAX_INPUT:
        return TOO_LARGE
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
            if builder.failure is not None:
                return builder.failure
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        return invalid(f"yamldecode: {getattr(error, 'problem', None) or 'not YAML'}{where}")
    return builder.value if builder.documents == 1 else invalid("yamldecode: one document is required")


class _Frame:
    """A collection that is being read: its key that waits for a value, its anchor, its nodes so far."""

    def __init__(self, value: list[Any] | dict[str, Any], anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: str | None = None
        self.merges = False
        self.nodes = 1


class _Builder:
    """Data from a stream of events."""

    def __init__(self) -> None:
        self.value: Any = None
        self.documents = 0
        self.failure: Invalid | Any = None
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            plain = event.style in (None, "")
            value = _scalar(event.value, event.tag, plain=plain)
            if value is _UNREADABLE:
                self.failure = invalid(f"yamldecode: {event.value[:40]!r} has no value here")
            elif plain and event.tag is None and event.value == "<<" and self._expects_key():
                self._frames[-1].merges = True
            else:
                self._place(value, event.anchor, 1)
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            expected = "seq" if kind == "SequenceStartEvent" else "map"
            if len(self._frames) >= _MAX_NESTING:
                self.failure = TOO_LARGE
            elif event.tag not in (None, "!", _TAG + expected) or self._expects_key():
                self.failure = invalid("yamldecode: a tag or key is not supported")
            else:
                self._frames.append(_Frame([] if expected == "seq" else {}, event.anchor))
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            frame = self._frames.pop()
            self._place(frame.value, frame.anchor, frame.nodes)
        elif kind == "AliasEvent":
            if event.anchor in self._anchors:
                self._place(*self._anchors[event.anchor][:1], None, self._anchors[event.anchor][1])
            else:
                self.failure = invalid(f"yamldecode: the alias {event.anchor[:40]!r} has no complete anchor")
        elif kind == "DocumentStartEvent":
            self.documents += 1

    def _expects_key(self) -> bool:
        frame = self._frames[-1] if self._frames else None
        return frame is not None and isinstance(frame.value, dict) and frame.key is None and not frame.merges

    def _place(self, value: Any, anchor: str | None, nodes: int) -> None:
        """Put a complete value where it belongs."""
        if anchor is not None:
            self._anchors[anchor] = (value, nodes)
        if not self._frames:
            self.value = value
            return
        frame = self._frames[-1]
        frame.nodes += nodes
        if frame.nodes > _MAX_NODES:
            self.failure = TOO_LARGE
        elif isinstance(frame.value, list):
            frame.value.append(value)
        elif frame.merges:
            frame.merges = False
            for mapping in value if isinstance(value, list) else [value]:
                if isinstance(mapping, dict):
                    frame.value.update(mapping)
                else:
                    self.failure = invalid("yamldecode: only maps can be merged")
        elif frame.key is None:
            key = to_string(value)
            if isinstance(key, str):
                frame.key = key
            else:
                self.failure = invalid("yamldecode: a key must be a string")
        else:
            frame.value[frame.key] = value
            frame.key = None


def _scalar(text: str, tag: str | None, *, plain: bool) -> Any:
    if tag is None or tag == "!":
        return _resolve(text) if plain and tag is None else text
    name = tag.removeprefix(_TAG)
    if name == "str":
        return text
    if name == "null":
        return None
    if name == "binary":
        return "".join(text.split())
    if name in ("int", "float", "bool", "timestamp") and tag != name:
        return _resolve(text)
    return _UNREADABLE


def _resolve(text: str) -> Any:
    """What a plain scalar stands for."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    integer = _INTEGER.fullmatch(text)
    if integer is not None:
        return int(text, 8 if integer["octal"] else 16 if integer["hex"] else 10)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return whole(number) if abs(number) != float("inf") else _UNREADABLE
    if _NOT_FINITE.fullmatch(text):
        return _UNREADABLE
    moment = _TIMESTAMP.fullmatch(text)
    return text if moment is None else _timestamp(moment, text)


def _timestamp(match: re.Match[str], text: str) -> str:
    """A date or time in RFC 3339 without fractions of a second."""
    year, month, day, *rest = match.groups()
    hour, minute, second = (int(part or 0) for part in (rest[:3] if rest[0] else rest[4:7]))
    try:
        moment = datetime(int(year), int(month), int(day), hour, minute, second)
    except ValueError:
        return text
    return moment.isoformat() + (rest[3] or "Z")


def encode(value: Any) -> Any:
    """A known value as YAML: keys sorted, strings quoted, several lines as a block."""
    if text_size(value) > MAX_TEXT:
        return TOO_LARGE
    text = "\n".join(_lines(value)) + "\n"
    return text if len(text) <= MAX_TEXT else TOO_LARGE


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict) and value:
        lines = []
        for key in sorted(value):
            item = value[key]
            inner = _lines(item)
            if isinstance(item, list) and item:
                lines += [f"{_quoted(key)}:", *inner]
            elif isinstance(item, dict) and item:
                lines += [f"{_quoted(key)}:", *("  " + line for line in inner)]
            else:
                lines += [f"{_quoted(key)}: {inner[0]}", *("  " + line if line else line for line in inner[1:])]
        return lines
    if isinstance(value, list) and value:
        return [
            ("- " if position == 0 else "  ") + line for item in value for position, line in enumerate(_lines(item))
        ]
    if isinstance(value, (dict, list)):
        return ["{}" if isinstance(value, dict) else "[]"]
    if isinstance(value, str):
        return _block(value) if "\n" in value and value.strip("\n") else [_quoted(value)]
    return [json.dumps(value) if value is None or isinstance(value, bool) else format_number(value)]


def _block(text: str) -> list[str]:
    mark = "|-" if not text.endswith("\n") else "|+" if text.endswith("\n\n") else "|"
    return [mark, *text.removesuffix("\n").split("\n")]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


TABLE: Final[dict[str, Function]] = {
    "yamldecode": Function(decode, "s"),
    "yamlencode": Function(encode, "A"),
}
