"""All rules and packs that were loaded, found by any of their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.packs import Pack
from dyncheck.policy.suggest import suggestions


class RuleSet:
    """Rules by id, in the order of ids. ``own``: the ids of rules that come from the user's directories."""

    def __init__(
        self, rules: Iterable[CompiledRule], packs: Mapping[str, Pack], own: frozenset[str] = frozenset()
    ) -> None:
        self.rules: tuple[CompiledRule, ...] = tuple(sorted(rules, key=lambda rule: rule.rule.id))
        self.packs: Mapping[str, Pack] = packs
        self.own = own

    @cached_property
    def _by_name(self) -> dict[str, CompiledRule]:
        named: dict[str, CompiledRule] = {}
        for names in (lambda rule: rule.aliases, lambda rule: (rule.name,), lambda rule: (rule.id,)):
            for rule in self.rules:
                named.update((name.casefold(), rule) for name in names(rule.rule))
        return named

    def find(self, name: str) -> CompiledRule | None:
        """The rule of an id, a name or an alias, in any case of letters."""
        return self._by_name.get(name.casefold())

    def suggest(self, text: str) -> list[str]:
        """Ids, names and aliases that look like the text, best first."""
        names = (name for rule in self.rules for name in (rule.rule.id, rule.rule.name, *rule.rule.aliases))
        return suggestions(text, names)
