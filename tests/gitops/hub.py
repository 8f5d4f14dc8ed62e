"""A GitHub of one repository on this machine: pull requests, comments, issues, artifacts.

It holds every request against GitHub's own description of its API.
"""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from tests.gitops.rules import rules

REPOSITORY = "acme/centre"
TOKEN = "ghs_onlyforthisjob0123456789"
BOT = "github-actions[bot]"


class Seen(NamedTuple):
    """A request that came in."""

    method: str
    path: str
    authorised: bool


class Said(NamedTuple):
    """What is answered."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = MappingProxyType({})


class Hub:
    """What the repository holds, and what the next answers are where they are no good."""

    def __init__(self) -> None:
        self.comments: dict[int, dict[str, Any]] = {}
        self.issues: dict[int, dict[str, Any]] = {}
        self.pulls: dict[int, dict[str, Any]] = {}
        self.artifacts: dict[int, dict[str, Any]] = {}
        self.branches: dict[str, str] = {}
        """The commit at the head of each."""
        self.files: dict[int, bytes] = {}
        self.seen: list[Seen] = []
        self.mistakes: list[str] = []
        self.faults: list[tuple[str, str, Said]] = []
        """Method, pattern of the path, and what is answered instead, every time."""
        self.url = ""
        self._next = 1000
        self._lock = threading.Lock()

    # what happens on the web page

    def pull(self, number: int, head: str, *, repository: str = REPOSITORY) -> dict[str, Any]:
        """Somebody opens a pull request, or pushes to it."""
        row = {
            "number": number,
            "head": {"sha": head, "ref": "change", "repo": {"full_name": repository}},
            "base": {"sha": "0" * 40, "ref": "main", "repo": {"full_name": REPOSITORY}},
            "merged_at": None,
            "merge_commit_sha": None,
        }
        self.pulls[number] = row
        return row

    def merge(self, number: int, commit: str) -> None:
        """Somebody merges it."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.pulls[number] |= {"merged_at": now, "merge_commit_sha": commit}
        self.branches["main"] = commit

    def keep(self, name: str, plan: bytes, run: int, head: str, *, fork: bool = False, names: str = "plan.json") -> int:
        """What actions/upload-artifact does."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(names, plan)
        number = self._number()
        self.files[number] = packed.getvalue()
        self.artifacts[number] = {
            "id": number,
            "name": name,
            "expired": False,
            "workflow_run": {
                "id": run,
                "repository_id": 1,
                "head_repository_id": 2 if fork else 1,
                "head_branch": "change",
                "head_sha": head,
            },
        }
        return number

    def write(self, pull: int, body: str, login: str = BOT) -> int:
        """Somebody comments."""
        number = self._number()
        self.comments[number] = {"id": number, "body": body, "user": _user(login), "pull": pull}
        return number

    def open_issues(self) -> list[dict[str, Any]]:
        """Those that are not closed."""
        return [row for row in self.issues.values() if row["state"] == "open"]

    def fail(self, method: str, pattern: str, said: Said) -> None:
        """From now on that is the answer."""
        self.faults.append((method, pattern, said))

    # the API

    def answer(self, method: str, target: str, body: Any, token: str) -> Said:
        """What GitHub would say."""
        with self._lock:
            parts = urlsplit(target)
            self.seen.append(Seen(method, parts.path, bool(token)))
            if parts.path.startswith("/kept/"):
                return self._kept(int(parts.path.rpartition("/")[2]), token)
            self.mistakes += rules().mistakes(method, target, body)
            for wanted, pattern, said in self.faults:
                if method == wanted and re.search(pattern, parts.path):
                    return said
            if token != f"Bearer {TOKEN}":
                return Said(401, {"message": "Bad credentials"})
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            return self._answer(method, parts.path.removeprefix(f"/repos/{REPOSITORY}"), query, body)

    def _answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Said:
        match method, path.strip("/").split("/"):
            case "GET", ["issues", number, "comments"]:
                rows = [row for row in self.comments.values() if row["pull"] == int(number)]
                return _page(rows, query)
            case "POST", ["issues", number, "comments"]:
                made = self.write(int(number), body["body"])
                return Said(201, self.comments[made])
            case "PATCH", ["issues", "comments", number]:
                self.comments[int(number)]["body"] = body["body"]
                return Said(200, self.comments[int(number)])
            case "DELETE", ["issues", "comments", number]:
                del self.comments[int(number)]
                return Said(204)
            case "GET", ["branches", branch] if (name := unquote(branch)) in self.branches:
                return Said(200, {"name": name, "commit": {"sha": self.branches[name]}})
            case "GET", ["commits", commit, "pulls"]:
                return _page([row for row in self.pulls.values() if row["merge_commit_sha"] == commit], query)
            case "GET", ["actions", "artifacts"]:
                rows = [row for row in self.artifacts.values() if row["name"] == query["name"]][::-1]
                return Said(200, {"total_count": len(rows), "artifacts": rows})
            case "GET", ["actions", "artifacts", number, "zip"]:
                return Said(302, None, {"Location": f"{self.url}/kept/{number}?signature=abc"})
            case "GET", ["issues"]:
                rows = [row for row in self.open_issues() if row["user"]["login"] == query["creator"]]
                return _page(rows, query)
            case "POST", ["issues"]:
                opened = self._number()
                self.issues[opened] = {
                    "id": opened * 10, "number": opened, "state": "open", "user": _user(BOT), **body,
                }  # fmt: skip
                return Said(201, self.issues[opened])
            case "PATCH", ["issues", number]:
                self.issues[int(number)] |= body
                return Said(200, self.issues[int(number)])
        return Said(404, {"message": "Not Found"})

    def _kept(self, number: int, token: str) -> Said:
        """Another host keeps the files: it is told no token."""
        return Said(400, {"message": "no token belongs here"}) if token else Said(200, self.files[number])

    def _number(self) -> int:
        self._next += 1
        return self._next


@contextmanager
def served() -> Iterator[Hub]:
    """The hub on a port of this machine. Afterwards nothing that was asked may have been wrong."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(raw) if raw else None
            said = hub.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
            sent = (
                said.body
                if isinstance(said.body, bytes)
                else b""
                if said.body is None
                else json.dumps(said.body).encode()
            )
            self.send_response(said.status)
            for name, value in {**said.headers, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PATCH = do_DELETE = _do  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """In silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
    assert hub.mistakes == []


def _user(login: str) -> dict[str, Any]:
    return {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}


def _page(rows: list[dict[str, Any]], query: dict[str, str]) -> Said:
    size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
    return Said(200, rows[size * (page - 1) : size * page])
