"""``dyncheck baseline``: keep the findings that are there, so that only new ones count."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from dyncheck.cli.console import check_writable, say, write_file
from dyncheck.cli.groups import SuggestingGroup
from dyncheck.cli.help import examples, exit_codes
from dyncheck.cli.parameters import FILE
from dyncheck.cli.scan import blaming, layers, scan
from dyncheck.errors import ConfigError
from dyncheck.suppress.baseline import DEFAULT_PATH

if TYPE_CHECKING:
    from dyncheck.report import Known
    from dyncheck.suppress.baseline import Baseline

_CODES = exit_codes({0: "done", 2: "could not do the job"})


@click.group(
    short_help="Keep known findings in a file, so that only new ones count.",
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


_DECIDING: Final = frozenset(
    {
        "config",
        "no_config",
        "select",
        "ignore",
        "pack",
        "rules",
        "var",
        "var_file",
        "parameters",
        "region",
        "source",
        "input",
        "usage",
        "prices",
        "budget",
        "no_cache",
    }
)
"""The options of a scan that have a say in what it finds."""

_TARGET: Final = click.Option(
    ["-o", "--output", "--baseline", "baseline"],
    type=FILE,
    metavar="FILE",
    help=f"The baseline.  [default: as set, or {DEFAULT_PATH}]",
)
_PARAMETERS: Final[list[click.Parameter]] = [
    click.Argument(["paths"], nargs=-1, type=click.Path()),
    _TARGET,
    *(option for option in scan.params if option.name in _DECIDING),
]
_SETTINGS: Final = {"auto_envvar_prefix": "DYNCHECK"}


@baseline.command(
    params=_PARAMETERS,
    context_settings=_SETTINGS,
    epilog=examples(
        "dyncheck baseline create",
        "dyncheck baseline create infra/ -o known.json",
        "dyncheck baseline create --pack strict -o strict.json",
    )
    + _CODES,
)
@click.pass_context
def create(ctx: click.Context, /, **options: Any) -> None:
    """Write the findings in PATHS to a new file. The options are those of 'dyncheck scan'."""
    found = _scan(ctx, options)
    if os.path.lexists(found.target):
        raise ConfigError("there is a baseline already: 'dyncheck baseline update' changes it", path=found.target)
    _write(found, found.baseline)
    say(
        f"wrote {_findings(found.baseline)} to {found.target}; "
        f"use it with --baseline {found.target}, or set baseline in dyncheck.yaml"
    )


@baseline.command(
    short_help="Take new findings into the file, and those out that are gone.",
    params=_PARAMETERS,
    context_settings=_SETTINGS,
    epilog=examples("dyncheck baseline update", "dyncheck baseline update infra/") + _CODES,
)
@click.pass_context
def update(ctx: click.Context, /, **options: Any) -> None:
    """Take new findings in PATHS into the file, and those out that are gone. Reasons and dates stay."""
    from dyncheck.suppress.baseline import updated

    found = _scan(ctx, options)
    old = _read(found)
    _report(found, old, updated(old, found.baseline, found.covers))


@baseline.command(
    params=_PARAMETERS,
    context_settings=_SETTINGS,
    epilog=examples("dyncheck baseline prune", "dyncheck baseline prune infra/") + _CODES,
)
@click.pass_context
def prune(ctx: click.Context, /, **options: Any) -> None:
    """Take the findings in PATHS that are gone out of the file."""
    from dyncheck.suppress.baseline import pruned

    found = _scan(ctx, options)
    old = _read(found)
    _report(found, old, pruned(old, found.baseline, found.covers))


class _Found(msgspec.Struct, frozen=True):
    """What a scan below a root has found, for the baseline in the file ``target``.

    ``covers``: whether the scan has looked at what an entry is of.
    """

    target: str
    root: Path
    baseline: Baseline
    covers: Callable[[Known], bool]


def _scan(ctx: click.Context, options: Mapping[str, Any]) -> _Found:
    from dyncheck import __version__
    from dyncheck.parsers.files import find_root
    from dyncheck.reports.wording import count
    from dyncheck.scanner import examine
    from dyncheck.settings import combine
    from dyncheck.suppress.baseline import baseline_of

    settings, origins = combine(layers(ctx, options))
    target = settings.baseline or DEFAULT_PATH
    check_writable(target)
    with blaming(origins):
        found = examine(msgspec.structs.replace(settings, baseline=None))
    problems = sum(problem.level == "error" for problem in (*found.judged.problems, *found.marked.problems))
    if problems:
        say(f"{count(problems, 'problem')}: what could not be read has no findings ('dyncheck scan' shows them)")
    root = find_root([Path(path) for path in settings.paths])
    return _Found(target, root, baseline_of(found.marked.findings, f"dyncheck {__version__}"), found.covers)


def _read(found: _Found) -> Baseline:
    from dyncheck.suppression import read_baseline

    if not os.path.lexists(found.target):
        raise ConfigError("there is no such baseline: 'dyncheck baseline create' makes one", path=found.target)
    return read_baseline(found.target, found.root)


def _report(found: _Found, old: Baseline, new: Baseline) -> None:
    """Write a changed baseline, and say what has changed."""
    from dyncheck.suppress.baseline import differences

    if new.findings == old.findings:
        say(f"{found.target} is up to date with {_findings(new)}")
        return
    added, removed = differences(old, new)
    _write(found, new)
    say(f"wrote {_findings(new)} to {found.target}: {added} new, {removed} gone")


def _write(found: _Found, new: Baseline) -> None:
    from dyncheck.suppression import written_baseline

    write_file(found.target, written_baseline(new, found.target, found.root))


def _findings(kept: Baseline) -> str:
    from dyncheck.reports.wording import count

    return count(sum(entry.count for entry in kept.findings), "finding")
