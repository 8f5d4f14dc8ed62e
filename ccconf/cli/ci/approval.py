"""Applying what was approved, and nothing else.

A merge approves a plan: people saw its id in the one comment of the pull request. The comment, the commit at the head
of the merged branch, the run that kept the file, and the id in the file have to agree. Where they do not, nothing is
changed, and it is told what to do.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ccconf.cli.ci.forge import Level
from ccconf.cli.ci.job import Job, id_of, is_empty
from ccconf.cli.ci.mark import mark_of
from ccconf.cli.ci.rest import Unheard

BROKEN, CHANGES, REFUSED, STALE = 1, 2, 3, 4


TURN = 15
"""Seconds for which a job waits for another run before it looks at the head of the branch again."""

BUSY = "CC012"
"""The code of what `ccconf apply` says while another run is at work."""


class Approved(NamedTuple):
    """A plan that people saw and merged."""

    id: str
    plan: bytes
    merged: str = ""
    """When, ISO 8601; empty where nobody says."""


def apply(job: Job) -> int:
    """Apply the plan that the merge of this commit approved, or the one whose id somebody names.

    Only what the head of the branch says is applied, so that a job that comes late, or once more, does not bring back
    what a later merge took back. A run that was cut off is finished in any case: nothing has come after it.
    """
    if job.wishes.require_id:
        return _apply_named(job, job.wishes.require_id)
    try:
        found = approved(job)
    except Unheard as error:
        job.tell(Level.ERROR, f"Nothing was changed: the approved plan could not be looked up: {error}")
        return BROKEN
    if isinstance(found, str):
        return _nothing_approved(job, found)
    file = job.file("approved.json")
    file.write_bytes(found.plan)
    if id_of(file) != found.id:
        return _nothing_approved(job, f"the file that is kept is not of plan {found.id[:12]}, which was approved")
    runs = _runs(job, found.id)
    if any(row["resumable"] for row in runs):
        return _carried_out(job, file, found.id, lambda: None)
    if (code := _behind(job, found.id)) is not None:
        return code
    if not _is_repeated(runs, found) and (code := _no_longer_good(job, file)) is not None:
        return code
    return _carried_out(job, file, found.id, lambda: _behind(job, found.id))


def approved(job: Job) -> Approved | str:
    """The plan that the merge of this commit approved, or why there is none. Raises `Unheard`."""
    change = job.forge.merged()
    if change is None:
        return "this commit is not the merge of a pull request"
    place = job.mark(purpose="plan")
    marks = [mark for note in job.forge.notes(change) if (mark := mark_of(note.body)) and place.same_place(mark)]
    if not marks:
        return f"no plan was shown in pull request {change.number}"
    seen = marks[0]
    if seen.head != change.head:
        return f"pull request {change.number} shows the plan of {seen.head[:12]}, and {change.head[:12]} was merged"
    if not seen.plan:
        return f"what pull request {change.number} shows is not a plan that can be applied"
    plan = job.forge.plan_of(seen)
    if plan is None:
        return f"the file of plan {seen.plan[:12]}, which pull request {change.number} shows, is not kept any longer"
    return Approved(seen.plan, plan, change.merged)


def _runs(job: Job, plan_id: str) -> list[Any]:
    """What the ledger knows of runs of that plan."""
    answer = job.asked("history")
    return [row for row in answer["runs"] if row["plan"] == plan_id] if answer is not None else []


def _is_repeated(runs: Iterable[Any], found: Approved) -> bool:
    """Whether the plan was carried out after its merge, so that `ccconf apply` looks at what it did and tells of it.

    An earlier run may have been of the same plan, where everything is as it was before; that was another occasion.
    """
    merged = _moment(found.merged)
    return merged is not None and any(
        row["state"] == "ended" and (begun := _moment(row["begun"])) is not None and begun >= merged for row in runs
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _behind(job: Job, plan_id: str) -> int | None:
    """The exit code where the branch has moved on since the job's commit, and it is told; None where it has not."""
    forge = job.forge
    try:
        head = forge.head()
    except Unheard as error:
        job.tell(Level.ERROR, f"Nothing was changed: the head of {forge.branch()} could not be looked up: {error}")
        return BROKEN
    if head is None:
        return _behind_by_ledger(job, plan_id)
    if head == forge.commit():
        return None
    job.tell(
        Level.ERROR,
        f"Nothing was changed: {forge.commit()[:12]} is not the head of {forge.branch()} any more, {head[:12]} is, and "
        f"it may have taken back what this job would do. So run the apply job of {head[:12]}; it also says whether "
        "more is waiting than its merge approved.",
    )
    return STALE


