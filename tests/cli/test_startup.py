"""What a commit hook pays on every commit: a command imports only what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"boto3", "botocore", "jsonschema", "rich", "sarif_om", "attr", "asyncio", "multiprocessing", "lark", "hcl2"}

PROBE = """
import json, sys
before = set(sys.modules)
from dyncheck.__main__ import main
try:
    main()
except SystemExit as end:
    print(file=sys.stderr)
    print(json.dumps([end.code, sorted({name.split(".")[0] for name in set(sys.modules) - before}),
                      sorted(name for name in sys.modules if name.startswith("dyncheck"))]), file=sys.stderr)
"""


def imported(arguments: Sequence[str], expected: int) -> tuple[set[str], set[str]]:
    """The top-level packages, and dyncheck's own modules, that a command line imports."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    code, packages, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == expected, done.stderr
    return set(packages), set(modules)


def test_the_version_needs_click_and_next_to_nothing_else() -> None:
    packages, modules = imported(["--version"], 0)
    assert not packages & (HEAVY | {"yaml", "msgspec", "hashlib", "tempfile", "subprocess", "difflib"})
    assert modules == {
        "dyncheck",
        "dyncheck.__main__",
        "dyncheck.errors",
        "dyncheck.exits",
        "dyncheck.cli",
        "dyncheck.cli.groups",
        "dyncheck.cli.main",
        "dyncheck.cli.help",
    }


def test_the_package_itself_imports_nothing() -> None:
    script = "import sys, dyncheck; print([name for name in sys.modules if name.startswith('dyncheck.')])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
