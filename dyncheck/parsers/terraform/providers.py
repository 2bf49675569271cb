"""Provider configurations: the Region, the account and the default tags that a resource gets from its provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from dyncheck.parsers.terraform.body import BlockBody, single
from dyncheck.parsers.terraform.syntax import Block, Expr, GetAttr, Index, Literal, Name, ObjectCons
from dyncheck.parsers.terraform.undecided import default
from dyncheck.values import Choice, Unknown, choose, lift, unknown

if TYPE_CHECKING:
    from dyncheck.parsers.terraform.modules import Module

DEFAULT_PROVIDER = "aws"

_ACCOUNT_IS_TOLD: Final = " (set allowed_account_ids to one)"
"""What makes the account of a provider known."""


class ProviderConfig(msgspec.Struct, frozen=True):
    """What a provider configuration gives to its resources."""

    region: Any
    account: Any
    default_tags: Any

    @classmethod
    def unknown(cls, key: str, region: str | None = None) -> ProviderConfig:
        """A configuration that nothing in the files gives: environment or profile decide, unless ``region`` is told."""
        return cls(_hidden(key, "region") if region is None else region, _hidden(key, "account", _ACCOUNT_IS_TOLD), {})

    def in_region(self, region: Any) -> ProviderConfig:
        """The configuration for a resource that names a Region itself; null names none."""
        return msgspec.structs.replace(self, region=_text(region, self.region))


def provider_config(module: Module, key: str) -> ProviderConfig | None:
    """The configuration that a module's own ``provider`` block gives, for ``aws`` or ``aws.alias``."""
    name, _, alias = key.partition(".")
    for ref in module.directory.refs("provider", name):
        block = module.directory.block(ref)
        if block is None:
            continue
        if module.parent is not None and not block.blocks and _is_placeholder(block):
            continue
        written = block.attribute("alias")
        if (reference_text(written.expr) if written is not None else "") != alias:
            continue
        body = BlockBody(block, module.scope, module.locator(ref))
        # A configuration that is only named is for a caller to pass in, who may well mean another Region.
        told = None if alias and _is_placeholder(block) and not block.blocks else module.program.options.region
        hidden = ProviderConfig.unknown(f"{module.prefix}{key}", told)
        tags = lift(lambda inner: {} if inner is None else inner.value("tags"), single(body.blocks("default_tags")))
        return ProviderConfig(
            region=_text(body.value("region"), hidden.region),
            account=_text(lift(_only, body.value("allowed_account_ids")), hidden.account),
            default_tags=default(tags, {}),
        )
    return None


def _is_placeholder(block: Block) -> bool:
    """Whether a called module's block configures nothing: Terraform before 0.13 wanted one for what is passed in."""
    return all(attribute.name in ("alias", "version") for attribute in block.attributes)


def provider_key(block_provider: Expr | None) -> str | None:
    """The provider that a ``provider`` argument names, as ``aws`` or ``aws.alias``; None when it cannot be told."""
    return DEFAULT_PROVIDER if block_provider is None else reference_text(block_provider)


def passed_providers(arguments: BlockBody | None) -> dict[str, str]:
    """The ``providers`` of a module call: the called module's name of a provider to the calling module's."""
    expr = arguments.expression("providers") if arguments is not None else None
    if not isinstance(expr, ObjectCons):
        return {}
    pairs = ((reference_text(item.key), reference_text(item.value)) for item in expr.items)
    return {key: value for key, value in pairs if key is not None and value is not None}


def reference_text(expr: Expr) -> str | None:
    """``aws`` or ``aws.alias`` as written, bare or in quotes; the keys of ``for_each`` providers are left out."""
    if isinstance(expr, Name):
        return expr.name
    if isinstance(expr, Literal):
        return str(expr.value)
    if isinstance(expr, GetAttr):
        target = reference_text(expr.target)
        return None if target is None else f"{target}.{expr.name}"
    return reference_text(expr.target) if isinstance(expr, Index) else None


def _text(value: Any, hidden: Any) -> Any:
    """A string in every arm; what is missing, or no string, is what a provider without the argument has."""
    if isinstance(value, Choice):
        return choose(value.condition, _text(value.if_true, hidden), _text(value.if_false, hidden))
    return value if isinstance(value, (str, Unknown)) else hidden


def _only(accounts: Any) -> Any:
    """The account, where only one is allowed."""
    return accounts[0] if isinstance(accounts, list) and len(accounts) == 1 else None


def _hidden(key: str, part: str, remedy: str = "") -> Any:
    return unknown(f"{part} of provider {key}{remedy}", symbol=f"provider.{key}.{part}")
