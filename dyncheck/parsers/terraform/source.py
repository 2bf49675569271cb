"""Terraform as a source: every root module is a stack, whose resources are read through its whole module tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from dyncheck.model import DaxCluster
from dyncheck.parsers.attachments import KmsKeyAttachment, Stack, TableDraft
from dyncheck.parsers.base import Collected
from dyncheck.parsers.joins import join
from dyncheck.parsers.reads import Reads
from dyncheck.parsers.terraform import attachments_operations as operations
from dyncheck.parsers.terraform import attachments_scaling as scaling
from dyncheck.parsers.terraform import attachments_streams as streams
from dyncheck.parsers.terraform import attachments_tables as neighbours
from dyncheck.parsers.terraform.body import Body
from dyncheck.parsers.terraform.configuration import Configuration
from dyncheck.parsers.terraform.dax import dax_cluster
from dyncheck.parsers.terraform.module_directory import ModuleDirectory
from dyncheck.parsers.terraform.modules import Called, MissingModule, Module
from dyncheck.parsers.terraform.program import Program, TerraformOptions, join_path
from dyncheck.parsers.terraform.reading import Context
from dyncheck.parsers.terraform.registry import RegistryModule
from dyncheck.parsers.terraform.syntax import Literal
from dyncheck.parsers.terraform.tables import table_draft
from dyncheck.parsers.terraform.undecided import both

__all__ = ["READERS", "TerraformOptions", "TerraformSource"]

Reader = Callable[[Context, Body], Any]

READERS: Final[dict[str, Reader]] = {
    "aws_dynamodb_table": table_draft,
    "aws_dynamodb_table_replica": neighbours.replica,
    "aws_dynamodb_global_table": neighbours.global_table,
    "aws_dynamodb_global_secondary_index": neighbours.index,
    "aws_dynamodb_resource_policy": neighbours.resource_policy,
    "aws_dynamodb_kinesis_streaming_destination": neighbours.kinesis_destination,
    "aws_dynamodb_contributor_insights": neighbours.insights,
    "aws_dynamodb_tag": neighbours.tag,
    "aws_dynamodb_table_item": neighbours.item,
    "aws_appautoscaling_target": scaling.scalable_target,
    "aws_appautoscaling_policy": scaling.scaling_policy,
    "aws_lambda_event_source_mapping": streams.event_source_mapping,
    "aws_pipes_pipe": streams.pipe,
    "aws_backup_selection": operations.backup_selection,
    "aws_cloudwatch_metric_alarm": operations.alarms,
    "aws_kms_key": operations.kms_key,
    "aws_kms_replica_key": operations.kms_key,
    "aws_kms_external_key": operations.kms_key,
    "aws_kms_replica_external_key": operations.kms_key,
    "aws_kms_alias": operations.kms_alias,
    "aws_dax_cluster": dax_cluster,
}
"""The types of resource that matter, each with what reads it."""


class TerraformSource:
    """The Terraform code of a scan.

    ``directories``: those that can matter (``Configuration.relevant``). ``through``: when it is given, only the stacks
    that lead through one of these directories are read, and those that may read one of the files sought by ``reads``.
    """

    def __init__(
        self,
        configuration: Configuration,
        directories: Sequence[str],
        options: TerraformOptions | None = None,
        *,
        through: frozenset[str] | None = None,
        reads: Reads | None = None,
    ) -> None:
        self._directories = tuple(directories)
        self._through = through
        self._program = Program(configuration, options or TerraformOptions(), reads)

    def collect(self) -> Iterator[Collected]:
        """The resources of every root module in order, then the problems."""
        for path in self._roots():
            directory = self._program.directory(path)
            if directory is not None:
                self._program.start_root()
                yield from self._stack(Module(self._program, directory))
        self._check_unread()
        yield from self._program.problems()
        yield from self._program.configuration.problems

    def _check_unread(self) -> None:
        """Parse what no table asked for, since a file that Terraform itself refuses must not look healthy."""
        for path in self._directories:
            asked = self._through is None or path in self._through
            directory = self._program.directory(path) if asked else None
            if directory is not None:
                directory.parse_all()

    def _roots(self) -> list[str]:
        """The directories that no scanned code calls; of modules that only call each other, one."""
        calls = {path: self._called_by(path) for path in self._directories}
        called = set().union(*(targets for path, targets in calls.items() if targets))
        roots = [path for path in sorted(calls) if path not in called]
        reached: set[str] = set()
        for root in [*roots, *sorted(called & calls.keys())]:
            if root in reached:
                continue
            if root in called:
                roots.append(root)
            reached |= _reachable(root, calls)
        if self._through is not None:
            self._complete(calls)
            roots = [root for root in roots if self._is_wanted(_reachable(root, calls), self._through)]
        return sorted(roots)

    def _complete(self, calls: dict[str, frozenset[str]]) -> None:
        """Add the calls of modules that have no tables themselves, but may give values to those that have."""
        waiting = [target for targets in calls.values() for target in targets]
        while waiting:
            path = waiting.pop()
            if path not in calls:
                calls[path] = self._called_by(path)
                waiting.extend(calls[path])

    def _is_wanted(self, directories: set[str], through: frozenset[str]) -> bool:
        """Whether a stack of some directories may be touched by the change."""
        if not through.isdisjoint(directories):
            return True
        program = self._program
        reads = program.reads is not None and bool(program.reads.sought)
        return reads and any(program.configuration.reads_files(path) for path in directories)

    def _called_by(self, path: str) -> frozenset[str]:
        """The local directories that a directory's module calls name."""
        directory = self._program.directory(path)
        return frozenset() if directory is None else frozenset(_local_sources(directory))

    def _stack(self, root: Module) -> Iterator[Collected]:
        drafts: list[TableDraft] = []
        attachments: list[Any] = []
        keys: list[KmsKeyAttachment] = []
        aliases: list[operations.KmsAlias] = []
        for declaration in self._declarations(root):
            if isinstance(declaration, TableDraft):
                drafts.append(declaration)
            elif isinstance(declaration, DaxCluster):
                yield declaration
            elif isinstance(declaration, KmsKeyAttachment):
                keys.append(declaration)
            elif isinstance(declaration, operations.KmsAlias):
                aliases.append(declaration)
            else:
                attachments.append(declaration)
        attachments += operations.with_aliases(keys, aliases)
        if drafts or attachments:
            stack = Stack(root.directory.path, "terraform", tuple(drafts), tuple(attachments))
            yield from join(stack)

    def _declarations(self, root: Module) -> Iterator[Any]:
        """What the resources of a module tree declare, module by module."""
        stack = root.directory.path
        waiting: list[Any] = [root]
        while waiting:
            module = waiting.pop()
            if isinstance(module, RegistryModule):
                yield from _registered(module, stack)
            elif isinstance(module, Module):
                yield from _declared(module, stack)
                waiting.extend(reversed([child for child in module.children() if _may_exist(child)]))


