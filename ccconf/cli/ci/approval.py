"""Applying what was approved, and nothing else.

A merge approves a plan: people saw its id in the one comment of the pull request. The comment, the commit at the head
of the merged branch, the run that kept the file, and the id in the file have to agree. Where they do not, nothing is
changed, and it is told what to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ccconf.cli.ci.forge import Level
from ccconf.cli.ci.job import Job, id_of, is_empty
from ccconf.cli.ci.mark import mark_of
from ccconf.cli.ci.rest import Unheard

BROKEN, CHANGES, REFUSED, STALE = 1, 2, 3, 4


class Approved(NamedTuple):
    """A plan that people saw and merged."""

    id: str
    plan: bytes


def apply(job: Job) -> int:
    """Apply the plan that the merge of this commit approved, or the one whose id somebody names."""
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
    if not _begun(job, found.id) and (code := _no_longer_good(job, file)) is not None:
        return code
    return _carried_out(job, file, found.id)


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
    return Approved(seen.plan, plan)


def _begun(job: Job, plan_id: str) -> bool:
    """Whether the ledger knows a run of that plan, which `ccconf apply` then tells of once more, or finishes."""
    answer = job.asked("history")
    runs = answer["runs"] if answer is not None else []
    return any(row["plan"] == plan_id and (row["resumable"] or row["state"] == "ended") for row in runs)


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
    fresh = job.file("fresh.json")
    code = job.run("plan", "--out", str(fresh)).code
    if code != CHANGES:
        return code
    if id_of(fresh) != plan_id:
        job.tell(
            Level.ERROR, f"Nothing was changed: there is no plan {plan_id} any longer. {_what_to_do(id_of(fresh))}"
        )
        return STALE
    return _carried_out(job, fresh, plan_id)


def _carried_out(job: Job, file: Path, plan_id: str) -> int:
    words = [str(file), "--require-id", plan_id, "--yes", "--wait", job.wishes.wait]
    said = job.run("apply", *words, *job.reports())
    job.forge.summary(job.markdown(said, f"Plan {plan_id[:12]} was to be applied"))
    job.outputs(said, plan_id=plan_id)
    return said.code


def _what_to_do(plan_id: str) -> str:
    return (
        "Open a pull request with a fresh plan and merge it; or read the plan in the log of this job and, if it is "
        f"right, run the workflow by hand with the id {plan_id}."
    )
