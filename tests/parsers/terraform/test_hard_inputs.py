"""What real repositories do to Terraform parsers: one fixture for each, and what must come out of it."""

from __future__ import annotations

from typing import Any

from dyncheck.model import locate
from dyncheck.values import Unknown

from .scanned import FIXTURES, Scan, scan, shown

CASES = FIXTURES / "hard-inputs"


def case(name: str, **options: Any) -> Scan:
    found = scan(CASES / name, **options)
    assert found.messages() == []
    return found


def field(found: Scan, address: str, name: str) -> Any:
    value: Any = found.tables[address]
    for part in name.split("."):
        value = getattr(value, part)
    return shown(value)


def test_a_null_or_zero_capacity_in_the_on_demand_arm_is_no_capacity() -> None:
    found = case("01-conditional-billing")
    name = "aws_dynamodb_table.matching"
    decided = {"if": "var.provisioned"}
    assert field(found, name, "billing_mode") == {**decided, "then": "PROVISIONED", "else": "PAY_PER_REQUEST"}
    assert field(found, name, "provisioned_throughput") == {
        "read_capacity_units": {**decided, "then": 5, "else": None},
        "write_capacity_units": {**decided, "then": 4, "else": None},
    }


def test_numbers_and_booleans_may_be_written_as_strings() -> None:
    found = case("01-conditional-billing")
    name = "aws_dynamodb_table.strings"
    assert field(found, name, "provisioned_throughput") == {"read_capacity_units": 5, "write_capacity_units": 5}
    assert field(found, name, "deletion_protection_enabled") is False
    assert field(found, name, "point_in_time_recovery.enabled") is True
    assert field(found, name, "billing_mode_written") is False


def test_protection_that_hangs_on_the_environment_is_a_choice_and_a_list_lookup_is_decided() -> None:
    found = case("02-environment-protection")
    name = "aws_dynamodb_table.orders"
    assert field(found, name, "deletion_protection_enabled") is True
    assert field(found, name, "point_in_time_recovery.enabled") == {
        "if": 'var.env == "development"',
        "then": False,
        "else": True,
    }


def test_a_variable_that_no_file_declares_is_unknown_by_its_name_and_the_rest_is_read() -> None:
    found = case("03-undeclared-variables")
    name = "aws_dynamodb_table.orders"
    assert field(found, name, "name") == {"unknown": ["var.prefix"]}
    assert field(found, name, "encryption") == {
        "kind": {"unknown": ["var.kms_key_arn"]},
        "sse_enabled": True,
        "kms_key": {"unknown": ["var.kms_key_arn"]},
    }
    assert field(found, name, "point_in_time_recovery.enabled") is True


def test_an_undeclared_variable_may_be_given_on_the_command_line() -> None:
    found = case("03-undeclared-variables", variables={"prefix": "shop"})
    assert field(found, "aws_dynamodb_table.orders", "name") == "shop-orders"


def test_an_environment_map_is_looked_up_by_workspace_only_where_the_workspace_is_known() -> None:
    name = "aws_dynamodb_table.orders"
    unknown = case("04-workspace-map")
    assert field(unknown, name, "name") == {"unknown": ["terraform.workspace"]}
    assert field(unknown, name, "billing_mode") == "PAY_PER_REQUEST"
    assert field(unknown, name, "point_in_time_recovery.enabled")["if"].startswith('terraform.workspace == "default"')
    production = case("04-workspace-map", environment={"TF_WORKSPACE": "production"})
    assert field(production, name, "name") == "orders-production"
    assert field(production, name, "point_in_time_recovery.enabled") is True
    other = case("04-workspace-map", environment={"TF_WORKSPACE": "elsewhere"})
    assert field(other, name, "point_in_time_recovery.enabled") is False


