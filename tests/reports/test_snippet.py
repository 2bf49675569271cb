from __future__ import annotations

import pytest

from dyncheck.location import Span
from dyncheck.reports.snippet import Snippet, lines_of, snippet


def show(line: str, start: int, end: int, width: int = 80) -> tuple[str, str]:
    found = snippet([line], Span("a.tf", 1, start, 1, end), width)
    assert found is not None
    return found.text, found.carets


def test_carets_stand_under_exactly_the_columns_of_the_span() -> None:
    assert show('  name = "orders"', 3, 18) == ('  name = "orders"', "  ^^^^^^^^^^^^^^^")


def test_tabs_are_widened_to_their_stops() -> None:
    assert show("\ta\tb = 1", 4, 9) == ("    a   b = 1", "        ^^^^^")


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert show('表 = "e\u0301x"', 1, 2) == ('表 = "e\u0301x"', "^^")
    assert show('表 = "e\u0301x"', 5, 10) == ('表 = "e\u0301x"', "     ^^^^")


def test_hidden_characters_are_shown_and_measured_as_escapes() -> None:
    assert show('"\x1b[1m" = x', 8, 9) == ('"\\x1b[1m" = x', "          ^")


def test_a_span_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    assert snippet(["ttl {  ", "}"], Span("a.tf", 1, 1, 2, 2), 80) == Snippet("ttl {", "^^^^^")


def test_a_long_line_is_cut_around_the_mark() -> None:
    line = "x" * 500 + "HERE" + "y" * 500
    assert show(line, 501, 505, width=20) == ("…xxxxxxxHEREyyyyyyy…", "        ^^^^")


def test_a_long_line_that_is_marked_near_its_end_keeps_its_end() -> None:
    assert show("x" * 500 + "HERE", 501, 505, width=20) == ("…xxxxxxxxxxxxxxHERE", "               ^^^^")


def test_a_long_line_that_is_marked_at_its_start_keeps_its_start() -> None:
    assert show("HERE" + "y" * 500, 1, 5, width=20) == ("HEREyyyyyyyyyyyyyy…", "^^^^")


def test_a_mark_that_is_wider_than_the_terminal_is_cut_with_its_line() -> None:
    text, carets = show("x" * 500, 1, 501, width=20)
    assert (text, carets) == ("x" * 18 + "…", "^" * 18)


@pytest.mark.parametrize("width", [1, 2, 3, 20, 79, 80, 81])
@pytest.mark.parametrize("start", [1, 2, 40, 80])
def test_nothing_is_wider_than_asked_for(width: int, start: int) -> None:
    text, carets = show("ab\t表" * 20, start, start + 7, width)
    assert len(text) <= max(width, 3)
    assert set(carets) <= {" ", "^"}


def test_a_column_beyond_the_line_points_behind_its_end() -> None:
    assert show("ab", 9, 12) == ("ab", "  ^")


def test_a_line_that_is_not_there_gives_nothing() -> None:
    assert snippet(["a"], Span("a.tf", 2, 1, 2, 2), 80) is None
    assert snippet([], Span("a.tf", 1, 1, 1, 2), 80) is None


def test_a_line_as_long_as_a_file_is_cut_like_any_other() -> None:
    text, carets = show("x" * 5_000_000, 4_000_000, 4_000_004, width=40)
    assert len(text) == 40
    assert carets.strip() == "^^^^"


def test_only_line_ends_of_files_end_a_line() -> None:
    assert lines_of("a\r\nb\rc\nd\u2028e\x0cf") == ["a", "b", "c", "d\u2028e\x0cf"]
