"""Hiding the value of a variable may hide results, and never changes one.

Random expressions are evaluated twice: with all variables known, and with some of them unknown. What the second
evaluation claims to know must be what the first one found; a choice must take the arm that the hidden value decides.
"""

from __future__ import annotations

import functools
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from dyncheck.parsers.terraform.convert import to_string
from dyncheck.parsers.terraform.evaluate import Invalid, LazyObject, OpenMap, TerraformSet, evaluate
from dyncheck.parsers.terraform.syntax import (
    Binary,
    Call,
    Conditional,
    Expr,
    ForObject,
    ForTuple,
    GetAttr,
    Index,
    Literal,
    Name,
    ObjectCons,
    ObjectItem,
    Splat,
    Template,
    TupleCons,
    Unary,
)
from dyncheck.scenarios import And, Atom, Condition, Formula, Not
from dyncheck.values import ABSENT, Choice, OpenList, Unknown
from tests.parsers.terraform.expressions import Names, unset

Assignment = dict[str, Any]

VALUES: dict[str, list[Any]] = {
    "s": ["", "a", "b", "prod"],
    "t": ["a", "5", "x"],
    "n": [0, 1, 2, 5],
    "p": [True, False],
    "q": [True, False],
    "l": [[], ["a"], ["a", "b"], ["b", "a", "a"]],
    "m": [{}, {"a": 1}, {"a": "x", "b": "y"}],
    "z": [None, "a"],
}


# --- does a partly known value cover the real one? ----------------------------------------------------------------


def holds(condition: Condition, world: Assignment) -> bool | None:
    """Whether a condition is true in the world; None where it is about more than the value of a variable."""
    return formula_holds(condition.formula, world)


def formula_holds(formula: Formula, world: Assignment) -> bool | None:
    if isinstance(formula, Atom):
        name = formula.subject.removeprefix("var.")
        if name not in world:
            return None
        real = world[name]
        return type(real) is type(formula.equals) and real == formula.equals
    if isinstance(formula, Not):
        inner = formula_holds(formula.operand, world)
        return None if inner is None else not inner
    parts = [formula_holds(operand, world) for operand in formula.operands]
    deciding = not isinstance(formula, And)
    if deciding in parts:
        return deciding
    return None if None in parts else not deciding


def arms(value: Any, world: Assignment) -> list[Any]:
    """What a value may turn out to be in the world."""
    if not isinstance(value, Choice):
        return [value]
    truth = holds(value.condition, world)
    found = []
    if truth is not False:
        found += arms(value.if_true, world)
    if truth is not True:
        found += arms(value.if_false, world)
    return found


def covers(partial: Any, real: Any, world: Assignment) -> bool:
    return any(covers_arm(arm, real, world) for arm in arms(partial, world))


def covers_arm(partial: Any, real: Any, world: Assignment) -> bool:
    if isinstance(partial, Unknown):
        return not isinstance(partial, Invalid)
    if isinstance(partial, OpenList):
        return isinstance(real, list) and all(
            any(arm is ABSENT or any(covers(arm, element, world) for element in real) for arm in arms(item, world))
            for item in partial.items
        )
    if isinstance(partial, OpenMap):
        return isinstance(real, dict) and all(
            any(arm is ABSENT or (key in real and covers(arm, real[key], world)) for arm in arms(item, world))
            for key, item in partial.items.items()
        )
    if isinstance(partial, LazyObject):
        return covers(partial.force(), real, world)
    if isinstance(partial, list):
        if not isinstance(real, list) or isinstance(partial, TerraformSet) != isinstance(real, TerraformSet):
            return False
        return covers_list(list(partial), list(real), world)
    if isinstance(partial, dict):
        if not isinstance(real, dict) or not real.keys() <= partial.keys():
            return False
        return all(
            covers(item, real[key], world) if key in real else ABSENT in arms(item, world)
            for key, item in partial.items()
        )
    if isinstance(real, str) and isinstance(partial, (bool, int, float)):
        # Beside strings a number is a string, and whether there are any may be what is hidden.
        return to_string(partial) == real
    return type(partial) is type(real) and partial == real


