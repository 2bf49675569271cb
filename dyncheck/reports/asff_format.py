"""AWS Security Finding Format, for Security Hub's BatchImportFindings.

Fields and lengths: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html.
A finding belongs to an account and a Region, so those of resources without either are left out. Its Id stays the same
from scan to scan. On an update Security Hub ignores Severity and Types but for ``FindingProviderFields``: that holds
both, and the deprecated fields beside it are not written.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, Final

from dyncheck.partitions import partition_of
from dyncheck.policy.rule import Rule, Severity
from dyncheck.report import Finding, Report, ScannedResource
from dyncheck.reports import Options
from dyncheck.reports.json_array import json_array
from dyncheck.reports.wording import count, money, shorten, visible

MAX_TITLE: Final = 256
MAX_DESCRIPTION: Final = 1024
MAX_RECOMMENDATION: Final = 512
MAX_REQUIREMENTS: Final = 32

_SEVERITY: Final[dict[Severity, str]] = {
    "critical": "CRITICAL",
    "high": "HIGH",
    "medium": "MEDIUM",
    "low": "LOW",
    "info": "INFORMATIONAL",
}
_TYPES: Final = ["Software and Configuration Checks/AWS Security Best Practices"]
_COST_TYPES: Final = ["Effects/Resource Consumption"]
_RESOURCE_TYPES: Final = {"table": "AwsDynamoDbTable"}


def pieces(report: Report, options: Options) -> Iterator[str]:
    """The findings of accounts as a JSON array; BatchImportFindings takes 100 of it at a time.

    ``options.time`` becomes CreatedAt and UpdatedAt; Security Hub keeps the first CreatedAt that it gets for an Id.
    """
    rules = {rule.id: rule for rule in report.rules}
    time = datetime.datetime.fromtimestamp(options.time, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield from json_array(
        _entry(finding, resource, rules.get(finding.rule), report.version, time)
        for finding, resource in _placed(report)
    )


def left_out(report: Report) -> str | None:
    """What the format cannot hold, as a remark; None when it holds everything."""
    missing = sum(finding.outcome != "error" for finding in report.findings) - sum(1 for _ in _placed(report))
    return f"{count(missing, 'finding')} left out: their account or Region is not known" if missing else None


def _placed(report: Report) -> Iterator[tuple[Finding, ScannedResource]]:
    """The findings of resources whose account and Region are known, with the resource."""
    resources = {(item.stack, item.address): item for item in report.resources}
    for finding in report.findings:
        resource = resources.get((finding.stack, finding.address))
        if finding.outcome != "error" and resource and resource.account and resource.region:
            yield finding, resource


def _entry(finding: Finding, resource: ScannedResource, rule: Rule | None, version: str, time: str) -> dict[str, Any]:
    assert resource.region and resource.account
    partition = partition_of(resource.region)
    product = f"arn:{partition}:securityhub:{resource.region}:{resource.account}:product/{resource.account}/default"
    entry: dict[str, Any] = {
        "SchemaVersion": "2018-10-08",
        "Id": f"dyncheck/{resource.region}/{resource.account}/{finding.fingerprint}",
        "ProductArn": product,
        "ProductName": "dyncheck",
        "GeneratorId": f"dyncheck/{finding.rule}",
        "AwsAccountId": resource.account,
        "CreatedAt": time,
        "UpdatedAt": time,
        "Title": shorten(visible(f"{finding.rule} {rule.title if rule else finding.name}"), MAX_TITLE),
        "Description": shorten(visible(finding.message) or finding.name, MAX_DESCRIPTION),
        "FindingProviderFields": {
            "Severity": {"Label": _SEVERITY[finding.severity], "Original": finding.severity},
            "Types": _COST_TYPES if finding.category == "cost" else _TYPES,
        },
        "ProductFields": {"dyncheck/version": version, "dyncheck/rule": finding.rule},
        "Resources": [_resource(resource, partition)],
        "Compliance": _compliance(finding, rule),
        "Workflow": {"Status": "SUPPRESSED" if finding.suppression else "NEW"},
        "RecordState": "ACTIVE",
    }
    if finding.monthly_cost_usd is not None:
        entry["ProductFields"]["dyncheck/monthly_cost_usd"] = money(finding.monthly_cost_usd)
    if rule is not None:
        entry["Remediation"] = {"Recommendation": _recommendation(rule)}
    return entry


def _compliance(finding: Finding, rule: Rule | None) -> dict[str, Any]:
    compliance: dict[str, Any] = {"Status": "FAILED" if finding.outcome == "fail" else "WARNING"}
    controls = [f"{name} {control}" for name, ids in (rule.controls.items() if rule else ()) for control in ids]
    if controls:
        compliance["RelatedRequirements"] = [shorten(control, 64) for control in controls[:MAX_REQUIREMENTS]]
    return compliance


def _resource(resource: ScannedResource, partition: str) -> dict[str, Any]:
    kind = _RESOURCE_TYPES.get(resource.kind, "Other")
    entry: dict[str, Any] = {
        "Type": kind,
        "Id": visible(_identity(resource, partition)),
        "Partition": partition,
        "Region": resource.region,
    }
    if kind != "Other" and resource.name:
        entry["Details"] = {kind: {"TableName": visible(resource.name)}}
    return entry


def _identity(resource: ScannedResource, partition: str) -> str:
    """The ARN of a table, which a live one has for its address; of anything else the address."""
    if resource.address.startswith("arn:") or resource.kind != "table" or not resource.name:
        return resource.address
    return f"arn:{partition}:dynamodb:{resource.region}:{resource.account}:table/{resource.name}"


def _recommendation(rule: Rule) -> dict[str, str]:
    text = {"Text": shorten(visible(" ".join(rule.remediation.split())), MAX_RECOMMENDATION)}
    links = [link for link in rule.references if link.startswith("https://")]
    return {**text, "Url": links[0]} if links else text
