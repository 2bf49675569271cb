from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from dyncheck import __version__
from dyncheck.cli.main import COMMANDS, cli


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, (*path, name))


ALL = list(commands(cli))


def test_there_are_the_commands_of_the_design() -> None:
    assert {" ".join(path) for path in ALL} == {
        "",
        "scan",
        "rules",
        "rules list",
        "rules lint",
        "rules test",
        "rules new",
        "audit",
        "snapshot",
        "iam-policy",
        "baseline",
        "baseline create",
        "baseline update",
        "baseline prune",
        "config",
        "config show",
        "explain",
        "cost",
        "prices",
        "prices show",
        "prices update",
        "completion",
        "github",
    }


@pytest.mark.parametrize("path", ALL, ids=" ".join)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_help_with_examples_and_exit_codes(path: tuple[str, ...], flag: str) -> None:
    result = CliRunner().invoke(cli, [*path, flag], prog_name="dyncheck")
    assert result.exit_code == 0
    assert "Examples:\n  dyncheck" in result.output.replace("    ", "  ") or "Examples:\n    eval" in result.output
    assert "Exit codes:" in result.output
    assert max(map(len, result.output.splitlines())) <= 80


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_no_sentence_of_a_list_of_commands_is_cut_off(path: tuple[str, ...]) -> None:
    listed = CliRunner().invoke(cli, [*path, "--help"], prog_name="dyncheck").output.partition("Commands:")[2]
    assert "..." not in listed


@pytest.mark.parametrize("name", ["iam-policy", "snapshot", "cost", "prices", "completion"])
def test_a_command_that_judges_nothing_has_exit_codes_of_its_own(name: str) -> None:
    assert "threshold" not in CliRunner().invoke(cli, [name, "--help"], prog_name="dyncheck").output


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_option_is_described(path: tuple[str, ...]) -> None:
    command: click.Command | None = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    assert not [option.name for option in command.params if isinstance(option, click.Option) and not option.help]


def test_the_version() -> None:
    assert CliRunner().invoke(cli, ["--version"], prog_name="dyncheck").output == f"dyncheck {__version__}\n"


@pytest.mark.parametrize(
    ("word", "hint"), [("scna", "did you mean 'scan'?"), ("./infra", "to scan it: dyncheck scan ./infra")]
)
def test_an_unknown_command_is_answered_with_a_suggestion(word: str, hint: str) -> None:
    result = CliRunner().invoke(cli, [word])
    assert result.exit_code == 2
    assert hint in result.output


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("scan --sleect x", "--select"),
        ("scan --versoin", "--verbose"),
        ("rules lst", "did you mean 'list'?"),
        ("scan -f sarfi", "did you mean 'sarif'?"),
        ("cost -f jsno", "did you mean 'json'?"),
        ("scan --fail-on hihg", "did you mean 'high'?"),
        ("scan --framework hippa", "did you mean 'hipaa'?"),
        ("scan --input terrafrom", "did you mean 'terraform'?"),
        ("scan --pack strct", "did you mean strict?"),
        ("scan --select DDB-BAK-01", "did you mean DDB-BAK-001?"),
        ("scan --ignore bakcup", "did you mean backup?"),
        ("rules list --select point-in-time-recovery", "did you mean point-in-time-recovery-off?"),
        ("explain DDB-BAK-01", "the closest are DDB-BAK-001"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_one_that_was_meant(line: str, hint: str) -> None:
    result = CliRunner().invoke(cli, line.split(" "), prog_name="dyncheck")
    assert hint.casefold() in f"{result.output}{result.exception}".casefold()


def test_no_two_commands_share_a_place() -> None:
    assert len(set(COMMANDS.values())) == len(COMMANDS)
