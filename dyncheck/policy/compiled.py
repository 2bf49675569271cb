"""A rule ready to run: closures in place of expressions, made when the rule first meets a resource of its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from itertools import repeat
from typing import Any, Final

import msgspec

from dyncheck.model import RESOURCE_KINDS, Amount
from dyncheck.policy.evaluator import compile_expression
from dyncheck.policy.frames import ELEMENT, MEMORY, RESOURCE, STEPS, TAKEN, Closure, Frame, Purse, new_frame, spend
from dyncheck.policy.limits import FREE_STEPS, MAX_STEPS, MAX_TEXT, MESSAGE_STEPS
from dyncheck.policy.operations import TEXTS, EvaluationError, elements, merged, type_name, undecided
from dyncheck.policy.program import CheckProgram, RuleProgram, mentions
from dyncheck.policy.remembered import Remembered
from dyncheck.policy.rule import Outcome, Rule, Severity, Verdict
from dyncheck.policy.syntax import Expression, Logical, render, toll
from dyncheck.values import OpenList, Unknown

_NAMES: Final = ("index_name", "region_name", "attribute_name", "alarm_name", "policy_name", "name")
"""The fields that name an element, in the order in which they are looked for."""

GENERATED_AFTER: Final = 150
"""Resources after which a check is worth a function of its own: writing it takes as long as running it on so many."""

NOTHING: Final[frozenset[str]] = frozenset()


class Site(msgspec.Struct, frozen=True, gc=False):
    """What a check says at one place: of the resource itself, or of one element of its ``each`` list.

    ``name``: the element's; None for the resource. ``value``: the element. ``more``: the site stands for elements that
    may exist beside the known ones.
    """

    outcome: Outcome
    name: str | None = None
    value: Any = None
    because: frozenset[str] = NOTHING
    more: bool = False

    def failed(self) -> Site:
        """The same element, of which the check is false."""
        return Site(Outcome.FAIL, self.name, self.value)

    def inapplicable(self) -> Site:
        """The same element, of which the check does not speak."""
        return Site(Outcome.NOT_APPLICABLE, self.name, self.value)


class Passing(list[Site]):
    """The elements of a list that a check goes over, as places of which all pass, and their names."""

    __slots__ = ("names",)

    def __init__(self, items: tuple[Any, ...]) -> None:
        self.names = names = [_own_name(item) or element_name(item, number) for number, item in enumerate(items)]
        super().__init__(map(Site, repeat(Outcome.PASS), names, items))


_NO_ELEMENTS: Final = Passing(())
PASSED: Final = [Site(Outcome.PASS)]
NOT_APPLICABLE: Final = [Site(Outcome.NOT_APPLICABLE)]
FAILED: Final = [Site(Outcome.FAIL)]


class CompiledCheck:
    """One check of a rule as closures, and as a function of its own once it has met many resources."""

    def __init__(self, program: CheckProgram, kind: str, params: Mapping[str, Any], purse: Purse | None = None) -> None:
        slots = {kind: RESOURCE} | ({program.as_name: ELEMENT} if program.as_name else {})

        def closure(node: Any) -> Closure:
            return compile_expression(node, slots, params)

        self.program = program
        self.kind = kind
        self.params = params
        self.when_per_element = mentions(program.when, program.as_name)
        self.when_text = _remembered_as("when", program.when)
        self.each_text = _remembered_as("each", program.each)
        self.purse = purse
        self.sites: Callable[[Frame], list[Site]] = self._counted_sites if purse is None else self._paid_sites
        """Every place that the check speaks of, on the frame's resource. Raises EvaluationError."""
        self._toll = toll(program.check) + (toll(program.when) if program.when is not None else 0)
        self._own_function: Callable[[Frame], list[Site]] = self.sites_by_closures
        self._resources = 0
        self._messages = 0
        self._written: Callable[[Any, Any], str | None] | None = None
        self._when = closure(program.when) if program.when is not None else None
        self._each = closure(program.each) if program.each is not None else None
        self._check = closure(program.check)
        self._amount = closure(program.amount) if program.amount is not None else None
        self._message: list[Any] = [part if isinstance(part, str) else closure(part) for part in program.message]

    def _counted_sites(self, frame: Frame) -> list[Site]:
        self._resources += 1
        if self._resources == GENERATED_AFTER + 1:
            self.sites = self._function()
        return self.sites_by_closures(frame)

    def _paid_sites(self, frame: Frame) -> list[Site]:
        """The same for a rule of the user's own, whose steps are counted over all resources."""
        self._resources += 1
        if self._resources == GENERATED_AFTER + 1:
            self._own_function = self._function()
        with self._paying(frame, self._toll):
            return self._own_function(frame)

    def _function(self) -> Callable[[Frame], list[Site]]:
        from dyncheck.policy.generated import GenerationError, sites_function

        try:
            return sites_function(self)
        except GenerationError:
            return self.sites_by_closures

    def _message_function(self) -> Callable[[Any, Any], str | None] | None:
        from dyncheck.policy.generated import GenerationError, message_function

        try:
            return message_function(self)
        except GenerationError:
            return None

    def sites_by_closures(self, frame: Frame) -> list[Site]:
        """The same, whatever is unknown and whatever fails."""
        gate: Any = True
        if self._when is not None and not self.when_per_element:
            gate = frame[MEMORY].get(self.when_text)
            if gate is None:
                frame[STEPS] = MAX_STEPS
                gate = frame[MEMORY][self.when_text] = self._when(frame)
            if gate is False:
                return NOT_APPLICABLE
        if self._each is not None:
            return self._element_sites(frame, gate)
        frame[STEPS] = MAX_STEPS
        value = self._check(frame)
        if value is True:
            return PASSED
        if value is False and gate is True:
            return FAILED
        return [_undecided(gate, value)]

    def sure_elements(self, frame: Frame) -> tuple[Passing, frozenset[str] | None]:
        """The elements that ``each`` is sure to name, as places that pass, and why there may be more."""
        known: tuple[Passing, frozenset[str] | None] | None = frame[MEMORY].get(self.each_text)
        if known is None:
            frame[STEPS] = MAX_STEPS
            items, hidden = elements(self._each(frame) if self._each is not None else ())
            known = frame[MEMORY][self.each_text] = Passing(items) if items else _NO_ELEMENTS, hidden
        return known

    def places(self, frame: Frame) -> list[Site]:
        """The same; where the rule does not apply, with the elements that it would have spoken of."""
        sites = self.sites(frame)
        if sites is not NOT_APPLICABLE or self._each is None:
            return sites
        frame[STEPS] = MAX_STEPS
        try:
            with self._paying(frame, 0):
                items, _ = elements(self._each(frame))
        except EvaluationError:
            return sites
        return [Site(Outcome.NOT_APPLICABLE, element_name(item, n), item) for n, item in enumerate(items)] or sites

    def message(self, frame: Frame, element: Any) -> tuple[str, bool]:
        """The message for one site, and whether all of its holes are known. Raises EvaluationError."""
        if self.purse is None:
            return self._said(frame, element)
        with self._paying(frame, MESSAGE_STEPS + FREE_STEPS):
            return self._said(frame, element)

    def _said(self, frame: Frame, element: Any) -> tuple[str, bool]:
        self._messages += 1
        if self._messages == GENERATED_AFTER and self.purse is None:
            self._written = self._message_function()
        text = self._written(frame[RESOURCE], element) if self._written is not None else None
        if text is not None:
            return text, True
        frame[STEPS] = MAX_STEPS
        frame[ELEMENT] = element
        values = [part if part.__class__ is str else part(frame) for part in self._message]
        if TEXTS.issuperset(map(type, values)):
            return "".join(values)[:MAX_TEXT], True
        rendered = [(value, True) if value.__class__ is str else _rendered(value) for value in values]
        return "".join(text for text, _ in rendered)[:MAX_TEXT], all(known for _, known in rendered)

    def amount(self, frame: Frame, element: Any) -> Amount | None:
        """The money that one site is about; None where the rule names none or it is unknown."""
        frame[STEPS] = MAX_STEPS
        frame[ELEMENT] = element
        if self._amount is None:
            return None
        if self.purse is None:
            value = self._amount(frame)
        else:
            with self._paying(frame, 0):
                value = self._amount(frame)
        return value if isinstance(value, Amount) else None

    @contextmanager
    def _paying(self, frame: Frame, steps: int) -> Iterator[None]:
        """Count what is done meanwhile, and ``steps`` more, where the rule is of the user's own."""
        if self.purse is None:
            yield
            return
        self.purse.open()
        before = frame[TAKEN]
        try:
            yield
        finally:
            self.purse.pay(frame[TAKEN] - before + steps)

    def _element_sites(self, frame: Frame, gate: Any) -> list[Site]:
        passing, hidden = self.sure_elements(frame)
        frame[STEPS] = MAX_STEPS
        spend(frame, len(passing) * self._toll)
        if self.when_per_element:
            found = [self._element_site(frame, gate, site) for site in passing]
        else:
            found = []
            for site in passing:
                frame[ELEMENT] = site.value
                value = self._check(frame)
                found.append(site if value is True else _judged(gate, value, site))
        if hidden is not None:
            site = self._element_site(frame, gate, Site(Outcome.PASS, None, Unknown(hidden)))
            if site.outcome in (Outcome.UNKNOWN, Outcome.FAIL):
                found.append(Site(Outcome.UNKNOWN, None, site.value, site.because | hidden, more=True))
        return found or NOT_APPLICABLE

    def _element_site(self, frame: Frame, gate: Any, passing: Site) -> Site:
        frame[ELEMENT] = passing.value
        if self._when is not None and self.when_per_element:
            gate = self._when(frame)
            if gate is False:
                return passing.inapplicable()
        value = self._check(frame)
        return passing if value is True else _judged(gate, value, passing)


