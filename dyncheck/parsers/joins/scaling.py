"""Autoscaling: scalable targets and scaling policies joined to the tables, indexes and replicas that they scale.

Resource ids and dimensions:
https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final, Literal

import msgspec

from dyncheck.model import Autoscaling, GlobalSecondaryIndex, Replica, ReplicaIndex, ScalingDimension, Table
from dyncheck.parsers.attachments import ScalableTargetAttachment, ScalingPolicyAttachment
from dyncheck.parsers.joins.logic import (
    Certainty,
    all_of,
    alternatives,
    any_of,
    append,
    both,
    change_items,
    either,
    extend,
    known_items,
    select,
)
from dyncheck.parsers.joins.patterns import Hole, Pattern, cut, hole_reasons, pattern_of, without_prefix
from dyncheck.parsers.joins.references import INDEX, Directory, Reference, is_home, name_matches
from dyncheck.values import Unknown, lift

Kind = Literal["table", "index"]
Direction = Literal["read", "write"]
Element = tuple[Kind, Any]
"""The table itself, or an index by its name."""

DIMENSIONS: Final[dict[str, tuple[Kind, Direction]]] = {
    "dynamodb:table:ReadCapacityUnits": ("table", "read"),
    "dynamodb:table:WriteCapacityUnits": ("table", "write"),
    "dynamodb:index:ReadCapacityUnits": ("index", "read"),
    "dynamodb:index:WriteCapacityUnits": ("index", "write"),
}
"""The scalable dimensions of DynamoDB: what each scales."""

TARGET_TRACKING: Final = "TargetTrackingScaling"
_TABLE: Final = "table/"
_ITSELF: Final[Element] = ("table", None)


class ResourceId(msgspec.Struct, frozen=True):
    """A plain resource id, taken apart. ``open``: the end of it is unknown, so that it may go on to name an index.

    ``malformed``: it is neither ``table/NAME`` nor ``table/NAME/index/INDEX``.
    """

    table: Reference = Reference()
    index: Pattern | None = None
    open: bool = False
    malformed: bool = False


class Link(msgspec.Struct, frozen=True):
    """A target or a policy that may scale something of one table, under ``certainty``."""

    certainty: Certainty
    resource: ResourceId
    dimension: Any
    region: Any
    attachment: Any


def parse_resource_id(directory: Directory, plain: Any) -> ResourceId:
    """A resource id that is known, or unknown with a template, taken apart."""
    if not isinstance(plain, (str, Unknown)):
        return ResourceId(malformed=True)
    pattern = pattern_of(plain)
    rest = without_prefix(pattern, _TABLE)
    if rest is None:
        if not pattern or (isinstance(pattern[0], str) and not _TABLE.startswith(pattern[0])):
            return ResourceId(malformed=True)
        if len(pattern) == 1 and isinstance(pattern[0], str):
            return ResourceId(malformed=True)
        after = cut(pattern, "/")
        at_index = cut(pattern, INDEX)
        rest = after[1] if after is not None and after != at_index else (Hole(None, hole_reasons(pattern)),)
        if at_index is not None and after == at_index:
            return ResourceId(Reference(name=(Hole(None, hole_reasons(pattern)),)), at_index[1])
    at_index = cut(rest, INDEX)
    if at_index is not None:
        name, index = at_index
        malformed = not name or not index or cut(name, "/") is not None or cut(index, "/") is not None
        return ResourceId(directory.named(Reference(name=name)), index, malformed=malformed)
    malformed = not rest or cut(rest, "/") is not None
    open_end = bool(rest) and isinstance(rest[-1], Hole)
    return ResourceId(directory.named(Reference(name=rest)), open=open_end, malformed=malformed)


def attach_scaling(
    tables: Sequence[Table],
    directory: Directory,
    targets: Iterable[ScalableTargetAttachment],
    policies: Iterable[ScalingPolicyAttachment],
) -> list[Table]:
    """The tables with the autoscaling that the targets and policies give them."""
    target_links: dict[int, list[Link]] = {}
    by_address: dict[str, dict[int, list[Link]]] = {}
    for target in targets:
        own = _links(directory, target, target.resource_id, target.scalable_dimension)
        _merge(target_links, own)
        _merge(by_address.setdefault(target.address, {}), own)
    policy_links: dict[int, list[Link]] = {}
    for policy in policies:
        through = by_address.get(policy.target_address) if policy.target_address is not None else None
        if through is not None:
            _merge(policy_links, _through(through, policy))
        else:
            _merge(policy_links, _links(directory, policy, policy.resource_id, policy.scalable_dimension))
    return [
        _scaled(table, target_links.get(position, []), policy_links.get(position, []))
        for position, table in enumerate(tables)
    ]


def _links(directory: Directory, attachment: Any, resource_id: Any, dimension: Any) -> dict[int, list[Link]]:
    found: dict[int, list[Link]] = {}
    for guard, plain in alternatives(resource_id):
        resource = parse_resource_id(directory, plain)
        if resource.malformed:
            continue
        for position, certainty in directory.tables(resource.table, attachment.region).items():
            certain = all_of((attachment.presence, guard, certainty))
            if certain is not False:
                link = Link(certain, resource, dimension, attachment.region, attachment)
                found.setdefault(position, []).append(link)
    return found


def _through(target_links: dict[int, list[Link]], policy: ScalingPolicyAttachment) -> dict[int, list[Link]]:
    return {
        position: [
            msgspec.structs.replace(link, certainty=both(link.certainty, policy.presence), attachment=policy)
            for link in links
        ]
        for position, links in target_links.items()
    }


def _merge(into: dict[int, list[Link]], more: dict[int, list[Link]]) -> None:
    for position, links in more.items():
        into.setdefault(position, []).extend(links)


def _scaled(table: Table, targets: list[Link], policies: list[Link]) -> Table:
    if not targets and not policies:
        return table
    at_home = [link for link in targets if is_home(table, link.region)]
    policies_at_home = [link for link in policies if is_home(table, link.region)]

    def scale_index(index: GlobalSecondaryIndex) -> GlobalSecondaryIndex:
        scaled = _autoscaling(index.autoscaling, ("index", index.index_name), at_home, policies_at_home)
        return msgspec.structs.replace(index, autoscaling=scaled)

    def scale_replica(replica: Replica) -> Replica:
        region = replica.region_name
        here = [link for link in targets if isinstance(region, str) and link.region == region]
        policies_here = [link for link in policies if isinstance(region, str) and link.region == region]
        return _scaled_replica(replica, table, here, policies_here)

    return msgspec.structs.replace(
        table,
        autoscaling=_autoscaling(table.autoscaling, _ITSELF, at_home, policies_at_home),
        global_secondary_indexes=change_items(table.global_secondary_indexes, scale_index),
        replicas=change_items(table.replicas, scale_replica),
    )


def _scaled_replica(replica: Replica, table: Table, targets: list[Link], policies: list[Link]) -> Replica:
    if not targets and not policies:
        return replica
    own = {item.index_name: item for item in known_items(replica.global_secondary_indexes) if _is_named(item)}
    indexes = replica.global_secondary_indexes
    for index in known_items(table.global_secondary_indexes):
        if not isinstance(index, GlobalSecondaryIndex) or not isinstance(index.index_name, str):
            continue
        before = own.get(index.index_name, ReplicaIndex(index_name=index.index_name))
        scaled = _autoscaling(before.autoscaling, ("index", index.index_name), targets, policies)
        if scaled == before.autoscaling:
            continue
        after = msgspec.structs.replace(before, autoscaling=scaled)
        if index.index_name in own:
            indexes = change_items(indexes, partial(_replaced, before, after))
        else:
            indexes = append(indexes, after, True)
    return msgspec.structs.replace(
        replica,
        autoscaling=_autoscaling(replica.autoscaling, _ITSELF, targets, policies),
        global_secondary_indexes=indexes,
    )


def _replaced(before: ReplicaIndex, after: ReplicaIndex, item: ReplicaIndex) -> ReplicaIndex:
    return after if item == before else item


def _is_named(item: Any) -> bool:
    return isinstance(item, ReplicaIndex) and isinstance(item.index_name, str)


def _autoscaling(before: Autoscaling, element: Element, targets: list[Link], policies: list[Link]) -> Autoscaling:
    read = _direction(before.read, (element, "read"), targets, policies)
    write = _direction(before.write, (element, "write"), targets, policies)
    return Autoscaling(read=read, write=write)


def _direction(before: Any, scaled: tuple[Element, Direction], targets: list[Link], policies: list[Link]) -> Any:
    scaling_targets = _covering(targets, *scaled)
    scaling_policies = _covering(policies, *scaled)
    if not scaling_targets and not scaling_policies:
        return before
    return lift(lambda dimension: _completed(dimension, scaling_targets, scaling_policies), before)


def _covering(links: list[Link], element: Element, direction: Direction) -> list[tuple[Certainty, Any]]:
    covering = ((_covers(link, element, direction), link.attachment) for link in links)
    return [(certainty, attachment) for certainty, attachment in covering if certainty is not False]


def _covers(link: Link, element: Element, direction: Direction) -> Certainty:
    resource = link.resource
    kind, index_name = element
    scales = lift(lambda dimension: DIMENSIONS.get(dimension) == (kind, direction), link.dimension)
    if scales is False:
        return False
    if kind == "table":
        reaches: Certainty = resource.index is None
    elif resource.index is not None:
        reaches = name_matches(resource.index, index_name)
    elif resource.open and link.certainty is not True:
        reaches = Unknown(hole_reasons(resource.table.name or ()))
    else:
        reaches = False
    return all_of((reaches, scales, link.certainty))


def _completed(
    before: ScalingDimension, targets: list[tuple[Certainty, Any]], policies: list[tuple[Certainty, Any]]
) -> ScalingDimension:
    registered = any_of(certainty for certainty, _ in targets)
    tracking = any_of(
        both(certainty, lift(lambda kind: kind == TARGET_TRACKING, policy.policy.policy_type))
        for certainty, policy in policies
    )
    minimum, maximum, suspended = before.min_capacity, before.max_capacity, before.suspended
    for certainty, target in reversed(targets):
        minimum = select(certainty, target.min_capacity, minimum)
        maximum = select(certainty, target.max_capacity, maximum)
        suspended = select(certainty, target.suspended, suspended)
    return ScalingDimension(
        locations=before.locations or (targets[0][1].locations if targets else {}),
        registered=either(before.registered, registered),
        enabled=either(before.enabled, both(registered, tracking)),
        min_capacity=minimum,
        max_capacity=maximum,
        suspended=suspended,
        policies=extend(before.policies, ((policy.policy, certainty) for certainty, policy in policies)),
    )
