"""``terraform-aws-modules/dynamodb-table/aws``: one table, in one of three resource blocks, with autoscaling.

Inputs, defaults and resource names as documented for versions up to 5.x:
https://registry.terraform.io/modules/terraform-aws-modules/dynamodb-table/aws
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dyncheck.parsers.terraform.body import BlockBody, ValueBody, single
from dyncheck.parsers.terraform.elements import keyed
from dyncheck.parsers.terraform.expand import key_suffix
from dyncheck.parsers.terraform.reading import tag_map
from dyncheck.parsers.terraform.registry_inputs import Declared, Inputs, not_empty, template
from dyncheck.parsers.terraform.undecided import both, negation, pair, presence_of
from dyncheck.values import Unknown, lift, unknown

LATER_INPUTS: Final = frozenset({"create", "point_in_time_recovery", "server_side_encryption", "ttl", "autoscaling"})
"""Inputs of an interface that no version up to 5.x has: a call with these is not understood."""

_ARGUMENTS: Final[dict[str, Any]] = {
    "name": None,
    "billing_mode": "PAY_PER_REQUEST",
    "hash_key": None,
    "range_key": None,
    "read_capacity": None,
    "write_capacity": None,
    "stream_enabled": False,
    "stream_view_type": None,
    "table_class": None,
    "deletion_protection_enabled": None,
    "region": None,
    "restore_source_name": None,
    "restore_source_table_arn": None,
}
"""Inputs that are arguments of the table by the same name, with their defaults."""

_BLOCKS: Final = {
    "attribute": "attributes",
    "global_secondary_index": "global_secondary_indexes",
    "local_secondary_index": "local_secondary_indexes",
    "replica": "replica_regions",
    "on_demand_throughput": "on_demand_throughput",
    "warm_throughput": "warm_throughput",
    "global_table_witness": "global_table_witness",
}
"""Blocks of the table, and the inputs whose objects they are made of."""

_NESTED: Final[dict[str, dict[str, tuple[str, Any]]]] = {
    "ttl": {"enabled": ("ttl_enabled", False), "attribute_name": ("ttl_attribute_name", "")},
    "point_in_time_recovery": {
        "enabled": ("point_in_time_recovery_enabled", False),
        "recovery_period_in_days": ("point_in_time_recovery_period_in_days", None),
    },
    "server_side_encryption": {
        "enabled": ("server_side_encryption_enabled", False),
        "kms_key_arn": ("server_side_encryption_kms_key_arn", None),
    },
}
"""Blocks of the table whose arguments are inputs of their own: argument → (input, default)."""

_DEFAULT_TARGET: Final = 70
_IGNORED: Final = {
    "this": (),
    "autoscaled": ("read_capacity", "write_capacity"),
    "autoscaled_gsi_ignore": ("global_secondary_index", "read_capacity", "write_capacity"),
}
"""The resource blocks, and what each ignores changes to."""

_OUTPUTS: Final = {
    "dynamodb_table_arn": "arn",
    "dynamodb_table_id": "name",
    "dynamodb_table_name": "name",
    "dynamodb_table_stream_arn": "stream_arn",
    "dynamodb_table_stream_label": "stream_label",
    "this_dynamodb_table_arn": "arn",
    "this_dynamodb_table_id": "name",
    "this_dynamodb_table_stream_arn": "stream_arn",
}

_PLACEHOLDER: Final = "__DYNAMODB_TABLE_ARN__"


def resources(inputs: Inputs) -> Iterator[Declared]:
    """The table, its scalable targets with their policies, and its resource policy."""
    created = inputs.switch("create_table", True)
    for variant, presence in _variants(inputs, created).items():
        if presence is not False:
            yield Declared("aws_dynamodb_table", f"aws_dynamodb_table.{variant}[0]", presence, _table(inputs, variant))
    yield from _autoscaling(inputs, created)
    policy = inputs.value("resource_policy")
    if policy is not None:
        values = {"resource_arn": output(inputs, "dynamodb_table_arn"), "policy": _filled(inputs, policy)}
        body = inputs.body(values, {"policy": "resource_policy"})
        presence = both(created, lift(lambda plain: plain is not None, policy))
        yield Declared("aws_dynamodb_resource_policy", "aws_dynamodb_resource_policy.this[0]", presence, body)


def output(inputs: Inputs, name: str) -> Any:
    """An output of the module; None for one that is not understood."""
    attribute = _OUTPUTS.get(name)
    if attribute is None:
        return None
    if attribute == "name" and inputs.value("name") is not None:
        return inputs.value("name")
    address = inputs.address
    symbols = {
        variant: unknown(
            f"{address}.{name}",
            symbol=f"{address}.aws_dynamodb_table.{variant}[0].{attribute}",
        )
        for variant in _IGNORED
    }

    def choose_variant(scaled: Any, ignoring: Any) -> Any:
        if isinstance(scaled, Unknown) or (scaled is True and isinstance(ignoring, Unknown)):
            return unknown(f"{address}.{name}")
        return symbols["this" if not scaled else "autoscaled_gsi_ignore" if ignoring else "autoscaled"]

    return pair(choose_variant, *_switches(inputs))


def wrapped_resources(inputs: Inputs) -> Iterator[Declared]:
    """The ``wrappers`` submodule: the module once for each of ``items``, over ``defaults``."""
    for suffix, presence, wrapped in _wrapped(inputs):
        for declared in resources(wrapped):
            address = f"module.wrapper{suffix}.{declared.address}"
            yield Declared(declared.kind, address, both(presence, declared.presence), declared.body)


def wrapped_output(inputs: Inputs, name: str) -> Any:
    """The output ``wrapper``: the outputs of each item by its key."""
    if name != "wrapper":
        return None
    return {
        wrapped.address.rpartition('["')[2].removesuffix('"]'): {key: output(wrapped, key) for key in _OUTPUTS}
        for _, _, wrapped in _wrapped(inputs)
    }


def _wrapped(inputs: Inputs) -> Iterator[tuple[str, Any, Inputs]]:
    found = keyed(inputs.value("items", {}))
    written = single(inputs.blocks("items"))
    defaults = inputs.value("defaults", {})
    for key in sorted(found.values):
        body = single(written.blocks(key)) if isinstance(written, (BlockBody, ValueBody)) else None
        if not isinstance(body, (BlockBody, ValueBody)):
            body = ValueBody({}, inputs.arguments.header)
        suffix = key_suffix(key)
        layered = _Layered(body, defaults if isinstance(defaults, dict) else {})
        yield (
            suffix,
            presence_of(found.values[key]),
            Inputs(layered, f"{inputs.address}.module.wrapper{suffix}", inputs.version),
        )


class _Layered:
    """An item of ``items`` over ``defaults``."""

    def __init__(self, item: BlockBody | ValueBody, defaults: dict[str, Any]) -> None:
        self._item = item
        self._defaults = ValueBody(defaults, item.header)
        self.header = item.header

    def _of(self, name: str) -> BlockBody | ValueBody:
        return self._item if self._item.written(name) else self._defaults

    def value(self, name: str) -> Any:
        return self._of(name).value(name)

    def written(self, name: str) -> bool:
        return self._of(name).written(name)

    def place(self, name: str) -> Any:
        return self._of(name).place(name)

    def blocks(self, kind: str) -> Any:
        return self._of(kind).blocks(kind)


def _switches(inputs: Inputs) -> tuple[Any, Any]:
    """Whether the autoscaled variant is made (a switch since 1.2), and whether that ignores changes of indexes."""
    scaled = False if inputs.before(1, 2) else inputs.switch("autoscaling_enabled", False)
    return scaled, inputs.switch("ignore_changes_global_secondary_index", False)


def _variants(inputs: Inputs, created: Any) -> dict[str, Any]:
    scaled, ignoring = _switches(inputs)
    return {
        "this": both(created, negation(scaled)),
        "autoscaled": both(both(created, scaled), negation(ignoring)),
        "autoscaled_gsi_ignore": both(both(created, scaled), ignoring),
    }


def _table(inputs: Inputs, variant: str) -> ValueBody:
    values: dict[str, Any] = {name: inputs.value(name, fallback) for name, fallback in _ARGUMENTS.items()}
    if not inputs.arguments.written("billing_mode"):
        values["billing_mode"] = "PAY_PER_REQUEST"
    for kind, source in _BLOCKS.items():
        values[kind] = inputs.blocks(source)
    for kind, arguments in _NESTED.items():
        nested = {argument: inputs.value(*source) for argument, source in arguments.items()}
        values[kind] = inputs.body(nested, {argument: source[0] for argument, source in arguments.items()})
    values["tags"] = _tags(inputs)
    values["lifecycle"] = {"ignore_changes": list(_IGNORED[variant])}
    values["import_table"] = lift(lambda settings: settings or None, inputs.value("import_table"))
    written = {**{name: name for name in _ARGUMENTS}, "tags": "tags", **_BLOCKS}
    return inputs.body(values, written)


def _tags(inputs: Inputs) -> Any:
    """The tags of the module, which always adds the table's name as ``Name``."""
    name = inputs.value("name")
    return lift(lambda tags: {**tags, "Name": name} if isinstance(tags, dict) else tags, tag_map(inputs.value("tags")))


