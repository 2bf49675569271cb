"""Override files: what ``override.tf`` and ``*_override.tf`` change in the blocks of the other files.

Terraform's rules: an argument replaces the argument of the same name; the nested blocks of a type replace all nested
blocks of that type (a ``dynamic`` block counts as the type that it makes); ``lifecycle`` is merged argument by
argument; locals are merged value by value, in whichever ``locals`` block they stand.
"""

from __future__ import annotations

from typing import Final

import msgspec

from dyncheck.parsers.terraform.syntax import Attribute, Block

_SUFFIXES: Final = (".tf.json", ".tofu.json", ".tf", ".tofu")


def is_override(name: str) -> bool:
    """Whether a Terraform file of that name overrides the others."""
    suffix = next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), "")
    stem = name.removesuffix(suffix)
    return stem == "override" or stem.endswith("_override")


def applies(base: Block, override: Block) -> bool:
    """Whether two blocks with the same type and labels are one: providers also need the same alias."""
    if base.type != "provider":
        return True
    mine, other = base.attribute("alias"), override.attribute("alias")
    return (mine.expr if mine else None) == (other.expr if other else None)


def merge(base: Block, override: Block) -> Block:
    """The block as Terraform sees it after the override."""
    if base.type == "locals":
        return msgspec.structs.replace(base, attributes=_replaced(base.attributes, override.attributes))
    replaced = {_made_type(block) for block in override.blocks} - {"lifecycle"}
    blocks = [block for block in base.blocks if _made_type(block) not in replaced]
    for block in override.blocks:
        at = _lifecycle(blocks) if block.type == "lifecycle" else None
        if at is None:
            blocks.append(block)
        else:
            blocks[at] = _merged_arguments(blocks[at], block)
    return msgspec.structs.replace(_merged_arguments(base, override), blocks=tuple(blocks))


def _merged_arguments(base: Block, override: Block) -> Block:
    own = {attribute.name for attribute in base.attributes}
    added = tuple(attribute for attribute in override.attributes if attribute.name not in own)
    return msgspec.structs.replace(base, attributes=_replaced(base.attributes, override.attributes) + added)


def _replaced(base: tuple[Attribute, ...], override: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    by_name = {attribute.name: attribute for attribute in override}
    return tuple(by_name.get(attribute.name, attribute) for attribute in base)


def _made_type(block: Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def _lifecycle(blocks: list[Block]) -> int | None:
    return next((number for number, block in enumerate(blocks) if block.type == "lifecycle"), None)
