"""When a check fails, said shortly: the phrases hold in failing scenarios, and in no others."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from dyncheck.explanation import MAX_PHRASES, failing_phrases
from dyncheck.scenarios import Condition

A, B, C = (Condition.opaque(name, {name}) for name in "ABC")
SCENARIOS = [dict(zip((A, B, C), truths, strict=True)) for truths in itertools.product((True, False), repeat=3)]


def phrases(*failing: str) -> list[str]:
    """The phrases where the check fails in the scenarios written as ``tft`` (A true, B false, C true)."""
    written = ["".join("t" if truth else "f" for truth in scenario.values()) for scenario in SCENARIOS]
    return failing_phrases(SCENARIOS, [text in failing for text in written])


def test_conditions_that_make_no_difference_are_left_out() -> None:
    assert phrases("ttt", "ttf", "tft", "tff") == ["fails when A is true"]


def test_conditions_that_must_come_together_are_one_phrase() -> None:
    assert phrases("fft", "ftt") == ["fails when A is false and C is true"]


def test_each_way_to_fail_is_a_phrase() -> None:
    found = phrases("ttt", "ttf", "tft", "tff", "ftt", "ftf")
    assert sorted(found) == ["fails when A is true", "fails when B is true"]


def test_many_ways_to_fail_end_in_further_cases() -> None:
    found = phrases("ttt", "tff", "ftf", "fft")
    assert len(found) == MAX_PHRASES + 1
    assert found[-1] == "fails in further cases"


@given(st.lists(st.booleans(), min_size=8, max_size=8).filter(lambda failing: len(set(failing)) == 2))
def test_the_phrases_hold_exactly_where_the_check_fails(failing: list[bool]) -> None:
    found = failing_phrases(SCENARIOS, failing)
    causes = [dict(re.findall(r"([ABC]) is (true|false)", phrase)) for phrase in found]
    complete = "fails in further cases" not in found
    for scenario, fails in zip(SCENARIOS, failing, strict=True):
        names = {condition.text: str(truth).lower() for condition, truth in scenario.items()}
        holds = any(cause and all(names[name] == truth for name, truth in cause.items()) for cause in causes)
        assert holds == fails if complete else fails or not holds
