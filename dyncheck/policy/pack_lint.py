"""What a pack names that does not exist or does not fit: rules, parameters, other packs."""

from __future__ import annotations

from collections.abc import Iterator

from dyncheck.errors import ConfigError
from dyncheck.policy.documents import PathStep
from dyncheck.policy.packs import Pack
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.selection import checked_params, matching, no_such_rule, select
from dyncheck.policy.suggest import did_you_mean

Mistake = tuple[str, tuple[PathStep, ...], str | None]
"""A sentence, the path of the node in the pack's file, and the key there if it is one."""


def pack_mistakes(ruleset: RuleSet, pack: Pack) -> list[Mistake]:
    """Every such mistake of one pack."""
    found = [*_selectors(ruleset, pack), *_extends(ruleset, pack), *_rules(ruleset, pack)]
    if not found:
        try:
            select(ruleset, packs=(pack.name,))
        except ConfigError as error:
            # The packs behind it: a circle, or one that is broken itself.
            found.append((error.message, ("extends",), None))
    return found


def _selectors(ruleset: RuleSet, pack: Pack) -> Iterator[Mistake]:
    for key, tokens in (("select", pack.select), ("ignore", pack.ignore)):
        for number, token in enumerate(tokens):
            if not matching(ruleset, token):
                yield no_such_rule(ruleset, token, "").message, (key, number), None


def _extends(ruleset: RuleSet, pack: Pack) -> Iterator[Mistake]:
    for number, name in enumerate(pack.extends):
        if name not in ruleset.packs:
            hint = did_you_mean(name, ruleset.packs) or "; a pack extends others by their names"
            yield f"{name}: no such pack{hint}", ("extends", number), None


def _rules(ruleset: RuleSet, pack: Pack) -> Iterator[Mistake]:
    for name in pack.severity:
        if ruleset.find(name) is None:
            yield no_such_rule(ruleset, name, "").message, ("severity",), name
    for name, values in pack.params.items():
        if ruleset.find(name) is None:
            yield no_such_rule(ruleset, name, "").message, ("params",), name
            continue
        for key, value in values.items():
            try:
                checked_params(ruleset, {name: {key: value}}, "")
            except ConfigError as error:
                yield error.message, ("params", name), key