def _remembered_as(part: str, node: Expression | None) -> str | tuple[str, int]:
    """What the value of a condition or list goes by in a frame's memory: equal expressions have equal values.

    Expressions over parameters do not: each rule has its own.
    """
    text = "" if node is None else f"{part} {render(node)}"
    return (text, id(node)) if mentions(node, "params") else text


def _judged(gate: Any, value: Any, passing: Site) -> Site:
    """The site of an element whose check is not true."""
    if value is False and gate is True:
        return passing.failed()
    return _undecided(gate, value, passing.name, passing.value)


def _undecided(gate: Any, value: Any, name: str | None = None, item: Any = None) -> Site:
    for part in (gate, value):
        if part is not True and part is not False and undecided(part) is None:
            raise EvaluationError(f"the result is {type_name(part)}, not true or false")
    return Site(Outcome.UNKNOWN, name, item, merged((gate, value)).because)


class CompiledRule:
    """A rule with the severity and the parameters that are in force.

    ``purse``: the steps that it shares with all rules of a user's own; None for those that come with dyncheck.
    """

    def __init__(
        self,
        program: RuleProgram,
        severity: Severity | None = None,
        params: Mapping[str, Any] | None = None,
        purse: Purse | None = None,
    ) -> None:
        rule = program.rule
        if severity is not None and severity != rule.severity:
            rule = msgspec.structs.replace(rule, severity=severity)
        self.program = program
        self.purse = purse
        self.rule: Rule = rule
        self.params: dict[str, Any] = {name: param.default for name, param in rule.params.items()} | dict(params or {})

    @property
    def severity(self) -> Severity:
        """The severity in force."""
        return self.rule.severity

    @cached_property
    def checks(self) -> tuple[CompiledCheck, ...]:
        """The rule's checks as closures."""
        return tuple(CompiledCheck(check, self.rule.kind, self.params, self.purse) for check in self.program.checks)

    @cached_property
    def passed(self) -> Verdict:
        """The verdict of a resource without fault."""
        return Verdict(self.rule.id, Outcome.PASS)

    @cached_property
    def passed_elements(self) -> Remembered[str | None, Verdict]:
        """The verdicts of elements without fault, by name."""
        return Remembered(lambda name: Verdict(self.rule.id, Outcome.PASS, name))

    @cached_property
    def inapplicable_elements(self) -> Remembered[str | None, Verdict]:
        """The verdicts of elements that the rule does not speak of, by name."""
        return Remembered(lambda name: Verdict(self.rule.id, Outcome.NOT_APPLICABLE, name))

    @cached_property
    def not_applicable(self) -> Verdict:
        """The verdict of a resource that the rule does not speak of."""
        return Verdict(self.rule.id, Outcome.NOT_APPLICABLE)

    def reads(self, field: str) -> bool:
        """Whether a check that the parameters do not switch off reads a field of the resource."""
        return any(field in check.fields and not _is_switched_off(check, self.params) for check in self.program.checks)

    def adjusted(self, severity: Severity | None, params: Mapping[str, Any]) -> CompiledRule:
        """The same rule with another severity or other parameters."""
        if severity is None and not params:
            return self
        return CompiledRule(self.program, severity or self.severity, self.params | dict(params), self.purse)


