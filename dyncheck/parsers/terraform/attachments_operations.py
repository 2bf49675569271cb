"""What operates tables: alarms, backup selections, KMS keys and their aliases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final, Literal

import msgspec

from dyncheck.model import Alarm, KmsKey
from dyncheck.parsers.attachments import (
    AlarmAttachment,
    BackupSelectionAttachment,
    KmsKeyAttachment,
    TagCondition,
)
from dyncheck.parsers.terraform.body import Body, each, single
from dyncheck.parsers.terraform.reading import Context, collected, flag, places, strings, text
from dyncheck.values import OpenList, Unknown, lift, unknown

_NAMESPACE: Final = "AWS/DynamoDB"
_TAG_PREFIX: Final = "aws:ResourceTag/"
Operator = Literal["equals", "not_equals", "like", "not_like"]

_OPERATORS: Final[dict[str, Operator]] = {
    "string_equals": "equals",
    "string_not_equals": "not_equals",
    "string_like": "like",
    "string_not_like": "not_like",
}


def alarms(context: Context, body: Body) -> Iterator[AlarmAttachment]:
    """The metrics of tables that an ``aws_cloudwatch_metric_alarm`` watches, its own and those of its queries."""
    for metric in _metrics(body):
        namespace = text(metric, "namespace")
        if isinstance(namespace, str) and namespace != _NAMESPACE:
            continue
        dimensions = metric.value("dimensions")
        table_name = _dimension(dimensions, "TableName")
        if table_name is None or (isinstance(table_name, Unknown) and isinstance(namespace, Unknown)):
            continue
        yield AlarmAttachment(
            address=context.address,
            presence=context.presence,
            region=context.provider.region,
            table_name=table_name,
            alarm=Alarm(
                alarm_name=text(body, "alarm_name"),
                metric_name=text(metric, "metric_name"),
                index_name=_dimension(dimensions, "GlobalSecondaryIndexName"),
                actions_enabled=flag(body, "actions_enabled", True),
                locations=places(body, {"metric_name": "metric_name", "actions_enabled": "actions_enabled"}),
            ),
            locations=places(body, {}),
        )


def _metrics(body: Body) -> Iterator[Body]:
    if body.value("metric_name") is not None:
        yield body
    for query in _known(body.blocks("metric_query")):
        yield from _known(query.blocks("metric"))


def _known(blocks: Any) -> Iterable[Body]:
    items = blocks.items if isinstance(blocks, OpenList) else blocks
    return [item for item in items if hasattr(item, "blocks")]


def _dimension(dimensions: Any, name: str) -> Any:
    return lift(lambda plain: plain.get(name) if isinstance(plain, dict) else None, dimensions)


def backup_selection(context: Context, body: Body) -> BackupSelectionAttachment:
    """``aws_backup_selection``: tags of ``selection_tag`` are alternatives, those of ``condition`` all apply."""
    return BackupSelectionAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        name=text(body, "name"),
        resources=strings(body.value("resources")),
        not_resources=strings(body.value("not_resources")),
        any_tags=collected(each(body.blocks("selection_tag"), partial(_tag_condition, "equals"))),
        conditions=_conditions(single(body.blocks("condition"))),
        locations=places(body, {"name": "name", "resources": "resources", "not_resources": "not_resources"}),
    )


def _conditions(block: Any) -> Any:
    if block is None:
        return ()
    if not hasattr(block, "blocks"):
        return Unknown(block.because if isinstance(block, Unknown) else block.condition.because)
    found: list[Any] = []
    because: frozenset[str] = frozenset()
    for kind, operator in _OPERATORS.items():
        items = collected(each(block.blocks(kind), partial(_tag_condition, operator)))
        if isinstance(items, OpenList):
            because |= items.because
            items = items.items
        found.extend(items)
    return OpenList(tuple(found), because) if because else tuple(found)


def _tag_condition(operator: Operator, block: Body) -> TagCondition:
    key = text(block, "key")
    if not isinstance(key, Unknown):
        key = lift(lambda plain: plain.removeprefix(_TAG_PREFIX) if isinstance(plain, str) else plain, key)
    return TagCondition(operator, key, block.value("value"))


def kms_key(context: Context, body: Body) -> KmsKeyAttachment:
    """``aws_kms_key`` and the like: always customer managed. Defaults: enabled, not rotated, single Region."""
    address = context.address
    return KmsKeyAttachment(
        address=address,
        presence=context.presence,
        region=context.provider.region,
        key=KmsKey(
            enabled=flag(body, "is_enabled", True) if body.written("is_enabled") else flag(body, "enabled", True),
            rotation_enabled=_rotation(context, body),
            multi_region=context.resource_type != "aws_kms_key" or flag(body, "multi_region"),
            locations=places(body, {"rotation_enabled": "enable_key_rotation", "enabled": "is_enabled"}),
        ),
        symbols=frozenset({f"{address}.arn", f"{address}.id", f"{address}.key_id"}),
        locations=places(body, {}),
    )


def _rotation(context: Context, body: Body) -> Any:
    """Whether the key rotates; a replica of a multi-Region key rotates with its primary key, which is elsewhere."""
    if context.resource_type in ("aws_kms_replica_key", "aws_kms_replica_external_key"):
        return unknown("rotation of the primary key")
    return flag(body, "enable_key_rotation")


class KmsAlias(msgspec.Struct, frozen=True):
    """An alias of a key: by which names it goes, and which key it is said to mean."""

    address: str
    name: Any
    target: Any


def kms_alias(context: Context, body: Body) -> KmsAlias:
    """``aws_kms_alias``."""
    return KmsAlias(context.address, text(body, "name"), text(body, "target_key_id"))


def with_aliases(keys: Iterable[KmsKeyAttachment], aliases: Iterable[KmsAlias]) -> list[KmsKeyAttachment]:
    """The keys, each with the aliases that mean it."""
    listed = list(keys)
    by_symbol = {symbol: index for index, key in enumerate(listed) for symbol in key.symbols}
    for alias in aliases:
        index = by_symbol.get(alias.target.symbol or "") if isinstance(alias.target, Unknown) else None
        if index is None:
            continue
        key = listed[index]
        symbols = {f"{alias.address}.{part}" for part in ("arn", "id", "target_key_arn")}
        names = key.alias_names if isinstance(key.alias_names, tuple) else ()
        listed[index] = msgspec.structs.replace(
            key,
            symbols=key.symbols | symbols,
            alias_names=names if alias.name is None else (*names, alias.name),
        )
    return listed
