"""The collection of one account and Region: which calls are made, in which order, and what becomes of their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec

from dyncheck.errors import LiveError
from dyncheck.parsers.live import operations as ops
from dyncheck.parsers.live.access import EXPIRED, Clients
from dyncheck.parsers.live.calls import checked
from dyncheck.parsers.live.journal import Key, cluster_key, region_key, table_key
from dyncheck.parsers.live.operations import Operation
from dyncheck.parsers.live.pages import KEPT, joined
from dyncheck.parsers.live.records import (
    Call,
    CallError,
    ClusterRecord,
    RegionRecord,
    TableRecord,
    encode_record,
    raw,
)
from dyncheck.parsers.live.scheduler import Bucket, Job, Scheduler
from dyncheck.parsers.live.shared import Done, Question, Shared
from dyncheck.parsers.live.table_run import TableRun
from dyncheck.parsers.live.usage import queries

_UNLIMITED: Final = 1e9

MAX_QUERIES: Final = 500
"""Metrics that one GetMetricData may ask for."""


class Unit(msgspec.Struct, frozen=True):
    """One account and Region to collect."""

    account: str
    partition: str
    region: str


class UnitOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is collected, and when. ``quotas``: False makes calls as fast as they are answered."""

    time: str
    usage_days: int = 0
    quotas: bool = True


