"""The only loop that acts: takes every step as soon as what it needs is done, several side by side.

What one failure makes impossible is blocked; everything else goes on, unless the ledger can no longer note what is
done, the right to write is lost, or the platform no longer answers. Every step has an outcome in the end.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from typing import NamedTuple

import msgspec

from ccconf.errors import Broken, Refused, Uncertain
from ccconf.ledger.runs import Journalled
from ccconf.model.kinds import ready_for_threads
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.contract import Platform, Route
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Adoption, Plan, Step
from ccconf.reconcile.turn import FENCED, Crew, Doubt, Journal, take

UNNOTED = "CC008"
"""The code of an outcome that the ledger could not note."""

COMES_LATER = "CC713"
"""The code of an outcome that waits for what a person has to do first; it is not handed out yet."""

UNREACHABLE = "CC707"
ENDED_EARLY = "CC715"
INTERRUPTED = "CC705"
LOST = "CC703"
FAULT = "CC716"

GIVEN_UP = 3
"""So many steps one after another found nobody at the platform's address: the others are not tried."""

LONG_AGO = timedelta(days=1)
"""No call is under way for so long."""

AT_ONCE = 8
"""Steps side by side, unless told otherwise."""

Told = Callable[[Step, Outcome], None]
"""Progress: called once for each step as soon as it has ended, by one thread at a time."""


NOT_IN_DOUBT = (Status.DONE, Status.BLOCKED)
"""How the journal says that a step is done, or was not begun."""


class Past(NamedTuple):
    """What earlier runs of the same plan left behind."""

    done: Mapping[str, Outcome] = {}
    """Steps that are done, by id."""
    doubts: Mapping[str, Doubt] = {}
    """Steps that were begun and may be done, in part or whole."""


def past_of(steps: Mapping[str, Journalled], patience: float = 0.0, now: datetime | None = None) -> Past:
    """What the journal of an unfinished run says of its steps.

    Whatever was begun and is not known to be done is in doubt, also where it failed: a part of it may have been made.
    What was announced and then not begun is noted as blocked.
    For so many seconds of `patience` after it was begun, by what time it is `now`, its call may still arrive.
    """
    done = {id_: msgspec.convert(row.outcome, Outcome) for id_, row in steps.items() if row.status == Status.DONE}
    begun = {id_: row for id_, row in steps.items() if row.intended and row.status not in NOT_IN_DOUBT}
    moment = now or datetime.now(UTC)
    return Past(done, {id_: Doubt(time.monotonic() + _rest(row, patience, moment)) for id_, row in begun.items()})


def _rest(row: Journalled, patience: float, now: datetime) -> float:
    """The patience where the process died in the middle; none after a day, and none where it lived to look for itself.

    Clocks differ and are set, so less than a day is never taken off it.
    """
    if row.status:
        return 0.0
    try:
        since = now - datetime.fromisoformat(row.intended)
    except (ValueError, TypeError):  # a damaged line: no date, or one without a zone
        return patience
    return 0.0 if since > LONG_AGO else patience


