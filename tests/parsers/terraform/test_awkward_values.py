"""No value, in any argument that is read, breaks a scan: null, wrong types, unknowns and choices everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from dyncheck.values import ABSENT, Choice, OpenList, Unknown

from .scanned import scan_files

VALUES = (
    "null",
    "true",
    '"text"',
    '""',
    "5",
    "-1",
    "[]",
    "{}",
    "[null]",
    "[{}]",
    '[{ a = "b" }]',
    "{ a = 1 }",
    "var.u",
    '"${var.u}-x"',
    "var.b ? 1 : 0",
    'var.b ? "x" : null',
    "var.b ? [1] : []",
    "var.b ? { a = {} } : {}",
    "var.b ? var.u : 3",
    '["x", var.u]',
    '[var.b ? "x" : var.u]',
    "[for item in var.u : item]",
    "{ for key, item in var.u : key => item }",
    'concat([{ name = "a" }], var.u)',
    'merge({ a = "b" }, var.u)',
    "aws_kms_key.k",
    "[aws_kms_key.k]",
    "aws_kms_key.k[*].arn",
    "aws_kms_key.none.arn",
    "data.none.at_all.here",
    "module.none.x",
    "each.value",
    "local.none",
    'jsondecode("{")',
    "1 / 0",
    "one([])",
    "!var.u",
)

ARGUMENTS = {
    "aws_dynamodb_table": """
        name billing_mode hash_key range_key read_capacity write_capacity table_class stream_enabled stream_view_type
        deletion_protection_enabled tags region attribute global_secondary_index local_secondary_index replica ttl
        server_side_encryption point_in_time_recovery on_demand_throughput warm_throughput global_table_witness
        import_table restore_source_name""",
    "aws_appautoscaling_target": """
        resource_id scalable_dimension service_namespace min_capacity max_capacity suspended_state""",
    "aws_appautoscaling_policy": """
        name policy_type resource_id scalable_dimension target_tracking_scaling_policy_configuration""",
    "aws_dynamodb_table_replica": "global_table_arn kms_key_arn point_in_time_recovery tags table_class_override",
    "aws_dynamodb_global_table": "name replica",
    "aws_dynamodb_global_secondary_index": "table_name index_name key_schema projection provisioned_throughput",
    "aws_dynamodb_resource_policy": "resource_arn policy",
    "aws_dynamodb_tag": "resource_arn key value",
    "aws_dynamodb_table_item": "table_name item",
    "aws_dynamodb_contributor_insights": "table_name index_name mode",
    "aws_dynamodb_kinesis_streaming_destination": "table_name stream_arn",
    "aws_lambda_event_source_mapping": "event_source_arn function_name starting_position enabled destination_config",
    "aws_pipes_pipe": "source source_parameters desired_state",
    "aws_backup_selection": "name resources not_resources selection_tag condition",
    "aws_cloudwatch_metric_alarm": "alarm_name namespace metric_name dimensions metric_query actions_enabled",
    "aws_kms_key": "is_enabled enable_key_rotation multi_region",
    "aws_kms_alias": "name target_key_id",
    "aws_dax_cluster": "cluster_name node_type replication_factor server_side_encryption availability_zones tags",
}
REGISTRY = {
    "terraform-aws-modules/dynamodb-table/aws": """
        name hash_key billing_mode attributes global_secondary_indexes replica_regions tags create_table
        autoscaling_enabled autoscaling_read autoscaling_indexes autoscaling_defaults resource_policy ttl_enabled
        import_table""",
    "terraform-aws-modules/dynamodb-table/aws//wrappers": "items defaults",
    "cloudposse/dynamodb/aws": """
        enabled namespace stage name attributes context delimiter hash_key range_key billing_mode replicas
        global_secondary_index_map dynamodb_attributes enable_autoscaler ttl_attribute tags tags_enabled""",
    "cloudposse/dynamodb-autoscaler/aws": "enabled dynamodb_table_name dynamodb_indexes autoscale_min_read_capacity",
}
START = """
variable "u" {}
variable "b" {
  type = bool
}
resource "aws_kms_key" "k" {}
resource "aws_dynamodb_table" "plain" {
  name     = "plain"
  hash_key = "id"
}
"""


def block(header: str, names: str, value: str, first: str = "") -> str:
    arguments = "\n".join(f"  {name} = {value}" for name in names.split())
    return f"{header} {{\n{first}{arguments}\n}}\n"


def loose_ends(value: Any, path: str = "") -> list[str]:
    """Where a resource holds what the model does not know: a list for a string, a dictionary, a lazy object."""
    if isinstance(value, Choice):
        return loose_ends(value.if_true, path) + loose_ends(value.if_false, path)
    if isinstance(value, OpenList):
        return loose_ends(value.items, path)
    if isinstance(value, tuple):
        return [end for index, item in enumerate(value) for end in loose_ends(item, f"{path}[{index}]")]
    if isinstance(value, dict) and path.endswith("tags"):
        return [end for key, item in value.items() for end in loose_ends(item, f"{path}.{key}")]
    if isinstance(value, msgspec.Struct) and not isinstance(value, Unknown):
        names = [name for name in value.__struct_fields__ if name not in ("locations", "condition")]
        return [end for name in names for end in loose_ends(getattr(value, name), f"{path}.{name}")]
    plain = value is None or value is ABSENT or isinstance(value, (str, int, float, Unknown))
    return [] if plain else [f"{path}: {type(value).__name__}"]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_in_every_argument_gives_resources_of_the_model_s_own_types(tmp_path: Path, value: str) -> None:
    resources = [block(f'resource "{kind}" "x"', names, value) for kind, names in ARGUMENTS.items()]
    modules = [
        block(f'module "m{number}"', names, value, f'  source = "{source}"\n')
        for number, (source, names) in enumerate(REGISTRY.items())
    ]
    found = scan_files(tmp_path, {"main.tf": START + "".join(resources + modules)})
    assert "aws_dynamodb_table.plain" in found.tables
    assert "aws_dynamodb_table.x" in found.tables
    assert [end for resource in found.resources for end in loose_ends(resource, resource.address)] == []


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("argument", ["count", "for_each", "provider"])
def test_a_value_in_a_meta_argument_never_hides_the_other_resources(tmp_path: Path, argument: str, value: str) -> None:
    body = f'  {argument} = {value}\n  name = "x"\n'
    call = f'module "m" {{\n  source = "./m"\n  {argument}{"s" if argument == "provider" else ""} = {value}\n}}\n'
    text = START + f'resource "aws_dynamodb_table" "x" {{\n{body}}}\n' + call
    found = scan_files(
        tmp_path, {"main.tf": text, "m/main.tf": 'resource "aws_dynamodb_table" "y" {\n  name = "y"\n}\n'}
    )
    assert "aws_dynamodb_table.plain" in found.tables
