"""``aws_dynamodb_table`` as a table of the model, with the provider's defaults and null semantics.

Arguments and defaults: terraform-provider-aws, ``internal/service/dynamodb/table.go``, and the provider documentation.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from dyncheck.model import Encryption, PointInTimeRecovery, Retention, Stream, Table, TimeToLive
from dyncheck.parsers.attachments import TableDraft
from dyncheck.parsers.coerce import to_bool
from dyncheck.parsers.encryption import classify
from dyncheck.parsers.terraform.body import BlockBody, Body, each, single
from dyncheck.parsers.terraform.capacity import (
    limit_places,
    on_demand_throughput,
    provisioned_throughput,
    warm_throughput,
)
from dyncheck.parsers.terraform.keys import (
    attribute_definitions,
    global_secondary_indexes,
    key_schema,
    local_secondary_indexes,
)
from dyncheck.parsers.terraform.reading import (
    Context,
    collected,
    flag,
    merged_tags,
    number,
    places,
    tag_map,
    text,
)
from dyncheck.parsers.terraform.replicas import DEFAULT_WINDOW, inline_replicas
from dyncheck.parsers.terraform.syntax import Expr, GetAttr, Index, Literal, Name, TupleCons
from dyncheck.parsers.terraform.undecided import default, pair
from dyncheck.values import Choice, Unknown, choose, lift, reasons

_PLACES: Final = {
    "name": "name",
    "region": "region",
    "billing_mode": "billing_mode",
    "provisioned_throughput.read_capacity_units": "read_capacity",
    "provisioned_throughput.write_capacity_units": "write_capacity",
    "on_demand_throughput": "on_demand_throughput",
    "warm_throughput": "warm_throughput",
    "key_schema": "hash_key",
    "stream.enabled": "stream_enabled",
    "stream.view_type": "stream_view_type",
    "table_class": "table_class",
    "deletion_protection_enabled": "deletion_protection_enabled",
    "tags": "tags",
}

_CREATED_FROM: Final = {
    "import_table": "import",
    "restore_source_name": "restore",
    "restore_source_table_arn": "restore",
    "restore_backup_arn": "restore",
}


def table_draft(context: Context, body: Body) -> TableDraft:
    """The table that a body declares, and the identities by which others may refer to it."""
    address = context.address
    return TableDraft(
        table=read_table(context, body),
        name_symbols=frozenset({f"{address}.name", f"{address}.id"}),
        arn_symbols=frozenset({f"{address}.arn"}),
        stream_arn_symbols=frozenset({f"{address}.stream_arn"}),
    )


def read_table(context: Context, body: Body) -> Table:
    """The table itself."""
    billing_mode = default(text(body, "billing_mode"), "PROVISIONED")
    encryption = read_encryption(body)
    table_class = default(text(body, "table_class"), "STANDARD")
    tags = merged_tags(tag_map(context.provider.default_tags), tag_map(body.value("tags")))
    sse_enabled = lift(lambda plain: plain.sse_enabled, encryption)
    replicas = inline_replicas(body, sse_enabled, table_class, tags)
    lifecycle = single(body.blocks("lifecycle"))
    return Table(
        address=context.address,
        stack=context.stack,
        source="terraform",
        resource_type=context.resource_type,
        presence=context.presence,
        name=text(body, "name"),
        region=context.provider.region,
        account=context.provider.account,
        billing_mode=billing_mode,
        billing_mode_written=_is_written(body, "billing_mode"),
        provisioned_throughput=provisioned_throughput(body, billing_mode),
        on_demand_throughput=on_demand_throughput(body),
        warm_throughput=warm_throughput(body),
        attributes=attribute_definitions(body),
        key_schema=key_schema(body),
        global_secondary_indexes=global_secondary_indexes(body, billing_mode),
        local_secondary_indexes=local_secondary_indexes(body),
        encryption=encryption,
        point_in_time_recovery=_recovery(body),
        time_to_live=_time_to_live(body),
        stream=_stream(body),
        replicas=replicas,
        consistency_mode=_consistency(body),
        witness_regions=_witnesses(body),
        table_class=table_class,
        deletion_protection_enabled=flag(body, "deletion_protection_enabled"),
        retention=_retention(lifecycle),
        ignore_changes=_ignored(lifecycle),
        created_from=_created_from(body),
        tags=tags,
        locations=_locations(body, lifecycle),
    )


def _locations(body: Body, lifecycle: Any) -> dict[str, Any]:
    found = places(body, _PLACES) | limit_places(body)
    if isinstance(lifecycle, BlockBody):
        place = lifecycle.place("ignore_changes")
        if place is not None:
            found["ignore_changes"] = place
    return found


def _is_written(body: Body, name: str) -> Any:
    """Whether an argument is given a value, known or not: not when it is left out or null."""
    if not body.written(name):
        return False

    def given(value: Any) -> Any:
        if isinstance(value, Choice):
            return choose(value.condition, given(value.if_true), given(value.if_false))
        return value is not None

    return given(body.value(name))


def read_encryption(body: Body) -> Any:
    """The ``server_side_encryption`` block; without one the key is AWS's own."""

    def read(block: Body | None) -> Encryption:
        if block is None:
            return Encryption(kind=classify(None, None))
        enabled, key = flag(block, "enabled"), text(block, "kms_key_arn")
        return Encryption(
            kind=classify(enabled, key),
            sse_enabled=enabled,
            kms_key=key,
            locations=places(block, {"sse_enabled": "enabled", "kms_key": "kms_key_arn"}),
        )

    return lift(read, single(body.blocks("server_side_encryption")))


