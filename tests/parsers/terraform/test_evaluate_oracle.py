"""Terraform's own evaluator as the oracle: tfparse wraps the Go implementation that Terraform uses.

Every expression is compared as JSON text, so that numbers, strings and booleans are told apart.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import tfparse

from dyncheck.parsers.terraform.functions.encoding import json_encode
from dyncheck.parsers.terraform.tfvalues import find_error, is_decided
from tests.parsers.terraform.expressions import value

EXPRESSIONS = Path(__file__).parents[3] / "fixtures" / "parsers" / "terraform" / "expressions.txt"

ERROR = "an error"
UNKNOWN = "unknown"

DIFFERENT: dict[str, tuple[str, str]] = {
    # Fractions have 17 digits here, about 150 there.
    "1 / 3 == 0.3333333333333333": ("false", "true"),
    # Whole numbers beyond 64 bits are rounded when they are read.
    "12345678901234567890123 + 1": ("12345678901234567890124", "12345678901234568000001"),
    # Objects and tuples of different types in the arms of a conditional are not converted to one.
    'true ? {a = 1, b = "x"} : {c = true}': ('{"a":"1","b":"x"}', '{"a":1,"b":"x"}'),
    'true ? [1, "a"] : [true]': ('["1","a"]', '[1,"a"]'),
    # Elements that are themselves collections are not converted to one type.
    'tolist([[1], ["a"]])': ('[["1"],["a"]]', '[[1],["a"]]'),
    'tomap({a = [1], b = ["x"]})': ('{"a":["1"],"b":["x"]}', '{"a":[1],"b":["x"]}'),
    "tolist([true, 1])": (ERROR, '["true","1"]'),
    # Sets of collections are in the order of a hash there.
    'toset([["b"], ["a"]])': ('[["a"],["b"]]', '[["b"],["a"]]'),
    # There is one zero here.
    'tonumber("-0")': ("-0", "0"),
    # Functions of Terraform 0.11, which newer versions refuse.
    'list("a", "b")': (ERROR, '["a","b"]'),
    'map("a", 1)': (ERROR, '{"a":1}'),
    # Numbers are taken for the strings that they spell.
    "parseint(10, 2)": (ERROR, "2"),
    # Whether a value is sensitive is not followed.
    'issensitive("a")': ("false", UNKNOWN),
    # Regular expressions that RE2 refuses, or that mean something else to Python.
    'regex("\\\\pL+", "aé1")': ('"aé"', UNKNOWN),
    'regex("a(?=b)", "ab")': (ERROR, UNKNOWN),
    'regex("(a)\\\\1", "aa")': (ERROR, UNKNOWN),
    'regex("a++", "aa")': (ERROR, UNKNOWN),
}


def what_terraform_gives(expressions: list[str], directory: Path) -> dict[str, str]:
    """The JSON of each expression, by the oracle."""
    tags = "\n".join(
        f'    e{number} = can({text}) ? jsonencode({text}) : "{ERROR}"' for number, text in enumerate(expressions)
    )
    source = f'resource "aws_dynamodb_table" "t" {{\n  name = "t"\n  tags = {{\n{tags}\n  }}\n}}\n'
    (directory / "main.tf").write_text(source, encoding="utf-8")
    found = tfparse.load_from_path(str(directory))["aws_dynamodb_table"][0]["tags"]
    return {text: found[f"e{number}"] for number, text in enumerate(expressions)}


def what_we_give(text: str) -> str:
    found = value(text)
    if find_error(found) is not None:
        return ERROR
    return str(json_encode(found)) if is_decided(found) else UNKNOWN


def test_expressions_have_the_values_that_terraform_gives_them(tmp_path: Path) -> None:
    lines = EXPRESSIONS.read_text(encoding="utf-8").splitlines()
    expressions = [line for line in lines if line and not line.startswith("#")]
    assert len(expressions) > 600
    assert {text: what_we_give(text) for text in expressions} == what_terraform_gives(expressions, tmp_path)


@pytest.mark.parametrize("text", sorted(DIFFERENT))
def test_known_differences_from_terraform_are_these_and_no_others(text: str, tmp_path: Path) -> None:
    assert (what_terraform_gives([text], tmp_path)[text], what_we_give(text)) == DIFFERENT[text]
