"""Which rules run, with what severity and which parameters: packs, then the user's own selectors."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Union, get_args

from dyncheck.errors import ConfigError
from dyncheck.policy.compiled import CompiledCheck, CompiledRule
from dyncheck.policy.limits import MAX_PACKS
from dyncheck.policy.packs import Pack
from dyncheck.policy.patterns import PatternError, compile_glob
from dyncheck.policy.program import pattern_params, pattern_problem
from dyncheck.policy.remembered import Remembered
from dyncheck.policy.rule import Severity, Verdict
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.suggest import did_you_mean, suggestions

_GLOB_SIGNS: Final = frozenset("*?")

Prepared = tuple[Union[CompiledCheck, None], CompiledRule, Verdict, Remembered[Union[str, None], Verdict], Verdict]
"""A check (None: the rule does not apply), its rule, and the rule's verdicts on a resource and on an element without
fault, and on what it does not speak of."""


class Selection:
    """The rules that run. ``exempt``: whether rules leave out the profiles that they name (state-lock tables)."""

    def __init__(self, rules: Iterable[CompiledRule], exempt: bool = True) -> None:
        self.rules: tuple[CompiledRule, ...] = tuple(rules)
        self.exempt = exempt
        self._by_kind: dict[str, tuple[CompiledRule, ...]] = {}
        self._prepared: dict[tuple[str, str | None], tuple[Prepared, ...]] = {}

    @cached_property
    def by_id(self) -> dict[str, CompiledRule]:
        """The rules by id."""
        return {rule.rule.id: rule for rule in self.rules}

    def for_kind(self, kind: str) -> tuple[CompiledRule, ...]:
        """The rules for one kind of resource."""
        found = self._by_kind.get(kind)
        if found is None:
            found = self._by_kind[kind] = tuple(rule for rule in self.rules if rule.rule.kind == kind)
        return found

    def prepared(self, kind: str, profile: str | None) -> tuple[Prepared, ...]:
        """The checks for resources of one kind and profile, with what each verdict on them needs."""
        found = self._prepared.get((kind, profile))
        if found is None:
            found = self._prepared[kind, profile] = tuple(
                (check, rule, rule.passed, rule.passed_elements, rule.not_applicable)
                for rule in self.for_kind(kind)
                for check in ((None,) if profile in rule.rule.exempt else rule.checks)
            )
        return found

    def reads(self, kind: str, field: str) -> bool:
        """Whether some rule for a kind of resource reads a field of it."""
        return any(rule.reads(field) for rule in self.for_kind(kind))


def select(
    ruleset: RuleSet,
    *,
    packs: Sequence[str] = ("default",),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    params: Mapping[str, Mapping[str, Any]] | None = None,
    severities: Mapping[str, Severity] | None = None,
) -> Selection:
    """Choose rules.

    ``packs``: names of packs, or paths of pack files; several are joined, and with them the rules of the user's own
    directories. ``select``, when given, takes the place of the packs' choice (not of their severities and parameters).
    ``ignore`` takes rules away. ``params`` and ``severities`` go by id, name or alias and win over the packs'.
    Raises ConfigError for anything that does not exist or has the wrong type, RuleError for a pack file that is broken.
    """
    chosen: dict[str, None] = dict.fromkeys(rule.rule.id for rule in ruleset.rules if rule.rule.id in ruleset.own)
    severity: dict[str, Severity] = {}
    values: dict[str, dict[str, Any]] = {}
    exempt = True
    for name in packs:
        chosen.update(dict.fromkeys(members(ruleset, name)))
        for pack in _lineage(ruleset, name):
            exempt = exempt and pack.exempt
            severity |= _by_id(ruleset, pack.severity, _where(pack, "severity"))
            _merge(values, checked_params(ruleset, pack.params, _where(pack, "params")))
    if select:
        chosen = dict.fromkeys(_matching_all(ruleset, select, "--select"))
    for ignored in _matching_all(ruleset, ignore, "--ignore"):
        chosen.pop(ignored, None)
    severity |= _by_id(ruleset, _legal(severities or {}), "severity")
    _merge(values, checked_params(ruleset, params or {}, "params"))
    return Selection(
        (
            rule.adjusted(severity.get(rule.rule.id), values.get(rule.rule.id, {}))
            for rule in ruleset.rules
            if rule.rule.id in chosen
        ),
        exempt,
    )


def members(ruleset: RuleSet, pack: str) -> list[str]:
    """The ids of the rules of one pack, with those of the packs that it extends, sorted. Raises ConfigError."""
    chosen: set[str] = set()
    for part in _lineage(ruleset, pack):
        chosen.update(_matching_all(ruleset, part.select, _where(part, "select")))
        chosen.difference_update(_matching_all(ruleset, part.ignore, _where(part, "ignore")))
    return sorted(chosen)


def matching(ruleset: RuleSet, token: str) -> list[str]:
    """The ids of the rules that a selector means: id, name or alias, glob over ids and names, category, or tag."""
    found = ruleset.find(token)
    if found is not None:
        return [found.rule.id]
    folded = token.casefold()
    if _GLOB_SIGNS.isdisjoint(token):
        return [rule.rule.id for rule in ruleset.rules if folded in (rule.rule.category, *rule.rule.tags)]
    try:
        machine = compile_glob(folded)
    except PatternError:
        return []
    return [
        rule.rule.id
        for rule in ruleset.rules
        if machine.found_in(rule.rule.id.casefold()) or machine.found_in(rule.rule.name)
    ]


def _matching_all(ruleset: RuleSet, tokens: Iterable[str], where: str) -> list[str]:
    found: list[str] = []
    for token in tokens:
        ids = matching(ruleset, token)
        if not ids:
            raise no_such_rule(ruleset, token, where)
        found.extend(ids)
    return found


def no_such_rule(ruleset: RuleSet, token: str, where: str) -> ConfigError:
    """The error of a selector that means no rule, with what may have been meant."""
    groups = {name for rule in ruleset.rules for name in (rule.rule.category, *rule.rule.tags)}
    suggested = suggestions(token, groups, 1) or ruleset.suggest(token)
    hint = f", did you mean {suggested[0]}?" if suggested else "; `dyncheck rules list` shows all"
    return ConfigError(f"{token}: no rule, category or tag has this name{hint}", pointer=where)


def _lineage(ruleset: RuleSet, name: str) -> list[Pack]:
    """A pack behind those that it extends, each once."""
    found: dict[str, Pack] = {}
    _collect(ruleset, _find_pack(ruleset, name), (), found)
    return list(found.values())


def _collect(ruleset: RuleSet, pack: Pack, behind: tuple[str, ...], found: dict[str, Pack]) -> None:
    if pack.name in behind:
        raise ConfigError(f"packs extend each other in a circle: {' → '.join((*behind, pack.name))}", pointer=pack.path)
    if pack.name in found:
        return
    if len(behind) >= MAX_PACKS:
        raise ConfigError(f"more than {MAX_PACKS} packs extend each other", pointer=pack.path)
    for base in pack.extends:
        _collect(ruleset, _base_pack(ruleset, base, pack), (*behind, pack.name), found)
    found[pack.name] = pack


def _find_pack(ruleset: RuleSet, name: str) -> Pack:
    pack = ruleset.packs.get(name)
    if pack is not None:
        return pack
    if _is_path(name) and os.path.lexists(name):
        from dyncheck.policy.source import load_pack

        return load_pack(Path(name))
    raise _no_such_pack(ruleset, name, "--pack")


def _base_pack(ruleset: RuleSet, name: str, pack: Pack) -> Pack:
    """The pack that another extends: by its name, since a stranger's pack must not have files read."""
    found = ruleset.packs.get(name)
    if found is None:
        raise _no_such_pack(ruleset, name, _where(pack, "extends"))
    return found


