"""Hash functions of strings and files."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any, Final

from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import invalid
from dyncheck.parsers.terraform.treefiles import TreeFiles
from dyncheck.values import Unknown


def _digest(algorithm: str, content: bytes) -> bytes:
    # The user's configuration asks for these digests; none of them protects anything here.
    return hashlib.new(algorithm, content, usedforsecurity=False).digest()


def _hexadecimal(algorithm: str) -> Callable[[str], str]:
    return lambda text: _digest(algorithm, text.encode()).hex()


def _base64(algorithm: str) -> Callable[[str], str]:
    return lambda text: base64.b64encode(_digest(algorithm, text.encode())).decode("ascii")


def _of_file(algorithm: str, *, as_base64: bool = False) -> Callable[[TreeFiles, str], Any]:
    def hashed(files: TreeFiles, path: str) -> Any:
        content = files.read_bytes(path)
        if isinstance(content, Unknown):
            return content
        digest = _digest(algorithm, content)
        return base64.b64encode(digest).decode("ascii") if as_base64 else digest.hex()

    return hashed


def _uuid5(namespace: str, name: str) -> Any:
    import uuid

    known = {
        "dns": uuid.NAMESPACE_DNS,
        "url": uuid.NAMESPACE_URL,
        "oid": uuid.NAMESPACE_OID,
        "x500": uuid.NAMESPACE_X500,
    }
    if namespace in known:
        return str(uuid.uuid5(known[namespace], name))
    try:
        return str(uuid.uuid5(uuid.UUID(namespace), name))
    except ValueError:
        return invalid(f"{namespace[:40]!r} is no UUID namespace")


TABLE: Final[dict[str, Function]] = {
    "base64sha256": Function(_base64("sha256"), "s"),
    "base64sha512": Function(_base64("sha512"), "s"),
    "filebase64sha256": Function(_of_file("sha256", as_base64=True), "s", reads=True),
    "filebase64sha512": Function(_of_file("sha512", as_base64=True), "s", reads=True),
    "filemd5": Function(_of_file("md5"), "s", reads=True),
    "filesha1": Function(_of_file("sha1"), "s", reads=True),
    "filesha256": Function(_of_file("sha256"), "s", reads=True),
    "filesha512": Function(_of_file("sha512"), "s", reads=True),
    "md5": Function(_hexadecimal("md5"), "s"),
    "sha1": Function(_hexadecimal("sha1"), "s"),
    "sha256": Function(_hexadecimal("sha256"), "s"),
    "sha512": Function(_hexadecimal("sha512"), "s"),
    "uuidv5": Function(_uuid5, "ss"),
}
