"""What a shell offers for rules and packs: the shipped ones, and those of the directories named before them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from dyncheck.errors import DyncheckError
from dyncheck.policy.loader import load_rules
from dyncheck.policy.ruleset import RuleSet


def complete_list(incomplete: str, complete: Callable[[str], list[CompletionItem]]) -> list[CompletionItem]:
    """Completions of the last of several words with commas between them."""
    before, comma, last = incomplete.rpartition(",")
    return [CompletionItem(before + comma + item.value, help=item.help) for item in complete(last)]


def complete_rules(ctx: click.Context, incomplete: str, categories: bool = False) -> list[CompletionItem]:
    """The rules whose id begins with a text; where none does, those whose name or id in another tool does.

    ``categories``: whether the name of a category is a choice, too.
    """
    rules = [compiled.rule for compiled in _rules(ctx).rules]
    start = incomplete.casefold()
    ids = [CompletionItem(rule.id, help=rule.title) for rule in rules if rule.id.casefold().startswith(start)]
    if ids:
        return ids
    known = (
        dict.fromkeys(sorted({rule.category for rule in rules}), "every rule of this category") if categories else {}
    )
    known |= {rule.name: rule.title for rule in rules}
    known |= {alias: f"{rule.id}: {rule.title}" for rule in rules for alias in rule.aliases}
    return [CompletionItem(name, help=text) for name, text in known.items() if name.casefold().startswith(start)]


def complete_packs(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The packs whose name begins with a text."""
    packs = _rules(ctx).packs
    return [CompletionItem(name, help=packs[name].description) for name in sorted(packs) if name.startswith(incomplete)]


def _rules(ctx: click.Context) -> RuleSet:
    """The shipped rules and the user's own; the shipped alone where there is something wrong with those."""
    directories = ctx.params.get("rules") or ctx.params.get("directories") or ()
    try:
        return load_rules([Path(path) for path in directories])
    except (DyncheckError, OSError):
        return load_rules()
