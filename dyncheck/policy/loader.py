"""All rules that a run may use: those that come with dyncheck, and those of the user's directories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dyncheck.errors import RuleError
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.frames import Purse
from dyncheck.policy.packs import Pack
from dyncheck.policy.program import RuleProgram
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.shipped import BUNDLE, SOURCE, Bundle, decode


def load_rules(extra: Sequence[Path] = ()) -> RuleSet:
    """The rules that come with dyncheck, and those of further files and directories.

    Raises RuleError for the first mistake in any of them, and for ids, names and aliases that are taken.
    """
    bundle = shipped()
    programs, packs = list(bundle.rules), list[Pack]()
    own_ids: set[str] = set()
    for path in extra:
        from dyncheck.policy.source import read_source

        own = read_source(path)
        own_ids.update(program.rule.id for program in own.rules)
        if not is_shipped(path):
            programs += own.rules
            packs += own.packs
    clashes = (*name_clashes(programs), *pack_clashes(bundle.packs, packs))
    if clashes:
        raise clashes[0]
    by_name = {pack.name: pack for pack in (*bundle.packs, *packs)}
    purse = Purse()
    rules = (CompiledRule(program, purse=purse if program.rule.id in own_ids else None) for program in programs)
    return RuleSet(rules, by_name, frozenset(own_ids))


def is_shipped(path: Path) -> bool:
    """Whether a path is of the rules that come with dyncheck, in a source checkout."""
    return not BUNDLE.is_file() and path.resolve().is_relative_to(SOURCE)


def shipped() -> Bundle:
    """The rules and packs that come with dyncheck. Tests see to the schema of those of a source checkout."""
    if BUNDLE.is_file():
        return decode(BUNDLE.read_bytes())
    from dyncheck.policy.source import read_source

    return read_source(SOURCE, validated=True, called=SOURCE.name)


def name_clashes(programs: Iterable[RuleProgram]) -> list[RuleError]:
    """An error for each id, name or alias that two rules have, and for each alias that a rule has anyway."""
    taken: dict[str, tuple[RuleProgram, str]] = {}
    errors: list[RuleError] = []
    for program in programs:
        rule = program.rule
        names = (rule.id, rule.name, *rule.aliases)
        places = program.places or ((1, 1),) * len(names)
        for number, (name, (line, column)) in enumerate(zip(names, places, strict=True)):
            here = program, f"{program.path}:{line}" if program.places else program.path
            other, place = taken.setdefault(name.casefold(), here)
            if other is not program:
                message = f"{name} is taken by {other.rule.id} ({place})"
            elif taken[name.casefold()] is not here and number > 1:
                message = f"{name} is a name of this rule already"
            else:
                continue
            errors.append(RuleError(message, path=program.path, line=line, column=column))
    return errors


def pack_clashes(known: Iterable[Pack], own: Iterable[Pack]) -> list[RuleError]:
    """An error for each own pack whose name another has. ``known``: those that come with dyncheck."""
    taken = {pack.name: "a pack that comes with dyncheck" for pack in known}
    errors: list[RuleError] = []
    for pack in own:
        if pack.name in taken:
            message = f"the name {pack.name} is taken by {taken[pack.name]}"
            errors.append(RuleError(message, path=pack.path, line=pack.line, column=pack.column))
        taken.setdefault(pack.name, f"{pack.path}:{pack.line}")
    return errors
