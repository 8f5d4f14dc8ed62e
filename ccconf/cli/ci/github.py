"""GitHub, as a job of GitHub Actions sees it: the environment and the event of the run, and the REST API."""

from __future__ import annotations

import io
import secrets
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import msgspec

from ccconf.cli.ci.forge import Change, Level, Note, keeper
from ccconf.cli.ci.mark import Mark
from ccconf.cli.ci.rest import Rest, Unheard

LABEL = "ccconf-drift"
LARGEST_PLAN = 64 * 1024**2
"""Bytes of an unpacked plan; more is no plan of people and access."""
LONGEST_SUMMARY = 1024 * 1000
RIGHTS = (
    "permissions: {pull-requests: write} to comment, {actions: read} to fetch a plan, {issues: write} to tell of drift"
)


class _Repository(msgspec.Struct):
    full_name: str
    default_branch: str = ""


class _Side(msgspec.Struct):
    sha: str
    ref: str
    repo: _Repository | None = None


class _Pull(msgspec.Struct):
    number: int
    head: _Side
    base: _Side
    merged_at: str | None = None
    merge_commit_sha: str | None = None


class _Commit(msgspec.Struct):
    sha: str


class _Branch(msgspec.Struct):
    commit: _Commit


class _Event(msgspec.Struct):
    pull_request: _Pull | None = None


class _User(msgspec.Struct):
    login: str


class _Written(msgspec.Struct):
    """A comment, which has an id, or an issue, which people know by its number."""

    id: int
    number: int = 0
    body: str | None = None
    user: _User | None = None


class _Run(msgspec.Struct):
    id: int | None = None
    repository_id: int | None = None
    head_repository_id: int | None = None
    head_sha: str | None = None


class _Artifact(msgspec.Struct):
    id: int
    expired: bool
    workflow_run: _Run | None = None


class _Artifacts(msgspec.Struct):
    artifacts: list[_Artifact]


