"""``aws_dynamodb_table``: the provider's defaults, null semantics, and what stays undecided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dyncheck.engine import judge
from dyncheck.model import Table, locate
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import select

from .scanned import scan_files, shown


def table(tmp_path: Path, body: str, before: str = "", **options: Any) -> Table:
    text = f'{before}\nresource "aws_dynamodb_table" "t" {{\n  name     = "t"\n  hash_key = "id"\n{body}\n}}\n'
    found = scan_files(tmp_path, {"main.tf": text}, **options)
    assert found.messages() == []
    return found.table


def test_what_is_not_written_has_the_provider_s_defaults(tmp_path: Path) -> None:
    found = shown(table(tmp_path, ""))
    del found["account"], found["region"]
    assert found == {
        "address": "aws_dynamodb_table.t",
        "stack": ".",
        "source": "terraform",
        "resource_type": "aws_dynamodb_table",
        "name": "t",
        "billing_mode_written": False,
        "key_schema": [{"attribute_name": "id", "key_type": "HASH"}],
        "retention": {"prevent_destroy": False},
    }


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "aws_owned"),
        ("server_side_encryption {\n enabled = false\n kms_key_arn = aws_kms_key.k.arn\n}", "aws_owned"),
        ("server_side_encryption {\n enabled = true\n}", "aws_managed"),
        ('server_side_encryption {\n enabled = true\n kms_key_arn = ""\n}', "aws_managed"),
        ("server_side_encryption {\n enabled = true\n kms_key_arn = null\n}", "aws_managed"),
        ('server_side_encryption {\n enabled = true\n kms_key_arn = "alias/aws/dynamodb"\n}', "aws_managed"),
        ("server_side_encryption {\n enabled = true\n kms_key_arn = aws_kms_key.k.arn\n}", "customer_managed"),
        ("server_side_encryption = [{ enabled = true }]", "aws_managed"),
        ("server_side_encryption = []", "aws_owned"),
    ],
)
def test_the_kind_of_key_follows_from_the_block(tmp_path: Path, body: str, kind: str) -> None:
    found = table(tmp_path, body, 'resource "aws_kms_key" "k" {}')
    assert shown(found.encryption).get("kind", "aws_owned") == kind


def test_time_to_live_is_off_until_it_is_enabled(tmp_path: Path) -> None:
    assert shown(table(tmp_path, 'ttl {\n attribute_name = "expires"\n}').time_to_live) == {"attribute_name": "expires"}


def test_recovery_has_the_longest_window_unless_it_says_less(tmp_path: Path) -> None:
    def window(body: str) -> Any:
        return shown(
            table(tmp_path, f"point_in_time_recovery {{\n {body}\n}}", 'variable "p" {}').point_in_time_recovery
        )

    assert window("enabled = true") == {"enabled": True, "recovery_period_in_days": 35}
    assert window("enabled = true\n recovery_period_in_days = 1") == {"enabled": True, "recovery_period_in_days": 1}
    assert window("enabled = false") == {}
    assert window("enabled = var.p") == {"enabled": {"unknown": ["var.p"]}, "recovery_period_in_days": 35}


def test_zero_capacity_is_kept_only_where_the_table_is_provisioned(tmp_path: Path) -> None:
    def capacity(mode: str) -> Any:
        return shown(table(tmp_path, f"read_capacity = 0\nbilling_mode = {mode}", 'variable "m" {}')).get(
            "provisioned_throughput"
        )

    assert capacity('"PROVISIONED"') == {"read_capacity_units": 0}
    assert capacity("null") == {"read_capacity_units": 0}
    assert capacity('"PAY_PER_REQUEST"') is None
    assert capacity("var.m") is None


def test_a_setting_that_cannot_be_what_it_is_is_unknown_and_says_so(tmp_path: Path) -> None:
    found = table(tmp_path, 'read_capacity = "many"\ndeletion_protection_enabled = "perhaps"')
    assert shown(found.provisioned_throughput.read_capacity_units) == {"unknown": ["invalid number 'many'"]}
    assert shown(found.deletion_protection_enabled) == {"unknown": ["invalid boolean 'perhaps'"]}


def test_an_unknown_boolean_keeps_its_identity_so_that_it_can_decide_scenarios(tmp_path: Path) -> None:
    found = table(tmp_path, "deletion_protection_enabled = var.p", 'variable "p" {\n type = bool\n}')
    assert getattr(found.deletion_protection_enabled, "symbol", None) == "var.p"


def test_one_optional_block_is_a_choice_of_its_settings(tmp_path: Path) -> None:
    body = """
    dynamic "point_in_time_recovery" {
      for_each = var.p ? [1] : []
      content {
        enabled = true
      }
    }
    """
    found = table(tmp_path, body, 'variable "p" {\n type = bool\n}')
    assert shown(found.point_in_time_recovery) == {
        "if": "var.p",
        "then": {"enabled": True, "recovery_period_in_days": 35},
        "else": {},
    }


def test_one_block_over_an_unknown_list_is_unknown(tmp_path: Path) -> None:
    body = """
    dynamic "server_side_encryption" {
      for_each = var.keys
      content {
        enabled     = true
        kms_key_arn = server_side_encryption.value
      }
    }
    """
    assert shown(table(tmp_path, body, 'variable "keys" {}').encryption) == {"unknown": ["var.keys"]}


def test_blocks_of_a_choice_of_lists_are_there_or_absent_one_by_one(tmp_path: Path) -> None:
    body = """
    dynamic "replica" {
      for_each = var.p ? ["eu-west-1", "eu-west-2"] : ["eu-west-1"]
      content {
        region_name = replica.value
      }
    }
    """
    found = table(tmp_path, body, 'variable "p" {\n type = bool\n}')
    assert [
        replica["region_name"] if isinstance(replica, dict) and "region_name" in replica else replica
        for replica in shown(found.replicas)
    ] == ["eu-west-1", {"if": "var.p", "then": {"region_name": "eu-west-2"}, "else": "absent"}]


def test_a_dynamic_block_over_a_map_runs_in_the_order_of_its_keys(tmp_path: Path) -> None:
    body = """
    dynamic "attribute" {
      for_each = { zeta = "N", alpha = "S" }
      content {
        name = attribute.key
        type = attribute.value
      }
    }
    """
    assert shown(table(tmp_path, body).attributes) == [
        {"attribute_name": "alpha", "attribute_type": "S"},
        {"attribute_name": "zeta", "attribute_type": "N"},
    ]


def test_a_local_index_has_the_table_s_partition_key(tmp_path: Path) -> None:
    body = 'range_key = "sk"\nlocal_secondary_index {\n name = "l"\n range_key = "other"\n projection_type = "ALL"\n}'
    (index,) = shown(table(tmp_path, body).local_secondary_indexes)
    assert index["key_schema"] == [
        {"attribute_name": "id", "key_type": "HASH"},
        {"attribute_name": "other", "key_type": "RANGE"},
    ]


def test_a_sort_key_that_may_be_null_may_be_absent(tmp_path: Path) -> None:
    found = table(tmp_path, 'range_key = var.p ? "sk" : null', 'variable "p" {\n type = bool\n}')
    assert shown(found.key_schema)[1] == {
        "if": "var.p",
        "then": {"attribute_name": "sk", "key_type": "RANGE"},
        "else": "absent",
    }


def test_a_replica_inherits_neither_recovery_nor_protection_nor_key_nor_tags(tmp_path: Path) -> None:
    body = """
    deletion_protection_enabled = true
    table_class                 = "STANDARD_INFREQUENT_ACCESS"
    point_in_time_recovery {
      enabled = true
    }
    server_side_encryption {
      enabled     = true
      kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1"
    }
    tags = { Owner = "shop" }
    replica {
      region_name = "eu-west-2"
    }
    """
    assert shown(table(tmp_path, body).replicas) == [
        {
            "region_name": "eu-west-2",
            "encryption": {"kind": "aws_managed", "sse_enabled": True},
            "table_class": "STANDARD_INFREQUENT_ACCESS",
        }
    ]


def test_one_strongly_consistent_replica_makes_the_table_so(tmp_path: Path) -> None:
    body = 'replica {\n region_name = "a"\n}\nreplica {\n region_name = "b"\n consistency_mode = "STRONG"\n}'
    assert table(tmp_path, body).consistency_mode == "STRONG"
    assert table(tmp_path, 'replica {\n region_name = "a"\n}').consistency_mode == "EVENTUAL"


def test_tags_are_merged_over_default_tags_and_unknown_when_either_is(tmp_path: Path) -> None:
    provider = (
        'provider "aws" {\n default_tags {\n  tags = { Owner = "shop", Stage = "x" }\n }\n}\nvariable "tags" {}\n'
    )
    assert table(tmp_path, 'tags = { Stage = "y" }', provider).tags == {"Owner": "shop", "Stage": "y"}
    assert shown(table(tmp_path, "tags = var.tags", provider).tags) == {"unknown": ["var.tags"]}


def test_ignored_changes_are_read_as_written_and_never_evaluated(tmp_path: Path) -> None:
    body = 'lifecycle {\n ignore_changes = [read_capacity, "write_capacity", tags["Owner"], replica]\n}'
    found = table(tmp_path, body)
    assert found.ignore_changes == ("read_capacity", "write_capacity", 'tags["Owner"]', "replica")
    location = locate(found, "ignore_changes")
    assert location is not None
    assert (location.span.line, location.span.column) == (6, 2)


@pytest.mark.parametrize(
    ("body", "origin"),
    [
        ('restore_source_name = "orders"', "restore"),
        ('restore_source_table_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"', "restore"),
        ('import_table {\n input_format = "ION"\n}', "import"),
        ("restore_source_name = null", None),
        ("", None),
    ],
)
def test_a_table_may_start_from_an_import_or_a_restore(tmp_path: Path, body: str, origin: str | None) -> None:
    assert table(tmp_path, body).created_from == origin


def test_a_template_over_unknown_parts_names_the_variables_that_hide_it(tmp_path: Path) -> None:
    text = 'variable "a" {}\nvariable "b" {}\nresource "aws_dynamodb_table" "t" {\n  name = "${var.a}-${var.b}"\n}\n'
    found = scan_files(tmp_path, {"main.tf": text}).table
    assert shown(found.name) == {"unknown": ["var.a", "var.b"]}
    assert getattr(found.name, "symbol", None) == "${var.a}-${var.b}"


def test_a_missing_setting_is_located_at_the_nearest_thing_that_is_written(tmp_path: Path) -> None:
    found = table(tmp_path, "point_in_time_recovery {\n}")
    block = locate(found, "point_in_time_recovery.enabled")
    header = locate(found, "deletion_protection_enabled")
    assert block is not None and header is not None
    assert (block.span.line, header.span.line) == (5, 2)


def test_an_attribute_without_a_name_or_type_is_unknown_and_breaks_no_rule(tmp_path: Path) -> None:
    found = table(tmp_path, 'attribute {\n  name = null\n}\nattribute {\n  type = "S"\n}')
    attributes: Any = found.attributes
    assert [shown(item.attribute_name) for item in attributes] == [{"unknown": ["no name"]}] * 2
    assert [shown(item.attribute_type) for item in attributes] == [{"unknown": ["no type"]}, "S"]
    verdicts = judge(found, select(load_rules(), packs=("strict",)))
    assert [verdict for verdict in verdicts if verdict.outcome is Outcome.ERROR] == []
