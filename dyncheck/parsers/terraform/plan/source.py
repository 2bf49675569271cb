"""Plans and states as a source: the same readers as for the source code, over the values of the document."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from dyncheck.errors import ParseError
from dyncheck.location import Location, Span
from dyncheck.model import DaxCluster, Problem, SourceKind, Table, TableChange
from dyncheck.parsers.attachments import KmsKeyAttachment, Stack, TableDraft
from dyncheck.parsers.base import Collected
from dyncheck.parsers.files import read_bytes
from dyncheck.parsers.joins import join
from dyncheck.parsers.terraform import attachments_operations as operations
from dyncheck.parsers.terraform.body import BlockBody
from dyncheck.parsers.terraform.plan.body import PlanBody
from dyncheck.parsers.terraform.plan.document import Document, Instance, read_document
from dyncheck.parsers.terraform.plan.origins import Origins
from dyncheck.parsers.terraform.plan.references import References
from dyncheck.parsers.terraform.providers import ProviderConfig
from dyncheck.parsers.terraform.reading import Context
from dyncheck.parsers.terraform.source import READERS
from dyncheck.values import Unknown, unknown

MAX_BYTES: Final = 1 << 30
"""A larger document is refused."""

_GONE: Final = frozenset({("delete",), ("forget",)})


class PlanSource:
    """One plan or state document. ``path`` is relative to ``root``; ``origins`` finds the source code, if any.

    ``region``: of providers that name none.
    """

    def __init__(self, root: Path, path: str, origins: Origins | None = None, region: str | None = None) -> None:
        self._root = root
        self._path = path
        self._origins = origins
        self._region = region
        self._header = Location(Span(path))

    def collect(self) -> Iterator[Collected]:
        """The tables and clusters as they will be, the changes of tables, and problems."""
        try:
            content = read_bytes(str(self._root / self._path), MAX_BYTES)
            document = read_document(content, self._path, READERS.__contains__)
        except ParseError as error:
            yield Problem(self._path, error.line, error.column, error.message)
            return
        except (OSError, ValueError) as error:
            yield Problem(self._path, 1, 1, f"cannot be read: {getattr(error, 'strerror', None) or error}")
            return
        del content
        yield from self._stack(document)

    def _stack(self, document: Document) -> Iterator[Collected]:
        kind: SourceKind = "terraform-plan" if document.kind == "plan" else "terraform-state"
        stack = posixpath.dirname(self._path) or "."
        references = References(document.configuration, document.variables) if document.configuration else None
        drafts: list[TableDraft] = []
        attachments: list[Any] = []
        keys: list[KmsKeyAttachment] = []
        aliases: list[operations.KmsAlias] = []
        for instance in document.instances:
            if instance.values is None or instance.actions in _GONE:
                continue
            for found in self._read(instance, references, stack):
                if isinstance(found, TableDraft):
                    drafts.append(msgspec.structs.replace(found, table=_with_source(found.table, kind)))
                elif isinstance(found, DaxCluster):
                    yield msgspec.structs.replace(found, source=kind)
                elif isinstance(found, KmsKeyAttachment):
                    keys.append(found)
                elif isinstance(found, operations.KmsAlias):
                    aliases.append(found)
                else:
                    attachments.append(found)
        attachments += operations.with_aliases(keys, aliases)
        if drafts or attachments:
            yield from join(Stack(stack, kind, tuple(drafts), tuple(attachments)))
        if kind == "terraform-plan":
            yield from self._changes(document, references, stack)

    def _read(self, instance: Instance, references: References | None, stack: str) -> Iterator[Any]:
        body = self._body(instance, references)
        provider = _provider(instance, references, self._region)
        context = Context(instance.address, stack, instance.kind, True, provider)
        found = READERS[instance.kind](context, body)
        if isinstance(found, Iterator):
            yield from found
        elif found is not None:
            yield found

    def _body(self, instance: Instance, references: References | None) -> PlanBody:
        module, kind, name = instance.module, instance.kind, instance.name
        return PlanBody(
            instance.address,
            instance.values or {},
            self._header,
            unknown_values=instance.unknown,
            sensitive=instance.sensitive,
            configured=references.expressions(module, kind, name) if references else None,
            reference=(lambda expression: references.symbol(module, expression)) if references else None,
            source=self._declared(instance),
        )

    def _declared(self, instance: Instance) -> BlockBody | None:
        if self._origins is None:
            return None
        return self._origins.body(instance.module, instance.kind, instance.name)

    def _changes(self, document: Document, references: References | None, stack: str) -> Iterator[TableChange]:
        for instance in document.instances:
            if instance.kind == "aws_dynamodb_table" and instance.actions and instance.actions != ("read",):
                yield self._change(instance, references, stack)

    def _change(self, instance: Instance, references: References | None, stack: str) -> TableChange:
        before = self._table(_earlier(instance), None, stack) if instance.before is not None else None
        after = self._table(instance, references, stack) if instance.values is not None else None
        newest = after or before
        declared = self._declared(instance)
        return TableChange(
            address=instance.address,
            stack=stack,
            source="terraform-plan",
            resource_type=instance.kind,
            name=newest.name if newest else None,
            region=newest.region if newest else None,
            account=newest.account if newest else None,
            action=_action(instance.actions),
            replaced_because=tuple(dict.fromkeys(_path_text(path) for path in instance.replace_paths)),
            before=before,
            after=after,
            locations={"": declared.header if declared is not None else self._header},
        )

    def _table(self, instance: Instance, references: References | None, stack: str) -> Table | None:
        for found in self._read(instance, references, stack):
            if isinstance(found, TableDraft):
                return _with_source(found.table, "terraform-plan")
        return None


def _earlier(instance: Instance) -> Instance:
    """The instance as it is before the plan is applied."""
    return msgspec.structs.replace(
        instance, values=instance.before, unknown=False, sensitive=instance.before_sensitive, actions=()
    )


def _action(actions: tuple[str, ...]) -> str:
    """Terraform's list of actions as one word; delete and create, in either order, is a replacement."""
    if set(actions) == {"delete", "create"}:
        return "replace"
    return actions[0] if len(actions) == 1 else "-".join(actions)


def _path_text(path: tuple[Any, ...]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _with_source(table: Table, kind: SourceKind) -> Table:
    return msgspec.structs.replace(table, source=kind)


def _provider(instance: Instance, references: References | None, fallback: str | None) -> ProviderConfig:
    """Region and account: the resource's own, its ARN's, else its provider configuration's, else the one given."""
    values = instance.values or {}
    arn, region = values.get("arn"), values.get("region")
    parts = arn.split(":") if isinstance(arn, str) else []
    hidden_account: str | Unknown = unknown("provider aws account", symbol="provider aws account")
    account = parts[4] if len(parts) > 5 and parts[4] else hidden_account
    if isinstance(region, str) and region:
        return ProviderConfig(region, account, {})
    if len(parts) > 5 and parts[3]:
        return ProviderConfig(parts[3], account, {})
    configured = references.region(instance.module, instance.kind, instance.name) if references else None
    if configured is None:
        configured = fallback or unknown("provider aws region", symbol="provider aws region")
    return ProviderConfig(configured, account, {})
