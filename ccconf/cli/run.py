"""Carrying a plan out: under the lock of its target, journalled, with what it leaves to people handed to them.

A run that was cut off is found in the ledger, and finished from there: what is done stays done, what is in doubt is
looked up, the rest is taken.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any, NamedTuple, Self

from ccconf.cli.byhand import moments, settle, too_old
from ccconf.cli.clock import now
from ccconf.cli.commit import commit_of
from ccconf.cli.handover import HandedOver, hand_over, make_room, own_change, with_later
from ccconf.cli.notify import about_run, look_at_addresses
from ccconf.cli.output import print_lines
from ccconf.cli.progress import Told
from ccconf.cli.resume import patience
from ccconf.cli.session import connected, in_words_of, person
from ccconf.errors import Broken, CcconfError, Ending, Refused
from ccconf.files import unwritable
from ccconf.ledger.book import Runs
from ccconf.ledger.handed import Desk
from ccconf.ledger.journal import Journal
from ccconf.ledger.known import stands_for
from ccconf.ledger.lock import Lease, take
from ccconf.ledger.runs import Run, State
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Target
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.contract import Acting, Platform, Route
from ccconf.reconcile.apply import AT_ONCE, ENDED_EARLY, INTERRUPTED, UNNOTED, Past, apply, owned_by, past_of
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Plan, encode
from ccconf.reconcile.turn import FENCED, Crew

CUT_OFF = frozenset({INTERRUPTED, FENCED, ENDED_EARLY, UNNOTED})
"""Codes of outcomes after which there is something to resume."""


class Ordered(NamedTuple):
    """What is asked of a run besides its plan."""

    quiet: bool
    """No progress."""
    fresh: bool = False
    """The plan was made a moment ago, so it judges what people confirmed earlier."""
    resumes: Run | None = None
    standing: Mapping[str, Outcome] = MappingProxyType({})
    """What earlier runs of the same plan did and still is so; it is not done again."""


Handed = HandedOver | CcconfError | None


def locked(target: Target, ledger: Ledger, wait: float) -> Lease:
    """The right to write on a target. Raises `Broken`: CC012 where another run has it, CC017, CC008."""
    ledger.ready()
    stands_for(ledger, target.spot, target.where("url"))
    return take(ledger, target.spot, person(), wait, lambda line: print_lines([line], err=True))


def carry_out(plan: Plan, target: Target, ordered: Ordered, lease: Lease) -> tuple[Report, Handed]:
    """Apply the plan with live progress, and hand the rest to people; what kept it from being handed, if anything did.

    Raises `Broken` before the first step where the ledger cannot note it, `Refused` (CC608) where what people saw is
    too old by now.
    """
    if stale := list(too_old(target, moments(plan.seen))):
        raise Refused(*stale)
    if plan.steps:
        look_at_addresses(target.project, "applied", "failed")
    with (
        Ledger(target.project.ledger) as ledger,
        connected(target, files=plan.files, may_write=lease.check) as connection,
    ):
        if any(step.route is not Route.API for step in plan.steps):
            make_room(target)
        report, handed = _Carried(plan, target, ordered, ledger, connection).out(lease)
    about_run(report, target, Ending.PARTLY if isinstance(handed, CcconfError) else report.exit_code)
    return report, handed


class _Carried:
    """One plan on its way."""

    def __init__(self, plan: Plan, target: Target, ordered: Ordered, ledger: Ledger, connection: Platform) -> None:
        self.plan = plan
        self.target = target
        self.ordered = ordered
        self.ledger = ledger
        self.connection = connection
        self.runs = Runs(ledger, target.name)

    def out(self, lease: Lease) -> tuple[Report, Handed]:
        """The whole way: taken, noted, handed to people."""
        if not self.plan.steps:
            return self._handed(self._adopted(lease), in_words_of(self.plan, self.connection), lease)
        run = self._begun()
        past = Past(self.ordered.standing)
        if self.ordered.resumes is not None:
            past = past_of(self.runs.steps(run), patience(self.target), now())
        done = [step.change for step in self.plan.steps if step.id in past.done]
        platform = in_words_of(self.plan, self.connection, done)
        with CtrlC() as ctrl_c, Told(self.plan, quiet=self.ordered.quiet) as progress:
            report = apply(
                self.plan,
                self._crew(platform, Journal(self.ledger, run, lease), lease),
                partial(self._adopt, lease),
                at_once=self._at_once(),
                past=past,
                told=progress,
                asked_to_stop=ctrl_c.was_pressed,
            )
        self._end(run, report, lease)
        return self._handed(report, platform, lease)

    def _begun(self) -> Run:
        if self.ordered.resumes is not None:
            self.runs.resumed(self.ordered.resumes, person())
            return self.ordered.resumes
        return self.runs.begin(
            encode(self.plan),
            self.plan.id,
            actor=person(),
            commit=commit_of(self.target.base),
            purpose="undo" if self.plan.undoes else "apply",
            undoes=self.plan.undoes,
        )

    def _end(self, run: Run, report: Report, lease: Lease) -> None:
        """Noted, where the ledger can still be written; else the next apply finds the run cut off, as it was.

        Who lost the right to write does not say how a run ended that somebody else has finished.
        """
        with suppress(Broken):
            lease.ask()
            self.runs.end(run, state_of(report), report.exit_code)

    def _at_once(self) -> int:
        """Steps side by side: a file takes one write at a time anyway."""
        return self.target.form.options.at_once or (AT_ONCE if "://" in self.target.form.url else 1)

    def _crew(self, platform: Platform, journal: Journal, lease: Lease) -> Crew:
        acting = self.connection if isinstance(self.connection, Acting) else None
        return Crew(platform, journal, acting, may_write=lease.check)

    def _adopted(self, lease: Lease) -> Report:
        """Nothing to do but to note what is live as wanted already."""
        if self.plan.adopts:
            self._adopt(lease, ((Ref(own.kind, own.key), owned_by(own)) for own in self.plan.adopts))
        return Report(plan_id=self.plan.id, target=self.plan.target, outcomes=(), adopted=len(self.plan.adopts))

    def _adopt(self, lease: Lease, ours: Iterable[tuple[Ref, Owned]]) -> None:
        self.ledger.record_all(self.target.name, ours, lease.fenced)

    def _handed(self, report: Report, platform: Platform, lease: Lease) -> tuple[Report, Handed]:
        """What is left to people. The report of what was done is not lost where that fails."""
        desk = Desk(self.ledger, self.target.name)
        try:
            lease.ask()  # who was taken for dead leaves the notes to the run that came after
            if self.ordered.fresh and not report.interrupted:
                own = [own_change(platform, step.change) for step in self.plan.steps]
                settle(self.connection, self.plan, own, desk)
            handed = hand_over(self.plan, report, self.target, platform, desk)
        except CcconfError as error:
            return report, error
        except OSError as error:
            return report, unwritable(Path(error.filename or self.target.base), error)
        return (report if handed is None else with_later(report, handed)), handed


def state_of(report: Report) -> State:
    """Whether there is something to resume."""
    cut_off = any(ended.code in CUT_OFF or ended.status is Status.UNCERTAIN for ended in report.outcomes)
    return "interrupted" if report.interrupted or cut_off else "ended"


class CtrlC:
    """The first Ctrl-C, or the end that a CI system asks for, lets calls in flight end and be noted; a second one does
    not wait."""

    def __init__(self) -> None:
        self.pressed = False
        self.before: dict[int, Any] = {}

    def was_pressed(self) -> bool:
        """Whether to take no further step."""
        return self.pressed

    def _press(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True
        with suppress(OSError):  # written past Python's streams, which the signal may have met in the middle of a line
            os.write(2, b"\nstopping: calls in flight end first; once more (Ctrl-C) does not wait for them\n")

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python allows it nowhere else
            self.before = {number: signal.signal(number, self._press) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
