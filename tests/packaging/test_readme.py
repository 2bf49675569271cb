"""The README's commands are the ones that work: .ci/run reads one of them from it, the others are compared here."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_there_are_exactly_two_commands_for_a_fresh_machine() -> None:
    commands = re.findall(r"<!-- command: (\w+) -->\n```sh\n(.+)\n```", README)
    assert [name for name, _ in commands] == ["scan", "test"]
    assert all(command.startswith("python3 -m venv .venv && .venv/bin/pip install -q ") for _, command in commands)
    assert commands[0][1].endswith(" && .venv/bin/dyncheck scan fixtures/quickstart")
    assert commands[1][1].endswith(" && .venv/bin/python -m pytest")


def test_ci_finds_the_test_command_in_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    function = script[script.index("command_of() {") : script.index("\n}", script.index("command_of() {")) + 2]
    done = subprocess.run(
        ["bash", "-c", f"{function}\ncommand_of test"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in README
    assert done.stdout.strip().endswith("-m pytest")


def test_every_command_line_of_the_readme_is_understood() -> None:
    from click.testing import CliRunner

    from dyncheck.cli.main import cli

    (block,) = re.findall(r"## Use\n\n```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines():
        words = line.partition("  #")[0].partition(" <")[0].replace("'", "").split()
        names = [word for word in words[1:3] if not word.startswith("-") and word.isalpha()]
        path = names if names[:1] == ["rules"] else names[:1]
        options = {word for word in words if word.startswith("-") and word != "-"}
        shown = CliRunner().invoke(cli, [*path, "--help"]).output
        assert not [option for option in options if option not in shown], line


DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def prose(document: Path) -> str:
    """The text of a document without its code."""
    text = re.sub(r"^( *)```.*?^\1```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(document: Path) -> set[str]:
    """What can stand behind a # in a link to a document, as GitHub makes it of the headings."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_nowhere(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    if anchor and target.suffix == ".md":
        return not target.exists() or anchor not in anchors(target)
    number = anchor.removeprefix("L")
    if number.isdigit() and target.exists():
        return int(number) > len(target.read_text(encoding="utf-8").splitlines())
    return not target.exists()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_links_of_a_document_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?![a-z]+:)([^)\s]+)\)", prose(document))
    assert [link for link in links if leads_nowhere(document, link)] == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    ways = [ROOT / "README.md"]
    while ways:
        document = ways.pop().resolve()
        if document in seen or document.suffix != ".md":
            continue
        seen.add(document)
        links = re.findall(r"\]\((?![a-z]+:)([^)#\s]+)[^)]*\)", prose(document))
        ways += [document.parent / link for link in links]
    assert {path.resolve() for path in DOCUMENTS} - seen == set()


def test_the_report_in_the_readme_is_the_end_of_a_real_one() -> None:
    from dyncheck import Settings, scan
    from dyncheck.reports import Options, render

    settings = Settings(paths=(str(ROOT / "fixtures" / "quickstart"),), cache=False)
    shown = render("text", scan(settings, environment={}), Options(width=100))
    (sample,) = re.findall(r"```\n(fixtures/.*?)```", README, re.DOTALL)
    # Without a repository around it, paths are relative to the scanned directory.
    assert shown.endswith(sample) or shown.endswith(sample.replace("fixtures/quickstart/", ""))
