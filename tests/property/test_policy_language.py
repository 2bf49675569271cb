"""The policy language against Google's CEL, against itself with everything known, and against mutated rule files."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.synthetic_tables import synthetic_tables
from dyncheck.engine import judge
from dyncheck.errors import RuleError
from dyncheck.model import Table
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.documents import read_document
from dyncheck.policy.evaluator import compile_expression
from dyncheck.policy.frames import ELEMENT, RESOURCE, new_frame
from dyncheck.policy.loader import load_rules
from dyncheck.policy.operations import undecided
from dyncheck.policy.parser import parse
from dyncheck.policy.program import CheckProgram
from dyncheck.policy.rule import Check, Outcome, Rule
from dyncheck.policy.selection import Selection
from dyncheck.policy.source import check_rule
from dyncheck.policy.syntax import Call, Conditional, Expression, Macro, children
from dyncheck.values import OpenList, Unknown, conditions_in
from tests.policy.language import Element, Subject, evaluate
from tests.property.oracle import ERROR, ask, hidden, plain

TABLES = tuple(synthetic_tables(200))


@cache
def rules() -> tuple[CompiledRule, ...]:
    return tuple(rule for rule in load_rules().rules if rule.rule.kind == "table")


def texts(rule: CompiledRule) -> Iterator[tuple[Rule | Check, CheckProgram]]:
    """The checks of a rule as text, with their trees."""
    yield from zip((rule.rule, *rule.rule.also), rule.program.checks, strict=True)


def refined(node: Expression) -> bool:
    """Whether an expression uses what is more precise here than in CEL: documented in docs/policy-language.md."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Conditional):
            return True
        if isinstance(current, Macro) and current.name in ("map", "filter", "exists_one"):
            return True
        if isinstance(current, Call) and current.function in ("known", "has"):
            return True
        pending.extend(children(current))
    return False


def agrees(ours: Any, oracle: Any, node: Expression) -> bool:
    """Whether two answers are the same, or differ only as the documentation says."""
    if undecided(ours) is not None or isinstance(ours, OpenList):
        return oracle is ERROR
    if oracle is ERROR:
        return refined(node)
    return bool(ours == oracle)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(TABLES) - 1), st.integers(0, 2**32), st.sampled_from([0.0, 0.02, 0.1, 0.3]))
def test_every_shipped_expression_agrees_with_googles_cel(number: int, seed: int, share: float) -> None:
    table, data = hidden(TABLES[number], random.Random(seed), share)
    data |= {"presence": True, "address": TABLES[number].address}
    for rule in rules():
        params = {name: param.default for name, param in rule.rule.params.items()}
        for text, program in texts(rule):
            if program.when is not None and text.when is not None and program.as_name is None:
                ours = compile_expression(program.when, {"table": RESOURCE}, params)(new_frame(table))
                assert agrees(ours, ask(text.when, {"table": data, "params": params}), program.when), text.when
            frame = new_frame(table)
            elements: list[Any] = [None]
            if program.each is not None and text.each is not None:
                found = compile_expression(program.each, {"table": RESOURCE}, params)(frame)
                elements = list(found) if isinstance(found, tuple) else []
            slots = {"table": RESOURCE} | ({program.as_name: ELEMENT} if program.as_name else {})
            gate = compile_expression(program.when, slots, params) if program.when is not None else None
            check = compile_expression(program.check, slots, params)
            for element in elements:
                frame[ELEMENT] = element
                if gate is not None and gate(frame) is False:
                    continue
                bound = {"table": data, "params": params}
                if program.as_name is not None:
                    bound[program.as_name] = without_unknowns(element)
                assert agrees(check(frame), ask(text.check, bound), program.check), (rule.rule.id, text.check)


def without_unknowns(value: Any) -> Any:
    """A partly unknown model object as the oracle's data."""
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__ if name != "locations"}
        return {name: without_unknowns(item) for name, item in fields.items() if not isinstance(item, Unknown)}
    return [without_unknowns(item) for item in value] if isinstance(value, tuple) else plain(value)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(TABLES) - 1), st.integers(0, 2**32), st.sampled_from([0.02, 0.1, 0.3, 0.8]))
def test_a_verdict_on_a_partly_unknown_table_is_the_verdict_on_the_whole_table(
    number: int, seed: int, share: float
) -> None:
    # known() asks about knowledge itself, so its rules may say less of a table of which less is known.
    asking = [
        rule
        for rule in rules()
        if "known(" not in "".join(check.check + (check.when or "") for check, _ in texts(rule))
    ]
    selection = Selection(asking)
    table, _ = hidden(TABLES[number], random.Random(seed), share)
    table = msgspec.structs.replace(table, key_schema=TABLES[number].key_schema)
    whole = outcomes(TABLES[number], selection)
    for place, outcome in outcomes(table, selection).items():
        if place in whole and outcome in (Outcome.PASS, Outcome.FAIL):
            assert whole[place] in (outcome, Outcome.NOT_APPLICABLE if outcome is Outcome.PASS else outcome), place


def outcomes(table: Table, selection: Selection) -> dict[tuple[str, str | None], Outcome]:
    """The worst outcome of each rule at each place."""
    order = [Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL, Outcome.ERROR]
    found: dict[tuple[str, str | None], Outcome] = {}
    for verdict in judge(table, selection):
        assert verdict.outcome is not Outcome.ERROR, verdict
        place = verdict.rule, verdict.element
        found[place] = max(found.get(place, Outcome.NOT_APPLICABLE), verdict.outcome, key=order.index)
    return found


