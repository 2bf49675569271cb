"""The collection of one table: its own calls, those of its replicas and of their keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dyncheck.parsers.live import operations as ops
from dyncheck.parsers.live.pages import series
from dyncheck.parsers.live.records import Call, raw
from dyncheck.parsers.live.shared import Done
from dyncheck.parsers.live.usage import PERIOD

if TYPE_CHECKING:
    from dyncheck.parsers.live.units import UnitRun

_ARN_ACCOUNT: Final = 4

_BY_ARN: Final = (ops.LIST_TAGS_OF_RESOURCE, ops.GET_RESOURCE_POLICY)
"""Operations that take a table's ARN, where the others take its name."""


class TableRun:
    """One table on its way; ``pending`` calls are still out."""

    def __init__(self, unit: UnitRun, name: str) -> None:
        where = unit.unit
        self._unit = unit
        self.name = name
        self.arn = f"arn:{where.partition}:dynamodb:{where.region}:{where.account}:table/{name}"
        self.calls: list[Call] = []
        self.pending = 0
        self._is_global = False

    def start(self) -> None:
        """Submit everything that needs no more than the name."""
        self.pending = len(ops.OF_A_TABLE)
        plainly, by_arn = self._ended(None), {"ResourceArn": self.arn}
        by_name = {"TableName": self.name}
        for operation in ops.OF_A_TABLE:
            then = self._ended(self._described) if operation is ops.DESCRIBE_TABLE else plainly
            about = by_arn if operation in _BY_ARN else by_name
            if operation in ops.OF_A_REPLICA:
                self._unit.share(operation, about, then, None)
            else:
                self._unit.call(operation, about, then)

    def metered(self, call: Call, response: Any, first: int, number: int, days: int) -> None:
        """Take the table's own part of an answer about many tables' metrics."""
        parameters = {"Days": days, "Period": PERIOD, **{n: call.parameters[n] for n in ("StartTime", "EndTime")}}
        own = None if response is None else raw({"MetricDataResults": series(response, first, number)})
        part = Call(operation=call.operation, parameters=parameters, error=call.error)
        self._ended(None)(part if own is None else msgspec.structs.replace(part, response=own), response)

    def _ended(self, then: Callable[[Any], None] | None) -> Done:
        def ended(call: Call, response: Any) -> None:
            self.calls.append(call)
            if then is not None:
                then(response)
            self.pending -= 1
            if self.pending == 0:
                if not self._is_global:
                    self._forget()
                self._unit.finished(self)

        return ended

    def _forget(self) -> None:
        """Let go of the answers that units of other Regions would need of a global table."""
        for operation in ops.OF_A_REPLICA:
            about = {"ResourceArn": self.arn} if operation in _BY_ARN else {"TableName": self.name}
            self._unit.forget(operation, about)

    def _described(self, response: Any) -> None:
        table = (response or {}).get("Table", {})
        self._ask_for_key(table, None)
        if table.get("StreamSpecification", {}).get("StreamEnabled") and "LatestStreamArn" in table:
            self.pending += 1
            parameters = {"ResourceArn": table["LatestStreamArn"]}
            self._unit.call(ops.GET_RESOURCE_POLICY, parameters, self._ended(None))
        replicas = [replica for replica in table.get("Replicas", ()) if self._is_own(replica)]
        self._is_global = bool(replicas)
        if replicas:
            self.pending += 1
            self._unit.call(ops.DESCRIBE_REPLICA_AUTOSCALING, {"TableName": self.name}, self._ended(None))
        for replica in replicas:
            self._ask_replica(replica["RegionName"])
        indexes = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ())]
        self._unit.described(self, None if response is None else indexes)

    def _ask_for_key(self, table: Mapping[str, Any], region: str | None) -> None:
        key = table.get("SSEDescription", {}).get("KMSMasterKeyArn")
        if key is None:
            return
        parameters = {"KeyId": key}

        def described(response: Any) -> None:
            if (response or {}).get("KeyMetadata", {}).get("KeyManager") == "CUSTOMER":
                self.pending += 1
                self._unit.share(ops.GET_KEY_ROTATION_STATUS, parameters, self._ended(None), region)

        self.pending += 1
        self._unit.share(ops.DESCRIBE_KEY, parameters, self._ended(described), region)

    def _is_own(self, replica: Mapping[str, Any]) -> bool:
        """Whether a replica belongs to the table's account: others cannot be looked into."""
        owner = replica.get("ReplicaArn", "").split(":")
        return len(owner) <= _ARN_ACCOUNT or owner[_ARN_ACCOUNT] in ("", self._unit.unit.account)

    def _ask_replica(self, region: str) -> None:
        """What a replica does not share with its table."""
        unit = self._unit.unit
        arn = f"arn:{unit.partition}:dynamodb:{region}:{unit.account}:table/{self.name}"

        def described(response: Any) -> None:
            self._ask_for_key((response or {}).get("Table", {}), region)

        for operation in ops.OF_A_REPLICA:
            self.pending += 1
            then = described if operation is ops.DESCRIBE_TABLE else None
            about = {"ResourceArn": arn} if operation in _BY_ARN else {"TableName": self.name}
            self._unit.share(operation, about, self._ended(then), region)
        self.pending += 1
        self._unit.share(ops.LIST_CONTRIBUTOR_INSIGHTS, {}, self._insights, region)

    def _insights(self, listed: Call, response: Any) -> None:
        """Take the table's own part of the list of a replica's Region, which is asked for once."""
        part = "ContributorInsightsSummaries"
        parameters = {"TableName": self.name}
        own = msgspec.structs.replace(listed, parameters=parameters)
        if response is not None:
            items = [item for item in response.get(part, ()) if item.get("TableName") == self.name]
            own = msgspec.structs.replace(own, response=raw({part: items}))
        self._ended(None)(own, response)
