"""`ccconf drift`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from ccconf.cli.drifting import Believed, drift_of
from ccconf.cli.notify import about_drift, look_at_addresses
from ccconf.cli.output import print_error, print_json, print_lines
from ccconf.cli.reporting import Reporting, report_options, reporting
from ccconf.cli.session import format_option, project_of, target_option
from ccconf.cli.settling import accepted, not_noted, reverted
from ccconf.errors import CcconfError, Ending
from ccconf.findings import findings_data
from ccconf.manifest.editing.edits import Into
from ccconf.manifest.project import Target
from ccconf.model.kinds import KINDS
from ccconf.reconcile.drifted import Drift, Weight
from ccconf.report.entries import Sensitivities
from ccconf.report.words import visible

NEVER = "never"

_GRAVITY = (Ending.DONE, Ending.CHANGES, Ending.PARTLY, Ending.STALE, Ending.REFUSED, Ending.BROKEN)
"""How the targets of `--all` may end, the gravest last: it is the end of the command."""

_kinds = click.Choice(sorted(KINDS))


@click.command(name="drift")
@target_option
@click.option("--all", "everywhere", is_flag=True, help="Every target of ccconf.yaml.")
@click.option(
    "--fail-on",
    type=click.Choice([*map(str, reversed(Weight)), NEVER]),
    default=str(Weight.COSMETIC),
    help="Leave with 2 only where something of that weight, or a heavier one, was changed outside.",
)
@click.option("--accept", is_flag=True, help="Write the live values into the manifests.")
@click.option(
    "--into",
    type=click.Choice([str(Into.OBJECT), str(Into.THERE)]),
    help="With --accept, a value that comes from a default or a shared file: into the object, or there for all.",
)
@click.option("--revert", is_flag=True, help="Make a plan that puts Git's values back.")
@click.option(
    "--only", multiple=True, metavar="PATTERN", help="Settle only these: user/ann, user/a.*, user/ann:position."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan of --revert for `apply`.")
@click.option("--accept-empty", multiple=True, type=_kinds, help="The platform really has none of these.")
@click.option("--accept-shrunk", multiple=True, type=_kinds, help="So many of these are really gone.")
@format_option("text", "json", "markdown")
@report_options
@click.pass_context
def command(
    ctx: click.Context,
    target_name: str | None,
    everywhere: bool,
    fail_on: str,
    accept: bool,
    into: str | None,
    revert: bool,
    only: tuple[str, ...],
    out: Path | None,
    accept_empty: tuple[str, ...],
    accept_shrunk: tuple[str, ...],
    format_: str,
) -> int:
    """Tell what is not on the platform as it is in Git, and why: changed there, changed here, or both; and by whom.

    Changes nothing on the platform. Leaves with 2 when somebody changed something outside of Git. To settle it:
    --accept writes the live values into the manifests, whose diff you review and commit; --revert makes a plan that
    puts Git's values back.
    """
    project = project_of(ctx)
    _go_together(ctx, everywhere=everywhere, target_name=target_name, accept=accept, revert=revert)
    believed = Believed(accept_empty, accept_shrunk)
    least = None if fail_on == NEVER else Weight(fail_on)
    if accept or revert:
        target = project.target(target_name)
        with reporting(ctx, "plan" if revert else "drift", project, [target.name]) as reports:
            if revert:
                return reverted(target, believed, only, out, format_, reports)
            return accepted(target, believed, only, Into(into or Into.ASK), least, format_, reports)
    names = sorted(project.form.targets) if everywhere else [project.target(target_name).name]
    look_at_addresses(project, "drift")
    with reporting(ctx, "drift", project, names) as reports:
        if not everywhere:
            end = _told(project.target(names[0]), believed, least, format_, reports)
            if format_ == "json":
                print_json(end.answer)
            return end.code
        ends = [_by_itself(project.target(name), believed, least, format_, reports.of(name)) for name in names]
    if format_ == "json":
        print_json([end.answer for end in ends])
    return max((end.code for end in ends), key=_GRAVITY.index)


def _go_together(ctx: click.Context, *, everywhere: bool, target_name: str | None, accept: bool, revert: bool) -> None:
    said = {name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if everywhere and (target_name is not None or accept or revert):
        raise click.UsageError("--all means every target: leave out -t, and settle one target at a time")
    if accept and revert:
        raise click.UsageError("--accept makes Git as the platform is, --revert the platform as Git is: say one")
    if "only" in said and not (accept or revert):
        raise click.UsageError("--only belongs to --accept and --revert")
    if ("out" in said and not revert) or ("into" in said and not accept):
        raise click.UsageError("--out belongs to --revert, --into to --accept")
    if "fail_on" in said and revert:
        raise click.UsageError("--revert makes a plan, which waits or not: leave out --fail-on")
    if accept and ctx.params["format_"] == "markdown":
        raise click.UsageError("--accept answers in text or JSON; --report markdown=PATH tells what is left")


class _End(NamedTuple):
    """How a target ended, and what is answered to programs."""

    code: int
    answer: Any


def _by_itself(target: Target, believed: Believed, least: Weight | None, format_: str, reports: Reporting) -> _End:
    """One target of all: what keeps it from being looked at is told, and keeps no other one from it."""
    try:
        with reports.whatever_comes():
            return _told(target, believed, least, format_, reports)
    except CcconfError as error:
        print_lines([f"{visible(target.name)} could not be looked at:"], err=True)
        print_error(error, as_json=False)
        findings = findings_data(reports.masked_findings(error.findings))
        return _End(error.exit_code, {"targets": [target.name], "objects": 0, "findings": findings})


def _told(target: Target, believed: Believed, least: Weight | None, format_: str, reports: Reporting) -> _End:
    """The report, printed unless programs are to have it."""
    seen = drift_of(target, believed)
    reports.meet_others(seen.others)
    code = Ending.CHANGES if least is not None and seen.drift.outside(least) else Ending.DONE
    shown_drift = seen.drift
    if reports.asked:
        told = reports.tell(reports.of_drift(seen.drift, exit_code=code, plan=seen.plan))
        shown_drift = told.drift or seen.drift
    if format_ != "json":
        _print(shown_drift, format_, reports.sensitivities(target.name))
    not_noted(seen, reports)
    about_drift(seen.drift, target)
    return _End(code, shown_drift)


def _print(drift: Drift, format_: str, known: Sensitivities) -> None:
    from ccconf.report import drift_markdown, drift_text

    markdown = format_ == "markdown"
    print_lines(drift_markdown.drift(drift, sensitivities=known) if markdown else drift_text.drift(drift, known))
