"""The exception tree. Every error that reaches a user says what happened, where, and what to do next.

::

    DyncheckError                                   exit code 2
    ├── ConfigError(path, pointer)                  a setting or a config file that cannot be used
    ├── RuleError(path, line, column)               a rule file: schema, syntax, type, duplicate id
    ├── ParseError(path, line, column)              an input file; collected as a Problem, raised only under --strict
    └── LiveError(account, region, operation, code) an AWS call; the values that it hides become Unknown
"""

from __future__ import annotations


class DyncheckError(Exception):
    """Base of every error that dyncheck raises on purpose; the command line turns it into exit code 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigError(DyncheckError):
    """A setting that cannot be used; ``pointer`` is the JSON pointer, option or variable that holds it."""

    def __init__(self, message: str, *, path: str | None = None, pointer: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.pointer = pointer

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.path, self.pointer) if part)
        return f"{where}: {self.message}" if where else self.message


class _FileError(DyncheckError):
    """An error at a place in a file: ``path:line:column: message``. Lines and columns count from 1."""

    def __init__(self, message: str, *, path: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class RuleError(_FileError):
    """A rule or pack file that cannot be loaded."""


class ParseError(_FileError):
    """An input file, or a block of it, that cannot be read."""


class LiveError(DyncheckError):
    """An AWS call that failed; ``code`` is the error code that AWS returned."""

    def __init__(self, message: str, *, account: str, region: str, operation: str, code: str) -> None:
        super().__init__(message)
        self.account = account
        self.region = region
        self.operation = operation
        self.code = code
