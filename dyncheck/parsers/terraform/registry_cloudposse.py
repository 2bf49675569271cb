"""``cloudposse/dynamodb/aws`` and ``cloudposse/dynamodb-autoscaler/aws``.

Inputs, defaults and resource names as documented: https://registry.terraform.io/modules/cloudposse/dynamodb/aws and
https://registry.terraform.io/modules/cloudposse/dynamodb-autoscaler/aws. Names and tags are made by the label module:
https://registry.terraform.io/modules/cloudposse/label/null
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from dyncheck.parsers.terraform.reading import scalar, tag_map, text
from dyncheck.parsers.terraform.registry_inputs import Declared, Inputs, not_empty, template
from dyncheck.parsers.terraform.undecided import both, pair
from dyncheck.values import Choice, OpenList, Unknown, choose, lift, reasons, unknown

_ARGUMENTS: Final[dict[str, tuple[str, Any]]] = {
    "billing_mode": ("billing_mode", "PROVISIONED"),
    "hash_key": ("hash_key", None),
    "range_key": ("range_key", ""),
    "table_class": ("table_class", "STANDARD"),
    "deletion_protection_enabled": ("deletion_protection_enabled", False),
}
_NESTED: Final[dict[str, dict[str, tuple[str, Any]]]] = {
    "point_in_time_recovery": {"enabled": ("enable_point_in_time_recovery", True)},
    "server_side_encryption": {
        "enabled": ("enable_encryption", True),
        "kms_key_arn": ("server_side_encryption_kms_key_arn", None),
    },
}
_CAPACITY: Final = {
    "autoscale_min_read_capacity": 5,
    "autoscale_max_read_capacity": 20,
    "autoscale_min_write_capacity": 5,
    "autoscale_max_write_capacity": 20,
    "autoscale_read_target": 50,
    "autoscale_write_target": 50,
}
_INDEXES: Final = {
    "global_secondary_index": "global_secondary_index_map",
    "local_secondary_index": "local_secondary_index_map",
}
_IGNORED: Final = ("read_capacity", "write_capacity")
_TABLE: Final = "aws_dynamodb_table.default[0]"
_LABELS: Final = ("namespace", "tenant", "environment", "stage", "name")
_DROPPED: Final = re.compile(r"[^-a-zA-Z0-9]")


def table_resources(inputs: Inputs) -> Iterator[Declared]:
    """The table, and its autoscaling where that is switched on."""
    enabled = inputs.switch("enabled", True)
    if enabled is False:
        return
    yield Declared("aws_dynamodb_table", _TABLE, enabled, _table(inputs))
    scaled = both(enabled, inputs.switch("enable_autoscaler", False))
    provisioned = lift(lambda mode: mode == "PROVISIONED", _mode(inputs))
    names = [text(index, "name") for index in _bodies(inputs.blocks("global_secondary_index_map"))]
    for declared in _autoscaling(inputs, _name(inputs), names, both(scaled, provisioned)):
        address = f"module.dynamodb_autoscaler.{declared.address}"
        yield Declared(declared.kind, address, declared.presence, declared.body)


def table_output(inputs: Inputs, name: str) -> Any:
    """An output of the table module; None for one that is not understood."""
    if name in ("table_name", "table_id"):
        return _name(inputs)
    attribute = {"table_arn": "arn", "table_stream_arn": "stream_arn", "table_stream_label": "stream_label"}.get(name)
    if attribute is None:
        return None
    return unknown(f"{inputs.address}.{name}", symbol=f"{inputs.address}.{_TABLE}.{attribute}")


def autoscaler_resources(inputs: Inputs) -> Iterator[Declared]:
    """Targets and policies for a table, and for the indexes that are named."""
    enabled = inputs.switch("enabled", True)
    indexes = inputs.value("dynamodb_indexes", [])
    names = indexes if isinstance(indexes, list) else []
    yield from _autoscaling(inputs, inputs.value("dynamodb_table_name"), names, enabled)


def no_output(inputs: Inputs, name: str) -> Any:
    """No output of the autoscaler module matters here."""
    return None


def _table(inputs: Inputs) -> Any:
    on_demand = lift(lambda mode: mode == "PAY_PER_REQUEST", _mode(inputs))
    values: dict[str, Any] = {argument: inputs.value(*source) for argument, source in _ARGUMENTS.items()}
    for direction in ("read", "write"):
        source = f"autoscale_min_{direction}_capacity"
        units = inputs.value(source, _CAPACITY[source])
        values[f"{direction}_capacity"] = pair(_unless, on_demand, units)
    values["name"] = _name(inputs)
    values["tags"] = _tags(inputs)
    for kind, source in _INDEXES.items():
        values[kind] = inputs.blocks(source)
    for kind, arguments in _NESTED.items():
        nested = {argument: inputs.value(*origin) for argument, origin in arguments.items()}
        values[kind] = inputs.body(nested, {argument: origin[0] for argument, origin in arguments.items()})
    values["attribute"] = _attributes(inputs)
    replicas = inputs.value("replicas", [])
    values["replica"] = _replicas(replicas)
    streaming = pair(_either, not_empty(replicas), inputs.switch("enable_streams", False))
    values["stream_enabled"] = streaming
    values["stream_view_type"] = pair(_while_on, streaming, inputs.value("stream_view_type"))
    attribute = inputs.value("ttl_attribute", "Expires")
    named = lift(lambda plain: plain not in ("", None), scalar(attribute))
    ttl = {"enabled": both(named, inputs.switch("ttl_enabled", True)), "attribute_name": attribute}
    values["ttl"] = inputs.body(ttl, {"enabled": "ttl_enabled", "attribute_name": "ttl_attribute"})
    values["lifecycle"] = {"ignore_changes": list(_IGNORED)}
    written = {
        **{argument: origin for argument, (origin, _) in _ARGUMENTS.items()},
        **_INDEXES,
        "name": "table_name" if inputs.arguments.written("table_name") else "name",
        "read_capacity": "autoscale_min_read_capacity",
        "write_capacity": "autoscale_min_write_capacity",
        "stream_enabled": "enable_streams",
        "stream_view_type": "stream_view_type",
        "replica": "replicas",
        "tags": "tags",
    }
    return inputs.body(values, written)


def _mode(inputs: Inputs) -> Any:
    return scalar(inputs.value(*_ARGUMENTS["billing_mode"]))


def _unless(skipped: Any, units: Any) -> Any:
    if isinstance(skipped, Unknown):
        return Unknown(skipped.because)
    return None if skipped else units


def _while_on(switch: Any, value: Any) -> Any:
    if isinstance(switch, Unknown):
        return Unknown(switch.because)
    return value if switch else None


def _either(one: Any, other: Any) -> Any:
    if one is True or other is True:
        return True
    unknowns = [value for value in (one, other) if isinstance(value, Unknown)]
    return Unknown(reasons(unknowns)) if unknowns else False


def _replicas(regions: Any) -> Any:
    """Replicas in the Regions, with the settings that the module fixes."""
    if isinstance(regions, OpenList):
        return OpenList(_replicas(regions.items), regions.because)
    if isinstance(regions, Choice):
        return choose(regions.condition, _replicas(regions.if_true), _replicas(regions.if_false))
    if isinstance(regions, Unknown):
        return regions
    listed = regions if isinstance(regions, (list, tuple)) else ()
    fixed = {"propagate_tags": False, "point_in_time_recovery": False}
    return tuple({"region_name": region, **fixed} for region in listed)


def _attributes(inputs: Inputs) -> Any:
    """The attributes of the table's keys, whose types are inputs, and the additional ones."""
    found: list[Any] = []
    for key in ("range_key", "hash_key"):
        name = inputs.value(*_ARGUMENTS[key])
        if name not in ("", None):
            kind = inputs.value(f"{key}_type", "S")
            found.append(inputs.body({"name": name, "type": kind}, {"name": key, "type": f"{key}_type"}))
    more = inputs.blocks("dynamodb_attributes")
    if isinstance(more, OpenList):
        return OpenList((*found, *more.items), more.because)
    return [*found, *more]


