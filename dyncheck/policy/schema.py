"""Rule and pack files against their JSON Schema: one sentence for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from typing import Literal as OneOf

import msgspec

from dyncheck.policy.documents import Document, PathStep
from dyncheck.policy.shipped import schema_text
from dyncheck.policy.suggest import did_you_mean, suggestions

_TYPES: Final = {
    "string": "text",
    "array": "a list",
    "object": "a mapping",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
    "null": "null",
}
_PATTERNS: Final = {
    "^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$": "capital letters and digits in two or more parts, such as ACME-KEY-001",
    "^[a-z][a-z0-9]*(-[a-z0-9]+)*$": "lower-case words joined by hyphens, such as missing-owner",
    "^[a-z][a-z0-9_]*$": "lower-case letters, digits and underscores, such as min_days",
    "^https?://[^ ]+$": "a web address",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "a day such as 2026-12-31",
    "^[a-z0-9][a-z0-9.-]*$": "the short name of a framework, such as nist-800-53-r5",
}


_COUNTED: Final = {"Length": "character", "Items": "element", "Properties": "field"}


class Violation(msgspec.Struct, frozen=True):
    """Something that the schema does not allow: a sentence, the path of the node, and the key there if it is one.

    ``missing``: the field that is missing; ``meant``: the field that was probably meant by a key that is not known. A
    field that is misspelt is not missing too.
    """

    message: str
    steps: tuple[PathStep, ...]
    key: str | None = None
    missing: str | None = None
    meant: str | None = None


def violations(document: Document, kind: OneOf["rule", "pack"]) -> list[Violation]:
    """Everything that the schema finds wrong with a file, from top to bottom of the schema's view."""
    return violations_of(document.root.plain(), _validator(kind))


def violations_of(data: Any, validator: Any) -> list[Violation]:
    """Everything that a validator finds wrong with data."""
    found: list[Violation] = []
    for error in validator.iter_errors(data):
        found.extend(_sentences(error))
    misspelt = {(violation.steps, violation.meant) for violation in found if violation.meant is not None}
    kept = [violation for violation in found if (violation.steps, violation.missing) not in misspelt]
    return sorted(kept, key=lambda violation: [str(step) for step in violation.steps])


@cache
def _validator(kind: str) -> Any:
    from jsonschema import Draft202012Validator

    schema = msgspec.json.decode(schema_text())
    return Draft202012Validator({"$defs": schema["$defs"], "$ref": f"#/$defs/{kind}"})


def _sentences(error: Any) -> list[Violation]:
    steps = tuple(error.absolute_path)
    name = ".".join(str(step) for step in steps) or "the file"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        wanted = next((key for key in missing if error.message.startswith(repr(key))), missing[0])
        return [Violation(f"{_in(steps)}the field {wanted} is missing", steps, missing=wanted)]
    if error.validator == "dependentRequired":
        key, other = _dependency(error)
        return [Violation(f"{_in(steps)}the field {other} is missing, which {key} needs", steps, key)]
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = error.schema["properties"]
        return [
            Violation(
                f"{_in(steps)}{key}: no such field{did_you_mean(key, known)}",
                steps,
                key,
                meant=next(iter(suggestions(key, known, 1)), None),
            )
            for key in error.instance
            if key not in known
        ]
    if error.validator == "pattern" and "propertyNames" in error.absolute_schema_path:
        key = str(error.instance)
        return [Violation(f"{_in(steps)}{key}: must be {_PATTERNS[error.validator_value]}", steps, key)]
    if error.validator == "uniqueItems":
        place = (*steps, _repeated(error.instance))
        return [Violation(f"{'.'.join(map(str, place))}: this stands here already", place)]
    return [Violation(f"{name}: {_complaint(error)}", steps)]


def _repeated(items: list[Any]) -> int:
    """The index of the first element that has been there before."""
    seen: set[bytes] = set()
    for number, item in enumerate(items):
        written = msgspec.json.encode(item)
        if written in seen:
            return number
        seen.add(written)
    return 0


def _many(number: int, validator: str) -> str:
    noun = _COUNTED[validator[3:]]
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _in(steps: tuple[PathStep, ...]) -> str:
    return f"{'.'.join(str(step) for step in steps)}: " if steps else ""


def _dependency(error: Any) -> tuple[str, str]:
    """The field that needs another one, and that."""
    pairs: Mapping[str, list[str]] = error.validator_value
    return next(
        (key, other)
        for key, others in pairs.items()
        if key in error.instance
        for other in others
        if other not in error.instance
    )


def _complaint(error: Any) -> str:
    value = error.validator_value
    if error.validator == "type":
        allowed = [value] if isinstance(value, str) else value
        hint = ": put it in quotes" if "string" in allowed and isinstance(error.instance, (int, float)) else ""
        return f"must be {' or '.join(_TYPES[one] for one in allowed)}, this is {_kind(error.instance)}{hint}"
    if error.validator == "enum":
        hint = did_you_mean(str(error.instance), [str(one) for one in value])
        return f"must be one of {', '.join(map(str, value))}, this is {str(error.instance)[:40]!r}{hint}"
    if error.validator == "pattern":
        return f"must be {_PATTERNS.get(value, value)}, this is {str(error.instance)[:60]!r}"
    if error.validator in ("minLength", "minItems"):
        return f"is too short: at least {_many(value, error.validator)}"
    if error.validator in ("maxLength", "maxItems", "maxProperties"):
        return f"is too long: at most {_many(value, error.validator)}"
    if error.validator in ("minimum", "maximum"):
        return f"must be {value} or {'more' if error.validator == 'minimum' else 'less'}, this is {error.instance}"
    if error.validator == "anyOf":
        return "needs the text of a source, such as terraform or cloudformation"
    return str(error.message)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)
