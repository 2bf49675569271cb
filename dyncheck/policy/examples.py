"""A rule's examples as tests: the findings that an example's comments expect, and those that the rule makes.

``# expect: ID`` at the end of a line means a failure on that line; on a line of its own, on the next line.
``# expect-unknown: ID`` means a finding that cannot be decided. Both directions count: nothing missing, nothing extra.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from typing import Literal as OneOf

import msgspec

from dyncheck.engine import judge
from dyncheck.model import Resource
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.rule import Example, Outcome, Verdict
from dyncheck.policy.selection import Selection

SourceName = OneOf["terraform", "cloudformation", "plan", "snapshot"]

FILE_NAMES: Final[Mapping[SourceName, str]] = MappingProxyType(
    {
        "terraform": "main.tf",
        "cloudformation": "template.yaml",
        "plan": "plan.json",
        "snapshot": "snapshot.jsonl",
    }
)
"""The name under which an example of a source is read."""

_EXPECTATION: Final = re.compile(r"(?P<comment>#|//)\s*expect(?P<unknown>-unknown)?:\s*(?P<ids>[^#\n]*)")
_COUNTED: Final = frozenset({Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR})


class Text(msgspec.Struct, frozen=True):
    """An example in one source. ``beside``: the Terraform source that a plan was made from.

    ``region``: where resources are whose text names none.
    """

    source: SourceName
    text: str
    beside: str | None = None
    params: dict[str, Any] = {}
    region: str | None = None

    def files(self) -> dict[str, str]:
        """The files to read by name, the one to be judged first; JSON knows no comments, so it loses them."""
        is_json = self.source in ("plan", "snapshot")
        found = {FILE_NAMES[self.source]: without_expectations(self.text) if is_json else self.text}
        return found if self.beside is None else found | {FILE_NAMES["terraform"]: self.beside}


Read = Callable[[Text], Sequence[Resource]]
"""Reads an example into resources, with locations in its files."""


class Expectation(msgspec.Struct, frozen=True, order=True):
    """A finding by its line (0: the finding has no place) and outcome, as ``fail`` or ``unknown``.

    ``path``: the file beside the example's own text that it points into, else "".
    """

    line: int
    outcome: str
    path: str = ""


class Mismatch(msgspec.Struct, frozen=True):
    """An example that does not show what it says. ``group``: pass, fail or unknown; ``line``: in the example's text."""

    rule: str
    group: str
    title: str
    source: SourceName
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f", line {self.line}" if self.line else ""
        return f"{self.rule}: {self.group} example {self.title!r} ({self.source}{where}): {self.message}"


def expectations(text: str, rule_id: str, path: str = "") -> Counter[Expectation]:
    """What the comments in one file of an example expect of a rule."""
    found: Counter[Expectation] = Counter()
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        match = _EXPECTATION.search(line)
        if match is None or rule_id not in re.split(r"[,\s]+", match.group("ids").strip()):
            continue
        target = number
        if not line[: match.start()].strip():
            target += 1
            while target <= len(lines) and _is_expectation(lines[target - 1]):
                target += 1
        found[Expectation(target, "unknown" if match.group("unknown") else "fail", path)] += 1
    return found


def expected_of(text: Text, rule_id: str) -> Counter[Expectation]:
    """What the comments of an example expect of a rule, those in the source beside a plan included."""
    found = expectations(text.text, rule_id)
    if text.beside is not None:
        found += expectations(text.beside, rule_id, FILE_NAMES["terraform"])
    return found


def expectation_of(verdict: Verdict, text: Text) -> Expectation:
    """The expectation that a verdict on an example fulfils."""
    if verdict.location is None:
        return Expectation(0, verdict.outcome.value)
    span = verdict.location.span
    return Expectation(span.line, verdict.outcome.value, "" if span.path == FILE_NAMES[text.source] else span.path)


def without_expectations(text: str) -> str:
    """A text without the comments that say what is expected, every line in its place."""
    return "".join(_EXPECTATION.sub("", line) for line in text.splitlines(keepends=True))


def _is_expectation(line: str) -> bool:
    match = _EXPECTATION.search(line)
    return match is not None and not line[: match.start()].strip()


def run_examples(rule: CompiledRule, read: Read) -> list[Mismatch]:
    """Judge every example of a rule by that rule alone; an empty list means that all of them hold."""
    examples = rule.rule.examples
    groups = (("pass", examples.passing), ("fail", examples.fail), ("unknown", examples.unknown))
    return [
        Mismatch(rule.rule.id, group, example.title, text.source, message, line)
        for group, members in groups
        for example in members
        for text in texts(example)
        for message, line in _complaints(rule, group, text, read(text))
    ]


def texts(example: Example) -> list[Text]:
    """An example in each of its sources. Terraform text beside a plan is no example by itself."""
    params, region = example.params, example.region
    found = []
    if example.plan is not None:
        found.append(Text("plan", example.plan, example.terraform, params, region))
    elif example.terraform is not None:
        found.append(Text("terraform", example.terraform, None, params, region))
    if example.cloudformation is not None:
        found.append(Text("cloudformation", example.cloudformation, None, params, region))
    if example.snapshot is not None:
        found.append(Text("snapshot", example.snapshot, None, params, region))
    return found


def verdicts_on(rule: CompiledRule, text: Text, resources: Sequence[Resource]) -> list[Verdict]:
    """What a rule alone reports of an example, with the parameters of that."""
    selection = Selection([rule.adjusted(None, text.params)])
    if selection.reads("table", "cost"):
        from dyncheck.cost.costing import Costing

        costing = Costing.of(region=text.region)
        resources = [costing.priced(resource) for resource in resources]
    return [verdict for resource in resources for verdict in judge(resource, selection) if verdict.outcome in _COUNTED]


def _complaints(
    rule: CompiledRule, group: str, text: Text, resources: Sequence[Resource]
) -> Iterator[tuple[str, int | None]]:
    expected = expected_of(text, rule.rule.id)
    if group == "pass" and expected:
        yield "a pass example must not expect findings", None
    if group != "pass" and not any(expectation.outcome == group for expectation in expected):
        comment = "# expect:" if group == "fail" else "# expect-unknown:"
        yield f"no comment '{comment} {rule.rule.id}' marks the line of its finding", None
    if all(resource.__struct_config__.tag != rule.rule.kind for resource in resources):
        yield f"it holds no {rule.rule.kind} to judge", None
        return
    actual: Counter[Expectation] = Counter()
    said: dict[Expectation, str] = {}
    for verdict in verdicts_on(rule, text, resources):
        finding = expectation_of(verdict, text)
        actual[finding] += 1
        said[finding] = verdict.message
    for missing in sorted((expected - actual).elements()):
        yield f"expected {missing.outcome}{_where(missing)}, found nothing", missing.line
    for extra in sorted((actual - expected).elements()):
        yield f"unexpected {extra.outcome}{_where(extra)}: {said[extra]}", extra.line or None


def _where(expectation: Expectation) -> str:
    return f" in {expectation.path}" if expectation.path else ""
