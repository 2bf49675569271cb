"""Replicas: the ``replica`` blocks of a table, and ``aws_dynamodb_table_replica``.

A replica inherits the table class (API reference of CreateReplicationGroupMemberAction, ``TableClassOverride``), and no
recovery, no deletion protection, no key and no tags.
"""

from __future__ import annotations

from typing import Any, Literal

from dyncheck.model import Encryption, PointInTimeRecovery, Replica
from dyncheck.parsers.encryption import classify
from dyncheck.parsers.terraform.body import Body, each
from dyncheck.parsers.terraform.reading import Context, collected, flag, merged_tags, places, tag_map, text
from dyncheck.parsers.terraform.undecided import default, pair
from dyncheck.values import Unknown, lift

DEFAULT_WINDOW = 35
"""Days of point-in-time recovery when none are given."""


def inline_replicas(body: Body, sse_enabled: Any, table_class: Any, tags: Any) -> Any:
    """The ``replica`` blocks of a table."""

    def build(replica: Body) -> Replica:
        propagated = pair(
            lambda on, _: on if isinstance(on, Unknown) else on is True, flag(replica, "propagate_tags"), None
        )
        return Replica(
            region_name=text(replica, "region_name"),
            encryption=replica_encryption(replica, sse_enabled),
            point_in_time_recovery=replica_recovery(replica),
            deletion_protection_enabled=flag(replica, "deletion_protection_enabled"),
            table_class=table_class,
            tags=_propagated(propagated, tags),
            declared_by="inline",
            locations=places(
                replica,
                {
                    "region_name": "region_name",
                    "deletion_protection_enabled": "deletion_protection_enabled",
                    "tags": "propagate_tags",
                    "encryption.kms_key": "kms_key_arn",
                    "point_in_time_recovery.enabled": "point_in_time_recovery",
                },
            ),
        )

    return collected(each(body.blocks("replica"), build))


def replica_encryption(body: Body, sse_enabled: Any) -> Encryption:
    """The encryption of a replica: its own key, under the table's setting."""
    key = text(body, "kms_key_arn")
    place = body.place("kms_key_arn")
    return Encryption(
        kind=classify(sse_enabled, key),
        sse_enabled=sse_enabled,
        kms_key=key,
        locations={} if place is None else {"": place, "kms_key": place},
    )


def replica_recovery(body: Body) -> PointInTimeRecovery:
    """Point-in-time recovery of a replica, which is a plain boolean there."""
    place = body.place("point_in_time_recovery")
    enabled = flag(body, "point_in_time_recovery")
    return PointInTimeRecovery(
        enabled=enabled,
        recovery_period_in_days=lift(lambda on: DEFAULT_WINDOW if on else None, enabled),
        locations={} if place is None else {"": place, "enabled": place},
    )


def separate_replica(context: Context, body: Body) -> Replica:
    """The replica that an ``aws_dynamodb_table_replica`` makes, in the Region of its own provider."""
    return Replica(
        region_name=context.provider.region,
        encryption=replica_encryption(body, _switched_on(text(body, "kms_key_arn"))),
        point_in_time_recovery=replica_recovery(body),
        deletion_protection_enabled=flag(body, "deletion_protection_enabled"),
        table_class=default(text(body, "table_class_override"), "STANDARD"),
        tags=merged_tags(tag_map(context.provider.default_tags), tag_map(body.value("tags"))),
        declared_by="resource",
        locations=places(
            body,
            {
                "region_name": "region",
                "deletion_protection_enabled": "deletion_protection_enabled",
                "table_class": "table_class_override",
                "tags": "tags",
                "encryption.kms_key": "kms_key_arn",
                "point_in_time_recovery.enabled": "point_in_time_recovery",
            },
        ),
    )


def inherited_settings(body: Body) -> tuple[Literal["encryption", "table_class"], ...]:
    """What a separate replica takes from its table, because the resource leaves it out."""
    without_key: tuple[Literal["encryption"], ...] = () if text(body, "kms_key_arn") is not None else ("encryption",)
    if text(body, "table_class_override") is not None:
        return without_key
    return (*without_key, "table_class")


def _switched_on(key: Any) -> Any:
    """A key that is given switches encryption with KMS on; without one the replica does as its table does."""
    return True if isinstance(key, Unknown) else lift(lambda plain: None if plain is None else True, key)


def _propagated(propagate: Any, tags: Any) -> Any:
    if isinstance(propagate, Unknown):
        return Unknown(propagate.because)
    return pair(lambda on, given: given if on is True else {} if on is False else Unknown(on.because), propagate, tags)
