from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dyncheck.report import Report
from dyncheck.reports import Options, render
from tests.reports import awkward, browser
from tests.reports.browser import Browser

HOSTILE = "</script><img src=x onerror=alert(1)><!--<script>\u2028\n| `@octocat`"


def page(report: Report) -> str:
    return render("html", report, Options())


def hostile() -> Report:
    report = awkward.report()
    one = next(item for item in report.findings if item.rule == "DDB-BAK-001" and not item.suppression)
    strange = msgspec.structs.replace(
        one, message=HOSTILE, address=HOSTILE, element=HOSTILE, name=HOSTILE, stack=HOSTILE
    )
    resource = msgspec.structs.replace(report.resources[0], address=HOSTILE, name=HOSTILE, stack=HOSTILE)
    problem = msgspec.structs.replace(report.problems[0], message=HOSTILE, path=HOSTILE)
    return msgspec.structs.replace(report, findings=(strange,), resources=(resource,), problems=(problem,))


def many(number: int) -> Report:
    report = awkward.report()
    plain = [item for item in report.findings if item.outcome == "fail" and not item.suppression]
    findings = tuple(
        msgspec.structs.replace(plain[index % len(plain)], address=f"aws_dynamodb_table.t[{index}]", stack="in fra")
        for index in range(number)
    )
    resources = tuple(
        msgspec.structs.replace(report.resources[1], address=f"aws_dynamodb_table.t[{index}]")
        for index in range(number)
    )
    return msgspec.structs.replace(report, findings=findings, resources=resources)


