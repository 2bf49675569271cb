"""``dyncheck baseline``: keep the findings that are there, so that only new ones count."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from dyncheck.cli.console import check_writable, say, write_file
from dyncheck.cli.groups import SuggestingGroup
from dyncheck.cli.help import examples
from dyncheck.cli.parameters import FILE
from dyncheck.errors import ConfigError
from dyncheck.suppress.baseline import DEFAULT_PATH

if TYPE_CHECKING:
    from dyncheck.report import Known
    from dyncheck.suppress.baseline import Baseline

F = TypeVar("F", bound=Callable[..., Any])

_CODES = "\n\n\b\nExit codes:\n  0    done\n  2    could not do the job"


@click.group(
    cls=SuggestingGroup,
    epilog=examples(
        "dyncheck baseline create                take note of what is there",
        "dyncheck scan --baseline .dyncheck-baseline.json",
        "dyncheck baseline update                take new findings in, old ones out",
        "dyncheck baseline prune                 take out what is repaired",
    )
    + _CODES,
)
def baseline() -> None:
    """Keep a file of the findings that are there, so that only new ones count."""


def _options(command: F) -> F:
    for option in (
        click.option("--no-config", is_flag=True, help="Use no configuration file."),
        click.option("-c", "--config", "file", type=FILE, metavar="FILE", help="Configuration file."),
        click.option(
            "-o", "--output", type=FILE, metavar="FILE", help=f"The baseline.  [default: as set, or {DEFAULT_PATH}]"
        ),
        click.argument("paths", nargs=-1, type=click.Path()),
    ):
        command = option(command)
    return command


@baseline.command(epilog=examples("dyncheck baseline create", "dyncheck baseline create infra/ -o known.json") + _CODES)
@_options
def create(paths: tuple[str, ...], output: str | None, file: str | None, no_config: bool) -> None:
    """Write the findings in PATHS to a new file."""
    target, found, _ = _scan(paths, output, file, no_config)
    if os.path.lexists(target):
        raise ConfigError("there is a baseline already: 'dyncheck baseline update' changes it", path=target)
    _write(target, found)
    say(f"wrote {_findings(found)} to {target}; use it with --baseline {target}, or set baseline in dyncheck.yaml")


@baseline.command(epilog=examples("dyncheck baseline update", "dyncheck baseline update infra/") + _CODES)
@_options
def update(paths: tuple[str, ...], output: str | None, file: str | None, no_config: bool) -> None:
    """Take new findings in PATHS into the file, and those out that are gone. Reasons and dates stay."""
    from dyncheck.suppress.baseline import updated

    target, found, covers = _scan(paths, output, file, no_config)
    old = _read(target)
    _report(target, old, updated(old, found, covers))


@baseline.command(epilog=examples("dyncheck baseline prune", "dyncheck baseline prune infra/") + _CODES)
@_options
def prune(paths: tuple[str, ...], output: str | None, file: str | None, no_config: bool) -> None:
    """Take the findings in PATHS that are gone out of the file."""
    from dyncheck.suppress.baseline import pruned

    target, found, covers = _scan(paths, output, file, no_config)
    old = _read(target)
    _report(target, old, pruned(old, found, covers))


def _scan(
    paths: tuple[str, ...], output: str | None, file: str | None, no_config: bool
) -> tuple[str, Baseline, Callable[[Known], bool]]:
    """The baseline's file, a baseline of what a scan finds, and whether the scan has looked at what an entry is of."""
    from dyncheck import __version__
    from dyncheck.cli.config import settings_for
    from dyncheck.cli.scan import blaming
    from dyncheck.reports.wording import count
    from dyncheck.scanner import examine
    from dyncheck.suppress.baseline import baseline_of

    settings, origins = settings_for(paths, file, no_config)
    target = output or settings.baseline or DEFAULT_PATH
    check_writable(target)
    with blaming(origins):
        found = examine(msgspec.structs.replace(settings, baseline=None))
    problems = sum(problem.level == "error" for problem in (*found.judged.problems, *found.marked.problems))
    if problems:
        say(f"{count(problems, 'problem')}: what could not be read has no findings ('dyncheck scan' shows them)")
    return target, baseline_of(found.marked.findings, f"dyncheck {__version__}"), found.covers


def _read(path: str) -> Baseline:
    from dyncheck.suppression import read_baseline

    if not os.path.lexists(path):
        raise ConfigError("there is no such baseline: 'dyncheck baseline create' makes one", path=path)
    return read_baseline(path)


def _report(target: str, old: Baseline, new: Baseline) -> None:
    """Write a changed baseline, and say what has changed."""
    from dyncheck.suppress.baseline import differences

    if new.findings == old.findings:
        say(f"{target} is up to date with {_findings(new)}")
        return
    added, removed = differences(old, new)
    _write(target, new)
    say(f"wrote {_findings(new)} to {target}: {added} new, {removed} gone")


def _write(target: str, new: Baseline) -> None:
    from dyncheck.suppress.baseline import encode

    write_file(target, encode(new))


def _findings(kept: Baseline) -> str:
    from dyncheck.reports.wording import count

    return count(sum(entry.count for entry in kept.findings), "finding")
