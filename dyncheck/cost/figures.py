"""What rules read of a table's cost: amounts to the cent with their reckoning, made from estimates. Pure.

A condition that is undecided stays so: the cost is then a choice, one arm per turn of the condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from dyncheck.cost.alternatives import NeedUnknown, in_class, on_demand, other_class, provisioned_for
from dyncheck.cost.book import PriceBook
from dyncheck.cost.estimate import (
    CostLine,
    Estimate,
    Gap,
    cents,
    certainty_of,
    is_throughput,
    missing,
    total_of,
    weakest,
)
from dyncheck.cost.estimator import PRICED, Terms, estimate_alternatives
from dyncheck.cost.exposure import uncapped_lines, warm_lines
from dyncheck.cost.lines import TableLines
from dyncheck.cost.observed import typical_use, unknown_requests
from dyncheck.cost.units import Range, either, exact
from dyncheck.cost.usage import Use
from dyncheck.cost.wording import exactly, money, reckoning
from dyncheck.model import Amount, Certainty, Cost, GlobalSecondaryIndex, Table
from dyncheck.scenarios import Condition, enumerate_scenarios
from dyncheck.values import Unknown, choose, conditions_in, is_known, resolve

MAX_TERMS: Final = 6
"""Terms of a reckoning that are written out; the rest is added up in one."""

Scenario = dict[Condition, bool]


def with_cost(table: Table, use: Use, book: PriceBook, terms: Terms) -> Table:
    """The table with its cost, and each global index with its own part of that."""
    fields = [getattr(table, name) for name in (*PRICED["table"], "on_demand_throughput", "warm_throughput")]
    conditions = sorted(conditions_in(fields), key=lambda condition: condition.text)
    scenarios = enumerate_scenarios(conditions)
    if scenarios is None:
        because = frozenset[str]().union(*(condition.because for condition in conditions))
        return msgspec.structs.replace(table, cost=Unknown(because))
    if not conditions:
        return _with_figures(table, use, book, terms)
    costs: list[tuple[Scenario, Any]] = []
    for scenario in scenarios:
        decided = resolve(table, scenario)
        cost = None if decided.presence is False else _with_figures(decided, use, book, terms).cost
        costs.append((scenario, cost))
    return msgspec.structs.replace(table, cost=_tree(conditions, costs))


def _tree(conditions: list[Condition], costs: list[tuple[Scenario, Any]]) -> Any:
    """The costs as a choice over the conditions; only consistent turns of them are in it."""
    if not conditions:
        return costs[0][1]
    first, *others = conditions
    if_true, if_false = ([pair for pair in costs if pair[0][first] is truth] for truth in (True, False))
    if not (if_true and if_false):
        return _tree(others, costs)
    return choose(first, _tree(others, if_true), _tree(others, if_false))


def _with_figures(table: Table, use: Use, book: PriceBook, terms: Terms) -> Table:
    estimates = [estimate for _, estimate in estimate_alternatives(table, use, book, terms)]
    blind = [gap for estimate in estimates for gap in estimate.gaps if gap.text.startswith(("the Region", "no prices"))]
    region = estimates[0].region
    if region is None or (blind and not any(estimate.lines for estimate in estimates)):
        return msgspec.structs.replace(table, cost=Unknown(frozenset(why for gap in blind for why in gap.because)))
    lines = TableLines(table, typical_use(table, use), book, terms.day, region)
    every = _Figures(estimates)
    mode, spare, storage_class = _savings(table, use, book, terms)
    cost = Cost(
        monthly=every.amount(lambda line: True, lambda gap: True),
        idle=every.idle(),
        replicas=every.amount(lambda line: line.region != region, lambda gap: "replica" in gap.text),
        **_of_writes(lines),
        uncapped=_of_lines(*uncapped_lines(lines)),
        warm=_of_lines(*warm_lines(lines)),
        other_mode=mode,
        other_class=storage_class,
        spare=spare,
    )
    indexes = table.global_secondary_indexes
    if isinstance(indexes, tuple):
        indexes = tuple(_with_amount(index, every) for index in indexes)
    return msgspec.structs.replace(table, cost=cost, global_secondary_indexes=indexes)


def _with_amount(index: Any, every: _Figures) -> Any:
    if not isinstance(index, GlobalSecondaryIndex) or not isinstance(index.index_name, str):
        return index
    name = index.index_name
    amount = every.amount(lambda line: line.element == name, lambda gap: f"index {name}" in gap.text)
    return msgspec.structs.replace(index, cost=amount)


class _Figures:
    """Amounts over the alternatives of one table: its estimate, or one per value of an unknown class or mode."""

    def __init__(self, estimates: list[Estimate]) -> None:
        self.estimates = estimates

    def amount(self, chosen: Callable[[CostLine], bool], counts: Callable[[Gap], bool]) -> Amount:
        """The lines that are chosen, added up; ``counts``: the gaps that may hide more of them."""
        return self._over(lambda estimate: [line for line in estimate.lines if chosen(line)], counts)

    def idle(self) -> Amount:
        """Provisioned capacity at its least."""
        return self._over(
            lambda estimate: [_at_least(line) for line in estimate.lines if line.item.endswith("capacity_unit_hour")],
            lambda gap: gap.is_capacity,
        )

    def _over(self, choose_lines: Callable[[Estimate], list[CostLine]], counts: Callable[[Gap], bool]) -> Amount:
        sums = [choose_lines(estimate) for estimate in self.estimates]
        gaps = [gap for estimate in self.estimates for gap in estimate.gaps if counts(gap)]
        total = total_of(sums[0])
        for other in sums[1:]:
            total = either(total, total_of(other))
        dearest = max(sums, key=lambda lines: total_of(lines)[1])
        return _amount(total, gaps, dearest, weakest(map(certainty_of, sums)))


def _at_least(line: CostLine) -> CostLine:
    return msgspec.structs.replace(line, quantity=exact(line.quantity[0]))


def _of_lines(lines: list[CostLine], gaps: list[Gap]) -> Amount:
    return _amount(total_of(lines), gaps, lines)


def _amount(
    total: Range, gaps: Iterable[Gap] = (), lines: Iterable[CostLine] = (), certainty: Certainty | None = None
) -> Amount:
    """A sum for rules; ``certainty``: of its prices, where they are not those of ``lines``."""
    low, high = (float(cents(value)) for value in total)
    because = frozenset(reason for gap in gaps for reason in gap.because)
    sure = certainty_of(lines) if certainty is None else certainty
    text = f"at least {money(exact(total[0]), sure)}" if because else money(total, sure)
    return Amount(
        low=low,
        high=Unknown(because) if because else high,
        usd=Unknown(because) if because else low if low == high else Unknown(frozenset({f"a range of {text}"})),
        text=text,
        sum=_reckoning(list(lines)) or text,
        certainty=sure,
    )


def _reckoning(lines: list[CostLine]) -> str:
    """The dearest terms of a sum, one by one, and the rest in one."""
    ordered = sorted(lines, key=lambda line: -line.amount[1])
    shown = ordered if len(ordered) <= MAX_TERMS else ordered[: MAX_TERMS - 1]
    terms = [reckoning(line) for line in shown]
    rest = ordered[len(shown) :]
    if rest:
        terms.append(f"{len(rest)} more: {money(total_of(rest), certainty_of(rest))}")
    return "; ".join(terms)


def _of_writes(lines: TableLines) -> dict[str, Amount]:
    """What a million writes cost, and what indexes and replicas make of it."""
    per = lines.per_million()
    if per is None:
        return {}
    return {
        # Prices of a million are small: to the cent, many would be the same.
        name: msgspec.structs.replace(
            _amount(amount, certainty=per.certainty),
            text=exactly(amount, per.certainty),
            sum=exactly(amount, per.certainty),
        )
        for name, amount in (
            ("million_writes", per.writes),
            ("million_index_writes", per.index_writes),
            ("million_replica_writes", per.replica_writes),
        )
    }


def _savings(table: Table, use: Use, book: PriceBook, terms: Terms) -> tuple[Amount, Amount, Amount]:
    """What the other billing mode, capacity that fits, and the other class save at least at the table's use."""
    none = Amount()
    if table.usage is None:
        return none, none, none
    gap = unknown_requests(table, use)
    if gap is not None:
        unseen = _amount(exact(Decimal(0)), [gap])
        return unseen, unseen, unseen
    if not is_known(table.billing_mode) or not is_known(table.table_class):
        return none, none, none

    def costs(item: Table, *, with_storage: bool = False) -> Part:
        return throughput(item, use, book, terms, with_storage=with_storage)

    now = costs(table)
    provisioned = table.billing_mode == "PROVISIONED"
    in_other_class = costs(in_class(table, other_class(table)), with_storage=True)
    storage_class = _saved(costs(table, with_storage=True), in_other_class)
    try:
        fitted = costs(provisioned_for(table))
    except NeedUnknown:
        gap = missing("the capacity that it needs", Unknown(frozenset({"the peaks of its use"})))
        unsure = _amount(exact(Decimal(0)), [gap])
        return (_saved(now, costs(on_demand(table))) if provisioned else unsure), unsure, storage_class
    if not provisioned:
        return _saved(now, fitted), none, storage_class
    return _saved(now, costs(on_demand(table))), _saved(now, fitted), storage_class