def test_dynamic_blocks_stand_beside_static_ones_nest_and_name_their_iterator() -> None:
    found = case("05-dynamic-blocks")
    name = "aws_dynamodb_table.users"
    types = {item["attribute_name"]: item["attribute_type"] for item in field(found, name, "attributes")}
    assert types == {"id": "S", "created": "S", "email": "S", "status": "S"}
    assert field(found, name, "global_secondary_indexes") == [
        {
            "index_name": "by-email",
            "key_schema": [{"attribute_name": "email", "key_type": "HASH"}],
            "projection": {"projection_type": "KEYS_ONLY"},
            "on_demand_throughput": {"max_read_request_units": 100},
        },
        {
            "index_name": "by-status",
            "key_schema": [
                {"attribute_name": "status", "key_type": "HASH"},
                {"attribute_name": "created", "key_type": "RANGE"},
            ],
            "projection": {"projection_type": "ALL"},
        },
        {
            "index_name": "by-created",
            "key_schema": [{"attribute_name": "created", "key_type": "HASH"}],
            "projection": {"projection_type": "ALL"},
        },
    ]
    assert field(found, name, "encryption") == {}


def test_a_dynamic_block_over_an_unknown_list_leaves_the_list_open_or_the_one_block_unknown() -> None:
    found = case("05-dynamic-blocks")
    name = "aws_dynamodb_table.open"
    because = ["var.more_indexes"]
    assert field(found, name, "attributes") == {
        "open": [{"attribute_name": "id", "attribute_type": "S"}],
        "because": because,
    }
    assert field(found, name, "global_secondary_indexes") == {"open": [], "because": because}


def test_of_resource_blocks_that_counts_switch_only_the_one_that_exists_is_a_table() -> None:
    found = case("06-counted-variants")
    assert {name: shown(table.presence) for name, table in found.tables.items()} == {
        "module.plain.aws_dynamodb_table.this[0]": True,
        "module.scaled.aws_dynamodb_table.autoscaled[0]": True,
        "module.undecided.aws_dynamodb_table.this[0]": {"if": "var.scaling", "then": False, "else": True},
        "module.undecided.aws_dynamodb_table.autoscaled[0]": {"if": "var.scaling", "then": True, "else": False},
    }


def test_instances_come_from_variable_files_decoded_files_file_sets_and_lists() -> None:
    found = case("07-for-each")
    keys = {name: (table.name, shown(table.key_schema)[0]["attribute_name"]) for name, table in found.tables.items()}
    assert keys == {
        'aws_dynamodb_table.given["orders"]': ("orders", "order_id"),
        'aws_dynamodb_table.given["users"]': ("users", "user_id"),
        'aws_dynamodb_table.loaded["audit"]': ("audit", "event_id"),
        'aws_dynamodb_table.filed["carts"]': ("carts", "cart_id"),
        "aws_dynamodb_table.queue[0]": ("jobs", "job_id"),
        "aws_dynamodb_table.queue[1]": ("retries", "retry_id"),
    }
    classes = {table.name: table.table_class for table in found.tables.values()}
    assert (classes["orders"], classes["users"]) == ("STANDARD_INFREQUENT_ACCESS", "STANDARD")


def test_a_table_three_modules_deep_has_its_address_region_and_inputs_from_its_callers() -> None:
    found = case("08-modules")
    path = ".module.storage.module.table.aws_dynamodb_table.this"
    settings = {
        name: (table.name, table.region, table.deletion_protection_enabled) for name, table in found.tables.items()
    }
    assert settings == {
        f"module.orders{path}": ("orders-store", "eu-west-1", True),
        f"module.orders_us{path}": ("orders-store", "us-east-1", False),
        f'module.caches["carts"]{path}': ("carts-store", "eu-west-1", True),
        f'module.caches["pages"]{path}': ("pages-store", "eu-west-1", False),
    }


def test_a_place_inside_a_module_leads_back_through_the_calls_innermost_first() -> None:
    found = case("08-modules")
    table = found.tables["module.orders_us.module.storage.module.table.aws_dynamodb_table.this"]
    location = locate(table, "deletion_protection_enabled")
    assert location is not None
    assert (location.span.path, location.span.line, location.span.column) == ("table/main.tf", 13, 3)
    assert [(related.span.path, related.span.line, related.message) for related in location.related] == [
        ("service/storage/main.tf", 9, "called here as module.orders_us.module.storage.module.table"),
        ("service/main.tf", 10, "called here as module.orders_us.module.storage"),
        ("main.tf", 15, "called here as module.orders_us"),
    ]


