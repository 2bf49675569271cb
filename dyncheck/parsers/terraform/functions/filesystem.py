"""Functions of paths and of files inside the scanned tree."""

from __future__ import annotations

import posixpath
from typing import Any, Final

from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import TerraformSet
from dyncheck.parsers.terraform.treefiles import TreeFiles
from dyncheck.values import Unknown, unknown


def _absolute(path: str) -> Any:
    # Where the code stands on the machine that applies it is not known.
    return posixpath.normpath(path) if path.startswith("/") else unknown(f'abspath("{path[:60]}")')


def _base_name(path: str) -> str:
    return posixpath.basename(path.rstrip("/")) or ("/" if path else ".")


def _directory_name(path: str) -> str:
    return posixpath.normpath(posixpath.dirname(path) or ".")


def _expanded(path: str) -> Any:
    return unknown(f'pathexpand("{path[:60]}")') if path.startswith("~") else path


def _file(files: TreeFiles, path: str) -> Any:
    return files.read(path)


def _base64_file(files: TreeFiles, path: str) -> Any:
    import base64

    content = files.read_bytes(path)
    return content if isinstance(content, Unknown) else base64.b64encode(content).decode("ascii")


def _exists(files: TreeFiles, path: str) -> Any:
    return files.exists(path)


def _file_set(files: TreeFiles, directory: str, pattern: str) -> Any:
    found = files.fileset(directory, pattern)
    return found if isinstance(found, Unknown) else TerraformSet(found)


TABLE: Final[dict[str, Function]] = {
    "abspath": Function(_absolute, "s"),
    "basename": Function(_base_name, "s"),
    "dirname": Function(_directory_name, "s"),
    "file": Function(_file, "s", reads=True),
    "filebase64": Function(_base64_file, "s", reads=True),
    "fileexists": Function(_exists, "s", reads=True),
    "fileset": Function(_file_set, "ss", reads=True),
    "pathexpand": Function(_expanded, "s"),
}