class GitHub:
    """The repository that the job runs for."""

    most = 65536
    annotates = True

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.repository = env["GITHUB_REPOSITORY"]
        self.author = env.get("CCCONF_COMMENT_AUTHOR") or "github-actions[bot]"
        self.event = _event(Path(env.get("GITHUB_EVENT_PATH", "")))
        headers = {
            "Authorization": f"Bearer {env.get('GITHUB_TOKEN', '')}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self.rest = Rest(env.get("GITHUB_API_URL") or "https://api.github.com", headers, RIGHTS)
        self.at = f"/repos/{self.repository}"

    def without_secrets(self) -> str:
        """Pull requests from forks and of Dependabot get none."""
        pull = self.event.pull_request
        if pull is None:
            return ""
        if pull.head.repo is None or pull.head.repo.full_name != self.repository:
            return "the pull request comes from a fork, and those are given no secrets to read the platform with"
        if self.env.get("GITHUB_ACTOR") == "dependabot[bot]":
            return "the pull request is Dependabot's, and those are given no secrets to read the platform with"
        return ""

    def change(self) -> Change | None:
        """The pull request of the event."""
        pull = self.event.pull_request
        return None if pull is None else Change(pull.number, pull.head.sha)

    def merged(self) -> Change | None:
        """The pull request that became this commit of the branch."""
        commit, branch = self.commit(), self.branch()
        for pull in self.rest.pages(f"{self.at}/commits/{commit}/pulls", _Pull):
            if pull.merged_at and pull.merge_commit_sha == commit and pull.base.ref == branch:
                return Change(pull.number, pull.head.sha, pull.merged_at)
        return None

    def commit(self) -> str:
        """A job that is repeated keeps it."""
        return self.env["GITHUB_SHA"]

    def branch(self) -> str:
        """Of a push, or of a run by hand."""
        return self.env.get("GITHUB_REF_NAME", "")

    def head(self) -> str:
        """What the API says: the event of the run tells what was."""
        return self.rest.get(f"{self.at}/branches/{quote(self.branch(), safe='')}", _Branch).commit.sha

    def made(self) -> str:
        """No variable tells it, and nobody needs it: the API tells the head."""
        return ""

    def notes(self, change: Change) -> Iterator[Note]:
        """Comments of the token's own."""
        for row in self.rest.pages(f"{self.at}/issues/{change.number}/comments", _Written):
            if self._ours(row):
                yield Note(row.id, row.body or "")

    def write_note(self, change: Change, body: str) -> None:
        """One more comment."""
        self.rest.write("POST", f"{self.at}/issues/{change.number}/comments", {"body": body})

    def edit_note(self, change: Change, number: int, body: str) -> None:
        """Another text in a comment."""
        self.rest.write("PATCH", f"{self.at}/issues/comments/{number}", {"body": body})

    def drop_note(self, change: Change, number: int) -> None:
        """One comment less."""
        self.rest.write("DELETE", f"{self.at}/issues/comments/{number}")

    def plan_of(self, mark: Mark) -> bytes | None:
        """The artifact of the very run that wrote the comment, for that head, within this repository.

        The run of a fork could have kept something else under the same name.
        """
        name = keeper(mark)
        found = self.rest.get(f"{self.at}/actions/artifacts", _Artifacts, name=name, per_page=100)
        for row in found.artifacts:
            if not row.expired and _is_of(row.workflow_run, mark):
                return _only_file(self.rest.file(f"{self.at}/actions/artifacts/{row.id}/zip"))
        return None

    def issues(self) -> Iterator[Note]:
        """Open issues of the token's own; by their author, since a label may be taken off."""
        query = {"state": "open", "creator": self.author, "sort": "created", "direction": "asc"}
        for row in self.rest.pages(f"{self.at}/issues", _Written, **query):
            if self._ours(row):
                yield Note(row.number, row.body or "")

    def open_issue(self, title: str, body: str) -> int:
        """A new issue."""
        made = self.rest.made(f"{self.at}/issues", {"title": title, "body": body, "labels": [LABEL]}, _Written)
        return made.number

    def edit_issue(self, number: int, title: str, body: str) -> None:
        """Another text in an issue."""
        self.rest.write("PATCH", f"{self.at}/issues/{number}", {"title": title, "body": body})

    def close_issue(self, number: int, why: str) -> None:
        """A last comment, and closed as completed."""
        self.rest.write("POST", f"{self.at}/issues/{number}/comments", {"body": why})
        closed = {"state": "closed", "state_reason": "completed"}
        self.rest.write("PATCH", f"{self.at}/issues/{number}", closed)

    def run(self) -> str:
        """The run's number."""
        return self.env.get("GITHUB_RUN_ID", "")

    def say(self, level: Level, title: str, text: str) -> None:
        """An annotation on the page of the run."""
        _print(f"::{level} title={_property(title)}::{_value(text)}")

    def print_output(self, lines: Iterable[str]) -> None:
        """Between two lines that nobody can foresee, GitHub takes nothing for a command."""
        word = secrets.token_hex(16)
        _print(f"::stop-commands::{word}")
        try:
            for line in lines:
                _print(line)
        finally:
            _print(f"::{word}::")

    def summary(self, text: str) -> None:
        """The page of the run."""
        if path := self.env.get("GITHUB_STEP_SUMMARY"):
            with Path(path).open("a", encoding="utf-8") as page:
                page.write(f"{text[:LONGEST_SUMMARY]}\n")

    def outputs(self, **values: str) -> None:
        """Outputs of the step."""
        if path := self.env.get("GITHUB_OUTPUT"):
            with Path(path).open("a", encoding="utf-8") as file:
                for name, value in values.items():
                    word = secrets.token_hex(16)
                    file.write(f"{name.replace('_', '-')}<<{word}\n{value}\n{word}\n")

    def _ours(self, row: _Written) -> bool:
        return row.user is not None and row.user.login == self.author


def _event(path: Path) -> _Event:
    return msgspec.json.decode(path.read_bytes(), type=_Event) if path.is_file() else _Event()


def _is_of(run: _Run | None, mark: Mark) -> bool:
    if run is None or run.repository_id is None or run.repository_id != run.head_repository_id:
        return False
    return str(run.id) == mark.run and run.head_sha == mark.head


def _only_file(packed: bytes) -> bytes:
    """The one file of a zip archive. Raises `Unheard` where it is none, or holds more, or too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            rows = archive.infolist()
            if len(rows) == 1 and rows[0].file_size <= LARGEST_PLAN:
                return archive.read(rows[0])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Unheard(f"the artifact of the plan is damaged: {error}") from error
    raise Unheard("the artifact of the plan holds something else than one plan")


def _value(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _value(text).replace(":", "%3A").replace(",", "%2C")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
