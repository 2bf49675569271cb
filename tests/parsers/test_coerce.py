"""Literals as infrastructure code writes them, read as AWS's API takes them."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.parsers.coerce import to_bool, to_int, to_number, to_str
from dyncheck.scenarios import Condition
from dyncheck.values import Choice, unknown

C = Condition.opaque("c", {"var.c"})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        ("true", True),
        (" True ", True),
        ("yes", True),
        ("on", True),
        ("1", True),
        (1, True),
        (False, False),
        ("false", False),
        ("No", False),
        ("off", False),
        (0, False),
        (None, None),
        ("maybe", unknown("invalid boolean 'maybe'")),
        (2, unknown("invalid boolean '2'")),
        ([], unknown("invalid boolean '[]'")),
        (unknown("var.x", symbol="var.x"), unknown("var.x")),
        (Choice(C, "true", "no"), Choice(C, True, False)),
    ],
)
def test_booleans(value: Any, expected: Any) -> None:
    found = to_bool(value)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        ("5", 5),
        (" 5 ", 5),
        (5.0, 5),
        ("1e3", 1000),
        (-1, -1),
        (None, None),
        (5.5, unknown("invalid number '5.5'")),
        ("five", unknown("invalid number 'five'")),
        ("nan", unknown("invalid number 'nan'")),
        ("1e999", unknown("invalid number '1e999'")),
        (True, unknown("invalid number 'True'")),
        ({}, unknown("invalid number '{}'")),
        (unknown("var.x", symbol="var.x"), unknown("var.x")),
        (Choice(C, "1", 2), Choice(C, 1, 2)),
    ],
)
def test_whole_numbers(value: Any, expected: Any) -> None:
    found = to_int(value)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (70, 70),
        ("70", 70.0),
        (70.5, 70.5),
        (None, None),
        ("much", unknown("invalid number 'much'")),
        (Choice(C, "1.5", 2), Choice(C, 1.5, 2)),
    ],
)
def test_numbers(value: Any, expected: Any) -> None:
    found = to_number(value)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize("value", [True, "nan", "inf", float("inf")])
def test_what_is_no_number_that_aws_takes_is_unknown(value: Any) -> None:
    assert to_number(value) == unknown(f"invalid number {str(value)!r}")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (5, "5"),
        (5.0, "5"),
        (5.5, "5.5"),
        (True, "true"),
        (False, "false"),
        (None, None),
        ([], unknown("invalid string")),
        (unknown("var.x", symbol="var.x"), unknown("var.x", symbol="var.x")),
        (Choice(C, 1, "b"), Choice(C, "1", "b")),
    ],
)
def test_strings_keep_the_identity_of_an_unknown(value: Any, expected: Any) -> None:
    assert to_str(value) == expected


def test_a_long_literal_is_cut_in_its_reason() -> None:
    assert to_int("x" * 100_000) == unknown(f"invalid number {'x' * 40!r}")
