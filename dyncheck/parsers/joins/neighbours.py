"""Everything else that is declared beside a table: how each kind of attachment changes the table that it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import msgspec

from dyncheck.model import (
    AttributeDefinition,
    ContributorInsights,
    Encryption,
    GlobalSecondaryIndex,
    Replica,
    ReplicaIndex,
    ResourcePolicy,
    Stream,
    Table,
)
from dyncheck.parsers.attachments import (
    AlarmAttachment,
    Attachment,
    GlobalTableAttachment,
    IndexAttachment,
    InsightsAttachment,
    ItemAttachment,
    KinesisAttachment,
    ReplicaAttachment,
    ResourcePolicyAttachment,
    StreamConsumerAttachment,
    TagAttachment,
)
from dyncheck.parsers.encryption import classify
from dyncheck.parsers.joins.logic import (
    Certainty,
    alternatives,
    any_of,
    append,
    both,
    change_items,
    has_elements,
    known_items,
    select,
    settled,
    uncertainty,
)
from dyncheck.parsers.joins.patterns import pattern_of
from dyncheck.parsers.joins.references import Directory, Match, is_home, name_matches, regions_agree, replica_in
from dyncheck.values import ABSENT, Unknown, lift

LEGACY_VERSION: Final = "2017.11.29"
CURRENT_VERSION: Final = "2019.11.21"

Insightful = TypeVar("Insightful", Table, Replica, GlobalSecondaryIndex, ReplicaIndex)

Change = Callable[[Any, Any, Certainty, Match], Any]
"""A holder (a table or a replica), an attachment, how certain it belongs to the holder, and the match."""


class Join(msgspec.Struct, frozen=True):
    """How one kind of attachment is joined: the field that names the table, and what it changes.

    ``in_replica``: what it changes when it stands in the Region of a replica; None is nothing. ``anywhere``: the Region
    in which it stands says nothing of the table's.
    """

    kind: type[Attachment]
    reference: str
    change: Change
    in_replica: Change | None = None
    anywhere: bool = False


def attach(tables: list[Table], directory: Directory, attachments: Iterable[Any], join: Join) -> list[Table]:
    """The tables, each changed by those attachments of the join's kind that mean it, or that may."""
    changed = list(tables)
    for attachment in attachments:
        if not isinstance(attachment, join.kind):
            continue
        region = None if join.anywhere else attachment.region
        for match in directory.find(getattr(attachment, join.reference), region):
            certainty = both(match.certainty, attachment.presence)
            table = changed[match.position]
            if certainty is False:
                continue
            if is_home(table, match.region):
                changed[match.position] = join.change(table, attachment, certainty, match)
            elif join.in_replica is not None and replica_in(table, match.region):
                changed[match.position] = _in_replica(table, attachment, certainty, match, join.in_replica)
    return changed


def _in_replica(table: Table, attachment: Any, certainty: Certainty, match: Match, change: Change) -> Table:
    def apply(replica: Replica) -> Any:
        if replica.region_name != match.region:
            return replica
        return change(replica, attachment, certainty, match)

    return msgspec.structs.replace(table, replicas=change_items(table.replicas, apply))


def add_index(table: Table, attachment: IndexAttachment, certainty: Certainty, match: Match) -> Table:
    """The table with a global secondary index that is declared apart, and the attributes that its keys define."""
    attributes = table.attributes
    defined = {item.attribute_name for item in known_items(attributes) if isinstance(item, AttributeDefinition)}
    for attribute in attachment.attributes:
        if attribute.attribute_name not in defined:
            attributes = append(attributes, attribute, certainty)
    return msgspec.structs.replace(
        table,
        global_secondary_indexes=append(table.global_secondary_indexes, attachment.index, certainty),
        attributes=attributes,
    )


def add_replica(table: Table, attachment: ReplicaAttachment, certainty: Certainty, match: Match) -> Table:
    """The table with a replica that is declared apart.

    A replica without a key of its own has the kind of key that the table's switch alone chooses.
    """
    replica = attachment.replica
    if "encryption" in attachment.inherited:
        replica = msgspec.structs.replace(replica, encryption=lift(_without_key, table.encryption))
    if "table_class" in attachment.inherited:
        replica = msgspec.structs.replace(replica, table_class=table.table_class)
    return msgspec.structs.replace(table, replicas=append(table.replicas, replica, certainty))


def _without_key(encryption: Encryption) -> Encryption:
    enabled = encryption.sse_enabled
    return Encryption(kind=classify(enabled, None), sse_enabled=enabled)


def set_legacy_version(table: Table, attachment: GlobalTableAttachment, certainty: Certainty, match: Match) -> Table:
    """The table as part of a global table of the old version, if the table's Region is one of its Regions."""
    regions = known_items(attachment.regions)
    if isinstance(attachment.regions, tuple) and all(not regions_agree(table.region, region) for region in regions):
        return table
    version = select(certainty, LEGACY_VERSION, table.global_table_version)
    return msgspec.structs.replace(table, global_table_version=version)


def with_version(table: Table) -> Table:
    """The table with the version of global tables that its replicas imply, where none is stated."""
    if table.global_table_version is not None or table.replicas == ():
        return table
    version = select(has_elements(table.replicas), CURRENT_VERSION, None)
    return msgspec.structs.replace(table, global_table_version=version)


