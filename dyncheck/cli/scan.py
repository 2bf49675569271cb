"""``dyncheck scan``: options to settings, settings to a report, the report to formats and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, get_args

import click
import msgspec
from click.core import ParameterSource

from dyncheck.cli.changed_paths import ChangedPathsCommand
from dyncheck.cli.console import (
    Progress,
    check_writable,
    open_input,
    print_result,
    say,
    terminal_width,
    uses_color,
    write_file,
)
from dyncheck.cli.help import EXIT_CODES, examples
from dyncheck.cli.parameters import (
    DIRECTORY,
    FILE,
    DollarsType,
    OneOf,
    OutputType,
    PackType,
    SelectorType,
    VariableType,
    split,
)
from dyncheck.errors import ConfigError
from dyncheck.exits import CANNOT, CLEAN, FINDINGS
from dyncheck.policy.rule import SEVERITIES
from dyncheck.reports import FORMATS
from dyncheck.settings import DEFAULT, Framework, Layer, Output, Settings, combine

if TYPE_CHECKING:
    from dyncheck.report import Report
    from dyncheck.reports import Options as RenderOptions


@click.command(
    cls=ChangedPathsCommand,
    context_settings={"auto_envvar_prefix": "DYNCHECK"},
    epilog=examples(
        "dyncheck scan                              everything below here",
        "dyncheck scan infra/ --var env=prod        with a Terraform variable",
        "dyncheck scan template.yaml --parameters prod.json",
        "dyncheck scan -f text -f sarif=dyncheck.sarif",
        "dyncheck scan --select 'DDB-ENC-*' --fail-on high",
        "dyncheck scan --framework hipaa            its controls instead of findings",
        "dyncheck scan - --stdin-filename main.tf < main.tf",
    )
    + EXIT_CODES
    + "\n\nEvery option can be set in the environment: --fail-on as DYNCHECK_FAIL_ON.",
)
@click.argument("paths", nargs=-1, type=click.Path(allow_dash=True))
@click.option(
    "--changed-files",
    is_flag=True,
    default=None,
    help="PATHS are files that changed: read all that leads to them, show what they touch.",
)
@click.option(
    "-f",
    "--format",
    multiple=True,
    type=OutputType(),
    metavar="FMT[=FILE]",
    help=f"Report format: {', '.join(FORMATS)}; to FILE, or to standard output. Repeatable.  [default: text]",
)
@click.option(
    "-c", "--config", type=FILE, metavar="FILE", help="Configuration file.  [default: the nearest above PATHS]"
)
@click.option("--no-config", is_flag=True, default=None, help="Use no configuration file.")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write the report there, not to standard output.")
@click.option(
    "--select", multiple=True, type=SelectorType(), help="Run only these rules: ids, globs, categories or tags."
)
@click.option("--ignore", multiple=True, type=SelectorType(), help="Do not run these.")
@click.option(
    "--pack", multiple=True, type=PackType(), metavar="NAME", help="Packs of rules to run.  [default: default]"
)
@click.option("--rules", multiple=True, type=DIRECTORY, metavar="DIR", help="Directory with further rules or packs.")
@click.option("--baseline", type=FILE, metavar="FILE", help="Findings in it do not count; see 'dyncheck baseline'.")
@click.option("--no-ignore", is_flag=True, default=None, help="Let everything count that is suppressed otherwise.")
@click.option(
    "--fail-on",
    type=OneOf([*SEVERITIES, "never"]),
    help="Exit 1 for findings of this severity or worse.  [default: medium]",
)
@click.option("--fail-on-unknown", is_flag=True, default=None, help="Exit 1 when a verdict is unknown, too.")
@click.option("--exit-zero", is_flag=True, default=None, help="Exit 0 even when there are findings.")
@click.option("--strict", is_flag=True, default=None, help="Exit 2 when something could not be read.")
@click.option("--var", multiple=True, type=VariableType(), metavar="NAME=VALUE", help="Set a Terraform variable.")
@click.option("--var-file", multiple=True, type=FILE, metavar="FILE", help="Terraform variables file.")
@click.option("--parameters", multiple=True, type=FILE, metavar="FILE", help="CloudFormation parameters file.")
@click.option("--region", metavar="REGION", help="Region of resources whose source names none.")
@click.option("--source", type=DIRECTORY, metavar="DIR", help="Root module of a plan.  [default: where the plan is]")
@click.option(
    "--input",
    multiple=True,
    type=OneOf(["terraform", "cloudformation", "live"]),
    help="Read only this kind of input.",
)
@click.option(
    "--framework",
    type=OneOf(get_args(Framework)),
    help="Report the controls of this framework instead of findings: pass, fail, unknown or not covered.",
)
@click.option("--stdin-filename", metavar="NAME", help="What standard input ('-') is to be read as.")
@click.option("--cost", is_flag=True, default=None, help="Estimate the monthly cost, also when no rule asks for it.")
@click.option("--usage", type=FILE, metavar="FILE", help="How much the tables are used (YAML; see docs/cost.md).")
@click.option("--prices", multiple=True, type=FILE, metavar="FILE", help="Prices laid over the price book.")
@click.option("--budget", type=DollarsType(), metavar="USD", help="What everything together may cost a month.")
@click.option("--no-cache", is_flag=True, default=None, help="Neither read nor write the cache of parsed files.")
@click.option("--sarif-category", metavar="NAME", help="Category of the SARIF run.  [default: dyncheck]")
@click.option("--sarif-include-unknown", is_flag=True, default=None, help="Put unknown verdicts into SARIF.")
@click.option("--sarif-include-suppressed", is_flag=True, default=None, help="Put suppressed findings into SARIF.")
@click.option("--color", type=OneOf(["auto", "always", "never"]), help="Colour text.  [default: auto]")
@click.option("--no-progress", is_flag=True, default=None, help="Show no progress on long scans.")
@click.option("-q", "--quiet", count=True, help="Say less: the summary only; twice, nothing.")
@click.option("-v", "--verbose", count=True, help="Say more: every unknown and every resource by itself.")
@click.pass_context
def scan(ctx: click.Context, /, **options: Any) -> None:
    """Check the DynamoDB tables in files and directories.

    PATHS are files or directories with Terraform or CloudFormation, or snapshots of live accounts (see 'dyncheck
    snapshot'); '-' reads standard input, and nothing means the current directory.
    """
    settings, origins = combine(layers(ctx, options))
    if settings.changed_files and not options["paths"]:
        # No file changed: that is not the same as naming none.
        settings = msgspec.structs.replace(settings, paths=())
    with blaming(origins):
        report_on(ctx, settings)


@contextmanager
def blaming(origins: Mapping[str, str]) -> Iterator[None]:
    """Errors inside that name an option name the place instead that the setting comes from."""
    try:
        yield
    except ConfigError as error:
        setting = _POINTERS.get((error.pointer or "").split(" ")[0])
        origin = origins.get(setting, DEFAULT) if setting is not None else DEFAULT
        if origin == DEFAULT:
            raise
        raise ConfigError(error.message, path=error.path, pointer=origin) from None


_POINTERS: Final = {
    "--select": "select",
    "--ignore": "ignore",
    "--pack": "packs",
    "--rules": "rules",
    "--baseline": "baseline",
    "--var-file": "var_files",
    "--parameters": "parameter_files",
    "severity": "severity",
    "params": "params",
}
"""What errors point to, and the settings that are meant."""


def report_on(ctx: click.Context, settings: Settings) -> None:
    """Scan what the settings say, write the reports, and exit with their code."""
    from dyncheck import scanner

    check_outputs(settings.outputs)
    progress = Progress(settings.progress and settings.verbosity >= 0 and not os.environ.get("CI"))
    stdin = open_input() if "-" in settings.paths else None
    try:
        report = scanner.scan(settings, environment=os.environ, stdin=stdin, progress=progress)
    finally:
        progress.clear()
    write_reports(report, settings, settings.outputs)
    _remark(report, settings)
    ctx.exit(exit_code(report, settings))


def exit_code(report: Report, settings: Settings) -> int:
    """The exit code that a report means under given settings; formats have no say in it."""
    from dyncheck.reports.summary import summarize

    counts = summarize(report)
    if counts.errors or (settings.strict and counts.problems):
        return CANNOT
    if settings.exit_zero:
        return CLEAN
    counted = SEVERITIES[: SEVERITIES.index(settings.fail_on) + 1] if settings.fail_on != "never" else ()
    failed = any(counts.findings[severity] for severity in counted)
    return FINDINGS if failed or (settings.fail_on_unknown and counts.unknown) else CLEAN


def layers(ctx: click.Context, options: Mapping[str, Any]) -> list[Layer]:
    """What a configuration file, the environment and the command line set, by the names of Settings."""
    settings = {name: value for name, value in options.items() if name not in ("config", "no_config")}
    layers = list(configured(options))
    for source in (ParameterSource.ENVIRONMENT, ParameterSource.COMMANDLINE):
        # Older releases of click take an argument that is not there for an empty one.
        given = {
            name: value
            for name, value in settings.items()
            if ctx.get_parameter_source(name) is source and not (name == "paths" and not value)
        }
        values = _settings_of(given)
        names = {_SETTING.get(name, name): _origin(ctx, name, source) for name in given}
        layers.append(Layer(values, names))
    return layers


def configured(options: Mapping[str, Any]) -> Iterator[Layer]:
    """The layer of the configuration file: the one that is named, or the nearest; none where there is none."""
    path: str | None = options.get("config")
    if options.get("no_config"):
        if path is not None:
            raise click.UsageError("--config and --no-config exclude each other")
        return
    if path is None:
        from dyncheck.config.discovery import find_config

        # Of files that changed, any part must be scanned in the same way.
        named = () if options.get("changed_files") else options.get("paths", ())
        paths = [item for item in named if item != "-"]
        path = find_config(paths, os.getcwd())
    if path is not None:
        from dyncheck.config.layer import read_config

        yield read_config(path)


_SETTING: Final = {
    "format": "outputs",
    "output": "outputs",
    "pack": "packs",
    "var": "variables",
    "var_file": "var_files",
    "parameters": "parameter_files",
    "input": "inputs",
    "no_cache": "cache",
    "no_ignore": "suppress",
    "no_progress": "progress",
    "quiet": "verbosity",
    "verbose": "verbosity",
}
"""The settings that options of another name make."""


def _settings_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name, from the options that were given."""
    values = {_SETTING.get(name, name): value for name, value in given.items()}
    if "outputs" in values:
        values["outputs"] = _outputs(given.get("format") or Settings().outputs, given.get("output"))
    if "verbosity" in values:
        values["verbosity"] = given.get("verbose", 0) - given.get("quiet", 0)
    for name in ("cache", "progress", "suppress"):
        if name in values:
            values[name] = not values[name]
    for name in ("select", "ignore", "packs"):
        if name in values:
            values[name] = split(values[name])
    if "variables" in values:
        values["variables"] = dict(values["variables"])
    return values


def _outputs(formats: Iterable[Output], path: str | None) -> tuple[Output, ...]:
    """The reports to write: ``path`` goes to the format that has no file of its own."""
    outputs = tuple(formats)
    if path is None:
        return outputs
    open_ends = [output for output in outputs if output.path is None]
    if len(open_ends) != 1:
        raise click.UsageError("--output needs exactly one --format without a file")
    return tuple(Output(output.format, output.path or path) for output in outputs)


def check_outputs(outputs: Iterable[Output]) -> None:
    """Raise before any work is done for reports that cannot be written."""
    to_stdout = [output.format for output in outputs if output.path is None]
    if len(to_stdout) > 1:
        raise click.UsageError(
            f"only one report can go to standard output, not {' and '.join(to_stdout)}; use FORMAT=FILE"
        )
    for output in outputs:
        if output.path is not None:
            check_writable(output.path)


def _origin(ctx: click.Context, name: str, source: ParameterSource) -> str:
    if source is ParameterSource.ENVIRONMENT:
        return f"DYNCHECK_{name.upper()}"
    parameter = next(item for item in ctx.command.params if item.name == name)
    return max(parameter.opts, key=len) if isinstance(parameter, click.Option) else name.upper()


def write_reports(report: Report, settings: Settings, outputs: Iterable[Output]) -> None:
    """Write the report in each of the formats, to its file or to standard output. Raises ConfigError."""
    from dyncheck.reports import left_out, pieces

    for output in outputs:
        colored = output.path is None and uses_color(settings.color, sys.stdout, os.environ)
        text = pieces(output.format, report, rendering(settings, color=colored))
        missing = left_out(output.format, report)
        if missing and settings.verbosity > -2:
            say(f"{output.format}: {missing}")
        if output.path is None:
            print_result(text)
        else:
            write_file(output.path, text)
            if settings.verbosity > 0:
                say(f"wrote {output.path}")


def rendering(settings: Settings, *, color: bool = False) -> RenderOptions:
    """How settings and the environment want reports to look."""
    from dyncheck import clock
    from dyncheck.reports import Options

    return Options(
        width=terminal_width(),
        color=color,
        verbosity=settings.verbosity,
        category=settings.sarif_category,
        include_unknown=settings.sarif_include_unknown,
        include_suppressed=settings.sarif_include_suppressed,
        time=clock.now(os.environ),
    )


def _remark(report: Report, settings: Settings) -> None:
    """Say on standard error what a reader of the reports alone would miss."""
    from dyncheck.reports.summary import summary_line
    from dyncheck.reports.wording import count, visible

    if settings.verbosity <= -2:
        return
    if report.stale:
        gone = sum(entry.count for entry in report.stale)
        say(f"{count(gone, 'finding')} of the baseline no longer found: 'dyncheck baseline prune' takes them out")
    if not any(resource.kind in ("table", "table_change") for resource in report.resources):
        unread = any(problem.level == "error" for problem in report.problems)
        say(
            f"no DynamoDB tables found in {count(report.files, 'file')}"
            f"{', and not everything could be read' if unread else ''}"
        )
    unjudged = _unjudged_budget(report, settings)
    if unjudged is not None:
        say(f"--budget is not judged: {unjudged}")
    if any(output == Output("text") for output in settings.outputs):
        return
    for problem in report.problems:
        if problem.level == "error":
            say(f"{visible(problem.path)}:{problem.line}:{problem.column}: {visible(problem.message)}")
    if all(output.path is not None for output in settings.outputs):
        say(summary_line(report))


def _unjudged_budget(report: Report, settings: Settings) -> str | None:
    """Why nothing is said of a budget that the command line names; one of the configuration is for other scans too."""
    from dyncheck.selections import BUDGETS

    if settings.budget is None or settings.budget.origin is not None:
        return None
    if not any(rule.id == BUDGETS for rule in report.rules):
        return f"{BUDGETS} is not among the rules that run"
    return "what changed is not everything" if settings.changed_files else None