def _no_such_pack(ruleset: RuleSet, name: str, where: str) -> ConfigError:
    hint = did_you_mean(name, ruleset.packs) or f"; there are {', '.join(sorted(ruleset.packs))}"
    if _is_path(name):
        hint = "; there is no such file" if where == "--pack" else "; a pack extends others by their names"
    return ConfigError(f"{name}: no such pack{hint}", pointer=where)


def _is_path(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) or "/" in name


def _where(pack: Pack, key: str) -> str:
    return f"{pack.path or pack.name}: {key}"


def _rule_id(ruleset: RuleSet, name: str, where: str) -> str:
    rule = ruleset.find(name)
    if rule is None:
        raise no_such_rule(ruleset, name, where)
    return rule.rule.id


def _by_id(ruleset: RuleSet, given: Mapping[str, Severity], where: str) -> dict[str, Severity]:
    return {_rule_id(ruleset, name, where): severity for name, severity in given.items()}


def _legal(given: Mapping[str, Severity]) -> Mapping[str, Severity]:
    for name, severity in given.items():
        if severity not in get_args(Severity):
            hint = did_you_mean(str(severity), get_args(Severity))
            raise ConfigError(f"{severity}: no such severity{hint}", pointer=f"severity of {name}")
    return given


def _merge(values: dict[str, dict[str, Any]], more: Mapping[str, Mapping[str, Any]]) -> None:
    for rule_id, given in more.items():
        values.setdefault(rule_id, {}).update(given)


