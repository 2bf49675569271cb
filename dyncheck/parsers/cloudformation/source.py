"""CloudFormation, SAM, CDK and Serverless Framework templates as a source of resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from dyncheck.errors import ParseError
from dyncheck.model import Problem
from dyncheck.parsers.base import Collected
from dyncheck.parsers.cloudformation.cdk import Assemblies
from dyncheck.parsers.cloudformation.context import Context, Documents
from dyncheck.parsers.cloudformation.detect import is_serverless, is_template, look_at
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.nested import missing_templates, nested_files
from dyncheck.parsers.cloudformation.nodes import MappingNode, ScalarNode
from dyncheck.parsers.cloudformation.parameters import load_parameters
from dyncheck.parsers.cloudformation.serverless import included_files, open_service, stream_events
from dyncheck.parsers.cloudformation.stack import read_stack
from dyncheck.parsers.cloudformation.template import Template
from dyncheck.parsers.files import FileSet
from dyncheck.parsers.joins import join
from dyncheck.parsers.reads import Reads


class TemplateOptions(msgspec.Struct, frozen=True):
    """``parameter_files``: values for templates' parameters, later files winning. ``region``: of the stacks."""

    parameter_files: tuple[str, ...] = ()
    region: str | None = None


class TemplateSource:
    """Every template of a file set. A template nested in another one is read there, with its parameters."""

    def __init__(self, file_set: FileSet, root: Path, options: TemplateOptions, *, reads: Reads | None = None) -> None:
        """``root``: the root of the scan. ``reads``: takes notes of what stacks read, where anybody wants them.

        Raises ConfigError for a parameters file that cannot be used.
        """
        self._file_set = file_set
        self._root = root
        self._options = options
        self._reads = reads
        self._given = load_parameters(options.parameter_files)
        self._documents = Documents(root)
        self._assemblies = Assemblies(root)

    def collect(self) -> Iterator[Collected]:
        """The resources of every template, and the problems met on the way, template by template."""
        sight = look_at(self._root, self._file_set.templates, self._file_set.named)
        candidates = set(sight.relevant)
        documents: dict[str, Document] = {}
        for path in self._file_set.templates:
            if path in candidates:
                found = self._open(path)
                if isinstance(found, Document):
                    documents[path] = found
                elif found is not None:
                    yield found
            elif path in self._file_set.named:
                note = self._note(path)
                if note is not None:
                    yield note
        read: set[str] = set()
        inner = self._inner(documents)
        for path in (*(path for path in documents if path not in inner), *documents):
            if path not in read:
                read.add(path)
                yield from self._read(documents[path], read)
        yield from self._missing([*documents.values(), *self._templates(sight.nesting)])

    def _templates(self, paths: Iterable[str]) -> Iterator[Document]:
        """Those of the files that are templates."""
        for path in paths:
            found = self._documents.get(path)
            if isinstance(found, Document) and is_template(found.root):
                yield found

    def _missing(self, documents: Iterable[Document]) -> Iterator[Problem]:
        """One note on all nested stacks whose templates are elsewhere."""
        missing: dict[str, Problem] = {}
        for document in documents:
            for name, place in missing_templates(self._documents, document):
                missing.setdefault(name, Problem(document.path, place.line, place.column, "", "note"))
        if missing:
            names = sorted(missing)
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            first = min(missing.values())
            message = f"{_NOT_AT_HAND}: {', '.join(names[:_LISTED])}{more}"
            yield Problem(first.path, first.line, first.column, message, "note")

    def _open(self, path: str) -> Document | Problem | None:
        """The document of a template; a problem; or None for a file that is no template."""
        found = self._documents.get(path)
        named = path in self._file_set.named
        if isinstance(found, Problem):
            if not self._documents.is_text_template(path):
                return found
            return Problem(path, found.line, found.column, _NEEDS_RENDERING) if named else None
        if is_serverless(found.root) or is_template(found.root):
            return found
        return Problem(path, 1, 1, _NO_TEMPLATE, "note") if named else None

    def _note(self, path: str) -> Problem | None:
        """What to say of a file that was named, but holds nothing of DynamoDB's: what is broken in it, at least."""
        found = self._documents.get(path)
        if isinstance(found, Problem):
            if self._documents.is_text_template(path):
                return Problem(path, found.line, found.column, _NEEDS_RENDERING, "note")
            return found
        if is_serverless(found.root) or is_template(found.root):
            return None
        return Problem(path, 1, 1, _NO_TEMPLATE, "note")

    def _inner(self, documents: dict[str, Document]) -> set[str]:
        """The documents that others bring in, which are not stacks of their own."""
        found: set[str] = set()
        for path, document in documents.items():
            brought = included_files(self._documents, path) if is_serverless(document.root) else set()
            found |= (brought | nested_files(self._documents, document)) - {path}
        return found

    def _read(self, document: Document, read: set[str]) -> Iterator[Collected]:
        environment = self._assemblies.environment(document.path)
        context = Context(
            self._documents,
            document.path,
            region=environment.region or self._options.region,
            account=environment.account,
        )
        self._documents.touched.clear()
        self._documents.missed.clear()
        resources: list[Any] = []
        try:
            resources = self._resources(document, context)
        except ParseError as error:
            context.problems[Problem(error.path, error.line, error.column, error.message)] = None
        read |= self._documents.touched
        if self._reads is not None:
            for path in (*self._documents.touched, *self._documents.missed):
                self._reads.note_file(document.path, path)
        yield from resources
        yield from sorted({*context.problems, *self._documents.new_problems()})

    def _resources(self, document: Document, context: Context) -> list[Any]:
        root = document.root
        if not isinstance(root, MappingNode):
            return []
        extra: list[Any] = []
        if is_serverless(root):
            template = open_service(document, root, context)
            extra.extend(stream_events(template, document, root))
        else:
            section = root.entries.get("Resources")
            if section is not None and not isinstance(section.node, MappingNode):
                if not isinstance(section.node, ScalarNode) or section.node.value is not None:
                    context.problem(document.path, section.key, "Resources must be a mapping of logical ids")
                return []
            template = Template([(document, root)], context, given=dict(self._given))
        stack, clusters = read_stack(template, extra)
        return [*join(stack), *clusters]


_NO_TEMPLATE = "not a CloudFormation template: it has no Resources"
_NEEDS_RENDERING = "made for a templating language: render it first"
_NOT_AT_HAND = "templates of nested stacks that are not in the scanned files were not looked into"
_LISTED = 12
