"""The part of GitHub's REST API that keeps one comment on a pull request up to date."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, Final

from dyncheck.errors import DyncheckError

MAX_PAGES: Final = 20
"""Pages of 100 comments that are looked through for an earlier one."""
TIMEOUT: Final = 20
"""Seconds for one answer."""

_TRUSTED: Final = ("OWNER", "MEMBER", "COLLABORATOR")


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
        for page in range(1, MAX_PAGES + 1):
            comments = self._call("GET", f"{self._comments}?per_page=100&page={page}")
            if not isinstance(comments, list) or not comments:
                return None
            for comment in comments:
                if str(comment.get("body") or "").startswith(first_line) and _is_ours(comment):
                    return int(comment["id"])
        return None

    def _call(self, method: str, address: str, body: dict[str, str] | None = None) -> Any:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "User-Agent": "dyncheck",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise DyncheckError(f"GitHub answered {error.code} {error.reason} to {method} of the comment") from error
        except (OSError, ValueError) as error:
            raise DyncheckError(f"GitHub could not be reached: {error}") from error


def _is_ours(comment: dict[str, Any]) -> bool:
    """Whether a comment may be written over: one of a bot, or of somebody who may write to the repository anyway."""
    user = comment.get("user")
    is_bot = isinstance(user, dict) and user.get("type") == "Bot"
    return is_bot or comment.get("author_association") in _TRUSTED