def test_resources_beside_a_table_complete_it() -> None:
    found = case("09-separate-resources")
    name = "aws_dynamodb_table.orders"
    assert [index["index_name"] for index in field(found, name, "global_secondary_indexes")] == [
        "by-tenant",
        "by-email",
    ]
    assert field(found, name, "global_secondary_indexes")[0]["key_schema"] == [
        {"attribute_name": "tenant", "key_type": "HASH"},
        {"attribute_name": "id", "key_type": "RANGE"},
    ]
    assert [item["attribute_name"] for item in field(found, name, "attributes")] == ["id", "tenant", "email"]
    assert field(found, name, "replicas") == [
        {
            "region_name": "eu-central-1",
            "encryption": {
                "kind": "customer_managed",
                "sse_enabled": True,
                "kms_key": {"unknown": ["aws_kms_key.replica.arn"]},
                "key": {"rotation_enabled": True},
            },
            "point_in_time_recovery": {"enabled": True, "recovery_period_in_days": 35},
            "deletion_protection_enabled": True,
            "declared_by": "resource",
        }
    ]
    assert field(found, name, "resource_policies") == [
        {
            "statements": [
                {
                    "principals": ["arn:aws:iam::123456789012:root"],
                    "actions": ["dynamodb:GetItem"],
                    "accounts": ["123456789012"],
                }
            ]
        }
    ]
    assert field(found, name, "items") == [{"secrets": ["password"]}]
    assert field(found, name, "backup_plans") == [{"name": "everything", "matched_by": "wildcard"}]
    assert field(found, name, "kinesis_destinations") == [
        {"stream_arn": {"unknown": ["aws_kinesis_stream.changes.arn"]}}
    ]
    assert field(found, name, "ignore_changes") == ["global_secondary_index", "replica"]


def test_text_that_trips_parsers_is_read() -> None:
    found = case("10-awkward-text")
    assert {table.name: (table.header() or table).span.line for table in found.tables.values()} == {
        "bom": 1,
        "carriage": 1,
        "heredoc-A": 12,
        "unfinished": 1,
    }
    assert field(found, "aws_dynamodb_table.heredoc", "tags") == {"Policy": "text\n"}


def test_code_of_terraform_0_11_means_what_it_meant() -> None:
    found = case("11-terraform-0.11")
    name = "aws_dynamodb_table.legacy[0]"
    assert list(found.tables) == [name]
    assert shown(found.tables[name].provisioned_throughput) == {"read_capacity_units": 5, "write_capacity_units": 5}
    assert field(found, name, "time_to_live") == {"enabled": True, "attribute_name": "expires"}
    assert field(found, name, "tags") == {"Name": "legacy"}
    assert field(found, name, "ignore_changes") == ["read_capacity", "write_capacity"]


def test_a_table_made_here_or_looked_up_is_the_same_name_and_remote_state_is_unknown_by_its_address() -> None:
    found = case("12-data-sources")
    name = "module.table[0].aws_dynamodb_table.this"
    assert field(found, name, "presence") == {"if": "var.create", "then": True, "else": False}
    assert field(found, name, "autoscaling.read") == {"registered": True, "min_capacity": 5, "max_capacity": 50}
    assert field(found, name, "encryption.kind") == {"unknown": ["data.terraform_remote_state.network"]}


