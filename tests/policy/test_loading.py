"""Rule files: every mistake has a file, a line, a column and one line of text that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyncheck.errors import RuleError
from dyncheck.policy.lint import lint
from dyncheck.policy.loader import load_rules, shipped
from dyncheck.policy.shipped import BUNDLE, SOURCE
from dyncheck.policy.source import read_source
from tests.policy.rules import rule, rule_text, write_rule

CHECKOUT = pytest.mark.skipif(BUNDLE.is_file(), reason="about a source checkout, and the rules come from a wheel here")

LOGIC = """\
params:
  limit:
    default: 5
    description: A limit.
when: table.billing_mode == "PROVISIONED"
each: table.global_secondary_indexes
as: index
check: |
  index.index_name == null
    || size(index.index_name) < params.limit
locate: index.index_name
message: "Index {index.index_name} of {table.name}."
"""


def complaint(logic: str) -> tuple[str, int, int]:
    """Message, line and column, both counted from the first line of the logic."""
    with pytest.raises(RuleError) as caught:
        rule(logic)
    error = caught.value
    assert error.path == "tests/a-rule.yaml"
    text = rule_text(logic)
    return error.message, error.line - text[: text.index(logic)].count("\n"), error.column


def changed(old: str, new: str) -> str:
    assert LOGIC.count(old) == 1
    return LOGIC.replace(old, new)


def test_the_rule_that_the_mistakes_are_made_in_is_sound() -> None:
    assert rule(LOGIC).rule.id == "T-1"


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "message"),
    [
        ('"PROVISIONED"', '"PROVISIONED', 5, 29, 'the string is not closed: no second " on its line'),
        (
            "table.billing_mode",
            "table.biling_mode",
            5,
            13,
            "table.biling_mode: no such field, did you mean billing_mode?",
        ),
        ("    || size", "    | size", 10, 5, "unexpected character '|': '||' is the logical or"),
        ("size(index", "siz(index", 10, 8, "siz: no such function, did you mean size?"),
        ("index.index_name == null", "indx.index_name == null", 9, 3, "indx: no such name, did you mean index?"),
        ("params.limit", "params.limt", 10, 40, "params.limt: no such parameter, did you mean limit?"),
        ("params.limit\n", "params.limit + 'a'\n", 10, 46, 'int + string: no such operation (params.limit + "a")'),
        ("< params.limit\n", "+ params.limit\n", 10, 31, None),
        (
            "locate: index.index_name",
            "locate: index.name",
            11,
            15,
            "index.name: no such field, did you mean index_name?",
        ),
        ("locate: index.index_name", "locate: [table.name, index.x]", 11, 28, "index.x: no such field"),
        ("{table.name}", "{table.nam}", 12, 46, "table.nam: no such field, did you mean name?"),
        ("{table.name}", "{table.name", 12, 39, "'{' without '}': write {{ for a brace"),
        ("{table.name}", "table.name}", 12, 49, "'}' without '{': write }} for a brace"),
        ("{table.name}", "{table.stream}", 12, 46, "a hole takes text, a number, a boolean or a list, this is Stream"),
        ("each: table.global_secondary_indexes", "each: table.stream", 6, 13, "each wants a list, this is Stream"),
        ("as: index", "as: table", 7, 5, "table has a meaning already: choose another name"),
        ("as: index", "as: size", 7, 5, "size has a meaning already: choose another name"),
        ("as: index\n", "", 6, 1, "the field as is missing, which each needs"),
        ("as: index", "as: index\ntags: [a, b, a]", 8, 14, "tags.2: this stands here already"),
        ("    default: 5\n", "", 3, 5, "params.limit: the field default is missing"),
        ("default: 5", "default: [1, a]", 3, 14, "the elements of a list must be of one type"),
        ("default: 5", "default: {a: 1}", 3, 14, None),
        ("check: |", "chek: |", 8, 1, "chek: no such field, did you mean check?"),
        ("locate:", "locat:", 11, 1, "locat: no such field, did you mean locate?"),
        ("  limit:", "  Limit:", 2, 3, None),
    ],
)
def test_a_mistake_is_named_at_its_place(old: str, new: str, line: int, column: int, message: str | None) -> None:
    found, found_line, found_column = complaint(changed(old, new))
    if message is None:
        assert (found_line, found_column) == (line, column)
    else:
        assert (found, found_line, found_column) == (message, line, column)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (
            "id: lower-1",
            "id: must be capital letters and digits in two or more parts, such as ACME-KEY-001, this is 'lower-1'",
        ),
        ("id: 12", "id: must be text, this is a number: put it in quotes"),
        ("name: A Rule", "name: must be lower-case words joined by hyphens, such as missing-owner, this is 'A Rule'"),
        (
            "severity: hihg",
            "severity: must be one of critical, high, medium, low, info, this is 'hihg', did you mean high?",
        ),
        ("since: 0.1", "since: must be text, this is a number: put it in quotes"),
        (
            "kind: tabel",
            "kind: must be one of table, dax_cluster, scalable_target, table_change, suppression, "
            "this is 'tabel', did you mean table?",
        ),
        ("aliases: [a, a]", "aliases.1: this stands here already"),
        ("tags: encryption", "tags: must be a list, this is text"),
        ("exempt: [everything]", "exempt.0: must be one of state-lock, this is 'everything'"),
        ("references: [example.org]", "references.0: must be a web address, this is 'example.org'"),
        ("title: ''", "title: is too short: at least 3 characters"),
        ("description: null", "description: must be text, this is null"),
        ("controls: {hipaa: []}", "controls.hipaa: is too short: at least 1 element"),
        ("controls: {HIPAA: [a]}", "controls: HIPAA: must be the short name of a framework, such as nist-800-53-r5"),
        ("examples: {pass: [{title: x, terraform: a}]}", "examples: the field fail is missing"),
        (
            "examples: {pass: [{title: x}], fail: [{title: x, terraform: a}]}",
            "examples.pass.0: needs the text of a source, such as terraform or cloudformation",
        ),
        ("examples: [1]", "examples: must be a mapping, this is a list"),
        ("severty: high", "severty: no such field, did you mean severity?"),
        ("also: [{check: 'true'}]", "also.0: the field message is missing"),
        ("confidence: certain", "confidence: must be one of high, medium, low, this is 'certain'"),
    ],
)
def test_the_schema_speaks_in_sentences(field: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        rule(f"check: 'true'\n{field}\n")
    assert caught.value.message == message
    assert caught.value.line > 1 or "missing" in message


@pytest.mark.parametrize(
    "key", ["id", "name", "title", "category", "severity", "since", "check", "message", "examples"]
)
def test_every_field_that_is_missing_is_named(key: str) -> None:
    text = rule_text("check: 'true'\n")
    lines = text.splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next((n for n in range(start + 1, len(lines)) if lines[n][:1].isalpha()), len(lines))
    from dyncheck.policy.documents import read_document
    from dyncheck.policy.source import check_rule

    _, errors = check_rule(read_document("".join(lines[:start] + lines[end:]), "rule.yaml"))
    assert [error.message for error in errors] == [f"the field {key} is missing"]


@pytest.mark.parametrize("style", ["check: >\n  true\n", "check: true &&\n  true\n", "check: 'true &&\n  true'\n"])
def test_expressions_in_folded_scalars_are_refused(style: str) -> None:
    message, line, column = complaint(style)
    assert message == "an expression stands on one line, or in a block that starts with |"
    assert (line, column) == (1, 8)


def test_a_check_that_is_not_a_condition_is_refused() -> None:
    assert complaint("check: size(table.replicas)\n")[0] == "the result must be true or false, this is an int"
    assert complaint("check: table.encryption.sse_enabled\n")[0] == (
        "the result must be true or false, this is a bool or null"
    )


def test_what_when_has_made_sure_of_need_not_be_guarded_again() -> None:
    assert rule("when: table.name != null\ncheck: size(table.name) > 3\nmessage: '{size(table.name)}'\n")


def test_yaml_booleans_are_not_expressions() -> None:
    assert complaint("check: true\n")[0] == "check: must be text, this is true or false: put it in quotes"


def test_lint_names_all_mistakes_of_all_files_in_order(tmp_path: Path) -> None:
    write_rule(tmp_path, "check: table.x\nwhen: table.y\nlocate: table.z\n")
    write_rule(tmp_path, "id: T-2\nname: other-name\ncategory: other\ncheck: 'true'\n", name="another")
    write_rule(tmp_path, "id: T-3\nname: third\ncheck: 'true'\n", name="third", category="wrong")
    write_rule(tmp_path, "id: T-4\nname: sound\ncheck: 'true'\n", name="sound")
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "mine.yaml").write_text("name: mine\ndescription: Mine.\nselekt: [T-4]\n")
    found = [(Path(error.path).name, error.message) for error in lint([tmp_path])]
    assert found == [
        ("mine.yaml", "selekt: no such field, did you mean select?"),
        ("a-rule.yaml", "table.x: no such field"),
        ("a-rule.yaml", "table.y: no such field"),
        ("a-rule.yaml", "table.z: no such field"),
        ("another.yaml", "the file must be called other-name.yaml"),
        ("another.yaml", "the file must be in the directory other/"),
        ("third.yaml", "the file must be in the directory tests/"),
    ]


def test_names_that_two_rules_have_are_refused(tmp_path: Path) -> None:
    write_rule(tmp_path, "check: 'true'\naliases: [X_1]\n")
    write_rule(tmp_path, "id: T-2\nname: second\naliases: [x_1, T-1]\ncheck: 'true'\n", name="second")
    first, second = (tmp_path / "tests" / name for name in ("a-rule.yaml", "second.yaml"))
    lines = {path: path.read_text().splitlines() for path in (first, second)}
    taken = lines[first].index("aliases: [X_1]") + 1
    line = lines[second].index("aliases: [x_1, T-1]") + 1
    identity = next(number for number, text in enumerate(lines[first], start=1) if text == "id: T-1")
    assert [str(error) for error in lint([tmp_path])] == [
        f"{second.as_posix()}:{line}:11: x_1 is taken by T-1 ({first.as_posix()}:{taken})",
        f"{second.as_posix()}:{line}:16: T-1 is taken by T-1 ({first.as_posix()}:{identity})",
    ]
    with pytest.raises(RuleError) as raised:
        load_rules([tmp_path])
    assert (raised.value.line, raised.value.column) == (line, 11)


def test_an_alias_that_a_rule_has_anyway_is_refused_and_an_id_that_is_its_name_is_not(tmp_path: Path) -> None:
    path = write_rule(tmp_path, "id: A-RULE\naliases: [X_1, x_1, a-rule]\ncheck: 'true'\n")
    line = path.read_text().splitlines().index("aliases: [X_1, x_1, a-rule]") + 1
    assert [(error.line, error.column, error.message) for error in lint([tmp_path])] == [
        (line, 16, "x_1 is a name of this rule already"),
        (line, 21, "a-rule is a name of this rule already"),
    ]


PACK = """\
name: mine
description: Mine.
extends: [defalt, {elsewhere}, default]
select:
  - DDB-BAK-001
  - DDB-BAC-001
