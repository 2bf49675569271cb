"""Cost against request rate, with the break-even between the billing modes. Needs matplotlib (``dyncheck[plot]``)."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from dyncheck.cost.advice import break_even
from dyncheck.cost.book import PriceBook
from dyncheck.cost.units import HOURS_PER_MONTH
from dyncheck.cost.usage import SECONDS_PER_MONTH
from dyncheck.errors import ConfigError

CAPACITY: Final = 100
"""Capacity units that are compared with requests: the picture is the same for any number."""

SUFFIXES: Final = (".png", ".svg")


class Curve(msgspec.Struct, frozen=True):
    """Both modes over the average rate of units a second, from 0 to the capacity. US dollars a month.

    ``on_demand``: at the capacity's rate; at others it is proportional. ``share``: where both cost the same.
    """

    kind: str
    provisioned: Decimal
    on_demand: Decimal
    share: Decimal


def curves(book: PriceBook, region: str, day: datetime.date | None = None) -> tuple[Curve, ...]:
    """Reads and writes in a Region, Standard class. Raises ConfigError when a price is not known."""
    found = []
    for kind in ("read", "write"):
        hour = book.price(region, f"{kind}_capacity_unit_hour", day)
        request = book.price(region, f"{kind}_request_unit", day)
        share = break_even(book, region, kind, day)
        if hour is None or request is None or share is None:
            raise ConfigError(f"there are no prices to plot for Region {region!r}", pointer="--plot")
        found.append(
            Curve(
                kind,
                provisioned=CAPACITY * HOURS_PER_MONTH * hour.amount,
                on_demand=CAPACITY * SECONDS_PER_MONTH * request.amount,
                share=share,
            )
        )
    return tuple(found)


def draw(found: tuple[Curve, ...], title: str, path: Path) -> None:
    """Write the picture, PNG or SVG by the file's name. Raises ConfigError without matplotlib or with another name."""
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"a plot is written as {' or '.join(SUFFIXES)}, not {path.name!r}", pointer="--plot")
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError(
            "a plot needs matplotlib: install it with pip install 'dyncheck[plot]'", pointer="--plot"
        ) from None
    # Without a date, and with ids that do not change, the same prices make the same file.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "dyncheck"}):
        figure: Any = Figure(figsize=(10, 4.5), layout="constrained")
        figure.suptitle(title)
        for axes, curve in zip(figure.subplots(1, len(found)), found, strict=True):
            _panel(axes, curve)
        metadata = {"Date": None} if path.suffix.lower() == ".svg" else {"Software": None}
        try:
            figure.savefig(path, metadata=metadata)
        except OSError as error:
            raise ConfigError(f"cannot write {path}: {error.strerror}") from None


def _panel(axes: Any, curve: Curve) -> None:
    at = float(CAPACITY * curve.share)
    level = float(curve.provisioned)
    axes.plot([0, CAPACITY], [0, float(curve.on_demand)], label="on-demand")
    axes.plot([0, CAPACITY], [level, level], label=f"{CAPACITY} provisioned {curve.kind} units")
    axes.plot([at], [level], "o", color="black")
    axes.annotate(f"break-even: {curve.share:.1%}", (at, level), xytext=(8, -14), textcoords="offset points")
    axes.set_xlabel(f"average {curve.kind} units a second")
    axes.set_ylabel("US dollars a month")
    axes.set_xlim(0, CAPACITY)
    axes.set_ylim(bottom=0)
    axes.legend()
