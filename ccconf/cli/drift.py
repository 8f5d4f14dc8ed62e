"""`ccconf drift`."""

from __future__ import annotations

from pathlib import Path

import click

from ccconf.cli.drifting import Seen, chosen_by, drift_of
from ccconf.cli.notify import about_drift
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.plan import plan_code, print_plan
from ccconf.cli.session import format_option, project_of, target_option
from ccconf.files import write_whole
from ccconf.manifest.project import Target, shown
from ccconf.reconcile.drifted import Weight
from ccconf.reconcile.plan import encode

CHANGES = 2
NEVER = "never"


@click.command(name="drift")
@target_option
@click.option("--all", "everywhere", is_flag=True, help="Every target of ccconf.yaml.")
@click.option(
    "--fail-on",
    type=click.Choice([*map(str, reversed(Weight)), NEVER]),
    default=str(Weight.COSMETIC),
    help="Leave with 2 only where something of that weight, or a heavier one, was changed outside.",
)
@click.option("--revert", is_flag=True, help="Make a plan that puts Git's values back.")
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Settle only these: user/ann, user/agent.*, user/ann:position.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan of --revert for `apply`.")
@format_option("text", "json", "markdown")
@click.pass_context
def command(
    ctx: click.Context,
    target_name: str | None,
    everywhere: bool,
    fail_on: str,
    revert: bool,
    only: tuple[str, ...],
    out: Path | None,
    format_: str,
) -> int:
    """Tell what is not on the platform as it is in Git, and why: changed there, changed here, or both; and by whom.

    Changes nothing. Leaves with 2 when somebody changed something outside of Git. With --revert the answer is a plan
    that puts Git's values back, to be reviewed and applied as any other.
    """
    project = project_of(ctx)
    if everywhere and (target_name is not None or revert):
        raise click.UsageError("--all means every target: leave out -t, and settle one target at a time")
    if not revert and (only or out is not None):
        raise click.UsageError("--only and --out belong to --revert")
    if revert:
        return _reverted(project.target(target_name), only, out, format_)
    names = sorted(project.form.targets) if everywhere else [target_name]
    return max(_told(project.target(name), fail_on, format_) for name in names)


def _told(target: Target, fail_on: str, format_: str) -> int:
    seen = drift_of(target)
    about_drift(seen.drift, target)
    if format_ == "json":
        print_json(seen.drift)
    _not_noted(seen)
    return CHANGES if fail_on != NEVER and seen.drift.outside(Weight(fail_on)) else 0


def _reverted(target: Target, only: tuple[str, ...], out: Path | None, format_: str) -> int:
    seen = drift_of(target, chosen_by(only))
    print_plan(seen.plan, format_)
    if out is not None:
        write_whole(out, encode(seen.plan))
        print_lines([f"ccconf apply {shown(out)} puts Git's values back."], err=True)
    _not_noted(seen)
    return plan_code(seen.plan)


def _not_noted(seen: Seen) -> None:
    """The report is whole; only the trend, and what is known of later ones, is not."""
    for found in seen.unnoted:
        print_lines([f"This report could not be noted: {found.message}."], err=True)
    for found in seen.untold:
        print_lines([f"Who changed it is not known: {found.message}."], err=True)