def _reachable(root: str, calls: Mapping[str, frozenset[str]]) -> set[str]:
    """A directory and all those that it leads to."""
    reached: set[str] = set()
    waiting = [root]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting.extend(calls.get(path, ()))
    return reached


def _may_exist(called: Called) -> bool:
    return not isinstance(called, MissingModule) and called.presence is not False


def _declared(module: Module, stack: str) -> Iterator[Any]:
    for ref in module.directory.refs("resource"):
        reader = READERS.get(ref.labels[0]) if len(ref.labels) == 2 else None
        if reader is None:
            continue
        _, objects = module.instances(ref)
        for found in objects.values():
            if found.presence is not False:
                context = Context(found.address, stack, found.kind, found.presence, found.provider)
                yield from _read(reader, context, found.body)


def _registered(module: RegistryModule, stack: str) -> Iterator[Any]:
    provider = module.caller.provider("aws")
    for declared in module.resources():
        presence = both(module.presence, declared.presence)
        if presence is not False:
            context = Context(f"{module.address}.{declared.address}", stack, declared.kind, presence, provider)
            yield from _read(READERS[declared.kind], context, declared.body)


def _read(reader: Reader, context: Context, body: Body) -> Iterable[Any]:
    declaration = reader(context, body)
    if declaration is None:
        return ()
    return declaration if isinstance(declaration, Iterator) else (declaration,)


def _local_sources(directory: ModuleDirectory) -> Iterator[str]:
    for ref in directory.refs("module"):
        block = directory.block(ref)
        source = block.attribute("source") if block is not None else None
        if source is not None and isinstance(source.expr, Literal) and isinstance(source.expr.value, str):
            text = source.expr.value
            if text.startswith(("./", "../")) or text in (".", ".."):
                path = join_path(directory.path, text)
                if path is not None:
                    yield path
