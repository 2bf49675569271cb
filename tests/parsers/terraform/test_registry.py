"""Registry modules that are understood from their inputs, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dyncheck.model import locate

from .scanned import Scan, scan_files, shown

TABLE_MODULE = "terraform-aws-modules/dynamodb-table/aws"
POSSE = "cloudposse/dynamodb/aws"


def called(tmp_path: Path, source: str, arguments: str, before: str = "") -> Scan:
    text = f'{before}\nmodule "t" {{\n  source = "{source}"\n{arguments}\n}}\n'
    return scan_files(tmp_path, {"main.tf": text})


def shape(found: Scan) -> dict[str, Any]:
    return {name: shown(item.presence) for name, item in found.tables.items()}


def test_a_call_with_nothing_but_a_name_has_the_module_s_defaults(tmp_path: Path) -> None:
    found = called(tmp_path, TABLE_MODULE, 'name = "orders"\nhash_key = "id"')
    table = shown(found.table)
    del table["account"], table["region"]
    assert table == {
        "address": "module.t.aws_dynamodb_table.this[0]",
        "stack": ".",
        "source": "terraform",
        "resource_type": "aws_dynamodb_table",
        "name": "orders",
        "billing_mode": "PAY_PER_REQUEST",
        "key_schema": [{"attribute_name": "id", "key_type": "HASH"}],
        "encryption": {"sse_enabled": False},
        "retention": {"prevent_destroy": False},
        "tags": {"Name": "orders"},
    }
    assert found.problems == []


@pytest.mark.parametrize(
    "source",
    [
        TABLE_MODULE,
        f"registry.terraform.io/{TABLE_MODULE}",
        f"registry.opentofu.org/{TABLE_MODULE}",
        "git::https://github.com/terraform-aws-modules/terraform-aws-dynamodb-table.git?ref=v4.0.0",
        "git::ssh://git@github.com/terraform-aws-modules/terraform-aws-dynamodb-table.git",
        "github.com/terraform-aws-modules/terraform-aws-dynamodb-table",
    ],
)
def test_the_module_is_known_by_its_registry_name_and_its_repository(tmp_path: Path, source: str) -> None:
    found = called(tmp_path, source, 'name = "orders"')
    assert list(found.tables) == ["module.t.aws_dynamodb_table.this[0]"]
    assert found.problems == []


@pytest.mark.parametrize(
    ("arguments", "variant", "ignored"),
    [
        ("autoscaling_enabled = true", "autoscaled", ["read_capacity", "write_capacity"]),
        (
            "autoscaling_enabled = true\nignore_changes_global_secondary_index = true",
            "autoscaled_gsi_ignore",
            ["global_secondary_index", "read_capacity", "write_capacity"],
        ),
        ("ignore_changes_global_secondary_index = true", "this", []),
        ('autoscaling_enabled = true\nversion = "1.1.0"', "this", []),
    ],
)
def test_the_table_is_in_the_one_resource_block_that_its_inputs_choose(
    tmp_path: Path, arguments: str, variant: str, ignored: list[str]
) -> None:
    found = called(tmp_path, TABLE_MODULE, f'name = "orders"\n{arguments}')
    assert shape(found) == {f"module.t.aws_dynamodb_table.{variant}[0]": True}
    assert shown(found.table.ignore_changes) == ignored


def test_an_undecided_switch_gives_each_block_its_half_of_the_condition(tmp_path: Path) -> None:
    before = 'variable "scale" {\n  type = bool\n}'
    found = called(tmp_path, TABLE_MODULE, 'name = "orders"\nautoscaling_enabled = var.scale', before)
    assert shape(found) == {
        "module.t.aws_dynamodb_table.this[0]": {"if": "var.scale", "then": False, "else": True},
        "module.t.aws_dynamodb_table.autoscaled[0]": {"if": "var.scale", "then": True, "else": False},
    }


def test_a_table_that_is_not_created_is_no_table(tmp_path: Path) -> None:
    assert called(tmp_path, TABLE_MODULE, 'name = "orders"\ncreate_table = false').resources == []


def test_autoscaling_starts_from_the_capacity_and_ends_at_the_maximum(tmp_path: Path) -> None:
    arguments = """
      name                = "orders"
      billing_mode        = "PROVISIONED"
      read_capacity       = 5
      write_capacity      = 6
      autoscaling_enabled = true
      autoscaling_read    = { max_capacity = 50, target_value = 60 }
      autoscaling_defaults = { target_value = 65 }
      autoscaling_write   = { max_capacity = "40" }
    """
    table = called(tmp_path, TABLE_MODULE, arguments).table
    scaling = {
        name: (item.enabled, item.min_capacity, item.max_capacity, item.policies[0].target_value)
        for name, item in (("read", table.autoscaling.read), ("write", table.autoscaling.write))
    }
    assert scaling == {"read": (True, 5, 50, 60), "write": (True, 6, 40, 65)}


def test_places_are_those_of_the_call_s_arguments(tmp_path: Path) -> None:
    arguments = (
        '  name = "orders"\n  point_in_time_recovery_enabled = false\n  attributes = [{ name = "id", type = "S" }]'
    )
    table = called(tmp_path, TABLE_MODULE, arguments).table
    lines = {
        path: (location.span.line, location.span.column)
        for path in (
            "",
            "name",
            "point_in_time_recovery.enabled",
            "attributes[0].attribute_name",
            "deletion_protection",
        )
        if (location := locate(table, path)) is not None
    }
    assert lines == {
        "": (2, 1),
        "name": (4, 3),
        "point_in_time_recovery.enabled": (5, 3),
        "attributes[0].attribute_name": (6, 19),
        "deletion_protection": (2, 1),
    }


def test_inputs_of_an_interface_that_no_known_version_has_are_not_guessed_at(tmp_path: Path) -> None:
    found = called(tmp_path, TABLE_MODULE, 'name = "orders"\nserver_side_encryption = { enabled = true }')
    assert found.resources == []
    assert [problem.level for problem in found.problems] == ["note"]


def test_outputs_are_the_name_and_the_identities_of_the_table(tmp_path: Path) -> None:
    after = """
    resource "aws_dynamodb_tag" "owner" {
      resource_arn = module.t.dynamodb_table_arn
      key          = "Owner"
      value        = module.t.dynamodb_table_id
    }
    """
    found = called(tmp_path, TABLE_MODULE, 'name = "orders"\nautoscaling_enabled = true', after)
    assert found.table.tags == {"Name": "orders", "Owner": "orders"}


def test_the_wrapper_makes_one_table_for_each_item(tmp_path: Path) -> None:
    arguments = """
      defaults = { hash_key = "id", deletion_protection_enabled = true }
      items = {
        orders = { name = "orders" }
        carts  = { name = "carts", deletion_protection_enabled = false }
      }
    """
    found = called(tmp_path, f"{TABLE_MODULE}//wrappers", arguments)
    assert {name: (item.name, item.deletion_protection_enabled) for name, item in found.tables.items()} == {
        'module.t.module.wrapper["carts"].aws_dynamodb_table.this[0]': ("carts", False),
        'module.t.module.wrapper["orders"].aws_dynamodb_table.this[0]': ("orders", True),
    }


def test_a_call_for_each_element_makes_one_table_for_each(tmp_path: Path) -> None:
    found = called(tmp_path, TABLE_MODULE, 'for_each = toset(["a", "b"])\nname = each.key')
    assert {name: item.name for name, item in found.tables.items()} == {
        'module.t["a"].aws_dynamodb_table.this[0]': "a",
        'module.t["b"].aws_dynamodb_table.this[0]': "b",
    }


def test_the_other_module_encrypts_and_recovers_by_default_and_names_by_label(tmp_path: Path) -> None:
    arguments = 'namespace = "eg"\nstage = "Test"\nname = "app"\nattributes = ["x"]\nhash_key = "id"'
    found = called(tmp_path, POSSE, arguments).table
    assert (found.address, found.name) == ("module.t.aws_dynamodb_table.default[0]", "eg-test-app-x")
    assert shown(found.encryption) == {"kind": "aws_managed", "sse_enabled": True}
    assert shown(found.point_in_time_recovery) == {"enabled": True, "recovery_period_in_days": 35}
    assert shown(found.time_to_live) == {"enabled": True, "attribute_name": "Expires"}
    assert shown(found.provisioned_throughput) == {"read_capacity_units": 5, "write_capacity_units": 5}
    assert shown(found.autoscaling) == {}
    assert found.ignore_changes == ("read_capacity", "write_capacity")
    assert found.tags == {"Name": "eg-test-app-x", "Namespace": "eg", "Stage": "test"}


def test_the_other_module_writes_no_capacity_on_demand_and_scales_only_when_provisioned(tmp_path: Path) -> None:
    arguments = 'name = "app"\nhash_key = "id"\nbilling_mode = "PAY_PER_REQUEST"\nenable_autoscaler = true'
    found = called(tmp_path, POSSE, arguments).table
    assert (shown(found.provisioned_throughput), shown(found.autoscaling)) == ({}, {})


def test_a_name_made_by_an_unknown_context_is_unknown_and_still_found_by_its_output(tmp_path: Path) -> None:
    after = 'resource "aws_dynamodb_contributor_insights" "i" {\n  table_name = module.t.table_name\n}\n'
    found = called(tmp_path, POSSE, 'context = var.context\nhash_key = "id"', f'variable "context" {{}}\n{after}').table
    assert shown(found.name) == {"unknown": ["var.context"]}
    assert shown(found.contributor_insights) == {"enabled": True}


def test_a_module_that_is_not_known_is_a_note(tmp_path: Path) -> None:
    found = called(tmp_path, "example/dynamodb-table/aws", 'name = "orders"')
    assert found.resources == []
    (note,) = found.problems
    assert note.level == "note"
    assert "example/dynamodb-table/aws" in note.message
