"""YAML (and so JSON) as nodes with their places, for files whose mistakes are named by line and column."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from dyncheck.errors import ConfigError, ParseError


def read_text(path: Path, what: str) -> str:
    """The text of a file that errors call ``what``. Raises ConfigError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the {what}: {error}", path=str(path)) from None


def compose(text: str, path: str) -> Any:
    """The root node of a text, None for an empty one. Raises ParseError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ParseError(str(error.problem), path=path, line=line, column=column) from None
    except yaml.YAMLError as error:
        raise ParseError(f"not YAML: {error}", path=path) from None
    except RecursionError:
        raise ParseError("nested too deeply", path=path) from None


class NodeReader:
    """Takes nodes apart; every method raises ParseError with the place of what is wrong."""

    def __init__(self, path: str) -> None:
        self.path = path

    def number(self, name: str, node: Any) -> Decimal:
        """A finite number of at least 0."""
        if node.id != "scalar":
            raise self.error(node, f"{name} must be a number")
        try:
            number = Decimal(node.value.replace("_", ""))
        except InvalidOperation:
            raise self.error(node, f"{name} must be a number, found {node.value[:40]!r}") from None
        if not number.is_finite() or number < 0:
            raise self.error(node, f"{name} must be a finite number of at least 0, found {node.value[:40]}")
        return number

    def mapping(self, node: Any, known: tuple[str, ...]) -> dict[str, Any]:
        """The nodes of a mapping by key; each key is known and given once."""
        found: dict[str, Any] = {}
        for key, value in self.pairs(node):
            if key not in known:
                raise self.error(self.key_node(node, key), f"no such entry {key!r}{suggest(key, known)}")
            if key in found:
                raise self.error(self.key_node(node, key), f"{key!r} is given twice")
            found[key] = value
        return found

    def pairs(self, node: Any) -> list[tuple[str, Any]]:
        """The keys and nodes of a mapping."""
        if node.id != "mapping":
            raise self.error(node, "a mapping of names to values is expected here")
        return [(str(key.value), value) for key, value in node.value]

    def items(self, node: Any) -> list[Any]:
        """The nodes of a list."""
        if node.id != "sequence":
            raise self.error(node, "a list is expected here")
        return list(node.value)

    def key_node(self, node: Any, name: str) -> Any:
        """The node of a key, the last of that name."""
        return next((key for key, _ in reversed(node.value) if key.value == name), node)

    def error(self, node: Any, message: str) -> ParseError:
        """An error at a node."""
        mark = node.start_mark
        return ParseError(message, path=self.path, line=mark.line + 1, column=mark.column + 1)


def suggest(word: str, known: tuple[str, ...]) -> str:
    """What may have been meant, or what there is."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1)
    return f", did you mean {close[0]!r}?" if close else f"; known are {', '.join(known[:20])}"