def _recovery(body: Body) -> Any:
    def read(block: Body | None) -> PointInTimeRecovery:
        if block is None:
            return PointInTimeRecovery()
        enabled = flag(block, "enabled")
        return PointInTimeRecovery(
            enabled=enabled,
            recovery_period_in_days=pair(_window, enabled, number(block, "recovery_period_in_days")),
            locations=places(block, {"enabled": "enabled", "recovery_period_in_days": "recovery_period_in_days"}),
        )

    return lift(read, single(body.blocks("point_in_time_recovery")))


def _window(enabled: Any, days: Any) -> Any:
    """The days as written; without any, AWS's default while recovery is (or may be) on."""
    return DEFAULT_WINDOW if days is None and enabled is not False else days


def _time_to_live(body: Body) -> Any:
    def read(block: Body | None) -> TimeToLive:
        if block is None:
            return TimeToLive()
        return TimeToLive(
            enabled=flag(block, "enabled"),
            attribute_name=text(block, "attribute_name"),
            locations=places(block, {"enabled": "enabled", "attribute_name": "attribute_name"}),
        )

    return lift(read, single(body.blocks("ttl")))


def _stream(body: Body) -> Stream:
    place = body.place("stream_enabled") or body.place("stream_view_type")
    locations = {} if place is None else {"": place}
    for path, argument in (("enabled", "stream_enabled"), ("view_type", "stream_view_type")):
        found = body.place(argument)
        if found is not None:
            locations[path] = found
    return Stream(
        enabled=flag(body, "stream_enabled"),
        view_type=_upper(text(body, "stream_view_type")),
        locations=locations,
    )


def _upper(value: Any) -> Any:
    if isinstance(value, Unknown):
        return value
    return lift(lambda plain: plain.upper() if isinstance(plain, str) else plain, value)


def _consistency(body: Body) -> Any:
    """STRONG when any replica says so."""
    modes = each(body.blocks("replica"), lambda replica: default(text(replica, "consistency_mode"), "EVENTUAL"))
    found: Any = "EVENTUAL" if isinstance(modes, tuple) else Unknown(modes.because)
    for mode in modes if isinstance(modes, tuple) else modes.items:
        found = pair(_stronger, mode, found)
    return found


def _stronger(one: Any, other: Any) -> Any:
    if "STRONG" in (one, other):
        return "STRONG"
    unknowns = [mode for mode in (one, other) if isinstance(mode, Unknown)]
    return Unknown(reasons(unknowns)) if unknowns else "EVENTUAL"


def _witnesses(body: Body) -> Any:
    return collected(each(body.blocks("global_table_witness"), lambda witness: text(witness, "region_name")))


def _retention(lifecycle: Any) -> Any:
    def read(block: Body | None) -> Retention:
        if block is None:
            return Retention(prevent_destroy=False)
        prevented = default(to_bool(block.value("prevent_destroy")), False)
        return Retention(
            prevent_destroy=prevented,
            retained=prevented,
            locations=places(block, {"prevent_destroy": "prevent_destroy", "retained": "prevent_destroy"}),
        )

    return lift(read, lifecycle)


def _ignored(lifecycle: Any) -> Any:
    """The arguments in ``ignore_changes``, as names; ``all`` as it is. They are read, never evaluated."""
    if isinstance(lifecycle, (Unknown, Choice)):
        return Unknown(reasons([lifecycle]))
    if isinstance(lifecycle, BlockBody):
        expr = lifecycle.expression("ignore_changes")
        items = expr.items if isinstance(expr, TupleCons) else () if expr is None else (expr,)
        return tuple(name for name in map(_argument_name, items) if name is not None)
    return () if lifecycle is None else tuple(lifecycle.value("ignore_changes") or ())


def _argument_name(expr: Expr) -> str | None:
    """``read_capacity``, ``"read_capacity"`` (Terraform 0.11), ``tags["Owner"]``, ``replica[0].kms_key_arn``."""
    if isinstance(expr, Name):
        return expr.name
    if isinstance(expr, Literal):
        return "all" if expr.value in ("*", "all") else str(expr.value)
    if isinstance(expr, GetAttr):
        target = _argument_name(expr.target)
        return None if target is None else f"{target}.{expr.name}"
    if isinstance(expr, Index):
        target = _argument_name(expr.target)
        key = expr.key.value if isinstance(expr.key, Literal) else "*"
        return None if target is None else f'{target}["{key}"]' if isinstance(key, str) else f"{target}[{key}]"
    return None


def _created_from(body: Body) -> Any:
    """Whether the table starts from an import or a restore, which bring their own keys and attributes."""
    for argument, origin in _CREATED_FROM.items():
        value = single(body.blocks(argument)) if origin == "import" else text(body, argument)
        if value is not None:
            return lift(partial(_if_given, origin), value)
    return None


def _if_given(origin: str, value: Any) -> str | None:
    return None if value is None else origin
