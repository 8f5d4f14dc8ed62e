"""What GitHub and GitLab have in common, as far as ccconf needs it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple, Protocol

from ccconf.cli.ci.mark import Mark


class Level(StrEnum):
    """How loudly something is told beside the log."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


class Change(NamedTuple):
    """A pull request of GitHub, or a merge request of GitLab."""

    number: int
    head: str
    """The commit at its head."""
    merged: str = ""
    """When it was merged, ISO 8601; empty where it is not, or nobody says."""


class Note(NamedTuple):
    """A comment or an issue that ccconf's token wrote."""

    number: int
    body: str


class Forge(Protocol):
    """Where the repository is, and what the job that runs there may ask of it. What asks the API raises `Unheard`."""

    most: int
    """The characters that fit into a comment."""
    annotates: bool
    """Whether lines of the log become annotations of the files."""

    def without_secrets(self) -> str:
        """Why the job is given no secrets; empty where it is."""

    def change(self) -> Change | None:
        """The pull request that the job is for."""

    def merged(self) -> Change | None:
        """The pull request whose merge the job's commit is."""

    def commit(self) -> str:
        """The job's commit."""

    def branch(self) -> str:
        """The branch on which it is."""

    def head(self) -> str | None:
        """The commit at the head of that branch now; None where the job is given nothing to ask with."""

    def made(self) -> str:
        """When the pipeline of the job was made, ISO 8601, however often it was repeated; empty where nobody says."""

    def notes(self, change: Change) -> Iterable[Note]:
        """What ccconf's token wrote into the pull request, oldest first."""

    def write_note(self, change: Change, body: str) -> None:
        """Write one more."""

    def edit_note(self, change: Change, number: int, body: str) -> None:
        """Put another text in its place."""

    def drop_note(self, change: Change, number: int) -> None:
        """Take one away."""

    def plan_of(self, mark: Mark) -> bytes | None:
        """The file of the plan that a note names; None where it is kept no longer."""

    def issues(self) -> Iterable[Note]:
        """The open issues that ccconf's token wrote, oldest first."""

    def open_issue(self, title: str, body: str) -> int:
        """Open one; its number."""

    def edit_issue(self, number: int, title: str, body: str) -> None:
        """Put another text in its place."""

    def close_issue(self, number: int, why: str) -> None:
        """Say why, and close it."""

    def run(self) -> str:
        """What keeps the files of this job."""

    def say(self, level: Level, title: str, text: str) -> None:
        """Tell something beside the log, where there is a place for that."""

    def print_output(self, lines: Iterable[str]) -> None:
        """Print what another program says, so that the runner takes none of it for a command."""

    def summary(self, text: str) -> None:
        """Markdown on the page of the run, where there is one."""

    def outputs(self, **values: str) -> None:
        """For the steps after this one."""


def keeper(mark: Mark) -> str:
    """The name under which the plan of a head is kept: readable, allowed everywhere, and different for each."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", mark.target).strip("-")[:40] or "plan"
    digest = sha256("\0".join((mark.project, mark.target, mark.head)).encode()).hexdigest()
    return f"ccconf-{readable}-{digest[:12]}"
