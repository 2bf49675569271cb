"""docs/policy-language.md says what the code does: its example loads, its bounds and functions are the real ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from dyncheck.policy import limits
from dyncheck.policy.documents import read_document
from dyncheck.policy.functions import FUNCTIONS
from dyncheck.policy.loader import load_rules
from dyncheck.policy.parser import MACROS
from dyncheck.policy.selection import members
from dyncheck.policy.shipped import schema_text
from dyncheck.policy.source import check_rule

TEXT = (Path(__file__).parents[2] / "docs" / "policy-language.md").read_text(encoding="utf-8")


def test_the_rule_in_the_documentation_is_a_rule() -> None:
    block = next(block for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if "ACME-CAP-001" in block)
    _, errors = check_rule(read_document(block, "docs"))
    assert errors == []


def test_the_pack_in_the_documentation_names_rules_that_exist() -> None:
    block = next(block for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if "name: acme\n" in block)
    pack = yaml.safe_load(block)
    ruleset = load_rules()
    named = [*pack["ignore"], *pack["severity"], *pack["params"], "no-customer-managed-key", "CKV_AWS_28"]
    assert all(ruleset.find(name) for name in named)


def test_every_function_macro_and_shipped_pack_is_documented() -> None:
    assert [name for name in (*FUNCTIONS, *MACROS) if f"{name}(" not in TEXT] == []
    assert [name for name in load_rules().packs if f"`{name}`" not in TEXT] == []


def test_the_bounds_are_the_documented_ones() -> None:
    schema = json.loads(schema_text())
    assert (limits.FREE_STEPS, limits.MESSAGE_STEPS, limits.NODES_PER_STEP) == (200, 50, 10)
    documented = {
        "characters of an expression": limits.MAX_LENGTH,
        "brackets, conditionals and signs inside each other": limits.MAX_NESTING,
        "macros inside each other": limits.MAX_LOOPS,
        "lists inside lists": limits.MAX_LIST_LEVELS,
        "elements of a written list": limits.MAX_LITERAL_ITEMS,
        "steps that one expression takes on one resource, in all rounds of `each`": limits.MAX_STEPS,
        "steps that all rules of your own take in one scan, beyond 200 for each check on each resource": (
            limits.MAX_STEPS_OF_ALL
        ),
        "characters of a string that an expression makes": limits.MAX_TEXT,
        "elements of a list that an expression makes": limits.MAX_ITEMS,
        "characters of a pattern": limits.MAX_PATTERN,
        "checks of a rule, beside the first": schema["$defs"]["rule"]["properties"]["also"]["maxItems"],
        "bytes of a file": limits.MAX_FILE_BYTES,
        "bytes of all files of a directory": limits.MAX_DIRECTORY_BYTES,
    }
    rows = dict(re.findall(r"^\| ([a-z].*?) \| ([\d,]+) \|$", TEXT, re.MULTILINE))
    assert rows == {name: f"{bound:,}" for name, bound in documented.items()}


def test_every_pack_says_what_it_is_for() -> None:
    ruleset = load_rules()
    assert all(pack.description.endswith(".") for pack in ruleset.packs.values())
    assert members(ruleset, "default")
