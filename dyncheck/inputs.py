"""What a scan is given to read: paths that exist, standard input as a file, the text of files that a report shows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO, Final

from dyncheck.errors import ConfigError
from dyncheck.parsers.cloudformation.sniff import looks_like_change_set
from dyncheck.parsers.files import decode, read_bytes, read_source
from dyncheck.parsers.live.lines import is_snapshot, starts_as_snapshot
from dyncheck.parsers.terraform.plan.sniff import SNIFFED, looks_like_plan

STDIN: Final = "-"


def require_paths(paths: Iterable[str], pointer: str | None = None) -> None:
    """Raise ConfigError for the first path that does not exist, with the name that may have been meant.

    ``pointer``: the option that the paths come from, if any.
    """
    for text in paths:
        path = Path(text)
        if not text:
            raise ConfigError("a path is empty; the current directory is '.'", pointer=pointer)
        if not os.path.lexists(path):
            raise ConfigError(f"there is no file or directory {text}{_similar(path)}", pointer=pointer)


def _similar(path: Path) -> str:
    from difflib import get_close_matches

    try:
        names = os.listdir(path.parent)
    except OSError:
        return f"; {path.parent} cannot be listed"
    close = get_close_matches(path.name, names, n=1)
    return f"; did you mean {path.parent / close[0]}?" if close else ""


@contextmanager
def text_as_file(content: bytes | BinaryIO, name: str | None) -> Iterator[tuple[Path, Path]]:
    """A directory of its own, and a file in it with ``content`` and a name, which is guessed when none is given.

    Of a stream that holds a plan only a piece is in memory at a time. Raises ConfigError for nothing without a name.
    """
    import tempfile
    from shutil import copyfileobj

    rest: BinaryIO | None = None
    if not isinstance(content, bytes):
        start, rest = content.read(SNIFFED), content
        content = start if looks_like_plan(start) else start + rest.read()
    if name is None and not content.strip():
        # What makes nothing has mostly failed, and a shell does not tell of that in a pipe.
        message = "standard input is empty: look whether the command before the pipe fails"
        raise ConfigError(message, pointer=STDIN)
    with tempfile.TemporaryDirectory(prefix="dyncheck-") as folder:
        root = Path(folder).resolve()
        path = root / _inside(PurePath(name or guess_name(content)))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            if rest is not None:
                copyfileobj(rest, file)
        yield root, path


def _inside(name: PurePath) -> PurePosixPath:
    """A name as a relative path that stays below its root, whatever drive or share it begins with."""
    parts = [part for part in name.parts if part not in (name.anchor, "..", ".")]
    if not parts:
        raise ConfigError(f"{str(name)!r} is not the name of a file", pointer="--stdin-filename")
    return PurePosixPath(*parts)


def guess_name(content: bytes) -> str:
    """The name that suits a text: a snapshot, a plan or state, a template when it has ``Resources``, else Terraform."""
    if starts_as_snapshot(content):
        return "snapshot.jsonl"
    if looks_like_plan(content):
        return "plan.json"
    if looks_like_change_set(content):
        return "change-set.json"
    start = content.lstrip()[:1]
    if b"Resources" in content and (b"Type" in content or b"AWSTemplateFormatVersion" in content):
        return "stdin.json" if start == b"{" else "stdin.yaml"
    return "stdin.tf.json" if start == b"{" else "stdin.tf"


def read_texts_with(root: Path, paths: Iterable[str], needles: Sequence[bytes]) -> dict[str, str]:
    """The text of those files relative to the root whose bytes hold one of the needles, by path in order.

    Snapshots are left out: nobody writes into them.
    """
    texts = {}
    for path in sorted(set(paths)):
        try:
            data = read_bytes(str(root / path))
        except (OSError, ValueError):
            continue
        if starts_as_snapshot(data):
            continue
        plain = data.replace(b"\0", b"") if data.startswith((b"\xff\xfe", b"\xfe\xff")) else data
        text = decode(data, path) if any(needle in plain for needle in needles) else None
        if isinstance(text, str):
            texts[path] = text
    return texts


def read_texts(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """The text of files relative to the root, without those that cannot be read, and snapshots, which nobody reads.

    Plans, states and change sets are left out as well: what is sensitive stands in the clear in them, beside what a
    finding is about.
    """
    texts = {}
    for path in sorted(set(paths)):
        if is_snapshot(root / path):
            continue
        text = read_source(root, path)
        if isinstance(text, str) and not _is_document(text):
            texts[path] = text
    return texts


def _is_document(text: str) -> bool:
    """Whether a text is a plan, a state or a change set."""
    start = text[:SNIFFED].encode("utf-8", "replace")
    return text.lstrip().startswith("{") and (looks_like_plan(start) or looks_like_change_set(start))
