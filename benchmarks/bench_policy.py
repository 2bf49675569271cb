"""All rules over synthetic tables, beside the same predicates as plain Python functions, in one run.

    python benchmarks/bench_policy.py [TABLES]

Target: 5,000 tables in less than 0.6 s on one core, at most 4 times plain Python. "At first" is what a scan sees:
closures and functions are made on the way. Tables are judged by the dozen, as in a scan; so are they by plain Python,
which is measured both ways and compared at its best.
"""

from __future__ import annotations

import gc
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.plain_python import plain_predicates
from benchmarks.synthetic_tables import synthetic_tables
from dyncheck.engine import TOGETHER, judge_all
from dyncheck.policy.loader import load_rules
from dyncheck.policy.selection import Selection


def _best(work: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main(count: int = 5_000) -> None:
    ruleset = load_rules()
    rules = [rule for rule in ruleset.rules if rule.rule.kind == "table"]
    selection = Selection(rules, exempt=False)
    tables = list(synthetic_tables(count))
    predicates = [predicate for rule in rules for predicate in plain_predicates(rule)]

    # The tables stay, as they would not in a scan: without this, collecting them again and again would be measured.
    gc.collect()
    gc.freeze()

    together = [tables[number : number + TOGETHER] for number in range(0, count, TOGETHER)]

    start = time.process_time()
    judge_all(tables[:1], selection)
    first = time.process_time() - start
    for some in together:
        judge_all(some, selection)
    cold = time.process_time() - start

    expected = Counter(outcome for table in tables for predicate in predicates for outcome in predicate(table))
    found = Counter(
        verdict.outcome.value for some in together for verdicts in judge_all(some, selection) for verdict in verdicts
    )
    if expected != found:
        raise SystemExit(f"the two do not agree: plain Python {expected}, the policy language {found}")

    def plain() -> None:
        for table in tables:
            for predicate in predicates:
                predicate(table)

    def plain_together() -> None:
        for some in together:
            for predicate in predicates:
                for table in some:
                    predicate(table)

    def judged() -> None:
        for some in together:
            judge_all(some, selection)

    plain_seconds, seconds = min(_best(plain), _best(plain_together)), _best(judged)
    checks, verdicts = len(predicates), sum(found.values())
    print(f"{len(rules)} rules with {checks} checks on {count:,} tables: {dict(sorted(found.items()))}")
    print(f"first table, closures made: {first * 1000:.1f} ms")
    print(f"{'':24} seconds  µs per table  per check  per verdict")
    for name, taken in (
        ("plain Python", plain_seconds),
        ("policy language, at first", cold),
        ("policy language", seconds),
    ):
        each = taken / count * 1e6
        print(f"{name:25} {taken:6.3f}  {each:12.1f}  {each / checks:9.2f}  {taken / verdicts * 1e6:11.2f}")
    print(f"ratio to plain Python: {seconds / plain_seconds:.1f}, at first {cold / plain_seconds:.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
