from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dyncheck.cli.console import BLOCK, Progress, StatusLine, check_writable, uses_color, write_file
from dyncheck.errors import ConfigError
from dyncheck.settings import Color


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "terminal", "environment", "colored"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"CLICOLOR_FORCE": "1"}, True),
        ("auto", True, {"CLICOLOR": "0"}, False),
        ("auto", True, {"CLICOLOR": "1"}, True),
        ("auto", False, {"CLICOLOR": "1"}, False),
        ("auto", False, {"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True),
        ("auto", False, {"FORCE_COLOR": "0"}, False),
        ("auto", False, {"FORCE_COLOR": ""}, False),
        ("auto", False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("auto", False, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ("always", False, {"NO_COLOR": "1", "TERM": "dumb"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_color(choice: Color, terminal: bool, environment: dict[str, str], colored: bool) -> None:
    stream = Terminal() if terminal else io.StringIO()
    assert uses_color(choice, stream, environment) is colored


def test_a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old and longer")
    write_file(str(target), "new\n")
    assert target.read_bytes() == b"new\n"
    assert list(tmp_path.iterdir()) == [target]


def test_a_long_text_is_written_while_it_is_made(tmp_path: Path) -> None:
    sizes = []

    def pieces() -> Iterator[str]:
        for _ in range(4):
            yield "x" * BLOCK
            sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))

    write_file(str(tmp_path / "long.txt"), pieces())
    assert sizes == sorted(sizes)
    assert sizes[-1] >= 2 * BLOCK
    assert (tmp_path / "long.txt").stat().st_size == 4 * BLOCK


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_file(str(target), "\udcff")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_has_the_permissions_that_any_file_gets(tmp_path: Path) -> None:
    write_file(str(tmp_path / "new.json"), "x")
    (tmp_path / "other").touch()
    assert (tmp_path / "new.json").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_an_earlier_process_of_the_same_number_left_behind_is_no_hindrance(tmp_path: Path) -> None:
    """In containers the numbers of processes are few."""
    (tmp_path / f".report.json.{os.getpid()}.tmp").touch()
    write_file(str(tmp_path / "report.json"), "x")
    assert (tmp_path / "report.json").read_text() == "x"


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    target = tmp_path / ("r" * 255)
    write_file(str(target), "x")
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    write_file(str(tmp_path / "link.json"), "new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_file(os.devnull, "gone")
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="descriptors have no names")
def test_a_pipe_that_has_a_name_is_written_to() -> None:
    """As a shell's ``>(…)`` has, and ``/dev/stdout`` where a pipe is behind it."""
    reader, writer = os.pipe()
    write_file(f"/dev/fd/{writer}", ["a", "b\n"])
    os.close(writer)
    with open(reader, encoding="utf-8") as file:
        assert file.read() == "ab\n"


def test_what_cannot_be_written_is_said_before_the_scan(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no directory"):
        check_writable(str(tmp_path / "gone" / "report.json"))
    with pytest.raises(ConfigError, match="it is a directory"):
        check_writable(str(tmp_path))
    check_writable(str(tmp_path / "report.json"))


SHOWN = "scanning… 1,200 resources judged"


def test_a_line_of_progress_is_wiped_by_what_follows_and_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    line = StatusLine(True)
    line.show("a text that is too long for it")
    line.show("short")
    line.clear()
    line.clear()
    assert stream.getvalue() == "\ra text that is too " + "\rshort".ljust(20) + "\r     \r"


def test_progress_is_quiet_at_first_and_where_no_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("dyncheck.cli.console.time.monotonic", lambda: now[0])
    for stream, shown in ((Terminal(), "\r" + SHOWN + "\r" + " " * len(SHOWN) + "\r"), (io.StringIO(), "")):
        monkeypatch.setattr(sys, "stderr", stream)
        now[0] = 0.0
        progress = Progress(True)
        progress(5)
        now[0] = 1.01
        progress(1200)
        now[0] = 1.02
        progress(1201)
        progress.clear()
        progress.clear()
        assert stream.getvalue() == shown
