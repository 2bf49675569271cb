"""Change sets: what ``aws cloudformation describe-change-set --include-property-values`` prints, as changes of tables.

Fields: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html. The contexts of a
resource before and after the change are templates of one resource each, in which everything is resolved but what is
known only when the change set runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from dyncheck.errors import ParseError
from dyncheck.location import Location, Span
from dyncheck.model import Located, Problem, Table, TableChange
from dyncheck.parsers.base import Collected
from dyncheck.parsers.cloudformation.context import Context, Documents
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.json_reading import read_json
from dyncheck.parsers.cloudformation.nodes import MappingNode
from dyncheck.parsers.cloudformation.sniff import mistake
from dyncheck.parsers.cloudformation.stack import read_stack
from dyncheck.parsers.cloudformation.template import TABLE_TYPES, Template
from dyncheck.parsers.files import open_regular, unreadable
from dyncheck.parsers.joins import join
from dyncheck.parsers.json_places import Places
from dyncheck.parsers.json_stream import JsonStream
from dyncheck.parsers.terraform.plan.sniff import SNIFFED
from dyncheck.scenarios import Atom, Condition
from dyncheck.values import Choice, OpenList, Unknown, Value, unknown

MAX_BYTES: Final = 100_000_000
"""A larger document is refused: a change set has at most a few thousand resources."""

_CALLED: Final = "a CloudFormation change set"
_LATER: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
_PARAMETER: Final = "KnownAfterApply"
_STACK: Final = "AWS::CloudFormation::Stack"
_READY: Final = ("", "CREATE_COMPLETE")
_NOTHING_TO_DO: Final = ("didn't contain changes", "No updates are to be performed")
"""How CloudFormation says that a change set failed only because it changes nothing."""


class _Target(msgspec.Struct, frozen=True, rename="pascal"):
    attribute: str = ""
    name: str | None = None
    requires_recreation: str = ""


class _Detail(msgspec.Struct, frozen=True, rename="pascal"):
    target: _Target | None = None


class _ResourceChange(msgspec.Struct, frozen=True, rename="pascal"):
    action: str = ""
    policy_action: str | None = None
    logical_resource_id: str = ""
    physical_resource_id: str | None = None
    resource_type: str = ""
    replacement: str | None = None
    details: tuple[_Detail, ...] | None = None
    before_context: str | None = None
    after_context: str | None = None
    change_set_id: str | None = None


class _Change(msgspec.Struct, frozen=True, rename="pascal"):
    resource_change: _ResourceChange | None = None


class ChangeSetSource:
    """One change set. ``path`` is relative to ``root``."""

    def __init__(self, root: Path, path: str) -> None:
        self._root = root
        self._path = path
        self._changes: list[tuple[_ResourceChange, Places]] = []
        self._stack_id = ""

    def collect(self) -> Iterator[Collected]:
        """The changes of tables, and problems."""
        try:
            with open_regular(str(self._root / self._path), MAX_BYTES) as file:
                mistaken = mistake(file.read(SNIFFED))
                if mistaken is not None:
                    raise ParseError(mistaken, path=self._path)
                file.seek(0)
                yield from self._read(JsonStream.of_file(file, self._path, _CALLED))
        except (ParseError, OSError, ValueError) as error:
            yield unreadable(self._path, error)
            return
        before: dict[str, Table] = {}
        after: dict[str, Table] = {}
        try:
            before = self._tables({change.logical_resource_id: change.before_context for change, _ in self._changes})
            after = self._tables({change.logical_resource_id: change.after_context for change, _ in self._changes})
        except ParseError as error:
            # Its place is one in the contexts, which are texts of their own.
            yield Problem(self._path, 1, 1, f"what the change set tells of properties is not read: {error.message}")
        for change, places in self._changes:
            yield self._change(change, places, before, after)

    def _read(self, stream: JsonStream) -> Iterator[Problem]:
        status: dict[str, str] = {}
        for key in stream.members():
            if key == "Changes" and stream.peek() == b"[":
                for _ in stream.items():
                    stream.peek()
                    start = stream.position()
                    text = stream.take()
                    places = Places.of(self._path, text, start)
                    yield from self._note(stream.decode(text, _Change).resource_change, places)
            elif key == "StackId" and stream.peek() == b'"':
                self._stack_id = str(stream.value())
            elif key in ("Status", "StatusReason") and stream.peek() == b'"':
                status[key] = str(stream.value())
            elif key == "NextToken" and stream.peek() == b'"':
                stream.skip()
                message = "this is the first page of a change set: describe it without --no-paginate and --max-items"
                yield Problem(self._path, 1, 1, message)
            else:
                stream.skip()
        stream.end()
        if (problem := _status_problem(status.get("Status", ""), status.get("StatusReason", ""))) is not None:
            yield Problem(self._path, 1, 1, problem)

    def _note(self, change: _ResourceChange | None, places: Places) -> Iterator[Problem]:
        if change is None:
            return
        if change.resource_type in TABLE_TYPES:
            self._changes.append((change, places))
        elif change.resource_type == _STACK and change.action not in ("Add", "Import"):
            at = _place(places, self._path).span
            message, is_told_elsewhere = _nested_stack(change)
            yield Problem(self._path, at.line, at.column, message, level="note" if is_told_elsewhere else "error")

    def _change(
        self, change: _ResourceChange, places: Places, before: dict[str, Table], after: dict[str, Table]
    ) -> TableChange:
        name = change.logical_resource_id
        place = _place(places, self._path)
        parts = self._stack_id.split(":")
        region, account = parts[3:5] if len(parts) > 5 else ("", "")
        return TableChange(
            address=name,
            stack=self._path,
            source="cloudformation",
            resource_type=change.resource_type,
            name=change.physical_resource_id,
            region=region or unknown("AWS::Region"),
            account=account or unknown("AWS::AccountId"),
            action=_action(change),
            replaced_because=_reasons(change),
            before=None if change.action in ("Add", "Import") else _side(before.get(name), change, place),
            after=None if change.action == "Remove" else _side(after.get(name), change, place),
            locations={"": place},
        )

    def _tables(self, contexts: dict[str, str | None]) -> dict[str, Table]:
        """The tables of one side of the change by logical id, those whose properties are told."""
        types = {change.logical_resource_id: change.resource_type for change, _ in self._changes}
        resources: dict[str, Any] = {}
        for name, text in contexts.items():
            context = _context(text)
            if context is not None:
                resources[name] = {**context, "Type": types[name]}
        return self._template(resources) if resources else {}

    def _template(self, resources: dict[str, Any]) -> dict[str, Table]:
        parameters = {_PARAMETER: {"Type": "String"}}
        text = msgspec.json.encode({"Parameters": parameters, "Resources": resources}).decode()
        document = Document(self._path, text)
        root = document.root = read_json(text, document)
        assert isinstance(root, MappingNode)
        parts = self._stack_id.split(":")
        region, account = parts[3:5] if len(parts) > 5 else (None, None)
        context = Context(Documents(self._root), self._path, region=region, account=account)
        given = {_PARAMETER: unknown("known after the change set has run")}
        stack, _ = read_stack(Template([(document, root)], context, given=given), [])
        return {item.address: item for item in join(stack) if isinstance(item, Table)}


def _status_problem(status: str, reason: str) -> str | None:
    """Why a change set tells less than what would change; None where it tells that."""
    if status in _READY or any(words in reason for words in _NOTHING_TO_DO):
        return None
    if status in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        return "the change set is not made yet: run `aws cloudformation wait change-set-create-complete` first"
    return "CloudFormation could not make the change set, or deletes it: it does not tell what would change"


def _nested_stack(change: _ResourceChange) -> tuple[str, bool]:
    """What is to be said of the changes of a nested stack, and whether another change set tells of them."""
    called = f"the nested stack {change.logical_resource_id}"
    if change.change_set_id is not None:
        return f"{called} has a change set of its own: scan that too", True
    if change.action == "Remove":
        return f"{called} is removed with all that it holds, and the change set does not tell what that is", False
    return f"what becomes of {called} is not told: make the change set with --include-nested-stacks", False


def _context(text: str | None) -> dict[str, Any] | None:
    """The context of a resource, with what is known only later as references to a parameter without a value."""
    if text is None:
        return None
    try:
        found = _later(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _later(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _later(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_later(item) for item in value]
    return {"Ref": _PARAMETER} if isinstance(value, str) and _LATER in value else value


def _action(change: _ResourceChange) -> Value[str]:
    """The action in the words of :class:`TableChange`. What is retained is forgotten, and not deleted."""
    keeps = change.policy_action in ("Retain", "ReplaceAndRetain")
    if change.action == "Remove":
        return "forget" if keeps else "delete"
    if change.action == "Modify":
        if change.replacement == "True":
            return "create-forget" if keeps else "replace"
        if change.replacement == "Conditional" and not keeps:
            named = ", ".join(_reasons(change)) or "its properties"
            name = change.logical_resource_id
            because = frozenset({f"{name} (what {named} will be)"})
            condition = Condition(f"the replacement of {name} for {named}", because, Atom(f"replacement:{name}"))
            return Choice(condition, "replace", "update")
        return "update"
    words = {"Add": "create", "Import": "import", "SyncWithActual": "no-op"}
    return words.get(change.action) or unknown(f"{change.logical_resource_id} ({change.action or 'no action'})")


def _reasons(change: _ResourceChange) -> tuple[str, ...]:
    """The properties for whose sake the resource is, or may be, replaced."""
    targets = (detail.target for detail in change.details or ())
    found = (
        target.name or target.attribute
        for target in targets
        if target is not None and target.requires_recreation in ("Always", "Conditionally")
    )
    return tuple(dict.fromkeys(found))


def _side(table: Table | None, change: _ResourceChange, place: Location) -> Value[Table | None]:
    if table is None:
        hint = "describe-change-set --include-property-values tells"
        return unknown(f"{change.logical_resource_id} before and after ({hint})")
    moved: Table = _placed(table, place)
    return moved


def _placed(value: Any, place: Location) -> Any:
    """A value of the model with every place in it replaced by that of the change."""
    if isinstance(value, tuple):
        return tuple(_placed(item, place) for item in value)
    if isinstance(value, OpenList):
        return OpenList(tuple(_placed(item, place) for item in value.items), value.because)
    if not isinstance(value, msgspec.Struct) or isinstance(value, Unknown):
        return value
    parts = {name: _placed(getattr(value, name), place) for name in value.__struct_fields__ if name != "locations"}
    if isinstance(value, Located):
        parts["locations"] = {"": place} if isinstance(value, Table) else {}
    return msgspec.structs.replace(value, **parts)


def _place(places: Places, path: str) -> Location:
    return places.place("ResourceChange", "LogicalResourceId") or Location(Span(path))
