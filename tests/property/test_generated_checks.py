"""A check as a function of its own against the same check as closures: the same places, reasons and errors, always."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.synthetic_tables import synthetic_tables
from dyncheck.cost.costing import Costing
from dyncheck.engine import judge, judge_all
from dyncheck.model import Resource, Table
from dyncheck.policy.compiled import GENERATED_AFTER, CompiledCheck, CompiledRule, Site
from dyncheck.policy.frames import new_frame
from dyncheck.policy.generated import message_function, sites_function
from dyncheck.policy.limits import MAX_LOOPS, MAX_STEPS
from dyncheck.policy.loader import load_rules
from dyncheck.policy.operations import EvaluationError
from dyncheck.policy.parser import parse
from dyncheck.policy.program import CheckProgram
from dyncheck.policy.rule import Outcome, Verdict
from dyncheck.policy.selection import Selection
from dyncheck.scenarios import Atom, Condition
from dyncheck.values import ABSENT, Choice, OpenList, unknown
from tests.policy.language import Subject
from tests.policy.rules import rule
from tests.property.test_policy_language import SUBJECT, expression
from tests.rules.shipped import cases, collected

TABLES = tuple(map(Costing.of(region="eu-west-1").priced, synthetic_tables(200)))
CONDITIONS = tuple(
    Condition(f"Is{value}", frozenset({"parameter Stage"}), Atom("parameter:Stage", value, None)) for value in "ABC"
)


@cache
def both_ways() -> tuple[Selection, Selection]:
    """All shipped rules as closures only, and as functions from the first resource on."""
    closures, functions = ([CompiledRule(each.program) for each in load_rules().rules] for _ in range(2))
    for number, rules in enumerate((closures, functions)):
        for each in rules:
            for check in each.checks:
                check.sites = sites_function(check) if number else check.sites_by_closures
                check._written = message_function(check) if number else None
                check._messages = GENERATED_AFTER
    return Selection(closures), Selection(functions)


def disturbed(value: Any, generator: random.Random, share: float, path: str = "") -> Any:
    """A value with some of its parts unknown, undecided, open, absent, or of another type than they should be."""
    if generator.random() < share and path:
        return generator.choice(
            (
                unknown(path),
                unknown("var.x", symbol="var.x"),
                Choice(generator.choice(CONDITIONS), value, ABSENT),
                Choice(generator.choice(CONDITIONS), value, unknown(path)),
                OpenList(value if isinstance(value, tuple) else (value,), frozenset({path})),
                None, True, 1, 1.0, "1", "x", (), {"team": unknown(path)}, (value, value),
            )
        )  # fmt: skip
    if isinstance(value, tuple):
        return tuple(disturbed(item, generator, share, f"{path}[{number}]") for number, item in enumerate(value))
    if isinstance(value, dict):
        return {key: disturbed(item, generator, share, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, msgspec.Struct):
        names = [name for name in value.__struct_fields__ if name not in ("locations", "presence", "address")]
        parts = {name: disturbed(getattr(value, name), generator, share, f"{path}.{name}") for name in names}
        return msgspec.structs.replace(value, **parts)
    return value


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(TABLES) - 1), st.integers(0, 2**32), st.sampled_from([0.0, 0.01, 0.05, 0.3]))
def test_every_shipped_check_says_the_same_both_ways_of_random_tables(number: int, seed: int, share: float) -> None:
    table = disturbed(TABLES[number], random.Random(seed), share)
    closures, functions = both_ways()
    assert judge(table, functions) == judge(table, closures)


def test_resources_that_are_judged_together_have_the_verdicts_that_each_has_alone() -> None:
    generator = random.Random(3)
    resources = [disturbed(table, generator, 0.01) for table in TABLES[:40]]
    resources += [msgspec.structs.replace(TABLES[0], presence=False), *example_resources()]
    selection = Selection([CompiledRule(each.program) for each in load_rules().rules])

    assert judge_all(resources, selection) == [judge(resource, selection) for resource in resources]


def example_resources() -> Iterator[Resource]:
    """What the examples of the shipped rules hold."""
    for case in cases():
        yield from map(Costing.of(region=case.text.region).priced, collected(case)[0])


def test_every_shipped_check_says_the_same_both_ways_of_all_examples() -> None:
    closures, functions = both_ways()
    kinds = set()
    for resource in example_resources():
        kinds.add(type(resource))
        assert judge(resource, functions) == judge(resource, closures)
    assert len(kinds) >= 4


def test_most_messages_are_put_together_by_functions() -> None:
    _, functions = both_ways()
    checks = {check: each.rule.id for each in functions.rules for check in each.checks if each.rule.kind == "table"}
    told: set[str] = set()
    for table in TABLES:
        for check, identifier in checks.items():
            frame = new_frame(table)
            for site in check.sites(frame):
                if site.outcome is Outcome.FAIL and check._written is not None and check._written(table, site.value):
                    told.add(identifier)
    assert len(told) > 20


def test_a_table_without_unknown_values_never_needs_the_closures() -> None:
    def refused(_frame: Any) -> list[Site]:
        raise AssertionError("this check has gone back to its closures")

    rules = [CompiledRule(each.program) for each in load_rules().rules if each.rule.kind == "table"]
    for each in rules:
        for check in each.checks:
            check.sites_by_closures = refused  # type: ignore[assignment, method-assign]
            check.sites = sites_function(check)
    selection = Selection(rules)
    verdicts = [verdict for table in synthetic_tables(200) for verdict in judge(table, selection)]
    assert [verdict for verdict in verdicts if verdict.outcome is Outcome.ERROR] == []


# --- random expressions -----------------------------------------------------------------------------------------------


def check_of(text: str, each: str | None = None, when: str | None = None, **params: Any) -> CompiledCheck:
    """A check over the subject ``t`` of the language's probes, and its elements ``e``."""
    trees = [parse(part) if part is not None else None for part in (each, when)]
    program = CheckProgram(each=trees[0], as_name="e" if each else None, when=trees[1], check=parse(text))
    return CompiledCheck(program, "t", params)


