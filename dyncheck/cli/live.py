"""What the commands for live accounts share: their options, the collection itself, and its progress."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from dyncheck.cli.console import StatusLine, check_writable, say
from dyncheck.cli.parameters import OneOf
from dyncheck.errors import ConfigError, LiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from dyncheck.parsers.live.collection import Progress

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: Final = (
    click.option("--profile", metavar="NAME", help="Profile of your AWS configuration."),
    click.option("--region", multiple=True, metavar="REGION", help="Region to look into. Repeatable."),
    click.option("--all-regions", is_flag=True, help="Look into every Region that is enabled."),
    click.option("--role-arn", metavar="ARN", help="Role to assume."),
    click.option("--external-id", metavar="ID", help="External id of the roles that are assumed."),
    click.option("--org", is_flag=True, help="Look into every active account of the organization."),
    click.option(
        "--org-role",
        metavar="NAME",
        default="dyncheck-audit",
        help="Role to assume in each of its accounts.  [default: dyncheck-audit]",
    ),
    click.option("--include", multiple=True, metavar="ACCOUNT", help="With --org: only these, by id, name or glob."),
    click.option("--exclude", multiple=True, metavar="ACCOUNT", help="With --org: not these."),
    click.option("--endpoint-url", metavar="URL", help="Endpoint to call instead of AWS's own."),
    click.option(
        "--usage",
        type=click.IntRange(1, 60),
        metavar="DAYS",
        help="Read that many days of use from CloudWatch, which bills for it.",
    ),
    click.option("--resume", is_flag=True, help="Go on from where an interrupted collection stopped."),
    click.option(
        "--engine",
        type=OneOf(["threads", "dask"]),
        default="threads",
        help="What runs the accounts and Regions.  [default: threads]",
    ),
    click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler for --engine dask."),
)


def live_options(command: F) -> F:
    """The options that say what to collect, and how to reach it."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def collect_into(target: str, options: Mapping[str, Any], *, quiet: bool = False) -> bool:
    """Collect what the options say into a snapshot file; False when the tables of no account and Region were listed.

    Raises DyncheckError; when credentials expire on the way, the file holds what was collected, and can be resumed.
    """
    from dyncheck.parsers.live.access import Access, libraries
    from dyncheck.parsers.live.accounts import Reach
    from dyncheck.parsers.live.collection import Hooks, collect, now
    from dyncheck.parsers.live.units import UnitOptions

    _check(options)
    check_writable(target)
    if Path(target).exists() and not Path(target).is_file():
        raise ConfigError(f"cannot write {target}: it is no regular file")
    libraries()
    access = Access(
        profile=options["profile"],
        endpoint_url=options["endpoint_url"],
        role_arn=options["role_arn"],
        external_id=options["external_id"],
        attempts=_attempts(os.environ),
    )
    reach = Reach(
        access=access,
        regions=tuple(options["region"]),
        all_regions=options["all_regions"],
        organization=options["org"],
        organization_role=options["org_role"],
        include=tuple(options["include"]),
        exclude=tuple(options["exclude"]),
    )
    progress = CollectionProgress(not quiet)
    try:
        with _engine(options) as executor:
            return collect(
                reach,
                Path(target),
                Hooks(_nothing if quiet else say, progress),
                options=UnitOptions(time=now(), usage_days=options["usage"] or 0),
                resume=options["resume"],
                executor=executor,
            )
    except LiveError as error:
        if not error.account:
            raise
        message = f"{error.message}; {target} holds what was collected: renew them, then run it again with --resume"
        raise ConfigError(message) from error
    except KeyboardInterrupt:
        progress.clear()
        say(f"interrupted: {target} holds what was collected; --resume goes on from there")
        raise
    finally:
        progress.clear()


def _attempts(environment: Mapping[str, str]) -> int:
    """How often a call is tried: what AWS's own variable says, else often enough for a sweep that is throttled."""
    wanted = environment.get("AWS_MAX_ATTEMPTS", "")
    return max(1, int(wanted)) if wanted.isascii() and wanted.isdigit() else 10


def _check(options: Mapping[str, Any]) -> None:
    if options["region"] and options["all_regions"]:
        raise click.UsageError("--region and --all-regions exclude each other")
    if (options["include"] or options["exclude"]) and not options["org"]:
        raise click.UsageError("--include and --exclude choose accounts of an organization: they need --org")
    if options["external_id"] and not (options["role_arn"] or options["org"]):
        raise click.UsageError("--external-id is for a role: it needs --role-arn or --org")
    if (options["engine"] == "dask") != (options["scheduler"] is not None):
        raise click.UsageError("--engine dask and --scheduler ADDRESS need each other")


def _engine(options: Mapping[str, Any]) -> AbstractContextManager[Executor | None]:
    return _dask(options["scheduler"]) if options["engine"] == "dask" else nullcontext(None)


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster as a standard executor; a unit whose worker dies is run again elsewhere."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(f"--engine dask needs distributed ({error}); pip install 'dyncheck[distributed]'") from error
    try:
        connect: Any = Client
        client = connect(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise ConfigError(f"no Dask scheduler answers: {error}", pointer="--scheduler") from error
    with client:
        yield client.get_executor(retries=2, pure=False)


class CollectionProgress:
    """A line on standard error that says how far a collection is."""

    INTERVAL: Final = 0.1

    def __init__(self, enabled: bool) -> None:
        self._line = StatusLine(enabled)
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        """Show how far it is, not more often than an eye can follow."""
        if self._line.enabled and time.monotonic() >= self._next:
            self._next = time.monotonic() + self.INTERVAL
            self._line.show(
                f"collecting… {progress.tables:,} of {progress.of_tables:,} tables, "
                f"{progress.regions} of {progress.of_regions} Regions"
            )

    def clear(self) -> None:
        """Remove the line."""
        self._line.clear()


def _nothing(text: str) -> None:
    """Say nothing."""
