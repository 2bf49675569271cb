"""``dyncheck explain``: a rule's page."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import click

from dyncheck.cli.console import PIPE_WIDTH, is_terminal, print_result, terminal_width, uses_color
from dyncheck.cli.help import examples, exit_codes
from dyncheck.cli.parameters import DIRECTORY, OneOf, RuleType
from dyncheck.cli.ruleset import as_json, load, packs_of

if TYPE_CHECKING:
    from dyncheck.policy.ruleset import RuleSet


@click.command(
    short_help="Explain a rule: why, how to fix what it finds, examples.",
    epilog=examples(
        "dyncheck explain DDB-BAK-001",
        "dyncheck explain point-in-time-recovery-off",
        "dyncheck explain CKV_AWS_28                another tool's id",
        "dyncheck explain DDB-BAK-001 -f json",
    )
    + exit_codes({0: "done", 2: "there is no such rule, or a rule cannot be loaded"}),
)
@click.argument("rule", type=RuleType())
@click.option("-f", "--format", "style", type=OneOf(["text", "json"]), default="text", help="Format of the page.")
@click.option("--rules", multiple=True, type=DIRECTORY, metavar="DIR", help="Directory with further rules or packs.")
def explain(rule: str, style: str, rules: tuple[str, ...]) -> None:
    """Explain RULE: what it looks at, why, how to fix what it finds, with examples.

    RULE is an id, a name, or the id that another tool has for it. Rules of your own are those of --rules, else of
    the configuration.
    """
    from dyncheck.errors import ConfigError
    from dyncheck.reports.rule_page import rule_data, rule_page

    ruleset = load(rules)
    found = ruleset.find(rule)
    if found is None and not rules:
        # A report of a scan names rules that only the configuration knows.
        ruleset = load(_configured())
        found = ruleset.find(rule)
    if found is None:
        raise ConfigError(f"there is no rule {rule}; the closest are {', '.join(_closest(rule, ruleset))}")
    packs = packs_of(ruleset).get(found.rule.id, ())
    print_result(
        as_json(rule_data(found.rule, packs)) if style == "json" else _for_reading(rule_page(found.rule, packs))
    )


def _for_reading(page: str) -> str:
    """A page as a terminal shows it best; as it is where it goes elsewhere, Markdown to be read or kept."""
    from dyncheck.reports.rule_page import fitted

    if is_terminal(sys.stdout):
        page = fitted(page, min(terminal_width(), PIPE_WIDTH))
    if uses_color("auto", sys.stdout, os.environ):
        page = re.sub(r"(?m)^#+ .*$", lambda match: click.style(match.group(), bold=True), page)
    return page


def _configured() -> tuple[str, ...]:
    """The directories of rules that a scan of the current directory would have."""
    from dyncheck.cli.config import settings_for

    settings, _ = settings_for((), None, no_config=False)
    found: tuple[str, ...] = settings.rules
    return found


def _closest(text: str, ruleset: RuleSet) -> list[str]:
    """The three ids or names that look most like a text, however little."""
    from difflib import get_close_matches

    names = {name.casefold(): name for rule in ruleset.rules for name in (rule.rule.id, rule.rule.name)}
    return [names[close] for close in get_close_matches(text.casefold()[:80], names, n=3, cutoff=0.0)]
