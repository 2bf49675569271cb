"""Variables of the Serverless Framework: ``${self:…}``, ``${opt:…}``, ``${env:…}``, ``${file(…)}`` and such.

What the files decide is resolved, with the fallback of a variable as its default; the rest is unknown under its own
text. https://www.serverless.com/framework/docs/providers/aws/guide/variables
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.evaluated import concat, dig, scalar_text
from dyncheck.parsers.cloudformation.nodes import MappingNode, Node, ScalarNode, SequenceNode, call_of
from dyncheck.values import ABSENT, unknown

if TYPE_CHECKING:
    from dyncheck.parsers.cloudformation.template import Template

_START: Final = re.compile(r"\$\{\s*(?:self:|opt:|env:|file\(|sls:|ssm[:(.]|cf[:(.]|s3:|param:|git:|strToBool\()")
_START_AWS: Final = re.compile(r"\$\{\s*aws:(?:accountId|region)\b")
_FILE: Final = re.compile(r"file\(\s*([^)]*?)\s*\)(?::(.+))?", re.DOTALL)
_WHOLE: Final = re.compile(r"\$\{((?:file\(|self:).*)\}", re.DOTALL)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_MAX_VARIABLE: Final = 2_000
_DEFAULT_STAGE: Final = "dev"


def resolve_text(template: Template, text: str) -> list[Any]:
    """A text as its parts: literal text, and the values of the Serverless variables in it."""
    parts: list[Any] = []
    offset = 0
    while match := _next(template, text, offset):
        end = _closing(text, match.start() + 2)
        if end is None:
            break
        parts.append(text[offset : match.start()])
        parts.append(_value(template, text[match.start() + 2 : end]))
        offset = end + 1
    parts.append(text[offset:])
    return [part for part in parts if part != ""]


def resolve_whole(template: Template, text: str) -> Any:
    """The value of a text that is one variable: it may be a block or list; else the text with its variables."""
    parts = resolve_text(template, text.strip() if text.lstrip().startswith("${") else text)
    return parts[0] if len(parts) == 1 else concat(parts, "text")


def _next(template: Template, text: str, offset: int) -> re.Match[str] | None:
    match = _START.search(text, offset)
    if match is None and template.variables is not None:
        return _START_AWS.search(text, offset)
    return match


def _closing(text: str, offset: int) -> int | None:
    depth = 1
    for index in range(offset, min(len(text), offset + _MAX_VARIABLE)):
        if text[index] == "{":
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return None


def _value(template: Template, inner: str) -> Any:
    text = f"${{{inner.strip()}}}"
    variables = template.variables
    if variables is None:
        return unknown(text, symbol=text)
    return variables.value(template, inner, text)


class ServerlessVariables:
    """The variables of one ``serverless.yml``."""

    def __init__(self, root: MappingNode, document: Document) -> None:
        self._root = root
        self._document = document
        self._path = document.path
        self._resolving: set[str] = set()

    def value(self, template: Template, inner: str, text: str) -> Any:
        """The value of ``${inner}``; ``text`` is what an unknown one is called."""
        if text in self._resolving:
            return unknown(f"{text} (reference cycle)")
        self._resolving.add(text)
        try:
            expanded = concat(resolve_text(template, inner), "variable")
            if not isinstance(expanded, str):
                return unknown(text, symbol=text)
            for candidate in _alternatives(expanded):
                value = self._candidate(template, candidate)
                if value is not ABSENT:
                    return value
            return unknown(text, symbol=text)
        finally:
            self._resolving.discard(text)

    def follow(self, template: Template, document: Document, node: ScalarNode) -> tuple[Document, Node] | None:
        """What a text that is one ``${file(…)}`` or ``${self:…}`` names, unevaluated, with the file of it."""
        match = _WHOLE.fullmatch(node.value.strip()) if isinstance(node.value, str) else None
        if match is None:
            return None
        inner = concat(resolve_text(template, match.group(1)), "variable")
        if not isinstance(inner, str):
            return None
        if inner.startswith("self:"):
            return self._step(self._document, self._root, inner.removeprefix("self:"))
        file = _FILE.fullmatch(inner)
        path = template.context.documents.resolve(self._path, file.group(1).strip("'\"")) if file else None
        found = template.context.documents.get(path) if path is not None else None
        if isinstance(found, Problem):
            template.context.problems[found] = None
        if file is None or found is None or isinstance(found, Problem) or found.root is None:
            return None
        return self._step(found, found.root, file.group(2) or "")

    @staticmethod
    def _step(document: Document, root: Node, path: str) -> tuple[Document, Node] | None:
        steps = [step for step in path.split(".") if step]
        node = root.get(*steps) if steps and isinstance(root, MappingNode) else root if not steps else None
        return None if node is None else (document, node)

    def _candidate(self, template: Template, expression: str) -> Any:
        if expression[:1] in "'\"" and expression[-1:] == expression[:1]:
            return expression[1:-1]
        if _NUMBER.fullmatch(expression) or expression in ("true", "false"):
            return expression
        if expression.startswith("self:"):
            return self._own(template, expression.removeprefix("self:"))
        if expression == "sls:stage":
            return self._stage(template)
        if expression == "aws:region":
            return template.context.region
        if expression == "aws:accountId":
            return template.context.account
        if match := _FILE.fullmatch(expression):
            return self._file(template, match.group(1).strip("'\""), match.group(2) or "")
        if expression.startswith("strToBool(") and expression.endswith(")"):
            inner = expression.removeprefix("strToBool(")[:-1]
            return inner if inner in ("true", "false") else ABSENT
        if expression.startswith(("opt:", "env:", "param:")):
            return self._parameter(template, expression)
        return unknown(f"${{{expression}}}", symbol=f"${{{expression}}}")

    def _stage(self, template: Template) -> Any:
        stage = self._walk(template, self._root, ["provider", "stage"])
        return _DEFAULT_STAGE if stage is ABSENT else stage

    def _own(self, template: Template, path: str) -> Any:
        if path == "provider.stage":
            return self._stage(template)
        return self._walk(template, self._root, [step for step in path.split(".") if step])

    def _parameter(self, template: Template, expression: str) -> Any:
        """``param:x`` may have a value for every stage in the file; options and the environment never do."""
        kind, _, name = expression.partition(":")
        if kind != "param":
            return ABSENT
        stage = scalar_text(self._stage(template)) or _DEFAULT_STAGE
        for params in (["params", stage, name], ["params", "default", name]):
            value = self._walk(template, self._root, params)
            if value is not ABSENT:
                return value
        return ABSENT

    def _file(self, template: Template, location: str, path: str) -> Any:
        documents = template.context.documents
        found = documents.resolve(self._path, location)
        if found is None or not found.endswith((".yml", ".yaml", ".json")):
            return unknown(f"${{file({location})}}")
        document = documents.get(found)
        if isinstance(document, Problem):
            template.context.problems[document] = None
            return unknown(f"${{file({location})}}")
        if document.root is None:
            return ABSENT
        with template.reading(document):
            return self._walk(template, document.root, [step for step in path.split(".") if step])

    def _walk(self, template: Template, node: Node, steps: list[str]) -> Any:
        for index, step in enumerate(steps):
            child: Node | None = None
            if isinstance(node, MappingNode) and call_of(node) is None:
                child = node.get(step)
            elif isinstance(node, SequenceNode):
                child = node.items[int(step)] if step.isdigit() and int(step) < len(node.items) else None
            else:
                return dig(template.evaluate(node, {}), *steps[index:])
            if child is None:
                return ABSENT
            node = child
        return template.evaluate(node, {})


def _alternatives(expression: str) -> list[str]:
    """``a, b, 'c, d'`` split at the commas outside quotes and parentheses."""
    parts: list[str] = []
    depth = 0
    quote = ""
    current = ""
    for character in expression:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(current.strip())
            current = ""
            continue
        current += character
    return [*parts, current.strip()]
