"""One step of a workflow: scan, write the reports, annotate, summarise, comment, and only then fail."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from dyncheck.errors import DyncheckError
from dyncheck.github.api import GitHub
from dyncheck.github.comparison import Base, comment, cost_line, read_base
from dyncheck.github.inputs import Inputs, Run
from dyncheck.report import Report
from dyncheck.reports import Options, render
from dyncheck.reports.github_format import command
from dyncheck.reports.markdown_format import MAX_BYTES
from dyncheck.reports.summary import by_severity, failures, undecided

Say = Callable[[str], None]
"""Takes text for the log of the step."""
Write = Callable[[str, str], None]
"""Writes a text to a path as a whole."""


def publish(report: Report, options: Options, *, inputs: Inputs, run: Run, say: Say, write: Write) -> None:
    """Tell the runner everything about a report."""
    files = {
        "sarif-file": (run.folder / "dyncheck.sarif", render("sarif", report, options)),
        "report-file": (run.folder / "dyncheck.json", render("json", report, options)),
    }
    for path, text in files.values():
        write(str(path), text)
    say(quoted(render("text", report, options)))
    if inputs.annotate:
        say(render("github", report, options))
    base = _base(inputs.base_report, say)
    if inputs.summary and run.summary is not None:
        append_summary(run.summary, report, base)
    upload = inputs.upload
    if run.fork and (upload or inputs.comment):
        say(command("notice", "pull requests from forks get a token that may only read: no upload, no comment") + "\n")
        upload = False
    elif inputs.comment:
        _comment(report, base, inputs, run, say)
    if run.output is not None:
        failed = by_severity(failures(report))
        write_outputs(
            run.output,
            {
                "findings": str(len(failed)),
                "unknowns": str(sum(1 for _ in undecided(report))),
                "worst-severity": failed[0].severity if failed else "",
                **{name: str(path) for name, (path, _) in files.items()},
                "upload": "true" if upload else "false",
            },
        )


def quoted(text: str) -> str:
    """A text for the log in which the runner looks for no command."""
    token = secrets.token_hex(16)
    return f"::stop-commands::{token}\n{text}::{token}::\n"


def append_summary(path: Path, report: Report, base: Base | None) -> None:
    """Add the report to the summary of the job, as far as the runner takes it."""
    room = MAX_BYTES - (path.stat().st_size if path.exists() else 0)
    cost = cost_line(report, base) if base is not None else None
    extra = f"\n{cost}\n" if cost else ""
    text = render("markdown", report, Options(max_bytes=max(room - len(extra.encode()), 1_000)))
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(text + extra)


def write_outputs(path: Path, values: Mapping[str, str]) -> None:
    """Set outputs of the step. The delimiter is random: no value can end itself and set another."""
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for name, value in values.items():
            delimiter = f"dyncheck_{secrets.token_hex(16)}"
            file.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def _base(path: str, say: Say) -> Base | None:
    """The report of the base branch; a base that never had one is no reason to fail."""
    if not path:
        return None
    try:
        return read_base(path)
    except DyncheckError as error:
        say(command("warning", f"nothing is compared with the base branch: {error}") + "\n")
        return None


def _comment(report: Report, base: Base | None, inputs: Inputs, run: Run, say: Say) -> None:
    """Write the comment; that it cannot be written is worth a warning, and no reason to fail."""
    if run.pull_request is None:
        say(command("notice", "this run belongs to no pull request: no comment") + "\n")
        return
    try:
        github = GitHub(run.api, run.repository, run.pull_request, inputs.token)
        github.put_comment(comment(report, base, inputs.category))
    except DyncheckError as error:
        say(command("warning", f"the comment was not written: {error}") + "\n")
