"""The comment about a pull request: what is said of money, and how long it gets."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import msgspec
import pytest

from dyncheck.errors import ConfigError
from dyncheck.github.comparison import MAX_BASE_BYTES, MAX_BYTES, comment, compare, cost_line, marker, read_base
from dyncheck.report import Finding, Money, Report
from dyncheck.reports import Options, render
from tests.reports import awkward


def base(tmp_path: Path, report: Report) -> Path:
    path = tmp_path / "base.json"
    path.write_text(render("json", report, Options()), encoding="utf-8")
    return path


def with_cost(low: float, high: float) -> Report:
    return msgspec.structs.replace(awkward.report(), monthly_cost_usd=Money(low, high))


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.rule for finding in findings]


def test_a_report_compared_with_itself_has_nothing_new_and_nothing_fixed(tmp_path: Path) -> None:
    compared = compare(read_base(str(base(tmp_path, awkward.report()))), awkward.report())
    assert (compared.new, compared.fixed) == ((), ())
    assert rules(compared.remaining) == [
        "DDB-ACC-001",
        "DDB-BAK-001",
        "DDB-ENC-001",
        "DDB-ENC-001",
        "DDB-KEY-011",
        "DDB-CST-001",
    ]


def test_moved_lines_change_nothing(tmp_path: Path) -> None:
    report = awkward.report()
    earlier = read_base(str(base(tmp_path, report)))
    failed = [item for item in report.findings if item.outcome == "fail" and item.suppression is None]
    moved = tuple(msgspec.structs.replace(item, location=None, message="moved") for item in failed)
    compared = compare(earlier, msgspec.structs.replace(report, findings=moved))
    assert (compared.new, compared.fixed, compared.hidden) == ((), (), ())
    assert len(compared.remaining) == len(failed)


def test_what_is_suppressed_or_unknown_now_is_not_fixed(tmp_path: Path) -> None:
    report = awkward.report()
    earlier = read_base(str(base(tmp_path, report)))
    suppression = next(item.suppression for item in report.findings if item.suppression)
    first, second, third, *rest = (
        item for item in report.findings if item.outcome == "fail" and item.suppression is None
    )
    findings = (
        msgspec.structs.replace(first, suppression=suppression),
        msgspec.structs.replace(second, outcome="unknown", because=("var.x",)),
        *rest,
    )
    compared = compare(earlier, msgspec.structs.replace(report, findings=findings))
    assert {item.fingerprint for item in compared.hidden} == {first.fingerprint, second.fingerprint}
    assert [item.fingerprint for item in compared.fixed] == [third.fingerprint]
    text = comment(msgspec.structs.replace(report, findings=findings), earlier, "dyncheck")
    assert "<summary>Not fixed, but suppressed or unknown now: 2 findings</summary>" in text


def test_nothing_is_called_fixed_for_sure_while_something_cannot_be_read(tmp_path: Path) -> None:
    report = awkward.report()
    earlier = read_base(str(base(tmp_path, report)))
    assert any(problem.level == "error" for problem in report.problems)
    unread = comment(msgspec.structs.replace(report, findings=()), earlier, "dyncheck")
    assert "<summary>Fixed, or in what could not be read: 6 findings</summary>" in unread
    read = comment(msgspec.structs.replace(report, findings=(), problems=()), earlier, "dyncheck")
    assert "<summary>Fixed: 6 findings</summary>" in read


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (None, (2.0, 2.0), "Estimated cost: $2.00 a month."),
        ((2.0, 2.0), (2.0, 2.0), "Estimated cost: $2.00 a month, as before."),
        ((2.0, 2.0), (3.5, 3.5), "Estimated cost: $3.50 a month (+$1.50 against the base branch)."),
        ((3.5, 3.5), (2.0, 2.0), "Estimated cost: $2.00 a month (−$1.50 against the base branch)."),
        ((1.0, 2.0), (1.5, 4.0), "Estimated cost: $1.50 to $4.00 a month (+$0.50 to +$2.00 against the base branch)."),
    ],
)
def test_the_cost_is_compared(
    tmp_path: Path, before: tuple[float, float] | None, now: tuple[float, float], said: str
) -> None:
    earlier = read_base(str(base(tmp_path, with_cost(*before)))) if before else None
    line = cost_line(with_cost(*now), earlier)
    assert line is not None
    assert line.replace("&#36;", "$") == said


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (Money(2, 2), Money(2, 2, partial=True), "≥ $2.00 a month, as before in what could be priced."),
        (Money(2, 2, partial=True), Money(2, 2), "$2.00 a month, as before in what could be priced."),
        (
            Money(2, 2, partial=True),
            Money(3, 3, partial=True),
            "≥ $3.00 a month (+$1.00 in what could be priced against the base branch).",
        ),
    ],
)
def test_a_difference_says_so_when_a_part_of_either_sum_has_no_price(
    tmp_path: Path, before: Money, now: Money, said: str
) -> None:
    earlier, later = (msgspec.structs.replace(awkward.report(), monthly_cost_usd=sum_of) for sum_of in (before, now))
    line = cost_line(later, read_base(str(base(tmp_path, earlier))))
    assert line is not None
    assert line.replace("&#36;", "$") == f"Estimated cost: {said}"


def test_a_cost_that_nobody_asked_for_is_not_mentioned() -> None:
    assert cost_line(awkward.empty()) is None


def test_a_comment_is_never_too_long_and_begins_with_its_mark() -> None:
    one = next(item for item in awkward.report().findings if item.rule == "DDB-BAK-001" and not item.suppression)
    many = tuple(msgspec.structs.replace(one, message=f"{number} " + "*" * 400) for number in range(2_000))
    text = comment(msgspec.structs.replace(awkward.empty(), findings=many), None, "infra")
    assert text.startswith("<!-- dyncheck:infra -->\n")
    assert len(text.encode()) <= MAX_BYTES + 100
    assert "did not fit here" in text
    assert text.count("<details") == text.count("</details>")


def test_no_category_ends_the_mark() -> None:
    assert marker("a --> <b>\n@x") == "<!-- dyncheck:a_--___b___x -->"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"schema": "dyncheck-report/2"}', b"\xff", b'{"x": ' + b"[" * 100_000]
)
def test_what_is_no_report_is_an_error_with_its_path(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "base.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"base\.json"):
        read_base(str(path))


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices with names")
def test_a_base_report_is_a_regular_file_of_bounded_size(tmp_path: Path) -> None:
    (tmp_path / "huge.json").touch()
    os.truncate(tmp_path / "huge.json", MAX_BASE_BYTES + 1)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "zeros.json").symlink_to("/dev/zero")
    for name in ("huge.json", "pipe.json", "zeros.json", "null\0byte"):
        with pytest.raises(ConfigError, match="cannot be read"):
            read_base(str(tmp_path / name))


def test_a_report_that_the_json_format_wrote_is_understood_whatever_is_in_it(tmp_path: Path) -> None:
    path = base(tmp_path, awkward.report())
    assert len(read_base(str(path)).findings) == len(json.loads(path.read_text("utf-8"))["findings"])
