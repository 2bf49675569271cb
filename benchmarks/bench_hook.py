"""What the hook adds to a commit: ``python -m benchmarks.bench_hook [REPEATS]``.

The real pre-commit runs the hook, installed as a user's is, in turn with a hook that does nothing, in a small
repository. What is left when the one time is taken from the other is ours.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.integrations.hook_repository import committed, environment, hook_repository, pre_commit

STACKS: Final = 4
CHANGED: Final = ("stack-0/tables.tf", "stack-0/variables.tf", "modules/table/main.tf")
HOOKS: Final = ("nothing", "dyncheck", "dyncheck-cfn")

CONFIG: Final = """\
repos:
  - repo: local
    hooks: [{{id: nothing, name: nothing, entry: "true", language: system, require_serial: true}}]
  - repo: {repository}
    rev: {commit}
    hooks: [{{id: dyncheck}}, {{id: dyncheck-cfn}}]
"""
TABLE: Final = """\
resource "aws_dynamodb_table" "{name}" {{
  name         = "{name}-${{var.stage}}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {{
    name = "id"
    type = "S"
  }}

  point_in_time_recovery {{
    enabled = true
  }}
  deletion_protection_enabled = true
}}
"""
VARIABLES: Final = 'variable "stage" {\n  type    = string\n  default = "prod"\n}\n'
TEMPLATE: Final = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""


def project(folder: Path) -> None:
    """A repository of some stacks that call a module, with tables of their own, other resources and templates."""
    files = {"modules/table/main.tf": TABLE.format(name="shared"), "modules/table/variables.tf": VARIABLES}
    for number in range(STACKS):
        stack = f"stack-{number}"
        files |= {
            f"{stack}/variables.tf": VARIABLES,
            f"{stack}/tables.tf": "\n".join(TABLE.format(name=name) for name in ("orders", "users", "events")),
            f"{stack}/modules.tf": 'module "audit" {\n  source = "../modules/table"\n  stage  = var.stage\n}\n',
            f"{stack}/buckets.tf": "".join(
                f'resource "aws_s3_bucket" "b{one}" {{\n  bucket = "b{one}"\n}}\n' for one in range(20)
            ),
            f"cfn/{stack}.yaml": TEMPLATE,
        }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main() -> None:
    """Print the least and the median time of every hook, by the clock and of the processor."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commit = hook_repository(folder / "hooks")
        project(folder / "project")
        config = CONFIG.format(repository=folder / "hooks", commit=commit)
        (folder / "project" / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
        committed(folder / "project")
        took = {hook: measure(folder, hook) for hook in HOOKS}
        print("first run, with the environment built:", ", ".join(f"{hook} {took[hook][0]:.1f} s" for hook in HOOKS))
        times: dict[str, list[tuple[float, float]]] = {hook: [] for hook in HOOKS}
        for _ in range(repeats):
            for hook in HOOKS:
                times[hook].append(measure(folder, hook))
    nothing = [[one[clock] for one in times["nothing"]] for clock in (0, 1)]
    for hook in HOOKS:
        for clock, what in enumerate(("elapsed", "processor")):
            mine = [one[clock] for one in times[hook]]
            least, median = min(mine), statistics.median(mine)
            extra = f"{least - min(nothing[clock]):.3f} s and {median - statistics.median(nothing[clock]):.3f} s"
            print(f"{hook:>12}, {what:>9}: least {least:.3f} s, median {median:.3f} s; over nothing: {extra}")


def measure(folder: Path, hook: str) -> tuple[float, float]:
    """How long a hook takes: seconds that passed, and seconds of the processor."""
    files = ("cfn/stack-0.yaml",) if hook == "dyncheck-cfn" else CHANGED
    before, started = os.times(), time.perf_counter()
    code, shown = pre_commit(folder / "project", environment(folder), ["run", hook, "--files", *files])
    passed, after = time.perf_counter() - started, os.times()
    # Every table has findings: the dearer case, since they are printed.
    assert code == (0 if hook == "nothing" else 1), shown
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return passed, spent


if __name__ == "__main__":
    main()
