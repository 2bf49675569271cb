from __future__ import annotations

import pytest

from dyncheck.reports.wording import count, encodable, first_sentence, shorten, visible


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("two\nlines\r\n", r"two\nlines\r\n"),
        ("a\tb", r"a\tb"),
        ("\u202egnp.exe\u2066", r"\u202egnp.exe\u2066"),
        ("no\u200bbreak\ufeff", r"no\u200bbreak\ufeff"),
        ("\u2028line", r"\u2028line"),
        ("\x9b31m \x7f", r"\x9b31m \x7f"),
        ("byte \udcff", r"byte \udcff"),
        ("tag \U000e0041", r"tag \U000e0041"),
    ],
)
def test_characters_that_deceive_are_written_as_escapes(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@pytest.mark.parametrize("honest", ["orders", "注文テーブル", "naïve 👩‍💻", "a\\b", "שלום", 'quote " and | pipe'])
def test_all_other_text_is_left_alone(honest: str) -> None:
    assert visible(honest) == honest


def test_only_what_no_encoder_takes_is_escaped_for_machines() -> None:
    assert encodable("a\n\x1b\udcff") == "a\n\x1b\\udcff"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Turn it on. Then wait.", "Turn it on."),
        ("Use one key,\n  e.g. yours. Then wait.", "Use one key, e.g. yours."),
        ("Set point_in_time_recovery.enabled to true. Done.", "Set point_in_time_recovery.enabled to true."),
        ("Version 2017.11.29 is old! Move.", "Version 2017.11.29 is old!"),
        ("No end", "No end"),
        ("", ""),
        ("Is it on? Then good.", "Is it on?"),
    ],
)
def test_first_sentence(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


def test_a_count_agrees_with_its_noun() -> None:
    assert [count(number, "table") for number in (0, 1, 2, 25_000)] == [
        "0 tables",
        "1 table",
        "2 tables",
        "25,000 tables",
    ]


def test_shortened_text_ends_with_an_ellipsis_and_fits() -> None:
    assert shorten("exactly ten", 11) == "exactly ten"
    assert shorten("exactly ten!", 9) == "exactly…"
