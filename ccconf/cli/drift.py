"""`ccconf drift`."""

from __future__ import annotations

import click

from ccconf.cli.drifting import drift_of
from ccconf.cli.output import print_json
from ccconf.cli.session import format_option, project_of, target_option
from ccconf.manifest.project import Target
from ccconf.reconcile.drifted import Weight

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
@format_option("text", "json", "markdown")
@click.pass_context
def command(ctx: click.Context, target_name: str | None, everywhere: bool, fail_on: str, format_: str) -> int:
    """Tell what is not on the platform as it is in Git, and why: changed there, changed here, or both; and by whom.

    Changes nothing. Leaves with 2 when somebody changed something outside of Git.
    """
    project = project_of(ctx)
    if everywhere and target_name is not None:
        raise click.UsageError("--all means every target: leave out -t")
    targets = (
        [project.target(name) for name in sorted(project.form.targets)] if everywhere else [project.target(target_name)]
    )
    return max(_told(target, fail_on, format_) for target in targets)


def _told(target: Target, fail_on: str, format_: str) -> int:
    seen = drift_of(target)
    if format_ == "json":
        print_json(seen.drift)
    return CHANGES if fail_on != NEVER and seen.drift.outside(Weight(fail_on)) else 0
