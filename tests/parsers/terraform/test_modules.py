"""The module tree: inputs and outputs, instances, providers, downloaded modules, cycles and bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dyncheck.model import locate

from .scanned import scan, scan_files, shown

TABLE = """
variable "name" {
  type = string
}
resource "aws_dynamodb_table" "this" {
  name     = var.name
  hash_key = "id"
}
output "name" {
  value = aws_dynamodb_table.this.name
}
"""


def table(name: str, extra: str = "") -> str:
    return f'resource "aws_dynamodb_table" "{name}" {{\n  name     = "{name}"\n  hash_key = "id"\n{extra}}}\n'


def call(name: str, source: str, arguments: str = "") -> str:
    return f'module "{name}" {{\n  source = "{source}"\n  {arguments}\n}}\n'


def test_an_output_of_one_module_is_an_input_of_another(tmp_path: Path) -> None:
    files = {
        "main.tf": call("a", "./m", 'name = "orders"') + call("b", "./m", 'name = "${module.a.name}-copy"'),
        "m/main.tf": TABLE,
    }
    found = scan_files(tmp_path, files)
    assert {name: item.name for name, item in found.tables.items()} == {
        "module.a.aws_dynamodb_table.this": "orders",
        "module.b.aws_dynamodb_table.this": "orders-copy",
    }


def test_the_reason_of_an_unknown_input_is_the_variable_that_the_user_can_set(tmp_path: Path) -> None:
    files = {
        "main.tf": 'variable "stage" {}\n' + call("outer", "./outer", "stage = var.stage"),
        "outer/main.tf": 'variable "stage" {}\n' + call("inner", "../m", 'name = "orders-${var.stage}"'),
        "m/main.tf": TABLE,
    }
    assert shown(scan_files(tmp_path, files).table.name) == {"unknown": ["var.stage"]}


def test_an_input_is_converted_to_the_type_of_its_variable_and_a_missing_one_takes_the_default(tmp_path: Path) -> None:
    child = """
    variable "protect" {
      type = bool
    }
    variable "settings" {
      type = object({ class = optional(string, "STANDARD_INFREQUENT_ACCESS") })
    }
    variable "key" {
      default = "pk"
    }
    variable "strict" {
      type     = string
      default  = "kept"
      nullable = false
    }
    resource "aws_dynamodb_table" "this" {
      name                        = var.strict
      hash_key                    = var.key
      table_class                 = var.settings.class
      deletion_protection_enabled = var.protect
    }
    """
    files = {"main.tf": call("m", "./m", 'protect = "true"\n  settings = {}\n  strict = null'), "m/main.tf": child}
    found = scan_files(tmp_path, files).table
    assert (found.name, found.table_class, found.deletion_protection_enabled) == (
        "kept",
        "STANDARD_INFREQUENT_ACCESS",
        True,
    )
    assert shown(found.key_schema) == [{"attribute_name": "pk", "key_type": "HASH"}]


def test_a_whole_resource_can_be_passed_to_a_module(tmp_path: Path) -> None:
    child = """
    variable "table" {
      type = any
    }
    resource "aws_dynamodb_tag" "owner" {
      resource_arn = var.table.arn
      key          = "Table"
      value        = var.table.name
    }
    """
    files = {"main.tf": table("orders") + call("m", "./m", "table = aws_dynamodb_table.orders"), "m/main.tf": child}
    assert scan_files(tmp_path, files).table.tags == {"Table": "orders"}


def test_a_module_that_is_counted_away_makes_no_tables(tmp_path: Path) -> None:
    files = {"main.tf": call("m", "./m", 'count = 0\n  name = "t"') + table("other"), "m/main.tf": TABLE}
    assert list(scan_files(tmp_path, files).tables) == ["aws_dynamodb_table.other"]


def test_what_holds_wherever_a_module_exists_is_settled_inside_it(tmp_path: Path) -> None:
    arguments = 'count = var.prod ? 1 : 0\n  name = var.prod ? "orders" : "never"'
    files = {"main.tf": 'variable "prod" {\n type = bool\n}\n' + call("m", "./m", arguments), "m/main.tf": TABLE}
    found = scan_files(tmp_path, files).table
    assert found.name == "orders"
    assert shown(found.presence) == {"if": "var.prod", "then": True, "else": False}


@pytest.mark.parametrize(
    ("count", "argument", "value", "expected"),
    [
        ("var.on ? 1 : 0", "deletion_protection_enabled", "var.on", True),
        ("var.on ? 0 : 1", "deletion_protection_enabled", "var.on", False),
        ("!var.on ? 1 : 0", "deletion_protection_enabled", "var.on", False),
        ("var.on ? 1 : 0", "deletion_protection_enabled", "var.other", {"unknown": ["var.other"]}),
        ('var.mode == "A" ? 1 : 0', "billing_mode", "var.mode", "A"),
        ('var.mode == "A" ? 0 : 1', "billing_mode", "var.mode", {"unknown": ["var.mode"]}),
    ],
)
def test_a_variable_is_what_the_count_takes_it_to_be(
    tmp_path: Path, count: str, argument: str, value: str, expected: Any
) -> None:
    files = {"main.tf": table("orders", f"count = {count}\n{argument} = {value}\n")}
    assert shown(getattr(scan_files(tmp_path, files).table, argument)) == expected


def test_a_module_with_unknown_instances_gives_one_table_marked_as_such(tmp_path: Path) -> None:
    files = {
        "main.tf": 'variable "teams" {}\n' + call("m", "./m", "for_each = var.teams\n  name = each.key"),
        "m/main.tf": TABLE,
    }
    found = scan_files(tmp_path, files).table
    assert found.address == "module.m.aws_dynamodb_table.this"
    assert shown(found.presence) == {"unknown": ["var.teams"]}
    assert shown(found.name) == {"unknown": ["var.teams"]}


def test_a_module_already_downloaded_is_read_from_where_init_has_put_it(tmp_path: Path) -> None:
    manifest = {
        "Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "outer", "Source": "git::https://example.com/outer.git", "Dir": ".terraform/modules/outer"},
            {"Key": "outer.inner", "Source": "example/inner/aws", "Dir": ".terraform/modules/outer.inner"},
        ]
    }
    files = {
        "stack/main.tf": call("outer", "git::https://example.com/outer.git"),
        "stack/.terraform/modules/modules.json": json.dumps(manifest),
        "stack/.terraform/modules/outer/main.tf": call("inner", "example/inner/aws", 'name = "deep"'),
        "stack/.terraform/modules/outer.inner/main.tf": TABLE,
    }
    found = scan_files(tmp_path, files)
    assert found.table.address == "module.outer.module.inner.aws_dynamodb_table.this"
    assert (found.table.name, found.table.stack) == ("deep", "stack")
    assert found.problems == []


def test_a_manifest_that_is_broken_or_leads_out_of_the_tree_is_no_manifest(tmp_path: Path) -> None:
    source = "git::https://example.com/x.git"
    for text in ("{", "[]", '{"Modules": 3}', '{"Modules": [{"Key": "m", "Dir": "../../../etc"}]}'):
        root = tmp_path / str(len(text))
        files = {"main.tf": call("m", source) + table("t"), ".terraform/modules/modules.json": text}
        found = scan_files(root, files)
        assert [problem.level for problem in found.problems] == ["note"], text


def test_sources_that_are_not_there_are_one_note_that_lists_them(tmp_path: Path) -> None:
    files = {
        "a/main.tf": table("a") + call("x", "example/x/aws") + call("y", "git::https://example.com/y.git"),
        "b/main.tf": table("b", "  tags = { Owner = module.x.owner }\n") + call("x", "example/x/aws"),
    }
    found = scan_files(tmp_path, files)
    (note,) = found.problems
    assert (note.path, note.line, note.level) == ("a/main.tf", 5, "note")
    assert note.message == (
        "modules that are not in the scanned files were not looked into: example/x/aws, git::https://example.com/y.git"
    )
    tags = found.tables["aws_dynamodb_table.b"].tags
    assert shown(tags) == {"Owner": {"unknown": ["module.x (source not available)"]}}


def test_a_module_outside_of_the_scan_root_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "main.tf").write_text(TABLE)
    files = {"main.tf": call("m", "../outside", 'name = "t"') + table("own")}
    found = scan_files(tmp_path / "inside", files)
    assert list(found.tables) == ["aws_dynamodb_table.own"]
    assert [problem.level for problem in found.problems] == ["note"]


def test_a_module_that_calls_itself_is_a_problem_at_the_call(tmp_path: Path) -> None:
    found = scan_files(tmp_path, {"main.tf": table("t") + call("me", "./")})
    assert list(found.tables) == ["aws_dynamodb_table.t"]
    assert found.messages() == ["main.tf:5 module me calls itself: ."]


def test_modules_that_call_each_other_are_judged_from_one_of_them(tmp_path: Path) -> None:
    files = {"a/main.tf": table("a") + call("b", "../b"), "b/main.tf": table("b") + call("a", "../a")}
    found = scan_files(tmp_path, files)
    assert list(found.tables) == ["aws_dynamodb_table.a", "module.b.aws_dynamodb_table.b"]
    assert found.messages() == ["b/main.tf:5 module a calls itself: a"]


def test_reference_cycles_are_problems_where_they_close_and_unknown_values(tmp_path: Path) -> None:
    cycles = {
        "locals": ("locals {\n  a = local.b\n  b = local.a\n}\n", "local.a", "local.a (reference cycle)"),
        "itself": ("", "aws_dynamodb_table.t.name", "aws_dynamodb_table.t.name (reference cycle)"),
        "outputs": (
            call("x", "./m", "name = module.y.name") + call("y", "./m", "name = module.x.name"),
            "module.x.name",
            "module.x.output.name (reference cycle)",
        ),
    }
    for kind, (before, expression, reason) in cycles.items():
        text = f'{before}resource "aws_dynamodb_table" "t" {{\n  name = {expression}\n  hash_key = "id"\n}}\n'
        child = 'variable "name" {}\noutput "name" {\n  value = var.name\n}\n'
        found = scan_files(tmp_path / kind, {"main.tf": text, "m/main.tf": child})
        assert shown(found.tables["aws_dynamodb_table.t"].name) == {"unknown": [reason]}
        assert [problem.message for problem in found.problems] == [
            f"reference cycle through {reason.removesuffix(' (reference cycle)')}"
        ]
        assert all(problem.line >= 1 and problem.path.endswith(".tf") for problem in found.problems)


def test_a_count_that_hangs_on_itself_is_a_cycle_too(tmp_path: Path) -> None:
    found = scan_files(tmp_path, {"main.tf": table("t", "  count = length(aws_dynamodb_table.t)\n")})
    assert found.messages() == ["main.tf:1 reference cycle through aws_dynamodb_table.t"]
    assert shown(found.table.presence) == {"unknown": ["aws_dynamodb_table.t (reference cycle)"]}


def test_a_chain_of_500_modules_is_followed_for_a_while_and_then_reported(tmp_path: Path) -> None:
    files = {"main.tf": call("m", "./m0")}
    for depth in range(500):
        files[f"m{depth}/main.tf"] = call("m", f"../m{depth + 1}") + table("t")
    files["m500/main.tf"] = table("t")
    found = scan_files(tmp_path, files)
    assert len(found.tables) == 24
    assert found.messages() == ["m23/main.tf:1 modules are nested deeper than 24: the rest is not looked at"]


def test_a_million_instances_are_one_instance_and_a_problem(tmp_path: Path) -> None:
    counted = scan_files(tmp_path / "count", {"main.tf": table("t", "  count = 1000000\n")})
    assert list(counted.tables) == ["aws_dynamodb_table.t"]
    assert counted.messages() == ["main.tf:4 count is 1000000: only one instance is looked at"]
    keys = '  for_each = toset([for i in range(1000000) : "k${i}"])\n'
    mapped = scan_files(tmp_path / "each", {"main.tf": table("t", keys)})
    assert list(mapped.tables) == ["aws_dynamodb_table.t"]
    assert mapped.messages() == ["main.tf:4 for_each has too many elements: only one instance is looked at"]


def test_modules_that_multiply_are_bounded(tmp_path: Path) -> None:
    files = {"main.tf": call("m", "./m0", "count = 10")}
    for depth in range(8):
        files[f"m{depth}/main.tf"] = call("m", f"../m{depth + 1}", "count = 10")
    files["m8/main.tf"] = table("t")
    found = scan_files(tmp_path, files)
    assert 0 < len(found.tables) <= 10_000
    assert any("too many resources" in message for message in found.messages())


def test_a_chain_of_3000_locals_is_unknown_and_no_traceback(tmp_path: Path) -> None:
    chain = "".join(f"  a{i} = local.a{i + 1}\n" for i in range(3000))
    text = f'locals {{\n{chain}  a3000 = "x"\n}}\nresource "aws_dynamodb_table" "t" {{\n  name = local.a0\n}}\n'
    assert shown(scan_files(tmp_path, {"main.tf": text}).table.name) == {"unknown": ["expression too large"]}


PROVIDERS = """
provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
"""


def test_a_called_module_inherits_only_the_default_provider(tmp_path: Path) -> None:
    child = table("near") + table("far", "  provider = aws.us\n")
    files = {"main.tf": PROVIDERS + call("m", "./m"), "m/main.tf": child}
    regions = {name: shown(item.region) for name, item in scan_files(tmp_path, files).tables.items()}
    assert regions == {
        "module.m.aws_dynamodb_table.near": "eu-west-1",
        "module.m.aws_dynamodb_table.far": {"unknown": ["region of provider aws.us"]},
    }


def test_a_placeholder_provider_block_in_a_called_module_gives_way_to_what_is_passed(tmp_path: Path) -> None:
    child = 'provider "aws" {\n  alias = "peer"\n}\n' + table("far", '  provider = "aws.peer"\n')
    files = {"main.tf": PROVIDERS + call("m", "./m", "providers = { aws.peer = aws.us }"), "m/main.tf": child}
    assert scan_files(tmp_path, files).table.region == "us-east-1"


def test_without_a_provider_block_the_region_is_unknown(tmp_path: Path) -> None:
    found = scan_files(tmp_path, {"main.tf": table("t")}, environment={"AWS_REGION": "eu-west-1"}).table
    assert shown(found.region) == {"unknown": ["region of provider aws"]}


def test_the_region_that_the_user_tells_is_that_of_providers_that_name_none(tmp_path: Path) -> None:
    providers = """
