"""Terraform's JSON syntax (``.tf.json``) as the same blocks that the native syntax gives.

JSON does not say whether an object is a block or the value of an argument; the provider's schema does. The names of the
nested blocks that dyncheck reads are in :data:`NESTED_BLOCKS`. Strings are templates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from dyncheck.errors import ParseError
from dyncheck.parsers.terraform.blocks import SyntaxIssue
from dyncheck.parsers.terraform.grammar import Grammar
from dyncheck.parsers.terraform.hcl.json_nodes import (
    JsonArray,
    JsonMember,
    JsonNode,
    JsonObject,
    JsonScalar,
    read_json,
)
from dyncheck.parsers.terraform.hcl.scanner import Lines, Malformed
from dyncheck.parsers.terraform.syntax import (
    Attribute,
    Block,
    Expr,
    Literal,
    ObjectCons,
    ObjectItem,
    Position,
    TupleCons,
)

_LABELS: Final = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "module": 1,
    "variable": 1,
    "output": 1,
    "provider": 1,
    "check": 1,
    "locals": 0,
    "terraform": 0,
    "moved": 0,
    "import": 0,
    "removed": 0,
}

_BLOCKS_OF: Final = {
    "every resource": ("lifecycle", "timeouts", "connection", "provisioner", "precondition", "postcondition"),
    "variable": ("validation",),
    "provider": ("default_tags", "assume_role", "assume_role_with_web_identity", "endpoints", "ignore_tags"),
    "keys of tables": ("attribute", "global_secondary_index", "local_secondary_index", "key_schema", "projection"),
    "protection of tables": ("point_in_time_recovery", "server_side_encryption", "ttl", "replica"),
    "throughput": ("on_demand_throughput", "warm_throughput", "provisioned_throughput"),
    "origin of tables": ("import_table", "input_format_options", "s3_bucket_source", "global_table_witness"),
    "aws_dynamodb_table_export": ("incremental_export_specification",),
    "aws_appautoscaling_target": ("suspended_state",),
    "aws_appautoscaling_policy": (
        "target_tracking_scaling_policy_configuration",
        "step_scaling_policy_configuration",
        "predefined_metric_specification",
        "customized_metric_specification",
    ),
    "aws_appautoscaling_scheduled_action": ("scalable_target_action",),
    "aws_backup_plan": ("rule", "copy_action"),
    "aws_backup_selection": ("selection_tag", "condition"),
    "conditions of aws_backup_selection": ("string_equals", "string_like", "string_not_equals", "string_not_like"),
    "aws_cloudwatch_metric_alarm": ("metric_query", "metric"),
    "aws_lambda_event_source_mapping": ("destination_config", "on_failure", "filter_criteria", "filter"),
    "aws_pipes_pipe": ("source_parameters", "dynamodb_stream_parameters", "dead_letter_config"),
    "aws_iam_policy_document": ("statement", "principals", "not_principals"),
}

NESTED_BLOCKS: Final = frozenset(name for names in _BLOCKS_OF.values() for name in names)
"""Names that are blocks inside the resources, data sources and providers that dyncheck reads."""

_EXPRESSION_STRINGS: Final = frozenset({("variable", "type"), ("resource", "provider"), ("data", "provider")})
COMMENT_KEY: Final = "//"
"""The property of a block's body, or of the root, that Terraform ignores."""


class JsonBlock(msgspec.Struct, frozen=True):
    """A top-level block that is not converted yet; ``line`` counts from 1."""

    type: str
    labels: tuple[str, ...]
    line: int
    key: JsonMember
    body: JsonObject
    lines: Lines

    def convert(self, grammar: Grammar, first_line: int = 0) -> Block:
        """The block, its positions counted from ``first_line``. Raises :class:`ParseError` as the grammar does."""
        converter = _Converter(grammar, self.lines, self.type, first_line - (self.line - 1))
        try:
            return converter.block(self.type, self.labels, self.key, self.body)
        except ParseError as error:
            raise ParseError(error.message, path="", line=error.line - first_line, column=error.column) from None


class JsonIndex(msgspec.Struct, frozen=True):
    """The blocks of a file, and what was wrong with it."""

    blocks: tuple[JsonBlock, ...]
    issues: tuple[SyntaxIssue, ...]


def index_json(text: str) -> JsonIndex:
    """Every top-level block of a file in JSON syntax. Never fails."""
    lines = Lines(text)
    try:
        blocks = tuple(top_level(read_json(text), lines))
    except Malformed as error:
        line, column = lines.at(error.offset)
        return JsonIndex((), (SyntaxIssue(line + 1, column, error.message),))
    return JsonIndex(blocks, ())


def top_level(root: JsonNode, lines: Lines) -> Iterator[JsonBlock]:
    """The top-level blocks of a file. Raises :class:`Malformed`."""
    for member in _members(root):
        if member.key in _LABELS:
            for labels, key, body in _bodies(member, member.value, _LABELS[member.key], ()):
                yield JsonBlock(member.key, labels, lines.at(key.start)[0] + 1, key, body, lines)


