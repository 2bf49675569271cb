"""Scalable targets as resources of their own: does what they name exist here, and can it be scaled that way?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dyncheck.model import GlobalSecondaryIndex, ScalableTarget, Table
from dyncheck.parsers.attachments import ScalableTargetAttachment, Stack
from dyncheck.parsers.joins.logic import alternatives, any_of, select, uncertainty
from dyncheck.parsers.joins.patterns import Hole, Pattern, hole_reasons, literal
from dyncheck.parsers.joins.references import Directory, name_matches
from dyncheck.parsers.joins.scaling import DIMENSIONS, ResourceId, parse_resource_id
from dyncheck.values import OpenList, Unknown, choose, lift, reasons, unknown


def scalable_targets(
    stack: Stack,
    tables: Sequence[Table],
    directory: Directory,
    targets: Iterable[ScalableTargetAttachment],
) -> list[ScalableTarget]:
    """Every scalable target of the stack, with what is wrong with it where that is certain."""
    found = []
    for target in targets:
        problem = _problem(tables, directory, target)
        found.append(
            ScalableTarget(
                locations=target.locations,
                address=target.address,
                stack=stack.stack,
                source=stack.source,
                resource_type=target.resource_type,
                presence=target.presence,
                name=target.resource_id,
                region=target.region,
                resource_id=target.resource_id,
                scalable_dimension=target.scalable_dimension,
                min_capacity=target.min_capacity,
                max_capacity=target.max_capacity,
                fits=lift(lambda words: words is None, problem),
                problem=problem,
            )
        )
    return found


def _problem(tables: Sequence[Table], directory: Directory, target: ScalableTargetAttachment) -> Any:
    problem: Any = None
    for guard, plain in reversed(alternatives(target.resource_id)):
        resource = parse_resource_id(directory, plain)
        problem = select(guard, _problem_of(tables, directory, resource, target), problem)
    return problem


def _problem_of(
    tables: Sequence[Table], directory: Directory, resource: ResourceId, target: ScalableTargetAttachment
) -> Any:
    if resource.malformed:
        return "resource id is neither table/NAME nor table/NAME/index/INDEX"
    # A name that is not known may hide an index, unless it is known to be the name of a table.
    may_name_index = resource.open and any_of(directory.tables(resource.table, target.region).values()) is not True

    def mismatch(dimension: Any) -> str | None:
        known = DIMENSIONS.get(dimension)
        if known is None:
            return f"no scalable dimension of DynamoDB: {dimension}"
        kind = known[0]
        if kind == "table" and resource.index is not None:
            return "table dimension on an index"
        if kind == "index" and resource.index is None and not may_name_index:
            return "index dimension on a table"
        return None

    wrong = lift(mismatch, target.scalable_dimension)
    return select(lift(lambda words: words is not None, wrong), wrong, _missing(tables, directory, resource, target))


def _missing(
    tables: Sequence[Table], directory: Directory, resource: ResourceId, target: ScalableTargetAttachment
) -> Any:
    matches = directory.tables(resource.table, target.region)
    if not matches:
        name = _shown(resource.table.name or ())
        if resource.table.name is None or not tables:
            return unknown(f"table {name} is not declared here")
        return f"no table named {name}"
    found = any_of(matches.values())
    if resource.index is None:
        index_of_table = resource.open and found is not True
        present: Any = Unknown(hole_reasons(resource.table.name or ())) if index_of_table else None
    else:
        present = _missing_index(tables, matches, resource.index)
    absent = f"no table named {_shown(resource.table.name or ())}"
    if isinstance(found, Unknown):
        return Unknown(found.because)
    return select(found, present, absent)


def _missing_index(tables: Sequence[Table], matches: dict[int, Any], index: Pattern) -> Any:
    problem: Any = None
    for position, certainty in matches.items():
        declared = _declares(tables[position], index)
        absent = f"no global secondary index named {_shown(index)}"
        problem = select(certainty, select(declared, None, absent), problem)
    return problem


def _declares(table: Table, index: Pattern) -> Any:
    def among(items: Any) -> Any:
        return any_of(_named(item, index) for item in items)

    indexes = table.global_secondary_indexes
    if isinstance(indexes, OpenList):
        known = among(indexes.items)
        return known if known is True else Unknown(reasons([indexes]) | uncertainty(known))
    return lift(among, indexes)


def _named(item: Any, index: Pattern) -> Any:
    if isinstance(item, GlobalSecondaryIndex):
        return name_matches(index, item.index_name)
    if isinstance(item, Unknown):
        return Unknown(item.because)
    condition = getattr(item, "condition", None)
    if condition is None:
        return False
    return choose(condition, _named(item.if_true, index), _named(item.if_false, index))


def _shown(pattern: Pattern) -> str:
    text = literal(pattern)
    if text is not None:
        return text
    return "".join(f"<{', '.join(sorted(part.because))}>" if isinstance(part, Hole) else part for part in pattern)
