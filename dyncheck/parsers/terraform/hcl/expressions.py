"""Expressions: the shape that the grammar gives, filled with the tokens of the text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Protocol

from dyncheck.parsers.terraform.hcl.scanner import HEREDOC, Malformed, skip_heredoc
from dyncheck.parsers.terraform.hcl.shapes import WHOLE, Shape, ShapeError, Shapes, describe, shape_text
from dyncheck.parsers.terraform.hcl.templates import read_heredoc, read_quoted
from dyncheck.parsers.terraform.hcl.tokens import HEREDOC_TOKEN, NAME, NUMBER, STRING, Token, tokenize
from dyncheck.parsers.terraform.syntax import (
    Binary,
    Call,
    Conditional,
    Expr,
    ForObject,
    ForTuple,
    GetAttr,
    Index,
    Literal,
    Name,
    ObjectCons,
    ObjectItem,
    Position,
    Splat,
    TupleCons,
    Unary,
)

MAX_TEMPLATES: Final = 20
"""Templates inside the interpolations of templates, beyond which a text is refused."""

MAX_LEVELS: Final = 120
"""Levels of the whole tree of an expression, templates included."""

ELEMENT: Final = Name("*")
"""The element of a splat, as its rest names it."""

_CONSTANTS: Final = {"true": Literal(True), "false": Literal(False), "null": Literal(None)}
_MAX_DIGITS: Final = 300
_MAX_INTEGER: Final = 2**63
_POSTFIX: Final = frozenset(
    {"get_attr_expr_term", "index_expr_term", "attr_splat_expr_term", "full_splat_expr_term"},
)

_OF_ATTRIBUTE_SPLAT: Final = frozenset({"get_attr", "short_index"})


class Places(Protocol):
    """Knows where the offsets of a text are."""

    def position(self, start: int, end: int) -> Position:
        """Lines and columns of the stretch from ``start`` to the character before ``end``."""
        ...


class Reader:
    """Reads expressions of one text. ``depth`` counts the levels of the tree that is being built."""

    def __init__(self, text: str, places: Places, shapes: Shapes) -> None:
        self.text = text
        self.position = places.position
        self.depth = 0
        self._shapes = shapes
        self._templates = 0

    def argument(self, start: int, end: int) -> tuple[Expr, int]:
        """The expression at ``start`` and where it ends: at ``end`` or before. Raises :class:`Malformed`."""
        tokens, finish = tokenize(self.text, start, end, argument=True)
        return self._build(tokens, end), finish

    def interpolation(self, start: int, end: int) -> Expr:
        """The expression that fills a stretch inside a template. Raises :class:`Malformed`."""
        if self._templates >= MAX_TEMPLATES:
            raise Malformed(f"templates nested more than {MAX_TEMPLATES} deep", start)
        self._templates += 1
        try:
            tokens, _ = tokenize(self.text, start, end, argument=False)
            return self._build(tokens, end)
        finally:
            self._templates -= 1

    def _build(self, tokens: Sequence[Token], end: int) -> Expr:
        text, kept = shape_text(tokens)
        try:
            try:
                return _Builder(self, kept).build(self._shapes.tree(text))
            except (IndexError, TypeError, ValueError):
                # No tree of python-hcl2 does this; one from a damaged cache may.
                return _Builder(self, kept).build(self._shapes.parse(text))
        except ShapeError as error:
            misfit = error.misfit
        if misfit.token == WHOLE:
            raise Malformed(f"expected {misfit.expected}", kept[0].start)
        if misfit.token < len(kept):
            found = kept[misfit.token]
            raise Malformed(f"expected {misfit.expected}, found {describe(found)}", found.start)
        raise Malformed(f"expected {misfit.expected}", kept[-1].end if kept else end)


class _Builder:
    """Turns one shape and its tokens into a syntax tree."""

    def __init__(self, reader: Reader, tokens: Sequence[Token]) -> None:
        self._reader = reader
        self._tokens = tokens

    def build(self, node: Shape) -> Expr:
        """The tree of a node. Raises :class:`Malformed`."""
        self._reader.depth += 1
        try:
            if self._reader.depth > MAX_LEVELS:
                raise Malformed(f"expected an expression of at most {MAX_LEVELS} levels", self._extent(node)[0].start)
            return self._build(node)
        finally:
            self._reader.depth -= 1

    def _build(self, node: Shape) -> Expr:
        rule = node.rule
        nodes = [child for child in node.children if isinstance(child, Shape)]
        if rule == "identifier":
            return self._operand(self._token(node))
        if rule in _POSTFIX:
            return self._postfix(node)
        if rule == "expr_term":
            return self.build(nodes[0])
        if rule == "binary_op":
            operator, right = _nodes(nodes[1])
            return Binary(self._token(operator).text, self.build(nodes[0]), self.build(right))
        if rule == "unary_op":
            return Unary(self._token(node).text, self.build(nodes[0]))
        if rule == "conditional":
            return Conditional(*(self.build(child) for child in nodes))
        if rule == "function_call":
            return self._call(node)
        if rule == "tuple":
            return TupleCons(tuple([self.build(child) for child in nodes]))
        if rule == "object":
            return ObjectCons(tuple([self._item(child) for child in nodes]))
        if rule == "for_tuple_expr":
            key, value_name, collection = self._for_intro(nodes[0])
            return ForTuple(key, value_name, collection, self.build(nodes[1]), self._for_condition(nodes[2:]))
        if rule == "for_object_expr":
            key, value_name, collection = self._for_intro(nodes[0])
            result_key, value = self.build(nodes[1]), self.build(nodes[2])
            grouping = self._has(node, "...")
            return ForObject(key, value_name, collection, result_key, value, grouping, self._for_condition(nodes[3:]))
        first = self._extent(node)[0]
        raise Malformed(f"expected an expression, found {describe(first)}", first.start)

    def _operand(self, token: Token) -> Expr:
        if token.kind == NAME:
            return _CONSTANTS.get(token.text) or Name(token.text)
        if token.kind == NUMBER:
            return Literal(_number(token))
        if token.kind == STRING:
            return read_quoted(self._reader, token.start + 1, token.end - 1)
        opening = HEREDOC.match(self._reader.text, token.start)
        if token.kind != HEREDOC_TOKEN or opening is None:
            raise Malformed(f"expected a value, found {describe(token)}", token.start)
        body_end, _ = skip_heredoc(self._reader.text, opening)
        return read_heredoc(self._reader, opening.end(), body_end, indented=bool(opening[1]))

    def _postfix(self, node: Shape) -> Expr:
        """A chain of attributes, indexes and splats, first to last; python-hcl2 nests it the other way round."""
        steps: list[Shape] = []
        while node.rule in _POSTFIX:
            target, step = _nodes(node)
            if step.rule in {"attr_splat", "full_splat"}:
                steps.extend(reversed(_nodes(step)))
            steps.append(step)
            node = target
        steps.reverse()
        return self._chain(self.build(node), steps)

    def _chain(self, target: Expr, steps: Sequence[Shape]) -> Expr:
        for number, step in enumerate(steps):
            if step.rule == "full_splat":
                return Splat(target, self._chain(ELEMENT, steps[number + 1 :]))
            if step.rule == "attr_splat":
                # Only attributes and legacy indexes belong to each element; Terraform applies [0] to the whole list.
                rest = steps[number + 1 :]
                own = next((at for at, inner in enumerate(rest) if inner.rule not in _OF_ATTRIBUTE_SPLAT), len(rest))
                return self._chain(Splat(target, self._chain(ELEMENT, rest[:own])), rest[own:])
            target = self._step(target, step)
        return target

    def _step(self, target: Expr, step: Shape) -> Expr:
        if step.rule == "get_attr":
            return GetAttr(target, self._name(_nodes(step)[0]))
        if step.rule == "short_index":
            return Index(target, Literal(_number(self._token(step, 1))))
        return Index(target, self.build(_nodes(step)[0]))

    def _call(self, node: Shape) -> Expr:
        nodes = _nodes(node)
        function = self._name(nodes[0])
        if len(nodes) == 1:
            return Call(function, ())
        arguments = tuple([self.build(child) for child in _nodes(nodes[1])])
        return Call(function, arguments, self._has(nodes[1], "..."))

    def _item(self, node: Shape) -> ObjectItem:
        key_node, value_node = _nodes(node)
        key_tree = _nodes(key_node)[0]
        first, last = self._extent(node)
        key: Expr
        if key_tree.rule == "identifier" and self._token(key_tree).kind == NAME:
            key = Literal(self._token(key_tree).text)
        else:
            key = self.build(key_tree)
        return ObjectItem(key, self.build(value_node), self._reader.position(first.start, last.end))

    def _extent(self, node: Shape) -> tuple[Token, Token]:
        first: Shape | int = node
        while isinstance(first, Shape):
            first = first.children[0]
        last: Shape | int = node
        while isinstance(last, Shape):
            last = last.children[-1]
        return self._tokens[first], self._tokens[last]

    def _for_intro(self, node: Shape) -> tuple[str, str, Expr]:
        *names, collection = _nodes(node)
        words = [self._name(name) for name in names]
        return words[0] if len(words) > 1 else "", words[-1], self.build(collection)

    def _for_condition(self, nodes: Sequence[Shape]) -> Expr | None:
        return self.build(_nodes(nodes[0])[0]) if nodes else None

    def _name(self, node: Shape) -> str:
        token = self._token(node)
        if token.kind != NAME:
            raise Malformed(f"expected a name, found {describe(token)}", token.start)
        return token.text

    def _token(self, node: Shape, number: int = 0) -> Token:
        tokens = [child for child in node.children if isinstance(child, int)]
        return self._tokens[tokens[number]]

    def _has(self, node: Shape, text: str) -> bool:
        return any(isinstance(child, int) and self._tokens[child].text == text for child in node.children)


def _nodes(node: Shape) -> list[Shape]:
    return [child for child in node.children if isinstance(child, Shape)]


def _number(token: Token) -> int | float:
    text = token.text
    if len(text) > _MAX_DIGITS:
        raise Malformed(f"expected a number of at most {_MAX_DIGITS} digits", token.start)
    if text.isdecimal():
        whole = int(text)
        return whole if whole < _MAX_INTEGER else float(whole)
    number = float(text)
    if math.isinf(number):
        raise Malformed("expected a number that a computer can hold", token.start)
    return number
