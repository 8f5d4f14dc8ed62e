"""Runs that were cut off: found in the ledger, offered, and finished."""

from __future__ import annotations

import math
import sys
import time

from ccconf.cli.asking import agreed, is_terminal
from ccconf.cli.clock import now
from ccconf.cli.output import print_lines
from ccconf.cli.saved import same_rules
from ccconf.errors import Broken, broken
from ccconf.ledger.book import Runs
from ccconf.ledger.runs import Run
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Target
from ccconf.reconcile.apply import NOT_IN_DOUBT, past_of
from ccconf.reconcile.outcome import Report, Status
from ccconf.reconcile.plan import Plan, decode


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


def carried_out(plan: Plan, target: Target) -> Report | None:
    """What became of the plan, where the last run on the target has carried it out to the last step."""
    with Ledger(target.project.ledger) as ledger:
        runs = Runs(ledger, target.name)
        last = next(iter(runs.all()), None)
        if last is None or (last.plan_id, last.state, last.exit_code) != (plan.id, "ended", 0):
            return None
        done = past_of(runs.steps(last)).done
    if any(step.id not in done for step in plan.steps):
        return None
    told = f"Run {last.number} ({_begun(last)}) has carried out this plan already; nothing was done now."
    print_lines([told, "What was changed since shows in a new plan: ccconf plan"], err=True)
    return Report(plan_id=plan.id, target=plan.target, outcomes=tuple(done[step.id] for step in plan.steps))


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
