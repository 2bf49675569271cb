"""What the commands about rules share: loading them, and which packs run them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dyncheck.policy.ruleset import RuleSet


def load(directories: Iterable[str] = ()) -> RuleSet:
    """The shipped rules, and those of further directories. Raises RuleError, or ConfigError for no such directory."""
    from dyncheck.inputs import require_paths
    from dyncheck.policy.loader import load_rules

    paths = tuple(directories)
    require_paths(paths)
    return load_rules([Path(path) for path in paths])


def packs_of(ruleset: RuleSet) -> dict[str, tuple[str, ...]]:
    """The names of the packs that run a rule, by its id."""
    from dyncheck.policy.selection import select

    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(ruleset.packs):
        for compiled in select(ruleset, packs=(name,)).rules:
            found[compiled.rule.id] = (*found.get(compiled.rule.id, ()), name)
    return found


def as_json(data: Any) -> str:
    """Data as indented JSON, ending in a newline."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"
