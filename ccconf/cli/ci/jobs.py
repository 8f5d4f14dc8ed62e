"""Validating, planning in a pull request, and telling of drift."""

from __future__ import annotations

import json
import sys
from collections import Counter

from ccconf.cli.ci.forge import Change, Forge, Level, keeper
from ccconf.cli.ci.job import Job, id_of
from ccconf.cli.ci.mark import Mark, mark_of, marked

CHANGES = 2
OUTSIDE = ("drift", "conflict")
"""The sorts of what was changed outside of Git."""
NEVER = "never"


def validate(job: Job) -> int:
    """Check the manifests. Needs no secret, so pull requests from forks are checked as well."""
    said = job.run("validate", *job.reports(*(["github"] if job.forge.annotates else [])))
    if job.forge.annotates:
        sys.stdout.write(job.written("github"))
        sys.stdout.flush()
    job.forge.summary(job.markdown(said, "The manifests were checked"))
    job.outputs(said)
    return said.code


def plan(job: Job) -> int:
    """Make the plan, keep it, and show it in the one comment of the pull request.

    Changes that are waiting are no failure. That the API refuses the comment is told, and is none either.
    """
    if reason := job.forge.without_secrets():
        job.tell(Level.NOTICE, f"The plan was skipped: {reason}. The manifests are validated all the same.")
        job.forge.outputs(exit_code="0", skipped="true")
        return 0
    kept = job.file("plan.json")
    said = job.run("plan", "--out", str(kept), *job.reports())
    good = said.code in (0, CHANGES)
    text = job.markdown(said, "No plan could be made")
    job.forge.summary(text)
    change = job.forge.change()
    mark = job.mark(
        purpose="plan", head=change.head if change else "", plan=id_of(kept) if good else "", run=job.forge.run()
    )
    files = {"plan_file": str(kept), "artifact": keeper(mark)} if good else {}
    job.outputs(said, plan_id=mark.plan, **files)
    if change is not None and job.wishes.comment:
        job.quietly("The plan is not in the pull request", lambda: stick(job.forge, change, mark, text))
    return 0 if good else said.code


def drift(job: Job) -> int:
    """Look for drift, and have one open issue as long as there is any: it is opened, brought up to date, closed.

    Where no issue can tell of drift the job fails, so that somebody hears of it all the same.
    """
    weight = ["--fail-on", job.wishes.fail_on] if job.wishes.fail_on else []
    said = job.run("drift", *weight, *job.reports("json"))
    text = job.markdown(said, "The platform could not be compared with Git")
    job.forge.summary(text)
    job.outputs(said)
    mark = job.mark(purpose="drift")
    match said.code:
        case 0:
            job.quietly("The issue of earlier drift could not be closed", lambda: _settled(job, mark, text))
            return 0
        case 2:
            told = job.quietly("There is drift, and no issue tells of it", lambda: _told(job, mark, text))
            return 0 if told else CHANGES
        case code:  # whether there is drift is not known, so the issue stays as it is
            return code


def stick(forge: Forge, change: Change, mark: Mark, text: str) -> None:
    """Have exactly one comment in the place of the mark. Raises `Unheard`.

    After a new one the comments are looked at once more: of two that came at the same time the older one stays.
    """
    body = marked(mark, text, forge.most)

    def ours() -> list[tuple[int, str]]:
        return [(note.number, note.body) for note in forge.notes(change) if mark.same_place(mark_of(note.body))]

    found = ours()
    if not found:
        forge.write_note(change, body)
        found = ours()
    if found and found[0][1] != body:
        forge.edit_note(change, found[0][0], body)
    for number, _ in found[1:]:
        forge.drop_note(change, number)


def _told(job: Job, mark: Mark, text: str) -> None:
    title = f"Drift on {job.wishes.target or 'the platform'}: changed outside of Git"
    body = marked(mark, text, job.forge.most)
    found = [issue.number for issue in job.forge.issues() if mark.same_place(mark_of(issue.body))]
    if found:
        number = found[0]
        job.forge.edit_issue(number, title, body)
    else:
        number = job.forge.open_issue(title, body)
    job.tell(Level.WARNING, f"Somebody changed the platform outside of Git: issue #{number} tells what.")


def _settled(job: Job, mark: Mark, text: str) -> None:
    """Close the issue, saying what is so: what weighs too little to keep it open is told as well."""
    told, left = _still(job)
    why = told if not left else marked(mark, f"{told} Still different: {', '.join(left)}.\n\n{text}", job.forge.most)
    for issue in job.forge.issues():
        if mark.same_place(mark_of(issue.body)):
            job.forge.close_issue(issue.number, why)


def _still(job: Job) -> tuple[str, list[str]]:
    """What no longer is so, and how many differences of which sort there are all the same."""
    rows = [row for row in json.loads(job.written("json"))["differences"] if not row.get("ignored")]
    left = Counter(f"{row['sort']} ({row['weight']})" if row["sort"] in OUTSIDE else row["sort"] for row in rows)
    least = job.wishes.fail_on
    if least == NEVER:
        told = f"Settled: drift does not count here any more (fail-on: {NEVER})."
    else:
        above = f" at or above {least}" if least and left else ""
        told = f"Settled: the last look at the platform found no drift{above}."
    return told, [f"{count} {what}" for what, count in left.items()]
