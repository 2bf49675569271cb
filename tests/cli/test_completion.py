"""What shells offer at a tab: asked of the completion itself, and in the shells that are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_for_each_shell(run: Run, shell: str) -> None:
    done = run("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert "_DYNCHECK_COMPLETE" in done.out


def test_an_unknown_shell_is_2_with_the_closest_that_is_known(run: Run) -> None:
    assert run("completion", "tcsh").code == 2
    assert "did you mean 'bash'?" in run("completion", "bsh").err


def offered(words: str) -> set[str]:
    from click.shell_completion import ShellComplete

    from dyncheck.cli.main import cli

    *arguments, last = words.split(" ")[1:]
    found = ShellComplete(cli, {}, "dyncheck", "_DYNCHECK_COMPLETE").get_completions(arguments, last)
    return {item.value for item in found}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dyncheck ex", {"explain"}),
        ("dyncheck scan -f s", {"sarif"}),
        ("dyncheck scan -f j", {"json", "jsonl", "junit"}),
        ("dyncheck cost -f ", {"text", "json", "markdown", "csv"}),
        ("dyncheck scan --pack st", {"strict"}),
        ("dyncheck scan --pack default,st", {"default,strict"}),
        ("dyncheck rules list --pack prod", {"production"}),
        ("dyncheck explain DDB-BAK-00", {f"DDB-BAK-00{number}" for number in range(1, 9)}),
        ("dyncheck explain ddb-bak-001", {"DDB-BAK-001"}),
        ("dyncheck explain point-in", {"point-in-time-recovery-off"}),
        ("dyncheck explain ckv_aws_28", {"CKV_AWS_28"}),
        ("dyncheck explain encryption-key-u", {"encryption-key-unusable"}),
        ("dyncheck scan --select encryption-key-i", {"encryption-key-ignored"}),
        ("dyncheck scan --select backu", {"backup"}),
        ("dyncheck scan --select DDB-ENC-001,DDB-BAK-002", {"DDB-ENC-001,DDB-BAK-002"}),
        ("dyncheck scan --fail-on ne", {"never"}),
        ("dyncheck scan --framework h", {"hipaa"}),
        ("dyncheck scan --no-ca", {"--no-cache"}),
        ("dyncheck explain no-such-thing", set()),
    ],
)
def test_words_are_completed(words: str, expected: set[str]) -> None:
    assert offered(words) == expected


def test_the_rules_and_packs_of_a_directory_that_was_named_are_offered_too(run: Run) -> None:
    assert run("rules", "new", "tables-of-ours", "-d", "mine", "--id", "MY-001").code == 0
    assert offered("dyncheck explain --rules mine MY-") == {"MY-001"}
    assert offered("dyncheck scan --rules mine --select MY-") == {"MY-001"}


def test_a_directory_with_a_broken_rule_leaves_the_shipped_ones(project: Path) -> None:
    (project / "mine").mkdir()
    (project / "mine" / "broken.yaml").write_text("id: [", encoding="utf-8")
    assert offered("dyncheck scan --rules mine --pack st") == {"strict"}
    assert offered("dyncheck scan --rules gone --pack st") == {"strict"}


ASKED = {
    "bash": """
        eval "$(dyncheck completion bash)"
        compopt() { :; }
        COMP_WORDS=(${1//=/ = }); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _dyncheck_completion dyncheck
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        compdef() { :; }
        compadd() { print -l -- $completions }
        _describe() { print -l -- ${completions_with_descriptions%%:*} }
        eval "$(dyncheck completion zsh)"
        words=(${=1}); CURRENT=${#words}
        _dyncheck_completion
    """,
    "fish": """
        dyncheck completion fish | source
        complete -C $argv[1] | string replace -r '\\t.*' ''
    """,
}
"""Scripts that print what a shell offers for the line that is their first argument."""


@pytest.mark.parametrize("shell", ASKED)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dyncheck sca", ["scan"]),
        ("dyncheck explain DDB-ENC-00", [f"DDB-ENC-00{number}" for number in range(1, 7)]),
        ("dyncheck scan --pack default,st", ["default,strict"]),
        ("dyncheck scan -f sar", ["sarif"]),
        ("dyncheck scan --pack=st", ["--pack=strict"]),
        ("dyncheck scan --fail-on=hi infra --pack=st", ["--pack=strict"]),
    ],
)
def test_a_shell_completes_a_line(shell: str, line: str, expected: list[str], tmp_path: Path) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    command = tmp_path / "dyncheck"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dyncheck "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    places = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    script = ["-c", ASKED[shell], *([shell] if shell != "fish" else []), line]
    done = subprocess.run(
        [path, *script], env={**os.environ, **places}, capture_output=True, text=True, check=False, timeout=60
    )
    if shell == "bash":
        # To bash, what stands behind the sign is a word of its own.
        expected = [word.rpartition("=")[2] for word in expected]
    assert (done.stdout.split(), done.stderr) == (expected, "")
