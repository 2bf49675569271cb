"""What operators, macros and functions give: known values, and what is left unknown of partly known ones."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.policy.operations import EvaluationError
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, unknown
from tests.policy.language import Element, Subject, evaluate

COND = Condition.opaque("IsProd", {"parameter Stage"})
OPEN = OpenList(("a",), frozenset({"var.more"}))

KNOWN: list[tuple[str, Any]] = [
    # equality
    ("t.n == 2.0", True),
    ("2 == t.x", False),
    ("[1, 2] == [1.0, 2.0]", True),
    ("[1] == [1, 2]", False),
    ("t.names != ['a', 'c']", True),
    ("null == null", True),
    ("t.maybe == null", True),
    ("t.title != 'x'", True),
    ("t.tags == t.tags", True),
    # arithmetic as in CEL
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("-7 % 3", -1),
    ("7 % -3", 1),
    ("7.0 / 2.0", 3.5),
    ("1 + 2 * 3 - 4", 3),
    ("-(t.n)", -2),
    ("'a' + 'b'", "ab"),
    ("[1] + [2]", (1, 2)),
    # order
    ("1 < 1.5 && 2.5 >= 2", True),
    ("'a' < 'b' && 'b' <= 'b'", True),
    # precedence
    ("true || false && false", True),
    ("!false && true", True),
    ("false ? true : false ? 1 == 2 : 1 == 1", True),
    ("(1 + 2) * 3 == 9", True),
    # literals
    (r"'it\'s \"x\" \\ \n \u00e9'", 'it\'s "x" \\ \n é'),
    (r"r'\d+'", r"\d+"),
    ("1.5e3", 1500.0),
    ("[1, 2, ]", (1, 2)),
    ("1 // the rest is a comment", 1),
    # lists and maps
    ("t.names[1]", "b"),
    ("'team' in t.tags && !('owner' in t.tags)", True),
    ("'' in t.names", False),
    ("t.numbers.filter(n, n > 1).map(n, n * 2)", (4, 6)),
    ("[].all(x, false)", True),
    ("[].exists(x, true)", False),
    ("t.numbers.exists_one(n, n > 1)", False),
    ("t.numbers.all(n, t.numbers.exists(m, m == n))", True),
    # functions
    ("size('é😀')", 2),
    ("size(t.tags)", 1),
    ("t.name.endsWith('-x') && t.name.contains('rod') && !t.name.startsWith('x')", True),
    ("'ÄBC'.lowerAscii()", "Äbc"),
    ("glob('orders-prod', '*-prod') && glob('ab', 'a?') && !glob('ordersXprod', 'orders-*')", True),
    ("glob('a.b', 'a.b') && !glob('axb', 'a.b')", True),
    ("sum(t.numbers)", 6),
    ("sum([1.5, 2.5])", 4.0),
    ("sum([])", 0),
    ("distinct(['b', 'a', 'b'])", ("b", "a")),
    ("['a', 'b'].join(', ')", "a, b"),
    ("known(t.name) && !known(t.missing) && known(t.names)", True),
    ("int('42') + int(2.9)", 44),
    ("double(t.n) * 1.5", 3.0),
    ("duration_days('36h')", 1.5),
    ("duration_days('P1DT12H')", 1.5),
    ("duration_days('2w')", 14.0),
    ("arn('arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i') != null", True),
    ("arn('alias/aws/dynamodb') == null", True),
    ("has(t.name) && !has(t.title)", True),
]


@pytest.mark.parametrize(("text", "value"), KNOWN)
def test_known_values(text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("partition", "aws"),
        ("service", "dynamodb"),
        ("region", "eu-west-1"),
        ("account", "111122223333"),
        ("resource", "table/t:1"),
    ],
)
def test_the_parts_of_an_arn(part: str, value: str) -> None:
    arn = "arn('arn:aws:dynamodb:eu-west-1:111122223333:table/t:1')"
    assert evaluate(f"{arn} != null && {arn}.{part} == '{value}'") is True


UNKNOWN: list[tuple[str, dict[str, Any], set[str]]] = [
    ("t.n + 1 == 3", {"n": unknown("var.n")}, {"var.n"}),
    ("t.n < t.x", {"n": unknown("var.n"), "x": unknown("var.x")}, {"var.n", "var.x"}),
    ("t.name.startsWith('a')", {"name": unknown("var.name")}, {"var.name"}),
    ("t.child != null && t.child.v == 1", {"child": unknown("var.child")}, {"var.child"}),
    ("'a' in t.names", {"names": unknown("var.names")}, {"var.names"}),
    ("'z' in t.names", {"names": OPEN}, {"var.more"}),
    ("'z' in t.names", {"names": ("a", unknown("local.b"))}, {"local.b"}),
    ("t.names.size() == 1", {"names": OPEN}, {"var.more"}),
    ("t.names == ['a']", {"names": OPEN}, {"var.more"}),
    ("t.names[0] == 'a'", {"names": OPEN}, {"var.more"}),
    ("t.names.filter(x, x == 'a').size() == 1", {"names": ("a", unknown("local.b"))}, {"local.b"}),
    ("sum(t.numbers) == 1", {"numbers": (1, unknown("var.n"))}, {"var.n"}),
    ("t.names.join('') == 'a'", {"names": ("a", unknown("local.b"))}, {"local.b"}),
    ("distinct(t.names).size() == 2", {"names": ("a", unknown("local.b"))}, {"local.b"}),
    ("t.flag ? t.n == 2 : t.n == 3", {"flag": unknown("var.f")}, {"var.f"}),
    ("'k' in t.tags", {"tags": unknown("var.tags")}, {"var.tags"}),
    ("'k' in t.tags", {"tags": {"k": Choice(COND, "v", ABSENT)}}, {"parameter Stage"}),
    ("size(t.tags) == 1", {"tags": {"k": Choice(COND, "v", ABSENT)}}, {"parameter Stage"}),
    ("t.flag", {"flag": Choice(COND, True, False)}, {"parameter Stage"}),
    ("known(t.name)", {"name": Choice(COND, "a", "b")}, {"parameter Stage"}),
    ("t.names.all(x, x == 'a')", {"names": ("a", Choice(COND, "b", ABSENT))}, {"parameter Stage"}),
    ("t.names.exists_one(x, x == 'a')", {"names": OPEN}, {"var.more"}),
]


@pytest.mark.parametrize(("text", "values", "because"), UNKNOWN)
def test_unknown_values_and_their_reasons(text: str, values: dict[str, Any], because: set[str]) -> None:
    found = evaluate(text, Subject(**values))
    if isinstance(found, Choice):
        found = Unknown(found.condition.because)
    assert found == Unknown(frozenset(because))


DECIDED: list[tuple[str, dict[str, Any], Any]] = [
    ("'a' in t.names", {"names": OPEN}, True),
    ("t.names.exists(x, x == 'a')", {"names": OPEN}, True),
    ("t.names.all(x, x == 'b')", {"names": OPEN}, False),
    ("t.names == []", {"names": OPEN}, False),
    ("t.names.exists_one(x, true)", {"names": OpenList(("a", "b"), frozenset({"var.more"}))}, False),
    ("t.flag ? t.n == 2 : t.n == 2", {"flag": unknown("var.f")}, True),
    ("(t.flag ? 1 : 1) == 1", {"flag": unknown("var.f")}, True),
    ("t.names.map(x, 'k') == ['k']", {"names": (unknown("local.a"),)}, True),
    ("t.names.size() == 1", {"names": (unknown("local.a"),)}, True),
    ("t.names == ['a']", {"names": ("b", unknown("local.a"))}, False),
    ("'z' in t.tags", {"tags": {"k": Choice(COND, "v", ABSENT)}}, False),
    ("t.names.all(x, x != 'a') ", {"names": ("a", Choice(COND, "b", ABSENT))}, False),
    ("t.missing in []", {}, False),
]


@pytest.mark.parametrize(("text", "values", "value"), DECIDED)
def test_what_does_not_hang_on_the_unknown_is_known(text: str, values: dict[str, Any], value: Any) -> None:
    assert evaluate(text, Subject(**values)) is value


def test_two_unknowns_with_one_symbol_are_equal() -> None:
    name = unknown("var.name", symbol="var.name")
    assert evaluate("t.name == t.mode", Subject(name=name, mode=name)) is True
    assert evaluate("t.name != t.mode", Subject(name=name, mode=name)) is False
    assert evaluate("t.name in t.names", Subject(name=name, names=("a", name))) is True


def test_two_unknowns_for_one_reason_are_not_equal_for_that() -> None:
    found = evaluate("t.name == t.mode", Subject(name=unknown("var.x"), mode=unknown("var.x")))
    assert found == unknown("var.x")


def test_a_value_worked_out_from_an_unknown_has_not_its_symbol() -> None:
    name = unknown("var.name", symbol="var.name")
    assert evaluate("t.name + 'x' == t.name", Subject(name=name)) == unknown("var.name")


def test_true_is_not_one() -> None:
    assert evaluate("t.missing == t.n", Subject(missing=True, n=1)) is False
    assert evaluate("t.missing in [1, 2]", Subject(missing=True)) is False


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1 / (t.n - 2)", "division by zero"),
        ("1 % 0", "division by zero"),
        ("t.names[2]", "index 2 is outside a list of 2"),
        ("t.names[-1]", "index -1 is outside a list of 2"),
        ("int('x')", "'x' is not an integer"),
        ("double('x')", "'x' is not a number"),
        ("duration_days('1 month')", "'1 month' is not a duration such as 35d, 12h or P1DT12H"),
        ("9223372036854775807 + 1", "the integer is too large"),
        ("1e308 * 10.0 > 0.0", None),
    ],
)
def test_an_expression_without_value_is_an_error(text: str, problem: str | None) -> None:
    if problem is None:
        assert evaluate(text) is True
        return
    with pytest.raises(EvaluationError, match=f"^{problem}$".replace("(", r"\(")):
        evaluate(text)


def test_a_mistake_in_data_of_any_type_is_an_error_not_a_crash() -> None:
    for text in ("t.missing > 1", "t.missing.x == 1", "t.missing.all(x, true)", "t.missing.size() == 1", "!t.missing"):
        with pytest.raises(EvaluationError):
            evaluate(text, Subject(missing=Element(1)))


def test_no_field_of_the_model_is_called_like_an_attribute_of_an_unknown_value() -> None:
    from dyncheck.model import RESOURCE_KINDS
    from dyncheck.policy.types import fields_of

    seen: set[type] = set()
    pending = [*RESOURCE_KINDS.values()]
    while pending:
        struct = pending.pop()
        if struct in seen:
            continue
        seen.add(struct)
        for field, found in fields_of(struct).items():
            assert field not in {"because", "symbol", "condition", "if_true", "if_false"}
            inner = found.item if found.kind == "list" else found
            if inner is not None and inner.struct is not None:
                pending.append(inner.struct)
    assert len(seen) > 20
