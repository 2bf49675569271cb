"""Readers of tables' streams: event source mappings, events of SAM functions, pipes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dyncheck.model import StreamConsumer
from dyncheck.parsers.attachments import StreamConsumerAttachment
from dyncheck.parsers.cloudformation.evaluated import Block, dig, map_known
from dyncheck.parsers.cloudformation.neighbours import base_of, part_of
from dyncheck.parsers.cloudformation.properties import address_of, flag, places, text, whole
from dyncheck.parsers.cloudformation.template import ResourceNode, Template

_UNBOUNDED: Final = -1


def bound(block: Block, name: str) -> Any:
    """A bound of retries or of record age; -1, which is none at all, where it is left out."""
    return whole(block, name, fallback=_UNBOUNDED)


def event_source_mapping(template: Template, resource: ResourceNode, block: Block) -> Iterator[Any]:
    """``AWS::Lambda::EventSourceMapping``."""
    yield consumer(template, resource, block, "EventSourceArn", text(block, "FunctionName"))


def consumer(template: Template, resource: ResourceNode, block: Block, arn: str, name: Any) -> StreamConsumerAttachment:
    """A Lambda function that reads a stream: an event source mapping, or an event of a SAM function."""
    found = places(
        block,
        {
            "enabled": "Enabled",
            "maximum_retry_attempts": "MaximumRetryAttempts",
            "maximum_record_age_in_seconds": "MaximumRecordAgeInSeconds",
            "on_failure_destination": "DestinationConfig.OnFailure.Destination",
            "bisect_batch_on_function_error": "BisectBatchOnFunctionError",
        },
    )
    base = base_of(template, resource, found)
    if block.place is not None and arn == "Stream":
        base["locations"][""] = block.place
    return StreamConsumerAttachment(
        **base,
        stream_arn=text(block, arn),
        consumer=StreamConsumer(
            kind="lambda",
            name=name,
            enabled=flag(block, "Enabled", True),
            maximum_retry_attempts=bound(block, "MaximumRetryAttempts"),
            maximum_record_age_in_seconds=bound(block, "MaximumRecordAgeInSeconds"),
            on_failure_destination=text(block, "DestinationConfig", "OnFailure", "Destination"),
            bisect_batch_on_function_error=flag(block, "BisectBatchOnFunctionError"),
            locations=base["locations"],
        ),
    )


def sam_function(template: Template, resource: ResourceNode, block: Block) -> Iterator[Any]:
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-dynamodb.html"""
    events = block.get("Events")
    name = text(block, "FunctionName", fallback=address_of(template, resource))
    for event in events.values.values() if isinstance(events, Block) else ():
        if isinstance(event, Block) and event.get("Type") == "DynamoDB":
            properties = event.get("Properties")
            if isinstance(properties, Block):
                yield consumer(template, resource, properties, "Stream", name)


def pipe(template: Template, resource: ResourceNode, block: Block) -> Iterator[Any]:
    """``AWS::Pipes::Pipe``, whatever it reads: the ARN of its source tells."""
    source = "SourceParameters.DynamoDBStreamParameters"
    inner = part_of(dig(block, "SourceParameters", "DynamoDBStreamParameters"), "stream parameters")
    found = places(
        block,
        {
            "enabled": "DesiredState",
            "maximum_retry_attempts": f"{source}.MaximumRetryAttempts",
            "maximum_record_age_in_seconds": f"{source}.MaximumRecordAgeInSeconds",
            "on_failure_destination": f"{source}.DeadLetterConfig.Arn",
            "bisect_batch_on_function_error": f"{source}.OnPartialBatchItemFailure",
        },
    )
    base = base_of(template, resource, found)
    yield StreamConsumerAttachment(
        **base,
        stream_arn=text(block, "Source"),
        consumer=StreamConsumer(
            kind="pipe",
            name=text(block, "Name"),
            enabled=map_known(lambda plain: plain != "STOPPED", text(block, "DesiredState", fallback="RUNNING")),
            maximum_retry_attempts=bound(inner, "MaximumRetryAttempts"),
            maximum_record_age_in_seconds=bound(inner, "MaximumRecordAgeInSeconds"),
            on_failure_destination=text(inner, "DeadLetterConfig", "Arn"),
            bisect_batch_on_function_error=map_known(
                lambda plain: plain == "AUTOMATIC_BISECT", text(inner, "OnPartialBatchItemFailure", fallback="")
            ),
            locations=base["locations"],
        ),
    )
