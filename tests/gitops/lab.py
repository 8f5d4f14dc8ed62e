"""A GitLab of one project on this machine: merge requests, notes, issues, artifacts of jobs.

GitLab's description of its API is in no package that could be had, so this follows its documentation.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.gitops.hub import Said

PROJECT_TOKEN = "glpat-onlyforthisproject0123"
ME = 31


class Lab:
    """What the project holds."""

    def __init__(self) -> None:
        self.notes: dict[int, dict[str, Any]] = {}
        self.issues: dict[int, dict[str, Any]] = {}
        self.merges: list[dict[str, Any]] = []
        self.branches: dict[str, str] = {}
        self.files: dict[int, bytes] = {}
        self.seen: list[str] = []
        self.url = ""
        self.clone = Path()
        self._next = 500

    def merge(self, number: int, head: str, commit: str) -> None:
        """Somebody merges a merge request."""
        self.merges.append(
            {
                "iid": number, "state": "merged", "target_branch": "main", "sha": head, "merge_commit_sha": commit,
                "squash_commit_sha": None, "merged_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            }
        )  # fmt: skip
        self.branches["main"] = commit

    def answer(self, method: str, target: str, body: Any, token: str) -> Said:
        """What GitLab would say."""
        path = urlsplit(target).path.removeprefix("/api/v4")
        self.seen.append(f"{method} {path}")
        if token != PROJECT_TOKEN:
            return Said(401, {"message": "401 Unauthorized"})
        match method, path.removeprefix("/projects/42").strip("/").split("/"):
            case "GET", ["user"]:
                return Said(200, {"id": ME})
            case "GET", ["merge_requests", _, "notes"]:
                return Said(200, list(self.notes.values()))
            case "POST", ["merge_requests" | "issues", _, "notes"]:
                return Said(201, self._made(self.notes, {"body": body["body"]}))
            case "PUT", ["merge_requests", _, "notes", number]:
                self.notes[int(number)]["body"] = body["body"]
                return Said(200, self.notes[int(number)])
            case "DELETE", ["merge_requests", _, "notes", number]:
                del self.notes[int(number)]
                return Said(204)
            case "GET", ["repository", *rest]:
                return self._repository(rest)
            case "GET", ["jobs", number, "artifacts", *rest] if rest == [".ccconf-ci", "plan.json"]:
                found = self.files.get(int(number))
                return Said(404, {"message": "404"}) if found is None else Said(200, found)
            case "GET", ["issues"]:
                return Said(200, [row for row in self.issues.values() if row["state"] == "opened"])
            case "POST", ["issues"]:
                return Said(201, self._made(self.issues, {"state": "opened", **body}))
            case "PUT", ["issues", number]:
                row = self.issues[int(number)]
                row |= {"state": "closed"} if body == {"state_event": "close"} else body
                return Said(200, row)
        return Said(404, {"message": "404 Not Found"})

    def _repository(self, path: list[str]) -> Said:
        match path:
            case ["commits", commit, "merge_requests"]:
                return Said(200, [row for row in self.merges if commit in (row["merge_commit_sha"], row["sha"])])
            case ["branches", branch] if (name := unquote(branch)) in self.branches:
                return Said(200, {"name": name, "commit": {"id": self.branches[name]}})
        return Said(404, {"message": "404 Not Found"})

    def _made(self, rows: dict[int, dict[str, Any]], row: dict[str, Any]) -> dict[str, Any]:
        self._next += 1
        rows[self._next] = {"id": self._next, "iid": self._next, "author": {"id": ME}, **row}
        return rows[self._next]


@contextmanager
def lab_served() -> Iterator[Lab]:
    """The lab on a port of this machine."""
    lab = Lab()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            said = lab.answer(
                self.command, self.path, json.loads(raw) if raw else None, self.headers.get("PRIVATE-TOKEN", "")
            )
            sent = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            sent = b"" if said.status == 204 else sent
            self.send_response(said.status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """In silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        lab.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield lab
        finally:
            server.shutdown()
            thread.join()
