"""Random tables of realistic size, all values known; most settings of most tables are right."""

from __future__ import annotations

import random
from collections.abc import Iterator

from dyncheck.model import (
    Alarm,
    AttributeDefinition,
    Autoscaling,
    BackupPlan,
    ContributorInsights,
    Encryption,
    GlobalSecondaryIndex,
    KeyElement,
    LocalSecondaryIndex,
    OnDemandThroughput,
    PointInTimeRecovery,
    Projection,
    ProvisionedThroughput,
    Replica,
    Retention,
    ScalingDimension,
    ScalingPolicy,
    Stream,
    Table,
    TimeToLive,
)

_REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "ap-southeast-2")
_WORDS = ("orders", "users", "sessions", "audit-log", "cart", "otp_tokens", "metrics", "invoices")
_ATTRIBUTES = ("id", "created_at", "status", "email", "tenant", "owner", "kind", "updated_at")
_KINDS = ("aws_owned", "aws_managed", "customer_managed")


def synthetic_tables(count: int, seed: int = 7) -> Iterator[Table]:
    """The first ``count`` tables of a seed."""
    generator = random.Random(seed)
    for number in range(count):
        yield _table(generator, number)


def _chance(generator: random.Random, share: float = 0.85) -> bool:
    return generator.random() < share


def _throughput(generator: random.Random, provisioned: bool) -> ProvisionedThroughput:
    if provisioned == _chance(generator, 0.05):
        return ProvisionedThroughput()
    return ProvisionedThroughput(generator.choice((1, 5, 50, 500)), generator.choice((1, 5, 50, 500)))


def _dimension(generator: random.Random) -> ScalingDimension:
    if _chance(generator, 0.1):
        return ScalingDimension()
    policies = tuple(
        ScalingPolicy(
            policy_name="scale",
            policy_type="TargetTrackingScaling" if _chance(generator, 0.95) else "StepScaling",
            target_value=generator.choice((70.0, 70.0, 50.0, 60.0, 95.0)),
        )
        for _ in range(_chance(generator, 0.95))
    )
    return ScalingDimension(
        registered=True,
        enabled=any(policy.policy_type == "TargetTrackingScaling" for policy in policies),
        min_capacity=5,
        max_capacity=100 if _chance(generator) else 5,
        suspended=_chance(generator, 0.02),
        policies=policies,
    )


def _autoscaling(generator: random.Random, provisioned: bool) -> Autoscaling:
    return Autoscaling(_dimension(generator), _dimension(generator)) if provisioned else Autoscaling()


def _keys(generator: random.Random) -> tuple[KeyElement, ...]:
    names = generator.sample(_ATTRIBUTES, 2)
    hash_key = KeyElement(attribute_name=names[0], key_type="HASH")
    range_key = KeyElement(attribute_name=names[1], key_type="RANGE")
    return (hash_key, range_key) if _chance(generator, 0.7) else (hash_key,)


def _projection(generator: random.Random) -> Projection:
    kind = generator.choice(("ALL", "KEYS_ONLY", "INCLUDE"))
    projected = ("total", "currency") if (kind == "INCLUDE") == _chance(generator, 0.98) else ()
    return Projection(projection_type=kind, non_key_attributes=projected)


def _encryption(generator: random.Random) -> Encryption:
    kind = "customer_managed" if _chance(generator) else generator.choice(_KINDS)
    key = "arn:aws:kms:eu-west-1:111122223333:key/1234" if kind == "customer_managed" else None
    return Encryption(kind=kind, sse_enabled=_chance(generator, 0.98) or None, kms_key=key)


def _table(generator: random.Random, number: int) -> Table:
    provisioned = _chance(generator, 0.5)
    keys = _keys(generator)
    indexes = tuple(
        GlobalSecondaryIndex(
            index_name=f"by-{generator.choice(_ATTRIBUTES)}-{place}",
            key_schema=_keys(generator),
            projection=_projection(generator),
            provisioned_throughput=_throughput(generator, provisioned),
            autoscaling=_autoscaling(generator, provisioned),
        )
        for place in range(generator.randrange(5))
    )
    local = tuple(
        LocalSecondaryIndex(index_name=f"local-{place}", key_schema=_keys(generator), projection=_projection(generator))
        for place in range(generator.choice((0, 0, 0, 1)))
    )
    used = {
        key.attribute_name for holder in (keys, *(index.key_schema for index in (*indexes, *local))) for key in holder
    }
    if _chance(generator, 0.02):
        used.add("unused")
    name = f"{generator.choice(_WORDS)}-{number}"
    return Table(
        address=f"aws_dynamodb_table.t{number}",
        stack=".",
        source=generator.choice(("terraform", "cloudformation", "live")),
        resource_type="aws_dynamodb_table",
        name=name,
        region="eu-west-1",
        billing_mode="PROVISIONED" if provisioned else "PAY_PER_REQUEST",
        billing_mode_written=_chance(generator, 0.8),
        provisioned_throughput=_throughput(generator, provisioned),
        on_demand_throughput=OnDemandThroughput(1000, 1000) if _chance(generator, 0.02) else OnDemandThroughput(),
        autoscaling=_autoscaling(generator, provisioned),
        attributes=tuple(
            AttributeDefinition(attribute_name=attribute, attribute_type="S") for attribute in sorted(map(str, used))
        ),
        key_schema=keys,
        global_secondary_indexes=indexes,
        local_secondary_indexes=local,
        encryption=_encryption(generator),
        point_in_time_recovery=PointInTimeRecovery(
            enabled=_chance(generator), recovery_period_in_days=generator.choice((None, None, 7, 35))
        ),
        time_to_live=TimeToLive(
            enabled=_chance(generator, 0.3), attribute_name="expires_at" if _chance(generator, 0.3) else None
        ),
        stream=Stream(enabled=True, view_type="NEW_AND_OLD_IMAGES") if _chance(generator, 0.4) else Stream(),
        replicas=tuple(
            Replica(
                region_name=region,
                encryption=_encryption(generator),
                point_in_time_recovery=PointInTimeRecovery(enabled=_chance(generator)),
                deletion_protection_enabled=_chance(generator),
                tags={"team": "a"},
            )
            for region in generator.sample(_REGIONS, generator.choice((0, 0, 1, 2, 3)))
        ),
        consistency_mode="EVENTUAL" if _chance(generator, 0.95) else "STRONG",
        deletion_protection_enabled=_chance(generator),
        retention=Retention(prevent_destroy=_chance(generator), retained=_chance(generator)),
        ignore_changes=generator.choice(((), ("read_capacity", "write_capacity"))),
        tags={"team": "payments", "env": generator.choice(("prod", "dev"))} if _chance(generator) else {},
        contributor_insights=ContributorInsights(enabled=_chance(generator)),
        backup_plans=(BackupPlan(name="daily"),) if _chance(generator) else (),
        alarms=(Alarm(alarm_name="throttles", metric_name="ReadThrottleEvents"),) if _chance(generator) else (),
    )