def apply(
    plan: Plan,
    crew: Crew,
    adopt: Callable[[Iterable[tuple[Ref, Owned]]], None],
    *,
    at_once: int = AT_ONCE,
    past: Past = Past(),  # noqa: B008 - an immutable value
    told: Told = lambda step, outcome: None,
    asked_to_stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Take every step that can be taken. Once asked to stop, the calls in flight end and the rest is blocked.

    `adopt` notes what is live as wanted already. A second KeyboardInterrupt does not wait for the calls in flight.
    """
    ready_for_threads()
    crew = crew._replace(undoing=bool(plan.undoes))
    loop = _Loop(plan, crew, at_once, past, told, asked_to_stop)
    loop.run()
    ended = loop.ended
    if not loop.interrupted:
        for id_, outcome in _unkept(plan, ended, past, crew.platform).items():
            ended[id_] = outcome
            crew.journal.ended(id_, outcome.status, msgspec.to_builtins(outcome))
    crew.journal.close()
    ended |= _unnoted(ended, crew.journal)
    adopts = () if loop.interrupted or loop.stopped else plan.adopts
    if adopts:
        adopt((Ref(own.kind, own.key), owned_by(own)) for own in adopts)
    return Report(
        plan_id=plan.id,
        target=plan.target,
        outcomes=tuple(ended[step.id] for step in plan.steps),
        adopted=len(adopts),
        interrupted=loop.interrupted,
    )


def owned_by(own: Adoption) -> Owned:
    """What the ledger is to know of an object that is adopted."""
    return Owned(own.native_id, own.formerly, own.has_left)


class _Loop:
    """One run: which steps are ready, which are under way, and what became of the others."""

    def __init__(
        self,
        plan: Plan,
        crew: Crew,
        at_once: int,
        past: Past,
        told: Told,
        asked_to_stop: Callable[[], bool],
    ) -> None:
        self.steps = plan.steps
        self.past = past
        self.told = told
        self.asked_to_stop = asked_to_stop
        self.journal = crew.journal
        self.hands = _Hands(at_once, lambda step: take(step, crew, past.doubts.get(step.id)))
        self.ended: dict[str, Outcome] = {}
        self.interrupted = False
        self.stopped = ""
        """The code of what keeps every further step from being taken; empty while nothing does."""
        self.unanswered = 0
        there = {step.id for step in plan.steps}
        self.waits = {step.id: sum(need in there for need in step.needs) for step in plan.steps}
        self.followers: dict[str, list[int]] = defaultdict(list)
        for number, step in enumerate(plan.steps):
            for need in step.needs:
                self.followers[need].append(number)
        self.announced: set[str] = set()
        self.ready = [self._rank(number) for number, step in enumerate(plan.steps) if not self.waits[step.id]]
        heapq.heapify(self.ready)

    def run(self) -> None:
        """Until every step has its outcome."""
        try:
            while self.ready or self.hands.busy:
                self._without_panic()
        finally:
            self.hands.dismiss()

    def _without_panic(self) -> None:
        """Somebody who insists is not kept waiting by calls in flight."""
        try:
            self._go_on()
        except KeyboardInterrupt:
            self.interrupted = True
            for step in self.hands.let_go():
                self._end(step, _cut_off(step))

    def _rank(self, number: int) -> tuple[bool, int]:
        """Steps in the order of the plan; those in doubt last, as some of them have to wait for a while."""
        return self.steps[number].id in self.past.doubts, number

    def _go_on(self) -> None:
        while self.ready and self.hands.free:
            self._begin(self.steps[heapq.heappop(self.ready)[1]])
        if self.hands.busy:
            self._announce()
            step, came = self.hands.next()
            self._end(step, _cut_off(step) if isinstance(came, KeyboardInterrupt) else _or_raised(came))
            self.interrupted = self.interrupted or isinstance(came, KeyboardInterrupt)

    def _announce(self) -> None:
        """Who comes next, so that the ledger is not waited for when their turn comes."""
        if self.interrupted or self.stopped or self.hands.count == 1:
            return
        for _, number in heapq.nsmallest(self.hands.count, self.ready):
            step = self.steps[number]
            if step.id not in self.announced and step.id not in self.past.done and step.route is Route.API:
                self.announced.add(step.id)
                self.journal.announce(step.id)

    def _begin(self, step: Step) -> None:
        self.interrupted = self.interrupted or self.asked_to_stop()
        outcome = self.past.done.get(step.id) or self._stopped(step) or _blocked(step, self.ended)
        if outcome is None:
            self.hands.begin(step)
        else:
            self._not_begun(step, outcome)
            self._end(step, outcome)

    def _not_begun(self, step: Step, outcome: Outcome) -> None:
        """What was announced and is not begun after all is not in doubt, unless it was before."""
        if step.id in self.announced and step.id not in self.past.doubts and self.stopped not in (FENCED, UNNOTED):
            self.journal.ended(step.id, outcome.status, msgspec.to_builtins(outcome))

    def _stopped(self, step: Step) -> Outcome | None:
        if self.interrupted:
            return _not_taken(step, INTERRUPTED, "the run was interrupted")
        return _not_taken(step, self.stopped, _WHY[self.stopped]) if self.stopped else None

    def _end(self, step: Step, outcome: Outcome) -> None:
        self.ended[step.id] = outcome
        for number in self.followers[step.id]:
            follower = self.steps[number].id
            self.waits[follower] -= 1
            if not self.waits[follower]:
                heapq.heappush(self.ready, self._rank(number))
        self._notice(outcome)
        if step.id not in self.past.done:
            self.told(step, outcome)

    def _notice(self, outcome: Outcome) -> None:
        """Whether to take further steps at all."""
        if outcome.code in (FENCED, UNNOTED):
            self.stopped = outcome.code
        if outcome.code in (UNREACHABLE, LOST):
            self.unanswered += 1
        elif outcome.status is Status.DONE:
            self.unanswered = 0
        if self.unanswered >= GIVEN_UP:
            self.stopped = self.stopped or ENDED_EARLY


class _Hands:
    """So many threads as are needed, up to a number; one alone works in the caller's own."""

    def __init__(self, count: int, work: Callable[[Step], Outcome]) -> None:
        self.count = count
        self.work = work
        self.under_way: dict[str, Step] = {}
        self.orders: SimpleQueue[Step | None] = SimpleQueue()
        self.ended: SimpleQueue[tuple[Step, Outcome | BaseException]] = SimpleQueue()
        self.threads = 0

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self.under_way)

    @property
    def free(self) -> bool:
        """Whether another step may begin."""
        return len(self.under_way) < self.count

    def begin(self, step: Step) -> None:
        """Take a step as soon as there is a hand."""
        self.under_way[step.id] = step
        if self.count == 1:
            self._take(step)
            return
        if self.threads < len(self.under_way):
            self.threads += 1
            # a daemon: who insists on leaving does not wait for a platform that hangs
            threading.Thread(target=self._toil, daemon=True, name=f"step {self.threads}").start()
        self.orders.put(step)

    def next(self) -> tuple[Step, Outcome | BaseException]:
        """The next step that ends, with its outcome; or with what nobody expected, to be raised."""
        while True:
            step, came = self.ended.get()
            if self.under_way.pop(step.id, None) is not None:
                return step, came

    def let_go(self) -> Iterator[Step]:
        """Nobody waits for what is under way any more."""
        under_way, self.under_way = self.under_way, {}
        yield from under_way.values()

    def dismiss(self) -> None:
        """There is nothing more to do."""
        for _ in range(self.threads):
            self.orders.put(None)

    def _toil(self) -> None:
        while (step := self.orders.get()) is not None:
            self._take(step)

    def _take(self, step: Step) -> None:
        try:
            self.ended.put((step, self.work(step)))
        except Exception as fault:
            self.ended.put((step, _fault(step, fault)))
        except BaseException as unexpected:  # raised again in the thread that waits
            self.ended.put((step, unexpected))