def _bodies(blocks: Any) -> list[Any]:
    items = blocks.items if isinstance(blocks, OpenList) else blocks
    return [item for item in items if hasattr(item, "blocks")]


def _autoscaling(inputs: Inputs, table: Any, indexes: list[Any], presence: Any) -> Iterator[Declared]:
    if presence is False:
        return
    scaled: list[tuple[str, str, tuple[Any, ...], str]] = [("", "table", ("table/", table), "[0]")]
    for position, name in enumerate(indexes):
        scaled.append(("_index", "index", ("table/", table, "/index/", name), f"[{position}]"))
    for direction in ("read", "write"):
        units = direction.capitalize()
        names = [f"autoscale_{limit}_{direction}_capacity" for limit in ("min", "max")]
        minimum, maximum = (inputs.value(name, _CAPACITY[name]) for name in names)
        goal = f"autoscale_{direction}_target"
        for ending, kind, resource, suffix in scaled:
            common = {
                "service_namespace": "dynamodb",
                "resource_id": template(*resource),
                "scalable_dimension": f"dynamodb:{kind}:{units}CapacityUnits",
            }
            target = inputs.body(
                {**common, "min_capacity": minimum, "max_capacity": maximum},
                {"min_capacity": names[0], "max_capacity": names[1]},
            )
            address = f"aws_appautoscaling_target.{direction}_target{ending}{suffix}"
            yield Declared("aws_appautoscaling_target", address, presence, target)
            metric = f"DynamoDB{units}CapacityUtilization"
            tracking = {
                "target_value": inputs.value(goal, _CAPACITY[goal]),
                "predefined_metric_specification": {"predefined_metric_type": metric},
            }
            policy = {
                **common,
                "name": template(f"{metric}:", common["resource_id"]),
                "policy_type": "TargetTrackingScaling",
                "target_tracking_scaling_policy_configuration": inputs.body(tracking, {"target_value": goal}),
            }
            address = f"aws_appautoscaling_policy.{direction}_policy{ending}{suffix}"
            yield Declared("aws_appautoscaling_policy", address, presence, inputs.body(policy, {"target_value": goal}))


