"""A planned resource as a body: values from the document, places and ``lifecycle`` from the source where it is at hand.

A value that is known only after apply is unknown by its attribute path. A nested block or argument that the provider
computes because the configuration leaves it out is *not* unknown: it is what the provider's default makes it, as in a
scan of the source.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dyncheck.location import Location
from dyncheck.parsers.json_places import Places
from dyncheck.parsers.terraform.body import BlockBody, Blocks
from dyncheck.values import OpenList, Unknown, unknown

_COMPUTED: Final = frozenset({"arn", "id", "stream_arn", "stream_label", "key_id", "tags_all"})
"""Attributes that no configuration gives and that have no default: they stay unknown until apply."""

_NEW_ARGUMENTS: Final = frozenset({"deletion_protection_enabled", "table_class"})
"""Arguments that old providers did not have: missing from a document, they are unknown and not off."""

_HOLDING: Final = {"arn": "name", "id": "name", "stream_arn": "name", "tags_all": "tags"}
"""What the provider puts together out of another attribute: as sensitive as that, though no document says so."""

Reference = Callable[[Any], str | None]
"""From an expression of the configuration to the full address of the one attribute that it refers to."""


class PlanBody:
    """One resource or nested block of a plan or state."""

    def __init__(
        self,
        path: str,
        values: dict[str, Any],
        header: Location,
        *,
        unknown_values: Any = False,
        sensitive: Any = False,
        configured: dict[str, Any] | None = None,
        reference: Reference | None = None,
        source: BlockBody | None = None,
        places: Places | None = None,
        inherits_tags: bool = False,
        outermost: bool = True,
    ) -> None:
        """``inherits_tags``: whether the provider may add tags of its own."""
        self.header = source.header if source is not None else header
        self._path = path
        self._values = values
        self._fallback = header
        self._unknown = unknown_values
        self._sensitive = sensitive
        self._configured = configured
        self._reference = reference
        self._source = source
        self._places = places
        self._inherits_tags = inherits_tags
        self._outermost = outermost

    def value(self, name: str) -> Any:
        """An argument; None where it is null, or left to the provider's default."""
        if name == "tags" and self._outermost:
            inherited = self._inherits_tags and at(self._unknown, "tags_all") is True
            if inherited or self._values.get("tags_all") is not None:
                name = "tags_all"
        path = f"{self._path}.{name}"
        mirror = at(self._unknown, name)
        if mirror is True:
            if not self._is_configured(name) and name not in _COMPUTED:
                return None
            return unknown(f"{path} (known after apply)", symbol=self._symbol(name) or path)
        if self._outermost and name in _NEW_ARGUMENTS and name not in self._values:
            return unknown(f"{path} (not in this document)")
        aliased = self._symbol(name) if name == "kms_key_arn" else None
        if aliased is not None and aliased.startswith("alias/"):
            return aliased
        return hidden(self._values.get(name), mirror, self._secrecy(name), path)

    def written(self, name: str) -> bool:
        """Whether the argument has a value."""
        return self._values.get(name) is not None or at(self._unknown, name) is True

    def expression(self, name: str) -> None:
        """A plan's values have no expressions."""

    def place(self, name: str) -> Location | None:
        """Where the source writes the argument, or the document where there is no source."""
        if self._source is not None:
            return self._source.place(name)
        return self._places.place(name) if self._places is not None else None

    def blocks(self, kind: str) -> Blocks:
        """The nested blocks of that type."""
        if kind == "lifecycle":
            if self._source is not None:
                return self._source.blocks(kind)
            return OpenList((), frozenset({f"{self._path} lifecycle (a plan does not hold it)"}))
        mirror = at(self._unknown, kind)
        if mirror is True:
            reasons = frozenset({f"{self._path}.{kind} (known after apply)"})
            return OpenList((), reasons) if self._is_configured(kind) else ()
        if self._secrecy(kind) is True:
            return OpenList((), frozenset({f"{self._path}.{kind} (sensitive)"}))
        found = self._values.get(kind)
        items = found if isinstance(found, list) else [found] if isinstance(found, dict) else []
        sources = self._source_blocks(kind, len(items))
        return tuple(self._nested(kind, index, item, sources[index]) for index, item in enumerate(items))

    def _secrecy(self, name: str) -> Any:
        """What of an attribute is sensitive."""
        own = at(self._sensitive, name)
        return joined(own, at(self._sensitive, _HOLDING[name])) if self._outermost and name in _HOLDING else own

    def _nested(self, kind: str, index: int, item: Any, source: BlockBody | None) -> PlanBody:
        step = (kind, index) if isinstance(self._values.get(kind), list) else (kind,)
        place = self._places.place(*step) if self._places is not None and self._source is None else None
        return PlanBody(
            f"{self._path}.{kind}[{index}]",
            item if isinstance(item, dict) else {},
            place if place is not None else self.header,
            unknown_values=at(at(self._unknown, kind), index),
            sensitive=at(self._secrecy(kind), index),
            configured=_configured_block((self._configured or {}).get(kind), index),
            reference=self._reference,
            source=source,
            places=self._places.inside(*step) if place is not None and self._places is not None else None,
            outermost=False,
        )

    def _source_blocks(self, kind: str, count: int) -> list[BlockBody | None]:
        """The source's blocks where they can be told apart: as many as there are, else the only one for all."""
        written = () if self._source is None else self._source.blocks(kind)
        blocks = [block for block in (written if isinstance(written, tuple) else ()) if isinstance(block, BlockBody)]
        if len(blocks) == count:
            return list(blocks)
        return [blocks[0] if len(blocks) == 1 else None] * count

    def _is_configured(self, name: str) -> bool:
        return self._configured is None or name in self._configured

    def _symbol(self, name: str) -> str | None:
        if self._reference is None or self._configured is None:
            return None
        return self._reference(self._configured.get(name))