def answer(sites: Callable[[Any], list[Site]], subject: Any) -> Any:
    """The places of a check, or its error."""
    try:
        return sites(new_frame(subject))
    except EvaluationError as error:
        return str(error)
    except Exception as error:
        return type(error), str(error)


def assert_same(check: CompiledCheck, subject: Any) -> None:
    assert answer(sites_function(check), subject) == answer(check.sites_by_closures, subject)


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 3), st.sampled_from([0.0, 0.05, 0.2, 0.5]))
def test_random_checks_say_the_same_both_ways(seed: int, depth: int, share: float) -> None:
    generator = random.Random(seed)
    each = generator.choice((None, "t.l1", "t.names", "t.l2.filter(x, x.v > 1)"))
    whens = (None, expression(generator, 1), "e != 'a'" if each is not None else "t.flag")
    check = check_of(expression(generator, depth), each, generator.choice(whens))
    subject = disturbed(SUBJECT, generator, share, "t")
    if isinstance(subject, Subject):
        assert_same(check, subject)


PROBES = (
    "t.l1.exists_one(x, x.v == t.n)", "size(t.l1.filter(x, x.v > 1)) == 1", "t.names.map(x, x + '!') == ['a!', 'b!']",
    "sum(t.numbers.map(x, x * 2 - 1)) / t.n >= 2", "t.n % 2 == 0", "t.numbers.map(x, -x) != t.numbers",
    "(t.flag ? t.names : []).exists(x, x == 'b')", "(t.flag ? t.names.filter(x, x != 'a') : t.names) == ['b']",
    "t.names[t.n - 1] == 'b'", "t.tags.team == 'a'", "t.tags['team'].startsWith(t.names[0])", "has(t.tags.team)",
    "has(t.title)", "has(t.child.v)", "known(t.missing)", "t.names.exists(x, known(x))", "t.names.all(x, t.flag)",
    "t.names.map(x, has(x.v)) == [false]", "t.l1.map(x, x.name).all(x, x == null)", "t.names.exists(x, true)",
    "t.name.matches('^[a-z-]+$')", "t.name.matches(t.mode)", "glob(t.name, '*-x')", "t.names.join(',') == 'a,b'",
    "distinct(t.numbers) == t.numbers", "t.n in t.numbers", "t.x in t.numbers", "t.flag in [1, true]", "1 == t.flag",
    "t.n == 2.0", "t.x == t.n", "t.n < t.x", "t.flag < true", "t.mode < t.name", "t.names + t.names == t.names",
    "t.name + t.mode != 'prod-xA'", "t.n + 1 == 3", "double(t.n) == 2.0", "int('x') == t.n",
    "duration_days('2w') > 13.5",
    "arn(t.name) == null", "arn('arn:aws:iam::1:x').service == 'iam'", "t.idx[0].keys.exists(k, k in t.names)",
    "t.name", "t.n", "t.maybe == null || t.n / t.maybe > 1", "t.title != null && size(t.title) > 1", "t.n / 0 == 1",
    "t.l1.exists(x, t.l2.exists(y, y.v == x.v)) && t.l1.all(x, x.v != null)", "!t.flag || t.names.exists(x, x == 'z')",
    "t.flag && t.names.exists(x, x == 'b') && !t.names.all(x, x == 'a')", "9223372036854775807 + t.n > 0",
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.1, 0.3]))
@pytest.mark.parametrize("text", PROBES)
def test_every_operator_and_function_says_the_same_both_ways(text: str, seed: int, share: float) -> None:
    subject = disturbed(SUBJECT, random.Random(seed), share, "t")
    if isinstance(subject, Subject):
        assert_same(check_of(text), subject)
        assert_same(check_of(text, each="t.names", when="t.flag"), subject)


