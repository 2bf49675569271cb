"""Packs and selectors: which rules run, with what severity and which parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dyncheck.errors import ConfigError, RuleError
from dyncheck.model import Table
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.packs import Pack
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.selection import members, select
from dyncheck.policy.source import load_pack
from tests.policy.rules import rule

LIMIT = """\
params:
  limit: {default: 5, description: A limit.}
  share: {default: 0.5, description: A share.}
  words: {default: [a], description: Words.}
  any: {default: null, description: Anything.}
  pattern: {default: "^a", description: A pattern.}
check: size(table.address) < params.limit || table.address.matches(params.pattern)
message: "{params.limit}"
"""


def named(number: int, name: str, logic: str = "check: 'true'\n", **fields: Any) -> CompiledRule:
    return rule(
        f"id: T-{number}\nname: {name}\n{logic}" + "".join(f"{key}: {value}\n" for key, value in fields.items())
    )


RULES = (
    named(1, "first-rule", category="encryption", aliases="[CKV_1]", tags="[security]"),
    named(2, "second-rule", category="backup", tags="[security, cost]"),
    named(3, "third-rule", LIMIT, category="capacity"),
    named(4, "own-rule", category="mine"),
)


def ruleset(*packs: Pack, own: frozenset[str] = frozenset()) -> RuleSet:
    default = Pack(name="default", description="Usual.", select=("T-1", "T-2"))
    return RuleSet(RULES, {pack.name: pack for pack in (default, *packs)}, own)


def chosen(rules: RuleSet, **options: Any) -> list[str]:
    return [compiled.rule.id for compiled in select(rules, **options).rules]


def pack(name: str, **fields: Any) -> Pack:
    return Pack(name=name, description="A pack.", **fields)


@pytest.mark.parametrize("name", ["T-1", "t-1", "first-rule", "CKV_1", "ckv_1"])
def test_a_rule_is_found_by_id_name_or_alias_in_any_case(name: str) -> None:
    found = ruleset().find(name)
    assert found is not None
    assert found.rule.id == "T-1"


def test_a_name_that_is_not_known_finds_nothing_and_suggests() -> None:
    assert ruleset().find("frist-rule") is None
    assert ruleset().suggest("frist-rule")[0] == "first-rule"


@pytest.mark.parametrize(
    ("tokens", "ids"),
    [
        (("T-1",), ["T-1"]),
        (("T-*",), ["T-1", "T-2", "T-3", "T-4"]),
        (("*-rule",), ["T-1", "T-2", "T-3", "T-4"]),
        (("?-2",), ["T-2"]),
        (("backup",), ["T-2"]),
        (("security",), ["T-1", "T-2"]),
        (("Security",), ["T-1", "T-2"]),
        (("cost", "CKV_1"), ["T-1", "T-2"]),
    ],
)
def test_selectors(tokens: tuple[str, ...], ids: list[str]) -> None:
    assert chosen(ruleset(), select=tokens) == ids


def test_the_default_pack_is_on_without_options() -> None:
    assert chosen(ruleset()) == ["T-1", "T-2"]


def test_rules_can_be_taken_away() -> None:
    assert chosen(ruleset(), ignore=("security",)) == []
    assert chosen(ruleset(), select=("T-*",), ignore=("CKV_1", "T-4")) == ["T-2", "T-3"]


def test_packs_are_joined_and_what_one_ignores_another_may_choose() -> None:
    rules = ruleset(pack("a", select=("T-3",)), pack("b", select=("T-*",), ignore=("T-1", "T-3")))
    assert chosen(rules, packs=("a", "b")) == ["T-2", "T-3", "T-4"]


def test_a_pack_may_start_from_others() -> None:
    rules = ruleset(pack("a", extends=("default",), select=("T-3",), ignore=("T-1",)), pack("b", extends=("a",)))
    assert chosen(rules, packs=("b",)) == ["T-2", "T-3"]
    assert members(rules, "b") == ["T-2", "T-3"]


def test_rules_of_the_user_run_unless_they_are_ignored() -> None:
    rules = ruleset(own=frozenset({"T-4"}))
    assert chosen(rules) == ["T-1", "T-2", "T-4"]
    assert chosen(rules, ignore=("own-rule",)) == ["T-1", "T-2"]
    assert chosen(rules, select=("T-1",)) == ["T-1"]


def test_severities_come_from_packs_and_then_from_the_user() -> None:
    rules = ruleset(pack("a", select=("T-*",), severity={"T-1": "low", "second-rule": "critical"}))
    found = select(rules, packs=("a",), severities={"CKV_1": "info"})
    assert {compiled.rule.id: compiled.severity for compiled in found.rules} == {
        "T-1": "info", "T-2": "critical", "T-3": "medium", "T-4": "medium",
    }  # fmt: skip


def test_parameters_come_from_packs_and_then_from_the_user() -> None:
    rules = ruleset(pack("a", select=("T-3",), params={"T-3": {"limit": 7, "share": 1}}))
    [compiled] = select(rules, packs=("a",), params={"third-rule": {"limit": 9}}).rules
    assert compiled.params == {"limit": 9, "share": 1, "words": ["a"], "any": None, "pattern": "^a"}


def test_a_parameter_reaches_the_check_and_the_message() -> None:
    from dyncheck.engine import judge

    table = Table(address="xx", stack=".", source="terraform", resource_type="t")
    for limit, outcome, message in ((3, "pass", ""), (2, "fail", "2")):
        selection = select(ruleset(), select=("T-3",), params={"T-3": {"limit": limit}})
        assert [(verdict.outcome.value, verdict.message) for verdict in judge(table, selection)] == [(outcome, message)]


@pytest.mark.parametrize("value", [True, "5", 5.5, None, [5]])
def test_a_parameter_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="T-3: the parameter limit must be an integer, not "):
        select(ruleset(), params={"T-3": {"limit": value}})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"limt": 1}, "params: T-3 has no parameter limt, did you mean limit?"),
        (
            {"words": ["a", 1]},
            "params: T-3: the parameter words must be a list of strings, not a list of several types",
        ),
        ({"words": "a"}, "params: T-3: the parameter words must be a list of strings, not a string"),
        ({"share": "x"}, "params: T-3: the parameter share must be a number, not a string"),
        ({"pattern": "(a"}, "params: T-3: the parameter pattern: the pattern '(a', character 1: '(' without ')'"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        select(ruleset(), params={"T-3": given})
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [1, "x", 2.5, True, None])
def test_a_parameter_without_default_takes_any_scalar(value: Any) -> None:
    [compiled] = select(ruleset(), select=("T-3",), params={"T-3": {"any": value}}).rules
    assert compiled.params["any"] == value


def test_a_list_may_be_empty() -> None:
    [compiled] = select(ruleset(), select=("T-3",), params={"T-3": {"words": []}}).rules
    assert compiled.params["words"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"select": ("T-9",)}, "--select: T-9: no rule, category or tag has this name, did you mean T-4?"),
        (
            {"ignore": ("frist-rule",)},
            "--ignore: frist-rule: no rule, category or tag has this name, did you mean first-rule?",
        ),
        ({"packs": ("defualt",)}, "--pack: defualt: no such pack, did you mean default?"),
        ({"severities": {"T-1": "hihg"}}, "severity of T-1: hihg: no such severity, did you mean high?"),
        ({"params": {"T-2": {"x": 1}}}, "params: T-2 has no parameter x; it has none"),
        ({"packs": ("wrong",)}, "wrong: select: T-9: no rule, category or tag has this name, did you mean T-4?"),
    ],
)
def test_names_that_do_not_exist_are_refused_with_a_suggestion(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        select(ruleset(pack("wrong", select=("T-9",))), **options)
    assert str(caught.value) == message


def test_packs_in_a_circle_are_refused() -> None:
    rules = ruleset(pack("a", extends=("b",)), pack("b", extends=("a",)))
    with pytest.raises(ConfigError, match="packs extend each other in a circle: a → b → a"):
        select(rules, packs=("a",))


def test_packs_that_extend_each_other_many_times_over_cost_no_time() -> None:
    layers = [
        pack(f"p{n}{side}", extends=(f"p{n - 1}a", f"p{n - 1}b") if n else ()) for n in range(19) for side in "ab"
    ]
    assert chosen(ruleset(*layers), packs=("p18a",)) == []


def test_packs_that_extend_each_other_in_a_long_row_are_refused() -> None:
    row = [pack(f"p{n}", extends=(f"p{n - 1}",) if n else ()) for n in range(100)]
    with pytest.raises(ConfigError, match="more than 20 packs extend each other"):
        select(ruleset(*row), packs=("p99",))


def test_a_pack_may_say_that_no_table_is_left_out() -> None:
    rules = ruleset(pack("strict", extends=("default",), exempt=False))
    assert select(rules).exempt
    assert not select(rules, packs=("default", "strict")).exempt


def test_a_pack_has_no_file_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: hunter2\n")
    path = tmp_path / "mine.yaml"
    path.write_text(f"name: mine\ndescription: Mine.\nextends: ['{secret}']\n")
    with pytest.raises(ConfigError) as caught:
        select(ruleset(), packs=(str(path),))
    assert str(caught.value) == f"{path}: extends: {secret}: no such pack; a pack extends others by their names"


def test_a_pack_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ndescription: Mine.\nextends: [default]\nignore: [T-1]\nseverity: {T-2: info}\n")
    [compiled] = select(ruleset(), packs=(str(path),)).rules
    assert (compiled.rule.id, compiled.severity) == ("T-2", "info")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("name: mine\n", 1, "the field description is missing"),
        ("name: mine\ndescription: x\nignored: [a]\n", 3, "ignored: no such field, did you mean ignore?"),
        ("name: other\ndescription: x\n", 1, "the file is called mine.yaml: its pack must be named mine"),
        ("name: mine\ndescription: x\nseverity: {T-1: hihg}\n", 3, None),
        ("name: mine\ndescription: x\nexempt: maybe\n", 3, "exempt: must be true or false, this is text"),
    ],
)
def test_a_pack_file_that_is_wrong_is_refused_at_its_place(
    tmp_path: Path, text: str, line: int, message: str | None
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(RuleError) as caught:
        load_pack(path)
    assert caught.value.line == line
    assert message is None or caught.value.message == message


def test_a_pack_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such pack; there is no such file"):
        select(ruleset(), packs=(str(tmp_path / "no.yaml"),))
