"""Which files may be templates around DynamoDB, found by a search in their bytes before anything is parsed."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Final

import msgspec

from dyncheck.parsers.cloudformation.nodes import MappingNode, Node
from dyncheck.parsers.files import read_bytes

_NEEDLES: Final = (b"AWS::DynamoDB::", b"AWS::DAX::", b"AWS::Serverless::SimpleTable")
_NESTING: Final = (b"AWS::CloudFormation::Stack", b"AWS::Serverless::Application")
_LEADS: Final = (*_NESTING, b"AWS::Include", b"${file(")
"""What brings other files in: such a file matters when it names one that does."""

_CHUNK: Final = 1 << 20
_OVERLAP: Final = 64
_TEXT_TEMPLATE: Final = re.compile(r"\{%|\{\{(?!\s*resolve:)|<%")


class Sight(msgspec.Struct, frozen=True):
    """What a look at files' bytes tells. ``relevant``: those that hold DynamoDB or DAX resources or lead to such;
    ``nesting``: others that seem to nest stacks. Both in the given order.
    """

    relevant: tuple[str, ...]
    nesting: tuple[str, ...]


def look_at(root: Path, paths: Iterable[str], named: Container[str] = ()) -> Sight:
    """Sort out the paths, which are relative to the root.

    A file that is ``named`` may lead to files that are not among the paths, so it is enough that it leads anywhere.
    """
    ordered = list(paths)
    found: set[str] = set()
    leading: dict[str, bytes] = {}
    for path in ordered:
        data = _data(str(root / path))
        if data is None or any(needle in data for needle in _NEEDLES):
            found.add(path)
        elif any(lead in data for lead in _LEADS):
            leading[path] = data
    found.update(path for path in leading if path in named)
    names = {_name(path) for path in found}
    while names and leading:
        reached = {path for path, data in leading.items() if any(name in data for name in names)}
        names = {_name(path) for path in reached}
        found |= reached
        leading = {path: data for path, data in leading.items() if path not in reached}
    nesting = {path for path, data in leading.items() if any(needle in data for needle in _NESTING)} - found
    return Sight(
        tuple(path for path in ordered if path in found),
        tuple(path for path in ordered if path in nesting),
    )


def _name(path: str) -> bytes:
    """The name of a file as another one writes it; it need not be UTF-8."""
    return os.path.basename(path).encode("utf-8", "surrogateescape")


def _data(location: str) -> bytes | None:
    """A file's bytes as far as the search needs them, None where it must be reported as unreadable or too large."""
    try:
        data = read_bytes(location)
    except OSError:
        return None
    except ValueError:
        return None if _holds_needle(location) else b""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.replace(b"\0", b"")
    return data


def _holds_needle(location: str) -> bool:
    """The search in a file that is too large to be read, piece by piece."""
    if not os.path.isfile(location):
        return False
    tail = b""
    with open(location, "rb") as file:
        while chunk := file.read(_CHUNK):
            data = tail + chunk
            if any(needle in data for needle in _NEEDLES):
                return True
            tail = data[-_OVERLAP:]
    return False


def is_text_template(text: str) -> bool:
    """Whether a text is made for a templating language (Jinja, Helm, ERB) that must run before it is YAML."""
    return bool(_TEXT_TEMPLATE.search(text))


def is_template(root: Node | None) -> bool:
    """Whether a document has the shape of a CloudFormation or SAM template."""
    return isinstance(root, MappingNode) and ("Resources" in root.entries or "AWSTemplateFormatVersion" in root.entries)


def is_serverless(root: Node | None) -> bool:
    """Whether a document has the shape of a Serverless Framework service."""
    return isinstance(root, MappingNode) and "provider" in root.entries and "service" in root.entries
