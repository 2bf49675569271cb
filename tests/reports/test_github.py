from __future__ import annotations

import re

import msgspec

from dyncheck.report import Finding, Report
from dyncheck.reports import Options, render
from dyncheck.reports.github_format import command
from tests.reports import awkward


def lines(report: Report) -> list[str]:
    return render("github", report, Options()).splitlines()


def with_findings(*findings: Finding) -> Report:
    return msgspec.structs.replace(awkward.empty(), findings=findings)


def one() -> Finding:
    return next(item for item in awkward.report().findings if item.rule == "DDB-BAK-001" and not item.suppression)


def test_the_ten_worst_findings_are_annotated_and_the_others_are_counted() -> None:
    low = [msgspec.structs.replace(one(), severity="low", message=f"low {number}") for number in range(30)]
    shown = lines(with_findings(*low, one(), msgspec.structs.replace(one(), message="other")))
    commands = [line for line in shown if line.startswith("::")]
    assert [line.split(" ")[0] for line in commands] == ["::error"] * 2 + ["::notice"] * 8
    assert shown[10] == "dyncheck: the 10 worst of 32 findings are annotated"
    assert shown[11].startswith("dyncheck: 32 findings")


def test_what_several_stacks_have_in_a_module_is_one_annotation() -> None:
    callers = [msgspec.structs.replace(one(), stack=f"stack-{number}") for number in range(12)]
    low = msgspec.structs.replace(one(), severity="low")
    shown = lines(with_findings(*callers, low))
    assert [line.split(" ")[0] for line in shown[:2]] == ["::error", "::notice"]
    assert shown[2:] == ["dyncheck: 13 findings (12 high, 1 low), 0 unknown, 0 suppressed, 0 problems in 0 tables"]


def test_nothing_in_a_finding_is_a_command_or_a_property() -> None:
    evil = "x\n::set-output name=a::b\r::add-mask::c%0A::debug::d"
    finding = msgspec.structs.replace(one(), message=evil, name="a,file=/etc/passwd::b", address=evil)
    found = [line for line in lines(with_findings(finding)) if "::" in line]
    assert len(found) == 1
    assert re.fullmatch(r"::error file=[^:]*?,title=DDB-BAK-001 a%2Cfile=/etc/passwd%3A%3Ab::x\\n.*", found[0])
    assert "%250A" in found[0]


def test_columns_are_given_only_for_what_stands_on_one_line() -> None:
    finding = one()
    assert finding.location is not None
    span = msgspec.structs.replace(finding.location.span, end_line=3)
    long = msgspec.structs.replace(finding, location=msgspec.structs.replace(finding.location, span=span))
    assert "col=1,endColumn=39" in lines(with_findings(finding))[0]
    assert "line=1,endLine=3,title=" in lines(with_findings(long))[0]


def test_a_message_is_cut_before_the_runner_cuts_it() -> None:
    assert len(command("error", "x" * 10_000)) < 4_096


def test_only_failures_and_broken_rules_are_annotated() -> None:
    hidden = [item for item in awkward.report().findings if item.suppression or item.outcome == "unknown"]
    assert hidden
    assert [line for line in lines(with_findings(*hidden)) if line.startswith("::")] == []
