"""What the evaluation of a root template and of its nested stacks shares: settings, files, problems and bounds."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any, Final, Literal

from dyncheck.errors import ParseError
from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.detect import is_text_template
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.nodes import Place
from dyncheck.parsers.cloudformation.reading import read_document
from dyncheck.parsers.files import read_source
from dyncheck.values import Unknown, unknown

MAX_STEPS: Final = 250_000
"""Values worked out for one root template; what needs more is not a template but an attack."""

MAX_EVALUATION_DEPTH: Final = 60
"""Nesting of values and references; CloudFormation's own templates stay under 20."""


class Documents:
    """The files of the tree, each read once. A file outside the root is not read.

    ``touched``: paths asked for. ``missed``: paths that files name where there is no file.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._documents: dict[str, Document | Problem] = {}
        self._text_templates: set[str] = set()
        self.touched: set[str] = set()
        self.missed: set[str] = set()

    def get(self, path: str) -> Document | Problem:
        """The document at a path relative to the root, or the problem that stands in its way."""
        self.touched.add(path)
        found = self._documents.get(path)
        if found is None:
            found = self._documents[path] = self._read(path)
        return found

    def resolve(self, base: str, location: str) -> str | None:
        """The path of a local file named in a file, relative to the root; None where there is none inside the root."""
        if "://" in location or "\0" in location:
            return None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(base), location))
        try:
            real = (self._root / path).resolve()
            inside = real.is_relative_to(self._root) and real.is_file()
        except (OSError, RuntimeError, ValueError):
            return None
        if not inside:
            self.missed.add(path)
        return path if inside else None

    def is_text_template(self, path: str) -> bool:
        """Whether a file could not be read because it is made for a templating language."""
        return path in self._text_templates

    def new_problems(self) -> list[Problem]:
        """What the documents have shown since the last time."""
        found: list[Problem] = []
        for document in self._documents.values():
            if isinstance(document, Document) and document.problems:
                found += document.problems
                document.problems = []
        return found

    def _read(self, path: str) -> Document | Problem:
        notes: list[Problem] = []
        text = read_source(self._root, path, notes=notes)
        if isinstance(text, Problem):
            return text
        try:
            document = read_document(text, path)
            document.problems += notes
            return document
        except ParseError as error:
            if is_text_template(text):
                self._text_templates.add(path)
            return Problem(error.path, error.line, error.column, error.message)


class Context:
    """Shared by a root template and the stacks nested in it.

    ``stack``: the path of the root template. ``region``, ``account``: known or Unknown. ``domains``: all values that
    the symbol of a parameter may take, where they are known. ``keys``: what stands behind the symbols of KMS keys and
    aliases (:func:`dyncheck.parsers.encryption.classify`).
    """

    def __init__(self, documents: Documents, stack: str, *, region: Any = None, account: str | None = None) -> None:
        self.documents = documents
        self.stack = stack
        self.region: Any = region or unknown("AWS::Region", symbol="AWS::Region")
        self.account: str | Unknown = account or unknown("AWS::AccountId", symbol="AWS::AccountId")
        self.problems: dict[Problem, None] = {}
        self.keys: dict[str, str] = {}
        self.domains: dict[str, tuple[str, ...]] = {}
        self._steps = 0
        self._depth = 0

    def problem(self, path: str, place: Place, message: str, level: Literal["error", "note"] = "error") -> None:
        """Record a problem once."""
        self.problems[Problem(path, place.line, place.column, message, level)] = None

    def enter(self, path: str, place: Place) -> None:
        """Account for one value; raises ParseError beyond the bounds. Every call needs a :meth:`leave`."""
        self._steps += 1
        self._depth += 1
        if self._steps > MAX_STEPS:
            raise ParseError(
                f"the template expands to more than {MAX_STEPS:,} values",
                path=path,
                line=place.line,
                column=place.column,
            )
        if self._depth > MAX_EVALUATION_DEPTH:
            raise ParseError("values nested too deeply", path=path, line=place.line, column=place.column)

    def leave(self) -> None:
        """One value is done."""
        self._depth -= 1
