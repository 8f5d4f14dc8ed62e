"""Runs that were cut off: found in the ledger, offered, and finished."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from itertools import takewhile

from ccconf.cli.asking import agreed, is_terminal
from ccconf.cli.clock import now
from ccconf.cli.output import print_lines
from ccconf.cli.saved import same_rules
from ccconf.cli.session import connected, in_words_of
from ccconf.errors import Broken, broken
from ccconf.ledger.book import Runs
from ccconf.ledger.runs import Run
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Target
from ccconf.reconcile.apply import NOT_IN_DOUBT, past_of
from ccconf.reconcile.outcome import Outcome, Status
from ccconf.reconcile.plan import Plan, decode
from ccconf.reconcile.standing import still_done


def unfinished(target: Target) -> Run | None:
    """The run of a target that was cut off and in whose place nothing has come since."""
    with Ledger(target.project.ledger) as ledger:
        return Runs(ledger, target.name).unfinished()


def to_resume(target: Target) -> Run:
    """The same. Raises `Broken` (CC014) where there is none."""
    run = unfinished(target)
    if run is None:
        raise broken("CC014", f"no run on {target.name} was cut off", "ccconf plan shows what is to be done")
    return run


def done_before(plan: Plan, target: Target) -> dict[str, Outcome]:
    """The steps that the last runs on the target, all of this very plan, have taken and that still are so; it is told.

    The id of a plan says what it does, and not when: where somebody has put everything back since, it is the same once
    more, and there is something to do. So nobody is told of a success without a look at the platform.
    """
    with Ledger(target.project.ledger) as ledger:
        runs = Runs(ledger, target.name)
        same = list(takewhile(lambda run: (run.plan_id, run.state) == (plan.id, "ended"), runs.all()))
        done = {id_: one for run in reversed(same) for id_, one in past_of(runs.steps(run)).done.items()}
    if not done:
        return {}
    with connected(target, files=plan.files) as connection:
        standing = still_done(plan, done, lambda made, said: in_words_of(plan, connection, made, said))
    print_lines(_told_of(same[0], plan, len(done), len(standing)), err=True)
    return standing


def _told_of(run: Run, plan: Plan, done: int, stands: int) -> Iterator[str]:
    if stands == len(plan.steps):
        yield f"Run {run.number} ({_begun(run)}) has carried out this plan already; nothing was done now."
        yield "All that it changed still is so. What else was changed since shows in a new plan: ccconf plan"
        return
    total = f"{len(plan.steps)} step{'' if len(plan.steps) == 1 else 's'}"
    yield f"Run {run.number} ({_begun(run)}) was of this plan: of {total} {done} done, of which {stands} still so."
    yield "What still is so is not done again; the rest is, where the platform is as the plan saw it."


def plan_of(run: Run, target: Target) -> Plan:
    """What the run was to do. Raises `Broken` (CC018)."""
    plan = decode(run.plan, f"the plan of run {run.number}")
    same_rules(plan, target)
    return plan


def how_far(run: Run, plan: Plan, target: Target) -> str:
    """One line on how far the run came."""
    with Ledger(target.project.ledger) as ledger:
        steps = Runs(ledger, target.name).steps(run)
    done = sum(row.status == Status.DONE for row in steps.values())
    doubtful = sum(bool(row.intended) and row.status not in NOT_IN_DOUBT for row in steps.values())
    doubts = f", {doubtful} begun and in doubt" if doubtful else ""
    return f"Run {run.number} ({_begun(run)}) was cut off: {done} of {len(plan.steps)} steps done{doubts}."


def _begun(run: Run) -> str:
    return f"{run.begun[:16].replace('T', ' ')} UTC by {run.actor}"


def offered(run: Run, target: Target, *, asked: bool) -> bool:
    """Whether somebody on the terminal wants the run finished; else it is only told of.

    `asked` is whether anybody is to be asked at all.
    """
    try:
        print_lines([how_far(run, plan_of(run, target), target)], err=True)
    except Broken as error:
        found = error.findings[0]
        print_lines([f"Run {run.number} was cut off and cannot be finished: {found.message}."], err=True)
        return False
    if asked and is_terminal(sys.stdin) and agreed("Finish it now? (No: a new plan is made.)"):
        return True
    print_lines(["Another plan takes its place; `ccconf apply --resume` would finish it instead."], err=True)
    return False


def patience(target: Target) -> float:
    """Seconds for which a lost call may still arrive: nothing travels to a file."""
    return target.form.options.timeout if "://" in target.form.url else 0.0


def let_arrive(run: Run | None, target: Target) -> None:
    """Wait until no call of a run that was cut off can arrive any more, so that a new plan sees what it made."""
    if run is None:
        return
    with Ledger(target.project.ledger) as ledger:
        steps = Runs(ledger, target.name).steps(run)
    open_ = {id_: row for id_, row in steps.items() if row.status in ("", Status.UNCERTAIN)}
    doubts = past_of(open_, patience(target), now()).doubts.values()
    rest = max((doubt.until for doubt in doubts), default=0.0) - time.monotonic()
    if rest > 0:
        print_lines([f"Its last calls may still arrive: the new plan is made in {math.ceil(rest)} s."], err=True)
        time.sleep(rest)
