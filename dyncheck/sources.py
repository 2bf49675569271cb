"""The families of input of a scan, each imported only when there is something for it."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from dyncheck.errors import ConfigError
from dyncheck.inputs import require_paths, text_as_file
from dyncheck.parsers.base import Collected, Source
from dyncheck.parsers.cloudformation.sniff import looks_like_change_set
from dyncheck.parsers.files import FileSet, discover, find_root, open_regular
from dyncheck.parsers.reads import Reads
from dyncheck.parsers.terraform.plan.sniff import SNIFFED, looks_like_plan
from dyncheck.settings import Settings


def sources(
    settings: Settings,
    root: Path,
    files: FileSet,
    environment: Mapping[str, str],
    *,
    through: frozenset[str] | None = None,
    reads: Reads | None = None,
) -> Iterator[Source]:
    """The sources for files below a root.

    ``environment``: where ``TF_VAR_*`` are looked up. ``through``: when it is given, only Terraform stacks that lead
    through one of these directories are read, and those that may read what ``reads`` seeks. ``reads``: takes notes of
    what is read besides code.
    """
    wanted = settings.inputs or ("live", "terraform", "cloudformation")
    documents, changes, recorded = plans(root, files), change_sets(root, files), snapshots(root, files)
    others = {*documents, *changes, *recorded}
    if others:
        files = msgspec.structs.replace(files, templates=tuple(path for path in files.templates if path not in others))
    if "live" in wanted:
        yield from (_snapshot(root, path) for path in recorded)
    if "terraform" in wanted:
        yield from (_plan(settings, root, path) for path in documents)
    if "terraform" in wanted and files.terraform_dirs:
        yield _terraform(settings, root, files, environment, through=through, reads=reads)
    if "cloudformation" in wanted:
        yield from (_change_set(root, path) for path in changes)
    if "cloudformation" in wanted and files.templates:
        yield _cloudformation(settings, root, files, reads)


def plans(root: Path, files: FileSet) -> tuple[str, ...]:
    """The plan and state documents among the files that are named: those that lie about are not looked into."""
    return _named(root, files, looks_like_plan)


def change_sets(root: Path, files: FileSet) -> tuple[str, ...]:
    """The change sets of CloudFormation among the files that are named."""
    return _named(root, files, looks_like_change_set)


def _named(root: Path, files: FileSet, looks_right: Callable[[bytes], bool]) -> tuple[str, ...]:
    """The named files whose first bytes look right."""
    found = []
    for path in sorted(files.named.intersection(files.templates)):
        try:
            with open_regular(str(root / path), sys.maxsize) as file:
                start = file.read(SNIFFED)
        except (OSError, ValueError):
            continue
        if looks_right(start):
            found.append(path)
    return tuple(found)


def snapshots(root: Path, files: FileSet) -> tuple[str, ...]:
    """The snapshots of live accounts among the files that are named."""
    named = sorted(files.named.intersection(files.templates))
    if not named:
        return ()
    from dyncheck.parsers.live.lines import is_snapshot

    return tuple(path for path in named if (root / path).is_file() and is_snapshot(root / path))


def collect_text(
    text: str, name: str, beside: Mapping[str, str] | None = None, region: str | None = None
) -> tuple[Collected, ...]:
    """What the real parsers make of one file's text: no variables, no cache, no environment.

    ``beside``: files in the same directory, by name, which are read only where the first leads to them. ``region``:
    where resources are whose text names none.
    """
    with text_as_file(text.encode("utf-8", "surrogateescape"), name) as (root, path):
        for other, content in (beside or {}).items():
            (root / other).write_text(content, encoding="utf-8", errors="surrogateescape", newline="")
        files = discover([path], root)
        settings = Settings(cache=False, region=region)
        found = (source.collect() for source in sources(settings, root, files, {}))
        return (*files.problems, *(item for items in found for item in items))


def _plan(settings: Settings, root: Path, path: str) -> Source:
    from dyncheck.parsers.terraform.cache import Cache
    from dyncheck.parsers.terraform.configuration import Configuration
    from dyncheck.parsers.terraform.plan.origins import Origins
    from dyncheck.parsers.terraform.plan.source import PlanSource

    cache = Cache.default() if settings.cache else None
    if settings.source is not None:
        require_paths([settings.source], "--source")
        directory = Path(settings.source).resolve()
        source_root = find_root([directory])
        source = Configuration(source_root, cache)
        relative = directory.relative_to(source_root).as_posix()
        if source.module(relative) is None:
            raise ConfigError(f"there is no Terraform code in {settings.source}", pointer="--source")
        return PlanSource(root, path, Origins(source, relative), settings.region)
    directory_of_plan = posixpath.dirname(path) or "."
    configuration = Configuration(root, cache)
    beside = configuration.module(directory_of_plan) is not None
    origins = Origins(configuration, directory_of_plan) if beside else None
    return PlanSource(root, path, origins, settings.region)


def _change_set(root: Path, path: str) -> Source:
    from dyncheck.parsers.cloudformation.change_set import ChangeSetSource

    return ChangeSetSource(root, path)


def _snapshot(root: Path, path: str) -> Source:
    from dyncheck.parsers.live.source import SnapshotSource

    return SnapshotSource(root, path)


def _terraform(
    settings: Settings,
    root: Path,
    files: FileSet,
    environment: Mapping[str, str],
    *,
    through: frozenset[str] | None,
    reads: Reads | None,
) -> Source:
    from dyncheck.parsers.terraform.cache import Cache
    from dyncheck.parsers.terraform.configuration import Configuration
    from dyncheck.parsers.terraform.source import TerraformOptions, TerraformSource

    # A stack that needs no variable would not miss the file.
    require_paths(settings.var_files, "--var-file")
    configuration = Configuration(root, Cache.default() if settings.cache else None)
    directories = configuration.relevant(files)
    options = TerraformOptions(settings.var_files, settings.variables, environment, settings.region)
    return TerraformSource(configuration, directories, options, through=through, reads=reads)


def _cloudformation(settings: Settings, root: Path, files: FileSet, reads: Reads | None) -> Source:
    from dyncheck.parsers.cloudformation.source import TemplateOptions, TemplateSource

    options = TemplateOptions(settings.parameter_files, settings.region)
    return TemplateSource(files, root, options, reads=reads)
