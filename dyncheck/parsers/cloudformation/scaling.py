"""Autoscaling as Application Auto Scaling declares it: scalable targets and their policies.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApplicationAutoScaling.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dyncheck.model import ScalingPolicy
from dyncheck.parsers.attachments import ScalableTargetAttachment, ScalingPolicyAttachment
from dyncheck.parsers.cloudformation.evaluated import Block, default, map_known
from dyncheck.parsers.cloudformation.neighbours import base_of, part_of
from dyncheck.parsers.cloudformation.properties import any_true, flag, number, places, properties_of, text, whole
from dyncheck.parsers.cloudformation.template import ResourceNode, Template
from dyncheck.values import Unknown, unknown


def _is_dynamodb(namespace: Any, *hints: Any) -> bool:
    """Whether something of Application Auto Scaling is DynamoDB's; without a known namespace the hints tell."""
    if isinstance(namespace, str):
        return namespace == "dynamodb"
    return any(isinstance(hint, str) and hint.startswith(("dynamodb:", "table/")) for hint in hints)


def scalable_target(template: Template, resource: ResourceNode, block: Block) -> Iterator[Any]:
    """``AWS::ApplicationAutoScaling::ScalableTarget``, if it is one of DynamoDB."""
    resource_id, dimension = text(block, "ResourceId"), text(block, "ScalableDimension")
    if not _is_dynamodb(text(block, "ServiceNamespace"), dimension, resource_id):
        return
    state = block.get("SuspendedState")
    yield ScalableTargetAttachment(
        **base_of(
            template,
            resource,
            places(
                block,
                {
                    "resource_id": "ResourceId",
                    "scalable_dimension": "ScalableDimension",
                    "min_capacity": "MinCapacity",
                    "max_capacity": "MaxCapacity",
                    "suspended": "SuspendedState",
                },
            ),
        ),
        resource_type=resource.type,
        resource_id=resource_id,
        scalable_dimension=dimension,
        min_capacity=whole(block, "MinCapacity"),
        max_capacity=whole(block, "MaxCapacity"),
        suspended=default(
            map_known(
                lambda plain: (
                    any_true(flag(plain, "DynamicScalingInSuspended"), flag(plain, "DynamicScalingOutSuspended"))
                    if isinstance(plain, Block)
                    else unknown("invalid SuspendedState")
                ),
                state,
            ),
            False,
        ),
    )


def scaling_policy(template: Template, resource: ResourceNode, block: Block) -> Iterator[Any]:
    """``AWS::ApplicationAutoScaling::ScalingPolicy``, which names its target, or the resource and dimension of it."""
    target = text(block, "ScalingTargetId")
    address = _target_address(template, target)
    resource_id, dimension, namespace = (
        text(block, name) for name in ("ResourceId", "ScalableDimension", "ServiceNamespace")
    )
    if isinstance(target, str) and target.count("|") == 2:
        resource_id, dimension, namespace = target.split("|")
    if address is None and not _is_dynamodb(namespace, dimension, resource_id):
        return
    settings = "TargetTrackingScalingPolicyConfiguration"
    inner = part_of(block.get(settings), "scaling policy")
    found = places(
        block,
        {
            "policy_name": "PolicyName",
            "policy_type": "PolicyType",
            "target_value": f"{settings}.TargetValue",
            "disable_scale_in": f"{settings}.DisableScaleIn",
            "predefined_metric_type": f"{settings}.PredefinedMetricSpecification.PredefinedMetricType",
        },
    )
    base = base_of(template, resource, found)
    yield ScalingPolicyAttachment(
        **base,
        policy=ScalingPolicy(
            policy_name=text(block, "PolicyName"),
            policy_type=text(block, "PolicyType", fallback="StepScaling"),
            target_value=number(inner, "TargetValue"),
            predefined_metric_type=text(inner, "PredefinedMetricSpecification", "PredefinedMetricType"),
            disable_scale_in=flag(inner, "DisableScaleIn"),
            locations=base["locations"],
        ),
        resource_id=resource_id,
        scalable_dimension=dimension,
        target_address=address,
    )


def _target_address(template: Template, target: Any) -> str | None:
    """The address of the scalable target of DynamoDB that ``Ref`` names."""
    if not isinstance(target, Unknown) or target.symbol is None or not target.symbol.endswith(".Ref"):
        return None
    address = target.symbol.removesuffix(".Ref")
    resource = template.resources.get(address.removeprefix(template.prefix))
    if resource is None or resource.type != "AWS::ApplicationAutoScaling::ScalableTarget":
        return None
    with template.building(resource):
        declared = list(scalable_target(template, resource, properties_of(template, resource)))
    return address if declared else None
