"""Pages of a response put together, and cut to what is about DynamoDB or about one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from dyncheck.parsers.live.operations import Operation


def _is_of_dynamodb(arn: str | None) -> bool:
    return arn is not None and ":dynamodb:" in arn


def _watches_dynamodb(alarm: Mapping[str, Any]) -> bool:
    metrics = (query.get("MetricStat", {}).get("Metric", {}) for query in alarm.get("Metrics", ()))
    return any(metric.get("Namespace") == "AWS/DynamoDB" for metric in (alarm, *metrics))


KEPT: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = MappingProxyType(
    {
        "cloudwatch:DescribeAlarms": ("MetricAlarms", _watches_dynamodb),
        "lambda:ListEventSourceMappings": (
            "EventSourceMappings",
            lambda mapping: _is_of_dynamodb(mapping.get("EventSourceArn")),
        ),
        "backup:ListProtectedResources": ("Results", lambda resource: _is_of_dynamodb(resource.get("ResourceArn"))),
    }
)
"""Lists over all services of an account, of which only what is about DynamoDB is kept."""


def joined(operation: Operation, pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The pages of a response as one, without tokens."""
    whole: dict[str, Any] = {}
    for page in pages:
        for name, value in page.items():
            if name in operation.lists and name in whole:
                whole[name] = [*whole[name], *value]
            elif not operation.lists or name != operation.token_out:
                whole[name] = value
    return whole


def series(response: Mapping[str, Any], first: int, number: int) -> list[dict[str, Any]]:
    """The results of a table out of those of many, numbered from 0; the parts that pages cut a series into, joined."""
    wanted = {f"m{first + offset}": f"m{offset}" for offset in range(number)}
    found: dict[str, dict[str, Any]] = {}
    for result in response.get("MetricDataResults", ()):
        name = wanted.get(result["Id"])
        if name is None:
            continue
        one = found.setdefault(name, {"Id": name, "Timestamps": [], "Values": []})
        one["Timestamps"] += result.get("Timestamps", ())
        one["Values"] += result.get("Values", ())
        if "StatusCode" in result:
            # All parts but the last are partial.
            one["StatusCode"] = result["StatusCode"]
    return [found[name] for name in wanted.values() if name in found]
