"""YAML (and so JSON) as nodes with their places, for files whose mistakes are named by line and column."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from dyncheck.errors import ConfigError, ParseError
from dyncheck.parsers import files

MAX_BYTES: Final = 16_000_000
"""Bytes of a file."""

MAX_ENTRIES: Final = 500_000
"""Entries of all mappings and lists that are gone through: aliases let a small file have very many."""

MAX_DEPTH: Final = 50
"""Levels of mappings and lists."""

MOST: Final = Decimal(10) ** 15
LEAST_EXPONENT: Final = -18
"""Digits after the point. Sums of larger numbers, or of more digits, would be no sums of money."""


def read_bytes(path: Path, what: str) -> bytes:
    """The bytes of a file that errors call ``what``. Raises ConfigError."""
    try:
        return files.read_bytes(str(path), MAX_BYTES)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot read the {what}: {reason}", path=str(path)) from None


def read_text(path: Path, what: str) -> str:
    """The text of a file that errors call ``what``. Raises ConfigError."""
    try:
        return read_bytes(path, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"the {what} is not UTF-8: {error}", path=str(path)) from None


def compose(text: str, path: str) -> Any:
    """The root node of a text, None for an empty one. Raises ParseError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # The composer calls itself for each level, and would take a whole process down.
        depth = 0
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise _too_deep(event.start_mark, path)
        return yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ParseError(str(error.problem), path=path, line=line, column=column) from None
    except yaml.YAMLError as error:
        raise ParseError(f"not YAML: {error}", path=path) from None


def _too_deep(mark: Any, path: str) -> ParseError:
    return ParseError("nested too deeply", path=path, line=mark.line + 1, column=mark.column + 1)


class NodeReader:
    """Takes nodes apart; every method raises ParseError with the place of what is wrong."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._entries = 0

    def number(self, name: str, node: Any) -> Decimal:
        """A finite number of at least 0."""
        if node.id != "scalar":
            raise self.error(node, f"{name} must be a number")
        shown = repr(node.value[:40])
        try:
            number = Decimal(node.value.replace("_", "")) if node.value.isascii() else None
        except InvalidOperation:
            number = None
        if number is None:
            raise self.error(node, f"{name} must be a number, found {shown}")
        if not number.is_finite() or number < 0:
            raise self.error(node, f"{name} must be a finite number of at least 0, found {shown}")
        exponent = number.as_tuple().exponent
        if number > MOST or not isinstance(exponent, int) or exponent < LEAST_EXPONENT:
            raise self.error(
                node, f"{name} must be at most {MOST:.0E}, with {-LEAST_EXPONENT} digits after the point, found {shown}"
            )
        return number

    def mapping(self, node: Any, known: tuple[str, ...]) -> dict[str, Any]:
        """The nodes of a mapping by key; each key is known and given once."""
        found = dict(self.pairs(node))
        for key in found:
            if key not in known:
                raise self.error(self.key_node(node, key), f"no such entry {key!r}{suggest(key, known)}")
        return found

    def pairs(self, node: Any) -> list[tuple[str, Any]]:
        """The keys and nodes of a mapping; each key is a text, and given once."""
        if node.id != "mapping":
            raise self.error(node, "a mapping of names to values is expected here")
        found: dict[str, Any] = {}
        for key, value in node.value:
            self._count(key)
            if key.id != "scalar":
                raise self.error(key, "a name is expected here")
            if key.value in found:
                raise self.error(key, f"{key.value!r} is given twice")
            found[key.value] = value
        return list(found.items())

    def items(self, node: Any) -> list[Any]:
        """The nodes of a list."""
        if node.id != "sequence":
            raise self.error(node, "a list is expected here")
        for item in node.value:
            self._count(item)
        return list(node.value)

    def key_node(self, node: Any, name: str) -> Any:
        """The node of a key, the last of that name."""
        return next((key for key, _ in reversed(node.value) if key.value == name), node)

    def _count(self, node: Any) -> None:
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise self.error(node, f"there are more than {MAX_ENTRIES:,} entries")

    def error(self, node: Any, message: str) -> ParseError:
        """An error at a node."""
        mark = node.start_mark
        return ParseError(message, path=self.path, line=mark.line + 1, column=mark.column + 1)


def suggest(word: str, known: tuple[str, ...]) -> str:
    """What may have been meant, or what there is."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1)
    if close:
        return f", did you mean {close[0]!r}?"
    return f"; known are {', '.join(known[:20])}" if known else ""
