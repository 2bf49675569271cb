"""Packs: named selections of rules with severities and parameters of their own."""

from __future__ import annotations

from typing import Any

import msgspec

from dyncheck.policy.rule import Severity


class Pack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pack as its YAML file states it.

    ``select`` and ``ignore`` hold ids, names, aliases, globs over ids and names, categories and tags; ``extends`` names
    packs whose rules, severities and parameters it starts from. ``exempt``: whether profiles such as state-lock tables
    are left out of the rules that say so; ``path``: the file; ``line``, ``column``: where that states the name.
    """

    name: str
    description: str
    extends: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: dict[str, Severity] = {}
    params: dict[str, dict[str, Any]] = {}
    exempt: bool = True
    path: str = ""
    line: int = 1
    column: int = 1
