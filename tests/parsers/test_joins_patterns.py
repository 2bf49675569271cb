"""Texts of which parts are unknown: taken apart, compared, and matched with wildcards without guessing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.parsers.joins.patterns import (
    Hole,
    Pattern,
    compare,
    cut,
    encode,
    fields,
    glob,
    join_patterns,
    literal,
    pattern_of,
    without_prefix,
)
from dyncheck.values import Unknown, unknown
from tests.parsers.joined import symbol

HERE = frozenset({"r"})


def pattern(text: str) -> Pattern:
    return pattern_of(unknown("r", symbol=text)) if "${" in text else pattern_of(text)


def hole(name: str) -> Hole:
    return Hole(name, HERE)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("orders", ("orders",)),
        ("", ()),
        ("table/${var.name}", ("table/", hole("var.name"))),
        ("${var.a}${var.b}", (hole("var.a"), hole("var.b"))),
        ("a${x}b${y}c", ("a", hole("x"), "b", hole("y"), "c")),
        ('${module.m["a}{"].x}-y', (hole('module.m["a}{"].x'), "-y")),
        ("x-${lower(${var.a})}", ("x-", hole("lower(${var.a})"))),
        ("lower(${var.a})", (hole("lower(${var.a})"),)),
        ("${unclosed", (hole("unclosed"),)),
    ],
)
def test_a_symbol_is_a_template_of_literals_and_holes(text: str, parts: Pattern) -> None:
    assert pattern(text) == parts


def test_a_symbol_without_holes_is_one_hole() -> None:
    assert pattern_of(symbol("var.name")) == (Hole("var.name", frozenset({"var.name"})),)


def test_an_unknown_without_symbol_is_an_anonymous_hole() -> None:
    assert pattern_of(unknown("r")) == (Hole(None, HERE),)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("orders", "orders", True),
        ("orders", "order", False),
        ("${x}", "${x}", True),
        ("a${x}b", "a${x}b", True),
        ("${x}", "${y}", None),
        ("${x}", "orders", None),
        ("${x}-archive", "orders", False),
        ("prod-${x}", "orders", False),
        ("prod-${x}", "prod-orders", None),
        ("prod-${x}", "dev-${y}", False),
        ("prod-${x}", "prod-${y}-a", None),
        ("${x}-a", "${y}-b", False),
        ("${x}-orders-${y}", "prod-users-1", False),
        ("${x}-orders-${y}", "prod-orders-1", None),
        ("${x}orders", "orders", None),
        ("a${x}", "a", None),
        ("a${x}a", "a", False),
        ("${x}${y}", "${x}", None),
        ("", "${x}", None),
        ("", "a${x}", False),
        ("ab", "a${x}b", None),
        ("aba", "ab${x}ba", False),
    ],
)
def test_two_patterns_are_the_same_text_or_not_or_it_cannot_be_told(left: str, right: str, same: bool | None) -> None:
    expected = unknown("r") if same is None else same
    assert compare(pattern(left), pattern(right)) == expected
    assert compare(pattern(right), pattern(left)) == expected


def test_two_anonymous_holes_are_not_known_to_be_the_same() -> None:
    assert compare(pattern_of(unknown("r")), pattern_of(unknown("r"))) == unknown("r")


pieces = st.lists(st.sampled_from(["a", "b", "ab", "-", "${x}", "${y}"]), max_size=5).map("".join)
fillings = st.fixed_dictionaries({"${x}": st.text("ab-", max_size=3), "${y}": st.text("ab-", max_size=3)})


@given(pieces, pieces, fillings)
def test_a_comparison_never_contradicts_what_the_holes_turn_out_to_be(
    left: str, right: str, filling: dict[str, str]
) -> None:
    def filled(text: str) -> str:
        for name, value in filling.items():
            text = text.replace(name, value)
        return text

    verdict = compare(pattern(left), pattern(right))
    if not isinstance(verdict, Unknown):
        assert verdict == (filled(left) == filled(right))


@pytest.mark.parametrize(
    ("wildcard", "text", "matches"),
    [
        ("*", "", True),
        ("*", "anything", True),
        ("a*", "a", True),
        ("a*c", "abc", True),
        ("a*a", "a", False),
        ("a*b*c", "axbyc", True),
        ("a*b*c", "acb", False),
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("*b*", "abc", True),
        ("**", "x", True),
        ("*ab", "aab", True),
    ],
)
def test_a_star_stands_for_any_characters(wildcard: str, text: str, matches: bool) -> None:
    assert glob(wildcard, text) is matches


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_wildcards_match_as_the_textbook_says(wildcard: str, text: str) -> None:
    def textbook(left: str, right: str) -> bool:
        if not left:
            return not right
        if left[0] == "*":
            return textbook(left[1:], right) or (bool(right) and textbook(left, right[1:]))
        return bool(right) and left[0] == right[0] and textbook(left[1:], right[1:])

    assert glob(wildcard, text) is textbook(wildcard, text)


def test_encoding_gives_a_symbol_the_same_character_everywhere() -> None:
    symbols: dict[str, str] = {}
    first, second = encode(pattern("a${x}${y}"), symbols), encode(pattern("${x}b"), symbols)
    assert (first[0], first[1], second) == ("a", second[0], first[1] + "b")
    assert first[1] != first[2]


def test_anonymous_holes_are_never_encoded_alike() -> None:
    symbols: dict[str, str] = {}
    assert encode(pattern_of(unknown("r")), symbols) != encode(pattern_of(unknown("r")), symbols)


def test_cutting_looks_at_literals_only() -> None:
    assert cut(pattern("table/${x}/index/${y}"), "/index/") == (pattern("table/${x}"), pattern("${y}"))
    assert cut(pattern("${a/index/b}"), "/index/") is None


def test_fields_keep_what_is_left_in_the_last_one() -> None:
    assert fields(pattern("arn:aws:${x}:a:b"), ":", 4) == [("arn",), ("aws",), (hole("x"),), ("a:b",)]


def test_a_prefix_must_be_literal() -> None:
    assert without_prefix(pattern("table/${x}"), "table/") == (hole("x"),)
    assert without_prefix(pattern("${x}table/"), "table/") is None


def test_joined_literals_become_one() -> None:
    assert join_patterns("a", ("b", hole("x")), "", ("c",)) == ("ab", hole("x"), "c")


def test_a_pattern_is_a_literal_only_without_holes() -> None:
    assert [literal(pattern(text)) for text in ("", "a", "a${x}")] == ["", "a", None]