def add_consumer(table: Table, attachment: StreamConsumerAttachment, certainty: Certainty, match: Match) -> Table:
    """The table whose stream has one more reader."""

    def read(stream: Stream) -> Stream:
        return msgspec.structs.replace(stream, consumers=append(stream.consumers, attachment.consumer, certainty))

    return msgspec.structs.replace(table, stream=lift(read, table.stream))


def add_kinesis(holder: Any, attachment: KinesisAttachment, certainty: Certainty, match: Match) -> Any:
    """The table or replica with one more Kinesis destination."""
    destinations = append(holder.kinesis_destinations, attachment.destination, certainty)
    return msgspec.structs.replace(holder, kinesis_destinations=destinations)


def set_insights(table: Table, attachment: InsightsAttachment, certainty: Certainty, match: Match) -> Table:
    """The table, or those of its indexes that are meant, with Contributor Insights as set apart."""

    def of_index(index: GlobalSecondaryIndex) -> GlobalSecondaryIndex:
        meant = both(certainty, _names_index(attachment.index_name, index.index_name))
        return _insights(index, attachment.insights, meant)

    of_table = lift(lambda name: name is None, attachment.index_name)
    return msgspec.structs.replace(
        _insights(table, attachment.insights, both(certainty, of_table)),
        global_secondary_indexes=change_items(table.global_secondary_indexes, of_index),
    )


def set_replica_insights(
    replica: Replica, attachment: InsightsAttachment, certainty: Certainty, match: Match
) -> Replica:
    """The replica, or those of its indexes that are meant, with Contributor Insights as set apart."""
    named = attachment.index_name
    if named is None:
        return _insights(replica, attachment.insights, certainty)

    def of_index(index: ReplicaIndex) -> ReplicaIndex:
        return _insights(index, attachment.insights, both(certainty, _names_index(named, index.index_name)))

    indexes = replica.global_secondary_indexes
    own = {index.index_name for index in known_items(indexes) if isinstance(index, ReplicaIndex)}
    if isinstance(named, str) and named not in own:
        indexes = append(indexes, ReplicaIndex(index_name=named), certainty)
    return msgspec.structs.replace(replica, global_secondary_indexes=change_items(indexes, of_index))


def add_policy(table: Table, attachment: ResourcePolicyAttachment, certainty: Certainty, match: Match) -> Table:
    """The table with a resource policy on itself or on its stream."""
    policy = ResourcePolicy(
        locations=attachment.locations,
        attached_to="stream" if match.part == "stream" else "table",
        statements=attachment.statements,
    )
    return msgspec.structs.replace(table, resource_policies=append(table.resource_policies, policy, certainty))


def set_tag(holder: Any, attachment: TagAttachment, certainty: Certainty, match: Match) -> Any:
    """The table or replica with one more tag.

    Tags cannot be half known: a key that is unknown, or a new key that may not be there, makes all of them unknown.
    """

    def tagged(tags: dict[str, Any]) -> Any:
        def under(key: Any) -> Any:
            if key is None:
                return tags
            if key not in tags and not settled(certainty):
                return Unknown(uncertainty(certainty))
            return {**tags, key: select(certainty, attachment.value, tags.get(key, ABSENT))}

        return lift(under, attachment.key)

    return msgspec.structs.replace(holder, tags=lift(tagged, holder.tags))


def add_item(table: Table, attachment: ItemAttachment, certainty: Certainty, match: Match) -> Table:
    """The table with one more item that the configuration writes."""
    return msgspec.structs.replace(table, items=append(table.items, attachment.item, certainty))


def add_alarm(table: Table, attachment: AlarmAttachment, certainty: Certainty, match: Match) -> Table:
    """The table with one more alarm."""
    return msgspec.structs.replace(table, alarms=append(table.alarms, attachment.alarm, certainty))


def _insights(holder: Insightful, insights: ContributorInsights, certainty: Certainty) -> Insightful:
    if certainty is False:
        return holder
    chosen = select(certainty, insights, holder.contributor_insights)
    return msgspec.structs.replace(holder, contributor_insights=chosen)


def _names_index(reference: Any, index_name: Any) -> Certainty:
    return any_of(
        both(guard, name_matches(pattern_of(plain), index_name))
        for guard, plain in alternatives(reference)
        if isinstance(plain, (str, Unknown))
    )


PARTS: Final = (
    Join(IndexAttachment, "table_name", add_index),
    Join(ReplicaAttachment, "table_arn", add_replica, anywhere=True),
    Join(GlobalTableAttachment, "table_name", set_legacy_version, anywhere=True),
)
"""What makes a table larger, and must be joined before what refers to its indexes and replicas."""

SETTINGS: Final = (
    Join(TagAttachment, "resource_arn", set_tag, set_tag),
    Join(KinesisAttachment, "table_name", add_kinesis, add_kinesis),
    Join(InsightsAttachment, "table_name", set_insights, set_replica_insights),
    Join(StreamConsumerAttachment, "stream_arn", add_consumer),
    Join(ResourcePolicyAttachment, "resource_arn", add_policy),
    Join(ItemAttachment, "table_name", add_item),
    Join(AlarmAttachment, "table_name", add_alarm),
)
"""What sets something of a table, of its indexes or of its replicas."""
