"""``dyncheck github``: the scan as a step of a GitHub workflow. The action runs it."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from dyncheck.cli.console import say, write_file
from dyncheck.cli.help import EXIT_CODES, examples
from dyncheck.exits import CANNOT


@click.command(
    short_help="Scan inside a GitHub workflow; see docs/ci.md.",
    epilog=examples("dyncheck github", "INPUT_PATH=infra INPUT_FAIL_ON=high dyncheck github") + EXIT_CODES,
)
@click.pass_context
def github(ctx: click.Context) -> None:
    """Scan inside a GitHub workflow: annotations, job summary, SARIF, outputs.

    Inputs come from INPUT_* variables, which action.yml sets; see docs/ci.md. Outside of a workflow reports go to the
    current directory.
    """
    from dyncheck.errors import DyncheckError
    from dyncheck.github.step import quoted
    from dyncheck.reports.github_format import command

    try:
        code = _step(ctx)
    except DyncheckError as error:
        message = str(error)
    except click.ClickException as error:
        message = error.format_message()
    except (click.exceptions.Exit, click.exceptions.Abort, OSError):
        raise
    except Exception as error:
        import traceback

        _log(quoted("".join(traceback.format_exception(error))))
        message = f"this is a bug in dyncheck, please report it: {type(error).__name__}"
    else:
        ctx.exit(code)
    _log(command("error", message, {"title": "dyncheck could not do the job"}) + "\n")
    ctx.exit(CANNOT)


def _step(ctx: click.Context) -> int:
    from dyncheck import scanner
    from dyncheck.cli.scan import check_outputs, exit_code, layers, rendering, scan, write_reports
    from dyncheck.github.inputs import read_inputs, read_run
    from dyncheck.github.step import publish
    from dyncheck.settings import combine

    inputs = read_inputs(os.environ)
    run = read_run(os.environ, Path.cwd())
    with scan.make_context("scan", inputs.arguments(), parent=ctx) as scanning:
        settings, _ = combine(layers(scanning, scanning.params))
    if settings.changed_files and not inputs.paths:
        settings = msgspec.structs.replace(settings, paths=())
    # The log of the step stands for standard output.
    outputs = [output for output in settings.outputs if output.path is not None]
    check_outputs(outputs)
    report = scanner.scan(settings, environment=os.environ)
    options = rendering(settings)
    if run.debug:
        options = msgspec.structs.replace(options, verbosity=1)
    publish(report, options, inputs=inputs, run=run, say=_log, write=write_file)
    write_reports(report, settings, outputs)
    if run.output is None:
        say(f"wrote dyncheck.sarif and dyncheck.json to {run.folder}")
    return exit_code(report, settings)


def _log(text: str) -> None:
    """Text for the log of the step, which is UTF-8 on every runner."""
    click.echo(text.encode("utf-8"), nl=False)
