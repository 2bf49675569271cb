"""A configuration file as plain data, with the place of every part of it."""

from __future__ import annotations

import datetime
import os
from typing import Any, Final

import msgspec

from dyncheck.config.discovery import PYPROJECT, shown
from dyncheck.errors import ConfigError, RuleError
from dyncheck.parsers.files import read_bytes
from dyncheck.policy.documents import Document, Fields, PathStep
from dyncheck.policy.limits import MAX_FILE_BYTES
from dyncheck.settings import Origin

_TABLE: Final = ("tool", "dyncheck")


class ConfigFile(msgspec.Struct, frozen=True):
    """A configuration file. ``file``: its absolute path; ``data``: its settings; ``document``: its parts, for YAML.

    ``first``: the line on which its table begins, for TOML.
    """

    file: str
    data: dict[str, Any]
    document: Document | None = None
    first: int = 1

    def origin(self, steps: tuple[PathStep, ...], *, key: bool = False) -> Origin:
        """The place of a part, or of the key that it goes by."""
        name = shown(self.file)
        if self.document is None:
            return Origin(self.file, name, self.first, pointer=pointer_of((*_TABLE, *steps)))
        node = self.document.find(steps)
        while node is None:
            steps = steps[:-1]
            node = self.document.find(steps)
        holder = self.document.find(steps[:-1]) if steps else None
        if key and isinstance(holder, Fields) and isinstance(steps[-1], str):
            node = holder.keys[steps[-1]]
        return Origin(self.file, name, node.line, node.column)


def pointer_of(steps: tuple[PathStep, ...]) -> str:
    """The JSON pointer of a path (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def error_at(message: str, origin: Origin) -> ConfigError:
    """An error at a place: with line and column, or with the JSON pointer in TOML."""
    if origin.pointer:
        return ConfigError(message, path=origin.shown, pointer=origin.pointer)
    return ConfigError(message, path=f"{origin.shown}:{origin.line}:{origin.column}")


def read_file(path: str) -> ConfigFile:
    """A configuration file's data, not yet checked. Raises ConfigError for what is no YAML or TOML, or no mapping."""
    name = shown(path)
    try:
        data = read_bytes(path)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=name) from None
    except ValueError as error:
        raise ConfigError(f"cannot be read: {error}", path=name) from None
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError(f"the file is larger than {MAX_FILE_BYTES // 1024} KiB", path=name)
    file = os.path.realpath(path)
    if path.endswith(".toml"):
        table = toml_table(data, name)
        if os.path.basename(path) != PYPROJECT and table is None:
            raise ConfigError("there is no table [tool.dyncheck]", path=name)
        return ConfigFile(file, table or {}, None, _first_line(data))
    document = _read_yaml(data, name)
    if not isinstance(document.root, Fields):
        raise ConfigError("a configuration is a mapping of settings", path=f"{name}:1:1")
    return ConfigFile(file, document.root.plain(), document)


def toml_table(data: bytes, name: str) -> dict[str, Any] | None:
    """The table ``[tool.dyncheck]`` of a text, None where there is none. Raises ConfigError for what is no TOML."""
    import tomllib

    if len(data) > MAX_FILE_BYTES:
        raise ConfigError(f"the file is larger than {MAX_FILE_BYTES // 1024} KiB", path=name)
    try:
        found: Any = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not TOML: {error}", path=name) from None
    except RecursionError:
        raise ConfigError("not read: nested too deeply", path=name) from None
    for depth, key in enumerate(_TABLE, start=1):
        if not isinstance(found, dict) or key not in found:
            return None
        found = found[key]
        if not isinstance(found, dict):
            raise ConfigError("must be a table", path=name, pointer=pointer_of(_TABLE[:depth]))
    return {key: _plain(value) for key, value in found.items()}


def _plain(value: Any) -> Any:
    """The value with dates as text, as YAML has them."""
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def _read_yaml(data: bytes, name: str) -> Document:
    from dyncheck.policy.documents import read_document

    try:
        return read_document(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("the file is not UTF-8", path=f"{name}:{line}") from None
    except RuleError as error:
        raise ConfigError(error.message, path=f"{name}:{error.line}:{error.column}") from None


def _first_line(data: bytes) -> int:
    """The line on which the table seems to begin, for reports, which show lines."""
    for number, line in enumerate(data.splitlines(), start=1):
        if line.lstrip().startswith(b"[") and b"dyncheck" in line:
            return number
    return 1