_WHY = {
    FENCED: "the run lost its right to write",
    UNNOTED: "the ledger cannot be written",
    ENDED_EARLY: "the platform no longer answers",
}


def _fault(step: Step, fault: Exception) -> Outcome:
    """Something that nobody foresaw must not take the report of all other steps with it."""
    detail = f"ccconf did not expect this: {type(fault).__name__}: {fault}"
    hint = "ccconf apply --resume looks at what is there; please report it with this line"
    return Outcome(step=step.id, status=Status.UNCERTAIN, code=FAULT, detail=detail, hint=hint)


def _or_raised(came: Outcome | BaseException) -> Outcome:
    if isinstance(came, BaseException):
        raise came
    return came


def _not_taken(step: Step, code: str, why: str) -> Outcome:
    return Outcome(step=step.id, status=Status.BLOCKED, code=code, detail=why)


def _cut_off(step: Step) -> Outcome:
    """Somebody insisted while a call was in flight."""
    detail = "the run was interrupted during the call"
    hint = "ccconf apply --resume looks at what is there"
    return Outcome(step=step.id, status=Status.UNCERTAIN, code=INTERRUPTED, detail=detail, hint=hint)


def _blocked(step: Step, ended: Mapping[str, Outcome]) -> Outcome | None:
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


def _unkept(plan: Plan, ended: Mapping[str, Outcome], past: Past, platform: Platform) -> dict[str, Outcome]:
    """Other outcomes for the steps that the platform said yes to and did not do, found by reading back."""
    taken = (step for step in plan.steps if step.id not in past.done)
    done = {step.ref: step.id for step in taken if ended[step.id].status is Status.DONE}
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


def _unnoted(ended: Mapping[str, Outcome], journal: Journal) -> dict[str, Outcome]:
    """The platform has it, the ledger does not: resuming, or a new plan, finds the object and notes it."""
    return {id_: _not_noted(ended[id_], error) for id_, error in journal.unnoted().items() if id_ in ended}


def _not_noted(outcome: Outcome, error: Broken) -> Outcome:
    found = error.findings[0]
    if outcome.status is not Status.DONE:
        return outcome
    fenced = found.code == FENCED  # whoever took over has looked at it, or will
    return msgspec.structs.replace(
        outcome,
        status=Status.UNCERTAIN,
        code=found.code,
        detail=f"done, but not noted: {found.message}",
        hint=found.hint if fenced else f"{found.hint}; then say ccconf apply --resume, which notes it",
    )
