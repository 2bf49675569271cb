"""The console script: runs the command line and turns every end of it into an exit code.

0: nothing at or above the threshold; 1: findings; 2: could not do the job; 130: interrupted; 141: the reader of the
output went away.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from typing import Final, NoReturn

from dyncheck.exits import BROKEN_PIPE, CANNOT, INTERRUPTED

_GARBAGE_THRESHOLD: Final = (20_000, 50, 1000)
"""A run is short and makes next to no cycles: looking for them as often as Python does costs up to a third of it."""

# Windows says EINVAL of a pipe that nobody reads any more.
_GONE: Final = {errno.EPIPE, *([errno.EINVAL] if os.name == "nt" else [])}
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EAGAIN}


def main() -> NoReturn:
    """Run ``dyncheck`` and exit."""
    gc.set_threshold(*_GARBAGE_THRESHOLD)
    try:
        code = _run()
        # There is no standard output at all where a shell has closed it.
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        code = _unwritten(error)
    except KeyboardInterrupt:
        code = _interrupted()
    if code == BROKEN_PIPE:
        _let_output_go()
    sys.exit(code)


def _run() -> int:
    import click

    from dyncheck.cli.main import cli
    from dyncheck.errors import DyncheckError

    if "_DYNCHECK_COMPLETE" in os.environ:
        from dyncheck.cli.shells import register

        register()
    output = sys.stdout
    try:
        return int(cli.main(prog_name="dyncheck", standalone_mode=False) or 0)
    except click.exceptions.Abort:
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return CANNOT
    except DyncheckError as error:
        from dyncheck.cli.console import say
        from dyncheck.reports.wording import visible

        # What a file says may be in it: in a log of GitHub's, a line of its own would be a command.
        say(f"error: {visible(str(error))}")
        return CANNOT
    except SystemExit:
        if sys.stdout is output:
            raise
        # Click has met a reader that went away, put another stream there, and chosen 1, which would mean findings.
        return BROKEN_PIPE
    except KeyboardInterrupt:
        raise
    except OSError as error:
        # Files that fail are named in their errors.
        if error.filename is None and error.errno in _GONE | _FULL:
            raise
        return _bug(error)
    except Exception as error:
        return _bug(error)


def _interrupted() -> int:
    _complain("interrupted\n")
    return INTERRUPTED


def _unwritten(error: OSError) -> int:
    """The exit code when standard output takes nothing more."""
    if error.errno in _GONE:
        return BROKEN_PIPE
    _let_output_go()
    _complain(f"error: cannot write to standard output: {error.strerror}\n")
    return CANNOT


def _let_output_go() -> None:
    """What is still buffered cannot be written: let the interpreter's own flush at exit go nowhere, quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bug(error: Exception) -> int:
    """Report an error that is dyncheck's own fault; it must never look like findings."""
    import traceback

    _complain(f"error: this is a bug in dyncheck, please report it: {type(error).__name__}: {error}\n")
    _complain("".join(traceback.format_exception(error)))
    return CANNOT


def _complain(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text)


if __name__ == "__main__":
    main()
