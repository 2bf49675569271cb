"""A whole repository: which directories are stacks, problems beside results, and the same answer twice."""

from __future__ import annotations

from pathlib import Path

from .scanned import scan, scan_files, shown

TABLE = 'resource "aws_dynamodb_table" "t" {\n  name     = "t"\n  hash_key = "id"\n}\n'


def test_every_root_module_is_a_stack_and_a_called_one_is_not(tmp_path: Path) -> None:
    files = {
        "live/a/main.tf": 'module "m" {\n  source = "../../modules/m"\n}\n',
        "live/b/main.tf": TABLE,
        "modules/m/main.tf": TABLE,
        "main.tf": TABLE,
    }
    found = scan_files(tmp_path, files)
    assert {(item.stack, item.address) for item in found.tables.values()} | {
        (item.stack, item.address) for item in found.resources
    } == {
        (".", "aws_dynamodb_table.t"),
        ("live/a", "module.m.aws_dynamodb_table.t"),
        ("live/b", "aws_dynamodb_table.t"),
    }


def test_a_block_that_cannot_be_parsed_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    broken = 'resource "aws_dynamodb_table" "broken" {\n  name = = "x"\n}\n'
    found = scan_files(tmp_path, {"a.tf": broken + TABLE, "b.tf": TABLE.replace('"t"', '"u"')})
    assert sorted(found.tables) == ["aws_dynamodb_table.t", "aws_dynamodb_table.u"]
    (problem,) = found.problems
    assert (problem.path, problem.line, problem.level) == ("a.tf", 2, "error")


def test_a_reference_to_a_block_that_cannot_be_parsed_is_unknown(tmp_path: Path) -> None:
    broken = 'resource "aws_kms_key" "k" {\n  policy = = 1\n}\n'
    table = TABLE.replace(
        "}\n", "  server_side_encryption {\n    enabled = true\n    kms_key_arn = aws_kms_key.k.arn\n  }\n}\n"
    )
    found = scan_files(tmp_path, {"main.tf": broken + table})
    assert shown(found.table.encryption)["kind"] == {"unknown": ["aws_kms_key.k (cannot be read)"]}


def test_moved_removed_and_import_blocks_change_nothing(tmp_path: Path) -> None:
    more = """
    moved {
      from = aws_dynamodb_table.old
      to   = aws_dynamodb_table.t
    }
    removed {
      from = aws_dynamodb_table.gone
    }
    import {
      to = aws_dynamodb_table.t
      id = "t"
    }
    """
    assert list(scan_files(tmp_path, {"main.tf": TABLE + more}).tables) == ["aws_dynamodb_table.t"]


def test_an_opentofu_file_replaces_the_terraform_file_of_its_name(tmp_path: Path) -> None:
    found = scan_files(tmp_path, {"main.tf": TABLE, "main.tofu": TABLE.replace('"t"', '"tofu"')})
    assert list(found.tables) == ["aws_dynamodb_table.tofu"]


def test_an_override_file_changes_the_table_and_places_point_into_it(tmp_path: Path) -> None:
    override = 'resource "aws_dynamodb_table" "t" {\n  deletion_protection_enabled = true\n}\n'
    found = scan_files(tmp_path, {"main.tf": TABLE, "main_override.tf": override}).table
    assert found.deletion_protection_enabled is True
    assert found.locations["deletion_protection_enabled"].span.path == "main_override.tf"


def test_variable_values_come_from_files_environment_and_command_line(tmp_path: Path) -> None:
    text = 'variable "stage" {}\n' + TABLE.replace('name     = "t"', 'name = "t-${var.stage}"')
    files = {"main.tf": text, "terraform.tfvars": 'stage = "file"\n', "given.tfvars": 'stage = "given"\n'}
    assert scan_files(tmp_path, files).table.name == "t-file"
    assert scan(tmp_path, variables={"stage": "line"}).table.name == "t-line"
    assert scan(tmp_path, var_files=(str(tmp_path / "given.tfvars"),)).table.name == "t-given"
    (tmp_path / "terraform.tfvars").unlink()
    assert scan(tmp_path, environment={"TF_VAR_stage": "environment"}).table.name == "t-environment"
    assert shown(scan(tmp_path).table.name) == {"unknown": ["var.stage"]}


def test_the_workspace_is_known_where_it_is_selected(tmp_path: Path) -> None:
    text = TABLE.replace('"t"\n  hash', '"t-${terraform.workspace}"\n  hash')
    assert shown(scan_files(tmp_path, {"main.tf": text}).table.name) == {"unknown": ["terraform.workspace"]}
    assert scan(tmp_path, environment={"TF_WORKSPACE": "beta"}).table.name == "t-beta"
    files = {"main.tf": text, ".terraform/environment": "gamma\n"}
    assert scan_files(tmp_path, files).table.name == "t-gamma"


def test_two_scans_of_the_same_tree_give_the_same_in_the_same_order(tmp_path: Path) -> None:
    files = {f"{name}/main.tf": TABLE + 'module "x" {\n  source = "example/x/aws"\n}\n' for name in ("b", "a", "c")}
    first = scan_files(tmp_path, files)
    second = scan(tmp_path)
    assert first.resources == second.resources
    assert first.problems == second.problems
    assert [item.stack for item in first.resources] == ["a", "b", "c"]


def test_a_directory_that_holds_no_terraform_gives_nothing(tmp_path: Path) -> None:
    found = scan_files(tmp_path, {"notes.md": "aws_dynamodb_table"})
    assert (found.resources, found.problems) == ([], [])
