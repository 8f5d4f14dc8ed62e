"""`ccconf drift`."""

from __future__ import annotations

from pathlib import Path

import click

from ccconf.cli.drifting import Believed, Seen, chosen_by, drift_of
from ccconf.cli.notify import about_drift
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.plan import plan_code, print_plan
from ccconf.cli.reporting import Reporting, report_options, reporting
from ccconf.cli.session import facts_of, format_option, judge_of, project_of, target_option
from ccconf.errors import broken
from ccconf.files import write_all, write_whole
from ccconf.manifest.editing.edits import Into
from ccconf.manifest.project import Target, shown
from ccconf.model.kinds import KINDS
from ccconf.reconcile.drifted import Drift, Weight
from ccconf.reconcile.plan import encode

CHANGES = 2
NEVER = "never"

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
    _go_together(everywhere=everywhere, target_name=target_name, accept=accept, revert=revert)
    if only and not (accept or revert):
        raise click.UsageError("--only belongs to --accept and --revert")
    if (out is not None and not revert) or (into is not None and not accept):
        raise click.UsageError("--out belongs to --revert, --into to --accept")
    believed = Believed(accept_empty, accept_shrunk)
    if accept:
        return _accepted(project.target(target_name), believed, only, Into(into or Into.ASK))
    if revert:
        return _reverted(project.target(target_name), believed, only, out, format_)
    names = sorted(project.form.targets) if everywhere else [project.target(target_name).name]
    with reporting(ctx, "drift", project, names) as reports:
        return max(_told(project.target(name), believed, fail_on, format_, reports) for name in names)


def _go_together(*, everywhere: bool, target_name: str | None, accept: bool, revert: bool) -> None:
    if everywhere and (target_name is not None or accept or revert):
        raise click.UsageError("--all means every target: leave out -t, and settle one target at a time")
    if accept and revert:
        raise click.UsageError("--accept makes Git as the platform is, --revert the platform as Git is: say one")


def _told(target: Target, believed: Believed, fail_on: str, format_: str, reports: Reporting) -> int:
    seen = drift_of(target, believed)
    about_drift(seen.drift, target)
    code = CHANGES if fail_on != NEVER and seen.drift.outside(Weight(fail_on)) else 0
    shown_drift = seen.drift
    if reports.asked:
        told = reports.tell(reports.of_drift(seen.drift, exit_code=code, plan=seen.plan))
        shown_drift = told.drift or seen.drift
    _print(shown_drift, format_)
    _not_noted(seen)
    return code


def _print(drift: Drift, format_: str) -> None:
    from ccconf.report import drift_markdown, drift_text

    if format_ == "json":
        print_json(drift)
    else:
        print_lines(drift_markdown.drift(drift) if format_ == "markdown" else drift_text.drift(drift))


def _reverted(target: Target, believed: Believed, only: tuple[str, ...], out: Path | None, format_: str) -> int:
    seen = drift_of(target, believed, chosen_by(only))
    print_plan(seen.plan, format_)
    if out is not None:
        write_whole(out, encode(seen.plan))
        print_lines([f"ccconf apply {shown(out)} puts Git's values back."], err=True)
    _not_noted(seen)
    return plan_code(seen.plan)


def _accepted(target: Target, believed: Believed, only: tuple[str, ...], into: Into) -> int:
    """The manifests say what the platform has, as far as they can; told is where, and what was refused and why."""
    from ccconf.manifest.editing.accept import accepted
    from ccconf.report import text

    seen = drift_of(target, believed, chosen_by(only), named=bool(only))
    _not_noted(seen)
    if not seen.edits:
        print_lines([_nothing_to_accept(seen.drift, only)])
        return 0
    judge = judge_of(target, facts_of(target))
    edited = accepted(target, seen.edits, into=into, declared=seen.declared, judge=judge)
    write_all({path: content.encode() for path, content in edited.files.items()}, overwrite=True)
    print_lines(f"accepted  {one}" for one in edited.written)
    print_lines(text.findings(edited.findings), err=True)
    if edited.files:
        print_lines([f"{len(edited.files)} file(s) changed: review them (git diff), and commit."])
    return 1 if edited.findings else 0


def _nothing_to_accept(drift: Drift, only: tuple[str, ...]) -> str:
    if only and not any(chosen_by(only)(row) for row in drift.differences):
        raise broken("CC011", f"--only {' '.join(only)} fits nothing that differs", "patterns look like user/agent.*")
    if not only and drift.outside():
        return "Only conflicts are left: name what to accept with --only, which overwrites what Git says."
    return "Nothing to accept."


def _not_noted(seen: Seen) -> None:
    """The report is whole; only the trend, and what is known of later ones, is not."""
    for found in seen.unnoted:
        print_lines([f"This report could not be noted: {found.message}."], err=True)
    for found in seen.untold:
        print_lines([f"Who changed it is not known: {found.message}."], err=True)
