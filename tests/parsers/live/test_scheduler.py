"""No quota is ever exceeded, and a sweep takes as long as its slowest quota: shown on a simulated clock."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import Any

import pytest

from dyncheck.parsers.live import operations as ops
from dyncheck.parsers.live.collection import workers_for
from dyncheck.parsers.live.scheduler import BURST, Bucket, Job, Scheduler, ThreadPool

TABLES = 2500


class SimulatedPool:
    """Workers for whom time passes only while they are waited for; every call takes ``latency`` seconds."""

    def __init__(self, workers: int, latency: float) -> None:
        self.workers = workers
        self.started: list[tuple[float, Bucket]] = []
        self.most_running = 0
        self._latency = latency
        self._time = 0.0
        self._running: list[tuple[float, int, Job]] = []

    def now(self) -> float:
        return self._time

    def start(self, job: Job) -> None:
        self.started.append((self._time, job.bucket))
        heapq.heappush(self._running, (self._time + self._latency, len(self.started), job))
        self.most_running = max(self.most_running, len(self._running))

    def wait(self, seconds: float | None) -> list[tuple[Job, Any]]:
        until = float("inf") if seconds is None else self._time + seconds
        if not self._running or self._running[0][0] > until:
            assert until < float("inf"), "nothing to wait for"
            self._time = until
            return []
        self._time = max(self._time, self._running[0][0])
        ended = []
        while self._running and self._running[0][0] <= self._time:
            ended.append((heapq.heappop(self._running)[2], None))
        return ended


def sweep(tables: int, *, regions: int = 1, latency: float = 0.05, workers: int = 0) -> SimulatedPool:
    """Every operation of every table, as a collection submits them: page after page of names."""
    pool = SimulatedPool(workers or workers_for(regions), latency)
    scheduler = Scheduler(pool)

    def call(region: int, operation: ops.Operation, done: Any = lambda _: None) -> None:
        bucket = ("111122223333", f"region-{region}", operation.quota.name)
        scheduler.submit(Job(bucket, operation.quota.per_second, lambda: None, done))

    def page(region: int, left: int) -> None:
        for _ in range(min(100, left)):
            for operation in ops.OF_A_TABLE:
                call(region, operation)
        if left > 100:
            call(region, ops.LIST_TABLES, lambda _: page(region, left - 100))

    for region in range(regions):
        for operation in ops.OF_A_REGION:
            call(region, operation)
        call(region, ops.LIST_TABLES, lambda _, region=region: page(region, tables))
    scheduler.run()
    return pool


def bound(tables: int) -> float:
    """Seconds that the slowest quota needs at least."""
    calls = Counter({operation.quota: tables for operation in ops.OF_A_TABLE})
    return max(number / quota.per_second for quota, number in calls.items())


def test_a_sweep_of_2500_tables_ends_within_five_percent_of_its_slowest_quota() -> None:
    assert bound(TABLES) == 250
    assert sweep(TABLES).now() <= 1.05 * bound(TABLES)


def test_regions_do_not_wait_for_each_other() -> None:
    assert sweep(500, regions=17).now() <= 1.05 * bound(500)


@pytest.mark.parametrize(("regions", "latency"), [(8, 0.3), (20, 0.2)])
def test_many_regions_far_away_take_no_longer_than_one(regions: int, latency: float) -> None:
    assert sweep(300, regions=regions, latency=latency).now() <= 1.05 * bound(300)


def test_slow_answers_do_not_slow_the_sweep_down() -> None:
    assert sweep(500, latency=0.5).now() <= 1.05 * bound(500)


def test_every_call_is_made_once() -> None:
    made = Counter(bucket[2] for _, bucket in sweep(250, regions=2).started)
    assert made["DescribeTimeToLive"] == made["ListTagsOfResource"] == made["GetResourcePolicy"] == 500
    assert made["control-plane reads"] == 500 + 2 * 3


def test_in_no_second_is_a_quota_exceeded() -> None:
    rates = {operation.quota.name: operation.quota.per_second for operation in ops.OPERATIONS.values()}
    windows: dict[Bucket, list[float]] = {}
    for moment, bucket in sweep(600, regions=2).started:
        windows.setdefault(bucket, []).append(moment)
    for bucket, moments in windows.items():
        allowed = max(1.0, rates[bucket[2]]) + BURST
        for number, moment in enumerate(moments):
            within = sum(other < moment + 1 - 1e-9 for other in moments[number : number + int(allowed) + 2])
            assert within <= allowed, bucket


def test_there_are_never_more_calls_in_flight_than_workers() -> None:
    assert sweep(300, workers=5).most_running == 5


def test_a_quota_of_less_than_one_a_second_is_kept() -> None:
    pool = SimulatedPool(4, 0.1)
    scheduler = Scheduler(pool)
    for _ in range(3):
        scheduler.submit(Job(("1", "r", "DescribeLimits"), 1 / 60, lambda: None, lambda _: None))
    scheduler.run()
    assert [moment for moment, _ in pool.started] == pytest.approx([0, 60, 120])


def test_what_a_job_returns_reaches_whoever_waits_for_it_and_may_bring_more_jobs() -> None:
    pool = ThreadPool(3)
    scheduler = Scheduler(pool)
    found: list[int] = []

    def done(number: int) -> None:
        found.append(number)
        if number < 5:
            submit(number + 1)

    def submit(number: int) -> None:
        scheduler.submit(Job(("1", "r", "any"), 1e9, lambda: number, done))

    submit(1)
    scheduler.run()
    pool.close()
    assert found == [1, 2, 3, 4, 5]


def test_an_error_in_a_worker_is_raised_where_the_collection_runs() -> None:
    pool = ThreadPool(1)
    scheduler = Scheduler(pool)

    def work() -> None:
        raise RuntimeError("broken")

    scheduler.submit(Job(("1", "r", "any"), 1e9, work, lambda _: None))
    with pytest.raises(RuntimeError, match="broken"):
        scheduler.run()
    pool.close()
