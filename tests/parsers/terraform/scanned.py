"""Terraform code through the real reading, evaluation and joins, and resources as plain data to compare."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from dyncheck.location import Location
from dyncheck.model import Located, Problem, Table
from dyncheck.parsers.files import discover
from dyncheck.parsers.terraform.configuration import Configuration
from dyncheck.parsers.terraform.source import TerraformOptions, TerraformSource
from dyncheck.values import ABSENT, Choice, OpenList, Unknown

FIXTURES = Path(__file__).parents[3] / "fixtures" / "parsers" / "terraform"


class Scan:
    """What came out of one scan."""

    def __init__(self, found: list[Any]) -> None:
        self.problems = [item for item in found if isinstance(item, Problem)]
        self.resources = [item for item in found if not isinstance(item, Problem)]
        self.tables = {item.address: item for item in self.resources if isinstance(item, Table)}

    @property
    def table(self) -> Table:
        """The only table."""
        (only,) = self.tables.values()
        return only

    def messages(self) -> list[str]:
        """The problems as ``path:line message``."""
        return [f"{problem.path}:{problem.line} {problem.message}" for problem in self.problems]


def scan(directory: Path, root: Path | None = None, **options: Any) -> Scan:
    """Scan a directory below a root (itself by default)."""
    root = root or directory
    configuration = Configuration(root)
    directories = configuration.relevant(discover([directory], root))
    return Scan(list(TerraformSource(configuration, directories, TerraformOptions(**options)).collect()))


def scan_files(root: Path, files: Mapping[str, str], **options: Any) -> Scan:
    """Write files below a directory and scan it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return scan(root, **options)


def shown(value: Any) -> Any:
    """A part of the model as plain data, without what is at its default."""
    if isinstance(value, Unknown):
        return {"unknown": sorted(value.because)}
    if isinstance(value, OpenList):
        return {"open": shown(value.items), "because": sorted(value.because)}
    if isinstance(value, Choice):
        return {"if": value.condition.text, "then": shown(value.if_true), "else": shown(value.if_false)}
    if value is ABSENT:
        return "absent"
    if isinstance(value, (tuple, list)):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        held = {field.name: (getattr(value, field.name), field) for field in fields if field.name != "locations"}
        return {name: shown(item) for name, (item, field) in held.items() if not _is_default(item, field)}
    return value


def _is_default(value: Any, field: Any) -> bool:
    default = field.default
    if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    return type(value) is type(default) and shown(value) == shown(default)


def placed(value: Any) -> dict[str, str]:
    """Every place in a part of the model, by dotted path: ``path:line:column-line:column``."""
    found: dict[str, str] = {}

    def visit(node: Any, path: str) -> None:
        if isinstance(node, Located):
            for name, location in node.locations.items():
                found[".".join(part for part in (path, name) if part)] = _place(location)
        if isinstance(node, (tuple, list)):
            for index, item in enumerate(node):
                visit(item, f"{path}[{index}]")
        elif isinstance(node, OpenList):
            visit(node.items, path)
        elif isinstance(node, msgspec.Struct) and not isinstance(node, Unknown):
            for name in node.__struct_fields__:
                if name != "locations":
                    visit(getattr(node, name), f"{path}.{name}" if path else name)

    visit(value, "")
    return found


def _place(location: Location) -> str:
    span = location.span
    text = f"{span.path}:{span.line}:{span.column}-{span.end_line}:{span.end_column}"
    return text + "".join(f" <- {related.span.path}:{related.span.line}" for related in location.related)
