"""Variables: where their values come from, and what their types make of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tfparse

from dyncheck.model import Problem
from dyncheck.parsers.terraform.evaluate import Invalid, OpenMap, TerraformSet, TypedList, TypedMap
from dyncheck.parsers.terraform.functions.encoding import json_encode
from dyncheck.parsers.terraform.grammar import Grammar
from dyncheck.parsers.terraform.program import TerraformOptions
from dyncheck.parsers.terraform.syntax import Block, Call, Expr, Name
from dyncheck.parsers.terraform.treefiles import TreeFiles
from dyncheck.parsers.terraform.variables import RootVariables, convert, load_variable_values
from dyncheck.scenarios import Atom, Condition
from dyncheck.values import ABSENT, Choice, OpenList, Unknown
from tests.parsers.terraform.expressions import expression, unset, value

P = Condition("var.p", frozenset({"var.p"}), Atom("var.p", True, (True, False)))


class Blocks:
    """The variable blocks of a text."""

    def __init__(self, text: str) -> None:
        self.blocks = Grammar().parse_body(text).blocks

    def refs(self, block_type: str, *labels: str) -> tuple[Block, ...]:
        return tuple(
            block for block in self.blocks if (block.type, *block.labels)[: len(labels) + 1] == (block_type, *labels)
        )

    def block(self, ref: Block) -> Block | None:
        return ref


def variables(
    text: str,
    directory: Path,
    *,
    files: Mapping[str, str] | None = None,
    var_files: tuple[str, ...] = (),
    given: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
) -> RootVariables[Block]:
    for name, content in (files or {}).items():
        (directory / name).write_text(content, encoding="utf-8")
    options = TerraformOptions(var_files=var_files, variables=given or {}, environment=environment or {})
    return load_variable_values(Blocks(text), options, TreeFiles(directory), Grammar())


# --- where values come from --------------------------------------------------------------------------------------


def test_a_variable_without_a_value_is_unknown_by_its_name(tmp_path: Path) -> None:
    assert variables('variable "x" {}', tmp_path)["x"] == unset("x")


def test_a_variable_has_its_default(tmp_path: Path) -> None:
    assert dict(variables('variable "x" { default = 5 }', tmp_path)) == {"x": 5}


def test_a_default_of_null_is_null_and_not_unknown(tmp_path: Path) -> None:
    assert variables('variable "x" { default = null }', tmp_path)["x"] is None


SOURCES = [
    ("environment", {"environment": {"TF_VAR_x": "environment"}}),
    ("terraform.tfvars", {"files": {"terraform.tfvars": 'x = "terraform.tfvars"\n'}}),
    ("terraform.tfvars.json", {"files": {"terraform.tfvars.json": '{"x": "terraform.tfvars.json"}'}}),
    ("a.auto.tfvars", {"files": {"a.auto.tfvars": 'x = "a.auto.tfvars"\n'}}),
    ("b.auto.tfvars.json", {"files": {"b.auto.tfvars.json": '{"x": "b.auto.tfvars.json"}'}}),
    ("c.auto.tfvars", {"files": {"c.auto.tfvars": 'x = "c.auto.tfvars"\n'}}),
    ("var file", {"var_files": ("given.tfvars",), "files": {"given.tfvars": 'x = "var file"\n'}}),
    ("var", {"given": {"x": "var"}}),
]


@pytest.mark.parametrize("count", range(1, len(SOURCES) + 1))
def test_later_sources_win(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    together: dict[str, Any] = {"files": {}}
    for _, source in SOURCES[:count]:
        together = {**together, **source, "files": {**together["files"], **source.get("files", {})}}
    found = variables('variable "x" { default = "default" }', tmp_path, **together)
    assert found["x"] == SOURCES[count - 1][0]


def test_of_two_variable_files_the_later_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = {"1.tfvars": "x = 1\ny = 1\n", "2.tfvars.json": '{"x": 2}'}
    found = variables("", tmp_path, files=files, var_files=("1.tfvars", "2.tfvars.json"))
    assert dict(found) == {"x": 2, "y": 1}


def test_a_value_for_a_variable_that_no_file_declares_is_kept(tmp_path: Path) -> None:
    found = variables("", tmp_path, files={"terraform.tfvars": 'x = { a = ["b"] }\n'})
    assert ("x" in found, found["x"], "y" in found) == (True, {"a": ["b"]}, False)


def test_values_in_json_are_literal(tmp_path: Path) -> None:
    found = variables("", tmp_path, files={"terraform.tfvars.json": '{"x": "${var.y}", "n": 5, "l": [true, null]}'})
    assert dict(found) == {"x": "${var.y}", "n": 5, "l": [True, None]}


def test_a_value_of_null_takes_the_default_where_null_is_refused(tmp_path: Path) -> None:
    text = 'variable "x" {\n  default = 1\n  nullable = false\n}\nvariable "y" {\n  default = 1\n}\n'
    found = variables(text, tmp_path, files={"terraform.tfvars": "x = null\ny = null\n"})
    assert dict(found) == {"x": 1, "y": None}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("", "[1]", "[1]"),
        ("type = string", "[1]", "[1]"),
        ("type = number", "5", 5),
        ("type = bool", "true", True),
        ("type = list(string)", '["a", "b"]', ["a", "b"]),
        ("type = map(number)", "{ a = 1 }", {"a": 1}),
        ("type = any", "5", 5),
        ("type = any", '"a"', "a"),
        ("type = object({ a = optional(number, 3) })", "{}", {"a": 3}),
    ],
)
def test_a_value_on_the_command_line_is_an_expression_unless_its_type_is_simple(
    kind: str, text: str, expected: Any, tmp_path: Path
) -> None:
    source = f'variable "x" {{\n{kind}\n}}\n'
    assert variables(source, tmp_path, given={"x": text})["x"] == expected
    assert variables(source, tmp_path, environment={"TF_VAR_x": text})["x"] == expected


def test_a_value_on_the_command_line_that_does_not_parse_is_an_error(tmp_path: Path) -> None:
    found = variables('variable "x" { type = list(string) }', tmp_path, given={"x": "["})["x"]
    assert isinstance(found, Invalid)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("terraform.tfvars", "a = 1\nb = [\n", 2),
        ("terraform.tfvars.json", '{\n"a": 1,,\n}', 2),
        ("terraform.tfvars.json", "[]", 1),
        ("x.auto.tfvars", "a = 1\n!\n", 2),
    ],
)
def test_a_variable_file_that_cannot_be_read_is_a_problem_with_its_line(
    name: str, content: str, line: int, tmp_path: Path
) -> None:
    found = variables('variable "z" { default = 1 }', tmp_path, files={name: content})
    assert [(problem.path, problem.line) for problem in found.problems] == [(name, line)]
    assert found["z"] == 1


def test_a_variable_file_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    missing = str(tmp_path / "no.tfvars")
    found = variables("", tmp_path, var_files=(missing,))
    assert found.problems == (Problem(missing, 1, 1, f"variable file {missing} (No such file or directory)"),)


def test_a_default_may_not_name_anything(tmp_path: Path) -> None:
    found = variables('variable "x" { default = var.y }', tmp_path)["x"]
    assert isinstance(found, Invalid)


# --- types -------------------------------------------------------------------------------------------------------

ROWS: list[tuple[str, str]] = [
    ("string", "5"),
    ("string", "1.50"),
    ("string", "true"),
    ("number", '"5"'),
    ("number", '"1.5"'),
    ("bool", '"true"'),
    ("bool", '"1"'),
    ("any", "[1, true]"),
    ("list(string)", '["a", 1, true]'),
    ("list(number)", '["1", 2]'),
    ("list(any)", '["a", 1]'),
    ("set(string)", '["b", "a", "b", 1]'),
    ("set(number)", '["2", 1, 2]'),
    ("map(string)", "{ b = 1, a = true }"),
    ("map(any)", '{ b = 1, a = "x" }'),
    ("map(list(string))", "{ a = [1] }"),
    ("tuple([string, number])", '[1, "2"]'),
    ("object({ a = string, b = number })", '{ a = 1, b = "2", c = 3 }'),
    ("object({ a = optional(string) })", "{}"),
    ('object({ a = optional(string, "d") })', "{}"),
    ('object({ a = optional(string, "d") })', "{ a = null }"),
    ("object({ a = optional(string, 5) })", "{}"),
    ('object({ a = optional(object({ b = optional(number, "7") }), {}) })', "{}"),
    ("object({ a = optional(object({ b = optional(number, 7) })) })", "{}"),
    ("object({ a = optional(object({ b = optional(number, 7) })) })", "{ a = {} }"),
    ("list(object({ n = string, s = optional(number, 1) }))", '[{ n = "a" }, { n = "b", s = "2", z = 1 }]'),
    (
        'map(object({ on = optional(bool, true), tags = optional(map(string), { a = "b" }) }))',
        "{ x = {}, y = { on = false } }",
    ),
    ("list(string)", "null"),
]


def test_defaults_are_converted_as_terraform_converts_them(tmp_path: Path) -> None:
    source = "".join(
        f'variable "v{number}" {{\n  type = {kind}\n  default = {default}\n}}\n'
        for number, (kind, default) in enumerate(ROWS)
    )
    tags = "\n".join(f"    v{number} = jsonencode(var.v{number})" for number in range(len(ROWS)))
    source += f'resource "aws_dynamodb_table" "t" {{\n  tags = {{\n{tags}\n  }}\n}}\n'
    (tmp_path / "main.tf").write_text(source, encoding="utf-8")
    oracle = tfparse.load_from_path(str(tmp_path))["aws_dynamodb_table"][0]["tags"]
    found = variables(source, tmp_path)
    assert {name: json.loads(json_encode(found[name])) for name in oracle} == {
        name: json.loads(text) for name, text in oracle.items()
    }


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("number", '"x"', "a number is required, but have 'x'"),
        ("bool", '"yes"', "a bool is required, but have 'yes'"),
        ("string", "[]", "string required, but have tuple"),
        ("list(string)", '"a"', "a list is required, but have string"),
        ("map(string)", "[]", "a map is required, but have tuple"),
        ("object({ a = string })", "{}", "attribute 'a' is required"),
        ("object({ a = string })", '"x"', "an object is required, but have string"),
        ("tuple([string])", "[]", "a tuple of 1 elements is required"),
    ],
)
def test_a_value_that_a_type_refuses_is_an_error(kind: str, text: str, message: str) -> None:
    found = convert(value(text), expression(kind))
    assert isinstance(found, Invalid)
    assert found.because == {f"invalid expression: {message}"}


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("string", unset("x"), unset("x")),
        ("list(string)", unset("x"), unset("x")),
        ("number", Choice(P, "1", "2"), Choice(P, 1, 2)),
        ("list(string)", [unset("x"), 1], [unset("x"), "1"]),
        ("list(number)", [Choice(P, "1", ABSENT)], [Choice(P, 1, ABSENT)]),
        ("list(string)", OpenList((1,), frozenset({"var.x"})), OpenList(("1",), frozenset({"var.x"}))),
        ("set(string)", OpenList((1, 1), frozenset({"var.x"})), OpenList(("1",), frozenset({"var.x"}))),
        ("map(string)", OpenMap({"a": 1}, frozenset({"var.x"})), OpenMap({"a": "1"}, frozenset({"var.x"}))),
        (
            "object({ a = string, b = string })",
            OpenMap({"a": 1}, frozenset({"var.x"})),
            {"a": "1", "b": Unknown(frozenset({"var.x"}))},
        ),
        ("object({ a = optional(number, 3) })", {"a": Choice(P, "1", ABSENT)}, {"a": Choice(P, 1, 3)}),
        ("object({ a = optional(number, 3) })", {"a": Choice(P, None, 1)}, {"a": Choice(P, 3, 1)}),
        ("object({ a = number })", Choice(P, {"a": "1"}, None), Choice(P, {"a": 1}, None)),
    ],
)
def test_what_is_not_known_stays_so_and_the_rest_is_converted(kind: str, given: Any, expected: Any) -> None:
    assert convert(given, expression(kind)) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ('"string"', "5"),
        ('"list"', [5]),
        ("list", [5]),
        ("map", {"a": 5}),
        ("no_such_type", 5),
        ("list(string, string)", 5),
    ],
)
def test_old_and_unknown_types_are_read_as_well_as_they_can_be(kind: str, expected: Any) -> None:
    given = [5] if isinstance(expected, list) else {"a": 5} if isinstance(expected, dict) else 5
    assert convert(given, expression(kind)) == expected


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [("list(any)", "[1]", TypedList), ("set(any)", "[1]", TerraformSet), ("map(any)", "{}", TypedMap)],
)
def test_a_converted_collection_is_of_its_type(kind: str, text: str, expected: type) -> None:
    assert type(convert(value(text), expression(kind))) is expected


def test_a_converted_list_equals_no_empty_tuple() -> None:
    # A trap of Terraform's: ``var.names == []`` is false for every ``list(string)``.
    assert value("var.names == []", names=convert([], expression("list(string)"))) is False


def test_a_type_that_nests_without_end_is_read_as_any() -> None:
    kind: Expr = Name("string")
    given: Any = 1
    for _ in range(1000):
        kind = Call("list", (kind,))
        given = [given]
    found, depth = convert(given, kind), 0
    while isinstance(found, TypedList):
        found, depth = found[0], depth + 1
    assert 10 < depth < 100
