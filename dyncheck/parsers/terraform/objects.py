"""References to resources and data sources: written arguments by value, computed attributes by identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dyncheck.parsers.terraform.body import BlockBody, ValueBody
from dyncheck.parsers.terraform.datasources import DATA_SOURCES
from dyncheck.parsers.terraform.expand import Instance
from dyncheck.parsers.terraform.module_directory import BlockRef
from dyncheck.parsers.terraform.providers import ProviderConfig, provider_key
from dyncheck.parsers.terraform.tfvalues import LazyObject
from dyncheck.parsers.terraform.undecided import both
from dyncheck.values import OpenList, Unknown, lift, unknown

if TYPE_CHECKING:
    from dyncheck.parsers.terraform.modules import Module

_SAME_AS: Final = {
    ("aws_dynamodb_table", "id"): "name",
    ("aws_dynamodb_global_table", "id"): "name",
    ("aws_kms_alias", "id"): "name",
    ("aws_cloudwatch_metric_alarm", "id"): "alarm_name",
    ("aws_dax_cluster", "id"): "cluster_name",
    ("aws_appautoscaling_target", "id"): "resource_id",
    ("terraform_data", "output"): "input",
}
"""Computed attributes that repeat an argument (terraform-provider-aws documentation, "Attribute Reference")."""

_DEFAULTS: Final[dict[tuple[str, str], Any]] = {
    ("aws_dynamodb_table", "billing_mode"): "PROVISIONED",
    ("aws_dynamodb_table", "range_key"): None,
    ("aws_dynamodb_table", "stream_enabled"): False,
    ("aws_dynamodb_table", "deletion_protection_enabled"): False,
    ("aws_dynamodb_table", "global_secondary_index"): [],
    ("aws_dynamodb_table", "local_secondary_index"): [],
    ("aws_dynamodb_table", "replica"): [],
}
"""What a reference to an argument that is not written gives."""


class ResourceObject(LazyObject):
    """One instance of a resource. ``address`` is absolute; ``presence`` includes that of the module."""

    mode = ""

    def __init__(self, module: Module, ref: BlockRef, instance: Instance, body: BlockBody) -> None:
        self.module = module
        self.kind, name = ref.labels
        self.body = body
        self.address = f"{module.prefix}{self.mode}{self.kind}.{name}{instance.suffix}"
        self._ref = ref
        self.presence = both(module.presence, instance.presence)

    def get(self, name: str) -> Any:
        """An attribute: as written, or Unknown with the identity ``address.name``."""
        name = _SAME_AS.get((self.kind, name), name)
        return self.module.once((self.address, name), lambda: self._get(name), (self._ref,))

    def force(self) -> Any:
        """The whole as data: what is written, and the usual computed attributes."""
        names = [attribute.name for attribute in self.body.block.attributes]
        return {name: self.get(name) for name in dict.fromkeys([*names, "id", "arn", "name"])}

    @property
    def provider(self) -> ProviderConfig:
        """The provider configuration of this resource; an own ``region`` argument wins over the provider's."""
        key = provider_key(self.body.expression("provider"))
        found = ProviderConfig.unknown("aws") if key is None else self.module.provider(key)
        region = self.body.value("region")
        return found if region is None else found.in_region(region)

    def _get(self, name: str) -> Any:
        if self.body.written(name):
            return self.body.value(name)
        if self.body.nests(name):
            return _as_data(self.body.blocks(name))
        if (self.kind, name) in _DEFAULTS:
            return _DEFAULTS[self.kind, name]
        return self.computed(name)

    def computed(self, name: str) -> Unknown:
        """An attribute that only an apply gives."""
        return unknown(f"{self.address}.{name}", symbol=f"{self.address}.{name}")


class DataObject(ResourceObject):
    """One instance of a data source: worked out where it can be, else unknown by its address."""

    mode = "data."

    def _get(self, name: str) -> Any:
        handler = DATA_SOURCES.get(self.kind)
        found = handler(self, name) if handler is not None else None
        if found is not None:
            return found
        return self.body.value(name) if self.body.written(name) else self.computed(name)

    def computed(self, name: str) -> Unknown:
        """An attribute that only a query gives; the reason is the data source itself."""
        return unknown(self.address, symbol=f"{self.address}.{name}")


class BodyObject(LazyObject):
    """A reference to a nested block of a resource."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def get(self, name: str) -> Any:
        """An argument of the block, or its nested blocks of that name."""
        if isinstance(self._body, BlockBody) and self._body.nests(name):
            return _as_data(self._body.blocks(name))
        return self._body.value(name)

    def force(self) -> Any:
        """All arguments as written."""
        if isinstance(self._body, ValueBody):
            return dict(self._body.values)
        return {attribute.name: self._body.value(attribute.name) for attribute in self._body.block.attributes}


def _as_data(blocks: Any) -> Any:
    if isinstance(blocks, OpenList):
        return OpenList(tuple(lift(BodyObject, item) for item in blocks.items), blocks.because)
    return [lift(BodyObject, item) for item in blocks]
