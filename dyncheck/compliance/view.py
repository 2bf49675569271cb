"""From the verdicts of rules to those of a framework's controls. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from dyncheck.compliance.catalogue import Catalogue, Control
from dyncheck.policy.rule import Rule
from dyncheck.report import Finding, Report

ControlVerdict = Literal["fail", "unknown", "pass", "not covered"]
VERDICTS: Final[tuple[ControlVerdict, ...]] = ("fail", "unknown", "pass", "not covered")
"""In the order in which they ask for attention."""

NO_RULE: Final = "no rule evaluates it"
LEFT_OUT: Final = "the rules that evaluate it did not run"
NOTHING: Final = "nothing here that its rules speak of"


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """A control and what became of it.

    ``rules``: those that ran for it; ``left_out``: those that did not, or not everywhere. ``passed``: how often one of
    them passed. ``failing`` and ``unknown``: their findings; one that is set aside by a suppression or a baseline still
    fails the control. ``reason``: why a control is not covered.
    """

    control: Control
    verdict: ControlVerdict
    rules: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    passed: int = 0
    failing: tuple[Finding, ...] = ()
    unknown: tuple[Finding, ...] = ()
    reason: str | None = None


def judgements(catalogue: Catalogue, report: Report) -> tuple[Judgement, ...]:
    """Every control of a framework, in the order of the catalogue, judged by the rules that ran."""
    ran, left_out = _by_control(catalogue, report.rules), _by_control(catalogue, report.left_out)
    return tuple(
        _judge(control, tuple(ran.get(control.id, ())), tuple(left_out.get(control.id, ())), report)
        for control in catalogue.controls
    )


def rules_of(framework: str, rules: Iterable[Rule]) -> tuple[str, ...]:
    """The ids of the rules that evaluate any control of a framework."""
    return tuple(rule.id for rule in rules if framework in rule.controls)


def _by_control(catalogue: Catalogue, rules: Iterable[Rule]) -> dict[str, list[str]]:
    """The ids of rules by the controls that they evaluate."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        for control in rule.controls.get(catalogue.id, ()):
            found.setdefault(control, []).append(rule.id)
    return found


def _judge(control: Control, rules: tuple[str, ...], left_out: tuple[str, ...], report: Report) -> Judgement:
    findings = [finding for finding in report.findings if finding.rule in rules]
    failing = tuple(finding for finding in findings if finding.outcome == "fail")
    unknown = tuple(finding for finding in findings if finding.outcome != "fail")
    passed = sum(report.passed.get(rule, 0) for rule in rules)
    reason = None
    verdict: ControlVerdict = "fail" if failing else "unknown" if unknown else "pass"
    if not (failing or unknown or passed):
        verdict, reason = "not covered", NOTHING if rules else LEFT_OUT if left_out else NO_RULE
    return Judgement(
        control=control,
        verdict=verdict,
        rules=rules,
        left_out=left_out,
        passed=passed,
        failing=failing,
        unknown=unknown,
        reason=reason,
    )
