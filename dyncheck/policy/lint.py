"""All mistakes of rule and pack files at once, where loading stops at the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dyncheck.errors import RuleError
from dyncheck.policy.loader import name_clashes
from dyncheck.policy.program import RuleProgram
from dyncheck.policy.source import is_pack_file, load_pack, read_rule, rule_files


def lint(paths: Sequence[Path]) -> list[RuleError]:
    """Every mistake in the rule and pack files below the paths, by file, line and column."""
    errors: list[RuleError] = []
    programs: list[RuleProgram] = []
    for root in paths:
        try:
            files = rule_files(root)
        except RuleError as error:
            errors.append(error)
            continue
        for path in files:
            if is_pack_file(path, root):
                errors.extend(_pack_errors(path))
                continue
            program, found = read_rule(path, root)
            errors.extend(found)
            if program is not None:
                programs.append(program)
    errors.extend(name_clashes(programs))
    return sorted(errors, key=lambda error: (error.path, error.line, error.column, error.message))


def _pack_errors(path: Path) -> list[RuleError]:
    try:
        load_pack(path)
    except RuleError as error:
        return [error]
    return []
