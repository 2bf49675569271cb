"""The syntax tree of Terraform code: plain data, so that it can be cached on disk and walked without python-hcl2.

Lines are counted from the first line of the *block* that was parsed (0 is that line), so that an unchanged block keeps
its tree when it moves within its file; columns count from 1 in code points. End columns are exclusive.
"""

from __future__ import annotations

from typing import Union

import msgspec

Position = tuple[int, int, int, int]
"""Line, column, end line, end column; lines relative to the block's first line."""


class Literal(msgspec.Struct, frozen=True, tag="lit", array_like=True):
    """A number, a boolean, null, or a string without interpolations (escapes resolved)."""

    value: Union[str, int, float, bool, None]


class Template(msgspec.Struct, frozen=True, tag="tpl", array_like=True):
    """A quoted string or heredoc with interpolations or directives; heredoc indentation is already removed."""

    parts: tuple[Expr, ...]


class TemplateIf(msgspec.Struct, frozen=True, tag="tif", array_like=True):
    """``%{ if c }…%{ else }…%{ endif }`` inside a template."""

    condition: Expr
    if_true: Expr
    if_false: Expr


class TemplateFor(msgspec.Struct, frozen=True, tag="tfor", array_like=True):
    """``%{ for k, v in c }…%{ endfor }`` inside a template; ``key`` is "" when only one name is given."""

    key: str
    value: str
    collection: Expr
    body: Expr


class Name(msgspec.Struct, frozen=True, tag="name", array_like=True):
    """A root name: ``var``, ``local``, ``each``, a resource type, a ``for`` variable."""

    name: str


class GetAttr(msgspec.Struct, frozen=True, tag="attr", array_like=True):
    """``target.name``; legacy ``target.0`` is an Index."""

    target: Expr
    name: str


class Index(msgspec.Struct, frozen=True, tag="idx", array_like=True):
    """``target[key]``."""

    target: Expr
    key: Expr


class Splat(msgspec.Struct, frozen=True, tag="splat", array_like=True):
    """``target[*].rest`` or ``target.*.rest``: ``each`` is the rest, over the element named ``Name("*")``."""

    target: Expr
    each: Expr


class Call(msgspec.Struct, frozen=True, tag="call", array_like=True):
    """``function(arguments…)``; ``expand`` when the last argument is followed by ``...``."""

    function: str
    arguments: tuple[Expr, ...]
    expand: bool = False


class Unary(msgspec.Struct, frozen=True, tag="un", array_like=True):
    """``-x`` or ``!x``."""

    operator: str
    operand: Expr


class Binary(msgspec.Struct, frozen=True, tag="bin", array_like=True):
    """``left operator right``, with Terraform's precedence already applied."""

    operator: str
    left: Expr
    right: Expr


class Conditional(msgspec.Struct, frozen=True, tag="cond", array_like=True):
    """``condition ? if_true : if_false``."""

    condition: Expr
    if_true: Expr
    if_false: Expr


class TupleCons(msgspec.Struct, frozen=True, tag="tup", array_like=True):
    """``[a, b]``."""

    items: tuple[Expr, ...]


class ObjectItem(msgspec.Struct, frozen=True, array_like=True):
    """``key = value`` inside an object; a bare identifier key is a Literal string."""

    key: Expr
    value: Expr
    position: Position


class ObjectCons(msgspec.Struct, frozen=True, tag="obj", array_like=True):
    """``{ key = value }``."""

    items: tuple[ObjectItem, ...]


class ForTuple(msgspec.Struct, frozen=True, tag="forl", array_like=True):
    """``[for k, v in c : value if condition]``; ``key`` is "" when only one name is given."""

    key: str
    value_name: str
    collection: Expr
    value: Expr
    condition: Union[Expr, None] = None


class ForObject(msgspec.Struct, frozen=True, tag="foro", array_like=True):
    """``{for k, v in c : result_key => value... if condition}``."""

    key: str
    value_name: str
    collection: Expr
    result_key: Expr
    value: Expr
    grouping: bool = False
    condition: Union[Expr, None] = None


Expr = Union[
    Literal,
    Template,
    TemplateIf,
    TemplateFor,
    Name,
    GetAttr,
    Index,
    Splat,
    Call,
    Unary,
    Binary,
    Conditional,
    TupleCons,
    ObjectCons,
    ForTuple,
    ForObject,
]


class Attribute(msgspec.Struct, frozen=True, array_like=True):
    """``name = expr``; the position covers name and expression."""

    name: str
    expr: Expr
    position: Position


class Block(msgspec.Struct, frozen=True, array_like=True):
    """A block and its body, in order of writing.

    ``header`` covers the type and labels (not the brace), ``position`` the whole block.
    """

    type: str
    labels: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    blocks: tuple[Block, ...]
    header: Position
    position: Position

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name; the last one where a file repeats it."""
        found = None
        for attribute in self.attributes:
            if attribute.name == name:
                found = attribute
        return found
