"""The same table costs the same, whatever it is read from: Terraform, a template, or a snapshot of the account."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyncheck.cost.collect import collect_estimates
from dyncheck.cost.costing import Costing
from dyncheck.cost.estimate import Estimate, total_of
from dyncheck.cost.units import Range
from dyncheck.settings import Settings

CASES = Path(__file__).parents[2] / "fixtures" / "equivalence"
USAGE = (
    "defaults: {reads_per_month: 3000000, writes_per_month: 1000000, item_size_bytes: 3000, storage_gb: 10, "
    "item_count: 1000, backup_gb: 2}\n"
)


def at_home(estimate: Estimate) -> Range:
    """What is paid in the Region of the table: its replicas are tables of their own in the audits of their Regions."""
    return total_of(line for line in estimate.lines if line.region == estimate.region)


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_every_source_gives_the_same_dollars(case: str, tmp_path: Path) -> None:
    usage = tmp_path / "usage.yaml"
    usage.write_text(USAGE)
    costing = Costing.of(usage=str(usage), region="eu-west-1")
    found = {}
    for name in ("main.tf", "template.yaml", "snapshot.jsonl"):
        path = CASES / case / name
        if path.is_file():
            settings = Settings(paths=(str(path),), cache=False, region="eu-west-1")
            estimates = collect_estimates(settings, costing, environment={}).estimates
            found[name] = sorted((item.name or "", at_home(item)) for item in estimates)
    assert len(found) >= 2
    assert any(amount[1] > 0 for _, amount in found["main.tf"])
    assert all(sums == found["main.tf"] for sums in found.values())
