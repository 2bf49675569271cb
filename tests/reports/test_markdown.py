from __future__ import annotations

import html
import re

import msgspec
import pytest
from markdown_it import MarkdownIt

from dyncheck.report import Report
from dyncheck.reports import Options, render
from dyncheck.reports.markdown_format import code, escape
from tests.reports import awkward

HOSTILE = [
    "a|b",
    "`x`",
    "**bold** _it_ ~~s~~",
    "<script>alert(1)</script>",
    "[click](http://evil)",
    "![i](http://evil/i.png)",
    "http://evil.example www.evil.example",
    "</details><h1>x",
    "&lt;b&gt; &#64;",
    "# heading",
    "$x$",
    "\\*",
]


def markdown(report: Report, max_bytes: int | None = None) -> str:
    return render("markdown", report, Options(max_bytes=max_bytes))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_text(text: str) -> None:
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(f"* {escape(text)} {code(text)}").replace("\u200b", "")
    assert re.sub(r"</?(ul|li|code)>\n?", "", shown).strip().count("<") == 0
    assert html.unescape(re.sub(r"</?(ul|li|code)>\n?", "", shown)).strip() == f"{text} {text}"


@pytest.mark.parametrize("text", ["@octocat", "see #12"])
def test_no_mention_and_no_reference_is_left_to_find(text: str) -> None:
    assert not re.search(r"[@#]\w", html.unescape(escape(text)))


def test_a_row_of_a_table_has_as_many_cells_as_its_heading() -> None:
    rows = [line for line in markdown(awkward.report()).splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4}


def test_a_large_report_is_cut_between_blocks_and_says_what_is_missing() -> None:
    one = next(item for item in awkward.report().findings if item.rule == "DDB-BAK-001" and not item.suppression)
    many = tuple(msgspec.structs.replace(one, message=f"{number} " + "ü" * 400) for number in range(3_000))
    report = msgspec.structs.replace(awkward.empty(), findings=many)
    for limit in (60_000, 900_000):
        text = markdown(report, limit)
        shown = len(re.findall(r"^\* ", text, re.MULTILINE))
        assert len(text.encode()) <= limit
        assert f"_{3_000 - shown:,} findings more did not fit here" in text
        assert text.count("<details>") == text.count("</details>") > 0


def test_the_view_of_a_framework_is_cut_too() -> None:
    one = next(item for item in awkward.report().findings if item.rule == "DDB-ENC-001" and item.outcome == "fail")
    many = tuple(
        msgspec.structs.replace(one, fingerprint=str(number), message=f"{number} " + "*" * 400) for number in range(500)
    )
    report = msgspec.structs.replace(awkward.report(), findings=many, framework="nist-800-53-r5")
    text = markdown(report, 60_000)
    shown = len(re.findall(r"^\* ", text, re.MULTILINE))
    assert 0 < shown < 500
    assert len(text.encode()) <= 60_000
    assert f"_{500 - shown} findings more did not fit here" in text


def test_a_report_that_fits_is_whole() -> None:
    assert "did not fit" not in markdown(awkward.report())
    assert len(re.findall(r"^\* ", markdown(awkward.report()), re.MULTILINE)) == 6 + 1 + 1 + 2 + 2


def test_a_finding_in_a_module_names_the_stack_that_calls_it() -> None:
    one = next(item for item in awkward.report().findings if item.rule == "DDB-BAK-001" and not item.suppression)
    within = msgspec.structs.replace(one, stack="in fra/tèst#1/100%")
    for stack, shown in ((one, "</code> in <code>in fra</code>: "), (within, "</code>: Recovery")):
        assert shown in markdown(msgspec.structs.replace(awkward.empty(), findings=(stack,)))


def test_costs_are_listed_from_the_dearest() -> None:
    text = markdown(awkward.report())
    assert "Estimated cost: &#36;42.85 to &#36;43.00 a month" in text
    assert text.index("&#36;40.00") < text.index("code>: &#36;2.85 to &#36;3.00")
