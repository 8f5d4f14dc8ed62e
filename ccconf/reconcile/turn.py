"""One step's turn: the object is looked at, the intent is noted, the change is made, and what came of it is noted.

An intent is durable before its call, so that nothing is ever done of which no trace would be left. What is in doubt is
looked up before it is repeated, and an object is never created again while the first call may still arrive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from ccconf.errors import Broken, CcconfError, Refused, Rejected, Stale, Uncertain
from ccconf.ledger.runs import Noted
from ccconf.model.change import KEY, PARKED_END, Change, Create, Delete, Restore, Update
from ccconf.model.owned import Owned
from ccconf.platform.contract import Acting, Observed, Performed, Platform, Route, free_to_write
from ccconf.reconcile.diff import RENAMED_THERE
from ccconf.reconcile.guard import LEAVES
from ccconf.reconcile.order import field_changes
from ccconf.reconcile.outcome import Outcome, Status
from ccconf.reconcile.plan import Step
from ccconf.reconcile.settle import Left, left_of, unchanged

FENCED = "CC013"
"""The code of what was not done because another run may be at work."""

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0
"""Seconds between two looks for what may still arrive: the first, and the most."""


class Journal(Protocol):
    """Where a run notes what it is about to do and what came of it. Called from several threads."""

    def announce(self, step: str) -> None:
        """The step begins soon: what `intend` has to wait for can begin now. Does not wait."""
        ...

    def intend(self, step: str) -> None:
        """The step begins now. Returns when that is durable. Raises `Broken` where it cannot be noted, or may not."""
        ...

    def ended(self, step: str, status: str, outcome: dict[str, Any], noted: Sequence[Noted] = ()) -> None:
        """The step has ended. Durable soon, at the latest before the next intent."""
        ...

    def close(self) -> None:
        """Everything that was said is durable now, or `unnoted`."""
        ...

    def unnoted(self) -> Mapping[str, Broken]:
        """The steps whose end could not be noted, and why."""
        ...


class Doubt(NamedTuple):
    """A step that an earlier run began. Until then, by the clock of the crew, its call may still arrive."""

    until: float


class Crew(NamedTuple):
    """Everything that a turn needs besides its step."""

    platform: Platform
    journal: Journal
    acting: Acting | None = None
    """Where things are done to single persons, under the platform's own names."""
    undoing: bool = False
    """Whether names go back to what they were: then no manifest says what an object was called before."""
    may_write: Callable[[], None] = free_to_write
    """Raises `Broken` (CC013) once another run may be at work."""
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


def take(step: Step, crew: Crew, doubt: Doubt | None = None) -> Outcome:
    """Take the step. Whatever happens is an outcome, and is noted."""
    try:
        change, live = _what_to_do(step, crew, doubt)
    except _COMES_TO_NOTHING as error:
        if (refusal := _too_late(step, crew)) is not None:
            return refusal
        return _ended(failed(step, error), crew)
    if step.route is not Route.API:
        return _ended(Outcome(step=step.id, status=Status.WAITING, detail="a person has to do this"), crew)
    if (refusal := _intended(step, crew)) is not None:
        return refusal  # nothing was done, and nothing can be noted
    try:
        outcome, noted = _done(step, _made(step, crew, live, change), crew)
    except _COMES_TO_NOTHING as error:
        outcome, noted = failed(step, error), None
    return _ended(outcome, crew, noted)


_COMES_TO_NOTHING = (Stale, Rejected, Refused, Uncertain, Broken)


def _ended(outcome: Outcome, crew: Crew, noted: Noted | None = None) -> Outcome:
    """The outcome, noted."""
    crew.journal.ended(outcome.step, outcome.status, msgspec.to_builtins(outcome), [noted] if noted else [])
    return outcome


def _too_late(step: Step, crew: Crew) -> Outcome | None:
    """None while the run may write. Later on whatever differs may be the work of who took over, and says nothing."""
    try:
        crew.may_write()
    except Broken as error:
        return _not_begun(step, error)
    return None


def _what_to_do(step: Step, crew: Crew, doubt: Doubt | None) -> Left:
    """The object, and what of the change is to be made now. Raises `Stale`."""
    if doubt is None:
        live = unchanged(step, crew.platform)
        return Left(step.change, live)
    return _looked_up(step, crew, doubt)


def _looked_up(step: Step, crew: Crew, doubt: Doubt) -> Left:
    """What is left of a step in doubt. A creation that may still arrive is waited for."""
    pause = FIRST_PAUSE
    left = left_of(step, crew.platform)
    while isinstance(left.change, Create) and (rest := doubt.until - crew.clock()) > 0:
        crew.sleep(min(pause, rest))
        pause = min(pause * 2, LONGEST_PAUSE)
        left = left_of(step, crew.platform)
    return left


