"""`ccconf plan`."""

from __future__ import annotations

from pathlib import Path

import click

from ccconf.cli.clock import now
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.planning import plan_for
from ccconf.cli.reporting import Reporting, report_options, reporting
from ccconf.cli.saved import saved_plan
from ccconf.cli.session import format_option, project_of, target_option
from ccconf.codes import Severity
from ccconf.errors import Ending
from ccconf.files import write_whole
from ccconf.model.kinds import KINDS
from ccconf.reconcile.plan import Plan, encode
from ccconf.reconcile.rebase import Rebase, rebase
from ccconf.report import markdown, text
from ccconf.report.entries import NOT_KNOWN, Sensitivities


@click.command(name="plan")
@target_option
@click.option("--only", multiple=True, metavar="PATTERN", help="Only these objects, for instance user/agent.*")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for `apply`.")
@click.option(
    "--accept-empty", multiple=True, type=click.Choice(sorted(KINDS)), help="The platform really has none of these."
)
@click.option(
    "--accept-shrunk",
    multiple=True,
    type=click.Choice(sorted(KINDS)),
    help="The platform really lost so many of these.",
)
@click.option(
    "--rebase",
    "approved_file",
    metavar="PLAN_FILE",
    type=click.Path(path_type=Path),
    help="Make an approved plan anew, and show only what is different.",
)
@format_option("text", "json", "markdown")
@report_options
@click.pass_context
def command(
    ctx: click.Context,
    target_name: str | None,
    only: tuple[str, ...],
    out: Path | None,
    accept_empty: tuple[str, ...],
    accept_shrunk: tuple[str, ...],
    approved_file: Path | None,
    format_: str,
) -> int:
    """Show what would change on the platform, in which order, and why. Changes nothing.

    Leaves with 0 when there is nothing to do, 2 when changes are waiting, 3 when a guard refuses the plan. With
    --rebase: 0 when nothing differs from the approved plan, 2 when something came on top of it, 4 when steps of it are
    gone or changed.
    """
    project = project_of(ctx)
    if approved_file is None:
        target = project.target(target_name)
        with reporting(ctx, "plan", project, [target.name]) as reports:
            plan = plan_for(target, only, accept_empty, accept_shrunk, strangers=reports.meet_others)
            _save(plan, out)
            known = reports.sensitivities(target.name) if format_ == "markdown" else NOT_KNOWN
            print_plan(_told(plan, reports, plan_code(plan)), format_, known)
        return plan_code(plan)
    if only:
        raise click.UsageError("--rebase looks at what the approved plan was made for: leave out --only")
    approved, target = saved_plan(approved_file, project, target_name)
    with reporting(ctx, "plan", project, [target.name]) as reports:
        if reports.masks:
            raise click.UsageError("--rebase compares what people approved, which has no pseudonyms: leave out --mask")
        plan = plan_for(target, approved.selection, accept_empty, accept_shrunk)
        _save(plan, out)
        found = rebase(approved, plan)
        code = _rebase_code(found, plan)
        _told(plan, reports, code)
    _print_rebase(found, format_)
    return code


def _told(plan: Plan, reports: Reporting, code: int) -> Plan:
    """The plan as it may be shown, once its reports are written."""
    return (reports.asked and reports.tell(reports.of_plan(plan, exit_code=code)).plan) or plan


def _save(plan: Plan, out: Path | None) -> None:
    if out is not None:
        write_whole(out, encode(plan))


def _print_rebase(found: Rebase, format_: str) -> None:
    from ccconf.report import rebase as report  # other plans need not wait for it

    if format_ == "json":
        print_json(found)
    else:
        print_lines(report.markdown(found) if format_ == "markdown" else report.text(found))


def _rebase_code(found: Rebase, plan: Plan) -> int:
    """A plan that is refused by now is; else what the approval is still worth."""
    if plan.refused:
        return plan_code(plan)
    if found.stale:
        return Ending.STALE
    return Ending.DONE if found.nothing else Ending.CHANGES


def print_plan(plan: Plan, format_: str, sensitivities: Sensitivities = NOT_KNOWN) -> None:
    """The plan in the format asked for."""
    if format_ == "json":
        print_json(plan)
    elif format_ == "markdown":
        print_lines(markdown.plan(plan, sensitivities=sensitivities))
    else:
        print_lines(text.plan(plan, now() if plan.seen else None))


def plan_code(plan: Plan) -> int:
    """The exit code: a guard's refusal, another error, changes, or nothing."""
    codes = {found.code for found in plan.findings if found.severity is Severity.ERROR}
    if any(code.startswith("CC6") for code in codes):
        return Ending.REFUSED
    if codes:
        return Ending.BROKEN
    return Ending.CHANGES if plan.steps else Ending.DONE
