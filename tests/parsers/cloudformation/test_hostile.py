"""Templates made to break readers: a problem with line and column, in bounded time, and the others still read."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.engine import judge
from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.source import TemplateOptions, TemplateSource
from dyncheck.parsers.files import discover
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import Selection

from .support import FIXTURES, KEYS, collect, shown

HOSTILE = FIXTURES / "hostile" / "templates"

EXPECTED = {
    "billion-laughs.yaml": ["billion-laughs.yaml:1:50: the template expands to more than 250,000 values"],
    "circular-conditions.yaml": [
        "circular-conditions.yaml:2:3: circular condition: First → Second → First",
        "circular-conditions.yaml:4:3: circular condition: Itself → Itself",
    ],
    "circular-references.yaml": [
        "circular-references.yaml:13:18: circular reference: Orders → Carts → Orders",
        "circular-references.yaml:16:16: circular reference: Itself → Itself",
    ],
    "duplicate-keys.yaml": ['duplicate-keys.yaml:9:3: duplicate key "Orders" on lines 2 and 9: the last one wins'],
    "nested-in-itself.yaml": ["nested-in-itself.yaml:7:3: the nested stack nested-in-itself.yaml leads back to itself"],
    "ping.yaml": ["pong.yaml:2:3: the nested stack ping.yaml leads back to itself"],
    "pong.yaml": ["ping.yaml:7:3: the nested stack pong.yaml leads back to itself"],
    "recursive-anchor.yaml": ['recursive-anchor.yaml:8:11: the alias "tags" stands inside its own anchor'],
    "recursive-merge.yaml": ['recursive-merge.yaml:7:28: the alias "properties" stands inside its own anchor'],
    "resources-a-list.yaml": ["resources-a-list.yaml:2:1: Resources must be a mapping of logical ids"],
    "resources-a-text.json": ["resources-a-text.json:1:2: Resources must be a mapping of logical ids"],
    "tabs.yaml": ["tabs.yaml:5:1: a tab cannot indent YAML"],
    "truncated.json": ["truncated.json:5:34: unterminated string"],
    "truncated.yaml": [
        "truncated.yaml:9:1: did not find expected ',' or '}' while parsing a flow mapping that begins on line 8"
    ],
    "undefined-alias.yaml": ['undefined-alias.yaml:7:13: undefined alias "tags"'],
    "unknown-tags.yaml": [
        'unknown-tags.yaml:7:18: unknown tag "!Name"',
        'unknown-tags.yaml:8:20: unknown tag "tag:yaml.org,2002:python/object/apply:os.system"',
    ],
    "utf-16.yaml": [],
    "wrong-shapes.yaml": [
        'wrong-shapes.yaml:73:3: "Fn::ForEach::Broken" must be [identifier, collection, {key: value}]',
        "wrong-shapes.yaml:70:3: templates of nested stacks that are not in the scanned files were not looked into: "
        "(a computed location)",
    ],
}


def problems_of(directory: Path, *names: str) -> list[str]:
    return [shown(item) for item in collect(directory, *names) if isinstance(item, Problem)]


def test_every_hostile_template_has_an_expectation() -> None:
    assert {path.name for path in HOSTILE.iterdir()} == EXPECTED.keys()


@pytest.mark.parametrize("name", [name for name in EXPECTED if name not in ("ping.yaml", "pong.yaml")])
def test_a_hostile_template_gives_its_problems(name: str) -> None:
    assert problems_of(HOSTILE, name) == EXPECTED[name]


def test_stacks_that_nest_each_other_are_read_from_the_first_of_them() -> None:
    assert problems_of(HOSTILE, "ping.yaml", "pong.yaml") == EXPECTED["ping.yaml"]


def test_all_of_them_together_stop_nobody() -> None:
    found = collect(HOSTILE)
    addresses = {(item.stack, item.address) for item in found if not isinstance(item, Problem)}
    assert ("utf-16.yaml", "Orders") in addresses
    expected = [problem for name, problems in EXPECTED.items() if name != "pong.yaml" for problem in problems]
    assert sorted(shown(item) for item in found if isinstance(item, Problem)) == sorted(expected)


def test_rules_say_unknown_and_never_break_on_values_of_the_wrong_shape() -> None:
    selection = Selection(list(load_rules().rules), exempt=False)
    resources = [item for item in collect(HOSTILE, "wrong-shapes.yaml") if not isinstance(item, Problem)]
    outcomes = {verdict.outcome for resource in resources for verdict in judge(resource, selection)}
    assert Outcome.ERROR not in outcomes
    assert Outcome.UNKNOWN in outcomes


TABLE = f"Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:{KEYS}\n"


def big(directory: Path, name: str, text: str) -> list[str]:
    (directory / name).write_text(text)
    (directory / "other.yaml").write_text(TABLE)
    found = collect(directory)
    assert [item.stack for item in found if not isinstance(item, Problem)][-1] == "other.yaml"
    return [shown(item) for item in found if isinstance(item, Problem)]


def test_a_hundred_thousand_aliases_are_too_many(tmp_path: Path) -> None:
    text = "x: &x {AttributeName: id, KeyType: HASH}\n" + TABLE + f"      Tags: [{','.join(['*x'] * 100_000)}]\n"
    assert big(tmp_path, "aliases.yaml", text) == ["aliases.yaml:1:4: the template expands to more than 250,000 values"]


def test_a_template_of_twenty_megabytes_is_not_read_and_takes_little_memory(tmp_path: Path) -> None:
    filler = ",".join(['{"Key": "k", "Value": "v"}'] * 750_000)
    text = f'{{"Resources": {{"T": {{"Type": "AWS::DynamoDB::Table", "Properties": {{"Tags": [{filler}]}}}}}}}}'
    assert len(text) > 20_000_000
    (tmp_path / "big.json").write_text(text)
    source = TemplateSource(discover([tmp_path], tmp_path), tmp_path, TemplateOptions())
    tracemalloc.start()
    (found,) = source.collect()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, Problem)
    assert (found.path, found.line, found.column) == ("big.json", 1, 1)
    assert peak < 8_000_000


def test_twenty_megabytes_of_something_else_are_passed_over(tmp_path: Path) -> None:
    assert big(tmp_path, "data.json", '["' + "x" * 20_000_000 + '"]') == []


def test_conditions_that_hang_on_thousands_of_others_are_refused(tmp_path: Path) -> None:
    chain = "".join(f"  C{number}: !Not [!Condition C{number + 1}]\n" for number in range(3_000))
    text = f"Conditions:\n{chain}  C3000: !Equals [a, b]\n{TABLE}      BillingMode: !If [C0, a, b]\n"
    assert big(tmp_path, "chain.yaml", text) == ["chain.yaml:31:8: values nested too deeply"]


def test_loops_that_multiply_are_refused(tmp_path: Path) -> None:
    body = '{"T${A}${B}${C}${D}${E}": {Type: AWS::DynamoDB::Table}}'
    for letter in "EDCBA":
        body = f"{{Fn::ForEach::{letter}: [{letter}, [{', '.join(map(str, range(20)))}], {body}]}}"
    (found,) = big(tmp_path, "loops.yaml", f"Resources: {body}\n")
    assert found.endswith("the template expands to more than 250,000 values")


def test_a_choice_of_choices_of_choices_is_judged_or_unknown_but_ends(tmp_path: Path) -> None:
    parameters = ", ".join(f"P{number}: {{Type: String}}" for number in range(12))
    conditions = ", ".join(f"C{number}: !Equals [!Ref P{number}, x]" for number in range(12))
    value = "STANDARD"
    for number in range(12):
        value = f"!If [C{number}, {value}, STANDARD_INFREQUENT_ACCESS]"
    text = f"Parameters: {{{parameters}}}\nConditions: {{{conditions}}}\n{TABLE}      TableClass: {value}\n"
    assert big(tmp_path, "choices.yaml", text) == []


@given(st.binary(max_size=200))
def test_any_bytes_after_a_template_s_mark_end_in_resources_or_problems(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    directory = tmp_path_factory.mktemp("bytes")
    (directory / "t.yaml").write_bytes(b"# AWS::DynamoDB::Table\n" + data)
    for item in collect(directory):
        assert isinstance(item, Problem)
        assert item.line >= 1
