"""What one account and Region declares beside its tables: each answer as attachments, by the table that it means.

A call that failed hides something of every table; :class:`Neighbours` says what, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

import msgspec

from dyncheck.location import Location
from dyncheck.model import Alarm, ContributorInsights, ScalingPolicy, StreamConsumer
from dyncheck.parsers.attachments import (
    AlarmAttachment,
    BackupSelectionAttachment,
    GlobalTableAttachment,
    InsightsAttachment,
    ScalableTargetAttachment,
    ScalingPolicyAttachment,
    StreamConsumerAttachment,
    TagCondition,
)
from dyncheck.parsers.live import responses, services
from dyncheck.parsers.live.calls import Calls
from dyncheck.parsers.live.records import RegionRecord
from dyncheck.values import Unknown, reasons

_NAMESPACE: Final = "AWS/DynamoDB"
_TAG_PREFIX: Final = "aws:ResourceTag/"
_UNBOUNDED: Final = -1
INSIGHTS_ON: Final = frozenset({"ENABLED", "ENABLING"})
_STOPPED: Final = frozenset({"Disabled", "Disabling"})

Operator = Literal["equals", "not_equals", "like", "not_like"]


class Neighbours(msgspec.Struct, frozen=True, kw_only=True):
    """The surroundings of the tables of one account and Region.

    ``by_table``: attachments by table name. ``selections``: backup selections, which may cover any table.
    ``backups``: the time of the newest backup by table name. ``hidden``: what no table can tell, by field of the table
    (``autoscaling``, ``alarms``, ``consumers``, ``insights``, ``backup_plans``, ``recovery_points``), with the reasons.
    """

    by_table: dict[str, list[Any]] = {}
    selections: tuple[BackupSelectionAttachment, ...] = ()
    backups: dict[str, str] = {}
    hidden: dict[str, frozenset[str]] = {}


_FIELDS: Final = ("autoscaling", "alarms", "consumers", "insights", "backup_plans", "recovery_points", "global_tables")


def unreadable(reason: str) -> Neighbours:
    """The surroundings of tables whose Region cannot be read."""
    return Neighbours(hidden=dict.fromkeys(_FIELDS, frozenset({reason})))


def neighbours(record: RegionRecord, place: Location) -> Neighbours:
    """What the record of an account and Region says. Raises FieldError for a response that is not as it should be."""
    return _Reader(record, place).read()


class _Reader:
    def __init__(self, record: RegionRecord, place: Location) -> None:
        self._calls = Calls(record.calls)
        self._region = record.region
        self._places = {"": place}
        self._by_table: dict[str, list[Any]] = {}
        self._hidden: dict[str, frozenset[str]] = {}

    def read(self) -> Neighbours:
        self._scaling()
        self._alarms()
        self._consumers()
        self._insights()
        self._global_tables()
        return Neighbours(
            by_table=self._by_table, selections=self._selections(), backups=self._backups(), hidden=self._hidden
        )

    def _answer(self, operation: str, hides: str) -> Any:
        """The answer of a call that is made once; None where it failed: what that hides is noted."""
        answer = self._calls.answer(operation)
        if isinstance(answer, Unknown):
            self._hide(hides, answer)
            return None
        return answer

    def _hide(self, field: str, answer: Unknown) -> None:
        self._hidden[field] = self._hidden.get(field, frozenset()) | reasons([answer])

    def _add(self, table: str, attachment: Any) -> None:
        self._by_table.setdefault(table, []).append(attachment)

    def _scaling(self) -> None:
        targets = self._answer("application-autoscaling:DescribeScalableTargets", "autoscaling")
        for target in targets.scalable_targets if targets else ():
            self._add(_table_of(target.resource_id), self._target(target))
        policies = self._answer("application-autoscaling:DescribeScalingPolicies", "autoscaling")
        for policy in policies.scaling_policies if policies else ():
            self._add(_table_of(policy.resource_id), self._policy(policy))

    def _target(self, found: services.ScalableTarget) -> ScalableTargetAttachment:
        suspended = found.suspended_state
        return ScalableTargetAttachment(
            locations=self._places,
            address=found.scalable_target_arn or f"{found.resource_id} {found.scalable_dimension}",
            region=self._region,
            resource_type="AWS::ApplicationAutoScaling::ScalableTarget",
            resource_id=found.resource_id,
            scalable_dimension=found.scalable_dimension,
            min_capacity=found.min_capacity,
            max_capacity=found.max_capacity,
            suspended=suspended.dynamic_scaling_in_suspended or suspended.dynamic_scaling_out_suspended,
        )

    def _policy(self, found: services.ScalingPolicy) -> ScalingPolicyAttachment:
        tracking = found.target_tracking_scaling_policy_configuration or services.Tracking()
        return ScalingPolicyAttachment(
            locations=self._places,
            address=found.policy_arn or f"{found.resource_id} {found.policy_name}",
            region=self._region,
            resource_id=found.resource_id,
            scalable_dimension=found.scalable_dimension,
            policy=ScalingPolicy(
                locations=self._places,
                policy_name=found.policy_name,
                policy_type=found.policy_type,
                target_value=tracking.target_value,
                predefined_metric_type=tracking.predefined_metric_specification.predefined_metric_type,
                disable_scale_in=tracking.disable_scale_in,
            ),
        )

    def _alarms(self) -> None:
        answer = self._answer("cloudwatch:DescribeAlarms", "alarms")
        for alarm in answer.metric_alarms if answer else ():
            queried = (query.metric_stat.metric for query in alarm.metrics if query.metric_stat is not None)
            for metric in (alarm, *queried):
                dimensions = {item.name: item.value for item in metric.dimensions}
                table = dimensions.get("TableName")
                if metric.namespace != _NAMESPACE or table is None:
                    continue
                watched = Alarm(
                    locations=self._places,
                    alarm_name=alarm.alarm_name,
                    metric_name=metric.metric_name,
                    index_name=dimensions.get("GlobalSecondaryIndexName"),
                    actions_enabled=alarm.actions_enabled,
                )
                attachment = AlarmAttachment(
                    address=alarm.alarm_arn or alarm.alarm_name or "",
                    region=self._region,
                    table_name=table,
                    alarm=watched,
                )
                self._add(table, attachment)

    def _consumers(self) -> None:
        answer = self._answer("lambda:ListEventSourceMappings", "consumers")
        for mapping in answer.event_source_mappings if answer else ():
            self._consumer(mapping.event_source_arn, mapping.uuid, _lambda_reader(mapping, self._places))
        self._answer("pipes:ListPipes", "consumers")
        for _, pipe in self._calls.answers("pipes:DescribePipe"):
            if isinstance(pipe, Unknown):
                self._hide("consumers", pipe)
            else:
                self._consumer(pipe.source, pipe.name, _pipe_reader(pipe, self._places))

    def _consumer(self, source: str | None, address: str | None, consumer: StreamConsumer) -> None:
        table = table_of_arn(source or "")
        if table is not None:
            attachment = StreamConsumerAttachment(
                locations=self._places,
                address=address or table,
                region=self._region,
                stream_arn=source,
                consumer=consumer,
            )
            self._add(table, attachment)

    def _insights(self) -> None:
        answer = self._answer("dynamodb:ListContributorInsights", "insights")
        for item in answer.contributor_insights_summaries if answer else ():
            if item.table_name is None:
                continue
            attachment = InsightsAttachment(
                locations=self._places,
                address=item.table_name,
                region=self._region,
                table_name=item.table_name,
                index_name=item.index_name,
                insights=insights(item),
            )
            self._add(item.table_name, attachment)

    def _global_tables(self) -> None:
        answer = self._answer("dynamodb:ListGlobalTables", "global_tables")
        for item in answer.global_tables if answer else ():
            if item.global_table_name is not None:
                attachment = GlobalTableAttachment(
                    address=item.global_table_name,
                    table_name=item.global_table_name,
                    regions=tuple(member.region_name for member in item.replication_group if member.region_name),
                )
                self._add(item.global_table_name, attachment)

    def _selections(self) -> tuple[BackupSelectionAttachment, ...]:
        plans = self._answer("backup:ListBackupPlans", "backup_plans")
        for _, listed in self._calls.answers("backup:ListBackupSelections"):
            if isinstance(listed, Unknown):
                self._hide("backup_plans", listed)
        settings = self._answer("backup:DescribeRegionSettings", "backup_plans")
        opted_in = settings is None or settings.resource_type_opt_in_preference.get("DynamoDB", True)
        if plans is None:
            return ()
        names = {plan.backup_plan_id: plan.backup_plan_name for plan in plans.backup_plans_list}
        found = []
        for call, answer in self._calls.answers("backup:GetBackupSelection"):
            if isinstance(answer, Unknown):
                self._hide("backup_plans", answer)
                continue
            selection = answer.backup_selection if opted_in else _regardless_of_opt_in(answer.backup_selection)
            if selection is not None:
                found.append(self._selection(selection, names.get(call.parameters.get("BackupPlanId", ""))))
        return tuple(found)

    def _selection(self, found: services.Selection, plan: str | None) -> BackupSelectionAttachment:
        conditions = found.conditions
        return BackupSelectionAttachment(
            locations=self._places,
            address=found.selection_name or plan or "",
            region=self._region,
            name=found.selection_name or plan,
            resources=found.resources,
            not_resources=found.not_resources,
            any_tags=_conditions("equals", found.list_of_tags),
            conditions=(
                *_conditions("equals", conditions.string_equals),
                *_conditions("not_equals", conditions.string_not_equals),
                *_conditions("like", conditions.string_like),
                *_conditions("not_like", conditions.string_not_like),
            ),
        )

    def _backups(self) -> dict[str, str]:
        """The newest backup of each table: on-demand and system backups, and recovery points of AWS Backup."""
        newest: dict[str, str] = {}
        listed = self._answer("dynamodb:ListBackups", "recovery_points")
        protected = self._answer("backup:ListProtectedResources", "recovery_points")
        times = [
            (item.table_name, item.backup_creation_date_time)
            for item in (listed.backup_summaries if listed else ())
            if item.backup_status == "AVAILABLE"
        ]
        times += [
            (table_of_arn(item.resource_arn or ""), item.last_backup_time)
            for item in (protected.results if protected else ())
        ]
        for table, time in times:
            if table is not None and time is not None:
                newest[table] = max(newest.get(table, ""), time)
        return newest


def insights(found: responses.Insights) -> ContributorInsights:
    """Contributor Insights as a summary tells them."""
    on = found.contributor_insights_status in INSIGHTS_ON
    return ContributorInsights(enabled=on, mode=found.contributor_insights_mode if on else None)


def table_of_arn(arn: str) -> str | None:
    """The table's name in the ARN of a table, or of a stream or index of it; None for any other ARN."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] != "dynamodb" or not parts[5].startswith("table/"):
        return None
    return parts[5].split("/")[1]