ignore: ["NOPE*"]
severity: {{T-2: low}}
params:
  DDB-BAK-003: {{mindays: 3, min_days: x}}
  NOPE: {{a: 1}}
"""


def test_what_a_pack_names_that_does_not_exist_is_named_at_its_place(tmp_path: Path) -> None:
    write_rule(tmp_path, "check: 'true'\n")
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: hunter2\n")
    (tmp_path / "rules" / "packs").mkdir(parents=True)
    (tmp_path / "rules" / "packs" / "mine.yaml").write_text(PACK.format(elsewhere=secret))
    none = "no rule, category or tag has this name"
    assert [(error.line, error.column, error.message) for error in lint([tmp_path / "rules"])] == [
        (3, 11, "defalt: no such pack, did you mean default?"),
        (3, 19, f"{secret}: no such pack; a pack extends others by their names"),
        (6, 5, f"DDB-BAC-001: {none}, did you mean DDB-BAK-001?"),
        (7, 10, f"NOPE*: {none}; `dyncheck rules list` shows all"),
        (8, 12, f"T-2: {none}; `dyncheck rules list` shows all"),
        (10, 17, "DDB-BAK-003 has no parameter mindays, did you mean min_days?"),
        (10, 29, "DDB-BAK-003: the parameter min_days must be an integer, not a string"),
        (11, 3, f"NOPE: {none}; `dyncheck rules list` shows all"),
    ]


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (f"select: [{', '.join(f'a{n}' for n in range(501))}]", 9, "select: is too long: at most 500 elements"),
        (
            f"severity: {{{', '.join(f'a{n}: low' for n in range(501))}}}",
            11,
            "severity: is too long: at most 500 fields",
        ),
        (
            f"params: {{a: {{{', '.join(f'p{n}: 1' for n in range(101))}}}}}",
            13,
            "params.a: is too long: at most 100 fields",
        ),
    ],
    ids=["selectors", "severities", "parameters"],
)
def test_a_pack_can_ask_for_no_more_than_a_careful_hand_would_write(
    tmp_path: Path, text: str, column: int, message: str
) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "big.yaml").write_text(f"name: big\ndescription: Big.\n{text}\n")
    assert [(error.line, error.column, error.message) for error in lint([tmp_path])] == [(3, column, message)]


def test_what_packs_refer_to_is_checked_beside_mistaken_rules(tmp_path: Path) -> None:
    write_rule(tmp_path, "id: T-9\nname: mistaken\ntags: [odd]\ncheck: table.x\n", name="mistaken")
    (tmp_path / "packs").mkdir()
    text = "name: mine\ndescription: Mine.\nselect: [T-9, mistaken, odd, T-8]\nseverity: {T-9: low, T-7: low}\n"
    (tmp_path / "packs" / "mine.yaml").write_text(text)
    assert [(Path(error.path).name, error.line, error.column) for error in lint([tmp_path])] == [
        ("mine.yaml", 3, 30),
        ("mine.yaml", 4, 22),
        ("mistaken.yaml", 15, 14),
    ]
    (tmp_path / "tests" / "mistaken.yaml").write_text("id: T-9\n")
    assert {Path(error.path).name for error in lint([tmp_path])} == {"mistaken.yaml"}


def test_packs_that_extend_each_other_in_a_circle_are_refused_by_lint(tmp_path: Path) -> None:
    (tmp_path / "packs").mkdir()
    for name, base in (("a", "b"), ("b", "a")):
        (tmp_path / "packs" / f"{name}.yaml").write_text(f"name: {name}\ndescription: x\nextends: [{base}]\n")
    assert [(Path(error.path).name, error.line, error.column, error.message) for error in lint([tmp_path])] == [
        ("a.yaml", 3, 10, "packs extend each other in a circle: a → b → a"),
        ("b.yaml", 3, 10, "packs extend each other in a circle: b → a → b"),
    ]


@pytest.mark.parametrize("name", ["mine", "strict"])
def test_a_pack_whose_name_is_taken_is_refused_at_its_place(tmp_path: Path, name: str) -> None:
    for directory in ("one", "two"):
        (tmp_path / directory / "packs").mkdir(parents=True)
        (tmp_path / directory / "packs" / f"{name}.yaml").write_text(f"description: x\nname: {name}\n")
    paths = [tmp_path / "one", tmp_path / "two"]
    first = tmp_path / "one" / "packs" / f"{name}.yaml"
    by = "a pack that comes with dyncheck" if name == "strict" else f"{first.as_posix()}:2"
    found = [error for error in lint(paths) if "two" in error.path]
    assert [(error.line, error.column, error.message) for error in found] == [
        (2, 7, f"the name {name} is taken by {by}")
    ]
    with pytest.raises(RuleError, match=f"the name {name} is taken"):
        load_rules(paths)


def test_a_rule_of_the_user_cannot_take_the_name_of_a_shipped_one(tmp_path: Path) -> None:
    write_rule(tmp_path, "id: DDB-ENC-001\ncheck: 'true'\n")
    with pytest.raises(RuleError, match=r"DDB-ENC-001 is taken by DDB-ENC-001 \(rules/encryption/"):
        load_rules([tmp_path])
    assert [error.message.partition(" (")[0] for error in lint([tmp_path])] == ["DDB-ENC-001 is taken by DDB-ENC-001"]


@CHECKOUT
def test_the_shipped_rules_can_be_named_as_ones_own_in_a_source_checkout() -> None:
    ruleset = load_rules([SOURCE / "meta"])
    assert ruleset.own == {"DDB-META-001", "DDB-META-002", "DDB-META-003"}
    assert len(ruleset.rules) == len(shipped().rules)


def test_rules_of_the_user_join_the_shipped_ones(tmp_path: Path) -> None:
    write_rule(tmp_path, "check: 'true'\n")
    ruleset = load_rules([tmp_path])
    assert ruleset.own == {"T-1"}
    assert len(ruleset.rules) == len(shipped().rules) + 1


def test_a_single_file_can_be_loaded(tmp_path: Path) -> None:
    path = write_rule(tmp_path, "check: 'true'\n")
    assert [program.rule.id for program in read_source(path).rules] == ["T-1"]


def test_a_directory_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such file or directory"):
        load_rules([tmp_path / "nowhere"])


@CHECKOUT
def test_the_shipped_rules_and_packs_have_no_mistakes() -> None:
    assert lint([SOURCE]) == []
