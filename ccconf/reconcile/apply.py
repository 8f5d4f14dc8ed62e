"""The only loop that acts: takes the steps of a plan in their order, and notes each in the ledger at once.

A step is taken only when everything that it needs has succeeded and the object still is as the plan saw it. What one
failure makes impossible is blocked; everything else goes on, unless the ledger can no longer note what is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from ccconf.errors import Broken, Refused, Rejected, Stale, Uncertain
from ccconf.findings import Finding
from ccconf.model.change import KEY, PARKED_END, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import as_data
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Performed, Platform, Route
from ccconf.reconcile.diff import planned
from ccconf.reconcile.guard import LEAVES
from ccconf.reconcile.order import field_changes
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Plan, Step

UNNOTED = "CC008"
"""The code of an outcome that the ledger could not note."""

COMES_LATER = "CC713"
"""The code of an outcome that waits for what a person has to do first; it is not handed out yet."""

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


def apply(
    plan: Plan,
    platform: Platform,
    memory: Memory,
    told: Told = lambda step, outcome: None,
    asked_to_stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Take every step that can be taken. Once asked to stop, the call in flight ends and the rest is blocked."""
    ended: dict[str, Outcome] = {}
    interrupted = unnoted = False
    for step in plan.steps:
        interrupted = interrupted or asked_to_stop()
        outcome = _stopped(step, interrupted=interrupted) if interrupted or unnoted else _blocked(step, ended)
        if outcome is None:
            try:
                outcome = _taken(step, plan.target, platform, memory)
                unnoted = (outcome.status, outcome.code) == (Status.UNCERTAIN, UNNOTED)
            except KeyboardInterrupt:
                interrupted = True
                outcome = _cut_off(step)
        ended[step.id] = outcome
        told(step, outcome)
    if not interrupted:
        ended |= _unkept(plan, ended, platform)
    adopts = () if interrupted or unnoted else plan.adopts
    if adopts:
        ours = [(Ref(own.kind, own.key), Owned(own.native_id, own.formerly, own.has_left)) for own in adopts]
        memory.record_all(plan.target, ours)
    return Report(
        plan_id=plan.id,
        target=plan.target,
        outcomes=tuple(ended.values()),
        adopted=len(adopts),
        interrupted=interrupted,
    )


def _unkept(plan: Plan, ended: Mapping[str, Outcome], platform: Platform) -> dict[str, Outcome]:
    """Other outcomes for the steps that the platform said yes to and did not do, found by reading back."""
    done = {step.ref: step.id for step in plan.steps if ended[step.id].status is Status.DONE}
    if not done:
        return {}
    try:
        unheld = list(platform.confirm())
    except (Broken, Refused, Uncertain) as error:
        detail = f"done, as the platform says; reading it back failed: {error.findings[0].message}"
        unread = {"status": Status.UNCERTAIN, "code": "CC703", "detail": detail, "hint": "make a new plan"}
        return {id_: msgspec.structs.replace(ended[id_], **unread) for id_ in done.values()}
    return {
        done[ref]: msgspec.structs.replace(
            ended[done[ref]], status=Status.FAILED, code="CC706", detail=what, hint="make a new plan, or ask the vendor"
        )
        for ref, what in unheld
        if ref in done
    }


def _stopped(step: Step, *, interrupted: bool) -> Outcome:
    code, why = ("CC705", "the run was interrupted") if interrupted else (UNNOTED, "the ledger cannot be written")
    return Outcome(step=step.id, status=Status.BLOCKED, code=code, detail=why)


def _cut_off(step: Step) -> Outcome:
    """Somebody insisted while a call was in flight."""
    detail = "the run was interrupted during the call"
    return Outcome(step=step.id, status=Status.UNCERTAIN, code="CC705", detail=detail, hint="make a new plan")


def _blocked(step: Step, ended: dict[str, Outcome]) -> Outcome | None:
    """The outcome of a step that cannot be taken because of an earlier one; None where it can."""
    unmet = [need for need in step.needs if need in ended and ended[need].status is not Status.DONE]
    for need in unmet:
        if ended[need].status is not Status.WAITING:
            return Outcome(step=step.id, status=Status.BLOCKED, detail=f"needs: {need} ({ended[need].status})")
    for need in unmet:
        if step.route is Route.API or ended[need].code == COMES_LATER:
            detail = f"comes after what a person has to do: {need}"
            return Outcome(step=step.id, status=Status.WAITING, code=COMES_LATER, detail=detail)
    return None


def _taken(step: Step, target: str, platform: Platform, memory: Memory) -> Outcome:
    try:
        _check(step, platform)
        if step.route is not Route.API:
            return Outcome(step=step.id, status=Status.WAITING, detail="a person has to do this")
        performed = platform.perform(step.change)
    except (Stale, Rejected, Uncertain, Broken) as error:
        return _failed(step, error)
    observed = performed.observed
    try:
        _note(step, target, performed, memory)
    except Broken as error:
        return _unnoted(step, performed, error)
    return Outcome(
        step=step.id,
        status=Status.DONE,
        native_id=observed.native_id if observed else "",
        calls=performed.calls,
    )


def _unnoted(step: Step, performed: Performed, error: Broken) -> Outcome:
    """The platform has it, the ledger does not: a new plan finds the object and notes it."""
    found = error.findings[0]
    return Outcome(
        step=step.id,
        status=Status.UNCERTAIN,
        code=UNNOTED,
        detail=f"done, but not noted: {found.message}",
        hint=f"{found.hint}; then make a new plan, which notes it",
        native_id=performed.observed.native_id if performed.observed else "",
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
    observed = performed.observed
    if observed.ref.key.endswith(PARKED_END):
        memory.record(target, observed.ref, Owned(observed.native_id, has_left=_leaves(step)))
    elif not isinstance(step.change, Delete) and observed.ref == step.ref:
        memory.record(target, step.ref, Owned(observed.native_id, _former(step), _leaves(step)))


def _leaves(step: Step) -> bool:
    return step.reason == LEAVES


def _former(step: Step) -> str:
    """The name that `formerly` says, also where the object was parked in between; empty where this is no rename."""
    if step.reason.startswith("renamed from "):
        return step.reason.removeprefix("renamed from ")
    before = next((change.before for change in field_changes(step) if change.field == KEY and change.before), "")
    return "" if before.endswith(PARKED_END) else str(before)


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
            found = platform.current(kind, native_id) if native_id else platform.lookup(step.ref)
            live = _there(step, found)
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
