"""All mistakes of rule and pack files at once, where loading stops at the first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dyncheck.errors import RuleError
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.documents import Document
from dyncheck.policy.loader import is_shipped, name_clashes, pack_clashes, shipped
from dyncheck.policy.pack_lint import pack_mistakes
from dyncheck.policy.packs import Pack
from dyncheck.policy.program import RuleProgram
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.shipped import Bundle
from dyncheck.policy.source import is_pack_file, read_names, read_pack, read_rule, rule_files


def lint(paths: Sequence[Path]) -> list[RuleError]:
    """Every mistake in the rule and pack files below the paths, by file, line and column."""
    errors: list[RuleError] = []
    programs: list[RuleProgram] = []
    mistaken: list[RuleProgram | None] = []
    packs: list[tuple[Pack, Document]] = []
    unread = False
    for root in paths:
        try:
            files = rule_files(root)
        except RuleError as error:
            errors.append(error)
            unread = True
            continue
        for path in files:
            if is_pack_file(path, root):
                pack, found = read_pack(path)
                if pack is not None:
                    packs.append(pack)
                unread = unread or pack is None
            else:
                program, found = read_rule(path, root)
                if program is not None:
                    programs.append(program)
                else:
                    mistaken.append(read_names(path))
            errors.extend(found)
    bundle, own_packs = _shipped(paths, programs), [pack for pack, _ in packs]
    everything = (*bundle.rules, *programs)
    clashes = (*name_clashes(everything), *pack_clashes(bundle.packs, own_packs))
    errors += clashes
    named = [program for program in mistaken if program is not None]
    # A rule or pack that cannot be read would be missed by every pack that names it.
    if not clashes and len(named) == len(mistaken) and not unread:
        rules = map(CompiledRule, (*everything, *named))
        ruleset = RuleSet(rules, {pack.name: pack for pack in (*bundle.packs, *own_packs)})
        errors += _references(ruleset, packs)
    return sorted(errors, key=lambda error: (error.path, error.line, error.column, error.message))


def _shipped(paths: Iterable[Path], programs: Sequence[RuleProgram]) -> Bundle:
    """What comes with dyncheck, without what is being read itself."""
    bundle = shipped()
    if not any(map(is_shipped, paths)):
        return bundle
    ids = {program.rule.id for program in programs}
    return Bundle(tuple(program for program in bundle.rules if program.rule.id not in ids), ())


def _references(ruleset: RuleSet, packs: Iterable[tuple[Pack, Document]]) -> list[RuleError]:
    """What packs name that does not exist, or does not fit."""
    return [
        document.error(message, steps, key=key)
        for pack, document in packs
        for message, steps, key in pack_mistakes(ruleset, pack)
    ]
