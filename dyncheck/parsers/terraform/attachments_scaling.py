"""Application Auto Scaling: ``aws_appautoscaling_target`` and ``aws_appautoscaling_policy`` of DynamoDB."""

from __future__ import annotations

from typing import Any, Final

from dyncheck.model import ScalingPolicy
from dyncheck.parsers.attachments import ScalableTargetAttachment, ScalingPolicyAttachment
from dyncheck.parsers.coerce import to_number
from dyncheck.parsers.terraform.body import Body, single
from dyncheck.parsers.terraform.reading import Context, flag, number, places, text
from dyncheck.parsers.terraform.undecided import default, pair
from dyncheck.values import Unknown, lift, reasons

NAMESPACE: Final = "dynamodb"
_TRACKING: Final = "target_tracking_scaling_policy_configuration"


def scalable_target(context: Context, body: Body) -> ScalableTargetAttachment | None:
    """A scalable target; None when it is known to belong to another service."""
    if _other_service(body):
        return None
    return ScalableTargetAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        resource_type=context.resource_type,
        resource_id=text(body, "resource_id"),
        scalable_dimension=text(body, "scalable_dimension"),
        min_capacity=number(body, "min_capacity"),
        max_capacity=number(body, "max_capacity"),
        suspended=_suspended(body),
        locations=places(
            body,
            {
                "resource_id": "resource_id",
                "scalable_dimension": "scalable_dimension",
                "min_capacity": "min_capacity",
                "max_capacity": "max_capacity",
                "suspended": "suspended_state",
            },
        ),
    )


def scaling_policy(context: Context, body: Body) -> ScalingPolicyAttachment | None:
    """A scaling policy; without a type it is a step scaling policy, which DynamoDB does not support."""
    if _other_service(body):
        return None
    tracking = single(body.blocks(_TRACKING))
    locations = places(body, {"policy_name": "name", "policy_type": "policy_type"})
    if not isinstance(tracking, Unknown) and tracking is not None and hasattr(tracking, "place"):
        for path, argument in (("target_value", "target_value"), ("disable_scale_in", "disable_scale_in")):
            place = tracking.place(argument)
            if place is not None:
                locations[path] = place
    policy = ScalingPolicy(
        policy_name=text(body, "name"),
        policy_type=default(text(body, "policy_type"), "StepScaling"),
        target_value=lift(lambda inner: None if inner is None else to_number(inner.value("target_value")), tracking),
        predefined_metric_type=lift(_predefined_metric, tracking),
        disable_scale_in=lift(lambda inner: False if inner is None else flag(inner, "disable_scale_in"), tracking),
        locations=locations,
    )
    return ScalingPolicyAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        policy=policy,
        resource_id=text(body, "resource_id"),
        scalable_dimension=text(body, "scalable_dimension"),
        locations=places(body, {"resource_id": "resource_id", "scalable_dimension": "scalable_dimension"}),
    )


def _predefined_metric(tracking: Body | None) -> Any:
    if tracking is None:
        return None
    block = single(tracking.blocks("predefined_metric_specification"))
    return lift(lambda inner: None if inner is None else text(inner, "predefined_metric_type"), block)


def _other_service(body: Body) -> bool:
    namespace = text(body, "service_namespace")
    if isinstance(namespace, str):
        return namespace != NAMESPACE
    dimension, resource = text(body, "scalable_dimension"), text(body, "resource_id")
    if isinstance(dimension, str):
        return not dimension.startswith(NAMESPACE + ":")
    return isinstance(resource, str) and not resource.startswith("table/")


def _suspended(body: Body) -> Any:
    """Whether dynamic scaling in or out is suspended."""

    def read(block: Body | None) -> Any:
        if block is None:
            return False
        return pair(_either, flag(block, "dynamic_scaling_in_suspended"), flag(block, "dynamic_scaling_out_suspended"))

    return lift(read, single(body.blocks("suspended_state")))


def _either(one: Any, other: Any) -> Any:
    if one is True or other is True:
        return True
    unknowns = [value for value in (one, other) if isinstance(value, Unknown)]
    return Unknown(reasons(unknowns)) if unknowns else False
