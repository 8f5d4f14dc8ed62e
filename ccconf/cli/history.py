"""`ccconf history`: what was done, when, by whom, and from which commit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC

import click

from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import format_option, project_of, target_option
from ccconf.errors import Broken, broken
from ccconf.findings import did_you_mean
from ccconf.ledger import glance
from ccconf.ledger.book import Runs
from ccconf.ledger.handed import Asked, Desk
from ccconf.ledger.runs import Run
from ccconf.ledger.store import Ledger
from ccconf.ledger.times import written
from ccconf.manifest.project import Project
from ccconf.model.change import KEY, PARKED_END, Change, FieldChange
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref, parse_ref
from ccconf.reconcile.plan import Plan, Step, decode, field_changes
from ccconf.report import history
from ccconf.report.history import Entry, RunTold

SHOWN = 20
"""So many runs are told of unless said otherwise."""


@click.command(name="history")
@click.argument("what", required=False, metavar="[RUN|OBJECT]")
@target_option
@click.option("--all", "everywhere", is_flag=True, help="On all targets.")
@click.option("--limit", type=click.IntRange(min=1), default=SHOWN, show_default=True, help="So many runs at most.")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context, what: str | None, target_name: str | None, everywhere: bool, limit: int, format_: str
) -> int:
    """List the runs on a target; with the number of a RUN its steps and what they changed; with an OBJECT, such as
    user/ann, everything that ccconf and people on its behalf ever did to it.
    """
    if everywhere and target_name is not None:
        raise click.UsageError("-t and --all exclude each other")
    project = project_of(ctx)
    with Ledger(project.ledger) as ledger:
        if what is not None and what.isdecimal():
            return _one_run(ledger, _targets(project, ledger, target_name, everywhere=everywhere), int(what), format_)
        named = None if what is None else _object(what)
        names = _targets(project, ledger, target_name, everywhere=everywhere)
        if named is None:
            return _list(ledger, names, limit, format_)
        return _life(ledger, names, named, format_)


def _targets(project: Project, ledger: Ledger, name: str | None, *, everywhere: bool) -> list[str]:
    """Those that are meant; with --all also those that only the ledger still knows."""
    if everywhere:
        return sorted({*project.form.targets, *glance.targets(ledger)})
    return [project.target(name).name]


def _object(text: str) -> Ref:
    name = parse_ref(text)
    if name.kind not in KINDS or not name.key:
        hint = did_you_mean(name.kind, KINDS) if "/" in text else "known: numbers of runs, and objects such as user/ann"
        raise broken("CC011", f"{text} is neither the number of a run nor an object", hint)
    return name


def _list(ledger: Ledger, names: list[str], limit: int, format_: str) -> int:
    told = {name: list(_runs(ledger, name, limit)) for name in names}
    if format_ == "json":
        print_json(history.Runs(runs=tuple(row.answer for rows in told.values() for row in rows)))
        return 0
    for name, rows in told.items():
        print_lines(history.runs(name, rows, len(Runs(ledger, name).all()) - len(rows)))
    return 0


def _runs(ledger: Ledger, target: str, limit: int) -> Iterator[RunTold]:
    runs = Runs(ledger, target).all()[:limit]
    counted = glance.counts(ledger, [run.number for run in runs])
    yield from (_told(ledger, run, counted[run.number]) for run in runs)


def _told(ledger: Ledger, run: Run, counted: dict[str, int]) -> RunTold:
    held_by = glance.holder(ledger, run.target) if run.state == "running" else ""
    left = Runs(ledger, run.target).unfinished() if run.state in ("running", "interrupted") else None
    return RunTold(run, counted, held_by, left is not None and left.number == run.number and not held_by)


def _one_run(ledger: Ledger, targets: list[str], number: int, format_: str) -> int:
    """The steps of one run. Raises `Broken` (CC016)."""
    found = [target for target in targets if any(run.number == number for run in Runs(ledger, target).all())]
    runs = Runs(ledger, found[0] if found else targets[0])
    run = runs.run(number)
    told, steps = _told(ledger, run, glance.counts(ledger, [number])[number]), runs.steps(run)
    plan = _plan(run)
    if format_ == "text":
        print_lines(history.run(told, plan, steps))
        return 0
    print_json(told.whole(plan, steps))
    return 0


def _plan(run: Run) -> Plan | None:
    """The plan of a run; None where it is lost, or of another version of ccconf."""
    try:
        return decode(run.plan, f"the plan of run {run.number}")
    except Broken:
        return None


def _life(ledger: Ledger, targets: list[str], name: Ref, format_: str) -> int:
    entries = sorted(
        (entry for target in targets for entry in _Life(ledger, target, name).entries()), key=lambda row: row.at
    )
    if format_ == "json":
        print_json(history.Life(object=str(name), entries=tuple(entry.answer for entry in entries)))
    else:
        print_lines(history.life(name, entries, targets=len(targets) > 1))
    return 0


class _Life:
    """Everything that is noted of one object on one target, also under the names that it had before."""

    def __init__(self, ledger: Ledger, target: str, name: Ref) -> None:
        self.ledger = ledger
        self.target = target
        self.kind = name.kind
        self.names = {name.key}

    def entries(self) -> Iterator[Entry]:
        """In no order. The runs come first, newest first: they tell the earlier names."""
        runs = Runs(self.ledger, self.target)
        for brief in runs.all():
            run = runs.run(brief.number)
            if any(self._stands_in(key, run.plan) for key in self.names) and (plan := _plan(run)) is not None:
                yield from self._of_run(run, plan)
        desk = Desk(self.ledger, self.target)
        yield from (self._confirmed(row) for row in desk.history() if self._is_meant(row.step.partition(" ")[2]))
        for act in desk.acts():
            if self._is_meant(act.person):
                yield Entry(act.at, act.actor, self.target, act.act, act.outcome, kind=self.kind)

    def _stands_in(self, key: str, plan: bytes) -> bool:
        """Whether it is worth reading the plan: most plans are about others."""
        return json.dumps(key, ensure_ascii=False)[1:-1].encode() in plan

    def _is_meant(self, name: str) -> bool:
        return parse_ref(name) in {Ref(self.kind, key) for key in self.names}

    def _of_run(self, run: Run, plan: Plan) -> Iterator[Entry]:
        steps = [step for step in plan.steps if step.ref.kind == self.kind and self._keys(step) & self.names]
        if not steps:
            return
        known = Runs(self.ledger, self.target).steps(run)
        for step in steps:
            if step.id in known:
                ended = history.outcome_of(known[step.id])
                said = ": ".join(filter(None, (str(ended.status), ended.detail)))
                at = known[step.id].ended or known[step.id].intended
                yield Entry(
                    at, run.actor, self.target, step.id, said, run.number, run.plan_id, run.commit, self.kind,
                    field_changes(step),
                )  # fmt: skip
        self.names |= {key for step in steps if step.ref.key in self.names for key in self._keys(step)}

    def _keys(self, step: Step) -> set[str]:
        """The names that the object has before and after the step."""
        renames = [change for change in field_changes(step) if change.field == KEY]
        keys = [step.ref.key, *(key for change in renames for key in (change.before, change.after) if key)]
        return {key.removesuffix(PARKED_END) for key in keys}

    def _confirmed(self, row: Asked) -> Entry:
        at = written(row.at.astimezone(UTC)) if row.at else ""
        typed = f" (typed by {row.noted_by})" if row.noted_by not in ("", row.by) else ""
        said = f"done by hand, {row.outcome or 'not looked at yet'}"
        return Entry(
            at, f"{row.by}{typed}", self.target, row.step, said, plan_id=row.plan_id, kind=self.kind,
            changes=_changes(row.change),
        )  # fmt: skip


def _changes(change: Change) -> tuple[FieldChange, ...]:
    return field_changes(Step(id="", change=change))
