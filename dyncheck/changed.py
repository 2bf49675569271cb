"""Scans of what a change touches: given the paths that changed, which inputs to read, and which results to show.

What is shown is the sum of what each changed file touches by itself, and everything that calls a changed module is read
whichever files are named. So the results of several runs, each for a part of the files, add up to those of one run for
all of them.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, get_args

import msgspec

from dyncheck.errors import ConfigError
from dyncheck.location import Location
from dyncheck.model import Certainty
from dyncheck.parsers.files import FileSet, find_root, read_bytes, read_source
from dyncheck.parsers.reads import Reads
from dyncheck.report import Finding, Money, Report, ScannedResource

_CODE: Final = (".tf", ".tofu")
_JSON_CODE: Final = (".tf.json", ".tofu.json")
_VALUES: Final = (".tfvars", ".tfvars.json")
_ALL_CODE: Final = (*_CODE, *_JSON_CODE, *_VALUES)
_SETTING_BLOCKS: Final = frozenset({"variable", "locals", "data", "provider"})
"""Blocks that other blocks of the module take values from."""
_GIVING_BLOCKS: Final = frozenset({*_SETTING_BLOCKS, "output", "module", "resource"})
"""Blocks that a module which calls this one may get values from."""
_LEADING: Final = (b"AWS::Include", b"${file(", b"AWS::CloudFormation::Stack", b"AWS::Serverless::Application")
"""What brings other files into a template."""
_WORKED_OUT: Final = re.compile(rb"\$\{file\([^)]*\$\{|\b(?:TemplateURL|Location)[\"']?[ \t]*:[ \t]*(?:[!{]|\r?\n)")
"""The same where the name of the file is not written out, and so cannot be looked for."""
_WORD: Final = re.compile(rb"[\w.~+%\x80-\xff-]+")
"""What the name of a file usually is, and no more of the text around it."""


class Changes(msgspec.Struct, frozen=True):
    """What changed. Paths are relative to ``root``, POSIX.

    ``gone``: those of ``files`` that are no longer there. ``everything``: whether a file is among them that every stack
    takes values from, so that everything may have changed.
    """

    root: Path
    files: frozenset[str]
    gone: frozenset[str] = frozenset()
    everything: bool = False

    @property
    def directories(self) -> frozenset[str] | None:
        """The directories that hold the changed files; None when everything may have changed."""
        return None if self.everything else frozenset(_directory(path) for path in self.files)

    def reads(self) -> Reads:
        """Takes notes of who reads the changed files that are no code."""
        return Reads() if self.everything else Reads(path for path in self.files if not path.endswith(_ALL_CODE))


def changes(paths: Sequence[str], inputs: Iterable[str] = ()) -> Changes:
    """The changed files that paths name; a directory stands for what is in it, a path that is gone for itself.

    ``inputs``: files that every stack takes values from (``--var-file``, ``--parameters``). The root is that of the
    repository which holds the current directory, so that it is the same for every part of the files; for paths that
    are all elsewhere, that of theirs. Raises ConfigError for paths of which only some are elsewhere.
    """
    places = [Path(os.path.abspath(path)) for path in paths]
    places = [place if place.is_dir() else place.parent.resolve() / place.name for place in places]
    root = find_root([Path.cwd()])
    elsewhere = [path for path, place in zip(paths, places, strict=True) if not place.is_relative_to(root)]
    if elsewhere and len(elsewhere) < len(places):
        raise ConfigError(f"it lies outside of {root}, where other changed files are", pointer=elsewhere[0])
    if elsewhere:
        root = find_root([place.parent for place in places])
    files: set[str] = set()
    gone: set[str] = set()
    for place in places:
        path = place.relative_to(root).as_posix()
        if place.is_dir():
            files.update(found.relative_to(root).as_posix() for found in place.rglob("*") if found.is_file())
            continue
        files.add(path)
        if not os.path.lexists(place):
            gone.add(path)
    everything = not files.isdisjoint(_relative(root, inputs))
    return Changes(root, frozenset(files), frozenset(gone), everything)


def narrowed(files: FileSet, changed: Changes) -> FileSet:
    """The files of a repository without the templates that neither changed, nor may lead to one that did, nor seem to
    be brought in by one of these.
    """
    if changed.everything:
        return files
    texts = {path: _bytes(files.root / path) for path in files.templates}
    leading = {path: data for path, data in texts.items() if any(lead in data for lead in _LEADING)}
    names = {_name(path) for path in (*files.templates, *changed.files)}
    # With blanks, say. Each is looked for by itself, which takes long for the many files that a branch may change.
    unusual = {name for name in names if not _WORD.fullmatch(name)}
    named = {
        path: frozenset([*names.intersection(_WORD.findall(data)), *(name for name in unusual if name in data)])
        for path, data in leading.items()
    }
    kept = {*changed.files, *_leading_to(changed.files, leading, named)}
    brought: set[bytes] = set()
    pending = kept & named.keys()
    while pending:
        brought |= {name for path in pending for name in named[path]}
        pending = {path for path in named if path not in kept and _name(path) in brought}
        kept |= pending
    templates = tuple(path for path in files.templates if path in kept or _name(path) in brought)
    # Nobody asked about these files in particular: what is no template among them is not worth a remark.
    return msgspec.structs.replace(files, templates=templates, named=frozenset())


def _leading_to(
    changed: Iterable[str], leading: Mapping[str, bytes], named: Mapping[str, frozenset[bytes]]
) -> set[str]:
    """The templates that bring in a changed file, or may do so, directly or through others.

    ``leading``: the templates that bring in anything. ``named``: the names of files in them.
    """
    kept = {path for path, data in leading.items() if _WORKED_OUT.search(data)}
    names = {_name(path) for path in (*changed, *kept)}
    while names:
        reached = {path for path, mentioned in named.items() if path not in kept and not names.isdisjoint(mentioned)}
        kept |= reached
        names = {_name(path) for path in reached}
    return kept


def touched_part(report: Report, changed: Changes, reads: Reads) -> Report:
    """The part of a report that a change touches.

    A changed file touches the resources that it declares, those that come through its module calls or nested stacks,
    and what is found in it. One that declares none of them touches all that comes through a module or stack that takes
    something from it: its own module if it sets values there or adds something to tables (variables, locals,
    ``.tfvars``, autoscaling, policies), modules that take values from that one, and whoever reads it as a file.
    """
    if changed.everything:
        return report
    ways = {(item.stack, item.address): frozenset(_way(item)) for item in report.resources}
    # Autoscaling is judged by itself, but belongs to its table too.
    whole = {(item.stack, item.address) for item in report.resources if item.kind != "scalable_target"}
    declaring = {path for key in whole for path in ways[key]}
    takers = _takers(changed, changed.files - declaring, reads)

    def touches(item: ScannedResource | Finding) -> bool:
        way = {*ways.get((item.stack, item.address), ()), *_places(item.location)}
        return bool(way & changed.files) or not takers.isdisjoint({item.stack, *map(_directory, way)})

    resources = tuple(item for item in report.resources if touches(item))
    addresses = {item.address for item in resources}
    return msgspec.structs.replace(
        report,
        findings=tuple(item for item in report.findings if touches(item)),
        resources=resources,
        problems=tuple(item for item in report.problems if item.path in changed.files),
        exempted=tuple(address for address in report.exempted if address in addresses),
        files=len(changed.files),
        monthly_cost_usd=_sum(resources, partial=report.monthly_cost_usd.partial) if report.monthly_cost_usd else None,
    )


def _takers(changed: Changes, files: Iterable[str], reads: Reads) -> frozenset[str]:
    """Who takes something from changed files: Terraform modules by directory, CloudFormation stacks by template."""
    takers: set[str] = set()
    giving: set[str] = set()
    for path in files:
        blocks = _blocks(changed, path)
        if path.endswith(_VALUES) or blocks is None or any(map(_sets_values, blocks)):
            takers.add(_directory(path))
        if blocks is None or any(kind in _GIVING_BLOCKS for kind, _ in blocks):
            giving.add(_directory(path))
        if not path.endswith(_ALL_CODE):
            # A file that is a link is read under the name of what it leads to.
            for name in {path, *_relative(changed.root, [str(changed.root / path)])}:
                takers |= reads.readers(name)
    return frozenset(takers | reads.users(takers | giving))


_SURENESS: Final[tuple[Certainty, ...]] = get_args(Certainty)


def _sum(resources: Iterable[ScannedResource], *, partial: bool) -> Money:
    costs = [item.monthly_cost_usd for item in resources if item.monthly_cost_usd is not None]
    return Money(
        round(sum(cost.low for cost in costs), 2),
        round(sum(cost.high for cost in costs), 2),
        max((cost.certainty for cost in costs), key=_SURENESS.index, default="list"),
        partial,
    )


def _way(resource: ScannedResource) -> Iterator[str]:
    """The files through which a resource comes to be: its own, those of the calls that lead to it, a root template."""
    yield from _places(resource.location)
    if resource.source == "cloudformation":
        yield resource.stack


def _places(location: Location | None) -> Iterator[str]:
    if location is not None:
        yield location.span.path
        yield from (related.span.path for related in location.related)


def _blocks(changed: Changes, path: str) -> Sequence[tuple[str, str]] | None:
    """The types and first labels of a Terraform file's blocks; None where any may be in it, none for other files."""
    if not path.endswith((*_CODE, *_JSON_CODE)):
        return ()
    text = read_source(changed.root, path) if path not in changed.gone else None
    if not isinstance(text, str) or path.endswith(_JSON_CODE):
        return None
    from dyncheck.parsers.terraform.blocks import index_blocks

    return [(block.type, block.labels[0] if block.labels else "") for block in index_blocks(text).blocks]


def _sets_values(block: tuple[str, str]) -> bool:
    """Whether a block that is no scanned resource has a say in those of its module."""
    from dyncheck.parsers.terraform.source import READERS

    kind, label = block
    return kind in _SETTING_BLOCKS or (kind == "resource" and label in READERS)


def _relative(root: Path, paths: Iterable[str]) -> set[str]:
    return {os.path.relpath(os.path.realpath(path), root).replace(os.sep, "/") for path in paths}


def _directory(path: str) -> str:
    return posixpath.dirname(path) or "."


def _name(path: str) -> bytes:
    return posixpath.basename(path).encode("utf-8", "surrogateescape")


def _bytes(path: Path) -> bytes:
    try:
        data = read_bytes(str(path))
    except (OSError, ValueError):
        return b""
    return data.replace(b"\0", b"") if data.startswith((b"\xff\xfe", b"\xfe\xff")) else data
