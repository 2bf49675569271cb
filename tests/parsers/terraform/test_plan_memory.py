"""How much of a plan is in memory: its tables and a window, however large it is."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator

from dyncheck.parsers.json_stream import WINDOW
from dyncheck.parsers.terraform.plan.document import read_document
from dyncheck.parsers.terraform.source import READERS

RESOURCES = 5_000
TAGS = {f"key-{number}": "a value of some length" for number in range(40)}


class Pieces(io.RawIOBase):
    """A file whose content is made as it is read, and made again from the start after ``seek(0)``."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert (offset, whence) == (0, 0)
        self._pieces = pieces()
        self._rest = b""
        return 0

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, "")):
            self._rest += piece.encode()
        found, self._rest = self._rest[:size], self._rest[size:]
        self.passed += len(found)
        return found


def pieces() -> Iterator[str]:
    """A plan in which each resource stands three times, and a configuration as large again."""
    yield '{"format_version": "1.2", "planned_values": {"root_module": {"resources": ['
    yield json.dumps(resource("aws_instance", "first"))
    for number in range(RESOURCES):
        yield ", " + json.dumps(resource("aws_instance", f"x{number}") | {"values": {"tags": TAGS}})
    yield ']}}, "resource_changes": ['
    for number in range(RESOURCES):
        kind = "aws_dynamodb_table" if number % (RESOURCES // 4) == 0 else "aws_instance"
        change = {"actions": ["create"], "before": None, "after": {"name": "t", "tags": TAGS}, "after_unknown": {}}
        yield json.dumps(resource(kind, f"x{number}") | {"change": change}) + ", "
    yield json.dumps(resource("aws_instance", "last"))
    yield '], "configuration": {"root_module": {"resources": ['
    for number in range(RESOURCES):
        expressions = {"tags": {"constant_value": TAGS}}
        yield json.dumps(resource("aws_instance", f"x{number}") | {"expressions": expressions}) + ", "
    yield json.dumps(resource("aws_instance", "last"))
    yield "]}}}"


def resource(kind: str, name: str) -> dict[str, object]:
    return {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name}


def test_memory_grows_with_the_tables_and_not_with_the_document() -> None:
    file = Pieces()
    tracemalloc.start()
    try:
        document = read_document(file, "plan.json", READERS.__contains__)  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(document.instances) == 4
    assert file.passed > 20 * WINDOW
    assert peak < 8 * WINDOW
