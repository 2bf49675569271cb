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
    problem = ["section", "h2", "ul", "li", "code", "strong"]
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


def test_the_sum_of_everything_comes_with_what_its_marks_mean() -> None:
    report = awkward.report()
    assert "≥ a part could not be priced" in page(report)
    assert "could not be priced" not in page(msgspec.structs.replace(report, monthly_cost_usd=None))


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
        return shown.evaluate(
            "[...document.querySelectorAll('#findings tr')].map((row) => row.cells[1].innerText.replace('\\n', ' '))"
        )

    @staticmethod
    def count(shown: Browser) -> Any:
        return shown.evaluate("document.getElementById('count').textContent")

    @staticmethod
    def detail(shown: Browser) -> Any:
        """What the detail of the table with the most findings says, once it has been opened."""
        shown.evaluate(
            "[...document.querySelectorAll('#findings button')].find((one) => /^module/.test(one.innerText)).click()"
        )
        return shown.evaluate("document.getElementById('detail').innerText")

    def test_it_opens_from_disk_without_a_message_or_a_request(self, show: Callable[[Report], Browser]) -> None:
        shown = show(awkward.report())
        assert shown.troubles() == []
        assert self.count(shown) == "8 of 9 findings, 4 of 4 resources"
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
        assert self.count(shown).startswith(f"{len(expected)} of 9 findings, ")
        shown.evaluate("document.getElementById('filters').reset(); new Promise((done) => setTimeout(done, 20))")
        assert len(self.rows(shown)) == 8
        assert shown.troubles() == []

    def test_the_detail_of_a_table_shows_its_findings_and_cost_and_closes_by_key(
        self, show: Callable[[Report], Browser]
    ) -> None:
        shown = show(awkward.report())
        detail = self.detail(shown)
        assert detail.startswith("Close\nmodule.orders.aws_dynamodb_table.orders")
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
        assert self.count(shown) == "5000 of 5000 findings, 5000 of 5000 resources"
        assert len(self.rows(shown)) == 200
        shown.evaluate("document.getElementById('more').click()")
        assert len(self.rows(shown)) == 400
        shown.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert len(self.rows(shown)) == 5_000
        assert shown.evaluate("document.querySelectorAll('#resources tr').length") == 5_000

    @pytest.mark.parametrize("report", [awkward.empty(), many(1)], ids=["nothing", "one finding"])
    def test_little_is_shown_as_well_as_much(self, report: Report, show: Callable[[Report], Browser]) -> None:
        shown = show(report)
        number = len(report.findings)
        assert self.count(shown) == f"{number} of {number} findings, {number} of {number} resources"
        assert len(self.rows(shown)) == number
        shown.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert shown.troubles() == []

    def test_account_region_and_text_filter_the_resources_too(self, show: Callable[[Report], Browser]) -> None:
        shown = show(awkward.report())
        self.filter(shown, "form.elements.account.value = '111122223333'")
        assert shown.evaluate("[...document.querySelectorAll('#resources code')].map((one) => one.innerText)") == [
            awkward.LIVE
        ]
        self.filter(shown, "form.elements.account.value = ''; form.elements.text.value = 'CACHE'")
        assert shown.evaluate("document.querySelector('#resources code').innerText") == "aws_dax_cluster.cache"

    @staticmethod
    def filter(shown: Browser, change: str) -> None:
        form = "const form = document.getElementById('filters')"
        shown.evaluate(f"(() => {{ {form}; {change}; form.dispatchEvent(new Event('input')); }})()")

    def test_the_address_of_the_page_holds_the_filters(self, show: Callable[[Report], Browser], tmp_path: Path) -> None:
        shown = show(awkward.report())
        assert shown.evaluate("location.hash") == ""
        self.filter(
            shown,
            "form.elements.rule.value = 'DDB-BAK-001'; form.elements.text.value = 'a b&c=ü';"
            "form.querySelector('[value=low]').checked = false;"
            "form.querySelector('[value=suppressed]').checked = true",
        )
        fragment = shown.evaluate("location.hash")
        assert fragment == "#hide=low&show=suppressed&rule=DDB-BAK-001&text=a+b%26c%3D%C3%BC"
        shown.evaluate("document.getElementById('filters').reset(); new Promise((done) => setTimeout(done, 20))")
        assert shown.evaluate("location.hash") == ""
        shown.evaluate(f"location.hash = {fragment!r}; new Promise((done) => setTimeout(done, 20))")
        assert shown.evaluate("document.getElementById('text').value") == "a b&c=ü"
        assert not shown.evaluate("document.querySelector('[value=low]').checked")
        assert self.count(shown).startswith("0 of 9 findings")
        assert shown.troubles() == []

    @pytest.mark.parametrize("fragment", ["#rule=none&show=all&text", "#findings-title", "#%", "#<script>"])
    def test_an_address_that_no_filter_made_leaves_the_filters_alone(
        self, fragment: str, show: Callable[[Report], Browser]
    ) -> None:
        shown = show(awkward.report())
        shown.evaluate(f"location.hash = {fragment!r}; new Promise((done) => setTimeout(done, 20))")
        assert self.count(shown) == "8 of 9 findings, 4 of 4 resources"
        assert shown.troubles() == []

    def test_the_detail_of_a_table_has_its_model_and_charts_that_say_in_words_what_they_show(
        self, show: Callable[[Report], Browser]
    ) -> None:
        shown = show(awkward.report())
        detail = self.detail(shown)
        assert "billing mode\nunknown, because of var.mode \\x1b[2J" in detail
        assert "</script> (HASH)" in detail
        assert "hunter2" not in detail
        assert shown.evaluate("[...document.querySelectorAll('#detail svg title')].map((one) => one.textContent)") == [
            "Cost a month: read capacity \\u202e $2.00 to $2.15, storage $0.85",
            "Failed findings, by severity: critical 0, high 1, medium 1, low 1, info 1",
        ]
        assert shown.troubles() == []

    def test_all_of_it_can_be_reached_and_used_by_keys_alone(self, show: Callable[[Report], Browser]) -> None:
        shown = show(awkward.report())

        def press(key: str, code: int, text: str = "") -> Any:
            for kind in ("keyDown", "keyUp"):
                shown.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, text=text)
            return shown.evaluate(
                "(() => { const one = document.activeElement; const style = getComputedStyle(one);"
                "return [one.id || one.name || one.className || one.tagName, style.outlineStyle]; })()"
            )

        order = [press("Tab", 9) for _ in range(17)]
        assert [name for name, _ in order] == [
            "skip",
            *["severity"] * 5,
            *["state"] * 4,
            *("rule", "account", "region", "text", "BUTTON"),
            *("wide", "link"),
        ]
        assert {outline for _, outline in order} == {"solid"}
        assert press("Enter", 13, "\r")[0] == "close"
        assert shown.evaluate("document.getElementById('detail').open")
        shown.evaluate("document.querySelector('#detail li summary').focus()")
        press(" ", 32, " ")
        assert shown.evaluate("document.querySelector('#detail li details').open")
        press("Escape", 27)
        assert not shown.evaluate("document.getElementById('detail').open")
        assert shown.evaluate("document.activeElement === document.querySelector('#findings button')")

    def test_paper_has_the_details_of_everything_that_the_filters_let_through(
        self, show: Callable[[Report], Browser]
    ) -> None:
        shown = show(awkward.report())
        self.filter(shown, "form.elements.text.value = 'module.orders'")
        shown.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        shown.call("Emulation.setEmulatedMedia", media="print")
        paper = shown.evaluate("document.getElementById('paper').innerText")
        hidden = shown.evaluate(
            "['.filters', '.more', '.skip'].map((one) => getComputedStyle(document.querySelector(one)).display)"
        )
        shown.call("Emulation.setEmulatedMedia", media="")
        shown.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert "module.orders.aws_dynamodb_table.orders" in paper
        assert "aws_dax_cluster.cache" not in paper
        assert "Because of e.g. this. And that." in paper
        assert "customer_managed" in paper
        assert hidden == ["none"] * 3
        assert shown.evaluate("document.getElementById('paper').innerText") == ""

    @pytest.mark.parametrize("width", [320, 768, 1600])
    def test_no_width_of_the_window_makes_the_page_wider_than_it(
        self, width: int, show: Callable[[Report], Browser]
    ) -> None:
        shown = show(hostile())
        shown.call("Emulation.setDeviceMetricsOverride", width=width, height=700, deviceScaleFactor=1, mobile=False)
        shown.evaluate("document.querySelector('#resources button').click()")
        widths = shown.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth,"
            "document.getElementById('detail').scrollWidth, document.getElementById('detail').clientWidth]"
        )
        shown.call("Emulation.clearDeviceMetricsOverride")
        assert (widths[0], widths[2]) == (widths[1], widths[3])

    def test_a_narrow_window_has_every_cell_below_the_other_with_its_heading(
        self, show: Callable[[Report], Browser]
    ) -> None:
        shown = show(awkward.report())
        shown.call("Emulation.setDeviceMetricsOverride", width=400, height=700, deviceScaleFactor=1, mobile=False)
        cells = shown.evaluate(
            "[...document.querySelectorAll('#findings tr')[0].cells].filter((cell) => cell.checkVisibility())"
            ".map((cell) => [cell.getBoundingClientRect().left, getComputedStyle(cell, '::before').content])"
        )
        shown.call("Emulation.clearDeviceMetricsOverride")
        assert {left for left, _ in cells} == {12}
        assert [heading for _, heading in cells] == [
            '"Severity: "',
            '"Rule: "',
            '"Resource: "',
            '"Finding: "',
        ]

    def test_names_break_between_their_parts_and_are_copied_whole(self, show: Callable[[Report], Browser]) -> None:
        shown = show(awkward.report())
        name = "[...document.querySelectorAll('#findings button code')].find((one) => /^module/.test(one.textContent))"
        assert shown.evaluate(f"{name}.textContent") == "module.orders.aws_dynamodb_table.orders"
        assert shown.evaluate(f"{name}.innerHTML") == "module.<wbr>orders.<wbr>aws_dynamodb_table.<wbr>orders"

    @pytest.mark.parametrize("priced", [True, False])
    def test_the_columns_of_costs_are_there_where_something_has_a_cost(
        self, priced: bool, show: Callable[[Report], Browser]
    ) -> None:
        report = awkward.report()
        if not priced:
            report = msgspec.structs.replace(
                report,
                findings=tuple(msgspec.structs.replace(item, monthly_cost_usd=None) for item in report.findings),
                resources=tuple(msgspec.structs.replace(item, monthly_cost_usd=None) for item in report.resources),
            )
        shown = show(report)
        columns = "[...document.querySelectorAll('th:last-child')].map((one) => one.checkVisibility())"
        assert shown.evaluate(columns) == [priced, priced]

    def test_what_is_not_known_or_could_not_be_read_is_told_by_words_and_not_by_colour_alone(
        self, show: Callable[[Report], Browser]
    ) -> None:
        shown = show(awkward.report())
        severities = shown.evaluate(
            "[...document.querySelectorAll('#findings td.severity')].map((one) => one.innerText)"
        )
        assert {"unknown (medium)", "error (low)"} <= set(severities)
        problems = shown.evaluate("document.querySelector('[aria-labelledby=problems-title]').innerText")
        assert "broken.tf:3:7 problem: expected" in problems
        assert "main.tf:1:1 note: module.far" in problems

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_text_is_readable_in_the_light_and_in_the_dark(
        self, show: Callable[[Report], Browser], scheme: str
    ) -> None:
        shown = show(awkward.report())
        shown.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        page = shown.evaluate(CONTRAST)
        shown.evaluate("document.querySelectorAll('#findings button')[1].click()")
        detail = shown.evaluate(CONTRAST)
        shown.call("Emulation.setEmulatedMedia", features=[])
        assert min(page[0], detail[0]) > 80
        assert page[1] >= 4.5, page[2]
        assert detail[1] >= 4.5, detail[2]


# The lowest contrast, by WCAG 2.2, between a text and what it stands on, and whose text it is.
CONTRAST = """
(() => {
  const light = (color) => {
    const [red, green, blue] = color.match(/[\\d.]+/g).map(Number).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (!/, 0\\)$/.test(color) && color !== "transparent") return light(color);
    }
    return light(getComputedStyle(document.documentElement).backgroundColor);
  };
  const written = [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility() &&
    [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim()));
  const found = written.map((node) => {
    const style = getComputedStyle(node);
    const front = light(node instanceof SVGElement ? style.fill : style.color);
    const back = ground(node);
    return [(Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05), node.outerHTML.slice(0, 120)];
  });
  return [found.length, ...found.sort((one, other) => one[0] - other[0])[0]];
})()
"""
