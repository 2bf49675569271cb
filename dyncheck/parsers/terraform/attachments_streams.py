"""Readers of streams: ``aws_lambda_event_source_mapping`` and ``aws_pipes_pipe``.

Defaults: terraform-provider-aws documentation; -1 for retries and record age means "until the record expires".
"""

from __future__ import annotations

import re
from typing import Any, Final

from dyncheck.model import StreamConsumer
from dyncheck.parsers.attachments import StreamConsumerAttachment
from dyncheck.parsers.terraform.body import Body, single
from dyncheck.parsers.terraform.reading import Context, flag, number, places, text
from dyncheck.parsers.terraform.undecided import default
from dyncheck.values import Unknown, lift

_UNBOUNDED: Final = -1
_RESOURCE: Final = re.compile(r"(?:module\.[^.]+\.)*(?:data\.)?(aws_\w+)\.")


def event_source_mapping(context: Context, body: Body) -> StreamConsumerAttachment | None:
    """A Lambda function that reads a stream; None for queues and other sources, which have no starting position."""
    source = text(body, "event_source_arn")
    if source is None or _of_another_service(source) or body.value("starting_position") is None:
        return None
    failure = _nested(body, "destination_config", "on_failure")
    locations = places(
        body,
        {
            "name": "function_name",
            "enabled": "enabled",
            "maximum_retry_attempts": "maximum_retry_attempts",
            "maximum_record_age_in_seconds": "maximum_record_age_in_seconds",
            "on_failure_destination": "destination_config",
            "bisect_batch_on_function_error": "bisect_batch_on_function_error",
        },
    )
    consumer = StreamConsumer(
        kind="lambda",
        name=text(body, "function_name"),
        enabled=flag(body, "enabled", True),
        maximum_retry_attempts=default(number(body, "maximum_retry_attempts"), _UNBOUNDED),
        maximum_record_age_in_seconds=default(number(body, "maximum_record_age_in_seconds"), _UNBOUNDED),
        on_failure_destination=lift(lambda inner: inner and text(inner, "destination_arn"), failure),
        bisect_batch_on_function_error=flag(body, "bisect_batch_on_function_error"),
        locations=locations,
    )
    return _attachment(context, source, consumer)


def pipe(context: Context, body: Body) -> StreamConsumerAttachment | None:
    """An EventBridge pipe whose source is a DynamoDB stream."""
    source = text(body, "source")
    parameters = _nested(body, "source_parameters", "dynamodb_stream_parameters")
    if source is None or parameters is None or _of_another_service(source):
        return None

    def read(name: str) -> Any:
        return lift(lambda inner: inner and number(inner, name), parameters)

    dead_letters = lift(lambda inner: inner and single(inner.blocks("dead_letter_config")), parameters)
    bisected = lift(lambda inner: inner and text(inner, "on_partial_batch_item_failure"), parameters)
    consumer = StreamConsumer(
        kind="pipe",
        name=text(body, "name"),
        enabled=lift(lambda state: state != "STOPPED", body.value("desired_state")),
        maximum_retry_attempts=default(read("maximum_retry_attempts"), _UNBOUNDED),
        maximum_record_age_in_seconds=default(read("maximum_record_age_in_seconds"), _UNBOUNDED),
        on_failure_destination=lift(lambda inner: inner and text(inner, "arn"), dead_letters),
        bisect_batch_on_function_error=lift(lambda plain: plain == "AUTOMATIC_BISECT", bisected),
        locations=places(body, {"name": "name", "enabled": "desired_state"}),
    )
    return _attachment(context, source, consumer)


def _attachment(context: Context, source: Any, consumer: StreamConsumer) -> StreamConsumerAttachment:
    return StreamConsumerAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        stream_arn=source,
        consumer=consumer,
        locations=consumer.locations,
    )


def _nested(body: Body, outer: str, inner: str) -> Any:
    return lift(lambda block: block and single(block.blocks(inner)), single(body.blocks(outer)))


def _of_another_service(source: Any) -> bool:
    """Whether a source is certainly no DynamoDB stream: the ARN, or the resource, of another service."""
    if isinstance(source, str):
        return source.startswith("arn:") and ":dynamodb:" not in source
    if isinstance(source, Unknown) and source.symbol is not None:
        found = _RESOURCE.match(source.symbol)
        return found is not None and not found[1].startswith("aws_dynamodb_")
    return False
