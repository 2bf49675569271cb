"""What tests of the action share: a checkout, a run of its steps, an event, the comments of a pull request."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.runner import Runner

ROOT = Path(__file__).parents[2]
TABLE = """\
resource "aws_dynamodb_table" "bad" {
  name         = "NAME"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}
"""
GOOD = TABLE.replace(
    "}\n}\n",
    "}\n  deletion_protection_enabled = true\n  point_in_time_recovery {\n    enabled = true\n  }\n"
    "  server_side_encryption {\n    enabled = true\n  }\n}\n",
)
Run = Callable[..., tuple[Runner, int]]


def installed(folder: Path) -> dict[str, dict[str, str]]:
    """What the steps put out that set a Python up and install the package into it."""
    python = folder / "python"
    # An isolated interpreter that finds the package under test, as the virtual environment of the action does.
    python.write_text(
        f'#!/bin/sh\nshift 3\nexec "{sys.executable}" -I -c \'import os, sys; sys.path.insert(0, "{ROOT}"); '
        'exec(os.environ.get("DYNCHECK_TEST_SABOTAGE", "")); from dyncheck.__main__ import main; main()\' "$@"\n'
    )
    python.chmod(0o755)
    return {"python": {"python-path": sys.executable}, "install": {"python": str(python)}}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    # What a stranger may put there: it must not be imported.
    for name in ("click.py", "yaml.py", "venv.py"):
        (folder / name).write_text("raise SystemExit('imported from the checkout')\n")
    (folder / "main.tf").write_text(TABLE)
    return folder


@pytest.fixture
def run(tmp_path: Path, checkout: Path) -> Run:
    """Run the action with inputs; environment variables of the runner as keyword ``environment``."""
    answers = installed(tmp_path)

    def go(environment: dict[str, str] | None = None, **inputs: str) -> tuple[Runner, int]:
        folder = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        runner = Runner(ROOT / "action.yml", checkout, folder, answers)
        extra = {"DYNCHECK_CACHE_DIR": str(tmp_path / "cache"), **(environment or {})}
        return runner, runner.run({name.replace("_", "-"): value for name, value in inputs.items()}, extra)

    return go


def event(tmp_path: Path, *, fork: bool) -> dict[str, str]:
    path = tmp_path / "event.json"
    head = {"full_name": "stranger/app" if fork else "owner/app"}
    pull = {"number": 7, "head": {"repo": head}, "base": {"repo": {"full_name": "owner/app"}}}
    path.write_text(json.dumps({"pull_request": pull}))
    return {"GITHUB_EVENT_PATH": str(path), "GITHUB_REPOSITORY": "owner/app", "GITHUB_EVENT_NAME": "pull_request"}


class Comments:
    """A stand-in for the comments of GitHub's API."""

    def __init__(self) -> None:
        self.stored: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.refuse = False
        self.token = "ghs_test"
        self.tokens: list[str | None] = []


@pytest.fixture
def api() -> Iterator[tuple[Comments, str]]:
    comments = Comments()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            comments.calls.append((self.command, self.path))
            comments.tokens.append(self.headers["Authorization"])
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            if comments.tokens[-1] != f"Bearer {comments.token}":
                status, result = 401, '{"message": "Bad credentials"}'
            elif comments.refuse:
                status, result = 403, '{"message": "Resource not accessible by integration"}'
            else:
                status, result = 200, json.dumps(self.result(body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(result.encode())

        def result(self, body: Any) -> Any:
            if self.command == "GET":
                page = int(self.path.rpartition("page=")[2])
                return comments.stored[(page - 1) * 100 : page * 100]
            if self.command == "POST":
                user = {"type": "Bot", "login": "github-actions[bot]"}
                comments.stored.append({"id": len(comments.stored) + 1, "user": user, "body": body["body"]})
                return comments.stored[-1]
            comment = next(item for item in comments.stored if item["id"] == int(self.path.rpartition("/")[2]))
            comment["body"] = body["body"]
            return comment

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield comments, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
