"""Terraform's JSON syntax gives the same blocks as the native one, with the places of the JSON text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyncheck.errors import ParseError
from dyncheck.parsers.terraform.blocks import SyntaxIssue
from dyncheck.parsers.terraform.grammar import Grammar
from dyncheck.parsers.terraform.json_syntax import index_json
from dyncheck.parsers.terraform.syntax import Attribute, Block, Call, Expr, Literal, Name, ObjectCons, TupleCons

FIXTURE = Path(__file__).parents[3] / "fixtures" / "parsers" / "terraform-reading" / "json" / "main.tf.json"
NATIVE = """
provider "aws" {
  region = "us-east-1"
}
provider "aws" {
  alias  = "eu"
  region = "eu-west-1"
  default_tags {
    tags = { Team = "orders" }
  }
}
variable "prefix" {
  type    = string
  default = "$${literally}"
}
variable "regions" {
  type = list(string)
}
locals {
  a = 1.5
}
locals {
  b = var.prefix == "x" ? 1 : 2
}
module "m" {
  source    = "./m"
  providers = { aws = aws.eu }
}
resource "aws_dynamodb_table" "orders" {
  name = "${var.prefix}-orders"
  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "day"
    type = "S"
  }
  ttl {
    attribute_name = "expires"
    enabled        = true
  }
  dynamic "replica" {
    for_each = var.regions
    content {
      region_name = replica.value
    }
  }
  tags     = { Owner = "$${team}" }
  provider = aws.eu
  lifecycle {
    ignore_changes = ["read_capacity"]
  }
}
"""


def converted(text: str) -> list[Block]:
    index = index_json(text)
    assert index.issues == ()
    return [block.convert(Grammar()) for block in index.blocks]


def shown(expression: Expr) -> object:
    """An expression without places."""
    if isinstance(expression, ObjectCons):
        return {repr(shown(item.key)): shown(item.value) for item in expression.items}
    if isinstance(expression, TupleCons):
        return [shown(item) for item in expression.items]
    return expression


def content(block: Block) -> object:
    """A block without places."""
    attributes = {attribute.name: shown(attribute.expr) for attribute in block.attributes}
    return block.type, block.labels, attributes, [content(nested) for nested in block.blocks]


def test_blocks_are_those_of_the_native_syntax() -> None:
    blocks = [block for block in converted(FIXTURE.read_text()) if block.type != "terraform"]
    assert [content(block) for block in blocks] == [content(block) for block in Grammar().parse_body(NATIVE).blocks]


def test_a_block_and_its_arguments_say_where_they_stand_in_the_json_text() -> None:
    index = index_json('{\n  "resource": {"t": {\n    "n": {\n      "name": "é",\n      "ttl": {"on": 1}}}}\n}')
    (block,) = index.blocks
    assert block.line == 3
    assert block.convert(Grammar()) == Block(
        "resource",
        ("t", "n"),
        (Attribute("name", Literal("é"), (1, 7, 1, 18)),),
        (Block("ttl", (), (Attribute("on", Literal(1), (2, 15, 2, 22)),), (), (2, 7, 2, 12), (2, 7, 2, 23)),),
        (0, 5, 0, 8),
        (0, 5, 2, 24),
    )


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        ('"a"', Literal("a")),
        ('"${a}"', Name("a")),
        ('"\\u0024{a}"', Name("a")),
        ('"${f(\\"x\\")}"', Call("f", (Literal("x"),))),
        ('"a\\\\n"', Literal("a\\n")),
        ("1", Literal(1)),
        ("-1.5e3", Literal(-1500.0)),
        ("true", Literal(True)),
        ("null", Literal(None)),
        ('["${a}", 1]', TupleCons((Name("a"), Literal(1)))),
    ],
)
def test_strings_are_templates_and_other_values_themselves(value: str, expression: Expr) -> None:
    (block,) = converted(f'{{"locals": {{"x": {value}}}}}')
    assert block.attributes[0].expr == expression


def test_a_module_argument_named_like_a_block_is_an_argument() -> None:
    (block,) = converted('{"module": {"m": {"source": "x", "attribute": [{"name": "id"}], "ttl": {"a": 1}}}}')
    assert [attribute.name for attribute in block.attributes] == ["source", "attribute", "ttl"]
    assert block.blocks == ()


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("", SyntaxIssue(1, 1, "expected a JSON value")),
        ("[1]", SyntaxIssue(1, 2, "expected an object")),
        ('{\n  "resource": 5\n}', SyntaxIssue(2, 15, "expected an object")),
        ('{"a": 1', SyntaxIssue(1, 1, "expected ',' or '}'")),
        ('{"a" 1}', SyntaxIssue(1, 6, "expected ':' after the key")),
        ("{a: 1}", SyntaxIssue(1, 2, "expected a key in quotes or '}'")),
        ('{"a": 1,}', SyntaxIssue(1, 9, "expected another element after ',', found '}'")),
        ('{"a": "b\n"}', SyntaxIssue(1, 7, "expected a JSON string, with its closing quote on the same line")),
        ('{"a": "\\q"}', SyntaxIssue(1, 7, "expected a JSON string, with its closing quote on the same line")),
        ("{} {}", SyntaxIssue(1, 4, "expected the end of the file")),
        ("[" * 10_000, SyntaxIssue(1, 62, "arrays and objects nested more than 60 deep")),
        ("1e999", SyntaxIssue(1, 1, "expected a number that a computer can hold")),
        ("9" * 5_000, SyntaxIssue(1, 1, "expected a number of at most 300 digits")),
    ],
)
def test_text_that_is_not_json_is_one_issue(text: str, issue: SyntaxIssue) -> None:
    assert index_json(text).issues == (issue,)


def test_a_broken_template_is_refused_where_its_string_stands() -> None:
    (block,) = index_json('{"locals": {\n  "a": 1,\n  "b": "${x +}"}}').blocks
    with pytest.raises(ParseError) as caught:
        block.convert(Grammar(), first_line=1000)
    error = caught.value
    assert (error.line, error.column, error.message) == (3, 8, "expected a value")


def test_comments_stand_under_a_key_of_two_slashes() -> None:
    (block,) = converted('{"//": "x", "locals": {"//": {"a": 1}, "b": 2}}')
    assert [attribute.name for attribute in block.attributes] == ["b"]


PIECES = st.sampled_from([*'{}[],:"', "\n", '"a"', '"resource"', '"locals"', '"${x}"', "1", "null", "//", "é", "\\"])


@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)))
@settings(deadline=None)
def test_any_text_gives_blocks_or_an_issue(text: str) -> None:
    index = index_json(text)
    assert all("\n" not in issue.message for issue in index.issues)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 1, "\t"]))
@settings(deadline=None)
def test_every_json_value_is_read(value: object, indent: int | str | None) -> None:
    import json

    text = json.dumps({"variable": {"v": {"default": value}}}, indent=indent, ensure_ascii=False)
    (block,) = converted(text)
    assert plain(block.attributes[0].expr) == value


def plain(expression: Expr) -> object:
    if isinstance(expression, ObjectCons):
        return {item.key.value: plain(item.value) for item in expression.items if isinstance(item.key, Literal)}
    if isinstance(expression, TupleCons):
        return [plain(item) for item in expression.items]
    assert isinstance(expression, Literal)
    return expression.value