def _behind_by_ledger(job: Job, plan_id: str) -> int | None:
    """The same where nobody tells the head: a run since the job's pipeline was made may be of a later commit."""
    answer = job.asked("history")
    if answer is None:
        job.tell(Level.ERROR, "Nothing was changed: the ledger does not say what was applied since. The log says why.")
        return BROKEN
    made = _moment(job.forge.made())
    for row in answer["runs"]:
        begun = _moment(row["begun"])
        if row["plan"] != plan_id and (made is None or begun is None or begun >= made):
            job.tell(
                Level.ERROR,
                f"Nothing was changed: run {row['run']} came since this pipeline was made, and without a token nobody "
                f"tells whether {job.forge.commit()[:12]} still is the head of {job.forge.branch()}. Run a new "
                "pipeline on the branch.",
            )
            return STALE
    return None


def _no_longer_good(job: Job, file: Path) -> int | None:
    """The exit code where the approved plan cannot be carried out as it was seen, and it is told why; else None."""
    fresh = job.file("fresh.json")
    match job.run("plan", "--rebase", str(file), "--out", str(fresh)).code:
        case 0:
            return None
        case 2:
            job.tell(Level.WARNING, "More is waiting than was approved. Only the approved plan is applied.")
            return None
        case 4 if is_empty(fresh):
            job.tell(Level.NOTICE, "Everything is already as the approved plan wants it.")
            return 0
        case 4:
            job.tell(Level.ERROR, f"Nothing was changed: the approved plan is stale. {_what_to_do(id_of(fresh))}")
            return STALE
        case code:
            job.tell(Level.ERROR, "Nothing was changed: the approved plan is refused by now. The log says why.")
            return code


def _nothing_approved(job: Job, why: str) -> int:
    """Nothing is applied; it is well where nothing is waiting either."""
    fresh = job.file("fresh.json")
    match job.run("plan", "--out", str(fresh)).code:
        case 0:
            job.tell(Level.NOTICE, f"Nothing to do ({why}).")
            return 0
        case 2:
            job.tell(Level.ERROR, f"Nothing was changed: {why}. {_what_to_do(id_of(fresh))}")
            return REFUSED
        case code:
            job.tell(Level.ERROR, f"Nothing was changed: {why}, and no plan can be made now. The log says why.")
            return code


def _apply_named(job: Job, plan_id: str) -> int:
    """Make the plan anew, and apply it if it is the one that somebody looked at."""
    if (behind := _behind(job, plan_id)) is not None:
        return behind
    fresh = job.file("fresh.json")
    code = job.run("plan", "--out", str(fresh)).code
    if code != CHANGES:
        return code
    if id_of(fresh) != plan_id:
        job.tell(
            Level.ERROR, f"Nothing was changed: there is no plan {plan_id} any longer. {_what_to_do(id_of(fresh))}"
        )
        return STALE
    return _carried_out(job, fresh, plan_id, lambda: _behind(job, plan_id))


def _carried_out(job: Job, file: Path, plan_id: str, behind: Callable[[], int | None]) -> int:
    """Apply the plan. While another run is at work others may be merged, so whoever waits asks again who is behind."""
    until = time.monotonic() + job.wishes.wait
    while True:
        if (code := behind()) is not None:
            return code
        rest = max(0, math.ceil(until - time.monotonic()))
        words = [str(file), "--require-id", plan_id, "--yes", "--wait", f"{min(TURN, rest)}s"]
        said = job.run("apply", *words, *job.reports())
        busy = said.code == BROKEN and any(BUSY in line for line in said.last)
        if rest <= TURN or not busy:
            break
    job.forge.summary(job.markdown(said, f"Plan {plan_id[:12]} was to be applied"))
    job.outputs(said, plan_id=plan_id)
    return said.code


def _what_to_do(plan_id: str) -> str:
    return (
        "Open a pull request with a fresh plan and merge it; or read the plan in the log of this job and, if it is "
        f"right, run the workflow by hand with the id {plan_id}."
    )
