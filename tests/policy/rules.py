"""Helpers of the tests: rules written in the test itself, and what they say of a resource."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import msgspec

from dyncheck.engine import judge
from dyncheck.model import Resource
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.documents import read_document
from dyncheck.policy.rule import Verdict
from dyncheck.policy.selection import Selection
from dyncheck.policy.source import check_rule

PROSE = """\
id: T-1
name: a-rule
title: Something is wrong
category: tests
severity: medium
since: "0.1.0"
description: What it looks at.
rationale: Why that matters.
remediation: What to do.
examples:
  pass: [{title: Good, terraform: "# nothing"}]
  fail: [{title: Bad, terraform: "# nothing"}]
"""


def rule_text(logic: str) -> str:
    """A whole rule file around the given fields; a field that is given takes the place of the usual one."""
    logic = textwrap.dedent(logic)
    given = {line.split(":")[0] for line in logic.splitlines() if line[:1].isalpha()}
    kept: list[str] = []
    keep = True
    for line in PROSE.splitlines():
        if line[:1].isalpha():
            keep = line.split(":")[0] not in given
        if keep:
            kept.append(line)
    message = "" if "message" in given else "message: It is wrong.\n"
    return "\n".join(kept) + "\n" + message + logic


def rule(logic: str, **params: Any) -> CompiledRule:
    """A rule, checked and compiled. Raises RuleError."""
    program, errors = check_rule(read_document(rule_text(logic), "tests/a-rule.yaml"))
    if program is None:
        raise errors[0]
    return CompiledRule(program).adjusted(None, params)


def verdicts(logic: str, resource: Resource, **params: Any) -> list[Verdict]:
    """What a rule says of a resource."""
    return judge(resource, Selection([rule(logic, **params)]))


def said(logic: str, resource: Resource, **params: Any) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """Outcome, element and reasons of each verdict."""
    found = verdicts(logic, resource, **params)
    return [(verdict.outcome.value, verdict.element, verdict.because) for verdict in found]


def write_rule(directory: Path, logic: str, *, category: str = "tests", name: str = "a-rule") -> Path:
    """Write a rule file into a directory of rules."""
    path = directory / category / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rule_text(logic), encoding="utf-8")
    return path


def replaced(resource: Any, **changes: Any) -> Any:
    """The resource with other values."""
    return msgspec.structs.replace(resource, **changes)
