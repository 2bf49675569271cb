"""What everything together may cost: the finding of a budget in total. Pure.

A table's own budget is a parameter of the rule, so that its finding is made like any other. The total is of no table.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from dyncheck.cost.total import Total
from dyncheck.cost.units import Range, exact
from dyncheck.cost.wording import money
from dyncheck.findings import fingerprint
from dyncheck.location import Location
from dyncheck.naming import last_meant
from dyncheck.policy.rule import Rule
from dyncheck.report import Finding, Money
from dyncheck.reports.wording import visible
from dyncheck.settings import Budget, Settings

ADDRESS: Final = "everything"
"""What the finding is about, in place of a resource."""

DEAREST: Final = 3
"""Resources that are named."""


def over_total(sums: Total, cost: Money, budget: Budget, rule: Rule, place: Location | None) -> Finding | None:
    """The finding where everything costs more than the budget, or may do so; ``place``: where the budget is set."""
    low, high = sums.amount
    if low <= budget.usd and high <= budget.usd and not sums.partial:
        return None
    limit = money(exact(budget.usd))
    because: tuple[str, ...] = ()
    if low > budget.usd:
        message = f"Everything together costs {total_text(sums)} a month, the budget is {limit}. {dearest(sums)}"
    else:
        because = reasons(sums)
        message = (
            f"Whether everything together costs more than its budget of {limit} a month cannot be told because of "
            f"{', '.join(because)}"
        )
    return Finding(
        rule=rule.id,
        name=rule.name,
        severity=rule.severity,
        category=rule.category,
        outcome="unknown" if because else "fail",
        address=ADDRESS,
        stack="",
        message=message,
        because=because,
        location=place,
        fingerprint=fingerprint(rule.id, "", ADDRESS, None),
        monthly_cost_usd=None if because else cost,
    )


def overruns(sums: Total, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """What is over its budget or may be: the setting that says so, a sentence, and whether that is certain."""
    if settings.budget is not None:
        said = _said("everything", total_text(sums), sums.amount, sums.partial, settings.budget.usd)
        if said is not None:
            yield "budget", *said
    for item in sums.estimates:
        meant = last_meant(settings.table_budgets, item.address, item.name) if item.kind == "table" else None
        if meant is None or not settings.table_budgets[meant]:
            continue
        sum_of = f"{'at least ' if item.unpriced else ''}{money(item.amount, item.certainty)}"
        said = _said(visible(item.address), sum_of, item.amount, bool(item.unpriced), settings.table_budgets[meant])
        if said is not None:
            yield "table_budgets", *said


def _said(what: str, text: str, amount: Range, partial: bool, budget: Decimal) -> tuple[str, bool] | None:
    low, high = amount
    if low > budget:
        return f"{what} costs {text} a month, the budget is {money(exact(budget))}", True
    if high > budget or partial:
        return f"{what} costs {text} a month, which may be more than the budget of {money(exact(budget))}", False
    return None


def reasons(sums: Total) -> tuple[str, ...]:
    """Why the sum is not one number."""
    found = {reason for estimate in sums.estimates for gap in estimate.gaps for reason in gap.because}
    found.update(f"{problem.path}: {problem.message}" for problem in sums.unread)
    return tuple(sorted(found)) or (f"a range of {total_text(sums)}",)


def total_text(sums: Total) -> str:
    """The sum in words."""
    return f"{'at least ' if sums.partial else ''}{money(sums.amount, sums.certainty)}"


def dearest(sums: Total) -> str:
    """What costs most, in words."""
    ordered = sorted(sums.estimates, key=lambda item: (-item.amount[1], item.stack, item.address))
    shown = [
        f"{item.address}: {money(item.amount, item.certainty)}" for item in ordered[:DEAREST] if item.amount[1] > 0
    ]
    return f"Most of it: {'; '.join(shown)}." if shown else "None of it is of a table."
