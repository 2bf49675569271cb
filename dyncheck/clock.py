"""The time, which only the edges of the program ask for."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from typing import Final

from dyncheck.errors import ConfigError

SOURCE_DATE_EPOCH: Final = "SOURCE_DATE_EPOCH"
"""The variable that fixes the date, in seconds since 1970 (https://reproducible-builds.org/specs/source-date-epoch/)."""


def now(environment: Mapping[str, str]) -> int:
    """Seconds since 1970, or those that ``SOURCE_DATE_EPOCH`` says. Raises ConfigError when that is no time."""
    return int(_moment(environment).timestamp())


def today(environment: Mapping[str, str]) -> datetime.date:
    """The day in UTC, or the one that ``SOURCE_DATE_EPOCH`` says. Raises ConfigError when that is no time."""
    return _moment(environment).date()


def _moment(environment: Mapping[str, str]) -> datetime.datetime:
    stated = environment.get(SOURCE_DATE_EPOCH)
    try:
        seconds = time.time() if not stated else int(stated)
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise ConfigError(f"{stated!r} is no number of seconds since 1970", pointer=SOURCE_DATE_EPOCH) from None
