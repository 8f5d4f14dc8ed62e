"""The only loop that acts: takes the steps of a plan in their order, and notes each in the ledger at once.

A step is taken only when everything that it needs has succeeded and the object still is as the plan saw it. What one
failure makes impossible is blocked; everything else goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from ccconf.errors import Broken, Rejected, Stale, Uncertain
from ccconf.findings import Finding
from ccconf.model.change import KEY, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import as_data
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Performed, Platform, Route
from ccconf.reconcile.diff import planned
from ccconf.reconcile.guard import LEAVES
from ccconf.reconcile.order import field_changes
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Plan, Step

Told = Callable[[Step, Outcome], None]
"""Progress: called once for each step as soon as it has ended."""


class Memory(Protocol):
    """What the loop needs of the ledger."""

    def record(self, target: str, ref: Ref, owned: Owned) -> None:
        """This object was applied."""

    def record_all(self, target: str, objects: Iterable[tuple[Ref, Owned]]) -> None:
        """These objects are ours."""

    def forget(self, target: str, ref: Ref) -> None:
        """The object is gone."""


def apply(plan: Plan, platform: Platform, memory: Memory, told: Told = lambda step, outcome: None) -> Report:
    """Take every step that can be taken. Ctrl-C lets the call in flight end; the rest is reported as blocked."""
    ended: dict[str, Outcome] = {}
    interrupted = False
    for step in plan.steps:
        outcome = _interrupted(step) if interrupted else _blocked(step, ended)
        if outcome is None:
            try:
                outcome = _taken(step, plan.target, platform, memory)
            except KeyboardInterrupt:
                interrupted = True
                outcome = _interrupted(step)
        ended[step.id] = outcome
        told(step, outcome)
    if plan.adopts and not interrupted:
        memory.record_all(plan.target, [(Ref(own.kind, own.key), Owned(own.native_id)) for own in plan.adopts])
    return Report(
        plan_id=plan.id,
        target=plan.target,
        outcomes=tuple(ended.values()),
        adopted=len(plan.adopts),
        interrupted=interrupted,
    )


def _interrupted(step: Step) -> Outcome:
    return Outcome(step=step.id, status=Status.BLOCKED, code="CC705", detail="the run was interrupted")


def _blocked(step: Step, ended: dict[str, Outcome]) -> Outcome | None:
    """The outcome of a step that cannot be taken because of an earlier one; None where it can."""
    for need in step.needs:
        if need in ended and ended[need].status is not Status.DONE:
            return Outcome(step=step.id, status=Status.BLOCKED, detail=f"needs: {need} ({ended[need].status})")
    if step.route is not Route.API:
        return Outcome(step=step.id, status=Status.WAITING, detail="a person has to do this")
    return None


def _taken(step: Step, target: str, platform: Platform, memory: Memory) -> Outcome:
    try:
        _check(step, platform)
        performed = platform.perform(step.change)
    except (Stale, Rejected, Uncertain, Broken) as error:
        return _failed(step, error)
    _note(step, target, performed, memory)
    observed = performed.observed
    return Outcome(
        step=step.id,
        status=Status.DONE,
        native_id=observed.native_id if observed else "",
        calls=performed.calls,
    )


def _failed(step: Step, error: Stale | Rejected | Uncertain | Broken) -> Outcome:
    found = error.findings[0]
    match error:
        case Stale():
            status = Status.STALE
        case Uncertain():
            status = Status.UNCERTAIN
        case _:
            status = Status.FAILED
    return Outcome(step=step.id, status=status, code=found.code, detail=found.message, hint=found.hint)


def _note(step: Step, target: str, performed: Performed, memory: Memory) -> None:
    if performed.observed is None:
        memory.forget(target, step.ref)
        return
    former = next((change.before for change in field_changes(step) if change.field == KEY and change.before), "")
    if isinstance(step.change, Delete) or performed.observed.ref != step.ref:
        return  # parked under a passing name: the step that follows notes the final one
    memory.record(target, step.ref, Owned(performed.observed.native_id, _true_former(step, former), _leaves(step)))


def _leaves(step: Step) -> bool:
    return step.reason == LEAVES


def _true_former(step: Step, former: str) -> str:
    """The name that `formerly` says, also where the object was parked in between."""
    return step.reason.removeprefix("renamed from ") if step.reason.startswith("renamed from ") else former


def _check(step: Step, platform: Platform) -> None:
    """Whether the object still is as the plan saw it. Raises `Stale` (CC701)."""
    match step.change:
        case Create(kind=kind, key=key):
            if platform.lookup(Ref(kind, key)) is not None:
                raise _stale(step, "it exists by now")
        case Restore(kind=kind, native_id=native_id):
            if platform.current(kind, native_id) is not None:
                raise _stale(step, "it is back already")
        case Update(kind=kind, native_id=native_id, revision=revision, changes=changes):
            live = _there(step, platform.current(kind, native_id))
            if live.revision != revision:
                _compare(step, live, changes)
        case Delete(kind=kind, native_id=native_id, revision=revision, fields=fields):
            live = _there(step, platform.current(kind, native_id))
            if live.revision != revision and as_data(live.resource) != fields:
                raise _stale(step, "it was changed since")


def _there(step: Step, live: Observed | None) -> Observed:
    if live is None:
        raise _stale(step, "it is gone")
    return live


def _compare(step: Step, live: Observed, changes: Iterable[FieldChange]) -> None:
    """Edits of other fields do not matter; an edit of a planned field does, and all three values are told."""
    for change in changes:
        now = live.ref.key if change.field == KEY else planned(getattr(live.resource, change.field))
        if now != change.before:
            words = [_word(value) for value in (change.before, now, change.after)]
            raise _stale(step, f"{change.field} was {words[0]} in the plan, is {words[1]} now, should be {words[2]}")


def _word(value: object) -> str:
    return "empty" if value is None else msgspec.json.encode(value).decode()


def _stale(step: Step, what: str) -> Stale:
    return Stale(Finding(code="CC701", message=f"{step.ref}: {what}", subject=str(step.ref), hint="make a new plan"))
