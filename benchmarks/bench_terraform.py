#!/usr/bin/env python3
"""Times ``dyncheck scan`` on generated repositories, with tfparse over the same directories in the same run.

Prints seconds, ratios and the peak of memory. Run it by hand on a quiet machine, with the Python that has the dyncheck
to be measured installed (a wheel has its rules compiled, a source checkout reads their YAML). Every figure is the best
of some runs of a whole process. ``cold`` is without dyncheck's own cache; python-hcl2 has its grammar compiled already,
as after its first use on a machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gen_monorepo import generate

TFPARSE = """
import sys, tfparse
for directory in sys.stdin.read().split("\\n"):
    tfparse.load_from_path(directory)
"""
BARE = ("-c", "pass")
HCL2_FLOOR = ("-c", "import hcl2; hcl2.parses_to_tree('a = 1\\n')")
SMALL = """
resource "aws_dynamodb_table" "orders" {
  name         = "orders"
  billing_mode = var.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}
"""


class Run(NamedTuple):
    """One process: wall-clock seconds, and the peak of its resident memory in megabytes."""

    seconds: float
    megabytes: float


def run(arguments: Sequence[str], environment: Mapping[str, str], text: str = "") -> Run:
    """Run Python with arguments; its exit code does not matter unless it is a failure of dyncheck's own (2)."""
    with tempfile.TemporaryFile("w+") as stdin:
        stdin.write(text)
        stdin.seek(0)
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=dict(environment),
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(arguments)}: exit code {process.returncode}")
    return Run(seconds, usage.ru_maxrss / (1 << 10 if sys.platform == "linux" else 1 << 20))


def best(runs: int, arguments: Sequence[str], environment: Mapping[str, str], text: str = "") -> Run:
    """The fastest of some runs, with the highest memory of them."""
    done = [run(arguments, environment, text) for _ in range(runs)]
    return Run(min(one.seconds for one in done), max(one.megabytes for one in done))


def show(label: str, figure: Run, *ratios: tuple[str, float, str]) -> None:
    compared = "   ".join(f"{name} {ratio:.2f} ({wanted})" for name, ratio, wanted in ratios)
    print(f"  {label:<26} {figure.seconds:7.3f} s {figure.megabytes:6.0f} MB   {compared}", flush=True)


def scan(path: Path, *options: str) -> tuple[str, ...]:
    return ("-m", "dyncheck", "scan", str(path), "--format", "json", *options)


def bench_repository(directory: Path, stacks: int, percent: int, runs: int, environment: Mapping[str, str]) -> None:
    directories = generate(directory, stacks, percent)
    files = sum(1 for _ in directory.rglob("*.tf"))
    print(f"{files} files in {stacks} stacks, {percent} % with tables")
    oracle = best(runs, ("-c", TFPARSE), environment, "\n".join(map(str, directories)))
    show("tfparse", oracle)
    cold = best(runs, scan(directory, "--no-cache"), environment)
    wanted = "at least 3" if percent < 100 else "at least 1"
    show("dyncheck, cold", cold, ("tfparse/cold", oracle.seconds / cold.seconds, wanted))
    run(scan(directory), environment)
    warm = best(runs, scan(directory), environment)
    show("dyncheck, warm", warm, ("warm/cold", warm.seconds / cold.seconds, "at most 0.50"))


def bench_small(directory: Path, runs: int, environment: Mapping[str, str]) -> None:
    directory.mkdir()
    (directory / "main.tf").write_text(SMALL)
    bare = best(runs, BARE, environment)
    floor = best(runs, HCL2_FLOOR, environment)
    print("one small file")
    show("python", bare)
    show("python-hcl2 on 'a = 1'", floor)
    cold = best(runs, scan(directory, "--no-cache"), environment)
    show("dyncheck, cold", cold, ("cold/python-hcl2", cold.seconds / floor.seconds, "at most 2.00"))
    run(scan(directory), environment)
    warm = best(runs, scan(directory), environment)
    show("dyncheck, warm", warm, ("warm/python-hcl2", warm.seconds / floor.seconds, "at most 1.00"))
    version = best(runs, ("-m", "dyncheck", "--version"), environment)
    show("dyncheck --version", version, ("over python, ms", (version.seconds - bare.seconds) * 1000, "at most 80"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stacks", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dyncheck-bench-") as folder:
        environment = {**os.environ, "DYNCHECK_CACHE_DIR": f"{folder}/cache"}
        run(HCL2_FLOOR, environment)
        bench_small(Path(folder, "small"), 2 * arguments.runs, environment)
        for percent in (10, 100):
            directory = Path(folder, f"repository-{percent}")
            bench_repository(directory, arguments.stacks, percent, arguments.runs, environment)


if __name__ == "__main__":
    main()