class _Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_awkward_report(golden: Callable[[str, str], None]) -> None:
    golden("report.html", page(awkward.report()))


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() -> None:
    text = page(awkward.report())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None

    def source(tag: str) -> str:
        (inner,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        return "'sha256-" + base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode() + "'"

    assert policy[1].split("; ") == [
        "default-src 'none'",
        f"style-src {source('style')}",
        f"script-src {source('script')}",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_nothing_is_loaded_and_no_attribute_runs_or_styles() -> None:
    for tag, attributes in _Elements(page(awkward.report())).found:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert not {name for name in attributes if name.startswith("on") or name in ("style", "src")}
        assert (attributes.get("href") or "#").startswith("#")


def test_a_hostile_name_adds_no_element() -> None:
    plain = [tag for tag, _ in _Elements(page(msgspec.structs.replace(awkward.report(), problems=()))).found]
    problem = ["section", "h2", "ul", "li", "code"]
    assert sorted(tag for tag, _ in _Elements(page(hostile())).found) == sorted([*plain, *problem])


def test_the_data_is_json_without_a_less_than_sign() -> None:
    (data,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page(hostile()), re.DOTALL)
    assert not set("<>&\u2028") & set(data)
    assert json.loads(data)["findings"][0]["message"].startswith("</script><img src=x")


def test_what_an_address_needs_for_a_screen_reader_is_there() -> None:
    elements = _Elements(page(awkward.report())).found
    ids = {attributes["id"] for _, attributes in elements if "id" in attributes}
    labelled = {attributes["for"] for tag, attributes in elements if tag == "label" and "for" in attributes}
    assert ("html", {"lang": "en"}) in elements
    assert {attributes["aria-labelledby"] for _, attributes in elements if "aria-labelledby" in attributes} <= ids
    assert {attributes["id"] for tag, attributes in elements if tag == "select"} | {"text"} == labelled
    assert {attributes.get("scope") for tag, attributes in elements if tag == "th"} == {"col"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = browser.executable()
    if path is None:
        pytest.skip("no Chromium or Chrome is installed")
    with Browser(path) as found:
        yield found


class TestInABrowser:
    @pytest.fixture
    def show(self, chromium: Browser, tmp_path: Path) -> Callable[[Report], Browser]:
        def opened(report: Report) -> Browser:
            path = tmp_path / "report.html"
            path.write_text(page(report), encoding="utf-8")
            chromium.open(path)
            return chromium

        return opened

    @staticmethod
    def rows(shown: Browser) -> Any:
        return shown.evaluate("[...document.querySelectorAll('#findings tr')].map((row) => row.cells[1].innerText)")

    def test_it_opens_from_disk_without_a_message_or_a_request(self, show: Callable[[Report], Browser]) -> None:
        shown = show(awkward.report())
        assert shown.troubles() == []
        assert shown.evaluate("document.getElementById('count').textContent") == "8 of 9 findings"
        assert len(self.rows(shown)) == 8
        assert shown.evaluate("document.querySelectorAll('#resources tr').length") == 4

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ("form.elements.text.value = 'idle CAPACITY'", ["DDB-CST-001 idle-cost"]),
            ("form.elements.rule.value = 'DDB-BAK-001'", ["DDB-BAK-001 recovery-off"]),
            ("form.elements.account.value = '111122223333'", ["DDB-ACC-001 public-policy"]),
            (
                "for (const box of form.elements.severity) box.checked = box.value === 'critical'",
                ["DDB-ACC-001 public-policy"],
            ),
            (
                "for (const box of form.elements.state) box.checked = box.value === 'suppressed'",
                ["DDB-BAK-001 recovery-off"],
            ),
            (
                "form.elements.region.value = 'eu-west-1'; form.elements.rule.value = 'DDB-ACC-001'",
                ["DDB-ACC-001 public-policy"],
            ),
            ("form.elements.text.value = 'no such thing'", []),
        ],
    )
    def test_a_filter_leaves_what_it_says(
        self, show: Callable[[Report], Browser], change: str, expected: list[str]
    ) -> None:
        shown = show(awkward.report())
        form = "const form = document.getElementById('filters')"
        shown.evaluate(f"(() => {{ {form}; {change}; form.dispatchEvent(new Event('input')); }})()")
        assert self.rows(shown) == expected
        assert shown.evaluate("document.getElementById('count').textContent") == f"{len(expected)} of 9 findings"
        shown.evaluate("document.getElementById('filters').reset(); new Promise((done) => setTimeout(done, 20))")
        assert len(self.rows(shown)) == 8
        assert shown.troubles() == []

    def test_the_detail_of_a_table_shows_its_findings_and_cost_and_closes_by_key(
        self, show: Callable[[Report], Browser]
    ) -> None:
        shown = show(awkward.report())
        shown.evaluate(
            "[...document.querySelectorAll('#findings button')].find((one) => /^module/.test(one.innerText)).click()"
        )
        detail = shown.evaluate("document.getElementById('detail').innerText")
        assert detail.startswith("module.orders.aws_dynamodb_table.orders")
        assert "Cost a month: $2.85 to $3.00" in detail
        assert "Monthly cost\n$2.85 to $3.00" in detail
        assert "called here as module.orders: main.tf:1" in detail
        assert shown.evaluate("document.getElementById('detail').matches(':modal')")
        for kind in ("rawKeyDown", "keyUp"):
            shown.call("Input.dispatchKeyEvent", type=kind, key="Escape", windowsVirtualKeyCode=27)
        assert not shown.evaluate("document.getElementById('detail').open")
        assert shown.troubles() == []

    def test_hostile_names_stay_text(self, show: Callable[[Report], Browser]) -> None:
        shown = show(hostile())
        assert shown.evaluate("document.querySelectorAll('img').length") == 0
        assert "</script><img src=x onerror=alert(1)>" in shown.evaluate(
            "document.getElementById('findings').innerText"
        )
        shown.evaluate("document.querySelector('#findings button').click()")
        assert shown.troubles() == []

    def test_thousands_of_findings_are_drawn_as_they_are_looked_at_and_whole_on_paper(
        self, show: Callable[[Report], Browser]
    ) -> None:
        shown = show(many(5_000))
        assert shown.evaluate("document.getElementById('count').textContent") == "5000 of 5000 findings"
        assert len(self.rows(shown)) == 200
        shown.evaluate("document.getElementById('more').click()")
        assert len(self.rows(shown)) == 400
        shown.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert len(self.rows(shown)) == 5_000
        assert shown.evaluate("document.querySelectorAll('#resources tr').length") == 5_000

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_text_is_readable_in_the_light_and_in_the_dark(
        self, show: Callable[[Report], Browser], scheme: str
    ) -> None:
        shown = show(awkward.report())
        shown.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        worst = shown.evaluate(CONTRAST)
        shown.call("Emulation.setEmulatedMedia", features=[])
        assert worst >= 4.5


# The lowest contrast between a coloured word and the page, by WCAG 2.2.
CONTRAST = """
(() => {
  const light = (color) => {
    const [red, green, blue] = color.match(/[\\d.]+/g).map(Number).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const back = light(getComputedStyle(document.body).backgroundColor);
  const nodes = [...document.querySelectorAll("body, .soft, .severity, .cards li, button.link, th, caption")];
  return Math.min(...nodes.map((node) => {
    const front = light(getComputedStyle(node).color);
    return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  }));
})()
"""
