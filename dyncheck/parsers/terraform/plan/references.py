"""A plan's configuration: which attribute an expression refers to, through module inputs and outputs, and providers.

The configuration of a plan lists the references of each expression, not its text; an expression that refers to just one
attribute is taken to be that reference for the arguments that are references in practice (keys and ARNs).
"""

from __future__ import annotations

import re
from typing import Any, Final

from dyncheck.values import Unknown, unknown

_MAX_DEPTH: Final = 50
_KEYS: Final = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
_MANAGED_ALIASES: Final = ("data.aws_kms_alias.", "data.aws_kms_key.")


class References:
    """Looks things up in a plan's ``configuration`` and ``variables``."""

    def __init__(self, configuration: dict[str, Any], variables: dict[str, Any]) -> None:
        self._root = _dict(configuration.get("root_module"))
        self._providers = _dict(configuration.get("provider_config"))
        self._variables = variables
        self._indexes: dict[str, dict[tuple[Any, Any, Any], dict[str, Any]]] = {}

    def expressions(self, module: str, kind: str, name: str) -> dict[str, Any] | None:
        """What the configuration writes for a resource; None when the document has no configuration."""
        resource = self._resource(module, "managed", kind, name)
        return None if resource is None else _dict(resource.get("expressions"))

    def symbol(self, module: str, expression: Any, depth: int = 0) -> str | None:
        """The full address of the one attribute that an expression refers to; an alias's name for AWS's own keys."""
        reference = _only_reference(expression)
        if reference is None or depth > _MAX_DEPTH:
            return None
        parts = reference.split(".")
        if parts[0] == "var" and len(parts) >= 2:
            return self._input(module, parts[1], depth)
        if parts[0] == "module" and len(parts) >= 3:
            child = f"{module}.module.{parts[1]}" if module else f"module.{parts[1]}"
            output = _dict(_dict(self._module(child)).get("outputs")).get(_KEYS.sub("", parts[2]))
            return self.symbol(child, _dict(output).get("expression"), depth + 1)
        if reference.startswith(_MANAGED_ALIASES):
            return self._alias(module, parts)
        if parts[0] in ("local", "each", "count", "path", "terraform", "self"):
            return None
        return f"{module}.{reference}" if module else reference

    def region(self, module: str, kind: str, name: str) -> str | Unknown | None:
        """The Region of a resource's provider configuration; None where that names none."""
        key = self._provider_key(module, kind, name)
        expression = _dict(self._provider(key).get("region"))
        if not expression:
            return None
        constant = expression.get("constant_value")
        if isinstance(constant, str):
            return constant
        reference = _only_reference(expression)
        if reference is not None and reference.startswith("var."):
            return self._variable(reference.split(".")[1]) if ":" not in key else unknown(reference, symbol=reference)
        return unknown("provider aws region", symbol="provider aws region")

    def has_default_tags(self, module: str, kind: str, name: str) -> bool:
        """Whether a resource's provider configuration has tags for all of its resources."""
        return "default_tags" in self._provider(self._provider_key(module, kind, name))

    def _provider_key(self, module: str, kind: str, name: str) -> str:
        return str(_dict(self._resource(module, "managed", kind, name)).get("provider_config_key", "aws"))

    def _provider(self, key: str) -> dict[str, Any]:
        """The expressions of a provider configuration; that of the root where a module has none of its own."""
        provider = _dict(self._providers.get(key)) or _dict(self._providers.get(key.rpartition(":")[2]))
        return _dict(provider.get("expressions"))

    def _variable(self, name: str) -> str | Unknown:
        """The value of a variable of the root module, unless it is sensitive."""
        declared = _dict(_dict(self._root.get("variables")).get(name))
        value = _dict(self._variables.get(name)).get("value")
        if isinstance(value, str) and not declared.get("sensitive"):
            return value
        return unknown(f"var.{name}", symbol=f"var.{name}")

    def _input(self, module: str, name: str, depth: int) -> str | None:
        parent, _, call = module.rpartition("module.")
        if not call:
            return None
        calls = _dict(_dict(self._module(parent.rstrip("."))).get("module_calls"))
        expressions = _dict(_dict(calls.get(_KEYS.sub("", call))).get("expressions"))
        return self.symbol(parent.rstrip("."), expressions.get(name), depth + 1)

    def _alias(self, module: str, parts: list[str]) -> str | None:
        """The name of the alias that a data source looks up, where the configuration writes it."""
        kind, name = parts[1], _KEYS.sub("", parts[2])
        expressions = _dict(_dict(self._resource(module, "data", kind, name)).get("expressions"))
        written = _dict(expressions.get("name" if kind == "aws_kms_alias" else "key_id")).get("constant_value")
        return written if isinstance(written, str) and written.startswith("alias/") else None

    def _resource(self, module: str, mode: str, kind: str, name: str) -> dict[str, Any] | None:
        place = _KEYS.sub("", module)
        index = self._indexes.get(place)
        if index is None:
            listed = _dict(self._module(module)).get("resources")
            entries = [_dict(item) for item in listed] if isinstance(listed, list) else []
            index = {(item.get("mode", "managed"), item.get("type"), item.get("name")): item for item in entries}
            self._indexes[place] = index
        return index.get((mode, kind, name))

    def _module(self, address: str) -> dict[str, Any]:
        node = self._root
        for name in re.findall(r"module\.([^.\[]+)", _KEYS.sub("", address)):
            node = _dict(_dict(_dict(node.get("module_calls")).get(name)).get("module"))
        return node


def _only_reference(expression: Any) -> str | None:
    """The one reference of an expression: Terraform lists ``a.b.c`` and then its shorter forms."""
    listed = _dict(expression).get("references")
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    longest = [name for name in names if not any(other != name and other.startswith(f"{name}.") for other in names)]
    longest = [name for name in longest if not any(other != name and other.startswith(f"{name}[") for other in names)]
    return longest[0] if len(longest) == 1 else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
