"""Which tables of a stack a reference means: by name, ARN, scaling resource id, or the symbol of an unknown.

A reference that is unknown may mean every table that nothing excludes: another table that it certainly means, a known
part of its text, its Region.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec

from dyncheck.model import Replica, Table
from dyncheck.parsers.attachments import GENERATED_NAME, TableDraft
from dyncheck.parsers.joins.logic import (
    Certainty,
    alternatives,
    any_of,
    both,
    certainly,
    either,
    known_items,
    negate,
    settled,
)
from dyncheck.parsers.joins.patterns import (
    Hole,
    Pattern,
    compare,
    cut,
    fields,
    hole_reasons,
    join_patterns,
    literal,
    pattern_of,
    without_prefix,
)
from dyncheck.values import Choice, Unknown, choose

Part = Literal["table", "stream", "index"]

ARN_FIELDS: Final = 6
"""``arn:partition:dynamodb:region:account:table/name``."""

_STREAM: Final = "/stream/"
INDEX: Final = "/index/"


class Reference(msgspec.Struct, frozen=True):
    """One plain reference, taken apart.

    ``tables``: positions of the tables that a symbol certainly means, else None and ``name`` is compared. ``name`` None
    means that the text cannot name a table. ``part``: what of the table an ARN means. ``region``: of an ARN.
    """

    name: Pattern | None = None
    tables: tuple[int, ...] | None = None
    part: Part = "table"
    index: Pattern | None = None
    region: str | None = None


class Match(msgspec.Struct, frozen=True):
    """A table that a reference means, or may mean. ``certainty`` is never False.

    ``region``: the Region that is meant, where the ARN or the one who refers says so: the table's or a replica's.
    """

    position: int
    certainty: Certainty
    part: Part = "table"
    index: Pattern | None = None
    region: Any = None


class Directory:
    """The tables of one stack, to be found by reference. Positions are those of the stack's tables.

    A table is in its own Region and in those of its replicas.
    """

    def __init__(self, drafts: Sequence[TableDraft]) -> None:
        self._names: list[Any] = [draft.table.name for draft in drafts]
        self._regions: list[tuple[Any, ...]] = [_regions_of(draft.table) for draft in drafts]
        self._name_symbols: dict[str, list[int]] = {}
        self._arn_symbols: dict[str, list[int]] = {}
        self._stream_symbols: dict[str, list[int]] = {}
        self._by_name: dict[str, list[int]] = {}
        self._vague: list[int] = []
        for position, draft in enumerate(drafts):
            _register(self._name_symbols, draft.name_symbols, position)
            _register(self._arn_symbols, draft.arn_symbols, position)
            _register(self._stream_symbols, draft.stream_arn_symbols, position)
            if isinstance(draft.table.name, str):
                _register(self._by_name, (draft.table.name,), position)
            else:
                self._vague.append(position)

    def find(self, reference: Any, region: Any = None) -> list[Match]:
        """The tables that a name or an ARN (of a table, or of its stream or index) means; ``region`` of who refers."""
        found: dict[tuple[int, Part, Pattern | None, str | None], Certainty] = {}
        for guard, plain in alternatives(reference):
            parsed = self.parse(plain)
            for position, certainty in self.tables(parsed, region).items():
                key = (position, parsed.part, parsed.index, parsed.region)
                found[key] = either(found.get(key, False), both(guard, certainty))
        return [
            Match(position, certainty, part, index, arn_region or region)
            for (position, part, index, arn_region), certainty in found.items()
            if certainty is not False
        ]

    def parse(self, plain: Any) -> Reference:
        """A plain name, ARN or unknown, taken apart."""
        if not isinstance(plain, (str, Unknown)):
            return Reference()
        pattern = pattern_of(plain)
        symbol = pattern[0].symbol if pattern and isinstance(pattern[0], Hole) else None
        if symbol is not None:
            rest = pattern[1:]
            if symbol in self._stream_symbols and not rest:
                return Reference(tables=tuple(self._stream_symbols[symbol]), part="stream")
            if symbol in self._arn_symbols:
                return _part_of_arn(Reference(tables=tuple(self._arn_symbols[symbol])), rest)
        if without_prefix(pattern, "arn:") is not None:
            parts = fields(pattern, ":", ARN_FIELDS)
            if len(parts) == ARN_FIELDS:
                name = without_prefix(parts[5], "table/")
                service = literal(parts[2])
                if name is None or (service is not None and service != "dynamodb"):
                    return _opaque_resource(parts[5], service)
                region = literal(parts[3])
                return self.named(_split_name(name, None if not region or "*" in region else region))
        parts_of_resource = cut(pattern, ":table/")
        if parts_of_resource is not None:
            return self.named(_split_name(parts_of_resource[1], None))
        return self.named(Reference(name=pattern))

    def named(self, reference: Reference) -> Reference:
        """The reference with the tables that a name symbol means; names of other tables inside its text filled in."""
        name = reference.name
        if name is not None and len(name) == 1 and isinstance(name[0], Hole):
            known = self._name_symbols.get(name[0].symbol or "")
            if known:
                return msgspec.structs.replace(reference, tables=tuple(known))
        if name is not None and any(isinstance(part, Hole) and part.symbol in self._name_symbols for part in name):
            return msgspec.structs.replace(reference, name=join_patterns(*(self._filled(part) for part in name)))
        return reference

    def tables(self, reference: Reference, region: Any = None) -> dict[int, Certainty]:
        """How certain each table is to be meant; tables that are certainly not meant are left out."""
        if reference.tables is not None:
            found: dict[int, Certainty] = dict.fromkeys(reference.tables, True)
        elif reference.name is None:
            return {}
        else:
            found = self._by_text(reference.name)
        found = {
            position: certainty
            for position, certainty in found.items()
            if self._may_be_in(position, region) and self._may_be_in(position, reference.region)
        }
        return self._exclusive(found, region)

    def _by_text(self, name: Pattern) -> dict[int, Certainty]:
        text = literal(name)
        if text is None:
            candidates: Iterable[int] = range(len(self._names))
        else:
            candidates = (*self._by_name.get(text, ()), *self._vague)
        matches = ((position, name_matches(name, self._names[position])) for position in candidates)
        return {position: certainty for position, certainty in matches if certainty is not False}

    def _exclusive(self, found: dict[int, Certainty], region: Any) -> dict[int, Certainty]:
        certain = [position for position, certainty in found.items() if certainty is True]
        if len(certain) > 1:
            same = [position for position in certain if _same_region(self._regions[position][0], region)]
            certain = same or certain
        if certain:
            return dict.fromkeys(certain, True)
        if all(settled(certainty) for certainty in found.values()):
            return found
        elsewhere = negate(any_of(certainly(certainty) for certainty in found.values()))
        narrowed = {
            position: either(certainly(certainty), both(certainty, elsewhere)) for position, certainty in found.items()
        }
        return {position: certainty for position, certainty in narrowed.items() if certainty is not False}

    def _may_be_in(self, position: int, region: Any) -> bool:
        return any(regions_agree(own, region) for own in self._regions[position])

    def _filled(self, part: str | Hole) -> Pattern:
        if isinstance(part, Hole) and part.symbol is not None:
            for position in self._name_symbols.get(part.symbol, ()):
                name = self._names[position]
                if isinstance(name, (str, Unknown)):
                    return pattern_of(name)
        return (part,)


def name_matches(name: Pattern, known: Any) -> Certainty:
    """Whether a reference's text is a name, which may be unknown, a choice, or made up by AWS: then no text is it."""
    if isinstance(known, Choice):
        return choose(known.condition, name_matches(name, known.if_true), name_matches(name, known.if_false))
    if isinstance(known, str) or (isinstance(known, Unknown) and not _is_generated(known)):
        return compare(name, pattern_of(known))
    if literal(name) is not None:
        return False
    same = known is not None and compare(name, pattern_of(known)) is True
    return same or Unknown(hole_reasons(name))


