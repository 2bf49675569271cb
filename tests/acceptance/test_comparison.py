"""The comparison with other scanners says only what a test shows: the page is made from the tested cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_peers_defects import CASES

PAGE = Path(__file__).parents[2] / "docs" / "comparison.md"
INTRODUCTION = """# Compared with general scanners

Mistakes about DynamoDB that were read in the source of general scanners or seen in their output, each as an input of a
few lines with the verdict that is right. Every line of this page is a test of dyncheck, and leads to its input; the
page says nothing about what another tool does today.

What a verdict means: *pass* and *fail* are certain; *unknown* names the variable, parameter or condition that decides;
*not judged* means that there is nothing to judge.

| rule | the mistake | in | the verdict here |
|---|---|---|---|
"""
WORDS = {"terraform": "Terraform", "cloudformation": "CloudFormation"}


CASES_FILE = "tests/acceptance/peers_defects.yaml"
LINES = {
    line.partition(": ")[2].strip(): number
    for number, line in enumerate((PAGE.parents[1] / CASES_FILE).read_text(encoding="utf-8").splitlines(), start=1)
    if line.startswith("- mistake: ")
}
"""Where each case begins, by its mistake."""


def row(case: dict[str, Any]) -> str:
    outcomes = sorted({verdict.rpartition(": ")[2] for verdict in case["verdicts"]}) or ["not judged"]
    source = next(WORDS[name] for name in WORDS if name in case)
    rule = case["rule"]
    mistake = f"[{case['mistake']}](../{CASES_FILE}#L{LINES[case['mistake']]})"
    return f"| [{rule}](rules/{rule}.md) | {mistake} | {source} | {', '.join(outcomes)} |\n"


def page() -> str:
    return INTRODUCTION + "".join(sorted(row(case) for case in CASES))


def test_the_page_is_made_from_the_cases(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-goldens"):
        PAGE.write_text(page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page()
