"""Open Cybersecurity Schema Framework 1.3.0, class Compliance Finding (2003), as a JSON array.

Numbers and required attributes: https://github.com/ocsf/ocsf-schema (events/findings/compliance_finding.json,
objects/compliance.json, objects/finding_info.json, objects/resource_details.json). Every event has the profile
``cloud``, which brings ``cloud`` and the Region of a resource: what dyncheck looks at is AWS's, or will be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from dyncheck.partitions import partition_of
from dyncheck.policy.rule import Rule, Severity
from dyncheck.report import Finding, Report, ScannedResource
from dyncheck.reports import Options
from dyncheck.reports.json_array import json_array
from dyncheck.reports.wording import visible

VERSION: Final = "1.3.0"

_CREATE: Final = 1
_SEVERITY: Final[dict[Severity, tuple[int, str]]] = {
    "critical": (5, "Critical"),
    "high": (4, "High"),
    "medium": (3, "Medium"),
    "low": (2, "Low"),
    "info": (1, "Informational"),
}
_CONFIDENCE: Final = {"low": (1, "Low"), "medium": (2, "Medium"), "high": (3, "High")}
_NEW: Final = (1, "New")
_SUPPRESSED: Final = (3, "Suppressed")
_WARNING: Final = (2, "Warning")
_FAIL: Final = (3, "Fail")


def pieces(report: Report, options: Options) -> Iterator[str]:
    """Failed and unknown findings as OCSF events of ``options.time``."""
    rules = {rule.id: rule for rule in report.rules}
    resources = {(item.stack, item.address): item for item in report.resources}
    yield from json_array(
        _event(item, resources.get((item.stack, item.address)), rules.get(item.rule), report.version, options.time)
        for item in report.findings
        if item.outcome != "error"
    )


def _event(
    finding: Finding, resource: ScannedResource | None, rule: Rule | None, version: str, time: int
) -> dict[str, Any]:
    severity_id, severity = _SEVERITY[finding.severity]
    status_id, status = _SUPPRESSED if finding.suppression else _NEW
    event: dict[str, Any] = {
        "activity_id": _CREATE,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 2003 * 100 + _CREATE,
        "type_name": "Compliance Finding: Create",
        "time": time * 1000,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "message": visible(finding.message),
        "metadata": {
            "version": VERSION,
            "event_code": finding.rule,
            "product": {"name": "dyncheck", "vendor_name": "dyncheck", "version": version},
            "profiles": ["cloud"],
        },
        "cloud": _cloud(resource),
        "finding_info": {
            "uid": finding.fingerprint,
            "title": visible(rule.title if rule else finding.name),
            "desc": visible(finding.message),
            "types": [finding.category],
        },
        "compliance": _compliance(finding, rule),
        "resources": [_resource(finding, resource)],
        "unmapped": {
            "outcome": finding.outcome,
            "element": visible(finding.element) if finding.element else None,
            "because": [visible(reason) for reason in finding.because],
        },
    }
    if rule is not None:
        event["confidence_id"], event["confidence"] = _CONFIDENCE[rule.confidence]
        event["remediation"] = _remediation(rule)
    if finding.location is not None:
        span = finding.location.span
        event["unmapped"]["location"] = {"path": visible(span.path), "line": span.line, "column": span.column}
    if finding.monthly_cost_usd is not None:
        event["unmapped"]["monthly_cost_usd"] = msgspec.structs.asdict(finding.monthly_cost_usd)
    return event


def _cloud(resource: ScannedResource | None) -> dict[str, Any]:
    cloud: dict[str, Any] = {"provider": "AWS"}
    if resource is not None and resource.region:
        cloud["region"] = resource.region
    if resource is not None and resource.account:
        cloud["account"] = {"uid": resource.account, "type": "AWS Account", "type_id": 10}
    return cloud


def _compliance(finding: Finding, rule: Rule | None) -> dict[str, Any]:
    status_id, status = _FAIL if finding.outcome == "fail" else _WARNING
    controls = rule.controls if rule else {}
    return {
        "control": finding.rule,
        "standards": sorted(controls) or ["dyncheck"],
        "requirements": sorted(f"{name} {control}" for name, ids in controls.items() for control in ids),
        "status_id": status_id,
        "status": status,
        "status_detail": visible("; ".join(finding.because) or finding.message),
    }


def _resource(finding: Finding, resource: ScannedResource | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"uid": visible(finding.address), "name": visible(finding.address)}
    if resource is None:
        return entry
    entry["type"] = resource.kind
    entry["group"] = {"name": "dynamodb"}
    if resource.name:
        entry["name"] = visible(resource.name)
    if resource.region:
        entry |= {"region": resource.region, "cloud_partition": partition_of(resource.region)}
    return entry


def _remediation(rule: Rule) -> dict[str, Any]:
    text = {"desc": visible(" ".join(rule.remediation.split()))}
    links = [link for link in rule.references if link.startswith("https://")]
    return {**text, "references": links} if links else text
