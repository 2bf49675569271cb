"""A new rule to start from: every key of a rule file, and examples that hold."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Final

from dyncheck.errors import ConfigError

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ID: Final = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")


def scaffold(name: str, identifier: str, category: str) -> str:
    """The text of a new rule. Raises ConfigError for a name, id or category that no rule can have."""
    for text, what, pattern, example in (
        (name, "name", _NAME, "lower-case words joined by hyphens, such as missing-owner"),
        (category, "category", _NAME, "lower-case words joined by hyphens, such as ownership"),
        (identifier, "id", _ID, "capital letters and digits in two or more parts, such as ACME-KEY-001"),
    ):
        if not pattern.fullmatch(text) or len(text) > 80:
            raise ConfigError(f"{text[:80]!r} cannot be the {what} of a rule: it must be {example}")
    template = files("dyncheck.policy").joinpath("new_rule.yaml").read_text(encoding="utf-8")
    return template.replace("@ID@", identifier).replace("@NAME@", name).replace("@CATEGORY@", category)


def default_id(name: str) -> str:
    """An id for a rule of that name."""
    return f"MY-{name.upper()}"


def write_rule(directory: Path, name: str, text: str) -> Path:
    """Write a rule into a directory, which is made where it is missing. Raises ConfigError; nothing is overwritten."""
    path = directory / f"{name}.yaml"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path} exists already; choose another name") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
    return path
