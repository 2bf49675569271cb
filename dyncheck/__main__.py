"""The console script: runs the command line and turns every end of it into an exit code.

0: nothing at or above the threshold; 1: findings; 2: could not do the job; 130: interrupted; 141: the reader of the
output went away.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Final, NoReturn

from dyncheck.exits import BROKEN_PIPE, CANNOT, INTERRUPTED

_GARBAGE_THRESHOLD: Final = (20_000, 50, 1000)
"""A run is short and makes next to no cycles: looking for them as often as Python does costs up to a third of it."""


def main() -> NoReturn:
    """Run ``dyncheck`` and exit."""
    gc.set_threshold(*_GARBAGE_THRESHOLD)
    try:
        code = _run()
        sys.stdout.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == BROKEN_PIPE:
        # What is still buffered cannot be written: let the interpreter's own flush at exit go nowhere, quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _run() -> int:
    import click

    from dyncheck.cli.main import cli
    from dyncheck.errors import DyncheckError

    try:
        return int(cli.main(prog_name="dyncheck", standalone_mode=False) or 0)
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return CANNOT
    except DyncheckError as error:
        click.echo(f"{click.style('error', fg='red', bold=True)}: {error}", err=True)
        return CANNOT
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        return _bug(error)


def _bug(error: Exception) -> int:
    """Report an error that is dyncheck's own fault; it must never look like findings."""
    import traceback

    sys.stderr.write(f"error: this is a bug in dyncheck, please report it: {type(error).__name__}: {error}\n")
    sys.stderr.write("".join(traceback.format_exception(error)))
    return CANNOT


if __name__ == "__main__":
    main()
