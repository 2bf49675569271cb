"""``dyncheck audit``: collect from a live account, then scan what was collected."""

from __future__ import annotations

from typing import Any, Final

import click
import msgspec

from dyncheck.cli.help import EXIT_CODES, examples
from dyncheck.cli.live import collect_into, live_options
from dyncheck.cli.parameters import FILE
from dyncheck.cli.scan import check_outputs, layers, report_on, scan
from dyncheck.settings import combine

_SCANNING: Final = frozenset(
    {
        "config",
        "no_config",
        "baseline",
        "no_ignore",
        "format",
        "output",
        "select",
        "ignore",
        "pack",
        "rules",
        "framework",
        "cost",
        "prices",
        "budget",
        "fail_on",
        "fail_on_unknown",
        "exit_zero",
        "strict",
        "sarif_category",
        "sarif_include_unknown",
        "sarif_include_suppressed",
        "color",
        "no_progress",
        "quiet",
        "verbose",
    }
)
"""The options of ``dyncheck scan`` that mean something for a live account."""


@click.command(
    short_help="Check the tables of a live account, or of an organization.",
    context_settings={"auto_envvar_prefix": "DYNCHECK"},
    epilog=examples(
        "dyncheck audit --region eu-west-1",
        "dyncheck audit --all-regions --profile audit -f text -f sarif=dyncheck.sarif",
        "dyncheck audit --role-arn arn:aws:iam::111122223333:role/dyncheck-audit",
        "dyncheck audit --org --all-regions --usage 14",
        "dyncheck audit --region eu-west-1 --framework pci-dss-4",
    )
    + EXIT_CODES
    + "\n\nThe snapshot stays beside you: 'dyncheck scan' of it gives the same report again.",
)
@click.option(
    "--snapshot",
    type=FILE,
    default="dyncheck-snapshot.jsonl",
    metavar="FILE",
    help="Where to keep what was collected.  [default: dyncheck-snapshot.jsonl]",
)
@live_options
@click.pass_context
def audit(ctx: click.Context, /, snapshot: str, **options: Any) -> None:
    """Check the DynamoDB tables of a live account, or of an organization.

    Collects a snapshot with read calls alone, then scans it. Findings point into the snapshot.
    """
    scanning = {name: value for name, value in options.items() if name in _SCANNING}
    settings, _ = combine(layers(ctx, scanning))
    check_outputs(settings.outputs)
    reached = collect_into(snapshot, options, quiet=settings.verbosity < 0 or not settings.progress)
    # Where no tables could even be listed, the job was not done, and green would be a lie.
    strict = settings.strict or not reached
    report_on(ctx, msgspec.structs.replace(settings, paths=(snapshot,), inputs=(), strict=strict))


audit.params += [parameter for parameter in scan.params if parameter.name in _SCANNING]