class UnitRun:
    """One unit on its way. ``sink`` gets every finished record; ``known``: tables and clusters that it has already.

    ``shared``: the answers that the units of a sweep share; a unit by itself has its own.
    """

    def __init__(
        self,
        unit: Unit,
        clients: Clients,
        *,
        scheduler: Scheduler,
        sink: Callable[[Key, bytes], None],
        options: UnitOptions,
        known: frozenset[Key] = frozenset(),
        shared: Shared | None = None,
    ) -> None:
        self.unit = unit
        self._clients = clients
        self._scheduler = scheduler
        self._sink = sink
        self._options = options
        self._known = known
        self._calls: list[Call] = []
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._shared = shared or Shared()
        self._metered: list[tuple[TableRun, list[str]]] = []
        self._pending = 0
        self._undescribed = 0
        self._tables = sum(key[2] == 1 for key in known)
        self._clusters = len(known) - self._tables
        self.listed = self._tables
        self.complete = False

    @property
    def tables(self) -> int:
        """How many tables are collected so far."""
        return self._tables

    def start(self) -> None:
        """Submit the first calls; their answers bring the others."""
        self._pending += 1
        self.call(ops.LIST_TABLES, {}, self._ended(self._listed), on_page=self._page)
        for operation in ops.OF_A_REGION:
            self._pending += 1
            parameters = self._of_region(operation)
            if self._clients.offers(operation.service, self.unit.region, self.unit.partition):
                self.call(operation, parameters, self._ended(self._of_whole_region))
            else:
                note = {"NotAvailable": f"{operation.service} is not offered in {self.unit.region}"}
                self._ended(self._of_whole_region)(Call(operation=operation.id, parameters=note, response=raw({})), {})

    def record(self) -> bytes:
        """The record of the Region as far as it is known."""
        unit = self.unit
        return encode_record(
            RegionRecord(
                account=unit.account,
                partition=unit.partition,
                region=unit.region,
                time=self._options.time,
                complete=self.complete,
                tables=self._tables,
                clusters=self._clusters,
                calls=tuple(self._calls),
            )
        )

    def call(
        self,
        operation: Operation,
        parameters: Mapping[str, Any],
        done: Done,
        *,
        region: str | None = None,
        on_page: Callable[[Any], None] | None = None,
    ) -> None:
        """Call an operation, all of its pages; ``region``: another Region than the unit's own."""
        _Asking(self, operation, parameters, done, region=region, on_page=on_page).submit()

    def submit(self, operation: Operation, where: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Make one call of an operation in a Region, as soon as its quota allows."""
        key = (where, operation.quota.name)
        bucket = self._buckets.setdefault(key, (self.unit.account, *key))
        rate = operation.quota.per_second if self._options.quotas else _UNLIMITED
        self._scheduler.submit(Job(bucket, rate, work, done))

    def make(self, operation: Operation, where: str, arguments: Mapping[str, Any]) -> dict[str, Any] | CallError:
        """One call, in a worker."""
        return self._clients.call(operation, where, arguments)

    def share(self, operation: Operation, parameters: dict[str, Any], done: Done, region: str | None) -> None:
        """Call an operation whose answer others need too, once. It has one parameter at the most."""
        question = self._question(operation, parameters, region)
        if self._shared.is_first(question, (done, region)):
            self.call(operation, parameters, partial(self._shared.answered, question), region=region)

    def forget(self, operation: Operation, parameters: dict[str, Any]) -> None:
        """Let go of a shared answer of the unit's own Region."""
        self._shared.forget(self._question(operation, parameters, None))

    def _question(self, operation: Operation, parameters: dict[str, Any], region: str | None) -> Question:
        return self.unit.account, region or self.unit.region, operation, next(iter(parameters.values()), "")

    def described(self, table: TableRun, indexes: list[str] | None) -> None:
        """A table's description is there (None: it failed): its metrics can be asked for."""
        self._undescribed -= 1
        if indexes is not None and self._options.usage_days:
            size = sum(len(queries(other.name, names, 0)) for other, names in self._metered)
            if size + len(queries(table.name, indexes, 0)) > MAX_QUERIES:
                self._meter()
            table.pending += 1
            self._metered.append((table, indexes))
        self._meter_rest()

    def finished(self, table: TableRun) -> None:
        """A table has all of its answers."""
        unit = self.unit
        record = TableRecord(
            account=unit.account, region=unit.region, name=table.name, arn=table.arn, calls=tuple(table.calls)
        )
        self._sink(table_key(unit.account, unit.region, table.name), encode_record(record))
        self._tables += 1
        self._pending -= 1
        self._end_if_done()

    def stop_if_expired(self, operation: Operation, error: CallError) -> None:
        """Raise LiveError for an error after which no further call can succeed."""
        if error.code in EXPIRED:
            raise LiveError(
                f"the credentials cannot be used any more ({error.code}: {error.message})",
                account=self.unit.account,
                region=self.unit.region,
                operation=operation.id,
                code=error.code,
            )

    def _ended(self, then: Done) -> Done:
        def ended(call: Call, response: Any) -> None:
            then(call, response)
            self._pending -= 1
            self._end_if_done()

        return ended

    def _end_if_done(self) -> None:
        if self._pending == 0:
            self.complete = True
            self._sink(region_key(self.unit.account, self.unit.region), self.record())
            self._clients.forget(self.unit.region)

    def _page(self, response: Any) -> None:
        for name in response.get("TableNames", ()):
            if table_key(self.unit.account, self.unit.region, name) in self._known:
                continue
            self.listed += 1
            self._pending += 1
            self._undescribed += 1
            TableRun(self, name).start()

    def _listed(self, call: Call, response: Any) -> None:
        self._calls.append(call)
        self._meter_rest(listing_ends=True)

    def _meter_rest(self, *, listing_ends: bool = False) -> None:
        listed = listing_ends or any(call.operation == ops.LIST_TABLES.id for call in self._calls)
        if listed and self._undescribed == 0 and self._metered:
            self._meter()

    def _of_region(self, operation: Operation) -> dict[str, Any]:
        if operation is ops.LIST_PIPES:
            return {"SourcePrefix": f"arn:{self.unit.partition}:dynamodb:"}
        return {}

    def _of_whole_region(self, call: Call, response: Any) -> None:
        """An answer about the whole Region, and the calls about what it lists."""
        if response is not None and call.operation in KEPT:
            part, wanted = KEPT[call.operation]
            response = {**response, part: [item for item in response.get(part, ()) if wanted(item)]}
            call = msgspec.structs.replace(call, response=raw(response))
        if response and call.operation == ops.DESCRIBE_CLUSTERS.id:
            for cluster in response.get("Clusters", ()):
                self._cluster(cluster)
            call = msgspec.structs.replace(call, response=raw({"Clusters": []}))
        self._calls.append(call)
        listed = response or {}
        for plan in listed.get("BackupPlansList", ()):
            parameters = {"BackupPlanId": plan["BackupPlanId"]}
            self._further(ops.GET_BACKUP_PLAN, parameters)
            self._further(ops.LIST_BACKUP_SELECTIONS, parameters)
        for selection in listed.get("BackupSelectionsList", ()):
            names = ("BackupPlanId", "SelectionId")
            self._further(ops.GET_BACKUP_SELECTION, {name: selection[name] for name in names})
        for pipe in listed.get("Pipes", ()):
            self._further(ops.DESCRIBE_PIPE, {"Name": pipe["Name"]})

    def _further(self, operation: Operation, parameters: dict[str, Any]) -> None:
        self._pending += 1
        self.call(operation, parameters, self._ended(self._of_whole_region))

    def _cluster(self, described: dict[str, Any]) -> None:
        unit, name, arn = self.unit, described["ClusterName"], described["ClusterArn"]
        key = cluster_key(unit.account, unit.region, name)
        if key in self._known:
            return
        own = Call(operation=ops.DESCRIBE_CLUSTERS.id, response=raw({"Clusters": [described]}))

        def tagged(tags: Call, response: Any) -> None:
            record = ClusterRecord(account=unit.account, region=unit.region, name=name, arn=arn, calls=(own, tags))
            self._sink(key, encode_record(record))
            self._clusters += 1

        self._pending += 1
        self.call(ops.LIST_DAX_TAGS, {"ResourceName": arn}, self._ended(tagged))

    def _meter(self) -> None:
        """Ask for the metrics that are due, and give each table its own part of the answer."""
        batch, self._metered = self._metered, []
        asked: list[dict[str, Any]] = []
        spans: list[tuple[TableRun, int, int]] = []
        for table, indexes in batch:
            own = queries(table.name, indexes, len(asked))
            spans.append((table, len(asked), len(own)))
            asked += own
        end = datetime.fromisoformat(self._options.time).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        start = end - timedelta(days=self._options.usage_days)
        window = {"StartTime": start.isoformat(), "EndTime": end.isoformat()}

        def answered(call: Call, response: Any) -> None:
            for table, first, number in spans:
                table.metered(call, response, first, number, self._options.usage_days)

        self.call(ops.GET_METRIC_DATA, {"MetricDataQueries": asked, **window}, answered)


class _Asking:
    """A call on its way, page after page. Tens of thousands wait for their quota at once: each is small."""

    __slots__ = ("_done", "_on_page", "_operation", "_pages", "_parameters", "_region", "_token", "_tokens", "_unit")

    def __init__(
        self,
        unit: UnitRun,
        operation: Operation,
        parameters: Mapping[str, Any],
        done: Done,
        *,
        region: str | None,
        on_page: Callable[[Any], None] | None,
    ) -> None:
        self._unit = unit
        self._operation = operation
        self._parameters = parameters
        self._done = done
        self._region = region
        self._on_page = on_page
        self._pages: tuple[dict[str, Any], ...] = ()
        self._token: Any = None
        self._tokens: frozenset[Any] = frozenset()

    def submit(self) -> None:
        self._unit.submit(self._operation, self._where, self._make, self._answered)

    @property
    def _where(self) -> str:
        return self._region or self._unit.unit.region

    @property
    def _asked(self) -> dict[str, Any]:
        return {**self._operation.parameters, **self._parameters}

    def _make(self) -> dict[str, Any] | CallError:
        page = {} if self._token is None else {self._operation.token_in: self._token}
        return self._unit.make(self._operation, self._where, {**self._asked, **page})

    def _answered(self, found: dict[str, Any] | CallError) -> None:
        error = None
        token = None
        if isinstance(found, CallError):
            self._unit.stop_if_expired(self._operation, found)
            error = found
        else:
            self._pages += (found,)
            if self._on_page is not None and self._call((found,)).error is None:
                self._on_page(found)
            token = found.get(self._operation.token_out) if self._operation.lists else None
            if not isinstance(token, str | None):
                error, token = CallError("InvalidResponse", f"{self._operation.token_out} is no text"), None
        if token and token not in self._tokens:
            self._token = token
            self._tokens |= {token}
            self.submit()
            return
        self._end(CallError("InvalidResponse", "the same page twice") if token else error)

    def _end(self, error: CallError | None) -> None:
        call = self._call(self._pages, error)
        self._done(call, None if call.error is not None else joined(self._operation, self._pages))

    def _call(self, pages: tuple[dict[str, Any], ...], error: CallError | None = None) -> Call:
        """The call as far as these pages go; failed, where they are not what AWS answers."""
        call = Call(
            operation=self._operation.id,
            region=self._region,
            parameters=self._asked,
            response=raw(joined(self._operation, pages) if pages else None),
            error=error,
        )
        return checked(call)
