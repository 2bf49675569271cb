"""In which scenarios a check fails, said as shortly as it can be.

Scenarios are consistent truth assignments of the same conditions. The conditions that make no difference are left out
first; what is left is covered by conjunctions that hold in failing scenarios only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dyncheck.scenarios import Condition, describe_scenario

Scenario = dict[Condition, bool]

MAX_PHRASES: Final = 3


def failing_phrases(scenarios: Sequence[Scenario], failing: Sequence[bool]) -> list[str]:
    """``fails when IsProd is false``: one phrase for each way to fail, at most MAX_PHRASES.

    ``failing`` tells for each scenario whether the check fails in it; some must fail and some must not.
    """
    conditions = _that_matter(scenarios, failing)
    reduced = [{condition: scenario[condition] for condition in conditions} for scenario in scenarios]
    holding = [scenario for scenario, fails in zip(reduced, failing, strict=True) if not fails]
    uncovered = [scenario for scenario, fails in zip(reduced, failing, strict=True) if fails]
    phrases: list[str] = []
    while uncovered:
        cause = _shortest_cause(uncovered[0], holding)
        uncovered = [scenario for scenario in uncovered if not _covers(cause, scenario)]
        if len(phrases) == MAX_PHRASES:
            phrases.append("fails in further cases")
            break
        phrases.append(f"fails when {describe_scenario(cause)}")
    return phrases


def _that_matter(scenarios: Sequence[Scenario], failing: Sequence[bool]) -> list[Condition]:
    """A smallest set of conditions (none of them can be left out) on which failing depends."""
    kept = list(scenarios[0]) if scenarios else []
    for condition in list(kept):
        fewer = [other for other in kept if other is not condition]
        outcomes: dict[tuple[bool, ...], bool] = {}
        for scenario, fails in zip(scenarios, failing, strict=True):
            if outcomes.setdefault(tuple(scenario[other] for other in fewer), fails) != fails:
                break
        else:
            kept = fewer
    return kept


def _shortest_cause(scenario: Scenario, holding: Sequence[Scenario]) -> Scenario:
    """The scenario without those of its conditions that are not needed to tell it from the ones that hold."""
    cause = dict(scenario)
    for condition in list(scenario):
        fewer = {other: truth for other, truth in cause.items() if other is not condition}
        if not any(_covers(fewer, other) for other in holding):
            cause = fewer
    return cause


def _covers(cause: Scenario, scenario: Scenario) -> bool:
    return all(scenario[condition] is truth for condition, truth in cause.items())