def _filled(inputs: Inputs, policy: Any) -> Any:
    """The policy without the module's placeholder for the ARN, which its reader does not look at."""
    return lift(lambda text: text.replace(_PLACEHOLDER, "*") if isinstance(text, str) else text, policy)


def _autoscaling(inputs: Inputs, created: Any) -> Iterator[Declared]:
    scaled = created if inputs.before(1, 2) else both(created, _switches(inputs)[0])
    if scaled is False:
        return
    for direction in ("read", "write"):
        settings = inputs.value(f"autoscaling_{direction}", {})
        presence = both(scaled, not_empty(settings))
        if presence is not False:
            yield from _target(
                inputs,
                f"table_{direction}",
                "[0]",
                presence,
                dimension=f"dynamodb:table:{direction.capitalize()}CapacityUnits",
                resource=("table/", _name(inputs)),
                minimum=(inputs.value(f"{direction}_capacity"), f"{direction}_capacity"),
                maximum=(_part(settings, "max_capacity"), f"autoscaling_{direction}"),
                target=_part(settings, "target_value"),
            )
    indexes = keyed(inputs.value("autoscaling_indexes", {}))
    for key in sorted(indexes.values):
        settings = indexes.values[key]
        for direction in ("read", "write"):
            yield from _target(
                inputs,
                f"index_{direction}",
                key_suffix(key),
                both(scaled, presence_of(settings)),
                dimension=f"dynamodb:index:{direction.capitalize()}CapacityUnits",
                resource=("table/", _name(inputs), f"/index/{key}"),
                minimum=(_part(settings, f"{direction}_min_capacity"), "autoscaling_indexes"),
                maximum=(_part(settings, f"{direction}_max_capacity"), "autoscaling_indexes"),
                target=_part(settings, "target_value"),
            )