provider "aws" {
  alias = "audit"
  profile = "audit"
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
provider "aws" {
  alias = "peer"
}
variable "home" {}
provider "aws" {
  alias  = "home"
  region = var.home
}
"""
    aliases = ("audit", "us", "peer", "home", "elsewhere")
    tables = table("t") + "".join(table(name, f"  provider = aws.{name}\n") for name in aliases)
    found = scan_files(
        tmp_path,
        {"main.tf": providers + tables + call("m", "./m"), "m/main.tf": table("inner")},
        region="eu-west-1",
    )
    assert {name.rpartition(".")[2]: shown(item.region) for name, item in found.tables.items()} == {
        "t": "eu-west-1",
        "inner": "eu-west-1",
        "audit": "eu-west-1",
        "us": "us-east-1",
        "peer": {"unknown": ["region of provider aws.peer"]},
        "home": {"unknown": ["var.home"]},
        "elsewhere": {"unknown": ["region of provider aws.elsewhere"]},
    }


def test_the_place_of_a_finding_in_a_counted_module_names_the_instance(tmp_path: Path) -> None:
    files = {"main.tf": call("m", "./m", 'for_each = toset(["a"])\n  name = each.key'), "m/main.tf": TABLE}
    location = locate(scan_files(tmp_path, files).table, "name")
    assert location is not None
    assert [related.message for related in location.related] == ['called here as module.m["a"]']


def test_a_template_file_is_found_beside_the_module_that_names_it(tmp_path: Path) -> None:
    child = 'resource "aws_dynamodb_table" "t" {\n  name = trimspace(file("${path.module}/name.txt"))\n}\n'
    files = {"live/main.tf": call("m", "../m"), "m/main.tf": child, "m/name.txt": "orders\n"}
    assert scan_files(tmp_path, files).table.name == "orders"


def test_one_module_of_a_repository_scanned_by_itself_is_a_root(tmp_path: Path) -> None:
    files = {"main.tf": call("m", "./m", 'name = "t"'), "m/main.tf": TABLE}
    assert list(scan_files(tmp_path, files).tables) == ["module.m.aws_dynamodb_table.this"]
    alone = scan(tmp_path / "m", tmp_path)
    assert [(item.address, item.stack) for item in alone.tables.values()] == [("aws_dynamodb_table.this", "m")]
