"""A small runner of composite actions: what GitHub's own does with steps, expressions, variables and files."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*([^}]+?)\s*\}\}")
# Where programs and packages come from; nothing else of the tests' own environment reaches a step.
_INHERITED = ("PATH", "HOME", "LANG", "PIP_", "SSL_CERT")
_COMMANDS = frozenset(
    [
        "add-mask",
        "add-matcher",
        "add-path",
        "debug",
        "echo",
        "endgroup",
        "error",
        "group",
        "notice",
        "remove-matcher",
        "save-state",
        "set-env",
        "set-output",
        "stop-commands",
        "warning",
    ]
)
_CONDITION = re.compile(r"([\w.-]+) == '([^']*)'")


class Step:
    """How one step ended: its log, its exit code, what it was called with."""

    def __init__(
        self, key: str, code: int = 0, log: str = "", uses: str = "", given: dict[str, str] | None = None
    ) -> None:
        self.key = key
        self.code = code
        self.log = log
        self.uses = uses
        self.given = given or {}


class Runner:
    """Runs the steps of an action in a checkout, until one fails.

    ``answers``: what the steps with ``uses``, and those named by id, put out instead of being run.
    """

    def __init__(self, action: Path, checkout: Path, folder: Path, answers: dict[str, dict[str, str]]) -> None:
        self._action = yaml.safe_load(action.read_text("utf-8"))
        self._path = action.parent
        self._checkout = checkout
        self._folder = folder
        self._answers = answers
        self.steps: list[Step] = []
        self.outputs: dict[str, str] = {}
        self.summary = ""

    def run(self, inputs: dict[str, str] | None = None, environment: dict[str, str] | None = None) -> int:
        """Run all steps; the exit code of the last that ran."""
        values = {f"inputs.{name}": str(item.get("default", "")) for name, item in self._action["inputs"].items()}
        values |= {f"inputs.{name}": value for name, value in (inputs or {}).items()}
        values["github.token"] = "ghs_test"
        values = {name: self._expand(text, values) for name, text in values.items()}
        temporary = self._folder / "temp"
        temporary.mkdir()
        code = 0
        for number, step in enumerate(self._action["runs"]["steps"]):
            key = step.get("id", f"step-{number}")
            if code or not self._holds(step.get("if"), values):
                continue
            given = {name: self._expand(_text(value), values) for name, value in (step.get("with") or {}).items()}
            answer = self._answers.get(key, {} if "uses" in step else None)
            if answer is not None:
                self.steps.append(Step(key, uses=step.get("uses", ""), given=given))
                outputs = answer
            else:
                done, outputs = self._bash(key, step, values, temporary, environment or {})
                code = done.code
                self.steps.append(done)
            values |= {f"steps.{key}.outputs.{name}": value for name, value in outputs.items()}
        for name, item in self._action["outputs"].items():
            self.outputs[name] = self._expand(item["value"], values)
        return code

    def log(self, key: str) -> str:
        """The log of a step."""
        return next(step.log for step in self.steps if step.key == key)

    def _bash(
        self, key: str, step: dict[str, Any], values: dict[str, str], temporary: Path, environment: dict[str, str]
    ) -> tuple[Step, dict[str, str]]:
        files = {
            name: self._folder / f"{key}-{name}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")
        }
        for file in files.values():
            file.touch()
        script = self._folder / f"{key}.sh"
        script.write_text(step["run"], "utf-8")
        own = {name: self._expand(str(text), values) for name, text in (step.get("env") or {}).items()}
        inherited = {name: value for name, value in os.environ.items() if name.startswith(_INHERITED)}
        where = self._checkout / self._expand(step.get("working-directory", "."), values)
        if not where.is_dir():
            return Step(key, 1, f"no such directory: {where}"), {}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=where,
            env={
                **inherited,
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(self._path),
                "GITHUB_WORKSPACE": str(self._checkout),
                "RUNNER_TEMP": str(temporary),
                **{name: str(path) for name, path in files.items()},
                **environment,
                **own,
            },
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert files["GITHUB_ENV"].read_text("utf-8") == "", "an action leaves the environment of its caller alone"
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        log = done.stdout.decode() + done.stderr.decode()
        return Step(key, done.returncode, log), read_outputs(files["GITHUB_OUTPUT"].read_text("utf-8"))

    def _expand(self, text: str, values: dict[str, str]) -> str:
        return _EXPRESSION.sub(lambda match: values.get(match[1], ""), text)

    def _holds(self, condition: str | None, values: dict[str, str]) -> bool:
        if condition is None:
            return True
        match = _CONDITION.fullmatch(condition)
        assert match is not None, f"no expression that this runner knows: {condition}"
        return values.get(match[1], "") == match[2]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_outputs(text: str) -> dict[str, str]:
    """Outputs as the runner reads them from a file: ``name=value``, or a heredoc."""
    found = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, heredoc, delimiter = line.partition("<<")
        if heredoc and "=" not in name:
            value = []
            for inner in lines:
                if inner == delimiter:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        elif line:
            name, _, text_of_it = line.partition("=")
            found[name] = text_of_it
    return found


def commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands that the runner finds in a log: name, properties, message.

    A line that begins with one, blanks aside, or that holds an old one (``##[name]``) anywhere.
    """
    found = []
    stopped: str | None = None
    for raw in log.split("\n"):
        line = raw.strip()
        if stopped is not None:
            stopped = None if line == f"::{stopped}::" else stopped
            continue
        match = re.match(r"::([\w-]+)(?: (.*?))?::(.*)", line) or re.search(r"##\[([\w-]+)(?: (.*?))?\](.*)", line)
        if match is None or match[1] not in _COMMANDS:
            continue
        if match[1] == "stop-commands":
            stopped = match[3]
            continue
        properties = dict(part.split("=", 1) for part in (match[2] or "").split(",") if part)
        found.append((match[1], properties, match[3]))
    return found
