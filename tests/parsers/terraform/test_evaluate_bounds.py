"""Whatever is written, evaluation ends soon and stays small: what would not is unknown."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path
from typing import Any

import pytest

from dyncheck.parsers.terraform.evaluate import LazyObject, evaluate
from dyncheck.parsers.terraform.syntax import Binary, Conditional, Expr, GetAttr, Literal, Name, TupleCons, Unary
from dyncheck.parsers.terraform.tfvalues import MAX_TEXT, TOO_LARGE, Invalid
from dyncheck.values import Unknown
from tests.parsers.terraform.expressions import Names, expression, tree, unset, value

BIG = "x" * MAX_TEXT


@pytest.mark.parametrize(
    "text",
    [
        "range(1000000000)",
        "range(0, 1, 0.0000001)",
        "[for i in range(10000) : [for j in range(10000) : j]]",
        "[for i in range(10000) : [for j in range(10000) : [for k in range(10000) : k]]]",
        '[for i in range(10000) : "${i}${var.half}"]',
        "[for i in range(10000) : upper(var.half)]",
        "{ for i in range(10000) : i => [for j in range(10000) : j] }",
        '"%{ for i in range(10000) }${var.big}%{ endfor }"',
        'join(var.big, ["a", "b", "c"])',
        'join("", [for i in range(5000) : "0123456789012345678901234567890123456789012345678901234567890123456789"])',
        '"${var.big}${var.big}"',
        'format("%s%s", var.big, var.big)',
        'replace(var.big, "x", "xxxx")',
        'replace(var.big, "", "xxxx")',
        'indent(1000000, "a\\nb\\nc")',
        "jsonencode([var.big, var.big])",
        "yamlencode([var.big, var.big])",
        "base64encode(var.big)",
        'urlencode(replace(var.big, "x", "é"))',
        "setproduct(range(200), range(200))",
        "concat(range(9000), range(9000))",
        "flatten([range(9000), range(9000)])",
        "pow(10, 1000000)",
        "pow(pow(10, 300), 2)",
        "var.number * var.number * var.number",
        'yamldecode("[[[[[[[[[[${var.brackets}")',
        "base64gunzip(var.bomb)",
    ],
)
def test_what_would_grow_too_large_is_unknown(text: str) -> None:
    bomb = base64.b64encode(gzip.compress(b"x" * (8 * MAX_TEXT))).decode()
    found = value(text, big=BIG, half=BIG[1::2], number=1 << 1000, brackets="[" * 1000, bomb=bomb)
    assert found == TOO_LARGE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('format("%999999999d", 1)', "format: the width of a format is too large"),
        ('format("%.999999999f", 1)', "format: the width of a format is too large"),
        ("jsondecode(var.brackets)", "expression too large"),
        ("parseint(var.digits, 10)", "expression too large"),
        ("tonumber(var.digits)", "a number is required"),
        ("jsondecode(var.digits)", "too large"),
        ('regexall("(x+)+y", var.text)', "too costly"),
        ('regexall("(x|x)*y", var.text)', "too costly"),
        ('regexall("x*x*x*x*x*x*y", var.text)', "too costly"),
        ('regex("(x{500}){500}", "x")', "not understood"),
        ("yamldecode(var.aliases)", "expression too large"),
    ],
)
def test_what_would_take_too_long_is_unknown(text: str, message: str) -> None:
    aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    found = value(text, brackets="[" * 100_000, digits="9" * 100_000, text="x" * 2000, aliases=aliases)
    assert isinstance(found, Unknown)
    assert message in ", ".join(found.because)


def nested(wrap: Any, depth: int) -> Expr:
    expr: Expr = Literal(1)
    for _ in range(depth):
        expr = wrap(expr)
    return expr


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: Unary("-", inner),
        lambda inner: Binary("+", Literal(1), inner),
        lambda inner: TupleCons((inner,)),
        lambda inner: Conditional(GetAttr(Name("var"), "p"), inner, Literal(0)),
        lambda inner: GetAttr(inner, "a"),
    ],
)
def test_ten_thousand_nested_expressions_are_unknown(wrap: Any) -> None:
    assert evaluate(nested(wrap, 10_000), Names({})) == TOO_LARGE


class Chain(LazyObject):
    """``local``: every name hangs on the next one, for ever."""

    def __init__(self) -> None:
        self.asked = 0

    def get(self, name: str) -> Any:
        self.asked += 1
        return evaluate(expression(f"local.a{self.asked} + 1"), Names({}, local=self))

    def force(self) -> Any:
        return self


def test_references_without_end_are_unknown() -> None:
    chain = Chain()
    found = value_of("local.a", chain)
    assert isinstance(found, Unknown)
    assert found.because == TOO_LARGE.because


def value_of(text: str, local: LazyObject) -> Any:
    return evaluate(expression(text), Names({}, local=local))


def test_a_template_that_renders_itself_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.tpl").write_text('${templatefile("t.tpl", {})}', encoding="utf-8")
    found = value('templatefile("t.tpl", {})', tree(tmp_path))
    assert isinstance(found, Invalid)
    assert found.because == {"invalid expression: templates nest too deeply"}


def doubled(times: int, start: Any) -> Any:
    """Few objects with very many paths through them, as a chain of ``b = [local.a, local.a]`` makes."""
    found = start
    for _ in range(times):
        found = [found, found]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "var.a",
        "jsonencode(var.a)",
        "yamlencode(var.a)",
        "flatten(var.a)",
        "toset(var.a)",
        "distinct(var.a)",
        "var.a == var.b",
        "contains(var.a, var.b)",
        "index(var.a, var.b)",
        "setunion(var.a, var.b)",
        "setproduct(var.a, var.b)[0][0] == var.b",
        "length(jsonencode(var.a))",
        "try(var.a.b, var.a)",
        "can(var.a[0])",
        "var.p ? var.a : var.b",
        "{ x = var.a, y = var.b }[var.key]",
        "[var.a, var.b][var.key]",
        "{ x = var.a }",
        "compact(var.a)",
        'format("%v", var.a)',
        "coalescelist([], var.a)",
        "merge({}, { a = var.a })",
    ],
)
@pytest.mark.parametrize("start", [1, [], unset("x")])
def test_values_with_very_many_paths_are_not_looked_through(text: str, start: Any) -> None:
    found = value(text, a=doubled(60, start), b=doubled(60, start))
    assert isinstance(found, Unknown)


def test_many_choices_do_not_multiply() -> None:
    lists = ", ".join(f"var.p{number} ? [{number}] : []" for number in range(30))
    maps = ", ".join(f"var.p{number} ? {{ k{number} = 1 }} : {{}}" for number in range(30))
    assert len(value(f"concat({lists})")) == 30
    assert len(value(f"merge({maps})")) == 30
    assert value(f"length(concat({lists}))").because >= {"var.p0"}


def test_a_loop_over_a_hidden_list_costs_nothing() -> None:
    assert value("[for i in var.x : [for j in range(1000000000) : j]]") == Unknown(frozenset({"var.x"}))
    assert value("var.x", x=unset("x")) == unset("x")
