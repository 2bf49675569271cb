"""The time that reports and suppressions go by."""

from __future__ import annotations

import datetime
import time

import pytest

from dyncheck import clock
from dyncheck.errors import ConfigError


@pytest.mark.parametrize("stated", ["0", "86399", "253402300799", "-1"])
def test_the_time_and_the_day_are_those_that_are_stated(stated: str) -> None:
    environment = {"SOURCE_DATE_EPOCH": stated}
    assert clock.now(environment) == int(stated)
    assert clock.today(environment) == datetime.date(1970, 1, 1) + datetime.timedelta(days=int(stated) // 86_400)


@pytest.mark.parametrize("environment", [{}, {"SOURCE_DATE_EPOCH": ""}])
def test_without_a_stated_time_it_is_the_clock_s(environment: dict[str, str]) -> None:
    before = int(time.time())
    assert before <= clock.now(environment) <= time.time()


@pytest.mark.parametrize("stated", ["soon", "1.5", "253402300800", "9" * 5_000])
def test_what_is_no_time_is_an_error_that_names_the_variable(stated: str) -> None:
    for function in (clock.now, clock.today):
        with pytest.raises(ConfigError, match="SOURCE_DATE_EPOCH"):
            function({"SOURCE_DATE_EPOCH": stated})
