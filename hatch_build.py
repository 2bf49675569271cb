"""Build hook: compiles the rules and packs under rules/ into one bundle inside the wheel.

An editable install gets no bundle: it reads the YAML itself, so that a changed rule counts at once.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RulesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds ``dyncheck/_rules.msgpack`` and the rules' JSON Schema to a wheel. A rule that is broken fails the build."""

    PLUGIN_NAME = "custom"
    _made: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundle in a directory of its own and have it put into the wheel."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from dyncheck.policy.shipped import encode
            from dyncheck.policy.source import read_source

            bundle = read_source(root / "rules", called="rules")
        finally:
            sys.path.remove(str(root))
        self._made = Path(tempfile.mkdtemp(prefix="dyncheck-rules-"))
        made = self._made / "rules.msgpack"
        made.write_bytes(encode(bundle))
        build_data["force_include"][str(made)] = "dyncheck/_rules.msgpack"
        build_data["force_include"][str(root / "rules" / "schema.json")] = "dyncheck/_rules.schema.json"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the directory that held the bundle."""
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)
