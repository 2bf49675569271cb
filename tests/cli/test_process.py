"""How the process ends when its surroundings go away, and when dyncheck itself is at fault."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def start(
    *arguments: str, script: str = "from dyncheck.__main__ import main; main()", **environment: str
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, "DYNCHECK_NO_CACHE": "1", **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def on_a_terminal(*arguments: str, code: int = 0, folder: Path = ROOT, **environment: str) -> str:
    """What a command writes to a terminal, in the encoding of PYTHONIOENCODING."""
    import pty

    reader, terminal = pty.openpty()
    given = {**os.environ, "PYTHONPATH": str(ROOT), "DYNCHECK_NO_CACHE": "1", **environment}
    command = [sys.executable, "-m", "dyncheck", *arguments]
    process = subprocess.Popen(command, cwd=folder, env=given, stdout=terminal, stderr=terminal)
    os.close(terminal)
    parts = []
    try:
        while part := os.read(reader, 1 << 16):
            parts.append(part)
    except OSError:
        # Linux says EIO where no program has the terminal open any more.
        pass
    os.close(reader)
    assert process.wait(60) == code
    return b"".join(parts).decode(environment.get("PYTHONIOENCODING", "utf-8"), "replace").replace("\r\n", "\n")


def test_a_reader_that_goes_away_ends_the_scan_quietly_with_141() -> None:
    with start("scan", "fixtures/quickstart") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("scan", "--help"), ("explain", "DDB-BAK-001"), ("rules", "list"), ("nonsense",)],
)
def test_no_command_takes_a_reader_that_goes_away_for_findings(arguments: tuple[str, ...]) -> None:
    with start(*arguments) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait(60) == (2 if arguments == ("nonsense",) else 141)
        assert b"Traceback" not in error


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("moment", ["import click", "import dyncheck.cli.main", "import dyncheck.scanner", "reading"])
def test_an_interrupt_at_any_moment_ends_with_130_and_one_line(moment: str) -> None:
    """The process interrupts itself when it imports what is named, or reads its input."""
    script = (
        "import io, signal, sys, types\n"
        # A shell's background jobs ignore interrupts, and so does what they start.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from dyncheck.__main__ import main\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if 'import ' + name == {moment!r}:\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "class Input(io.RawIOBase):\n"
        "    def readable(self):\n"
        "        return True\n"
        "    def readinto(self, into):\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "        return 0\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.stdin = io.TextIOWrapper(io.BufferedReader(Input()))\n"
        "main()\n"
    )
    process = start("scan", "-", script=script)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.strip()) == (130, b"", b"interrupted")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [("scan", "fixtures/quickstart"), ("--help",), ("explain", "DDB-BAK-001")])
def test_output_that_does_not_fit_is_an_error_and_no_bug(arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dyncheck", *arguments], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr == b"error: cannot write to standard output: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("report", ["sarif", "csv"])
def test_a_report_of_which_only_a_part_fits_is_an_error(report: str, unbuffered: str, tmp_path: Path) -> None:
    """Python says nothing of it by itself where PYTHONUNBUFFERED is set, as it is in many containers."""
    import resource

    limit = 1_000
    with (tmp_path / "report").open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "dyncheck", "scan", "fixtures/quickstart", "--no-cache", "-f", report],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=file,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
            check=False,
        )
    assert (tmp_path / "report").stat().st_size == limit
    assert done.returncode == 2
    assert done.stderr == b"error: cannot write to standard output: File too large\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes that do not wait")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_pipe_that_takes_no_more_and_does_not_wait_is_an_error(unbuffered: str) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    done = subprocess.run(
        [sys.executable, "-m", "dyncheck", "scan", "fixtures/quickstart", "--no-cache", "-f", "sarif"],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    os.close(reader)
    assert done.returncode == 2
    assert b"cannot write to standard output" in done.stderr
    assert b"bug" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_takes_a_part_of_a_report_and_goes_away_ends_the_scan_with_141(unbuffered: str) -> None:
    with start("scan", "fixtures/quickstart", "-f", "sarif", PYTHONUNBUFFERED=unbuffered) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert os.read(process.stdout.fileno(), 10) == b'{\n  "$sche'
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(
    ("closed", "path", "code", "error"),
    [
        (">&-", "fixtures/quickstart", 1, b""),
        ("2>&-", "fixtures/quickstart", 1, b""),
        ("2>&-", "no/such/place", 2, b""),
        ("<&-", "fixtures/quickstart", 1, b""),
        ("<&-", "-", 2, b"error: -: there is no standard input to read\n"),
    ],
)
def test_a_stream_that_a_shell_has_closed_changes_no_exit_code(closed: str, path: str, code: int, error: bytes) -> None:
    command = f'"{sys.executable}" -m dyncheck scan {path} -q {closed}'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (code, error)


def test_a_bug_is_2_and_asks_to_be_reported() -> None:
    script = (
        "import dyncheck.scanner as s\n"
        "def scan(*a, **k): raise ZeroDivisionError('oops')\n"
        "s.scan = scan\n"
        "from dyncheck.__main__ import main\n"
        "main()"
    )
    out, err = start("scan", "fixtures/quickstart", script=script).communicate(timeout=60)
    assert out == b""
    assert err.startswith(b"error: this is a bug in dyncheck, please report it: ZeroDivisionError: oops\n")


def test_errors_are_one_line_on_standard_error() -> None:
    process = start("scan", "no/such/place")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, b"")
    assert err == b"error: there is no file or directory no/such/place; no/such cannot be listed\n"


def test_a_broken_rule_is_2_with_its_line_and_column(tmp_path: Path) -> None:
    source = (ROOT / "rules" / "backup" / "point-in-time-recovery-off.yaml").read_text(encoding="utf-8")
    broken = source.replace("DDB-BAK-001", "MY-BAK-001").replace("check: table.", "check: tabel.", 1)
    (tmp_path / "mine.yaml").write_text(broken, encoding="utf-8")
    process = start("scan", "fixtures/quickstart", "--rules", str(tmp_path))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, b"")
    line = next(number for number, text in enumerate(broken.splitlines(), start=1) if "check: tabel." in text)
    assert f"mine.yaml:{line}:8: ".encode() in err


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "utf-8"])
@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        (("scan", "é注/main.tf"), 1, "FAIL"),
        (("scan", "é注/main.tf", "-f", "json"), 1, "FAIL"),
        (("scan", "no/é注"), 2, "no/"),
        (("scan", "é注", "--select", "é注"), 2, "no rule, category or tag"),
        (("cost", "é注"), 0, "a month"),
        (("explain", "DDB-BAK-001"), 0, "point-in-time"),
        (("scan", "--help"), 0, "PATHS"),
    ],
)
def test_a_terminal_gets_what_its_encoding_can_show(
    arguments: tuple[str, ...], code: int, shown: str, encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "é注").mkdir()
    (tmp_path / "é注" / "main.tf").write_text(
        'resource "aws_dynamodb_table" "t" {\n  name = "FAIL-é注😀"\n}\n', encoding="utf-8"
    )
    text = on_a_terminal(*arguments, code=code, folder=tmp_path, PYTHONIOENCODING=encoding)
    assert shown in text
    assert "Traceback" not in text


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_a_page_is_fitted_to_a_terminal_and_left_alone_elsewhere() -> None:
    piped = start("explain", "DDB-BAK-001").communicate(timeout=60)[0].decode()
    shown = on_a_terminal("explain", "DDB-BAK-001", COLUMNS="60", TERM="xterm", NO_COLOR="")
    assert shown.startswith("\x1b[1m# DDB-BAK-001 point-in-time-recovery-off\x1b[0m\n")
    assert re.sub(r"\x1b\[\d+m", "", shown).split() == piped.split()
    why = shown.partition("## Why")[2].partition("## How")[0]
    assert 40 < max(map(len, why.splitlines())) <= 60 < max(map(len, piped.splitlines()))


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("scan", "fixtures/quickstart"), {"NO_COLOR": "1"}),
        (("scan", "fixtures/quickstart"), {"TERM": "dumb"}),
        (("scan", "fixtures/quickstart", "--color", "never"), {}),
        (("scan", "no/such/place"), {"NO_COLOR": "1"}),
        (("scan", "no/such/place", "--color", "never"), {}),
        (("explain", "DDB-BAK-001"), {"NO_COLOR": "1"}),
        (("scan", "--nonsense"), {}),
    ],
)
def test_a_terminal_gets_no_colour_that_it_does_not_want(
    arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    code = 2 if arguments[1][0] in "n-" else int(arguments[0] == "scan")
    assert "\x1b" not in on_a_terminal(*arguments, code=code, **{"TERM": "xterm", "NO_COLOR": "", **environment})