def hidden(value: Any, mirror: Any, sensitive: Any, path: str) -> Any:
    """A value with what is unknown or sensitive in it replaced by unknowns that name their path."""
    if mirror is True:
        return unknown(f"{path} (known after apply)", symbol=path)
    if sensitive is True or (not isinstance(value, (dict, list)) and _says_yes(sensitive)):
        return unknown(f"{path} (sensitive)")
    if isinstance(value, dict):
        keys = [*value, *(key for key in (mirror if isinstance(mirror, dict) else ()) if key not in value)]
        return {key: hidden(value.get(key), at(mirror, key), at(sensitive, key), f"{path}.{key}") for key in keys}
    if isinstance(value, list):
        return [hidden(item, at(mirror, i), at(sensitive, i), f"{path}[{i}]") for i, item in enumerate(value)]
    return value


def joined(one: Any, other: Any) -> Any:
    """A mirror that is True where one of two is."""
    if one is True or other is True:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: joined(one.get(key, False), other.get(key, False)) for key in one.keys() | other.keys()}
    return one or other


def at(mirror: Any, key: str | int) -> Any:
    """What a mirror says of one attribute or element."""
    if mirror is True:
        return True
    if isinstance(mirror, dict):
        return mirror.get(key, False) if isinstance(key, str) else any(map(_says_yes, mirror.values()))
    if isinstance(mirror, list) and isinstance(key, int) and key < len(mirror):
        return mirror[key]
    return False


def _says_yes(mirror: Any) -> bool:
    """Whether a mirror says anything: one of another shape than its value hides all of that."""
    if isinstance(mirror, (dict, list)):
        return any(map(_says_yes, mirror.values() if isinstance(mirror, dict) else mirror))
    return mirror is True


def _configured_block(expressions: Any, index: int) -> dict[str, Any] | None:
    """The expressions of a nested block; a dynamic block's serve for all of its instances."""
    if isinstance(expressions, dict):
        return expressions if not {"references", "constant_value"} & expressions.keys() else None
    if isinstance(expressions, list) and expressions:
        found = expressions[index] if index < len(expressions) else expressions[-1]
        return found if isinstance(found, dict) else None
    return None


__all__ = ["PlanBody", "Reference", "Unknown", "at", "hidden"]