def _intended(step: Step, crew: Crew) -> Outcome | None:
    """None once the intent is durable; else why the step was not begun."""
    try:
        crew.journal.intend(step.id)
    except Broken as error:
        return _not_begun(step, error)
    return None


def _not_begun(step: Step, error: Broken) -> Outcome:
    found = error.findings[0]
    detail = f"not begun: {found.message}"
    return Outcome(step=step.id, status=Status.BLOCKED, code=found.code, detail=detail, hint=found.hint)


def _made(step: Step, crew: Crew, live: Observed | None, change: Change | None) -> Performed:
    """The change, with what is done to the person. Somebody who is deleted is signed out first."""
    first: tuple[str, ...] = ()
    if isinstance(step.change, Delete) and live is not None:
        first = _acted(step, crew, live)
    if change is None or (isinstance(change, Update) and not change.changes):  # it is so already
        performed = Performed(live, ())
    else:
        performed = _performed(step, crew, change)
    then = _acted(step, crew, performed.observed) if performed.observed is not None else ()
    return performed._replace(calls=(*first, *performed.calls, *then))


def _acted(step: Step, crew: Crew, person: Observed) -> tuple[str, ...]:
    """What is done to the person at once; each act once more does no harm."""
    if not step.acts or crew.acting is None:
        return ()
    calls: list[str] = []
    for act in step.acts:
        crew.acting.act(act, person)
        calls.extend(crew.acting.act_calls(act, person))
    return tuple(calls)


def _performed(step: Step, crew: Crew, change: Change) -> Performed:
    """The change. Where its answer is lost it is looked up, and what is certain not to do a thing twice is repeated."""
    try:
        return crew.platform.perform(change)
    except Uncertain as lost:
        try:
            left = left_of(step, crew.platform)
        except Stale as differing:  # what the call did, and what somebody else did, cannot be told apart
            raise Uncertain(*differing.findings) from lost
        except CcconfError:
            raise lost from None
        if left.change is None:
            return Performed(left.live, crew.platform.calls(change))
        if isinstance(left.change, Create):
            raise
        return crew.platform.perform(left.change)


def _done(step: Step, performed: Performed, crew: Crew) -> tuple[Outcome, Noted | None]:
    observed = performed.observed
    native_id = observed.native_id if observed else ""
    outcome = Outcome(step=step.id, status=Status.DONE, native_id=native_id, calls=performed.calls)
    return outcome, _noted(step, observed, "" if crew.undoing else _former(step))


def _noted(step: Step, observed: Observed | None, former: str) -> Noted | None:
    """What the ledger is to know of the object once the step is done."""
    if observed is None:
        return Noted(step.ref, None)
    fields = _written(step)
    if observed.ref.key.endswith(PARKED_END):
        return Noted(observed.ref, Owned(observed.native_id, has_left=_leaves(step)), fields)
    if not isinstance(step.change, Delete) and observed.ref == step.ref:
        return Noted(step.ref, Owned(observed.native_id, former, _leaves(step)), fields)
    return None


def _written(step: Step) -> dict[str, Any]:
    """The fields that the step sets, with their values."""
    match step.change:
        case Create(fields=fields):
            return dict(fields)
        case Update(changes=changes) | Restore(changes=changes):
            return {row.field: row.after for row in changes if row.field != KEY}
        case Delete():
            return {}


def _leaves(step: Step) -> bool:
    return step.reason == LEAVES


def _former(step: Step) -> str:
    """The name that `formerly` says, also where the object was parked in between; empty where this is no rename."""
    if step.reason.startswith("renamed from "):
        return step.reason.removeprefix("renamed from ")
    if step.reason == RENAMED_THERE:
        return ""
    before = next((change.before for change in field_changes(step) if change.field == KEY and change.before), "")
    return "" if before.endswith(PARKED_END) else str(before)


def failed(step: Step, error: CcconfError) -> Outcome:
    """The outcome of a step that came to nothing, or of which nobody knows."""
    found = error.findings[0]
    match error:
        case Stale():
            status = Status.STALE
        case Uncertain():
            status = Status.UNCERTAIN
        case _ if found.code == FENCED:
            status = Status.UNCERTAIN  # some of its calls may have been made
        case _:
            status = Status.FAILED
    return Outcome(step=step.id, status=status, code=found.code, detail=found.message, hint=found.hint)
