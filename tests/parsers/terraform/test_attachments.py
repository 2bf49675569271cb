"""Resources beside a table: how they are read, and which table they mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dyncheck.model import DaxCluster, ScalableTarget

from .scanned import Scan, scan_files, shown

TABLE = """
variable "p" {
  type = bool
}
variable "name" {}
resource "aws_dynamodb_table" "t" {
  name             = "orders"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "KEYS_ONLY"
}
"""


def scanned(tmp_path: Path, text: str) -> Scan:
    found = scan_files(tmp_path, {"main.tf": TABLE + text})
    assert found.messages() == []
    return found


def setting(tmp_path: Path, text: str, name: str) -> Any:
    return shown(getattr(scanned(tmp_path, text).tables["aws_dynamodb_table.t"], name))


def test_a_policy_without_a_type_is_a_step_policy_and_does_not_scale(tmp_path: Path) -> None:
    text = """
    resource "aws_appautoscaling_target" "r" {
      resource_id        = "table/orders"
      scalable_dimension = "dynamodb:table:ReadCapacityUnits"
      service_namespace  = "dynamodb"
      min_capacity       = 1
      max_capacity       = 2
    }
    resource "aws_appautoscaling_policy" "r" {
      name               = "r"
      resource_id        = aws_appautoscaling_target.r.id
      scalable_dimension = aws_appautoscaling_target.r.scalable_dimension
      service_namespace  = aws_appautoscaling_target.r.service_namespace
    }
    """
    read = scanned(tmp_path, text).table.autoscaling.read
    assert (read.registered, read.enabled, [policy.policy_type for policy in read.policies]) == (
        True,
        False,
        ["StepScaling"],
    )


def test_targets_of_other_services_are_left_alone(tmp_path: Path) -> None:
    text = """
    resource "aws_appautoscaling_target" "ecs" {
      resource_id        = "service/c/s"
      scalable_dimension = "ecs:service:DesiredCount"
      service_namespace  = var.name
      min_capacity       = 1
      max_capacity       = 2
    }
    """
    assert [type(item).__name__ for item in scanned(tmp_path, text).resources] == ["Table"]


def test_a_target_without_a_table_is_reported_as_such(tmp_path: Path) -> None:
    text = """
    resource "aws_appautoscaling_target" "lost" {
      resource_id        = "table/other"
      scalable_dimension = "dynamodb:table:ReadCapacityUnits"
      service_namespace  = "dynamodb"
      min_capacity       = 1
      max_capacity       = 2
    }
    """
    (target,) = [item for item in scanned(tmp_path, text).resources if isinstance(item, ScalableTarget)]
    assert (target.fits, target.problem) == (False, "no table named other")


def test_an_attachment_that_may_not_exist_makes_its_setting_a_choice(tmp_path: Path) -> None:
    text = """
    resource "aws_dynamodb_contributor_insights" "i" {
      count      = var.p ? 1 : 0
      table_name = aws_dynamodb_table.t.name
    }
    """
    assert setting(tmp_path, text, "contributor_insights") == {"if": "var.p", "then": {"enabled": True}, "else": {}}


def test_an_attachment_to_an_unknown_table_makes_its_setting_unknown(tmp_path: Path) -> None:
    text = 'resource "aws_dynamodb_contributor_insights" "i" {\n  table_name = var.name\n}\n'
    assert setting(tmp_path, text, "contributor_insights") == {"unknown": ["var.name"]}


def test_a_queue_is_no_consumer_of_a_stream(tmp_path: Path) -> None:
    text = """
    resource "aws_sqs_queue" "q" {
      name = "q"
    }
    resource "aws_lambda_event_source_mapping" "queue" {
      event_source_arn = aws_sqs_queue.q.arn
      function_name    = "f"
    }
    resource "aws_lambda_event_source_mapping" "kinesis" {
      event_source_arn  = "arn:aws:kinesis:eu-west-1:123456789012:stream/s"
      function_name     = "f"
      starting_position = "LATEST"
    }
    """
    assert setting(tmp_path, text, "stream") == {"enabled": True, "view_type": "KEYS_ONLY"}


def test_a_stream_is_found_by_data_source_too(tmp_path: Path) -> None:
    text = """
    data "aws_dynamodb_table" "t" {
      name = aws_dynamodb_table.t.name
    }
    resource "aws_lambda_event_source_mapping" "m" {
      event_source_arn  = data.aws_dynamodb_table.t.stream_arn
      function_name     = "f"
      starting_position = "LATEST"
    }
    """
    assert setting(tmp_path, text, "stream")["consumers"] == [
        {"kind": "lambda", "name": "f", "maximum_retry_attempts": -1, "maximum_record_age_in_seconds": -1}
    ]


def test_a_policy_document_may_have_unknown_parts_and_imported_statements(tmp_path: Path) -> None:
    text = """
    data "aws_iam_policy_document" "base" {
      statement {
        actions = ["dynamodb:*"]
        principals {
          type        = "*"
          identifiers = ["*"]
        }
      }
    }
    data "aws_iam_policy_document" "all" {
      source_policy_documents = [data.aws_iam_policy_document.base.json]
      statement {
        effect  = "Deny"
        actions = ["dynamodb:DeleteTable"]
        principals {
          type        = "AWS"
          identifiers = [var.name]
        }
      }
    }
    resource "aws_dynamodb_resource_policy" "p" {
      resource_arn = aws_dynamodb_table.t.arn
      policy       = data.aws_iam_policy_document.all.json
    }
    """
    (policy,) = setting(tmp_path, text, "resource_policies")
    first, second = policy["statements"]
    assert first == {"principals": ["*"], "actions": ["dynamodb:*"]}
    assert (second["effect"], second["actions"], second["principals"]) == (
        "Deny",
        ["dynamodb:DeleteTable"],
        [{"unknown": ["var.name"]}],
    )


def test_a_policy_on_the_stream_says_so(tmp_path: Path) -> None:
    text = """
    resource "aws_dynamodb_resource_policy" "p" {
      resource_arn = aws_dynamodb_table.t.stream_arn
      policy       = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:GetRecords" }] })
    }
    """
    (policy,) = setting(tmp_path, text, "resource_policies")
    assert policy == {
        "attached_to": "stream",
        "statements": [{"principals": ["*"], "actions": ["dynamodb:GetRecords"]}],
    }


def test_an_alarm_without_a_table_is_no_alarm_of_the_table(tmp_path: Path) -> None:
    text = """
    resource "aws_cloudwatch_metric_alarm" "account" {
      alarm_name  = "account"
      namespace   = "AWS/DynamoDB"
      metric_name = "UserErrors"
    }
    resource "aws_cloudwatch_metric_alarm" "cpu" {
      alarm_name  = "cpu"
      namespace   = "AWS/EC2"
      metric_name = "CPUUtilization"
      dimensions  = { TableName = "orders" }
    }
    """
    assert setting(tmp_path, text, "alarms") == []


def test_a_replica_of_its_own_takes_the_class_and_switch_of_its_table(tmp_path: Path) -> None:
    text = """
    provider "aws" {
      alias  = "far"
      region = "eu-west-2"
    }
    resource "aws_dynamodb_table" "encrypted" {
      name        = "encrypted"
      hash_key    = "id"
      table_class = "STANDARD_INFREQUENT_ACCESS"
      server_side_encryption {
        enabled = true
      }
    }
    resource "aws_dynamodb_table_replica" "r" {
      provider         = aws.far
      global_table_arn = aws_dynamodb_table.encrypted.arn
    }
    """
    (replica,) = shown(scanned(tmp_path, text).tables["aws_dynamodb_table.encrypted"].replicas)
    assert replica == {
        "region_name": "eu-west-2",
        "encryption": {"kind": "aws_managed", "sse_enabled": True},
        "table_class": "STANDARD_INFREQUENT_ACCESS",
        "declared_by": "resource",
    }


def test_secrets_in_items_are_named_and_never_kept(tmp_path: Path) -> None:
    text = """
    resource "aws_dynamodb_table_item" "i" {
      table_name = "orders"
      hash_key   = "id"
      item       = <<JSON
    {"id": {"S": "1"}, "api_key": {"S": "k-123456789-abcdefgh"}}
    JSON
    }
    """
    found = scanned(tmp_path, text).table
    assert shown(found.items) == [{"secrets": ["api_key"]}]
    assert "k-123456789" not in repr(found)


def test_a_dax_cluster_is_open_unless_it_says_otherwise(tmp_path: Path) -> None:
    text = """
    resource "aws_dax_cluster" "d" {
      cluster_name       = "d"
      node_type          = "dax.r5.large"
      replication_factor = var.p ? 3 : 1
    }
    """
    (cluster,) = [item for item in scanned(tmp_path, text).resources if isinstance(item, DaxCluster)]
    assert (cluster.sse_enabled, cluster.cluster_endpoint_encryption_type) == (False, "NONE")
    assert shown(cluster.replication_factor) == {"if": "var.p", "then": 3, "else": 1}


def test_a_key_looked_up_by_its_id_is_the_customer_s_and_one_by_an_unknown_alias_is_unknown(tmp_path: Path) -> None:
    text = """
    data "aws_kms_key" "by_id" {
      key_id = "11111111-2222-3333-4444-555555555555"
    }
    data "aws_kms_alias" "hidden" {
      name = "alias/${var.name}"
    }
    resource "aws_dynamodb_table" "keyed" {
      for_each = { id = data.aws_kms_key.by_id.arn, hidden = data.aws_kms_alias.hidden.target_key_arn }
      name     = each.key
      hash_key = "id"
      server_side_encryption {
        enabled     = true
        kms_key_arn = each.value
      }
    }
    """
    found = scanned(tmp_path, text)
    kinds = {item.name: shown(item.encryption)["kind"] for item in found.tables.values() if item.name != "orders"}
    assert kinds == {"id": "customer_managed", "hidden": {"unknown": ["var.name"]}}


def test_identity_region_and_partition_follow_from_the_provider(tmp_path: Path) -> None:
    text = """
    provider "aws" {
      region              = "cn-north-1"
      allowed_account_ids = ["123456789012"]
    }
    data "aws_caller_identity" "me" {}
    data "aws_region" "here" {}
    data "aws_partition" "p" {}
    resource "aws_dynamodb_table" "named" {
      name = "${data.aws_partition.p.partition}_${data.aws_region.here.name}_${data.aws_caller_identity.me.account_id}"
    }
    """
    assert scanned(tmp_path, text).tables["aws_dynamodb_table.named"].name == "aws-cn_cn-north-1_123456789012"


def test_an_arn_written_by_hand_means_the_table_of_that_name(tmp_path: Path) -> None:
    text = """
    data "aws_caller_identity" "me" {}
    resource "aws_dynamodb_tag" "t" {
      resource_arn = "arn:aws:dynamodb:eu-west-1:${data.aws_caller_identity.me.account_id}:table/orders"
      key          = "Owner"
      value        = "shop"
    }
    """
    assert setting(tmp_path, text, "tags") == {"Owner": "shop"}


def test_templates_and_files_looked_up_by_data_sources_are_read(tmp_path: Path) -> None:
    text = """
    data "template_file" "name" {
      template = "$${service}-orders"
      vars     = { service = "shop" }
    }
    data "local_file" "key" {
      filename = "${path.module}/key.txt"
    }
    resource "aws_dynamodb_table" "named" {
      name     = data.template_file.name.rendered
      hash_key = data.local_file.key.content
    }
    """
    (tmp_path / "key.txt").write_text("pk")
    found = scanned(tmp_path, text).tables["aws_dynamodb_table.named"]
    assert (found.name, shown(found.key_schema)) == ("shop-orders", [{"attribute_name": "pk", "key_type": "HASH"}])
