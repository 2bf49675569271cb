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
from dyncheck.parsers.files import open_regular, unreadable
from dyncheck.parsers.joins import join
from dyncheck.parsers.terraform import attachments_operations as operations
from dyncheck.parsers.terraform.body import BlockBody
from dyncheck.parsers.terraform.plan.body import PlanBody, at
from dyncheck.parsers.terraform.plan.document import Document, Instance, read_document
from dyncheck.parsers.terraform.plan.origins import Origins
from dyncheck.parsers.terraform.plan.references import References
from dyncheck.parsers.terraform.providers import ProviderConfig
from dyncheck.parsers.terraform.reading import Context
from dyncheck.parsers.terraform.replicas import separate_replica
from dyncheck.parsers.terraform.source import READERS
from dyncheck.values import Unknown, Value, unknown

MAX_BYTES: Final = 1 << 30
"""A larger document is refused."""

_NOWHERE: Final = Location(Span(""))
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
            with open_regular(str(self._root / self._path), MAX_BYTES) as file:
                document = read_document(file, self._path, READERS.__contains__)
        except (ParseError, OSError, ValueError) as error:
            yield unreadable(self._path, error)
            return
        if document.errored:
            message = "Terraform could not finish this plan: it shows only a part of what would change"
            yield Problem(self._path, 1, 1, message)
        if document.deferred:
            message = "the plan puts changes off to a later one: what becomes of those resources is not known"
            yield Problem(self._path, 1, 1, message, level="note")
        yield from self._stack(document)

    def _stack(self, document: Document) -> Iterator[Collected]:
        kind: SourceKind = "terraform-plan" if document.kind == "plan" else "terraform-state"
        stack = posixpath.dirname(self._path) or "."
        references = References(document.configuration, document.variables) if document.configuration else None
        drafts: list[TableDraft] = []
        attachments: list[Any] = []
        keys: list[KmsKeyAttachment] = []
        aliases: list[operations.KmsAlias] = []
        planned: dict[str, Table] = {}
        for instance in document.instances:
            if instance.values is None or instance.actions in _GONE or instance.deposed is not None:
                continue
            for found in self._read(instance, references, stack):
                if isinstance(found, TableDraft):
                    table = planned[instance.address] = _with_source(found.table, kind)
                    drafts.append(msgspec.structs.replace(found, table=table))
                elif isinstance(found, DaxCluster):
                    yield msgspec.structs.replace(found, source=kind)
                elif isinstance(found, KmsKeyAttachment):
                    keys.append(found)
                elif isinstance(found, operations.KmsAlias):
                    aliases.append(found)
                else:
                    attachments.append(found)
            instance.places.forget()
        attachments += operations.with_aliases(keys, aliases)
        if drafts or attachments:
            yield from join(Stack(stack, kind, tuple(drafts), tuple(attachments)))
        if kind == "terraform-plan":
            yield from self._changes(document, references, stack, planned)

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
            instance.places.place(*instance.header) or self._header,
            unknown_values=instance.unknown,
            sensitive=instance.sensitive,
            configured=references.expressions(module, kind, name) if references else None,
            reference=(lambda expression: references.symbol(module, expression)) if references else None,
            source=self._declared(instance),
            places=instance.places.inside(*instance.at),
            inherits_tags=references is None or references.has_default_tags(module, kind, name),
        )

    def _declared(self, instance: Instance) -> BlockBody | None:
        if self._origins is None:
            return None
        return self._origins.body(instance.module, instance.kind, instance.name)

    def _changes(
        self, document: Document, references: References | None, stack: str, planned: dict[str, Table]
    ) -> Iterator[TableChange]:
        gone = {
            arn
            for item in document.instances
            if item.kind == "aws_dynamodb_table" and "delete" in item.actions
            for arn in (_plain(_earlier(item), "arn"),)
            if arn is not None
        }
        for instance in document.instances:
            if not instance.actions or instance.actions == ("read",):
                continue
            if instance.kind == "aws_dynamodb_table":
                yield self._change(instance, stack, planned)
            elif instance.kind == "aws_dynamodb_table_replica" and instance.before is not None:
                table_arn = _plain(_earlier(instance), "global_table_arn")
                if table_arn not in gone:
                    yield self._replica_change(instance, table_arn, references, stack)

    def _change(self, instance: Instance, stack: str, planned: dict[str, Table]) -> TableChange:
        after = planned.get(instance.address) if instance.values is not None else None
        before = after if instance.actions == ("no-op",) else self._before(instance, stack)
        newest = after or before
        return TableChange(
            address=_address(instance),
            stack=stack,
            source="terraform-plan",
            resource_type=instance.kind,
            name=newest.name if newest else None,
            region=newest.region if newest else None,
            account=newest.account if newest else None,
            action=_action(instance),
            replaced_because=tuple(dict.fromkeys(_path_text(path) for path in instance.replace_paths)),
            before=before,
            after=after,
            locations={"": self._place(instance)},
        )

    def _replica_change(
        self, instance: Instance, table_arn: str | None, references: References | None, stack: str
    ) -> TableChange:
        """What happens to a replica that is a resource of its own; that of a table which goes too is not told of."""
        earlier = _earlier(instance)
        provider = _provider(earlier, references, self._region)
        context = Context(instance.address, stack, instance.kind, True, provider)
        return TableChange(
            address=_address(instance),
            stack=stack,
            source="terraform-plan",
            resource_type=instance.kind,
            name=unknown(f"{instance.address}.global_table_arn") if table_arn is None else table_arn.rpartition("/")[2],
            region=provider.region,
            account=provider.account,
            action=_action(instance),
            replaced_because=tuple(dict.fromkeys(_path_text(path) for path in instance.replace_paths)),
            replica=separate_replica(context, self._body(earlier, None)),
            replica_after=None
            if instance.values is None
            else separate_replica(context, self._body(instance, references)),
            locations={"": self._place(instance)},
        )

    def _place(self, instance: Instance) -> Location:
        declared = self._declared(instance)
        if declared is not None:
            return declared.header
        return instance.places.place(*instance.header) or self._header

    def _before(self, instance: Instance, stack: str) -> Table | None:
        if instance.before is None:
            return None
        for found in self._read(_earlier(instance), None, stack):
            if isinstance(found, TableDraft):
                return _with_source(found.table, "terraform-plan")
        return None


