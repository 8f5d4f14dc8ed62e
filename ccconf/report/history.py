"""What was done, for whoever asks later: the runs of a target, the steps of one run, the life of one object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import click
import msgspec
from msgspec import Meta

from ccconf.errors import Ending
from ccconf.ledger.runs import Journalled, Run
from ccconf.model.change import KEY, FieldChange
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.reconcile.outcome import Outcome, Status
from ccconf.reconcile.plan import Plan, Step
from ccconf.report.answers import Answer, Object, When
from ccconf.report.story import chapters
from ccconf.report.table import table
from ccconf.report.words import described, described_field, visible

NOT_BEGUN = "not begun"
SHORT = 12
"""So many letters of an id or a commit are enough to tell it from others."""

_ENDS: dict[int, str] = {
    Ending.DONE: "all done",
    Ending.STALE: "something had changed since the plan",
    Ending.PARTLY: "partly done",
    Ending.WAITING: "people's steps waiting",
    Ending.INTERRUPTED: "interrupted",
}


class RunRow(Answer, frozen=True, kw_only=True):
    """A run of a plan."""

    run: int
    target: str
    purpose: str
    undoes: Annotated[int | None, Meta(description="The run that it undid.")]
    plan: Annotated[str, Meta(description="The plan's id.")]
    by: str
    commit: str | None
    begun: When
    ended: When | None
    state: str
    exit_code: int | None
    running_by: Annotated[str | None, Meta(description="Who is at work on it right now.")]
    resumable: bool
    steps: Annotated[dict[str, int], Meta(description="How many steps ended how.")]


class Runs(Answer, frozen=True, kw_only=True):
    """Runs, newest first on each target."""

    runs: tuple[RunRow, ...]


class JournalRow(Answer, frozen=True, kw_only=True):
    """What the journal holds of a step."""

    step: str
    intended: Annotated[str, Meta(description="When it was begun; empty where it was not.")]
    status: str
    outcome: Annotated[dict[str, Any], Meta(description="As schemas/apply.json has it; empty where there is none.")]
    ended: Annotated[str, Meta(description="When it ended; empty where it has not.")]


class RunWhole(RunRow, frozen=True, kw_only=True):
    """A run of a plan with its steps."""

    journal: tuple[JournalRow, ...]
    planned: Annotated[tuple[Step, ...] | None, Meta(description="The plan's steps; null where it cannot be read.")]


class Happened(Answer, frozen=True, kw_only=True):
    """Something that was done to an object, or tried."""

    at: When
    by: str
    target: str
    what: Annotated[str, Meta(description="The step or the act.")]
    status: Annotated[str, Meta(description="How it ended, in words.")]
    run: int | None
    plan: str | None
    commit: str | None
    fields: tuple[FieldChange, ...]


class Life(Answer, frozen=True, kw_only=True):
    """All that befell one object, oldest first."""

    object: Object
    entries: tuple[Happened, ...]


class RunTold(NamedTuple):
    """A run, with how many steps ended how, and how it ended itself."""

    run: Run
    counts: Mapping[str, int]
    held_by: str
    """Who is at work on it right now; empty where nobody is."""
    resumable: bool

    @property
    def end(self) -> str:
        """How it ended."""
        if self.run.state == "superseded":
            return "cut off; a later run took its place"
        if self.run.state == "ended":
            return _ENDS.get(self.run.exit_code or 0, f"ended with {self.run.exit_code}")
        if self.run.state == "running" and self.held_by:
            return f"running now: {self.held_by}"
        return "cut off" + (f"; to finish it: ccconf apply --resume -t {self.run.target}" if self.resumable else "")

    @property
    def answer(self) -> RunRow:
        """The same for programs."""
        row = self.run
        return RunRow(
            run=row.number, target=row.target, purpose=row.purpose, undoes=row.undoes or None, plan=row.plan_id,
            by=row.actor, commit=row.commit or None, begun=row.begun, ended=row.ended or None, state=row.state,
            exit_code=row.exit_code, running_by=self.held_by or None, resumable=self.resumable,
            steps=dict(self.counts),
        )  # fmt: skip

    def whole(self, plan: Plan | None, steps: Mapping[str, Journalled]) -> RunWhole:
        """The run with its steps for programs."""
        journal = tuple(
            JournalRow(**{**known._asdict(), "status": outcome_of(known).status}) for known in steps.values()
        )
        planned = None if plan is None else plan.steps
        return RunWhole(**msgspec.structs.asdict(self.answer), journal=journal, planned=planned)


class Entry(NamedTuple):
    """Something that was done to one object, or tried."""

    at: str
    """UTC, ISO 8601."""
    by: str
    target: str
    what: str
    """The step or act, and how it ended."""
    status: str
    run: int = 0
    plan_id: str = ""
    commit: str = ""
    kind: str = ""
    changes: tuple[FieldChange, ...] = ()

    @property
    def answer(self) -> Happened:
        """The same for programs."""
        return Happened(
            at=self.at, by=self.by, target=self.target, what=self.what, status=self.status, run=self.run or None,
            plan=self.plan_id or None, commit=self.commit or None, fields=self.changes,
        )  # fmt: skip


def runs(target: str, told: Sequence[RunTold], more: int) -> Iterator[str]:
    """The runs of a target, one a line; `more` are older and not among them."""
    if not told:
        yield f"No run on {visible(target)} is noted."
        return
    yield click.style(f"Runs on {visible(target)}", bold=True)
    head = ("run", "begun (UTC)", "by", "commit", "what", "plan", "steps", "ended")
    yield from table(head, [_run_row(row) for row in told], widest=40)
    if more:
        yield f"{more} older; --limit {len(told) + more} shows all."


def _run_row(told: RunTold) -> tuple[str, ...]:
    row = told.run
    return (
        str(row.number), _minute(row.begun), visible(row.actor), _short_commit(row.commit), _purpose(row),
        visible(row.plan_id[:SHORT]), _counted(told.counts), visible(told.end),
    )  # fmt: skip


def run(told: RunTold, plan: Plan | None, steps: Mapping[str, Journalled]) -> Iterator[str]:
    """One run whole: every step with its outcome and what it changed. Without the plan, only what the journal says."""
    row = told.run
    commit = f", commit {_short_commit(row.commit)}" if row.commit else ""
    ended = f" to {_second(row.ended)}" if row.ended else ""
    yield click.style(f"Run {row.number} on {visible(row.target)}: {_purpose(row)}, {visible(told.end)}", bold=True)
    yield f"plan {visible(row.plan_id[:SHORT])}, by {visible(row.actor)}{commit}, {_second(row.begun)}{ended} UTC"
    if plan is None:
        yield "Its plan cannot be read, so only the journal tells of it."
        for known in sorted(steps.values(), key=lambda known: (known.intended or known.ended, known.step)):
            yield from _journal_line(known)
        return
    for step in plan.steps:
        yield from _step(plan, step, steps.get(step.id))
    not_begun = sum(step.id not in steps for step in plan.steps)
    yield f"{_counted({**told.counts, **({NOT_BEGUN: not_begun} if not_begun else {})})}."


def _step(plan: Plan, step: Step, known: Journalled | None) -> Iterator[str]:
    if known is None:
        yield f"{NOT_BEGUN:<9} {'':<20}  {visible(step.id)}"
    else:
        yield from _journal_line(known)
    alone = msgspec.structs.replace(plan, steps=(step,))
    for told in chapters(alone).values():
        for chapter in told:
            note = f"  [{visible(chapter.said)}]" if chapter.said else ""
            yield f"    {chapter.sign} {visible(str(chapter.ref))}{note}"
            yield from (f"        {line.field}  {'; '.join(line.phrases)}" for line in chapter.lines)


def _journal_line(known: Journalled) -> Iterator[str]:
    ended = outcome_of(known)
    begun = _clock(known.intended or known.ended)
    said = " ".join(filter(None, (ended.code, ended.detail)))
    over = f"to {_clock(known.ended)}" if known.ended else "-".ljust(11)
    yield f"{ended.status:<9} {begun} {over}  {visible(known.step)}{f'  {visible(said)}' if said else ''}"


def outcome_of(known: Journalled) -> Outcome:
    """What the journal says of a step; one that was begun and has no end is uncertain."""
    if not known.status:
        return Outcome(step=known.step, status=Status.UNCERTAIN, detail="begun, and nobody knows what came of it")
    return msgspec.convert({"step": known.step, "status": known.status, **known.outcome}, Outcome)


def life(name: Ref, entries: Sequence[Entry], *, targets: bool) -> Iterator[str]:
    """Everything that was done to an object, newest last; with the target of each, where `targets`."""
    if not entries:
        yield f"Nothing that ccconf did to {visible(str(name))} is noted."
        return
    yield click.style(f"What was done to {visible(str(name))}", bold=True)
    for entry in entries:
        where = f" on {visible(entry.target)}" if targets else ""
        yield f"{_second(entry.at)}  {visible(entry.what)}{where}: {visible(entry.status)}, by {visible(entry.by)}"
        if source := _source(entry):
            yield f"    {source}"
        for change in filter(_tells, entry.changes):
            yield f"    {visible(change.field)}  {'; '.join(_phrases(entry.kind, change))}"


def _tells(change: FieldChange) -> bool:
    """That something new has its name, and something gone has none, is no news."""
    return change.field != KEY or None not in (change.before, change.after)


def _source(entry: Entry) -> str:
    said = (
        f"run {entry.run}" if entry.run else "",
        f"plan {visible(entry.plan_id[:SHORT])}" if entry.plan_id else "",
        f"commit {_short_commit(entry.commit)}" if entry.commit else "",
    )
    return ", ".join(filter(None, said))


def _phrases(kind: str, change: FieldChange) -> list[str]:
    spec = KINDS[kind].by_name.get(change.field) if kind in KINDS else None
    told = (
        described(change.before, change.after)
        if spec is None
        else described_field(spec.shape, change.before, change.after)
    )
    return [visible(phrase) for phrase in told]


def _purpose(row: Run) -> str:
    return f"undo of {row.undoes}" if row.purpose == "undo" else visible(row.purpose)


def _counted(counts: Mapping[str, int]) -> str:
    order = [*Status, NOT_BEGUN]
    known = [f"{counts[status]} {status}" for status in order if counts.get(status)]
    return ", ".join(known) or "no step begun"


def _short_commit(commit: str) -> str:
    """With its `+`, where files differed from it."""
    return visible(commit[:SHORT] + ("+" if len(commit) > SHORT and commit.endswith("+") else ""))


def _minute(at: str) -> str:
    return visible(at[:16].replace("T", " "))


def _second(at: str) -> str:
    return visible(at[:19].replace("T", " "))


def _clock(at: str) -> str:
    return visible(at[11:19])
