"""The inputs of the action, and what the runner says about the run, both from environment variables.

The names of variables and files are GitHub's:
https://docs.github.com/en/actions/reference/workflows-and-actions/variables.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from dyncheck.errors import ConfigError


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs, each from the variable ``INPUT_`` and its name; empty means not given.

    ``paths``: one per line. ``args``: further options of ``dyncheck scan``, quoted as in a shell, which none reads.
    ``category``: tells the SARIF and the comment of several scans of one commit apart. ``base_report``: the JSON report
    of the base branch.
    """

    paths: tuple[str, ...] = ()
    config: str = ""
    fail_on: str = ""
    packs: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    category: str = "dyncheck"
    annotate: bool = True
    summary: bool = True
    upload: bool = False
    comment: bool = False
    base_report: str = ""
    token: str = ""

    def arguments(self) -> list[str]:
        """The command line of ``dyncheck scan`` that they mean."""
        given = [("--config", self.config), ("--fail-on", self.fail_on), ("--sarif-category", self.category)]
        options = [word for option, value in given if value for word in (option, value)]
        packs = [word for pack in self.packs for word in ("--pack", pack)]
        return [*options, *packs, *self.args, "--", *self.paths]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The run that a step belongs to.

    ``output`` and ``summary``: the files that the runner reads after the step, None outside of a runner. ``folder``:
    where reports go, in a runner one that no other step writes to. ``pull_request``: its number, None for other events.
    ``fork``: whether it comes from another repository, which gets a token that may only read.
    """

    output: Path | None
    summary: Path | None
    folder: Path
    repository: str
    api: str
    pull_request: int | None
    fork: bool
    debug: bool


def read_inputs(environment: Mapping[str, str]) -> Inputs:
    """The inputs that are set. Raises ConfigError for one that cannot be understood."""

    def text(name: str) -> str:
        return environment.get(f"INPUT_{name}", "").strip()

    def flag(name: str, default: bool) -> bool:
        value = text(name).lower()
        if value not in ("", "true", "false"):
            raise ConfigError(f"{value!r} is neither 'true' nor 'false'", pointer=name.lower().replace("_", "-"))
        return value == "true" if value else default

    try:
        args = tuple(shlex.split(text("ARGS")))
    except ValueError as error:
        raise ConfigError(f"cannot be split into words: {error}", pointer="args") from error
    paths = tuple(line.strip() for line in text("PATH").splitlines() if line.strip())
    if "-" in paths:
        raise ConfigError("a step of a workflow has no standard input", pointer="path")
    return Inputs(
        paths=paths,
        config=text("CONFIG"),
        fail_on=text("FAIL_ON"),
        packs=tuple(text("PACK").replace(",", " ").split()),
        args=args,
        category=text("CATEGORY") or "dyncheck",
        annotate=flag("ANNOTATE", True),
        summary=flag("SUMMARY", True),
        upload=flag("UPLOAD", False),
        comment=flag("COMMENT", False),
        base_report=text("BASE_REPORT"),
        token=text("TOKEN"),
    )


def read_run(environment: Mapping[str, str], here: Path) -> Run:
    """The run that the environment describes; ``here`` is where reports go outside of a runner.

    Raises ConfigError when the runner's directory for temporary files cannot be written to.
    """
    temporary = environment.get("RUNNER_TEMP")
    event = _event(environment.get("GITHUB_EVENT_PATH"))
    request = event.get("pull_request")
    request = request if isinstance(request, dict) else None
    number = request.get("number") if request else None
    return Run(
        output=_path(environment.get("GITHUB_OUTPUT")),
        summary=_path(environment.get("GITHUB_STEP_SUMMARY")),
        folder=_new_folder(temporary) if temporary else here,
        repository=environment.get("GITHUB_REPOSITORY", ""),
        api=environment.get("GITHUB_API_URL") or "https://api.github.com",
        pull_request=number if isinstance(number, int) else None,
        fork=request is not None and _repository(request, "head") != _repository(request, "base"),
        debug=environment.get("RUNNER_DEBUG") == "1",
    )


def _new_folder(temporary: str) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="dyncheck-", dir=temporary))
    except OSError as error:
        raise ConfigError(f"cannot be written to: {error.strerror}", path=temporary, pointer="RUNNER_TEMP") from error


def _event(path: str | None) -> dict[str, Any]:
    if not path:
        return {}
    try:
        event = msgspec.json.decode(Path(path).read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}
    return event if isinstance(event, dict) else {}


def _repository(request: dict[str, Any], side: str) -> object:
    """The full name of the repository on one side of a pull request; None when it has been deleted."""
    branch = request.get(side)
    repository = branch.get("repo") if isinstance(branch, dict) else None
    return repository.get("full_name") if isinstance(repository, dict) else None


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
