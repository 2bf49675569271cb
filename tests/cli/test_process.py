"""How the process ends when its surroundings go away, and when dyncheck itself is at fault."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def start(*arguments: str, script: str = "from dyncheck.__main__ import main; main()") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, "DYNCHECK_NO_CACHE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_reader_that_goes_away_ends_the_scan_quietly_with_141() -> None:
    with start("scan", "fixtures/quickstart") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_ends_with_130_and_no_traceback() -> None:
    process = start("scan", "-")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err


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
