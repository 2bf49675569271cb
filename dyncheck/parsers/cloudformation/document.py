"""What reading a file gives: its tree, and what is odd about it but does not stop it from being read."""

from __future__ import annotations

from typing import Final

from dyncheck.errors import ParseError
from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.nodes import Entry, Node, Place

MAX_ENTRIES: Final = 2_000_000
"""More entries than this in one file (merge keys of merge keys) are refused."""


class Document:
    """A file under its path, with the problems that its parts show while they are looked into."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._entries = 0

    def problem(self, place: Place, message: str) -> None:
        """Record a problem at a place."""
        self.problems.append(Problem(self.path, place.line, place.column, message))

    def error(self, place: Place, message: str) -> ParseError:
        """An error that ends the reading of this file."""
        return ParseError(message, path=self.path, line=place.line, column=place.column)

    def spend(self, count: int, place: Place) -> None:
        """Account for entries made; raises ParseError when the file expands beyond all bounds."""
        self._entries += count
        if self._entries > MAX_ENTRIES:
            raise self.error(place, f"the file expands to more than {MAX_ENTRIES:,} entries")

    def put(self, entries: dict[str, Entry], key: str, entry: Entry) -> None:
        """Add an entry; a key that is there already is a problem, and the last one wins, as in CloudFormation."""
        first = entries.get(key)
        if first is not None:
            self.problem(
                entry.key,
                f'duplicate key "{key[:80]}" on lines {first.key.line} and {entry.key.line}: the last one wins',
            )
            del entries[key]
        entries[key] = entry
