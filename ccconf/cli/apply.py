"""`ccconf apply`."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Self

import click

from ccconf.cli.byhand import moments, settle, too_old
from ccconf.cli.handover import HandedOver, as_data, hand_over, make_room, own_change, told, with_later
from ccconf.cli.output import print_error, print_json, print_lines
from ccconf.cli.plan import CHANGES, plan_code, print_plan
from ccconf.cli.planning import plan_for
from ccconf.cli.progress import Told
from ccconf.cli.session import connected, format_option, in_words_of, project_of, target_option
from ccconf.errors import CcconfError, Refused, broken
from ccconf.files import unwritable
from ccconf.ledger.handed import Desk
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Project, Target, shown
from ccconf.model.kinds import KINDS
from ccconf.platform.contract import Route
from ccconf.reconcile.apply import apply
from ccconf.reconcile.outcome import Report
from ccconf.reconcile.plan import Plan, decode
from ccconf.report import text

PARTLY = 5


@click.command(name="apply")
@click.argument("plan_file", required=False, type=click.Path(path_type=Path))
@target_option
@click.option("--only", multiple=True, metavar="PATTERN", help="Only these objects, for instance user/agent.*")
@click.option(
    "--accept-empty", multiple=True, type=click.Choice(sorted(KINDS)), help="The platform really has none of these."
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    plan_file: Path | None,
    target_name: str | None,
    only: tuple[str, ...],
    accept_empty: tuple[str, ...],
    yes: bool,
    format_: str,
) -> int:
    """Bring the platform to what the manifests say, or carry out a saved PLAN_FILE.

    The plan is shown first, and is asked about on a terminal. Each object is looked at once more when its turn comes;
    one that was changed meanwhile is left alone.
    """
    project = project_of(ctx)
    if plan_file is not None:
        if only or accept_empty:
            raise click.UsageError("a saved plan is applied whole: --only and --accept-empty belong to `ccconf plan`")
        plan, target = _saved(plan_file, project, target_name)
    else:
        target = project.target(target_name)
        plan = plan_for(target, only, accept_empty)
    if format_ == "text":
        print_plan(plan, "text")
    if plan.refused:
        if format_ == "json":
            print_json({"plan_id": plan.id, "target": plan.target, "findings": plan.findings})
        return plan_code(plan)
    if plan.steps and not yes and not _agreed(plan, format_):
        print_lines(["Nothing was done."], err=True)
        return CHANGES
    report, handed = carry_out(plan, target, fresh=plan_file is None, quiet=format_ == "json")
    if format_ == "json":
        print_json({**report.as_data(), **as_data(handed)})
    elif plan.steps or plan.adopts:
        print_lines(text.report(report))
        if isinstance(handed, HandedOver):
            print_lines(told(handed, target))
    if isinstance(handed, CcconfError):
        print_error(handed, as_json=False)
        return PARTLY
    return report.exit_code


def _saved(path: Path, project: Project, target_name: str | None) -> tuple[Plan, Target]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise broken("CC001", f"cannot read {shown(path)}: {reason}", "check the path of the plan") from error
    plan = decode(raw, shown(path))
    if target_name is not None and target_name != plan.target:
        raise broken("CC010", f"the plan is for {plan.target}, not for {target_name}", "make a plan for it")
    target = project.target(plan.target)
    if target.form.platform != plan.platform:
        raise broken("CC010", f"the plan is for the platform {plan.platform}", "make a new plan")
    if target.form.url != plan.url:
        raise broken("CC010", f"the plan is for {plan.url}, the target is at {target.form.url}", "make a new plan")
    return plan, target


def _agreed(plan: Plan, format_: str) -> bool:
    if not sys.stdin.isatty():
        raise broken("CC704", "there is nobody to ask here, and --yes was not said", "say --yes")
    if format_ == "json":
        print_lines(text.plan(plan), err=True)  # nobody agrees to what they have not seen
    return click.confirm(f"Apply plan {plan.id[:12]} to {plan.target}?", default=False, err=True)


def carry_out(
    plan: Plan, target: Target, *, fresh: bool, quiet: bool
) -> tuple[Report, HandedOver | CcconfError | None]:
    """Apply the plan with live progress, and hand the rest to people; what kept it from being handed, if anything did.

    Only a `fresh` plan, made a moment ago, judges what people confirmed earlier.

    Raises `Broken` before the first step where the ledger cannot note it, `Refused` (CC608) where what people saw is
    too old by now.
    """
    if stale := list(too_old(target, moments(plan.seen))):
        raise Refused(*stale)
    with connected(target, files=plan.files) as connection, Ledger(target.project.ledger) as ledger:
        platform = in_words_of(plan, connection)
        if plan.steps or plan.adopts:
            ledger.ready()
        if any(step.route is not Route.API for step in plan.steps):
            make_room(target)
        with CtrlC() as ctrl_c, Told(plan, quiet=quiet) as progress:
            report = apply(plan, platform, ledger, progress, ctrl_c.was_pressed)
        desk = Desk(ledger, target.name)
        try:
            if fresh and not report.interrupted:
                settle(connection, plan, [own_change(platform, step.change) for step in plan.steps], desk)
            handed = hand_over(plan, report, target, platform, desk)
        except CcconfError as error:  # the report of what was done must not be lost with it
            return report, error
        except OSError as error:
            return report, unwritable(Path(error.filename or target.base), error)
        return (report if handed is None else with_later(report, handed)), handed


class CtrlC:
    """The first Ctrl-C lets the call in flight end and be noted; a second one does not wait."""

    def __init__(self) -> None:
        self.pressed = False
        self.before: Any = None

    def was_pressed(self) -> bool:
        """Whether to take no further step."""
        return self.pressed

    def _press(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python allows it nowhere else
            self.before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)
