"""`ccconf undo`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import click

from ccconf.cli.apply import decided, under_lock, wait_option
from ccconf.cli.byhand import BY_PEOPLE, in_words, owned_by_now, too_old
from ccconf.cli.output import print_lines
from ccconf.cli.plan import plan_code, print_plan
from ccconf.cli.planning import Progress, policy_of
from ccconf.cli.resume import let_arrive, unfinished
from ccconf.cli.run import Ordered
from ccconf.cli.saved import rules_of
from ccconf.cli.session import NamesOf, connected, format_option, project_of, target_option
from ccconf.cli.sparing import would_go_over
from ccconf.errors import Broken, Ending, broken
from ccconf.files import write_whole
from ccconf.ledger.book import Runs
from ccconf.ledger.handed import NOT_THERE, Desk
from ccconf.ledger.known import same_platform
from ccconf.ledger.runs import Run
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Target
from ccconf.platform.byhand import ByHand
from ccconf.platform.contract import Operation, Platform
from ccconf.platform.discovery import find
from ccconf.platform.names import Named, Names
from ccconf.reconcile.plan import Plan, decode, encode
from ccconf.reconcile.planner import Request
from ccconf.reconcile.touched import Came, what_came
from ccconf.reconcile.undo import Under, undo_plan

DONE = (Ending.DONE, Ending.WAITING)
"""Exit codes of an undo after which there is nothing more to undo: all done, or people's steps waiting."""


class Past(NamedTuple):
    """A run, what it was to do, and what of that it did."""

    run: Run
    plan: Plan
    came: Mapping[str, Came]


@click.command(name="undo")
@click.argument("number", metavar="[RUN]", required=False, type=click.IntRange(min=1))
@target_option
@click.option("--only", multiple=True, metavar="PATTERN", help="Only these objects, for instance user/agent.*")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Only save the plan, for `apply`.")
@wait_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
@format_option("text", "json", "markdown")
@click.pass_context
def command(
    ctx: click.Context,
    number: int | None,
    target_name: str | None,
    only: tuple[str, ...],
    out: Path | None,
    wait: float,
    yes: bool,
    format_: str,
) -> int:
    """Put every managed field back that a RUN changed: the last one that is not undone, unless a number is said.

    An ordinary plan is made and shown, and with your agreement applied as a run of its own. What was changed again
    since is left alone; what cannot be put back is said. Git still says what the run did: revert the commit, too.
    """
    target = project_of(ctx).target(target_name)
    if out is not None:
        if ours := [*would_go_over(target.project, [out])]:
            raise Broken(*ours)
        plan = _found(target, number, only)
        write_whole(out, encode(plan))
        print_plan(plan, format_)
        return plan_code(plan)
    if format_ == "markdown":
        raise click.UsageError("--format markdown shows a plan for review: save it with --out")
    with under_lock(target, wait) as lease:
        let_arrive(unfinished(target), target)
        ordered = Ordered(quiet=format_ == "json")
        return decided(_found(target, number, only), target, ordered, lease, yes=yes, format_=format_)


def _found(target: Target, number: int | None, only: tuple[str, ...]) -> Plan:
    """The way back; where nothing of the last run is left to be put back, how to name an earlier one is told."""
    past = _past(target, number)
    plan = _plan(target, past, only)
    if number is None and not plan.steps and not only:
        told = f"Of run {past.run.number} nothing is left to put back. Earlier ones, by ccconf history: ccconf undo RUN"
        print_lines([told], err=True)
    return plan


def _past(target: Target, number: int | None) -> Past:
    """The run that is meant. Raises `Broken`: CC016 where there is none, CC017 where it was on another platform."""
    with Ledger(target.project.ledger) as ledger:
        same_platform(ledger, target.spot, target.where("url"))
        runs, desk = Runs(ledger, target.name), Desk(ledger, target.name)
        return _latest(runs, desk, target) if number is None else _told_of(runs.run(number), runs, desk)


def _told_of(run: Run, runs: Runs, desk: Desk) -> Past:
    plan = decode(run.plan, f"the plan of run {run.number}")
    by_people = {row.step for row in desk.history() if row.plan_id == plan.id and row.outcome != NOT_THERE}
    return Past(run, plan, what_came(plan, runs.steps(run), by_people))


def _latest(runs: Runs, desk: Desk, target: Target) -> Past:
    """The last apply that did something and is not undone. An undo is undone only where its number is said."""
    undone: set[int] = set()
    for run in runs.all():
        if run.number in undone:
            continue
        if run.purpose == "undo":
            if run.state == "ended" and run.exit_code in DONE and not _of_some(runs.run(run.number)):
                undone.add(run.undoes)
            continue
        past = _told_of(runs.run(run.number), runs, desk)
        if past.came:
            return past
    raise broken(
        "CC016", f"no run on {target.name} is left to be undone", "ccconf history shows the runs that there are"
    )


def _of_some(run: Run) -> bool:
    """Whether an undo was of selected objects only, so that something of its run is left."""
    return bool(decode(run.plan, f"the plan of run {run.number}").selection)


def _plan(target: Target, past: Past, only: tuple[str, ...]) -> Plan:
    """Observe, see what is still as the run left it, plan the way back."""
    with (
        Progress(f"Reading {target.name} ({target.form.platform})") as progress,
        connected(target) as connection,
        Ledger(target.project.ledger) as ledger,
    ):
        seen = _seen_by_people(connection, past.plan)
        under, names = _in_the_words_of_then(connection, target, ledger, past.plan)
        request = Request(
            target=target.name,
            platform_name=target.form.platform,
            url=target.form.url,
            files=_at_hand(target.base, past.plan.files),
            only=only,
            findings=tuple(too_old(target, seen)),
            names=names,
            rules=rules_of(target),
            seen=in_words(seen),
        )
        owned = owned_by_now(connection, target, ledger)
        return undo_plan(*past, request, under, owned, policy_of(target), progress.seen)


def _in_the_words_of_then(platform: Platform, target: Target, ledger: Ledger, plan: Plan) -> tuple[Under, NamesOf]:
    """The platform under the names that the run used, and that the ledger remembers of it."""
    facts = find(target.form.platform, target.where("platform")).facts
    if not facts.recognised_by:
        return lambda said: platform, lambda changes: {}
    names = Names(facts, plan.names, lambda kind: ledger.owned(target.name, kind))
    return lambda said: Named(platform, names, said), names.needed_by


def _seen_by_people(platform: Platform, plan: Plan) -> dict[str, datetime]:
    """When people last looked at what of the run's kinds no API shows."""
    if not isinstance(platform, ByHand):
        return {}
    known = platform.record.snapshot.kinds
    return {
        kind: known[kind].taken
        for kind in {step.ref.kind for step in plan.steps}
        if kind in known
        and (platform.support(kind, Operation.READ).route in BY_PEOPLE or kind in platform.facts.unseen)
    }


def _at_hand(base: Path, files: Mapping[str, str]) -> dict[str, str]:
    """The run's files by what is in them now: a reverted commit has brought the earlier pictures back."""
    found: dict[str, str] = {}
    for path in sorted(set(files.values())):
        try:
            found[f"sha256:{hashlib.sha256((base / path).read_bytes()).hexdigest()}"] = path
        except OSError:
            continue  # what is not there cannot be put back, and the plan says so
    return found
