"""`ccconf apply`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from ccconf.cli.agreement import Agreement
from ccconf.cli.asking import agreed, is_terminal
from ccconf.cli.clock import TIMES, seconds
from ccconf.cli.handover import HandedOver, as_data, told
from ccconf.cli.output import print_error, print_findings, print_json, print_lines
from ccconf.cli.plan import plan_code, print_plan
from ccconf.cli.planning import plan_for
from ccconf.cli.reporting import Reporting, report_options, reporting
from ccconf.cli.resume import done_before, how_far, let_arrive, offered, plan_of, to_resume, unfinished
from ccconf.cli.run import Ordered, carry_out, locked, state_of
from ccconf.cli.saved import approved, same_rules, saved_plan
from ccconf.cli.session import format_option, project_of, target_option
from ccconf.errors import Broken, CcconfError, Ending
from ccconf.ledger.lock import Lease
from ccconf.ledger.reports import Reports
from ccconf.ledger.runs import Run
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Target
from ccconf.model.kinds import KINDS
from ccconf.reconcile.outcome import Outcome, Report
from ccconf.reconcile.plan import Plan
from ccconf.report import text

_kinds = click.Choice(sorted(KINDS))


class Duration(click.ParamType[float]):
    """A time as people write it: 90, 90s, 10m, 1h."""

    name = "time"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        said = seconds(str(value))
        if said is None:
            self.fail(f"{value} is no time; {TIMES}", param, ctx)
        return said


wait_option = click.option(
    "--wait", type=Duration(), default="0", metavar="TIME", help="Wait so long for another run to end: 90s, 10m."
)


@click.command(name="apply")
@click.argument("plan_file", required=False, type=click.Path(path_type=Path))
@target_option
@click.option("--only", multiple=True, metavar="PATTERN", help="Only these objects, for instance user/agent.*")
@click.option("--accept-empty", multiple=True, type=_kinds, help="The platform really has none of these.")
@click.option("--accept-shrunk", multiple=True, type=_kinds, help="So many of these are really gone.")
@click.option("--require-id", metavar="ID", help="Carry out the plan of that id (12 letters at least), and no other.")
@click.option("--resume", is_flag=True, help="Finish the run that was cut off.")
@wait_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
@format_option("text", "json")
@report_options
@click.pass_context
def command(
    ctx: click.Context,
    plan_file: Path | None,
    target_name: str | None,
    only: tuple[str, ...],
    accept_empty: tuple[str, ...],
    accept_shrunk: tuple[str, ...],
    require_id: str | None,
    resume: bool,
    wait: float,
    yes: bool,
    format_: str,
) -> int:
    """Bring the platform to what the manifests say, or carry out a saved PLAN_FILE.

    The plan is shown first, and is asked about on a terminal. Each object is looked at once more when its turn comes;
    one that was changed meanwhile is left alone. Of two runs on one target the second waits or stops. A run that was
    cut off is offered to be finished.
    """
    project = project_of(ctx)
    selected = only or accept_empty or accept_shrunk
    if (plan_file is not None or resume) and selected:
        raise click.UsageError("a plan that was made is applied whole: --only and --accept-… belong to `ccconf plan`")
    if plan_file is not None and resume:
        raise click.UsageError("--resume knows its plan: leave out the file")
    saved = None
    if plan_file is None:
        target = project.target(target_name)
    else:
        saved, target = saved_plan(plan_file, project, target_name)
        same_rules(saved, target)
    with reporting(ctx, "apply", project, [target.name]) as reports, under_lock(target, wait) as lease:
        if saved is not None:
            approved(saved, require_id)
        standing = done_before(saved, target) if saved is not None else {}
        if saved is not None and saved.steps and len(standing) == len(saved.steps):
            return _told_again(saved, standing, format_, reports)
        agreement = Agreement()
        run = _cut_off(target, saved, resume=resume, asked=not yes and format_ == "text")
        if run is not None:
            plan = plan_of(run, target)
            print_lines([reports.line(how_far(run, plan, target), plan)], err=True)
        else:
            plan = saved or plan_for(
                target, only, accept_empty, accept_shrunk, strangers=reports.meet_others, agreed=agreement.hear
            )
        approved(plan, require_id)
        quiet = format_ == "json" or reports.masks  # progress names people
        ordered = Ordered(quiet=quiet, fresh=saved is None and run is None, resumes=run, standing=standing)
        code = decided(plan, target, ordered, lease, yes=yes, format_=format_, reports=reports)
        if code != Ending.CHANGES and agreement.fields:
            with suppress(Broken):  # what a later drift report would tell by it is told as a conflict then
                Reports(lease.ledger, target.name).agree(agreement.fields, lease.fenced)
        return code


def _told_again(plan: Plan, standing: Mapping[str, Outcome], format_: str, reports: Reporting) -> int:
    """What was done and still is so; somebody applies the plan once more, as pipelines do that are repeated."""
    report = Report(plan_id=plan.id, target=plan.target, outcomes=tuple(standing[step.id] for step in plan.steps))
    if reports.asked:
        report = reports.tell(reports.of_run(report, plan, exit_code=report.exit_code)).report or report
    if format_ == "json":
        print_json(report.as_data())
    else:
        print_lines(text.report(report))
    return report.exit_code


def _cut_off(target: Target, saved: Plan | None, *, resume: bool, asked: bool) -> Run | None:
    """The run to finish: because somebody says so, or because it was of the very plan that is to be applied."""
    if resume:
        return to_resume(target)
    run = unfinished(target)
    if run is None or (saved is not None and run.plan_id == saved.id):
        return run
    if offered(run, target, asked=asked and saved is None):
        return run
    let_arrive(run, target)
    return None


@contextmanager
def under_lock(target: Target, wait: float) -> Iterator[Lease]:
    """Nobody else writes on the target meanwhile. Raises `Broken` (CC012) where somebody does already."""
    with Ledger(target.project.ledger) as ledger, locked(target, ledger, wait) as lease:
        yield lease


def decided(
    plan: Plan, target: Target, ordered: Ordered, lease: Lease, *, yes: bool, format_: str,
    reports: Reporting | None = None,
) -> int:  # fmt: skip
    """Show the plan, ask, carry it out, and tell what became of it; the exit code."""
    shown = plan
    if reports is not None and reports.masks:
        shown = reports.shown(reports.of_plan(plan, exit_code=0)).plan or plan
    if format_ == "text":
        print_plan(shown, "text")
    if plan.refused or (plan.steps and not yes and not _agreed(shown, format_)):
        return _left(plan, shown, format_, reports)
    report, handed = carry_out(plan, target, ordered, lease)
    code: int = Ending.PARTLY if isinstance(handed, CcconfError) else report.exit_code
    said = as_data(handed)
    if reports is not None and reports.asked:
        seen = reports.tell(reports.of_run(report, plan, exit_code=code, said=said))
        report, said = seen.report or report, dict(seen.said)
    if format_ == "json":
        print_json({**report.as_data(), **said})
    elif plan.steps or plan.adopts:
        print_lines(text.report(report))
        if isinstance(handed, HandedOver):
            print_lines(reports.line(line, plan) if reports else line for line in told(handed, target))
    if format_ == "text" and state_of(report) == "interrupted":
        print_lines(["ccconf apply --resume finishes what is left of this run."], err=True)
    if isinstance(handed, CcconfError):
        print_error(type(handed)(*reports.masked_findings(handed.findings)) if reports else handed, as_json=False)
    return code


def _left(plan: Plan, shown: Plan, format_: str, reports: Reporting | None) -> int:
    """A plan that is not carried out, because a guard or a person says no."""
    code = plan_code(plan) if plan.refused else Ending.CHANGES
    if reports is not None and reports.wanted:
        reports.tell(reports.of_plan(plan, exit_code=code))
    if format_ == "json":
        from ccconf.report.sheet import unpacked  # a plan that is carried out need not wait for it

        print_findings(map(unpacked, shown.findings), plan_id=plan.id, targets=[plan.target])
    if not plan.refused:
        print_lines(["Nothing was done."], err=True)
    return code


def _agreed(plan: Plan, format_: str) -> bool:
    if format_ == "json" and is_terminal(sys.stdin):
        print_lines(text.plan(plan), err=True)  # nobody agrees to what they have not seen
    return agreed(f"Apply plan {plan.id[:12]} to {plan.target}?")