# --- bounds -----------------------------------------------------------------------------------------------------------

NESTED = "t.names.all(a, t.names.all(b, t.names.all(c, a + b + c != 'x')))"


@pytest.mark.parametrize("text", [NESTED, "t.names.all(a, t.names.all(b, t.names.all(c, c in t.names)))"])
def test_a_function_takes_no_more_steps_than_the_closures_may(text: str) -> None:
    check = check_of(text)
    subject = Subject(names=tuple(map(str, range(60))))
    error = f"the check takes more than {MAX_STEPS:,} steps"
    assert (answer(sites_function(check), subject), answer(check.sites_by_closures, subject)) == (error, error)


@pytest.mark.parametrize(
    "text",
    [
        "!" * 39 + "t.flag",
        "(" * 39 + "t.flag" + " && t.flag)" * 39,
        " && ".join(["t.names.exists(x, x == 'a')"] * 100),
        "t.flag ? true : " * 38 + "false",
        "".join(f"t.names.all(x{level}, " for level in range(MAX_LOOPS)) + "t.flag" + ")" * MAX_LOOPS,
    ],
)
def test_expressions_at_the_bounds_have_functions(text: str) -> None:
    assert_same(check_of(text), SUBJECT)


def test_no_text_of_a_rule_is_in_the_source_of_its_function() -> None:
    hostile = "'''\\n\\\" + __import__(\\\"os\\\") #'"
    check = check_of(
        f'"{hostile}" in t.tags || t.tags["{hostile}"] == "{hostile}" || t.name == params.p', p="__import__"
    )
    function = sites_function(check)
    names = {*function.__code__.co_names, *function.__code__.co_varnames}
    texts_in_code = [constant for constant in function.__code__.co_consts if isinstance(constant, str)]
    assert (texts_in_code, [name for name in names if "import" in name]) == ([], [])
    assert_same(check, SUBJECT)


def test_a_check_becomes_a_function_once_it_has_met_many_resources() -> None:
    compiled = rule("check: table.billing_mode_written\n")
    selection = Selection([compiled])
    verdicts: list[list[Verdict]] = []
    by_function: list[bool] = []
    subject = Table(address="t", stack=".", source="terraform", resource_type="t")
    for _ in range(GENERATED_AFTER + 2):
        verdicts.append(judge(subject, selection))
        by_function.append(compiled.checks[0].sites.__name__ == "written")
    assert by_function == [False] * GENERATED_AFTER + [True] * 2
    assert all(found == verdicts[0] for found in verdicts)