def checked_params(ruleset: RuleSet, given: Mapping[str, Mapping[str, Any]], where: str) -> dict[str, dict[str, Any]]:
    """Parameters by rule, which may go by any of its names, then by parameter, as ids. Raises ConfigError.

    ``where``: how errors call the place of what is given.
    """
    checked: dict[str, dict[str, Any]] = {}
    for name, values in given.items():
        rule_id = _rule_id(ruleset, name, where)
        rule = ruleset.find(rule_id)
        defaults = {} if rule is None else {key: param.default for key, param in rule.rule.params.items()}
        patterns = {} if rule is None else pattern_params(rule.program.checks)
        for key, value in values.items():
            if key not in defaults:
                hint = did_you_mean(key, defaults) or (
                    f"; it has {', '.join(sorted(defaults))}" if defaults else "; it has none"
                )
                raise ConfigError(f"{rule_id} has no parameter {key}{hint}", pointer=where)
            if not fits(value, defaults[key]):
                raise ConfigError(
                    f"{rule_id}: the parameter {key} must be {described(defaults[key])}, not {described(value)}",
                    pointer=where,
                )
            problem = pattern_problem(patterns.get(key), value)
            if problem is not None:
                raise ConfigError(f"{rule_id}: the parameter {key}: {problem}", pointer=where)
        checked[rule_id] = dict(values)
    return checked


def fits(value: Any, default: Any) -> bool:
    """Whether a value can take the place of a parameter's default: the default fixes the type."""
    if default is None:
        return value is None or isinstance(value, (bool, int, float, str))
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, (int, float))
    if isinstance(default, (list, tuple)):
        return isinstance(value, (list, tuple)) and (
            all(isinstance(item, (bool, int, float, str)) for item in value)
            if not default
            else all(fits(item, default[0]) for item in value)
        )
    return type(value) is type(default)


def described(value: Any) -> str:
    """What a parameter's value is, in words."""
    if isinstance(value, (list, tuple)):
        kinds = {described(item).split(" ", 1)[-1] for item in value}
        return "a list of several types" if len(kinds) > 1 else f"a list of {kinds.pop()}s" if kinds else "a list"
    names = {bool: "a boolean", int: "an integer", float: "a number", str: "a string", dict: "a mapping"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
