from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from dyncheck.location import Location, Span
from dyncheck.model import Problem
from dyncheck.report import Report
from dyncheck.reports import Options, render
from tests.integrations.runner import commands
from tests.reports import awkward


def text(report: Report, **options: object) -> str:
    return render("text", report, Options(**options))  # type: ignore[arg-type]


def test_the_awkward_report(golden: Callable[[str, str], None]) -> None:
    golden("text.txt", text(awkward.report(), width=90))


def test_the_awkward_report_said_at_length(golden: Callable[[str, str], None]) -> None:
    golden("text-verbose.txt", text(awkward.report(), width=90, verbosity=1))


def test_the_awkward_report_in_colour(golden: Callable[[str, str], None]) -> None:
    golden("text-color.txt", text(awkward.report(), width=90, color=True))


def test_no_character_of_the_input_controls_the_terminal() -> None:
    shown = text(awkward.report())
    assert not [character for character in shown if ord(character) < 0x20 and character != "\n"]
    assert "\u202e" not in shown


@pytest.mark.parametrize("width", range(30, 120, 9))
def test_nothing_that_the_input_says_is_a_command_to_a_runner_of_workflows(width: int) -> None:
    one = next(item for item in awkward.report().findings if item.rule == "DDB-BAK-001" and not item.suppression)
    evil = "::error::a ##[add-mask]b " * 20
    place = Location(Span("::error::c##[debug]d.tf", 1, 1, 1, 9))
    finding = msgspec.structs.replace(one, message=evil, address=evil, location=place)
    problem = Problem("::notice::e.tf", 1, 1, evil)
    source = {place.span.path: "::warning::f ##[error]g\n"}
    report = msgspec.structs.replace(awkward.empty(), findings=(finding,), problems=(problem,), sources=source)
    shown = text(report, width=width, verbosity=1)
    assert "error" in shown and "add-mask" in shown
    assert commands(shown) == []


def test_quiet_is_the_summary_line_alone() -> None:
    assert text(awkward.report(), verbosity=-1) == (
        "6 findings (1 critical, 1 high, 2 medium, 1 low, 1 info), 1 unknown, 1 suppressed, 1 problem, 1 rule error "
        "in 3 tables\n"
    )


def test_quieter_is_nothing() -> None:
    assert text(awkward.report(), verbosity=-2) == ""


def test_a_scan_that_found_nothing_prints_nothing() -> None:
    assert text(awkward.empty()) == ""


def test_a_clean_scan_prints_its_summary() -> None:
    report = msgspec.structs.replace(awkward.empty(), resources=awkward.report().resources[1:2])
    assert text(report) == "0 findings, 0 unknown, 0 suppressed, 0 problems in 1 table\n"


def test_findings_of_one_block_that_makes_many_tables_are_told_once() -> None:
    one = next(finding for finding in awkward.report().findings if finding.rule == "DDB-CST-001")
    many = tuple(
        msgspec.structs.replace(one, address=f"aws_dynamodb_table.t[{number}]", message=f"Idle {number}")
        for number in range(500)
    )
    shown = text(msgspec.structs.replace(awkward.empty(), findings=many, sources=awkward.report().sources))
    assert shown.count("DDB-CST-001 idle-cost") == 1
    listed = "on aws_dynamodb_table.t[0], aws_dynamodb_table.t[1], aws_dynamodb_table.t[2] and 497 more"
    assert listed in " ".join(shown.split())
    assert "500 findings (500 info)" in shown


def test_the_elements_that_one_block_makes_are_told_apart() -> None:
    one = next(finding for finding in awkward.report().findings if finding.rule == "DDB-CST-001")
    both = tuple(
        msgspec.structs.replace(one, address="t", element=element, message=f"Idle {element}", fingerprint=fingerprint)
        for element, fingerprint in (("eu-west-2", "2"), ("eu-west-3", "1"))
    )
    report = msgspec.structs.replace(awkward.empty(), findings=both, sources=awkward.report().sources)
    assert "on t eu-west-2, t eu-west-3" in text(report)
    at_length = text(report, verbosity=1)
    assert 0 < at_length.index("Idle eu-west-2") < at_length.index("Idle eu-west-3")


def test_unknowns_with_the_same_reason_are_told_together() -> None:
    one = next(finding for finding in awkward.report().findings if finding.outcome == "unknown")
    many = tuple(
        msgspec.structs.replace(one, address=f"aws_dynamodb_table.t{number}", element=None, location=None)
        for number in range(5)
    )
    shown = text(msgspec.structs.replace(awkward.empty(), findings=many))
    assert shown.startswith(
        "unknown, because these are not known here\n"
        "  var.kms_key_arn\n"
        "    DDB-ENC-001: aws_dynamodb_table.t0, aws_dynamodb_table.t1, aws_dynamodb_table.t2 and 2 more\n"
    )


def test_what_is_undecided_at_several_places_of_a_resource_is_counted_at_each() -> None:
    one = next(finding for finding in awkward.report().findings if finding.outcome == "unknown")
    places = [Location(Span("main.tf", line, 1, line, 2)) for line in range(1, 6)]
    found = tuple(msgspec.structs.replace(one, rule=f"X-{n}", location=place) for n, place in enumerate(places))
    shown = text(Report(version="1", findings=found, resources=awkward.report().resources))
    assert "(main.tf:1)" in shown
    assert "(main.tf:3) and 2 more" in shown
    assert "(main.tf:4)" not in shown


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (["var.a", "var.b"], "  to decide these, give values with --var or --var-file\n"),
        (["parameter Stage"], "  to decide these, give values with --parameters\n"),
        (["parameter Stage", "var.a"], "  to decide these, give values with --var or --var-file, or --parameters\n"),
        (["AccessDeniedException: dynamodb:DescribeTimeToLive"], None),
    ],
)
def test_unknowns_that_a_value_would_decide_come_with_the_options_that_give_it(
    reasons: list[str], told: str | None
) -> None:
    one = next(finding for finding in awkward.report().findings if finding.outcome == "unknown")
    findings = tuple(msgspec.structs.replace(one, because=(reason,)) for reason in reasons)
    shown = text(msgspec.structs.replace(awkward.empty(), findings=findings))
    assert (told in shown) if told else ("to decide" not in shown)


def test_what_is_suppressed_is_told_at_length_only_with_what_sets_it_aside() -> None:
    report = awkward.report()
    (aside,) = (item for item in report.findings if item.suppression is not None)
    assert "suppressed, so" not in text(report)
    at_length = text(report, verbosity=1)
    assert f"  {aside.rule} {aside.address}" in at_length
    assert "    by main.tf:1, until 2999-12-31: known | <reason>\n" in at_length


def test_a_place_whose_source_is_gone_is_still_named() -> None:
    one = next(finding for finding in awkward.report().findings if finding.rule == "DDB-CST-001")
    moved = msgspec.structs.replace(one, location=Location(Span("gone.tf", 12, 3, 12, 9)))
    shown = text(msgspec.structs.replace(awkward.empty(), findings=(moved,)))
    assert shown.startswith("gone.tf\n  12:3\n    info     DDB-CST-001 idle-cost\n")


def test_sentences_keep_to_a_narrow_terminal_as_far_as_their_words_do() -> None:
    lines = text(awkward.report(), width=40).splitlines()
    sentences = [line.strip(" ") for line in lines if line.startswith(" " * 13) and "called here" not in line]
    assert any(" " in line for line in sentences)
    assert [line for line in sentences if " " in line[40 - 13 :]] == []