def _table_of(resource_id: str) -> str:
    """The table's name in a resource id of Application Auto Scaling; the id itself when it has none."""
    parts = resource_id.split("/")
    return parts[1] if parts[0] == "table" and len(parts) > 1 else resource_id


def _conditions(operator: Operator, found: Iterable[services.TagCondition]) -> tuple[TagCondition, ...]:
    return tuple(
        TagCondition(operator, (item.condition_key or "").removeprefix(_TAG_PREFIX), item.condition_value)
        for item in found
    )


def _regardless_of_opt_in(found: services.Selection) -> services.Selection | None:
    """What is left of a selection where DynamoDB is switched off in AWS Backup's settings of the Region.

    Only a selection that names tables as such overrides these settings: tags alone, ``*`` and the bare service do not.
    https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html
    """
    named = tuple(arn for arn in found.resources if _names_tables(arn))
    return msgspec.structs.replace(found, resources=named) if named else None


def _names_tables(arn: str) -> bool:
    parts = arn.split(":", 5)
    return len(parts) > 5 and parts[2] == "dynamodb" and parts[5].startswith("table/")


def _lambda_reader(found: services.EventSourceMapping, places: dict[str, Location]) -> StreamConsumer:
    return StreamConsumer(
        locations=places,
        kind="lambda",
        name=_function_name(found.function_arn),
        enabled=found.state not in _STOPPED,
        maximum_retry_attempts=_or_unbounded(found.maximum_retry_attempts),
        maximum_record_age_in_seconds=_or_unbounded(found.maximum_record_age_in_seconds),
        on_failure_destination=found.destination_config.on_failure.destination,
        bisect_batch_on_function_error=bool(found.bisect_batch_on_function_error),
    )


def _function_name(arn: str | None) -> str | None:
    """``arn:aws:lambda:eu-west-1:111122223333:function:reader:live`` is ``reader``."""
    return arn.partition(":function:")[2].split(":")[0] or arn if arn is not None else None


def _pipe_reader(found: services.DescribePipe, places: dict[str, Location]) -> StreamConsumer:
    stream = found.source_parameters.stream
    return StreamConsumer(
        locations=places,
        kind="pipe",
        name=found.name,
        enabled=found.desired_state != "STOPPED",
        maximum_retry_attempts=_or_unbounded(stream.maximum_retry_attempts),
        maximum_record_age_in_seconds=_or_unbounded(stream.maximum_record_age_in_seconds),
        on_failure_destination=stream.dead_letter_config.arn,
        bisect_batch_on_function_error=stream.on_partial_batch_item_failure == "AUTOMATIC_BISECT",
    )


def _or_unbounded(value: int | None) -> int:
    return _UNBOUNDED if value is None else value
