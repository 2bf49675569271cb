"""``dyncheck iam-policy``: the smallest policy that lets a collection see everything."""

from __future__ import annotations

import click

from dyncheck.cli.console import print_result
from dyncheck.cli.help import examples, exit_codes
from dyncheck.cli.parameters import OneOf


@click.command(
    short_help="Print the read-only policy that live accounts are asked with.",
    epilog=examples(
        "dyncheck iam-policy > policy.json",
        "dyncheck iam-policy --usage --org --all-regions",
    )
    + exit_codes({0: "done", 2: "wrong usage"}),
)
@click.option("--usage", is_flag=True, help="Allow what --usage needs.")
@click.option("--all-regions", is_flag=True, help="Allow what --all-regions needs.")
@click.option("--org", is_flag=True, help="Allow what --org needs in the account that it starts from.")
@click.option(
    "--org-role",
    metavar="NAME",
    default="dyncheck-audit",
    help="The role that --org assumes.  [default: dyncheck-audit]",
)
@click.option(
    "--partition",
    type=OneOf(["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"]),
    metavar="NAME",
    default="aws",
    help="Partition of the accounts, such as aws-cn or aws-us-gov.  [default: aws]",
)
def iam_policy(usage: bool, all_regions: bool, org: bool, org_role: str, partition: str) -> None:
    """Print the read-only IAM policy that 'audit' and 'snapshot' need.

    It holds no action that reads or writes items.
    """
    from dyncheck.parsers.live.policy import policy_text

    role = org_role if org else None
    print_result(policy_text(usage=usage, all_regions=all_regions, role=role, partition=partition))
