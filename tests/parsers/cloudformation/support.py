"""Templates written into a temporary directory, or lying under fixtures, through the real source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dyncheck.model import Problem, Table
from dyncheck.parsers.cloudformation.source import TemplateOptions, TemplateSource
from dyncheck.parsers.files import discover

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"

KEYS = """
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]"""


def collect(directory: Path, *named: str, region: str | None = None, parameters: tuple[Path, ...] = ()) -> list[Any]:
    """What the source yields for a directory, or for files of it that are named."""
    paths = [directory / name for name in named] or [directory]
    options = TemplateOptions(parameter_files=tuple(map(str, parameters)), region=region)
    return list(TemplateSource(discover(paths, directory), directory, options).collect())


def table(directory: Path, properties: str, sections: str = "", **options: Any) -> Table:
    """The one table ``T`` of a template with these properties (indented by six) and further sections; no problems."""
    text = f"{sections}\nResources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:{KEYS}\n{properties}\n"
    (directory / "template.yaml").write_text(text)
    (found,) = collect(directory, **options)
    assert isinstance(found, Table)
    return found


def problems(directory: Path, **files: str) -> list[str]:
    """The problems of files, as ``path:line:column: message``; ``name_yaml`` is the file ``name.yaml``."""
    for name, text in files.items():
        (directory / name.replace("_", ".")).write_text(text)
    return [shown(item) for item in collect(directory) if isinstance(item, Problem)]


def shown(problem: Problem) -> str:
    """A problem in one line."""
    return f"{problem.path}:{problem.line}:{problem.column}: {problem.message}"
