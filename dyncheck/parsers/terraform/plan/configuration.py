"""The configuration in a plan, without the resources that nothing asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from dyncheck.parsers.json_stream import JsonStream

MAX_MODULES: Final = 100
"""Modules inside of each other."""

_LOOKED_UP: Final = ("aws_kms_alias", "aws_kms_key")
"""Data sources that say which key is meant."""


class _Resource(msgspec.Struct, frozen=True):
    mode: str = "managed"
    type: str = ""


def read_configuration(stream: JsonStream, wanted: Callable[[str], bool]) -> dict[str, Any]:
    """Providers, and the modules with their variables, outputs, calls, and the resources of wanted types."""
    found: dict[str, Any] = {}
    for key in stream.members():
        if key == "provider_config":
            found[key] = stream.value()
        elif key == "root_module" and stream.peek() == b"{":
            found[key] = _module(stream, wanted, 0)
        else:
            stream.skip()
    return found


def _module(stream: JsonStream, wanted: Callable[[str], bool], depth: int) -> dict[str, Any]:
    if depth > MAX_MODULES:
        raise stream.error("it is nested too deeply")
    found: dict[str, Any] = {}
    for key in stream.members():
        if key in ("variables", "outputs"):
            found[key] = stream.value()
        elif key == "resources" and stream.peek() == b"[":
            texts = [text for _ in stream.items() if _is_wanted(stream, text := stream.take(), wanted)]
            found[key] = [stream.decode(text) for text in texts]
        elif key == "module_calls" and stream.peek() == b"{":
            found[key] = {name: _call(stream, wanted, depth) for name in stream.members()}
        else:
            stream.skip()
    return found


def _call(stream: JsonStream, wanted: Callable[[str], bool], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in stream.members():
        if key == "module" and stream.peek() == b"{":
            found[key] = _module(stream, wanted, depth + 1)
        elif key == "expressions":
            found[key] = stream.value()
        else:
            stream.skip()
    return found


def _is_wanted(stream: JsonStream, text: bytes, wanted: Callable[[str], bool]) -> bool:
    resource = stream.decode(text, _Resource)
    return wanted(resource.type) if resource.mode == "managed" else resource.type in _LOOKED_UP