def _is_switched_off(check: CheckProgram, params: Mapping[str, Any]) -> bool:
    """Whether a check never applies, because the first part of its condition is about parameters alone, and false."""
    first = check.when
    if isinstance(first, Logical) and first.operator == "&&":
        first = first.operands[0]
    if (
        first is None
        or not mentions(first, "params")
        or any(mentions(first, name) for name in (*RESOURCE_KINDS, check.as_name))
    ):
        return False
    return compile_expression(first, {}, params)(new_frame(None)) is False


def _own_name(element: Any) -> str | None:
    """The name of an element where it has one of its own, which is known."""
    field = _name_field(element.__class__)
    name = None if field is None else getattr(element, field)
    return name if name.__class__ is str else None


def element_name(element: Any, number: int) -> str:
    """The name of an element of a list: its own, the symbol of that, or its number from 1 (``#2``)."""
    name = element
    if isinstance(name, msgspec.Struct):
        field = _name_field(name.__class__)
        if field is not None:
            name = getattr(name, field)
    if isinstance(name, str):
        return name
    if isinstance(name, Unknown) and name.symbol is not None:
        return name.symbol if "${" in name.symbol else f"${{{name.symbol}}}"
    return f"#{number + 1}"


@cache
def _name_field(kind: type) -> str | None:
    return next((field for field in _NAMES if field in getattr(kind, "__struct_fields__", ())), None)


def _rendered(value: Any) -> tuple[str, bool]:
    unknown = undecided(value)
    if unknown is not None:
        return f"<{', '.join(sorted(unknown.because))}>", False
    if value is None:
        return "none", True
    if isinstance(value, bool):
        return str(value).lower(), True
    if isinstance(value, float) and value.is_integer():
        return str(int(value)), True
    if isinstance(value, (tuple, OpenList)):
        items, hidden = elements(value)
        texts = [_rendered(item) for item in items]
        if hidden is not None:
            texts.append((f"<{', '.join(sorted(hidden))}>", False))
        return ", ".join(text for text, _ in texts) or "none", all(known for _, known in texts)
    return str(value), True
