"""Cloud assemblies of the AWS CDK (``cdk.out``): the account and Region that a synthesised stack is made for.

https://docs.aws.amazon.com/cdk/v2/guide/configure-synth.html; the manifest's shape is that of the package
``@aws-cdk/cloud-assembly-schema``.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from dyncheck.parsers.files import read_bytes

_STACK: Final = "aws:cloudformation:stack"
_ENVIRONMENT: Final = re.compile(r"aws://(?P<account>[^/]*)/(?P<region>[^/]*)")


class Environment(NamedTuple):
    """Where a stack goes, as far as its assembly says so."""

    account: str | None = None
    region: str | None = None


class Assemblies:
    """The manifests beside templates, each read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._manifests: dict[str, dict[str, Environment]] = {}

    def environment(self, template: str) -> Environment:
        """The environment of the stack of a template, empty where its directory is no assembly."""
        directory, name = posixpath.split(template)
        if directory not in self._manifests:
            self._manifests[directory] = _read(str(self._root / directory / "manifest.json"))
        return self._manifests[directory].get(name, Environment())


def _read(location: str) -> dict[str, Environment]:
    if not os.path.isfile(location):
        return {}
    try:
        manifest = json.loads(read_bytes(location))
    except (OSError, ValueError, RecursionError):
        return {}
    artifacts = manifest.get("artifacts") if isinstance(manifest, dict) else None
    found: dict[str, Environment] = {}
    for artifact in artifacts.values() if isinstance(artifacts, dict) else ():
        if isinstance(artifact, dict) and artifact.get("type") == _STACK:
            properties = artifact.get("properties")
            file = properties.get("templateFile") if isinstance(properties, dict) else None
            if isinstance(file, str):
                found[file] = _environment(artifact.get("environment"))
    return found


def _environment(text: Any) -> Environment:
    match = _ENVIRONMENT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return Environment()
    account, region = (value if value and not value.startswith("unknown-") else None for value in match.groups())
    return Environment(account, region)
