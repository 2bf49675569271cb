"""The families of input of a scan, each imported only when there is something for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from dyncheck.errors import ParseError
from dyncheck.inputs import text_as_file
from dyncheck.model import Problem, Resource
from dyncheck.parsers.base import Collected, Source
from dyncheck.parsers.files import FileSet, discover
from dyncheck.settings import Settings


def sources(settings: Settings, root: Path, files: FileSet, environment: Mapping[str, str]) -> Iterator[Source]:
    """The sources for files below a root. ``environment``: where ``TF_VAR_*`` are looked up."""
    wanted = settings.frameworks or ("terraform", "cloudformation")
    if "terraform" in wanted and files.terraform_dirs:
        yield _terraform(settings, root, files, environment)
    if "cloudformation" in wanted and files.templates:
        yield _cloudformation(settings, root, files)


def collect_text(text: str, name: str) -> tuple[Collected, ...]:
    """What the real parsers make of one file's text, which stands alone: no variables, no cache, no environment."""
    with text_as_file(text.encode("utf-8", "surrogateescape"), name) as (root, path):
        files = discover([path], root)
        settings = Settings(cache=False)
        found = (source.collect() for source in sources(settings, root, files, {}))
        return (*files.problems, *(item for items in found for item in items))


def read_example(source: Literal["terraform", "cloudformation"], text: str) -> tuple[Resource, ...]:
    """The resources of a rule's example. Raises ParseError when the example cannot be read."""
    name = "main.tf" if source == "terraform" else "template.yaml"
    resources = []
    for item in collect_text(text, name):
        if not isinstance(item, Problem):
            resources.append(item)
        elif item.level == "error":
            raise ParseError(item.message, path=item.path, line=item.line, column=item.column)
    return tuple(resources)


def _terraform(settings: Settings, root: Path, files: FileSet, environment: Mapping[str, str]) -> Source:
    from dyncheck.parsers.terraform.cache import Cache
    from dyncheck.parsers.terraform.configuration import Configuration
    from dyncheck.parsers.terraform.source import TerraformOptions, TerraformSource

    configuration = Configuration(root, Cache.default() if settings.cache else None)
    directories = configuration.relevant(files)
    options = TerraformOptions(var_files=settings.var_files, variables=settings.variables, environment=environment)
    return TerraformSource(configuration, directories, options)


def _cloudformation(settings: Settings, root: Path, files: FileSet) -> Source:
    from dyncheck.parsers.cloudformation.source import TemplateOptions, TemplateSource

    options = TemplateOptions(tuple(map(Path, settings.parameter_files)), settings.region)
    return TemplateSource(files, root, options)
