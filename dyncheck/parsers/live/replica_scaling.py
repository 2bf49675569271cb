"""The autoscaling of the replicas of a table, which DynamoDB tells for all Regions at once.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTableReplicaAutoScaling.html
"""

from __future__ import annotations

from typing import Any, Final

from dyncheck.location import Location
from dyncheck.model import Autoscaling, ScalingDimension, ScalingPolicy
from dyncheck.parsers.live import responses
from dyncheck.parsers.live.calls import read
from dyncheck.values import unknown

_UNTOLD: Final = unknown("dynamodb:DescribeTableReplicaAutoScaling does not tell it")


def replica_autoscaling(answer: Any, region: str, index: str | None, place: Location) -> Autoscaling:
    """The autoscaling of a replica, or of one of its indexes; ``answer``: as :meth:`Calls.answer` gives it."""

    def settings(direction: str) -> Any:
        return read(answer, lambda found: _dimension(_settings(found, region, index, direction), place))

    return Autoscaling(read=settings("read"), write=settings("write"))


def _settings(
    found: responses.DescribeReplicaAutoscaling, region: str, index: str | None, direction: str
) -> responses.ReplicaScaling | None:
    for replica in found.table_auto_scaling_description.replicas:
        if replica.region_name != region:
            continue
        if index is None:
            return (
                replica.replica_provisioned_read_capacity_auto_scaling_settings
                if direction == "read"
                else replica.replica_provisioned_write_capacity_auto_scaling_settings
            )
        for own in replica.global_secondary_indexes:
            if own.index_name == index:
                return (
                    own.provisioned_read_capacity_auto_scaling_settings
                    if direction == "read"
                    else own.provisioned_write_capacity_auto_scaling_settings
                )
    return None


def _dimension(found: responses.ReplicaScaling | None, place: Location) -> ScalingDimension:
    """Without settings, or with settings that are disabled, nothing scales; every policy here tracks a target."""
    if found is None or found.auto_scaling_disabled or found.maximum_units is None:
        return ScalingDimension()
    places = {"": place}
    return ScalingDimension(
        locations=places,
        registered=True,
        enabled=bool(found.scaling_policies),
        min_capacity=found.minimum_units,
        max_capacity=found.maximum_units,
        suspended=_UNTOLD,
        policies=tuple(
            ScalingPolicy(
                locations=places,
                policy_name=policy.policy_name,
                policy_type="TargetTrackingScaling",
                target_value=policy.target_tracking_scaling_policy_configuration.target_value,
                predefined_metric_type=_UNTOLD,
                disable_scale_in=policy.target_tracking_scaling_policy_configuration.disable_scale_in,
            )
            for policy in found.scaling_policies
        ),
    )
