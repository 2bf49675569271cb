"""JSON Lines: a ``start`` line, lines of findings and problems, a ``summary`` line; fields as in the JSON report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dyncheck.report import Report
from dyncheck.reports import Options
from dyncheck.reports.json_format import document, sound


def pieces(report: Report, options: Options) -> Iterator[str]:
    """The report, one JSON object on each line, told apart by ``type``."""
    for line in _lines(report):
        yield json.dumps(sound(line), ensure_ascii=False, separators=(",", ":")) + "\n"


def _lines(report: Report) -> Iterator[dict[str, Any]]:
    data = document(report)
    yield {"type": "start", "schema": data["schema"], "tool": data["tool"], "rules": data["rules"]}
    for kind in ("finding", "problem"):
        for item in data[f"{kind}s"]:
            yield {"type": kind, **item}
    yield {"type": "summary", **data["summary"]}
