"""The block index: every top-level block of a file, whatever stands inside, and an issue for each that is broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyncheck.parsers.terraform.blocks import BlockHeader, SyntaxIssue, index_blocks

HOSTILE = Path(__file__).parents[3] / "fixtures" / "hostile"

FRAGMENTS = st.sampled_from(
    [
        'resource "a" "b" {',
        "locals {",
        "}",
        "{",
        "[",
        "]",
        "(",
        ")",
        '"',
        "${",
        "%{",
        "$${",
        "<<EOT\n",
        "<<-E\n",
        "EOT",
        "a = [1]\n",
        "b {\n  c = 1\n}\n",
        'x "y" {}\n',
        "E",
        "\n",
        "#",
        "//",
        "/*",
        "*/",
        " = ",
        "a",
        "1",
        "-",
        "?",
        ":",
        "\\",
        "é",
        "\ufeff",
        "\r",
        "x = 1\n",
        "}\n",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(FRAGMENTS, max_size=60).map("".join))


def names(text: str) -> list[tuple[str, ...]]:
    return [(block.type, *block.labels) for block in index_blocks(text).blocks]


def test_a_header_says_type_labels_offsets_and_line() -> None:
    text = '# first\n\nresource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n'
    assert index_blocks(text).blocks == (BlockHeader("resource", ("aws_dynamodb_table", "t"), 9, len(text) - 1, 3),)


@pytest.mark.parametrize(
    "inside",
    [
        'x = "}"',
        'x = "${f("}")}"',
        'x = "${"${"}"}"}"',
        'x = "$${"',
        'x = "%%{"',
        'x = "\\"}"',
        'x = "${a /* } */}"',
        "x = <<EOT\n}\nEOT",
        "x = <<-EOT\n  }\n  EOT",
        "x = <<EOT\n}\n  EOT  ",
        "x = <<E\n}\nE",
        "# }",
        "// }",
        "/* } */",
        "x = { a = { b = 1 } }",
        "b {}",
        "x = 10 / 2",
    ],
)
def test_braces_that_close_nothing_do_not_end_a_block(inside: str) -> None:
    assert names(f'locals {{\n{inside}\n}}\nresource "a" "b" {{}}\n') == [("locals",), ("resource", "a", "b")]


def test_labels_may_be_written_without_quotes() -> None:
    assert names("resource aws_dynamodb_table t {\n}\n") == [("resource", "aws_dynamodb_table", "t")]


def test_comments_blank_lines_and_a_byte_order_mark_stand_between_blocks() -> None:
    assert names("\ufeff/* a\n */\nlocals {}\n# b\n\n// c\nlocals {}") == [("locals",), ("locals",)]


def test_windows_line_ends_and_a_missing_final_newline_are_no_trouble() -> None:
    assert names('locals {\r\n  a = 1\r\n}\r\nmodule "m" {\r\n}') == [("locals",), ("module", "m")]


def test_a_broken_block_loses_no_other_block() -> None:
    index = index_blocks((HOSTILE / "broken-block.tf").read_text())
    assert [block.labels[1] for block in index.blocks] == ["before", "between", "wrong", "after"]
    assert index.issues == (
        SyntaxIssue(6, 1, "expected '}' to close this block before the one on line 13"),
        SyntaxIssue(19, 10, 'expected a closing quote (") on the same line'),
    )


def test_a_heredoc_without_end_loses_its_own_block_only() -> None:
    index = index_blocks((HOSTILE / "unclosed-heredoc.tf").read_text())
    assert [block.labels[1] for block in index.blocks] == ["before", "after"]
    assert index.issues == (SyntaxIssue(6, 12, "expected a line EOT that ends the heredoc <<EOT"),)


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("}", SyntaxIssue(1, 1, "expected a block, found '}' that closes nothing")),
        ("\n  a = 1\n", SyntaxIssue(2, 3, "expected a block; an argument cannot stand outside of a block")),
        ("what is this", SyntaxIssue(1, 1, 'expected a block such as: resource "type" "name" {')),
        ("/* never closed", SyntaxIssue(1, 1, "expected '*/' to close the comment")),
        ("locals {", SyntaxIssue(1, 8, "expected '}' to close the '{' opened here")),
        ('locals {\n  a = "${1"\n}', SyntaxIssue(2, 11, 'expected a closing quote (") on the same line')),
    ],
)
def test_an_issue_says_in_one_line_what_was_expected_and_where(text: str, issue: SyntaxIssue) -> None:
    assert index_blocks(text).issues == (issue,)


def test_an_argument_outside_of_blocks_loses_no_block() -> None:
    index = index_blocks("a = {\n}\ncustom {\n}\n")
    assert [block.type for block in index.blocks] == ["custom"]
    assert len(index.issues) == 1


def test_brackets_without_end_are_refused_at_a_bound() -> None:
    index = index_blocks("locals {\n  a = " + "{ a = " * 10_000 + "\n}\nlocals {\n}\n")
    assert [issue.message for issue in index.issues] == ["brackets nested more than 250 deep"]
    assert [block.line for block in index.blocks] == [4]


def test_many_broken_blocks_do_not_take_quadratic_time() -> None:
    text = 'resource "a" "b" {\n' * 20_000
    assert index_blocks(text).issues[-1].message == "too many syntax errors; the rest of the file was not read"


@given(TEXTS)
@settings(deadline=None)
def test_any_text_gives_an_index_of_blocks_in_order_that_lie_in_the_text(text: str) -> None:
    index = index_blocks(text)
    ends = [0]
    for block in index.blocks:
        assert ends[-1] <= block.start < block.end <= len(text)
        assert text[block.start : block.end].startswith(block.type)
        assert text[block.end - 1] == "}"
        assert block.line == text.count("\n", 0, block.start) + 1
        ends.append(block.end)
    assert all("\n" not in issue.message for issue in index.issues)


@given(TEXTS)
@settings(deadline=None)
def test_the_index_has_every_top_level_block_that_python_hcl2_reads(text: str) -> None:
    from hcl2.api import parses_to_tree
    from lark.exceptions import LarkError

    try:
        tree = parses_to_tree(text)
    except LarkError:
        return
    body = tree.children[0]
    lines = [child.meta.line for child in body.children if child.data == "block"]
    assert [block.line for block in index_blocks(text).blocks] == lines