# --- random expressions -----------------------------------------------------------------------------------------------

STRINGS = ("'a'", "'b'", "'prod-x'", "t.name", "t.mode", "t.names[0]", "(t.name + t.mode)")
NUMBERS = ("1", "2", "-1", "t.n", "size(t.names)", "t.n + 1", "t.numbers[0] * 2", "sum(t.numbers)")
TRUTHS = ("true", "false", "t.flag", "t.maybe == null", "t.title != null", "t.x < 2.5", "t.x >= t.n", "t.x < 1")
LOOPS = (
    "t.l1.{}(x, x.v == 1 || {})",
    "t.l2.{}(x, {} && x.v > 0)",
    "t.names.{}(x, x != 'b' || {})",
    "t.idx.{}(i, i.keys.exists(k, k in t.names) && {})",
)


def expression(generator: random.Random, depth: int, in_loop: bool = False) -> str:
    """A random condition over ``t``."""

    def inner() -> str:
        return expression(generator, depth - 1, in_loop)

    shape = generator.randrange(9) if depth else generator.randrange(4)
    string, number = (lambda: generator.choice(STRINGS)), (lambda: generator.choice(NUMBERS))
    if shape == 0:
        return generator.choice(TRUTHS)
    if shape == 1:
        return f"{number()} {generator.choice(('==', '!=', '<', '<=', '>', '>='))} {number()}"
    if shape == 2:
        return f"{string()} {generator.choice(('==', '!=', '<', '>='))} {string()}"
    if shape == 3:
        return generator.choice(
            (f"{string()} in t.names", f"{string()}.startsWith({string()})", f"{string()} in t.tags")
        )
    if shape == 4:
        return f"!({inner()})"
    if shape == 5:
        return f"({inner()} ? {inner()} : {inner()})"
    if shape == 6 and not in_loop:
        return generator.choice(LOOPS).format(
            generator.choice(("all", "exists")), expression(generator, depth - 1, in_loop=True)
        )
    return f"({inner()} {generator.choice(('&&', '||'))} {inner()})"


SUBJECT = Subject(l1=(Element(1), Element(2)), l2=(Element(2), Element(2)), missing=1)


@settings(max_examples=800, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 3), st.sampled_from([0.0, 0.1, 0.4]))
def test_random_expressions_agree_with_googles_cel(seed: int, depth: int, share: float) -> None:
    generator = random.Random(seed)
    text = expression(generator, depth)
    subject, data = hidden(SUBJECT, generator, share)
    ours, oracle = evaluate(text, subject), ask(text, {"t": data})
    assert agrees(ours, oracle, parse(text)), (text, ours, oracle)
    if undecided(ours) is None:
        assert ours is evaluate(text, SUBJECT)
    else:
        assert ours.because


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("t.names()[]{}!&|=<>+-*/%?:,'\"\\r\n 019abx_é😀\x00")), max_size=60))
def test_any_text_is_an_expression_or_is_refused_at_a_place_in_it(text: str) -> None:
    from dyncheck.policy.syntax import ExpressionError

    try:
        parse(text)
    except ExpressionError as error:
        assert 0 <= error.at <= len(text)
        assert error.message
        assert "\n" not in error.message


# --- mutated rule files -----------------------------------------------------------------------------------------------

FILES = tuple(
    path for path in sorted((Path(__file__).parents[2] / "rules").rglob("*.yaml")) if path.parent.name != "packs"
)
SCRAPS = (
    "", " ", "\n", "\t", "'", '"', "|", ">", "{", "}", "[", "]", "(", ")", ":", "-", "#", "&a ", "*a", "!!int ", "? ",
    "null", "true", "1", "1e999", "table", "params.x", " == ", " && ", "é", "😀", "\x00", "\ufeff", "\r", "\u2028",
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_a_mutated_rule_file_is_a_rule_or_names_its_mistake(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(FILES))
    # Most of a file are examples: the mistakes are made in front of them, where a rule has its substance.
    text = path.read_text(encoding="utf-8")
    start = data.draw(st.integers(0, max(text.find("\nexamples:"), 1)))
    end = start + data.draw(st.sampled_from([0, 0, 1, 1, 2, 10, 60]))
    mutated = text[:start] + data.draw(st.sampled_from(SCRAPS)) + text[end:]
    located(mutated)


@pytest.mark.parametrize("path", FILES[::7], ids=lambda path: path.stem)
def test_a_rule_file_without_any_one_of_its_lines_is_a_rule_or_names_its_mistake(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    end = next(number for number, line in enumerate(lines) if line.startswith("examples:"))
    for number in range(end + 1):
        located("".join(lines[:number] + lines[number + 1 :]))


def located(text: str) -> None:
    """The text is a rule, or every complaint is one line at a place in it."""
    try:
        program, errors = check_rule(read_document(text, "rule.yaml"))
    except RuleError as error:
        program, errors = None, [error]
    assert (program is None) == bool(errors)
    count = len(text.splitlines()) + 1
    for error in errors:
        assert 1 <= error.line <= count
        assert error.column >= 1
        assert error.message
        assert "\n" not in error.message
        assert "Traceback" not in error.message


def test_the_oracle_agrees_on_the_probes_data() -> None:
    assert not conditions_in(SUBJECT)
    assert ask("t.missing == 1", {"t": plain(SUBJECT)}) is True
    assert ask("t.gone == 1", {"t": plain(SUBJECT)}) is ERROR
