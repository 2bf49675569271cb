"""The schemas of workflows and pipelines that check-jsonschema ships: those that their makers publish."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def check_schema(schema: str, path: Path, *options: str) -> str:
    """What a schema that check-jsonschema ships says about a file; empty when it is valid."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr
