"""`ccconf plan`."""

from __future__ import annotations

from pathlib import Path

import click

from ccconf.cli.clock import now
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.planning import plan_for
from ccconf.cli.session import format_option, project_of, target_option
from ccconf.codes import Severity
from ccconf.files import write_whole
from ccconf.model.kinds import KINDS
from ccconf.reconcile.plan import Plan, encode
from ccconf.report import markdown, text

CHANGES = 2
REFUSED = 3
BROKEN = 1


@click.command(name="plan")
@target_option
@click.option("--only", multiple=True, metavar="PATTERN", help="Only these objects, for instance user/agent.*")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for `apply`.")
@click.option(
    "--accept-empty", multiple=True, type=click.Choice(sorted(KINDS)), help="The platform really has none of these."
)
@format_option("text", "json", "markdown")
@click.pass_context
def command(
    ctx: click.Context,
    target_name: str | None,
    only: tuple[str, ...],
    out: Path | None,
    accept_empty: tuple[str, ...],
    format_: str,
) -> int:
    """Show what would change on the platform, in which order, and why. Changes nothing.

    Leaves with 0 when there is nothing to do, 2 when changes are waiting, 3 when a guard refuses the plan.
    """
    plan = plan_for(project_of(ctx).target(target_name), only, accept_empty)
    if out is not None:
        write_whole(out, encode(plan))
    print_plan(plan, format_)
    return plan_code(plan)


def print_plan(plan: Plan, format_: str) -> None:
    """The plan in the format asked for."""
    if format_ == "json":
        print_json(plan)
    elif format_ == "markdown":
        print_lines(markdown.plan(plan))
    else:
        print_lines(text.plan(plan, now() if plan.seen else None))


def plan_code(plan: Plan) -> int:
    """The exit code: a guard's refusal, another error, changes, or nothing."""
    codes = {found.code for found in plan.findings if found.severity is Severity.ERROR}
    if any(code.startswith("CC6") for code in codes):
        return REFUSED
    if codes:
        return BROKEN
    return CHANGES if plan.steps else 0
