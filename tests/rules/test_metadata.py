"""What every shipped rule must say of itself."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.examples import SourceName
from dyncheck.policy.rule import SEVERITIES
from dyncheck.policy.selection import select
from dyncheck.reports.wording import first_sentence
from tests.rules.shipped import cases_of, ruleset

ROOT = Path(__file__).parents[2]
IDS = Path(__file__).with_name("ids.txt")

# Where a concept does not exist in a source.
ONE_SOURCE: dict[str, SourceName] = {
    "DDB-CAP-006": "terraform",  # a stack update leaves properties alone that did not change in the template
    "DDB-GLB-002": "terraform",  # CloudFormation never had global tables of the old version
    "DDB-GLB-008": "terraform",  # a template has one way to declare a replica
    "DDB-ACC-004": "terraform",  # a template writes no items
    "DDB-BAK-008": "snapshot",
    "DDB-CAP-014": "snapshot",
    "DDB-CHG-001": "plan",
    "DDB-CHG-002": "plan",
    "DDB-CHG-003": "plan",
    "DDB-CHG-004": "plan",
    "DDB-CHG-005": "plan",
    "DDB-CHG-006": "plan",
    # No declaration says how much a table is used.
    "DDB-CST-006": "snapshot",
    "DDB-CST-007": "snapshot",
    "DDB-CST-008": "snapshot",
    "DDB-CST-009": "snapshot",
    "DDB-CST-010": "snapshot",
}

# Where the fix is to take something away, there is nothing to show.
FIXED_BY_REMOVAL = {"DDB-KEY-006", "DDB-KEY-011", "DDB-META-001"}

FRAMEWORKS = {
    "aws-fsbp",
    "aws-well-architected",
    "cis-v8",
    "csa-ccm-4",
    "dora",
    "fedramp-low",
    "fedramp-moderate",
    "gdpr",
    "hipaa",
    "iso-27001-2022",
    "nist-800-171",
    "nist-800-53-r4",
    "nist-800-53-r5",
    "nist-csf",
    "nist-csf-2.0",
    "pci-dss-3.2.1",
    "pci-dss-4",
    "soc2",
}

each_rule = pytest.mark.parametrize("compiled", ruleset().rules, ids=lambda compiled: compiled.rule.id)


def is_own(compiled: CompiledRule) -> bool:
    """Whether a rule is about dyncheck's own comments, of which AWS says nothing, and which are never unknown."""
    return compiled.rule.kind == "suppression"


def test_no_id_ever_vanishes_and_every_new_one_is_written_down() -> None:
    assert [compiled.rule.id for compiled in ruleset().rules] == IDS.read_text(encoding="utf-8").split()


def test_ids_names_and_aliases_are_unique_in_any_case_of_letters() -> None:
    names = Counter(
        name.casefold()
        for compiled in ruleset().rules
        for name in (compiled.rule.id, compiled.rule.name, *compiled.rule.aliases)
    )
    assert [name for name, count in names.items() if count > 1] == []


@each_rule
def test_a_rule_lies_in_the_directory_of_its_category_under_its_name(compiled: CompiledRule) -> None:
    found = compiled.rule
    assert (ROOT / "rules" / found.category / f"{found.name}.yaml").is_file()


@each_rule
def test_a_rule_runs_in_some_pack(compiled: CompiledRule) -> None:
    packs = [name for name in ruleset().packs if compiled.rule.id in _members(name)]
    assert {"strict", "cost"} & set(packs)


def _members(pack: str) -> set[str]:
    return {chosen.rule.id for chosen in select(ruleset(), packs=(pack,)).rules}


@each_rule
def test_a_rule_has_passing_failing_and_unknown_examples_in_every_source(compiled: CompiledRule) -> None:
    only = ONE_SOURCE.get(compiled.rule.id)
    sources = [only] if only else ["terraform", "cloudformation"]
    decided = is_own(compiled)
    groups = ["pass", "fail"] if decided else ["pass", "fail", "unknown"]
    wanted = {(group, source) for group in groups for source in sources}
    shown = {(case.group, case.source) for case in cases_of(compiled)}
    assert {case for case in shown if case[1] in sources} == wanted
    assert {source for _, source in shown} <= {*sources, "snapshot"}


@each_rule
def test_a_rule_refers_to_documentation_of_aws(compiled: CompiledRule) -> None:
    assert compiled.rule.references or is_own(compiled)
    for link in compiled.rule.references:
        assert link.startswith("https://docs.aws.amazon.com/")


@each_rule
def test_a_rule_names_only_frameworks_that_are_known_and_each_control_once(compiled: CompiledRule) -> None:
    assert set(compiled.rule.controls) <= FRAMEWORKS
    for controls in compiled.rule.controls.values():
        assert controls
        assert len(set(controls)) == len(controls)


@each_rule
def test_a_rule_shows_its_fix_in_both_languages(compiled: CompiledRule) -> None:
    fences = {"```hcl": "terraform", "```yaml": "cloudformation"}
    shown = {source for fence, source in fences.items() if fence in compiled.rule.remediation}
    only = ONE_SOURCE.get(compiled.rule.id)
    wanted = {only} if only in ("terraform", "cloudformation") else {"terraform", "cloudformation"}
    if compiled.rule.id == "DDB-CHG-005":  # Terraform changes one index after the other
        wanted = {"cloudformation"}
    assert shown == (set() if compiled.rule.id in FIXED_BY_REMOVAL else wanted)


@each_rule
def test_no_rule_says_that_data_is_not_encrypted(compiled: CompiledRule) -> None:
    found = compiled.rule
    words = " ".join((found.title, found.description, found.rationale, found.message, *(c.message for c in found.also)))
    assert not re.search(r"(?i)\bunencrypted\b|\bnot (be )?encrypted\b|\bno encryption\b", words)


@each_rule
def test_a_title_is_a_short_phrase(compiled: CompiledRule) -> None:
    title = compiled.rule.title
    assert len(title) <= 80
    assert title[0].isupper()
    assert not title.endswith(".")


@each_rule
def test_a_severity_is_one_of_five(compiled: CompiledRule) -> None:
    assert compiled.rule.severity in SEVERITIES


@each_rule
def test_a_remediation_starts_with_what_to_do(compiled: CompiledRule) -> None:
    hint = first_sentence(compiled.rule.remediation.partition("```")[0])
    assert 10 <= len(hint) <= 130
    assert not re.match(r"(The|In|If|It|For|Where)\b", hint)
