"""What stays known beside what is not, what is unknown and why, and which unknown values are the same."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.parsers.terraform.evaluate import Invalid, OpenMap, TerraformSet
from dyncheck.values import OpenList, Unknown, unknown
from tests.parsers.terraform.expressions import unset, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("false && var.x", False),
        ("true || var.x", True),
        ("var.x && false", False),
        ("var.x || true", True),
        ("length([var.x, 1])", 2),
        ('{ a = var.x, b = 1 }["b"]', 1),
        ("{ a = var.x, b = 1 }.b", 1),
        ("[var.x, 2][1]", 2),
        ("element([var.x, 2], 1)", 2),
        ("[for item in [var.x, 1] : 5]", [5, 5]),
        ("keys({ a = var.x, b = 1 })", ["a", "b"]),
        ('contains([var.x, "a"], "a")', True),
        ("merge({ a = 1 }, var.x, { a = 2 }).a", 2),
        ('lookup(merge(var.x, { a = 2 }), "a", 3)', 2),
        ('coalesce("a", var.x)', "a"),
        ("coalescelist([1], var.x)", [1]),
        ("var.computed == null", False),
        ('var.computed != ""', True),
        ('try("a", var.x)', "a"),
        ("alltrue([var.x, false])", False),
        ("anytrue([var.x, true])", True),
        ("[1] == [1, var.x]", False),
        ("[1, var.x] == [2, var.x]", False),
        ("var.x == var.x", True),
        ("{ dev = true, prod = true }[var.env]", True),
        ('lookup({ dev = "a" }, var.env, "a")', "a"),
        ("[] != null", True),
        ('zipmap(["a", "b"], [var.x, 1]).b', 1),
        ("flatten([[1], [2, [3]]])[2]", 3),
        ("try([var.x, 1][1], 0)", 1),
        ("can([var.x][0])", True),
        ("can({ a = var.x }.b)", False),
        ("var.l != null ? 1 : 1", 1),
    ],
)
def test_a_result_that_hangs_on_known_parts_alone_is_known(text: str, expected: Any) -> None:
    found = value(text, computed=unknown("aws_kms_key.k.arn", symbol="aws_kms_key.k.arn"))
    assert type(found) is type(expected)
    assert found == expected


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("var.x", "var.x"),
        ('"${var.x}"', "var.x"),
        ("var.x.y", "var.x.y"),
        ('var.x["k"]', 'var.x["k"]'),
        ("var.x[0].y", "var.x[0].y"),
        ("var.x[*].y", "var.x[*].y"),
        ('"table/${var.x}"', "table/${var.x}"),
        ('"${var.x}-${var.y}"', "${var.x}-${var.y}"),
        ('"a/${"b-${var.x}"}"', "a/b-${var.x}"),
        ('join("/", ["table", var.x])', "table/${var.x}"),
        ('join("", [var.x])', "var.x"),
        ('format("table/%s/index/%s", var.x, "i")', "table/${var.x}/index/i"),
        ('format("%s", var.x)', "var.x"),
        ("tostring(var.x)", "var.x"),
        ("sensitive(var.x)", "var.x"),
        ("lower(var.x)", "lower(${var.x})"),
        ('"t-${lower(var.x)}"', "t-${lower(${var.x})}"),
        ('lower("t-${var.x}")', 'lower("t-${var.x}")'),
        ('replace(var.x, "a", "b")', 'replace(${var.x}, "a", "b")'),
        ("length(var.x)", "length(${var.x})"),
        ("var.x + 1", "+(${var.x}, 1)"),
        ("jsonencode({ b = var.x, a = 1 })", 'jsonencode({"a" = 1, "b" = ${var.x}})'),
        ('coalesce(var.x, "d")', 'coalesce(${var.x}, "d")'),
        ('try(var.x.y, "d")', 'try(${var.x.y}, "d")'),
        ("element([var.x], 0)", "var.x"),
        ("one([var.x])", "var.x"),
        ('try(one([var.x]), "d")', "var.x"),
        ('try({ a = var.x }.a, "d")', "var.x"),
        ("max(var.x, 1)", "max(${var.x}, 1)"),
        ('"$${a}${var.x}"', "$${a}${var.x}"),
        ("timestamp()", None),
        ('"${var.x}-${timestamp()}"', None),
        ("lower(timestamp())", None),
        ("[for x in var.x : x]", None),
    ],
)
def test_an_unknown_value_is_identified_by_how_it_was_made(text: str, symbol: str | None) -> None:
    found = value(text)
    assert isinstance(found, Unknown)
    assert found.symbol == symbol


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("var.x", {"var.x"}),
        ('"${var.x}-${var.y}"', {"var.x", "var.y"}),
        ('lookup(var.x, var.y, "z")', {"var.x", "var.y"}),
        ("timestamp()", {"timestamp()"}),
        ("plantimestamp()", {"plantimestamp()"}),
        ("uuid()", {"uuid()"}),
        ('bcrypt("a")', {"bcrypt()"}),
        ('rsadecrypt("a", "b")', {"rsadecrypt()"}),
        ("no_such_function(1)", {"function no_such_function"}),
        ('provider::time::rfc3339_parse("x")', {"function provider::time::rfc3339_parse"}),
        ('coalesce(var.x, "d", var.y)', {"var.x"}),
        ("merge({ a = 1 }, var.x).a", {"var.x"}),
        ("[1, 2][var.x]", {"var.x"}),
        ("sum([1, var.x, var.y])", {"var.x", "var.y"}),
        ("[for x in var.x : x]", {"var.x"}),
        ('file("missing.json")', {'file "missing.json" (not in the scanned tree)'}),
    ],
)
def test_an_unknown_value_names_what_hides_it(text: str, reasons: set[str]) -> None:
    found = value(text)
    assert isinstance(found, Unknown)
    assert found.because == reasons


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("concat([1], var.x)", OpenList((1,), frozenset({"var.x"}))),
        ("concat(var.x, [1])", OpenList((1,), frozenset({"var.x"}))),
        ("flatten([var.x, [1, 2]])", OpenList((1, 2), frozenset({"var.x"}))),
        ("flatten([[1], var.x, var.y])", OpenList((1,), frozenset({"var.x", "var.y"}))),
        ("[for n in concat([1], var.x) : n * 2]", OpenList((2,), frozenset({"var.x"}))),
        ("concat([1], var.x)[*]", OpenList((1,), frozenset({"var.x"}))),
        ('toset(["b", "a", var.x])', OpenList(("a", "b"), frozenset({"var.x"}))),
        ("toset([var.x, var.y])", OpenList((unset("x"),), frozenset({"var.x", "var.y"}))),
        ("toset([var.x, var.x])", TerraformSet([unset("x")])),
        ('distinct(["a", var.x])', OpenList(("a",), frozenset({"var.x"}))),
        ("keys(merge({ a = 1 }, var.x))", OpenList(("a",), frozenset({"var.x"}))),
        ("values(merge(var.x, { a = 1 }))", OpenList((1,), frozenset({"var.x"}))),
        ("merge(var.x, { a = 1 })", OpenMap({"a": 1}, frozenset({"var.x"}))),
        ("merge({ a = 1 }, var.x)", OpenMap({"a": Unknown(frozenset({"var.x"}))}, frozenset({"var.x"}))),
        ("{ (var.x) = 1, a = 2 }", OpenMap({"a": 2}, frozenset({"var.x"}))),
        ("{ for k, v in merge(var.x, { a = 1 }) : k => v + 1 }", OpenMap({"a": 2}, frozenset({"var.x"}))),
        ('{ for n in concat(["a"], var.x) : n => 1 }', OpenMap({"a": 1}, frozenset({"var.x"}))),
        ('tolist(concat(["a"], var.x))', OpenList(("a",), frozenset({"var.x"}))),
        ('setunion(["a"], var.x)', OpenList(("a",), frozenset({"var.x"}))),
        ("concat([[1], var.x]...)", OpenList((1,), frozenset({"var.x"}))),
    ],
)
def test_a_collection_is_open_where_something_unknown_may_add_to_it(text: str, expected: Any) -> None:
    assert value(text) == expected


def test_a_merge_keeps_what_stands_after_the_unknown_map() -> None:
    merged = value("merge({ a = 1, b = 2 }, var.x, { b = 3, c = 4 })")
    assert merged == OpenMap({"a": Unknown(frozenset({"var.x"})), "b": 3, "c": 4}, frozenset({"var.x"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1][5]", "index 5 is out of range"),
        ("{ a = 1 }.b", "there is no attribute or key 'b'"),
        ('"x" + 1', "a number is required, but have 'x'"),
        ("1 / 0", "division by zero"),
        ('"a${null}"', "a null value cannot be part of a string"),
        ("null ? 1 : 2", "a condition must not be null"),
        ('tonumber("x")', "tonumber: a number is required, but have 'x'"),
        ('jsondecode("{")', "jsondecode: Expecting property name enclosed in double quotes in line 1"),
        ("upper()", "upper: 1 arguments are required, 0 given"),
        ("upper(1, 2)", "upper: at most 1 arguments are allowed"),
        ("one([1, 2])", "one: a list of at most one element is required"),
        ('regex("x", "a")', "regex: pattern did not match any part of the given string"),
    ],
)
def test_an_error_is_an_unknown_value_that_says_what_is_wrong(text: str, message: str) -> None:
    found = value(text)
    assert isinstance(found, Invalid)
    assert found.because == {f"invalid expression: {message}"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("try([1][5], 7)", 7),
        ("try({ a = 1 }.b, { c = 2 }.c, 3)", 2),
        ("try(length([{ a = 1 }.b]), 0)", 0),
        ("can([{ a = 1 }.b])", False),
        ('try(tonumber("x"), -1)', -1),
        ("try({ a = null }.a.b, null)", None),
        ("try([for x in [1] : x.y], [])", []),
    ],
)
def test_try_and_can_see_errors(text: str, expected: Any) -> None:
    assert value(text) == expected


def test_an_error_in_one_element_leaves_the_others_known() -> None:
    assert value("{ a = [1][5], b = 2 }.b") == 2
