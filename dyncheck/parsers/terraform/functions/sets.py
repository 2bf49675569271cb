"""Set functions."""

from __future__ import annotations

import itertools
from typing import Any, Final

from dyncheck.parsers.terraform.conditions import same
from dyncheck.parsers.terraform.convert import unify
from dyncheck.parsers.terraform.functions.calling import OPEN, PARTS, Function
from dyncheck.parsers.terraform.functions.conversions import make_set, to_set
from dyncheck.parsers.terraform.functions.sequences import concat
from dyncheck.parsers.terraform.tfvalues import (
    MAX_ELEMENTS,
    TOO_LARGE,
    TerraformSet,
    TypedList,
    invalid,
)


def _union(*sets: Any) -> Any:
    return to_set(concat(*sets))


def _intersection(first: list[Any], *others: list[Any]) -> Any:
    kept = first
    for other in others:
        both = unify([*kept, *other])
        kept = [item for item in both[: len(kept)] if any(same(item, one, str) is True for one in both[len(kept) :])]
    return make_set(unify(kept))


def _subtract(first: list[Any], second: list[Any]) -> Any:
    both = unify([*first, *second])
    removed = both[len(first) :]
    return make_set(item for item in both[: len(first)] if not any(same(item, one, str) is True for one in removed))


def _product(*collections: list[Any]) -> Any:
    if len(collections) < 2:
        return invalid("at least two lists are required")
    total = 1
    for collection in collections:
        total *= len(collection)
    if total > MAX_ELEMENTS:
        return TOO_LARGE
    results = [list(combination) for combination in itertools.product(*collections)]
    return TerraformSet(results) if all(isinstance(item, TerraformSet) for item in collections) else TypedList(results)


TABLE: Final[dict[str, Function]] = {
    "setintersection": Function(_intersection, "l", rest="l"),
    "setproduct": Function(_product, rest="l", needs=PARTS),
    "setsubtract": Function(_subtract, "ll"),
    "setunion": Function(_union, rest="l", needs=OPEN),
}