def covers_list(partial: list[Any], real: list[Any], world: Assignment) -> bool:
    if not partial:
        return not real
    first, rest = partial[0], partial[1:]
    for arm in arms(first, world):
        if arm is ABSENT:
            if covers_list(rest, real, world):
                return True
        elif real and covers(arm, real[0], world) and covers_list(rest, real[1:], world):
            return True
    return False


# --- random expressions ------------------------------------------------------------------------------------------


def variable(name: str) -> Expr:
    return GetAttr(Name("var"), name)


NOWHERE = (0, 1, 0, 1)


def call(name: str, *arguments: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.tuples(*arguments).map(lambda found: Call(name, found))


def calls(names: str, *arguments: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(*(call(name, *arguments) for name in names.split()))


def literal(*values: Any) -> st.SearchStrategy[Expr]:
    return st.sampled_from(values).map(Literal)


@functools.cache
def strategies(depth: int) -> dict[str, st.SearchStrategy[Expr]]:
    """Expressions by the type that they mean to have; ``element`` stands inside a ``for`` over strings named ``x``."""
    if depth == 0:
        return {
            "string": st.one_of(literal("", "a", "b", "prod", None), st.sampled_from("stz").map(variable)),
            "number": st.one_of(literal(0, 1, 2), st.just(variable("n"))),
            "bool": st.one_of(literal(True, False), st.sampled_from("pq").map(variable)),
            "list": st.one_of(st.just(variable("l")), st.just(TupleCons((Literal("a"), Literal("b"))))),
            "map": st.just(variable("m")),
        }
    inner = strategies(depth - 1)
    text, number, truth, items, mapping = (inner[name] for name in ("string", "number", "bool", "list", "map"))
    anything = st.one_of(text, number, truth, items, mapping)
    x = st.just(Name("x"))
    name_of_x = st.one_of(
        x, st.just(Template((Name("x"), Literal("!")))), st.builds(lambda e: Template((Name("x"), e)), text)
    )
    about_x = st.one_of(
        st.none(),
        st.builds(Binary, st.sampled_from(["==", "!="]), x, text),
        call("contains", items, x),
        truth,
    )
    key = st.sampled_from(["", "k"])
    return {
        "string": st.one_of(
            text,
            st.builds(Conditional, truth, text, text),
            st.builds(lambda *parts: Template(parts), text, st.one_of(text, number)),
            st.builds(Index, items, number),
            st.builds(Index, mapping, text),
            st.builds(GetAttr, mapping, st.sampled_from(["a", "b"])),
            calls("upper trimspace tostring jsonencode md5 title", text),
            calls("coalesce try", text, text),
            call("element", items, number),
            call("lookup", mapping, text, text),
            call("join", literal("-"), items),
            call("one", items),
            call("jsonencode", anything),
            call("format", literal("x%s"), text),
            call("replace", text, literal("a"), text),
        ),
        "number": st.one_of(
            number,
            st.builds(Binary, st.sampled_from(["+", "-", "*"]), number, number),
            st.builds(Conditional, truth, number, number),
            call("length", st.one_of(items, mapping, text)),
            calls("max min", number, number),
            call("index", items, text),
            call("try", st.one_of(number, call("tonumber", text)), number),
            st.builds(Unary, st.just("-"), number),
        ),
        "bool": st.one_of(
            truth,
            st.builds(Binary, st.sampled_from(["==", "!="]), anything, anything),
            st.builds(Binary, st.sampled_from(["&&", "||"]), truth, truth),
            st.builds(Binary, st.sampled_from(["<", ">="]), number, number),
            st.builds(Unary, st.just("!"), truth),
            call("contains", items, text),
            call("can", st.one_of(st.builds(Index, items, number), st.builds(GetAttr, mapping, literal_name()))),
            calls("alltrue anytrue", st.lists(truth, max_size=3).map(lambda found: TupleCons(tuple(found)))),
            calls("startswith", text, text),
        ),
        "list": st.one_of(
            items,
            st.lists(text, max_size=3).map(lambda found: TupleCons(tuple(found))),
            st.builds(Conditional, truth, items, items),
            st.builds(Conditional, truth, items, st.just(TupleCons(()))),
            calls("concat coalescelist setunion", items, items),
            calls("concat", items, items, items),
            calls("setproduct setsubtract setintersection", items, items),
            calls("flatten", st.lists(st.one_of(items, text), max_size=3).map(lambda found: TupleCons(tuple(found)))),
            calls("compact distinct toset tolist reverse sort", items),
            calls("keys values", mapping),
            call("slice", items, literal(0, 1), number),
            call("range", number),
            call("try", items, items),
            call("split", literal(","), text),
            call("formatlist", literal("%s-%s"), text, items),
            st.builds(Splat, items, st.just(Name("*"))),
            st.builds(Splat, text, st.just(Name("*"))),
            st.builds(ForTuple, key, st.just("x"), st.one_of(items, mapping), st.one_of(name_of_x, text), about_x),
        ),
        "map": st.one_of(
            mapping,
            st.lists(st.tuples(st.one_of(literal("a", "b"), text), anything), max_size=3).map(
                lambda pairs: ObjectCons(tuple(ObjectItem(name, item, NOWHERE) for name, item in pairs))
            ),
            st.builds(Conditional, truth, mapping, mapping),
            st.builds(Conditional, truth, mapping, st.just(ObjectCons(()))),
            calls("merge try", mapping, mapping),
            calls("merge", mapping, mapping, mapping),
            call("zipmap", items, items),
            call("tomap", mapping),
            st.builds(
                ForObject, key, st.just("x"), items, name_of_x, st.one_of(name_of_x, anything), st.booleans(), about_x
            ),
        ),
    }


def literal_name() -> st.SearchStrategy[str]:
    return st.sampled_from(["a", "b"])


EXPRESSIONS = st.sampled_from(["string", "number", "bool", "list", "map"]).flatmap(lambda kind: strategies(3)[kind])
WORLDS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})
HIDDEN = st.sets(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3)


