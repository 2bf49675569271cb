"""docs/rules is what the rule files say; `pytest tests/rules/test_pages.py --update-goldens` writes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyncheck.cli.ruleset import packs_of
from dyncheck.reports.rule_pages import INDEX, rule_pages
from tests.rules.shipped import ruleset
from tests.rules.test_metadata import is_own

PAGES = Path(__file__).parents[2] / "docs" / "rules"


def made() -> dict[str, str]:
    return rule_pages([compiled.rule for compiled in ruleset().rules], packs_of(ruleset()))


def test_the_pages_in_the_repository_are_those_that_the_rules_make(request: pytest.FixtureRequest) -> None:
    wanted = made()
    if request.config.getoption("--update-goldens"):
        PAGES.mkdir(parents=True, exist_ok=True)
        for stale in {path.name for path in PAGES.glob("*.md")} - wanted.keys():
            (PAGES / stale).unlink()
        for name, text in wanted.items():
            (PAGES / name).write_text(text, encoding="utf-8")
    assert {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")} == wanted


def test_the_index_leads_to_every_rule() -> None:
    pages = made()
    for compiled in ruleset().rules:
        assert f"]({compiled.rule.id}.md)" in pages[INDEX]


def test_a_page_says_all_that_an_engineer_needs() -> None:
    for compiled in ruleset().rules:
        page = made()[f"{compiled.rule.id}.md"]
        headings = ["## Why", "## How to fix it", "## Fails", "## Passes"]
        headings += [] if is_own(compiled) else ["## References"]
        headings += ["## Unknown"] if compiled.rule.examples.unknown else []
        for heading in headings:
            assert f"\n{heading}\n" in page
        assert "expect:" not in page
        assert "expect-unknown:" not in page
