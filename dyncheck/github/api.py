"""The part of GitHub's REST API that keeps one comment on a pull request up to date."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Final

import msgspec

from dyncheck.errors import DyncheckError

MAX_PAGES: Final = 20
"""Pages of 100 comments that are looked through for an earlier one."""
MAX_BYTES: Final = 50_000_000
"""Of one answer: more than a page of the longest comments has."""
TIMEOUT: Final = 20
"""Seconds for one answer."""

_TRUSTED: Final = ("OWNER", "MEMBER", "COLLABORATOR")


class _User(msgspec.Struct, frozen=True):
    type: str = ""


class _Comment(msgspec.Struct, frozen=True):
    """What tells whether a comment may be written over."""

    id: int
    body: str | None = None
    user: _User | None = None
    author_association: str = ""

    @property
    def is_of_a_bot(self) -> bool:
        return self.user is not None and self.user.type == "Bot"

    @property
    def is_of_a_writer(self) -> bool:
        """Whether somebody wrote it who may write to the repository anyway."""
        return self.author_association in _TRUSTED


class GitHub:
    """The comments of one pull request. Every method raises DyncheckError when the API refuses or is out of reach."""

    def __init__(self, api: str, repository: str, pull_request: int, token: str) -> None:
        """``api``: the base address, such as ``https://api.github.com``."""
        if not api.startswith(("https://", "http://")):
            raise DyncheckError(f"{api!r} is no address of an API")
        self._comments = f"{api}/repos/{repository}/issues/{pull_request}/comments"
        self._comment = f"{api}/repos/{repository}/issues/comments"
        self._token = token

    def put_comment(self, text: str) -> None:
        """Write a comment over the one that begins with the same line, or a new one when there is none."""
        known = self._find(text.partition("\n")[0])
        if known is None:
            self._call("POST", self._comments, {"body": text})
        else:
            self._call("PATCH", f"{self._comment}/{known}", {"body": text})

    def _find(self, first_line: str) -> int | None:
        """The earlier comment: one of a bot, else one of a person whose token wrote it, or who quotes it."""
        found = None
        for comment in self._all():
            if (comment.body or "").startswith(first_line):
                if comment.is_of_a_bot:
                    return comment.id
                if found is None and comment.is_of_a_writer:
                    found = comment.id
        return found

    def _all(self) -> Iterator[_Comment]:
        for page in range(1, MAX_PAGES + 1):
            answer = self._call("GET", f"{self._comments}?per_page=100&page={page}")
            try:
                comments = msgspec.json.decode(answer, type=list[_Comment])
            except (msgspec.DecodeError, RecursionError) as error:
                raise DyncheckError(f"GitHub's answer is no list of comments: {error}") from error
            if not comments:
                return
            yield from comments

    def _call(self, method: str, address: str, body: dict[str, str] | None = None) -> bytes:
        headers = {
            "Accept": "application/vnd.github+json",
            "User-Agent": "dyncheck",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        data = None if body is None else msgspec.json.encode(body)
        try:
            request = urllib.request.Request(address, data, headers, method=method)
            # Whoever is redirected to gets no token.
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                read: bytes = answer.read(MAX_BYTES)
                return read
        except urllib.error.HTTPError as error:
            raise DyncheckError(f"GitHub answered {error.code} {error.reason} to {method} of the comment") from error
        except (ValueError, http.client.InvalidURL):
            # Python's own message holds the token.
            raise DyncheckError("GitHub was not asked: the address or the token holds what none can hold") from None
        except (OSError, http.client.HTTPException) as error:
            raise DyncheckError(f"GitHub could not be reached: {error or type(error).__name__}") from error
