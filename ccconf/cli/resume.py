"""Runs that were cut off: found in the ledger, offered, and finished."""

from __future__ import annotations

import sys

import click

from ccconf.cli.output import print_lines
from ccconf.errors import broken
from ccconf.ledger.book import Runs
from ccconf.ledger.runs import Run
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Target
from ccconf.reconcile.outcome import Status
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


def plan_of(run: Run, target: Target) -> Plan:
    """What the run was to do. Raises `Broken` (CC014) where the target is another by now."""
    plan = decode(run.plan, f"the plan of run {run.number}")
    if (plan.platform, plan.url) != (target.form.platform, target.form.url):
        message = f"run {run.number} was on {plan.platform} at {plan.url or 'no address'}, {target.name} is another now"
        raise broken("CC014", message, "make a new plan", target.where("platform"))
    return plan


def how_far(run: Run, plan: Plan, target: Target) -> str:
    """One line on how far the run came."""
    with Ledger(target.project.ledger) as ledger:
        steps = Runs(ledger, target.name).steps(run)
    done = sum(row.status == Status.DONE for row in steps.values())
    doubtful = sum(bool(row.intended) and row.status != Status.DONE for row in steps.values())
    doubts = f", {doubtful} begun and in doubt" if doubtful else ""
    begun = f"{run.begun[:16].replace('T', ' ')} UTC by {run.actor}"
    return f"Run {run.number} ({begun}) was cut off: {done} of {len(plan.steps)} steps done{doubts}."


def offered(target: Target, *, asked: bool) -> Run | None:
    """A run that was cut off, where somebody on the terminal wants it finished; else it is only told of.

    `asked` is whether anybody is to be asked at all.
    """
    run = unfinished(target)
    if run is None:
        return None
    print_lines([how_far(run, plan_of(run, target), target)], err=True)
    if asked and sys.stdin.isatty() and click.confirm("Finish it now? (No: a new plan is made.)", err=True):
        return run
    print_lines(["A new plan takes its place; `ccconf apply --resume` would finish it instead."], err=True)
    return None
