"""A stranger's rule can neither run code, nor read files, nor hang: every bound of :mod:`dyncheck.policy.limits`."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyncheck.engine import judge
from dyncheck.errors import RuleError
from dyncheck.model import Table
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.frames import Purse
from dyncheck.policy.limits import (
    MAX_DEPTH,
    MAX_DIRECTORY_BYTES,
    MAX_FILE_BYTES,
    MAX_ITEMS,
    MAX_LENGTH,
    MAX_LITERAL_ITEMS,
    MAX_LOOPS,
    MAX_NESTING,
    MAX_PATTERN,
    MAX_STEPS,
    MAX_STRING_LITERAL,
    MAX_TEXT,
    MAX_YAML_DEPTH,
)
from dyncheck.policy.loader import load_rules
from dyncheck.policy.operations import EvaluationError
from dyncheck.policy.selection import Selection
from dyncheck.policy.source import read_source
from tests.policy.language import Subject, evaluate, refusal
from tests.policy.rules import rule, rule_text, said, write_rule

TABLE = Table(address="t", stack=".", source="terraform", resource_type="t")


def test_three_thousand_brackets_are_an_error_of_the_expression() -> None:
    message, at = refusal("(" * 3_000 + "1" + ")" * 3_000)
    assert message == "the expression is longer than 4,000 characters"
    message, at = refusal("(" * 1_500 + "1" + ")" * 1_500)
    assert (message, at) == (f"the expression is nested more than {MAX_NESTING} levels deep", MAX_NESTING)


@pytest.mark.parametrize("nested", ["!" * 1_000 + "true", "-" * 1_000 + "1", "[" * 1_000, "true ? true : " * 280])
def test_deep_nesting_of_any_kind_is_refused(nested: str) -> None:
    assert refusal(nested)[0] == f"the expression is nested more than {MAX_NESTING} levels deep"


def test_nesting_up_to_the_bound_is_evaluated() -> None:
    deep = MAX_NESTING - 1
    assert evaluate("(" * deep + "true" + ")" * deep) is True


@pytest.mark.parametrize("chain", ["1" + "+1" * 1_500, "t" + ".a" * 1_500, "t.names" + ".filter(x,true)" * 200])
def test_long_chains_are_refused(chain: str) -> None:
    assert refusal(chain)[0] == f"the expression is nested more than {MAX_DEPTH} levels deep"


def test_long_conditions_are_no_chains() -> None:
    assert evaluate(" && ".join(["true"] * 300)) is True


def test_the_length_of_an_expression_is_bounded() -> None:
    assert refusal("true" + " " * MAX_LENGTH)[0] == "the expression is longer than 4,000 characters"


def test_the_length_of_a_string_is_bounded() -> None:
    assert refusal(f"'{'x' * (MAX_STRING_LITERAL + 1)}' == t.name")[0] == "the string is longer than 1,000 characters"


def test_the_elements_of_a_written_list_are_bounded() -> None:
    text = f"t.n in [{','.join(['1'] * (MAX_LITERAL_ITEMS + 1))}]"
    assert refusal(text)[0] == f"more than {MAX_LITERAL_ITEMS} elements"


def test_loops_inside_each_other_are_bounded() -> None:
    text = "true"
    for level in range(MAX_LOOPS + 1):
        text = f"t.names.all(x{level}, {text})"
    assert refusal(text)[0] == f"more than {MAX_LOOPS} loops inside each other"


def test_the_steps_of_a_check_are_bounded() -> None:
    numbers = tuple(range(200))
    text = "t.numbers.all(a, t.numbers.all(b, t.numbers.all(c, t.numbers.all(d, a + b + c + d >= 0))))"
    with pytest.raises(EvaluationError, match=f"^the check takes more than {MAX_STEPS:,} steps$"):
        evaluate(text, Subject(numbers=numbers))


@pytest.mark.parametrize(
    "body", ["a in t.numbers", "t.numbers == t.numbers", "(t.numbers + t.numbers).size() > 0", "sum(t.numbers) > 0"]
)
def test_lists_that_are_gone_through_inside_a_loop_count_as_steps(body: str) -> None:
    with pytest.raises(EvaluationError, match=r"steps$"):
        evaluate(f"t.numbers.all(a, {body})", Subject(numbers=tuple(range(1, 5_000))))


def test_strings_cannot_be_doubled_without_end() -> None:
    text = "['x']" + ".map(x, x + x)" * 30
    with pytest.raises(EvaluationError, match=f"^the text is longer than {MAX_TEXT:,} characters$"):
        evaluate(f"{text}.size() == 1")


def test_lists_cannot_be_doubled_without_end() -> None:
    text = "[[1]]" + ".map(x, x + x)" * 30
    with pytest.raises(EvaluationError, match=f"^the list has more than {MAX_ITEMS:,} elements$"):
        evaluate(f"{text}.size() == 1")


def test_numbers_cannot_be_squared_without_end() -> None:
    with pytest.raises(EvaluationError, match=r"^the integer is too large$"):
        evaluate("[9]" + ".map(x, x * x)" * 30 + ".size() == 1")


def test_lists_cannot_be_put_into_each_other_without_end() -> None:
    assert refusal("[1]" + ".map(x, [x])" * 5)[0] == "more than 3 lists inside each other"


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a*)*b", "(x+y*)+", "((a|b)+c?)*", "(a{2,})+"])
def test_repetitions_inside_each_other_are_refused(pattern: str) -> None:
    message, _ = refusal(f"t.name.matches('{pattern}')")
    assert "a repetition without bound stands inside another one" in message


@pytest.mark.parametrize("pattern", ["a*" * 60 + "b", "(a|a)*" * 30 + "b", ".*.*.*.*.*.*=x", "(a{1,30}){1,30}b"])
def test_patterns_that_take_other_engines_for_ever_are_matched_at_once(pattern: str) -> None:
    assert evaluate(f"t.name.matches('{pattern}')", Subject(name="a" * 500)) is False


def test_the_length_of_a_pattern_is_bounded() -> None:
    message, _ = refusal(f"t.name.matches('{'a' * (MAX_PATTERN + 1)}')")
    assert message.endswith(f"the pattern is longer than {MAX_PATTERN} characters")


def test_counted_repetitions_cannot_multiply_without_end() -> None:
    message, _ = refusal("t.name.matches('(((a{1,99}){1,99}){1,99})')")
    assert message.endswith("the repetitions of the pattern multiply to too many states")


def test_costly_matches_count_as_steps() -> None:
    with pytest.raises(EvaluationError, match=r"steps$"):
        evaluate("t.numbers.all(n, t.name.matches('(a{1,30}){1,30}b') || true)", Subject(name="a" * 5_000))


def test_a_rule_that_takes_too_many_steps_is_an_error_on_that_resource() -> None:
    logic = """\
    params:
      many:
        default: [{}]
        description: Numbers.
    check: params.many.all(a, params.many.all(b, params.many.all(c, params.many.all(d, a + b + c + d > 0))))
    """.format(", ".join(["1"] * 100))
    assert said(logic, TABLE) == [("error", None, (f"the check takes more than {MAX_STEPS:,} steps",))]


def parameter(size: int) -> str:
    return f"params:\n  many:\n    default: [{', '.join(['1'] * size)}]\n    description: Numbers.\n"


def test_a_loop_over_a_long_body_counts_for_more_than_one_over_a_short_body() -> None:
    body = " && ".join(["(a + b * 2 - a * 3 <= 4000000 || a > b)"] * 80)
    short = "check: params.many.all(a, params.many.all(b, a + b > 0))\n"
    long = f"check: params.many.all(a, params.many.all(b, {body}))\n"
    assert [outcome for outcome, *_ in said(parameter(100) + short, TABLE)] == ["pass"]
    assert said(parameter(100) + long, TABLE) == [("error", None, (f"the check takes more than {MAX_STEPS:,} steps",))]


@pytest.mark.parametrize("look", ["x.contains('b')", "x.lowerAscii() == 'b'", "size(x.lowerAscii()) == 0"])
def test_looking_at_long_texts_counts_for_more_than_looking_at_short_ones(look: str) -> None:
    def check(doublings: int) -> str:
        texts = "['aaaaaaaaaa']" + ".map(x, x + x)" * doublings
        return f"t.numbers.all(n, {texts}.all(x, !({look})))"

    numbers = Subject(numbers=tuple(range(500)))
    assert evaluate(check(1), numbers) is True
    with pytest.raises(EvaluationError, match=r"steps$"):
        evaluate(check(10), numbers)


def test_rounds_of_each_count_as_steps() -> None:
    body = " && ".join(["(item + item * 2 - item * 3 <= 4000000 || item > 1)"] * 60)

    def logic(lists: int) -> str:
        return f"{parameter(200)}each: {' + '.join(['params.many'] * lists)}\nas: item\ncheck: {body}\n"

    assert {outcome for outcome, *_ in said(logic(2), TABLE)} == {"pass"}
    assert said(logic(30), TABLE) == [("error", None, (f"the check takes more than {MAX_STEPS:,} steps",))]


@pytest.mark.parametrize("tables", [20, 400], ids=["by closures", "by functions"])
def test_the_steps_of_all_rules_of_ones_own_on_all_resources_are_bounded(tables: int) -> None:
    loops = "check: params.many.all(a, params.many.all(b, a + b > 0))\n"
    purse = Purse(50_000)
    rules = [CompiledRule(rule(parameter(50) + loops).program, purse=purse) for _ in range(2)]
    outcomes = [verdict.outcome.value for _ in range(tables) for verdict in judge(TABLE, Selection(rules))]
    paid = outcomes.count("pass")
    assert 5 < paid < 25
    assert set(outcomes[paid:]) == {"error"}


@pytest.mark.parametrize("check", ["'true'", "table.address == 't'", "params.many.all(a, a == 1)"])
def test_modest_rules_are_free_on_however_many_resources(check: str) -> None:
    purse = Purse(1)
    selection = Selection([CompiledRule(rule(f"{parameter(50)}check: {check}\n").program, purse=purse)])
    outcomes = {verdict.outcome.value for _ in range(1_000) for verdict in judge(TABLE, selection)}
    assert (outcomes, purse.left) == ({"pass"}, 1)


def test_failures_are_not_free_since_they_are_kept() -> None:
    purse = Purse(1_000)
    selection = Selection([CompiledRule(rule("check: 'false'\n").program, purse=purse)])
    outcomes = [verdict.outcome.value for _ in range(1_000) for verdict in judge(TABLE, selection)]
    assert outcomes.count("fail") == 20
    assert outcomes.count("error") == 980


def test_messages_count_as_steps() -> None:
    purse = Purse(10_000)
    loops = "params.many.map(a, params.many.filter(b, b > 0).size()).filter(c, c > 0)"
    logic = f"{parameter(50)}check: 'false'\nmessage: 'It is {{{loops}}}.'\n"
    selection = Selection([CompiledRule(rule(logic).program, purse=purse)])
    outcomes = [verdict.outcome.value for _ in range(20) for verdict in judge(TABLE, selection)]
    assert 1 <= outcomes.count("fail") < 10
    assert outcomes[-1] == "error"


def test_rules_of_ones_own_share_one_purse_and_those_of_dyncheck_have_none(tmp_path: Path) -> None:
    write_rule(tmp_path, "check: 'true'\n")
    write_rule(tmp_path, "id: T-2\nname: second\ncheck: 'true'\n", name="second")
    ruleset = load_rules([tmp_path])
    own = {id(item.purse) for item in ruleset.rules if item.rule.id in ruleset.own}
    assert len(own) == 1
    assert {item.purse for item in ruleset.rules if item.rule.id not in ruleset.own} == {None}


# --- files ------------------------------------------------------------------------------------------------------------


def load(directory: Path, text: str | bytes) -> RuleError:
    path = directory / "tests" / "a-rule.yaml"
    path.parent.mkdir()
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RuleError) as caught:
        read_source(directory)
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: &x [1]\nb: *x\n", 1, 4, "YAML anchors are not allowed"),
        ("b: *x\n", 1, 4, "YAML aliases are not allowed: write the value out"),
        ("a: !!python/object/apply:os.system [id]\n", 1, 4, "YAML tags are not allowed"),
        ("a: !include /etc/passwd\n", 1, 4, "YAML tags are not allowed"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document in one file: one file holds one rule"),
        ("id: A-1\nid: A-2\n", 2, 1, "id: the key is here twice"),
        ("? [a]\n: 1\n", 1, 3, "a key must be text"),
        ("", 1, 1, "the file is empty"),
        ("# nothing\n", 1, 1, "the file is empty"),
        ("a: b: c\n", 1, 5, "not YAML: mapping values are not allowed in this context"),
        ("a: [1\nb: 2\n", 2, 2, "not YAML: did not find expected ',' or ']'"),
        ("a: \t- x\n  \x00", 2, 3, "not YAML: control characters are not allowed"),
        ("- 1\n", 1, 1, "the file: must be a mapping, this is a list"),
        ("just text\n", 1, 1, "the file: must be a mapping, this is text"),
    ],
)
def test_yaml_is_read_as_data_only(tmp_path: Path, text: str, line: int, column: int, message: str) -> None:
    error = load(tmp_path, text)
    assert (error.message, error.line, error.column) == (message, line, column)


def test_deep_yaml_is_refused(tmp_path: Path) -> None:
    error = load(tmp_path, "a: " + "[" * 200 + "]" * 200)
    assert error.message == f"nested more than {MAX_YAML_DEPTH} levels deep"


def test_very_deep_yaml_is_refused(tmp_path: Path) -> None:
    assert "nested more than" in load(tmp_path, "[" * 50_000).message


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    assert load(tmp_path, b"#" * (MAX_FILE_BYTES + 1)).message == "the file is larger than 512 KiB"


def test_a_large_directory_is_refused(tmp_path: Path) -> None:
    for number in range(MAX_DIRECTORY_BYTES // MAX_FILE_BYTES + 1):
        (tmp_path / f"a{number}.yaml").write_bytes(b"#" * MAX_FILE_BYTES)
    with pytest.raises(RuleError, match="the files are larger than 16 MiB together"):
        read_source(tmp_path)


def test_a_file_that_is_not_utf8_is_refused_at_its_line(tmp_path: Path) -> None:
    error = load(tmp_path, b"id: A-1\nname: caf\xe9\n")
    assert (error.message, error.line) == ("the file is not UTF-8", 2)


def test_a_link_that_leaves_the_directory_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: x\n")
    rules = tmp_path / "rules"
    (rules / "tests").mkdir(parents=True)
    (rules / "tests" / "a-rule.yaml").symlink_to(secret)
    with pytest.raises(RuleError, match="a symbolic link that leaves the directory is not read"):
        read_source(rules)


def test_a_rule_cannot_name_the_interpreters_own_attributes() -> None:
    for text in ("t.__class__ == 1", "t.name.__len__() == 1", "t.locations == null", "__import__('os') == 1"):
        assert "no such" in refusal(text)[0] or "no fields" in refusal(text)[0]


def test_a_rule_file_within_the_bounds_loads(tmp_path: Path) -> None:
    write_rule(tmp_path, "check: 'true'\n")
    assert [program.rule.id for program in read_source(tmp_path).rules] == ["T-1"]
    assert rule_text("check: 'true'\n").startswith("id: T-1\n")
