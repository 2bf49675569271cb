"""``dyncheck snapshot``: a live account in a file, to be scanned anywhere."""

from __future__ import annotations

from typing import Any

import click

from dyncheck.cli.console import say
from dyncheck.cli.help import examples, exit_codes
from dyncheck.cli.live import collect_into, live_options
from dyncheck.cli.parameters import FILE
from dyncheck.errors import ConfigError


@click.command(
    context_settings={"auto_envvar_prefix": "DYNCHECK"},
    epilog=examples(
        "dyncheck snapshot -o account.jsonl --region eu-west-1",
        "dyncheck snapshot -o account.jsonl.gz --all-regions --profile audit",
        "dyncheck snapshot -o organization.jsonl.gz --org --exclude 'sandbox-*'",
        "dyncheck scan account.jsonl.gz             judge it, with no access to AWS",
    )
    + exit_codes(
        {
            0: "collected; what could not be asked is in the snapshot",
            2: "could not do the job: usage, credentials, nothing that could be listed",
            130: "interrupted; --resume goes on from there",
        }
    ),
)
@click.option(
    "-o", "--output", type=FILE, required=True, metavar="FILE", help="The snapshot to write; .gz compresses it."
)
@live_options
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def snapshot(output: str, quiet: bool, **options: Any) -> None:
    """Write what AWS says of your DynamoDB tables to a file.

    Only read calls are made, and no item is read ('dyncheck iam-policy' prints the policy that suffices).
    """
    if not collect_into(output, options, quiet=quiet):
        raise ConfigError(f"the tables of no account and Region could be listed: 'dyncheck scan {output}' says why")
    if not quiet:
        say(f"wrote {output}; to judge it: dyncheck scan {output}")
