"""How long the HTML report takes to write, and a browser to open it: ``python -m benchmarks.bench_html [FINDINGS]``."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.reports.browser import Browser, executable
from tests.reports.test_html import many, page


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    report = many(number)
    started = time.perf_counter()
    text = page(report)
    print(f"{number:,} findings: {len(text) / 1e6:.1f} MB written in {time.perf_counter() - started:.2f} s")
    path = executable()
    if path is None:
        print("no browser is installed")
        return
    with tempfile.TemporaryDirectory() as folder, Browser(path) as browser:
        file = Path(folder) / "report.html"
        file.write_text(text, encoding="utf-8")
        for attempt in ("cold", "warm"):
            started = time.perf_counter()
            browser.open(file)
            shown = browser.evaluate("document.getElementById('count').textContent")
            print(f"opened ({attempt}) in {time.perf_counter() - started:.2f} s: {shown}")
        started = time.perf_counter()
        browser.evaluate(
            "(() => { const form = document.getElementById('filters'); form.elements.text.value = 't[42'; "
            "form.dispatchEvent(new Event('input')); })()"
        )
        print(f"filtered in {time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    main()