# ---- labels -------------------------------------------------------------------------------------------------------


def _name(inputs: Inputs) -> Any:
    """The table's name: given, or the label's id of its parts, lower case, joined by the delimiter."""
    given = inputs.value("table_name")
    if given not in (None, ""):
        return given
    parts = [_label(inputs, part) for part in _LABELS]
    attributes = inputs.value("attributes", [])
    hidden = [part for part in [*parts, attributes, inputs.value("context")] if isinstance(part, (Unknown, Choice))]
    unusual = ("label_order", "id_length_limit", "label_value_case", "regex_replace_chars")
    plain = isinstance(attributes, list) and all(_is_label(part) for part in [*parts, *attributes])
    if hidden or not plain or any(inputs.arguments.written(name) for name in unusual):
        because = reasons(hidden) or frozenset({f"{inputs.address} (name made by labels)"})
        return Unknown(because, f"{inputs.address}.{_TABLE}.name")
    delimiter = inputs.value("delimiter", "-")
    texts = [_normal(str(part)) for part in [*parts, *attributes] if part]
    return str(delimiter if isinstance(delimiter, str) else "-").join(part for part in texts if part)


def _is_label(part: Any) -> bool:
    return part is None or isinstance(part, (str, int))


def _normal(part: Any) -> Any:
    """A part of a label as it is used: without other characters than letters, digits and hyphens, lower case."""
    return _DROPPED.sub("", part).lower() if isinstance(part, str) else part


def _label(inputs: Inputs, part: str) -> Any:
    """A part of the label: given, or from ``context``."""
    value = inputs.value(part)
    if value is not None:
        return value
    context = inputs.value("context")
    return context.get(part) if isinstance(context, dict) else None


def _tags(inputs: Inputs) -> Any:
    """Tags as the label module makes them: the id as ``Name``, the parts under their titles, and those given."""
    if inputs.switch("tags_enabled", True) is False:
        return None
    made = {part.title(): _normal(_label(inputs, part)) for part in _LABELS[:-1]}
    made = {title: value for title, value in made.items() if value not in (None, "")}
    context = inputs.value("context")
    if isinstance(context, Unknown):
        return Unknown(context.because)
    return lift(lambda given: {"Name": _name(inputs), **made, **given}, tag_map(inputs.value("tags")))
