"""A collection from start to end: targets, engine, journal, snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, as_completed
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from dyncheck import __version__
from dyncheck.errors import LiveError
from dyncheck.parsers.live.access import Access, Clients, libraries, open_session
from dyncheck.parsers.live.accounts import Reach, Target, targets
from dyncheck.parsers.live.journal import Earlier, Journal, Key, earlier, is_whole, region_key, unfinished
from dyncheck.parsers.live.open_files import allow_many_open_files
from dyncheck.parsers.live.records import SCHEMA, Header, RegionRecord, Tool, decode_record, encode_record
from dyncheck.parsers.live.scheduler import Pool, Scheduler, ThreadPool
from dyncheck.parsers.live.shared import Shared
from dyncheck.parsers.live.units import UnitOptions, UnitRun

LEAST_WORKERS: Final = 128
MOST_WORKERS: Final = 768
WORKERS_PER_UNIT: Final = 24
"""Calls in flight for each account and Region: enough for its scarce quotas where an answer takes 0.3 seconds."""

ACTIVE_UNITS: Final = 64
"""Accounts and Regions in flight at once; the clients of one take some megabytes."""


def workers_for(units: int) -> int:
    """Calls in flight at once for so many accounts and Regions: enough for their quotas."""
    return min(MOST_WORKERS, max(LEAST_WORKERS, WORKERS_PER_UNIT * units))


Sink = Callable[[Key, bytes], None]


class Progress(msgspec.Struct, frozen=True):
    """How far a collection is."""

    regions: int
    of_regions: int
    tables: int
    of_tables: int


class Hooks(msgspec.Struct, frozen=True):
    """Who listens: ``say`` to remarks, ``progress`` to every record that comes in."""

    say: Callable[[str], None]
    progress: Callable[[Progress], None]


class Interrupted(msgspec.Struct, frozen=True):
    """Why a unit was not finished, in a form that travels between processes."""

    message: str
    account: str
    region: str
    operation: str
    code: str

    def error(self) -> LiveError:
        """The same as an exception."""
        return LiveError(
            self.message, account=self.account, region=self.region, operation=self.operation, code=self.code
        )


def collect(
    reach: Reach,
    target: Path,
    hooks: Hooks,
    *,
    options: UnitOptions | None = None,
    resume: bool = False,
    executor: Executor | None = None,
) -> bool:
    """Collect into a snapshot file; False when the tables of no account and Region could be listed.

    ``executor``: where units run, None for threads of this process.
    Raises DyncheckError when there is nothing to collect with, LiveError when credentials expire on the way, and lets
    KeyboardInterrupt through; what was collected is in the file then, to be resumed.
    """
    _, botocore = libraries()
    options = options or UnitOptions(time=now())
    before = earlier(target) if resume else Earlier()
    goals = {_key_of(goal): goal for goal in targets(reach, hooks.say)}
    header = Header(SCHEMA, Tool("dyncheck", __version__, botocore.__version__), options.time, 0, options.usage_days)
    journal = Journal(target, header, before.records | before.left_alone(goals, options.time))
    left = [goal for key, goal in goals.items() if key not in before.records]
    sweep = Sweep(left, frozenset(before.records), options, journal.add, hooks.progress, of_regions=len(goals))
    try:
        if executor is None:
            allow_many_open_files()
            sweep.run(ThreadPool(workers_for(len(left))))
        else:
            sweep.run_on(executor)
    finally:
        for goal in left:
            if _key_of(goal) not in journal:
                journal.add(*sweep.unfinished(goal))
        journal.write_snapshot()
    return sweep.reached or not before.records.keys().isdisjoint(goals)


def now() -> str:
    """The time of a collection, as its records hold it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Sweep:
    """The units of a collection, on their way. ``reached``: whether the tables of any could be listed, even in part."""

    def __init__(
        self,
        goals: Sequence[Target],
        known: frozenset[Key],
        options: UnitOptions,
        sink: Sink,
        progress: Callable[[Progress], None] | None = None,
        *,
        of_regions: int = 0,
    ) -> None:
        self._goals = list(goals)
        self._known = known
        self._options = options
        self._sink = sink
        self._progress = progress
        self._of_regions = of_regions or len(goals)
        self._runs: dict[Key, UnitRun] = {}
        self._shared = Shared()
        self._clients: dict[Access, Clients] = {}
        self._left = Counter(goal.access for goal in self._goals)
        self._waiting = list(reversed(self._goals))
        self._done = self._of_regions - len(goals)
        self._tables = 0
        self.reached = False

    def run(self, pool: Pool) -> None:
        """Collect everything with one scheduler over the workers of a pool."""
        scheduler = Scheduler(pool)
        for _ in range(ACTIVE_UNITS):
            self._start_next(scheduler)
        scheduler.run()

    def run_on(self, executor: Executor) -> None:
        """Collect each unit by itself, where the executor runs it. Raises LiveError when a unit says so."""
        futures = []
        for goal in self._goals:
            own = _key_of(goal)[:2]
            known = frozenset(key for key in self._known if key[:2] == own)
            futures.append(executor.submit(collect_unit, goal, known, self._options))
        stopped: Interrupted | None = None
        for future in as_completed(futures):
            records, interrupted = future.result()
            stopped = stopped or interrupted
            self._take(records, whole=interrupted is None)
        if stopped is not None:
            raise stopped.error()

    def unfinished(self, goal: Target) -> tuple[Key, bytes]:
        """The record of a unit that was not finished, or not even started."""
        unit = goal.unit
        key = _key_of(goal)
        if key in self._runs:
            return key, self._runs[key].record()
        return key, unfinished(key, unit.partition, self._known, self._options.time)

    def _start_next(self, scheduler: Scheduler) -> None:
        while self._waiting:
            goal = self._waiting.pop()
            if goal.failure is not None:
                self._take([failed(goal, self._options)])
                self._end(goal.access)
                continue
            key = _key_of(goal)
            known = frozenset(each for each in self._known if each[:2] == key[:2])

            def sink(record: Key, line: bytes, access: Access = goal.access) -> None:
                self._take([(record, line)])
                if record[2] == 0:
                    self._end(access)
                    self._start_next(scheduler)

            run = UnitRun(
                goal.unit,
                self._clients_of(goal.access),
                scheduler=scheduler,
                sink=sink,
                options=self._options,
                known=known,
                shared=self._shared,
            )
            self._runs[key] = run
            run.start()
            return

    def _clients_of(self, access: Access) -> Clients:
        if access not in self._clients:
            self._clients[access] = Clients(open_session(access), access)
        return self._clients[access]

    def _end(self, access: Access) -> None:
        """A unit is done; with the last one of an account its session goes."""
        self._left[access] -= 1
        if self._left[access] == 0:
            self._clients.pop(access, None)

    def _take(self, records: Iterable[tuple[Key, bytes]], *, whole: bool = True) -> None:
        for key, line in records:
            self._sink(key, line)
            self._tables += key[2] == 1
            self._done += key[2] == 0 and whole
            self.reached |= key[2] == 1 or (key[2] == 0 and is_whole(decode_record(line)))
        if self._progress is not None:
            listed = max(self._tables, sum(run.listed for run in self._runs.values()))
            self._progress(Progress(self._done, self._of_regions, self._tables, listed))


def collect_unit(
    goal: Target, known: frozenset[Key], options: UnitOptions
) -> tuple[list[tuple[Key, bytes]], Interrupted | None]:
    """One unit by itself: its records, and why they are not all if they are not. Runs in any process."""
    records: list[tuple[Key, bytes]] = []
    sweep = Sweep([goal], known, options, lambda key, line: records.append((key, line)))
    try:
        sweep.run(ThreadPool(workers_for(1)))
    except LiveError as error:
        records.append(sweep.unfinished(goal))
        return records, Interrupted(error.message, error.account, error.region, error.operation, error.code)
    return records, None


def failed(goal: Target, options: UnitOptions) -> tuple[Key, bytes]:
    """The record of a unit that cannot be reached."""
    unit = goal.unit
    record = RegionRecord(
        account=unit.account,
        partition=unit.partition,
        region=unit.region,
        time=options.time,
        complete=True,
        tables=0,
        calls=() if goal.failure is None else (goal.failure,),
    )
    return _key_of(goal), encode_record(record)


def _key_of(goal: Target) -> Key:
    return region_key(goal.unit.account, goal.unit.region)
