"""JSON Lines: a ``start`` line, lines of findings and problems, a ``summary`` line; fields as in the JSON report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dyncheck.report import Report
from dyncheck.reports import Options
from dyncheck.reports.json_format import sound_document


def render(report: Report, options: Options) -> str:
    """The report, one JSON object on each line, told apart by ``type``."""
    lines = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in _lines(report))
    return "".join(f"{line}\n" for line in lines)


def _lines(report: Report) -> Iterator[dict[str, Any]]:
    data = sound_document(report)
    yield {"type": "start", "schema": data["schema"], "tool": data["tool"], "rules": data["rules"]}
    for kind in ("finding", "problem"):
        for item in data[f"{kind}s"]:
            yield {"type": kind, **item}
    yield {"type": "summary", **data["summary"]}