ERROR = "<error>"


def what_terraform_gives(expr: Expr, world: Assignment) -> Any:
    """The value where everything is known; ERROR where Terraform would refuse the expression, or it is too costly."""
    value = evaluate(Call("try", (expr, Literal(ERROR))), Names(world))
    return ERROR if isinstance(value, Unknown) else value


@settings(max_examples=1000, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(EXPRESSIONS, WORLDS, HIDDEN)
def test_what_is_claimed_with_hidden_variables_is_what_comes_out_when_they_are_known(
    expr: Expr, world: Assignment, hidden: set[str]
) -> None:
    real = what_terraform_gives(expr, world)
    if real == ERROR:
        return
    partial = evaluate(expr, Names({**world, **{name: unset(name) for name in hidden}}))
    assert covers(partial, real, {name: world[name] for name in hidden}), (partial, real)


@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(EXPRESSIONS, WORLDS, HIDDEN)
def test_what_is_unknown_names_nothing_but_what_is_hidden(expr: Expr, world: Assignment, hidden: set[str]) -> None:
    if what_terraform_gives(expr, world) == ERROR:
        return
    partial = evaluate(expr, Names({**world, **{name: unset(name) for name in hidden}}))
    if isinstance(partial, Unknown) and not isinstance(partial, Invalid):
        allowed = {f"var.{name}" for name in hidden}
        stray = {reason for reason in partial.because if reason.startswith("var.")} - allowed
        assert stray == set()
        assert partial.because
