"""``serverless.yml``: the CloudFormation under ``resources``, and the streams that functions read.

https://www.serverless.com/framework/docs/providers/aws/guide/resources,
https://www.serverless.com/framework/docs/providers/aws/events/streams
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from dyncheck.location import Location
from dyncheck.model import Problem, StreamConsumer
from dyncheck.parsers.attachments import StreamConsumerAttachment
from dyncheck.parsers.cloudformation.consumers import bound
from dyncheck.parsers.cloudformation.context import Context, Documents
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.evaluated import Block, default, dig, map_known
from dyncheck.parsers.cloudformation.nodes import MappingNode, Node, ScalarNode, SequenceNode
from dyncheck.parsers.cloudformation.properties import flag, places, text
from dyncheck.parsers.cloudformation.serverless_variables import ServerlessVariables
from dyncheck.parsers.cloudformation.template import Template
from dyncheck.parsers.coerce import to_str
from dyncheck.values import ABSENT

_FILE: Final = re.compile(r"\$\{\s*file\(\s*([^){}]+?)\s*\)")


def open_service(document: Document, root: MappingNode, context: Context) -> Template:
    """The template that a service's ``resources`` make together."""
    variables = ServerlessVariables(root, document)
    service = Template([(document, root)], context, given={}, variables=variables)
    region = _provider(service, root, "region")
    if isinstance(region, str):
        context.region = region
    sources = [
        (place, node)
        for place, part in _parts(service, document, root.get("resources"))
        if isinstance(node := part, MappingNode)
    ]
    return Template(sources or [(document, root)], context, given={}, variables=variables)


def _provider(service: Template, root: MappingNode, name: str) -> Any:
    node = root.get("provider", name)
    return service.evaluate(node, {}) if node is not None else None


def _parts(service: Template, document: Document, node: Node | None) -> Iterator[tuple[Document, Node]]:
    if isinstance(node, SequenceNode):
        for item in node.items:
            yield from _parts(service, document, item)
    elif isinstance(node, ScalarNode) and service.variables is not None:
        found = service.variables.follow(service, document, node)
        if found is not None and not isinstance(found[1], ScalarNode):
            yield from _parts(service, *found)
    elif node is not None:
        yield document, node


def included_files(documents: Documents, path: str) -> set[str]:
    """The files in the tree that a service's ``${file(…)}`` name without variables of their own."""
    document = documents.get(path)
    if isinstance(document, Problem):
        return set()
    found = (documents.resolve(path, name.strip("'\"")) for name in _FILE.findall(document.text))
    return {name for name in found if name is not None}


def stream_events(template: Template, document: Document, root: MappingNode) -> Iterator[StreamConsumerAttachment]:
    """The DynamoDB streams among the events of the service's functions."""
    functions = root.get("functions")
    if not isinstance(functions, MappingNode):
        return
    with template.reading(document):
        for name, entry in functions.entries.items():
            events = entry.node.get("events") if isinstance(entry.node, MappingNode) else None
            for item in events.items if isinstance(events, SequenceNode) else ():
                event = template.evaluate(item, {})
                value = event.get("stream") if isinstance(event, Block) else ABSENT
                if isinstance(event, Block) and value is not ABSENT:
                    place = event.places.get("stream", template.location(entry.key))
                    attachment = _consumer(template, name, value, place)
                    if attachment is not None:
                        yield attachment


def _consumer(template: Template, name: str, value: Any, place: Location) -> StreamConsumerAttachment | None:
    block = value if isinstance(value, Block) else Block({"arn": value}, {"arn": place}, place)
    if block.get("type") == "kinesis":
        return None
    destination = dig(block, "destinations", "onFailure")
    arn = map_known(lambda plain: plain.get("arn") if isinstance(plain, Block) else plain, destination)
    found = {
        "": place,
        **places(
            block,
            {
                "enabled": "enabled",
                "maximum_retry_attempts": "maximumRetryAttempts",
                "maximum_record_age_in_seconds": "maximumRecordAgeInSeconds",
                "on_failure_destination": "destinations.onFailure",
                "bisect_batch_on_function_error": "bisectBatchOnFunctionError",
            },
        ),
    }
    return StreamConsumerAttachment(
        address=f"functions.{name}",
        region=template.context.region,
        locations=found,
        stream_arn=text(block, "arn"),
        consumer=StreamConsumer(
            kind="lambda",
            name=name,
            enabled=flag(block, "enabled", True),
            maximum_retry_attempts=bound(block, "maximumRetryAttempts"),
            maximum_record_age_in_seconds=bound(block, "maximumRecordAgeInSeconds"),
            on_failure_destination=default(to_str(arn), None),
            bisect_batch_on_function_error=flag(block, "bisectBatchOnFunctionError"),
            locations=found,
        ),
    )
