"""All rules that a run may use: those that come with dyncheck, and those of the user's directories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dyncheck.errors import RuleError
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.program import RuleProgram
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.shipped import BUNDLE, SOURCE, Bundle, decode


def load_rules(extra: Sequence[Path] = ()) -> RuleSet:
    """The rules that come with dyncheck, and those of further files and directories.

    Raises RuleError for the first mistake in any of them, and for ids, names and aliases that are taken.
    """
    bundle = shipped()
    programs, packs = list(bundle.rules), {pack.name: pack for pack in bundle.packs}
    count = len(programs)
    for path in extra:
        from dyncheck.policy.source import read_source

        own = read_source(path)
        programs.extend(own.rules)
        for pack in own.packs:
            if pack.name in packs:
                raise RuleError(f"the name {pack.name} is taken by {packs[pack.name].path}", path=pack.path)
            packs[pack.name] = pack
    clashes = name_clashes(programs)
    if clashes:
        raise clashes[0]
    own_ids = frozenset(program.rule.id for program in programs[count:])
    return RuleSet((CompiledRule(program) for program in programs), packs, own_ids)


def shipped() -> Bundle:
    """The rules and packs that come with dyncheck. Tests see to the schema of those of a source checkout."""
    if BUNDLE.is_file():
        return decode(BUNDLE.read_bytes())
    from dyncheck.policy.source import read_source

    return read_source(SOURCE, validated=True, called=SOURCE.name)


def name_clashes(programs: Iterable[RuleProgram]) -> list[RuleError]:
    """An error for each id, name or alias that two rules have, or that a rule has twice."""
    taken: dict[str, RuleProgram] = {}
    errors: list[RuleError] = []
    for program in programs:
        rule = program.rule
        for name in (rule.id, rule.name, *rule.aliases):
            other = taken.setdefault(name.casefold(), program)
            if other is not program:
                errors.append(RuleError(f"{name} is taken by {other.rule.id} ({other.path})", path=program.path))
    return errors
