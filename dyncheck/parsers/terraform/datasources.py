"""Data sources whose answer follows from the configuration: identity, Region, partition, KMS aliases, tables, policies.

What only AWS knows stays Unknown, with an identity that says which thing it is: the account of a provider, the key
behind an alias. Attribute names: terraform-provider-aws documentation, "Data Sources".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from dyncheck.parsers.terraform.body import evaluated
from dyncheck.parsers.terraform.policy_documents import policy_document
from dyncheck.parsers.terraform.syntax import Call, ObjectCons
from dyncheck.partitions import partition_of
from dyncheck.values import Unknown, lift, unknown

if TYPE_CHECKING:
    from dyncheck.parsers.terraform.objects import DataObject

MANAGED_ALIAS: Final = "alias/aws/dynamodb"
"""The alias of the key that AWS manages for DynamoDB."""

Handler = Callable[["DataObject", str], Any]


def _caller_identity(data: DataObject, name: str) -> Any:
    return data.provider.account if name in ("account_id", "id") else None


def _region(data: DataObject, name: str) -> Any:
    return data.provider.region if name in ("name", "region", "id") else None


def _partition(data: DataObject, name: str) -> Any:
    if name not in ("partition", "id"):
        return None
    return lift(partition_of, data.provider.region) if isinstance(data.provider.region, str) else None


def _kms_alias(data: DataObject, name: str) -> Any:
    """The key behind an alias; the alias of DynamoDB's own key stands for that key."""
    if name not in ("arn", "target_key_arn", "target_key_id"):
        return None
    return _each_arm(lambda alias: _key_named(data, alias, name), data.body.value("name"))


def _kms_key(data: DataObject, name: str) -> Any:
    """A key that is looked up by its id, ARN or alias; one that is declared here keeps its identity."""
    if name not in ("arn", "id", "key_id"):
        return None
    return _each_arm(lambda key: _key_named(data, key, name), data.body.value("key_id"))


def _each_arm(function: Callable[[Any], Any], value: Any) -> Any:
    return function(value) if isinstance(value, Unknown) else lift(function, value)


def _key_named(data: DataObject, key: Any, name: str) -> Any:
    if isinstance(key, Unknown):
        if key.symbol is None or "${" not in key.symbol:
            return key if data.kind == "aws_kms_key" and key.symbol is not None else data.computed(name)
        text = key.symbol
    elif isinstance(key, str) and key:
        text = key
    else:
        return data.computed(name)
    if text.startswith("arn:"):
        return key
    if text == MANAGED_ALIAS:
        return MANAGED_ALIAS
    resource = text if text.startswith("alias/") else f"key/{text}"
    because = key.because if isinstance(key, Unknown) else frozenset({data.address})
    return Unknown(because, f"{_arn_start(data, 'kms')}:{resource}")


def _arn_start(data: DataObject, service: str) -> str:
    region = data.provider.region
    written = region if isinstance(region, str) else f"${{{data.address}.region}}"
    return f"arn:${{{data.address}.partition}}:{service}:{written}:${{{data.address}.account}}"


def _table(data: DataObject, name: str) -> Any:
    """A table that is looked up by name: its ARN is known up to partition, Region and account."""
    table = data.body.value("name")
    if name in ("name", "id"):
        return table
    if name not in ("arn", "stream_arn"):
        return None
    text = table if isinstance(table, str) else None
    if isinstance(table, Unknown) and table.symbol is not None:
        text = table.symbol if "${" in table.symbol else f"${{{table.symbol}}}"
    if text is None:
        return data.computed(name)
    suffix = f"/stream/${{{data.address}.stream_label}}" if name == "stream_arn" else ""
    return unknown(data.address, symbol=f"{_arn_start(data, 'dynamodb')}:table/{text}{suffix}")


def _policy_document(data: DataObject, name: str) -> Any:
    """The policy as JSON text where all of it is known, else as a dictionary with its unknown parts."""
    if name not in ("json", "minified_json"):
        return None
    document = policy_document(data.body)
    try:
        return json.dumps(document)
    except TypeError:
        return document


def _local_file(data: DataObject, name: str) -> Any:
    if name != "content":
        return None
    return lift(data.module.scope.files.read, data.body.value("filename"))


def _template(data: DataObject, name: str) -> Any:
    """A template of the provider ``template``: what ``templatestring`` makes of its text and variables."""
    template = data.body.expression("template")
    if name != "rendered" or template is None:
        return None
    variables = data.body.expression("vars") or ObjectCons(())
    return evaluated(Call("templatestring", (template, variables)), data.body.scope)


DATA_SOURCES: Final[dict[str, Handler]] = {
    "aws_caller_identity": _caller_identity,
    "aws_region": _region,
    "aws_partition": _partition,
    "aws_kms_alias": _kms_alias,
    "aws_kms_key": _kms_key,
    "aws_dynamodb_table": _table,
    "aws_iam_policy_document": _policy_document,
    "local_file": _local_file,
    "template_file": _template,
}
