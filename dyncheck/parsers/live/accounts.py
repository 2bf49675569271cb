"""Which accounts and Regions are collected, and how each is reached."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

import msgspec

from dyncheck.errors import ConfigError, LiveError
from dyncheck.parsers.live.access import EXPIRED, Access, Clients, Identity, identify, open_session
from dyncheck.parsers.live.operations import DESCRIBE_REGIONS, LIST_ACCOUNTS, LIST_TABLES
from dyncheck.parsers.live.records import Call, CallError
from dyncheck.parsers.live.scheduler import SCARCE, Job, Scheduler, ThreadPool
from dyncheck.parsers.live.units import Unit

HOME: Final = "us-east-1"
"""The Region that is asked about accounts and Regions when no other is set."""

_AT_ONCE: Final = 16
"""Accounts that are looked up at once."""

_NOT_TAKEN: Final = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "RegionDisabledException"})
"""Codes of a Region that is not enabled, and of credentials that are no good anywhere."""

_OFF: Final = "not-opted-in"


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be collected: accounts by access, organization, include and exclude; Regions by name, or all.

    ``include`` and ``exclude``: ids or names of accounts, or globs over either.
    """

    access: Access = Access()
    regions: tuple[str, ...] = ()
    all_regions: bool = False
    organization: bool = False
    organization_role: str = "dyncheck-audit"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Target(msgspec.Struct, frozen=True):
    """A unit and the access that reaches it; ``failure``: why it cannot be reached."""

    unit: Unit
    access: Access
    failure: Call | None = None


def targets(reach: Reach, say: Callable[[str], None]) -> list[Target]:
    """Every account and Region, in order. ``say`` hears of what is skipped.

    Raises ConfigError for settings that cannot be met, LiveError when the credentials are no good at all.
    """
    session = open_session(reach.access)
    clients = Clients(session, reach.access)
    home, own = _identified(clients, _homes(reach, session.region_name))
    if isinstance(own, CallError):
        raise _refused("sts:GetCallerIdentity", home, own)
    looked_up: list[tuple[list[Target], list[str]]] = []
    pool = ThreadPool(_AT_ONCE)
    scheduler = Scheduler(pool)
    for account, access in _accounts(reach, clients, own, home, say):
        work = partial(_regions, reach, own, account, access)
        scheduler.submit(Job((account, "", ""), SCARCE, work, looked_up.append))
    scheduler.run()
    pool.close()
    for remark in sorted(remark for _, remarks in looked_up for remark in remarks):
        say(remark)
    found = [target for targets_of_one, _ in looked_up for target in targets_of_one]
    return sorted(found, key=lambda target: (target.unit.account, target.unit.region))


def _homes(reach: Reach, configured: str | None) -> list[str]:
    """The Regions that may be asked about accounts and Regions, the likeliest first."""
    return list(dict.fromkeys((*reach.regions, configured or HOME)))


def _identified(clients: Clients, homes: list[str]) -> tuple[str, Identity | CallError]:
    """Whose credentials these are, and which Region says so: one that is not enabled takes no credentials at all."""
    found = [(homes[0], identify(clients, homes[0]))]
    for home in homes[1:]:
        _, latest = found[-1]
        if not isinstance(latest, CallError) or latest.code not in _NOT_TAKEN:
            break
        found.append((home, identify(clients, home)))
    return found[0] if isinstance(found[-1][1], CallError) else found[-1]


def _accounts(
    reach: Reach, clients: Clients, own: Identity, home: str, say: Callable[[str], None]
) -> Iterator[tuple[str, Access]]:
    if not reach.organization:
        yield own.account, reach.access
        return
    listed = _listed(clients, home)
    wanted = [
        (identifier, name) for identifier, name, active in listed if active and _is_wanted(reach, identifier, name)
    ]
    if not wanted:
        raise ConfigError("no active account of the organization is left", pointer="--include, --exclude")
    for identifier, name, active in listed:
        if not active and _is_wanted(reach, identifier, name):
            say(f"skipped: account {identifier} ({name}) is not active")
    for identifier, _ in wanted:
        role = f"arn:{own.partition}:iam::{identifier}:role/{reach.organization_role}"
        member = msgspec.structs.replace(reach.access, role_arn=role, via=reach.access.role_arn)
        yield identifier, reach.access if identifier == own.account else member


def _listed(clients: Clients, home: str) -> list[tuple[str, str, bool]]:
    """Id and name of every account of the organization, and whether it is active."""
    found: list[tuple[str, str, bool]] = []
    parameters: dict[str, str] = {}
    while True:
        page = clients.call(LIST_ACCOUNTS, home, parameters)
        if isinstance(page, CallError):
            raise _refused(LIST_ACCOUNTS.id, home, page)
        for account in page.get("Accounts", ()):
            status = account.get("State", account.get("Status"))
            found.append((account["Id"], account.get("Name", ""), status == "ACTIVE"))
        if not page.get("NextToken"):
            return found
        parameters = {"NextToken": page["NextToken"]}


def _is_wanted(reach: Reach, identifier: str, name: str) -> bool:
    def named(patterns: Iterable[str]) -> bool:
        return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns for text in (identifier, name))

    return (not reach.include or named(reach.include)) and not named(reach.exclude)


def _regions(reach: Reach, own: Identity, account: str, access: Access) -> tuple[list[Target], list[str]]:
    """The Regions of an account, and what there is to say of them."""
    session = open_session(access)
    clients = Clients(session, access)
    home = _homes(reach, session.region_name)[0]
    if access != reach.access:
        home, reached = _identified(clients, _homes(reach, session.region_name))
        if isinstance(reached, CallError):
            return [_unreachable(Unit(account, own.partition, home), access, "sts:AssumeRole", reached)], []
    names: tuple[str, ...] = reach.regions
    remarks: list[str] = []
    if reach.all_regions:
        answer = clients.call(DESCRIBE_REGIONS, home, dict(DESCRIBE_REGIONS.parameters))
        if isinstance(answer, CallError):
            if not reach.organization:
                raise _refused(DESCRIBE_REGIONS.id, home, answer)
            return [_unreachable(Unit(account, own.partition, home), access, DESCRIBE_REGIONS.id, answer)], []
        off = sorted(each["RegionName"] for each in answer["Regions"] if each.get("OptInStatus") == _OFF)
        names = tuple(each["RegionName"] for each in answer["Regions"] if each["RegionName"] not in off)
        if off:
            remarks.append(f"skipped: {', '.join(off)}: not enabled in account {account}")
    elif not names:
        if session.region_name is None:
            raise ConfigError("no Region: give --region or --all-regions, or set AWS_REGION", pointer="--region")
        names = (session.region_name,)
    return [Target(Unit(account, own.partition, name), access) for name in dict.fromkeys(names)], remarks


def _unreachable(unit: Unit, access: Access, operation: str, error: CallError) -> Target:
    """An account that cannot be entered: its tables cannot be listed, for the given reason."""
    message = f"{operation}: {error.message}" if error.message else operation
    return Target(unit, access, Call(operation=LIST_TABLES.id, error=CallError(error.code, message)))


def _advice(code: str) -> str:
    """What to do about the credentials."""
    if code == "NoCredentialsError":
        return "; name some with --profile, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    return "; renew them, then go on with --resume" if code in EXPIRED else ""


def _refused(operation: str, region: str, error: CallError) -> LiveError:
    return LiveError(
        f"{operation} failed in {region}: {error.code}: {error.message}{_advice(error.code)}",
        account="",
        region=region,
        operation=operation,
        code=error.code,
    )