class Part(msgspec.Struct, frozen=True):
    """A part of what a table costs a month: how much, what may be missing from it, and how sure the prices are."""

    amount: Range
    gaps: tuple[Gap, ...]
    certainty: Certainty


def throughput(table: Table, use: Use, book: PriceBook, terms: Terms, *, with_storage: bool = False) -> Part:
    """What reads and writes of a decided table cost a month, and its storage if asked for."""
    estimate = estimate_alternatives(table, use, book, terms)[0][1]
    lines = [
        line
        for line in estimate.lines
        if is_throughput(line) or (with_storage and line.item.endswith("storage_gb_month"))
    ]
    return Part(total_of(lines), tuple(gap for gap in estimate.gaps if gap.is_capacity), certainty_of(lines))


def _saved(now: Part, then: Part) -> Amount:
    """What is saved at least, and the reckoning."""
    # What may cost more than is known saves nothing for certain.
    least = Decimal(0) if then.gaps else max(Decimal(0), now.amount[0] - then.amount[1])
    amount = _amount(exact(least), (*now.gaps, *then.gaps), certainty=weakest((now.certainty, then.certainty)))
    words = f"{money(now.amount, now.certainty)} now, {money(then.amount, then.certainty)} then"
    return msgspec.structs.replace(amount, sum=words)