def _earlier(instance: Instance) -> Instance:
    """The instance as it is before the plan is applied."""
    return msgspec.structs.replace(
        instance,
        values=instance.before,
        unknown=False,
        sensitive=instance.before_sensitive,
        actions=(),
        at=(*instance.at[:-1], "before"),
    )


def _address(instance: Instance) -> str:
    """The address, as Terraform names what a replacement left behind."""
    return instance.address if instance.deposed is None else f"{instance.address} (deposed object {instance.deposed})"


def _action(instance: Instance) -> Value[str]:
    """Terraform's list of actions as one word; delete and create, in either order, is a replacement.

    What becomes of an existing resource is not known where Terraform puts that off.
    """
    actions = instance.actions
    if instance.deferred is not None and instance.before is not None:
        return unknown(f"{instance.address} (put off to a later plan: {instance.deferred})")
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


def _plain(instance: Instance, name: str) -> str | None:
    """A text of the instance that is known and not sensitive."""
    value = PlanBody(instance.address, instance.values or {}, _NOWHERE, sensitive=instance.sensitive).value(name)
    return value if isinstance(value, str) else None


def _provider(instance: Instance, references: References | None, fallback: str | None) -> ProviderConfig:
    """Region and account: the resource's own, its ARN's, else its provider configuration's, else the one given."""
    parts = (_plain(instance, "arn") or "").split(":")
    hidden_account: str | Unknown = unknown("provider aws account", symbol="provider aws account")
    account = parts[4] if len(parts) > 5 and parts[4] else hidden_account
    if at(instance.sensitive, "region") is True:
        return ProviderConfig(unknown(f"{instance.address}.region (sensitive)"), account, {})
    region = _plain(instance, "region") or (parts[3] if len(parts) > 5 else None)
    if region:
        return ProviderConfig(region, account, {})
    configured = references.region(instance.module, instance.kind, instance.name) if references else None
    if configured is None:
        configured = fallback or unknown("provider aws region", symbol="provider aws region")
    return ProviderConfig(configured, account, {})