def _target(
    inputs: Inputs,
    name: str,
    suffix: str,
    presence: Any,
    *,
    dimension: str,
    resource: tuple[Any, ...],
    minimum: tuple[Any, str],
    maximum: tuple[Any, str],
    target: Any,
) -> Iterator[Declared]:
    """A scalable target and its target-tracking policy."""
    common = {
        "service_namespace": "dynamodb",
        "resource_id": template(*resource),
        "scalable_dimension": dimension,
    }
    limits = {**common, "min_capacity": minimum[0], "max_capacity": maximum[0]}
    written = {"max_capacity": maximum[1], "min_capacity": minimum[1]}
    kind = "aws_appautoscaling_target"
    yield Declared(kind, f"{kind}.{name}{suffix}", presence, inputs.body(limits, written))
    defaults = inputs.value("autoscaling_defaults", {})
    fallback = _part(defaults, "target_value")
    value = target if target is not None else fallback if fallback is not None else _DEFAULT_TARGET
    direction = "Read" if "Read" in dimension else "Write"
    tracking = {
        "target_value": value,
        "predefined_metric_specification": {
            "predefined_metric_type": f"DynamoDB{direction}CapacityUtilization",
        },
    }
    policy = {
        **common,
        "name": template(f"DynamoDB{direction}CapacityUtilization:", common["resource_id"]),
        "policy_type": "TargetTrackingScaling",
        "target_tracking_scaling_policy_configuration": inputs.body(tracking, {"target_value": maximum[1]}),
    }
    kind = "aws_appautoscaling_policy"
    yield Declared(kind, f"{kind}.{name}_policy{suffix}", presence, inputs.body(policy, {"policy_type": maximum[1]}))


def _name(inputs: Inputs) -> Any:
    name = inputs.value("name")
    return name if name is not None else output(inputs, "dynamodb_table_id")


def _part(settings: Any, key: str) -> Any:
    if isinstance(settings, Unknown):
        return Unknown(settings.because)
    return lift(lambda plain: plain.get(key) if isinstance(plain, dict) else None, settings)
