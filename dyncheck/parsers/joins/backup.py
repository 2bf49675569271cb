"""Which AWS Backup selections cover a table.

A selection names resources by ARN (``*`` stands for any characters; any of them suffices), excludes others, takes
resources by tag beside them (``ListOfTags``, any of them suffices) and narrows both by tag conditions (all must hold;
case matters). With neither ARNs nor tags it takes every supported resource. The examples of the first page show each.
https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, Literal

import msgspec

from dyncheck.model import BackupPlan, Table
from dyncheck.parsers.attachments import BackupSelectionAttachment, TagCondition
from dyncheck.parsers.joins.logic import (
    Certainty,
    all_of,
    alternatives,
    any_of,
    append,
    both,
    either,
    has_elements,
    negate,
)
from dyncheck.parsers.joins.patterns import (
    Hole,
    Pattern,
    compare,
    encode,
    fields,
    glob,
    hole_reasons,
    join_patterns,
    literal,
    pattern_of,
)
from dyncheck.parsers.joins.references import ARN_FIELDS, Directory, is_home
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, choose, lift

MatchedBy = Literal["arn", "wildcard", "tag", "condition"]
Named = dict[int, Certainty]
"""How certain the tables, by position, are to be among the ARNs of a list."""

_WILDCARD: Final = "*"

_UNSEEN: Final = "\x01"
"""A field of an ARN that neither side knows: it agrees with itself and with a wildcard."""


def attach_backups(
    tables: Sequence[Table], directory: Directory, selections: Iterable[BackupSelectionAttachment]
) -> list[Table]:
    """The tables with the backup selections that cover them."""
    changed = list(tables)
    for selection in selections:
        exact = _named(tables, directory, selection.resources, _exactly)
        wild = _named(tables, directory, selection.resources, _by_wildcard)
        excluded_exactly = _named(tables, directory, selection.not_resources, _exactly)
        excluded_wild = _named(tables, directory, selection.not_resources, _by_wildcard)
        everything = negate(either(has_elements(selection.resources), has_elements(selection.any_tags)))
        for position, table in enumerate(changed):
            if not is_home(table, selection.region):
                continue
            tagged = _over(any_of, selection.any_tags, partial(_holds, table.tags))
            conditions = _over(all_of, selection.conditions, partial(_holds, table.tags))
            ways: list[tuple[MatchedBy, Certainty]] = [
                ("arn", exact.get(position, False)),
                ("wildcard", wild.get(position, False)),
                ("tag", tagged),
                ("wildcard" if has_elements(selection.conditions) is False else "condition", everything),
            ]
            selected = any_of(certainty for _, certainty in ways)
            excluded = either(excluded_exactly.get(position, False), excluded_wild.get(position, False))
            covered = all_of((selection.presence, selected, negate(excluded), conditions))
            if covered is not False:
                matched_by = min(ways, key=lambda way: (way[1] is not True, way[1] is False))[0]
                plan = BackupPlan(locations=selection.locations, name=selection.name, matched_by=matched_by)
                plans = append(table.backup_plans, plan, covered)
                changed[position] = msgspec.structs.replace(table, backup_plans=plans)
    return changed


def _named(
    tables: Sequence[Table],
    directory: Directory,
    arns: Any,
    match: Callable[[Sequence[Table], Directory, Any], Named],
) -> Named:
    if isinstance(arns, Choice):
        left = _named(tables, directory, arns.if_true, match)
        right = _named(tables, directory, arns.if_false, match)
        return {
            position: choose(arns.condition, left.get(position, False), right.get(position, False))
            for position in left.keys() | right.keys()
        }
    found: Named = {}
    if isinstance(arns, (OpenList, Unknown)):
        found = dict.fromkeys(range(len(tables)), Unknown(arns.because))
    items = arns.items if isinstance(arns, OpenList) else arns if isinstance(arns, tuple) else ()
    for item in items:
        for guard, plain in alternatives(item):
            for position, certainty in match(tables, directory, plain).items():
                found[position] = either(found.get(position, False), both(guard, certainty))
    return found


def _exactly(tables: Sequence[Table], directory: Directory, arn: Any) -> Named:
    if not isinstance(arn, (str, Unknown)) or _has_wildcard(pattern_of(arn)):
        return {}
    return {match.position: match.certainty for match in directory.find(arn) if match.part == "table"}


def _by_wildcard(tables: Sequence[Table], directory: Directory, arn: Any) -> Named:
    pattern = pattern_of(arn) if isinstance(arn, (str, Unknown)) else ()
    if not _has_wildcard(pattern):
        return {}
    parts = fields(pattern, ":", ARN_FIELDS)
    if len(parts) == ARN_FIELDS and not _has_wildcard(parts[5]) and literal(parts[2]) == "dynamodb":
        matches = (match for match in directory.find(arn) if match.part == "table")
        return {match.position: match.certainty for match in matches if _in_region(tables[match.position], parts[3])}
    candidates = _candidates(tables, literal(parts[5]) if len(parts) == ARN_FIELDS else None)
    found = ((position, _covers(pattern, parts, tables[position])) for position in candidates)
    return {position: certainty for position, certainty in found if certainty is not False}


def _candidates(tables: Sequence[Table], resource: str | None) -> Iterable[int]:
    """The tables that the last field of an ARN does not exclude: nearly all patterns are a prefix and a star."""
    start = resource.split(_WILDCARD, 1)[0] if resource is not None else ""
    if not start.startswith("table/"):
        return range(len(tables))
    prefix = start.removeprefix("table/")
    return (
        position
        for position, table in enumerate(tables)
        if not isinstance(table.name, str) or table.name.startswith(prefix)
    )


def _in_region(table: Table, region: Pattern) -> bool:
    wanted = literal(region)
    return wanted is None or not isinstance(table.region, str) or glob(wanted, table.region)


def _has_wildcard(pattern: Pattern) -> bool:
    return any(isinstance(part, str) and _WILDCARD in part for part in pattern)


def _covers(pattern: Pattern, parts: list[Pattern], table: Table) -> Certainty:
    own: list[Any] = ["arn", None, "dynamodb", table.region, table.account]
    prefix: list[str] = []
    wanted: list[Pattern] = []
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        text = own[index] if index < len(own) and isinstance(own[index], str) else None
        if last:
            wanted.append(part)
        elif literal(part) is None or (text is None and not _has_wildcard(part)):
            wanted.append((text or _UNSEEN,))
            text = text or _UNSEEN
        else:
            wanted.append(part)
        if index < len(own):
            prefix.append(text or _UNSEEN)
    prefix += [text if isinstance(text, str) else _UNSEEN for text in own[len(prefix) :]]
    wildcard = join_patterns(*(piece for part in wanted for piece in (":", part)))

    def named(name: Any) -> Certainty:
        known = name if isinstance(name, (str, Unknown)) else Unknown(frozenset())
        return _matches(wildcard, join_patterns(":" + ":".join(prefix), ":table/", pattern_of(known)))

    name = table.name
    if isinstance(name, Choice):
        return choose(name.condition, named(name.if_true), named(name.if_false))
    return named(name)


def _matches(wildcard: Pattern, target: Pattern) -> Certainty:
    """Whether a pattern with wildcards, in which parts may be unknown, covers a text of which parts may be unknown."""
    symbols: dict[str, str] = {}
    if glob(encode(wildcard, symbols), encode(target, symbols)):
        return True
    because = hole_reasons(wildcard) | hole_reasons(target)
    if literal(wildcard) is not None and literal(target) is not None:
        return False
    free = Hole(None, frozenset())
    loose: list[str | Hole] = []
    for part in wildcard:
        if isinstance(part, Hole):
            loose.append(part)
            continue
        first, *others = part.split(_WILDCARD)
        loose.append(first)
        for other in others:
            loose += (free, other)
    possible = compare(join_patterns(*((part,) for part in loose)), target)
    return Unknown(because) if isinstance(possible, Unknown) else False


def _over(
    combine: Callable[[Iterable[Certainty]], Certainty], conditions: Any, test: Callable[[Any], Certainty]
) -> Any:
    if isinstance(conditions, Choice):
        return choose(
            conditions.condition,
            _over(combine, conditions.if_true, test),
            _over(combine, conditions.if_false, test),
        )
    if isinstance(conditions, OpenList):
        return combine((*(test(item) for item in conditions.items), Unknown(conditions.because)))
    if isinstance(conditions, Unknown):
        return Unknown(conditions.because)
    neutral = combine(())
    return combine(_item(item, test, neutral) for item in conditions)


def _item(item: Any, test: Callable[[Any], Certainty], neutral: bool) -> Certainty:
    if item is ABSENT:
        return neutral
    if isinstance(item, Choice):
        return choose(item.condition, _item(item.if_true, test, neutral), _item(item.if_false, test, neutral))
    return Unknown(item.because) if isinstance(item, Unknown) else test(item)


def _holds(tags: Any, condition: TagCondition) -> Certainty:
    """Whether a tag condition holds. A missing tag differs from every value: AWS's examples exclude by tag so."""

    def among(plain: dict[str, Any]) -> Certainty:
        return lift(lambda key: _value_holds(plain.get(key, ABSENT), condition), condition.key)

    holds = lift(among, tags)
    return negate(holds) if condition.operator in ("not_equals", "not_like") else holds


def _value_holds(actual: Any, condition: TagCondition) -> Certainty:
    if actual is ABSENT:
        return False
    if isinstance(actual, Choice):
        return choose(
            actual.condition, _value_holds(actual.if_true, condition), _value_holds(actual.if_false, condition)
        )
    return any_of(
        both(guard, _text_holds(actual, wanted, condition)) for guard, wanted in alternatives(condition.value)
    )


def _text_holds(actual: Any, wanted: Any, condition: TagCondition) -> Certainty:
    if not isinstance(actual, (str, Unknown)) or not isinstance(wanted, (str, Unknown)):
        return actual == wanted
    if condition.operator in ("like", "not_like"):
        return _matches(pattern_of(wanted), pattern_of(actual))
    return compare(pattern_of(wanted), pattern_of(actual))
