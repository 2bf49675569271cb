"""The rules that come with dyncheck: the bundle of the wheel holds what the YAML says, and nothing slow loads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dyncheck.policy import shipped
from dyncheck.policy.loader import load_rules
from dyncheck.policy.selection import members, select
from dyncheck.policy.source import read_source

RULES = Path(__file__).parents[2] / "rules"
BUNDLE = read_source(RULES, called="rules")


def test_a_bundle_holds_exactly_what_the_yaml_says() -> None:
    assert shipped.decode(shipped.encode(BUNDLE)) == BUNDLE
    assert len(BUNDLE.rules) >= 34
    assert {pack.name for pack in BUNDLE.packs} >= {"default", "strict", "production", "cost", "fsbp"}


def test_the_same_rules_give_the_same_bytes() -> None:
    assert shipped.encode(BUNDLE) == shipped.encode(read_source(RULES, called="rules"))


def test_files_are_named_from_the_root_of_the_project() -> None:
    assert all(program.path.startswith(f"rules/{program.rule.category}/") for program in BUNDLE.rules)


def test_the_rules_that_are_loaded_are_those_of_the_yaml() -> None:
    assert tuple(rule.program for rule in load_rules().rules) == BUNDLE.rules


LOADING = """\
import sys
from dyncheck.policy import loader, shipped
loader.BUNDLE = shipped.Path(sys.argv[1])
from dyncheck.policy.selection import select
selection = select(loader.load_rules())
assert len(selection.rules) > 30
unwanted = {"yaml", "jsonschema", "difflib", "dyncheck.policy.checker", "dyncheck.policy.types",
            "dyncheck.policy.parser", "dyncheck.policy.lexer", "dyncheck.policy.source"}
print(sorted(unwanted & set(sys.modules)))
"""


def test_loading_a_bundle_imports_neither_yaml_nor_jsonschema_nor_the_checker(tmp_path: Path) -> None:
    bundle = tmp_path / "rules.msgpack"
    bundle.write_bytes(shipped.encode(BUNDLE))
    done = subprocess.run(
        [sys.executable, "-c", LOADING, str(bundle)],
        capture_output=True,
        text=True,
        check=True,
        cwd=RULES.parent,
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("pack", [pack.name for pack in BUNDLE.packs])
def test_every_pack_can_be_selected(pack: str) -> None:
    ruleset = load_rules()
    assert [rule.rule.id for rule in select(ruleset, packs=(pack,)).rules] == members(ruleset, pack)


def test_strict_and_production_hold_the_default_pack() -> None:
    ruleset = load_rules()
    default = set(members(ruleset, "default"))
    assert default < set(members(ruleset, "strict"))
    assert default < set(members(ruleset, "production"))
    assert not select(ruleset, packs=("strict",)).exempt
    assert select(ruleset, packs=("default", "production")).exempt


def test_fsbp_holds_the_rules_with_controls_of_that_framework() -> None:
    ruleset = load_rules()
    mapped = {rule.rule.id for rule in ruleset.rules if "aws-fsbp" in rule.rule.controls}
    assert set(members(ruleset, "fsbp")) == mapped
