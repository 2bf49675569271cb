"""Template parameters: values from files, defaults, and what is unknown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dyncheck.errors import ConfigError
from dyncheck.parsers.cloudformation.evaluated import scalar_text
from dyncheck.parsers.cloudformation.nodes import MappingNode, Node, ScalarNode, SequenceNode
from dyncheck.values import Unknown, unknown

_LIST_TYPES: Final = ("CommaDelimitedList", "List<")
_SSM_TYPE: Final = "AWS::SSM::Parameter::Value"


def load_parameters(files: Sequence[str]) -> dict[str, str]:
    """Parameter values from files, later ones winning, in the formats of the AWS CLI and of CodePipeline.

    ``[{"ParameterKey": …, "ParameterValue": …}]`` (create-stack), ``["Key=Value"]`` or lines of it (deploy
    --parameter-overrides), and ``{"Parameters": {…}}`` (CodePipeline's template configuration). Raises ConfigError.
    https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/,
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
    """
    values: dict[str, str] = {}
    for file in files:
        try:
            text = Path(file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ConfigError(f"cannot read the parameters file: {reason}", path=file, pointer="--parameters") from None
        values.update(_parse(text, file))
    return values


def _parse(text: str, path: str) -> dict[str, str]:
    if text.lstrip()[:1] not in ("[", "{"):
        return _pairs([line for line in text.splitlines() if line.strip() and not line.startswith("#")], path)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"not JSON: {error}", path=path, pointer="--parameters") from None
    if isinstance(data, dict):
        parameters = data.get("Parameters")
        if not isinstance(parameters, dict):
            raise ConfigError('an object must hold "Parameters": {name: value}', path=path, pointer="--parameters")
        return {name: _text(value, name, path) for name, value in parameters.items()}
    if all(isinstance(item, str) for item in data):
        return _pairs(data, path)
    values: dict[str, str] = {}
    for item in data:
        if not isinstance(item, dict) or not isinstance(item.get("ParameterKey"), str):
            raise ConfigError('a list must hold {"ParameterKey", "ParameterValue"}', path=path, pointer="--parameters")
        if not item.get("UsePreviousValue"):
            values[item["ParameterKey"]] = _text(item.get("ParameterValue"), item["ParameterKey"], path)
    return values


def _pairs(items: Sequence[str], path: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for item in items:
        key, equals, value = item.strip().partition("=")
        if not equals or not key:
            raise ConfigError(f"not Key=Value: {item[:40]!r}", path=path, pointer="--parameters")
        values[key.strip()] = value.strip().strip('"')
    return values


def _text(value: object, name: str, path: str) -> str:
    if isinstance(value, list):
        return ",".join(_text(item, name, path) for item in value)
    text = scalar_text(value)
    if text is None:
        raise ConfigError(f"parameter {name} has no usable value", path=path, pointer="--parameters")
    return text


def parameter_value(declaration: Node, name: str, given: Mapping[str, Any], prefix: str) -> Any:
    """What a parameter is: the value given for it, else its default, else Unknown with the parameter's name.

    ``prefix``: the address of the nested stack that declares it, with a slash at the end; "" in a root template.
    """
    symbol = f"parameter:{prefix}{name}"
    missing = unknown(f"parameter {prefix}{name}", symbol=symbol)
    if not isinstance(declaration, MappingNode):
        return missing
    kind = declaration.get("Type")
    type_name = str(kind.value) if isinstance(kind, ScalarNode) else "String"
    if name in given:
        value = given[name]
    else:
        fallback = declaration.get("Default")
        allowed = allowed_values(declaration)
        if isinstance(fallback, ScalarNode):
            value = scalar_text(fallback.value) if fallback.value is not None else ""
        elif len(allowed) == 1:
            value = allowed[0]
        else:
            return missing
    if type_name.startswith(_SSM_TYPE) and not isinstance(value, Unknown):
        return missing
    if type_name.startswith(_LIST_TYPES) and isinstance(value, str):
        return tuple(item.strip() for item in value.split(","))
    return value


def allowed_values(declaration: Node | None) -> tuple[str, ...]:
    """A parameter's AllowedValues as text; empty when there are none."""
    allowed = declaration.get("AllowedValues") if isinstance(declaration, MappingNode) else None
    if not isinstance(allowed, SequenceNode):
        return ()
    texts = [scalar_text(item.value) for item in allowed.items if isinstance(item, ScalarNode)]
    return tuple(dict.fromkeys(text for text in texts if text is not None))
