"""GitLab, as a job of its CI sees it: the environment of the job, and the REST API."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from urllib.parse import quote

import msgspec

from ccconf.cli.ci.forge import Change, Level, Note
from ccconf.cli.ci.mark import Mark
from ccconf.cli.ci.rest import Rest, Unheard

LABEL = "ccconf-drift"
KEPT = ".ccconf-ci/plan.json"
"""Where the template's jobs keep a plan, from the folder of the repository."""
RIGHTS = "a project access token with the scope api in CCCONF_TOKEN"


class _User(msgspec.Struct):
    id: int


class _Written(msgspec.Struct):
    """A note, which has an id, or an issue, which the API names by its number within the project."""

    id: int
    iid: int = 0
    body: str = ""
    description: str | None = None
    author: _User | None = None


class _Merge(msgspec.Struct):
    iid: int
    state: str
    target_branch: str
    sha: str | None = None
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None
    merged_at: str | None = None


class _Commit(msgspec.Struct):
    id: str


class _Branch(msgspec.Struct):
    commit: _Commit


class GitLab:
    """The project that the job runs for."""

    most = 1_000_000
    annotates = False

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.token = env.get("CCCONF_TOKEN", "")
        self.rest = Rest(env["CI_API_V4_URL"], {"PRIVATE-TOKEN": self.token}, RIGHTS)
        self.at = f"/projects/{env['CI_PROJECT_ID']}"

    def without_secrets(self) -> str:
        """A merge request from a fork runs in the fork, which has none."""
        source, target = (self.env.get(f"CI_MERGE_REQUEST_{side}PROJECT_ID", "") for side in ("SOURCE_", ""))
        if source != target:
            return "the merge request comes from a fork, which has no secrets to read the platform with"
        return ""

    def change(self) -> Change | None:
        """The merge request of the pipeline."""
        number = self.env.get("CI_MERGE_REQUEST_IID", "")
        head = self.env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or self.env["CI_COMMIT_SHA"]
        return Change(int(number), head) if number else None

    def merged(self) -> Change | None:
        """The merge request that became this commit of the branch; by fast-forward its own last commit did."""
        commit, branch = self.commit(), self.branch()
        self._asked()
        for row in self.rest.pages(f"{self.at}/repository/commits/{commit}/merge_requests", _Merge):
            became = (row.merge_commit_sha, row.squash_commit_sha, row.sha)
            if row.state == "merged" and row.target_branch == branch and row.sha and commit in became:
                return Change(row.iid, row.sha, row.merged_at or "")
        return None

    def commit(self) -> str:
        """A job that is repeated keeps it."""
        return self.env["CI_COMMIT_SHA"]

    def branch(self) -> str:
        """Of a push, or of a pipeline by hand."""
        return self.env.get("CI_COMMIT_BRANCH", "")

    def head(self) -> str | None:
        """What the API says to the project's token; the job's own may not ask it."""
        if not self.token:
            return None
        return self.rest.get(f"{self.at}/repository/branches/{quote(self.branch(), safe='')}", _Branch).commit.id

    def made(self) -> str:
        """A job that is repeated stays in its pipeline."""
        return self.env.get("CI_PIPELINE_CREATED_AT", "")

    def notes(self, change: Change) -> Iterator[Note]:
        """Notes of the token's own."""
        path = f"{self.at}/merge_requests/{change.number}/notes"
        me = self._me
        for row in self.rest.pages(path, _Written, order_by="created_at", sort="asc"):
            if row.author is not None and row.author.id == me:
                yield Note(row.id, row.body)

    def write_note(self, change: Change, body: str) -> None:
        """One more note."""
        self.rest.write("POST", f"{self.at}/merge_requests/{change.number}/notes", {"body": body})

    def edit_note(self, change: Change, number: int, body: str) -> None:
        """Another text in a note."""
        self.rest.write("PUT", f"{self.at}/merge_requests/{change.number}/notes/{number}", {"body": body})

    def drop_note(self, change: Change, number: int) -> None:
        """One note less."""
        self.rest.write("DELETE", f"{self.at}/merge_requests/{change.number}/notes/{number}")

    def plan_of(self, mark: Mark) -> bytes | None:
        """The file among the artifacts of the job that wrote the note."""
        if not mark.run.isdecimal():
            return None
        try:
            return self.rest.file(f"{self.at}/jobs/{mark.run}/artifacts/{KEPT}")
        except Unheard as error:
            if error.status == 404:
                return None
            raise

    def issues(self) -> Iterator[Note]:
        """Open issues of the token's own."""
        query: dict[str, str | int] = {
            "state": "opened",
            "author_id": self._me,
            "order_by": "created_at",
            "sort": "asc",
            "scope": "all",
        }
        for row in self.rest.pages(f"{self.at}/issues", _Written, **query):
            yield Note(row.iid, row.description or "")

    def open_issue(self, title: str, body: str) -> int:
        """A new issue."""
        self._asked()
        return self.rest.made(f"{self.at}/issues", {"title": title, "description": body, "labels": LABEL}, _Written).iid

    def edit_issue(self, number: int, title: str, body: str) -> None:
        """Another text in an issue."""
        self.rest.write("PUT", f"{self.at}/issues/{number}", {"title": title, "description": body})

    def close_issue(self, number: int, why: str) -> None:
        """A last note, and closed."""
        self.rest.write("POST", f"{self.at}/issues/{number}/notes", {"body": why})
        self.rest.write("PUT", f"{self.at}/issues/{number}", {"state_event": "close"})

    def run(self) -> str:
        """The job's number."""
        return self.env.get("CI_JOB_ID", "")

    def say(self, level: Level, title: str, text: str) -> None:
        """The log is the only place."""
        self.print_output([f"{level.upper()}: {title}: {text}"])

    def print_output(self, lines: Iterable[str]) -> None:
        """As it comes: GitLab's runner takes no commands from a log."""
        for line in lines:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    def summary(self, text: str) -> None:
        """GitLab has no page for a job but its log, which says it all."""

    def outputs(self, **values: str) -> None:
        """The jobs of the template know where the files are."""

    @cached_property
    def _me(self) -> int:
        """Whose token it is."""
        self._asked()
        return self.rest.get("/user", _User).id

    def _asked(self) -> None:
        if not self.token:
            raise Unheard("CCCONF_TOKEN is not set: no note, no issue and no approved plan without " + RIGHTS)