def _is_generated(name: Any) -> bool:
    return isinstance(name, Unknown) and name.because == {GENERATED_NAME}


def regions_agree(left: Any, right: Any) -> bool:
    """Whether two Regions may be the same; only two known ones differ."""
    return not (isinstance(left, str) and isinstance(right, str)) or left == right


def replica_in(table: Table, region: Any) -> bool:
    """Whether the table has a replica in that Region, so that what is declared there belongs to the replica."""
    return isinstance(region, str) and region in _regions_of(table)[1:]


def is_home(table: Table, region: Any) -> bool:
    """Whether what is declared in that Region belongs to the table itself: the Region is its own, or not known."""
    return regions_agree(table.region, region) and not replica_in(table, region)


def _register(register: dict[str, list[int]], keys: Iterable[str], position: int) -> None:
    for key in sorted(keys):
        register.setdefault(key, []).append(position)


def _regions_of(table: Table) -> tuple[Any, ...]:
    replicas = (replica for item in known_items(table.replicas) for _, replica in alternatives(item))
    return (table.region, *(replica.region_name for replica in replicas if isinstance(replica, Replica)))


def _same_region(left: Any, right: Any) -> bool:
    if isinstance(left, Unknown) and isinstance(right, Unknown):
        return left.symbol is not None and left.symbol == right.symbol
    return type(left) is type(right) and bool(left == right)


def _split_name(name: Pattern, region: str | None) -> Reference:
    stream = cut(name, _STREAM)
    if stream is not None:
        return Reference(name=stream[0], part="stream", region=region)
    index = cut(name, INDEX)
    if index is not None:
        return Reference(name=index[0], part="index", index=index[1], region=region)
    return Reference(name=name, region=region)


def _part_of_arn(reference: Reference, rest: Pattern) -> Reference:
    if not rest:
        return reference
    if without_prefix(rest, _STREAM) is not None:
        return msgspec.structs.replace(reference, part="stream")
    index = without_prefix(rest, INDEX)
    if index is not None:
        return msgspec.structs.replace(reference, part="index", index=index)
    return Reference()


def _opaque_resource(resource: Pattern, service: str | None) -> Reference:
    """An ARN whose service or resource is a hole may still be a table's; any other is none."""
    if service in (None, "dynamodb") and resource and isinstance(resource[0], Hole):
        return Reference(name=(Hole(None, resource[0].because),))
    return Reference()
