"""Positions in YAML: an offset in an expression is a line and a column of the file, in every style of scalar."""

from __future__ import annotations

import pytest

from dyncheck.policy.documents import Scalar, read_document

STYLES = [
    ("check: ab @ c\n", 1, 11),
    ("check:   ab @ c   # a comment\n", 1, 13),
    ("check: 'it''s @ c'\n", 1, 15),
    ('check: "a\\"b\\u00e9\\t @ c"\n', 1, 22),
    ('check: "é😀 @ c"\n', 1, 12),
    ("check: |\n  ab\n    && @ c\n", 3, 8),
    ("check: |-\n\n\n  ab @ c\n", 4, 6),
    ("check: |2\n    ab @ c\n", 2, 8),
    ("check: |\n  ab\r\n  😀 @ c\r\n", 3, 5),
    ("a:\n  b:\n    - check: x @ y\n", 3, 16),
]


@pytest.mark.parametrize(("text", "line", "column"), STYLES)
def test_an_offset_in_a_scalar_is_a_place_in_the_file(text: str, line: int, column: int) -> None:
    document = read_document(text, "rule.yaml")
    scalar = document.find(("check",)) or document.find(("a", "b", 0, "check"))
    assert isinstance(scalar, Scalar)
    assert document.place(scalar, scalar.text.index("@")) == (line, column)


@pytest.mark.parametrize("text", ["check: >\n  ab\n  @ c\n", "check: ab\n  @ c\n", 'check: "ab\n  @ c"\n'])
def test_in_scalars_over_several_lines_only_the_scalar_has_a_place(text: str) -> None:
    document = read_document(text, "rule.yaml")
    scalar = document.find(("check",))
    assert isinstance(scalar, Scalar)
    assert document.place(scalar, scalar.text.index("@")) == (1, 8)


def test_unquoted_scalars_follow_the_core_schema() -> None:
    text = "[~, null, true, False, yes, on, 12, -3, 1.5, 1e3, 0x10, 1_000, 2026-01-01, 12:30, '1', \"true\", .5, '']"
    assert read_document(text, "x").root.plain() == [
        None, None, True, False, "yes", "on", 12, -3, 1.5, 1000.0, "0x10", "1_000", "2026-01-01", "12:30", "1", "true",
        0.5, "",
    ]  # fmt: skip


def test_an_empty_value_is_null() -> None:
    assert read_document("a:\nb: x\n", "x").root.plain() == {"a": None, "b": "x"}
