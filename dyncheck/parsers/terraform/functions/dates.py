"""Date and time functions over RFC 3339 timestamps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import invalid

_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DURATION: Final = re.compile(r"[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|us|µs|μs|ns|m|s))+|[+-]?0", re.ASCII)
_UNIT: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|μs|ns|m|s)", re.ASCII)
_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}


def _parse(text: str) -> datetime:
    if _TIMESTAMP.fullmatch(text) is None:
        raise ValueError(f"{text[:40]!r} is no RFC 3339 timestamp")
    return datetime.fromisoformat(text.upper())


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _time_add(timestamp: str, duration: str) -> Any:
    moment = _parse(timestamp)
    if len(duration) > 100 or _DURATION.fullmatch(duration) is None:
        return invalid(f"{duration[:40]!r} is no duration")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _UNIT.findall(duration))
    return _rfc3339(moment + timedelta(seconds=-seconds if duration.startswith("-") else seconds))


def _time_compare(left: str, right: str) -> int:
    first, second = _parse(left), _parse(right)
    return (first > second) - (first < second)


_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _offset(moment: datetime, separator: str) -> str:
    offset = moment.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{separator}{abs(minutes) % 60:02d}"


def _zone(moment: datetime, separator: str, utc: str) -> str:
    return _offset(moment, separator) if moment.utcoffset() else utc


_SEQUENCES: Final[dict[str, Callable[[datetime], str]]] = {
    "YYYY": lambda moment: f"{moment.year:04d}",
    "YY": lambda moment: f"{moment.year % 100:02d}",
    "MMMM": lambda moment: _MONTHS[moment.month - 1],
    "MMM": lambda moment: _MONTHS[moment.month - 1][:3],
    "MM": lambda moment: f"{moment.month:02d}",
    "M": lambda moment: str(moment.month),
    "DD": lambda moment: f"{moment.day:02d}",
    "D": lambda moment: str(moment.day),
    "EEEE": lambda moment: _DAYS[moment.weekday()],
    "EEE": lambda moment: _DAYS[moment.weekday()][:3],
    "hh": lambda moment: f"{moment.hour:02d}",
    "h": lambda moment: str(moment.hour),
    "HH": lambda moment: f"{(moment.hour + 11) % 12 + 1:02d}",
    "H": lambda moment: str((moment.hour + 11) % 12 + 1),
    "AA": lambda moment: "AM" if moment.hour < 12 else "PM",
    "aa": lambda moment: "am" if moment.hour < 12 else "pm",
    "mm": lambda moment: f"{moment.minute:02d}",
    "m": lambda moment: str(moment.minute),
    "ss": lambda moment: f"{moment.second:02d}",
    "s": lambda moment: str(moment.second),
    "ZZZZZ": lambda moment: _offset(moment, ":"),
    "ZZZZ": lambda moment: _offset(moment, ""),
    "ZZZ": lambda moment: _zone(moment, "", "UTC"),
    "Z": lambda moment: _zone(moment, ":", "Z"),
}
_TOKEN: Final = re.compile(r"'(?:[^']|'')*'|'|([A-Za-z])\1*|[^A-Za-z']+")


def _format_date(spec: str, timestamp: str) -> Any:
    moment = _parse(timestamp)
    out = []
    for match in _TOKEN.finditer(spec):
        token = match.group()
        if token == "'":
            return invalid("a quoted part of the format is not closed")
        if token.startswith("'"):
            out.append(token[1:-1].replace("''", "'"))
        elif token[0].isascii() and token[0].isalpha():
            sequence = _SEQUENCES.get(token)
            if sequence is None:
                return invalid(f"there is no date format sequence {token[:20]!r}")
            out.append(sequence(moment))
        else:
            out.append(token)
    return "".join(out)


TABLE: Final[dict[str, Function]] = {
    "formatdate": Function(_format_date, "ss"),
    "timeadd": Function(_time_add, "ss"),
    "timecmp": Function(_time_compare, "ss"),
}
