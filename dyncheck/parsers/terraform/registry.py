"""Modules of the public registry that are understood from their inputs, when their source is not in the scanned files.

Which inputs make which resources is known by version from the modules' own documentation; every other module that is
not there stays unknown. Names: ``terraform-aws-modules/dynamodb-table/aws``, ``cloudposse/dynamodb/aws``,
``cloudposse/dynamodb-autoscaler/aws``, also by their git repositories.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dyncheck.parsers.terraform import registry_cloudposse, registry_tables
from dyncheck.parsers.terraform.body import BlockBody
from dyncheck.parsers.terraform.registry_inputs import Declared, Inputs
from dyncheck.values import unknown

if TYPE_CHECKING:
    from dyncheck.parsers.terraform.modules import Module

_VERSION: Final = re.compile(r"(\d+)(?:\.(\d+))?")
_REF: Final = re.compile(r"[?&]ref=(?:tags/)?v?([^&]*)")
_UNDERSTOOD: Final = {
    "table": re.compile(r"terraform-aws-modules/(?:dynamodb-table/aws|terraform-aws-dynamodb-table)$"),
    "wrapper": re.compile(r"terraform-aws-modules/(?:dynamodb-table/aws|terraform-aws-dynamodb-table)//wrappers$"),
    "cloudposse": re.compile(r"cloudposse/(?:dynamodb/aws|terraform-aws-dynamodb)$"),
    "autoscaler": re.compile(r"cloudposse/(?:dynamodb-autoscaler/aws|terraform-aws-dynamodb-autoscaler)$"),
}


class Known(msgspec.Struct, frozen=True):
    """A module that is understood, and its version as (major, minor); None is the newest."""

    kind: str
    version: tuple[int, int] | None


class Understanding(msgspec.Struct, frozen=True):
    """What a module makes of its inputs."""

    resources: Callable[[Inputs], Iterator[Declared]]
    output: Callable[[Inputs, str], Any]
    beyond: frozenset[str] = frozenset()


_MODULES: Final = {
    "table": Understanding(registry_tables.resources, registry_tables.output, registry_tables.LATER_INPUTS),
    "wrapper": Understanding(registry_tables.wrapped_resources, registry_tables.wrapped_output),
    "cloudposse": Understanding(registry_cloudposse.table_resources, registry_cloudposse.table_output),
    "autoscaler": Understanding(registry_cloudposse.autoscaler_resources, registry_cloudposse.no_output),
}


def recognize(source: str, version: str | None, arguments: BlockBody) -> Known | None:
    """The understood module that a source means, if it is one, and its inputs are those of an understood version."""
    path, _, _ = source.partition("?")
    path = path.removeprefix("git::").removesuffix("/").replace(".git//", "//").removesuffix(".git")
    for kind, pattern in _UNDERSTOOD.items():
        if pattern.search(path):
            ref = _REF.search(source)
            known = Known(kind, _version_of(version or (ref[1] if ref else None)))
            later = _MODULES[kind].beyond
            return None if any(arguments.written(name) for name in later) else known
    return None


def _version_of(constraint: str | None) -> tuple[int, int] | None:
    """The version of a constraint; one that is open upwards, or that names none, is the newest."""
    if constraint is None or constraint.strip().startswith((">", "!")):
        return None
    found = _VERSION.search(constraint)
    return (int(found[1]), int(found[2] or 0)) if found else None


class RegistryModule:
    """One instance of a call to an understood module."""

    def __init__(self, known: Known, caller: Module, address: str, arguments: BlockBody, presence: Any) -> None:
        self.caller = caller
        self.address = address
        self.presence = presence
        self._understanding = _MODULES[known.kind]
        self._inputs = Inputs(arguments, address, known.version)

    def output(self, name: str) -> Any:
        """An output; one that is not understood is unknown."""
        found = self._understanding.output(self._inputs, name)
        return unknown(f"{self.address}.{name}", symbol=f"{self.address}.{name}") if found is None else found

    def outputs(self) -> Any:
        """All of them at once."""
        return unknown(self.address, symbol=self.address)

    def resources(self) -> Iterator[Declared]:
        """The resources that it makes, as far as tables are concerned."""
        return self._understanding.resources(self._inputs)