def test_regions_and_default_tags_come_from_the_provider_that_a_resource_uses() -> None:
    found = case("13-providers")
    settings = {name: (table.name, table.region, shown(table.tags)) for name, table in found.tables.items()}
    both = {"Owner": "platform", "Stage": "prod"}
    assert settings == {
        "aws_dynamodb_table.home": ("home", "eu-west-1", {"Owner": "platform", "Stage": "beta"}),
        "aws_dynamodb_table.abroad": ("abroad", "us-east-1", {}),
        "aws_dynamodb_table.elsewhere": ("elsewhere", "ap-southeast-2", both),
        "module.pair.aws_dynamodb_table.near": ("near", "eu-west-1", both),
        "module.pair.aws_dynamodb_table.far": ("far-us-east-1", "us-east-1", {}),
    }


def test_a_key_is_told_by_the_resource_alias_or_output_that_it_comes_from() -> None:
    found = case("14-kms")
    kinds = {table.name: (table.encryption.kind, shown(table.encryption.key)) for table in found.tables.values()}
    assert kinds == {
        "resource": ("customer_managed", {"rotation_enabled": True}),
        "alias": ("customer_managed", {"rotation_enabled": True}),
        "managed": ("aws_managed", None),
        "shared": ("customer_managed", None),
        "output": ("customer_managed", {}),
    }


def test_autoscaling_finds_its_table_by_reference_literal_try_second_hop_and_module() -> None:
    found = case("15-autoscaling")
    scaled = {
        name: {
            direction: (dimension.registered, dimension.enabled, dimension.min_capacity, dimension.max_capacity)
            for direction, dimension in (("read", table.autoscaling.read), ("write", table.autoscaling.write))
        }
        for name, table in found.tables.items()
    }
    off = (False, False, None, None)
    assert scaled == {
        "aws_dynamodb_table.referenced": {"read": (True, True, 5, 50), "write": (True, True, 5, 50)},
        "aws_dynamodb_table.literal": {"read": (True, False, 1, 10), "write": off},
        "aws_dynamodb_table.calm[0]": {"read": off, "write": (True, True, 5, 500)},
        "aws_dynamodb_table.spiky[0]": {"read": off, "write": (True, True, 5, 500)},
        "aws_dynamodb_table.posse": {"read": (True, True, 5, 100), "write": (True, True, 5, 20)},
    }
    (index,) = found.tables["aws_dynamodb_table.referenced"].global_secondary_indexes
    assert shown(index.autoscaling) == {"read": {"registered": True, "min_capacity": 5, "max_capacity": 20}}


def test_json_from_a_generator_is_the_same_table_as_written_by_hand() -> None:
    found = case("16-cdktf")
    table = shown(found.tables["aws_dynamodb_table.orders_table"])
    assert isinstance(found.table.account, Unknown)
    del table["account"]
    assert table == {
        "address": "aws_dynamodb_table.orders_table",
        "stack": ".",
        "source": "terraform",
        "resource_type": "aws_dynamodb_table",
        "name": "orders-prod",
        "region": "eu-west-1",
        "billing_mode": "PAY_PER_REQUEST",
        "attributes": [
            {"attribute_name": "pk", "attribute_type": "S"},
            {"attribute_name": "sk", "attribute_type": "S"},
        ],
        "key_schema": [
            {"attribute_name": "pk", "key_type": "HASH"},
            {"attribute_name": "sk", "key_type": "RANGE"},
        ],
        "encryption": {
            "kind": "customer_managed",
            "sse_enabled": True,
            "kms_key": {"unknown": ["aws_kms_key.orders_key.arn"]},
            "key": {"rotation_enabled": True},
        },
        "point_in_time_recovery": {"enabled": True, "recovery_period_in_days": 35},
        "retention": {"prevent_destroy": True, "retained": True},
        "ignore_changes": ["read_capacity"],
        "tags": {"Stage": "prod"},
    }
    header = found.table.header()
    assert header is not None
    assert (header.span.path, header.span.line) == ("cdk.tf.json", 8)


def test_code_in_comments_and_files_that_only_look_like_terraform_hold_no_tables() -> None:
    found = case("17-not-quite")
    assert list(found.tables) == ["aws_dynamodb_table.generated"]
    assert field(found, "aws_dynamodb_table.generated", "time_to_live") == {}