def nested_blocks(top: str, block_type: str, body: JsonObject) -> Iterator[tuple[str, JsonMember, JsonObject]]:
    """The blocks in the body of a block inside a ``top`` one: type, key and body. Raises :class:`Malformed`."""
    for member in _members(body):
        if member.key == "dynamic":
            for name in _members(member.value):
                yield from (("dynamic", key, inner) for _, key, inner in _bodies(name, name.value, 0, ()))
        elif _is_block(member, top, block_type):
            yield from ((member.key, key, inner) for _, key, inner in _bodies(member, member.value, 0, ()))


def _is_block(member: JsonMember, top: str, block_type: str) -> bool:
    """Whether a member of a body is a block, and not an argument; ``top``: the type of the block around them all."""
    if top in {"locals", "output", "module", "variable"} and member.key not in {"validation"}:
        return False
    if block_type == "dynamic":
        return member.key == "content"
    if member.key not in NESTED_BLOCKS:
        return False
    items = member.value.items if isinstance(member.value, JsonArray) else (member.value,)
    return all(isinstance(item, JsonObject) for item in items)


def _members(node: JsonNode) -> Iterator[JsonMember]:
    """The members of an object, or of every object in an array."""
    if isinstance(node, JsonArray):
        for item in node.items:
            yield from _members(item)
    elif isinstance(node, JsonObject):
        yield from (member for member in node.members if member.key != COMMENT_KEY)
    else:
        raise Malformed("expected an object", node.start)


def _bodies(
    key: JsonMember, node: JsonNode, labels_left: int, labels: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], JsonMember, JsonObject]]:
    if labels_left:
        for member in _members(node):
            yield from _bodies(member, member.value, labels_left - 1, (*labels, member.key))
    elif isinstance(node, JsonArray):
        for item in node.items:
            yield from _bodies(key, item, 0, labels)
    elif isinstance(node, JsonObject):
        yield labels, key, node
    elif not (isinstance(node, JsonScalar) and node.value is None):
        raise Malformed("expected an object", node.start)


class _Converter:
    def __init__(self, grammar: Grammar, lines: Lines, block_type: str, line_shift: int) -> None:
        self._grammar = grammar
        self._lines = lines
        self._block_type = block_type
        self._shift = line_shift

    def block(self, block_type: str, labels: tuple[str, ...], key: JsonMember, body: JsonObject) -> Block:
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        for member in _members(body):
            if member.key == "dynamic":
                for name in _members(member.value):
                    blocks.extend(self._nested("dynamic", (name.key,), name))
            elif _is_block(member, self._block_type, block_type):
                blocks.extend(self._nested(member.key, (), member))
            else:
                expression = self._argument(block_type, member)
                attributes.append(Attribute(member.key, expression, self._position(member.start, member.value.end)))
        header = self._position(key.start, key.end)
        position = self._position(key.start, body.end)
        return Block(block_type, labels, tuple(attributes), tuple(blocks), header, position)

    def _nested(self, block_type: str, labels: tuple[str, ...], member: JsonMember) -> Iterator[Block]:
        for _, key, body in _bodies(member, member.value, 0, ()):
            yield self.block(block_type, labels, key, body)

    def _argument(self, block_type: str, member: JsonMember) -> Expr:
        node = member.value
        if block_type == "variable" and member.key == "default":
            return self._expression(node, literal=True)
        if (block_type, member.key) in _EXPRESSION_STRINGS:
            return self._reference(node)
        if (block_type, member.key) == ("module", "providers") and isinstance(node, JsonObject):
            items = [
                ObjectItem(Literal(item.key), self._reference(item.value), self._position(item.start, item.value.end))
                for item in _members(node)
            ]
            return ObjectCons(tuple(items))
        return self._expression(node, literal=False)

    def _reference(self, node: JsonNode) -> Expr:
        """An expression that JSON syntax writes as a plain string: ``"list(string)"``, ``"aws.eu"``."""
        if not isinstance(node, JsonScalar) or not isinstance(node.value, str) or node.value.startswith("${"):
            return self._expression(node, literal=False)
        return self._grammar.parse_expression(node.value, self._position(node.start, node.end))

    def _expression(self, node: JsonNode, *, literal: bool) -> Expr:
        if isinstance(node, JsonArray):
            return TupleCons(tuple([self._expression(item, literal=literal) for item in node.items]))
        if isinstance(node, JsonObject):
            items = [
                ObjectItem(
                    self._string(member.start, member.end, member.key, literal=literal),
                    self._expression(member.value, literal=literal),
                    self._position(member.start, member.value.end),
                )
                for member in node.members
            ]
            return ObjectCons(tuple(items))
        if isinstance(node.value, str):
            return self._string(node.start, node.end, node.value, literal=literal)
        return Literal(node.value)

    def _string(self, start: int, end: int, value: str, *, literal: bool) -> Expr:
        return Literal(value) if literal else self._grammar.parse_template(value, self._position(start, end))

    def _position(self, start: int, end: int) -> Position:
        line, column, end_line, end_column = self._lines.position(start, end)
        return line + self._shift, column, end_line + self._shift, end_column
