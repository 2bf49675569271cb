"""``dyncheck explain``: a rule's page."""

from __future__ import annotations

import click

from dyncheck.cli.console import print_result
from dyncheck.cli.help import examples
from dyncheck.cli.parameters import DIRECTORY, RuleType
from dyncheck.cli.ruleset import as_json, load, packs_of


@click.command(
    epilog=examples(
        "dyncheck explain DDB-BAK-001",
        "dyncheck explain point-in-time-recovery-off",
        "dyncheck explain CKV_AWS_28                another tool's id",
        "dyncheck explain DDB-BAK-001 -f json",
    )
    + "\n\n\b\nExit codes:\n  0    done\n  2    there is no such rule, or a rule cannot be loaded"
)
@click.argument("rule", type=RuleType())
@click.option(
    "-f", "--format", "style", type=click.Choice(["text", "json"]), default="text", help="Format of the page."
)
@click.option("--rules", multiple=True, type=DIRECTORY, metavar="DIR", help="Directory with further rules or packs.")
def explain(rule: str, style: str, rules: tuple[str, ...]) -> None:
    """Explain RULE: what it looks at, why, how to fix what it finds, with examples.

    RULE is an id, a name, or the id that another tool has for it.
    """
    from dyncheck.errors import ConfigError
    from dyncheck.reports.rule_page import rule_data, rule_page

    ruleset = load(rules)
    found = ruleset.find(rule)
    if found is None:
        close = ruleset.suggest(rule)[:3]
        hint = f"; the closest are {', '.join(close)}" if close else "; dyncheck rules list shows all"
        raise ConfigError(f"there is no rule {rule}{hint}")
    packs = packs_of(ruleset).get(found.rule.id, ())
    print_result(as_json(rule_data(found.rule, packs)) if style == "json" else rule_page(found.rule, packs))
