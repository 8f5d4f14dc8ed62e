"""Making a drift report of a target: what a plan sees, told by why it differs; and what the ledger keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from ccconf.cli.accepting import edits_of
from ccconf.cli.agreement import Agreement
from ccconf.cli.clock import now
from ccconf.cli.planning import Looked, looked_at
from ccconf.cli.session import facts_of
from ccconf.errors import Broken, CcconfError, broken
from ccconf.findings import Finding
from ccconf.ledger.handed import Desk
from ccconf.ledger.reports import Reports
from ccconf.manifest.compose import Declarations
from ccconf.manifest.editing.edits import Edit
from ccconf.manifest.project import Target
from ccconf.model.change import KEY
from ccconf.model.refs import Ref, parse_ref
from ccconf.platform.contract import Audited
from ccconf.reconcile.diff import Other
from ccconf.reconcile.drift import Ignore, Memory, coverage, differences, part_of, placed, told_by, unmanaged
from ccconf.reconcile.drifted import Difference, Drift, Moment, counted
from ccconf.reconcile.plan import Plan

TREND = 30
"""So many reports make the trend."""

OWN = "ccconf ("
"""So begins the name under which ccconf itself acts."""


class Seen(NamedTuple):
    """A drift report, what would settle it, and what could not be noted."""

    drift: Drift
    plan: Plan
    """It puts Git's values back, where they are chosen; else it is Git's whole plan."""
    edits: tuple[Edit, ...]
    """They make Git say what the platform has, where that is chosen."""
    declared: Declarations
    unnoted: tuple[Finding, ...] = ()
    untold: tuple[Finding, ...] = ()
    """Why the platform's audit trail could not be asked."""
    others: tuple[Other, ...] = ()
    """Who is on the platform and not in Git, of whom a report names a part only."""


Choice = Callable[[Difference], bool]
"""Which of what was changed outside of Git is meant."""


def chosen_by(patterns: tuple[str, ...]) -> Choice:
    """Objects as `user/ann` or `user/agent.*`, one of their fields as `user/ann:position`; all where none is said."""
    pairs = [pattern.partition(":") for pattern in patterns]

    def chosen(row: Difference) -> bool:
        return not pairs or any(row.ref.fits(name) and field in ("", row.field) for name, _, field in pairs)

    return chosen


class Believed(NamedTuple):
    """Kinds of which the platform really has none, or really has lost many; such a read is refused else."""

    empty: tuple[str, ...] = ()
    shrunk: tuple[str, ...] = ()


USUAL = Believed()


def drift_of(target: Target, believed: Believed = USUAL, choice: Choice | None = None, *, named: bool = False) -> Seen:
    """Look at the platform, tell what differs and why, and note it in the ledger for the trend.

    With a `choice`, the plan puts back what was changed outside of Git and is chosen, and the edits accept it. `named`
    is whether somebody named what they chose.

    Raises as a plan does. Where the ledger cannot be written, the report is made all the same and says so.
    """
    agreement = Agreement()
    ignores = tuple(_ignores(target))
    then = partial(_seen, target=target, ignores=ignores, agreement=agreement, choice=choice, named=named)
    return looked_at(target, (), *believed, then, agreement.hear)


def _seen(
    looked: Looked,
    *,
    target: Target,
    ignores: tuple[Ignore, ...],
    agreement: Agreement,
    choice: Choice | None,
    named: bool,
) -> Seen:
    at = now()
    reports = Reports(looked.ledger, target.name)
    memory = Memory(
        owned=looked.owned,
        applied=reports.applied,
        waiting=frozenset(_waiting(Desk(looked.ledger, target.name))),
        ignores=ignores,
        facts=facts_of(target),
        today=at.date(),
    )
    rows = differences(looked.found, looked.wanted, memory)
    places = looked.declared.places((row.ref, row.field or None) for row in rows)
    shown_from_base = {one: where._replace(path=_from(target.base, where.path)) for one, where in places.items()}
    earlier = tuple(msgspec.convert(row, Moment) for row in reports.latest(TREND - 1))
    rows, untold = _with_trail(looked, placed(rows, shown_from_base), earlier[-1].at if earlier else "")
    sorts, weights = counted(rows)
    strange = unmanaged(looked.found, memory)
    sorts["unmanaged"] = sum(strange.values())
    moment = Moment(at=f"{at:%Y-%m-%dT%H:%M:%SZ}", sorts=sorts, weights=weights, seats=looked.found.seats_taken)
    drift = Drift(
        target=target.name,
        platform=target.form.platform,
        url=target.form.url,
        at=moment.at,
        differences=rows,
        unmanaged=strange,
        coverage=coverage(looked.found, strange),
        seats=moment.seats,
        seats_bought=target.form.licence.seats,
        plan_id=looked.plan.id,
        trend=(*earlier, moment),
    )
    plan: Plan = looked.plan
    edits: tuple[Edit, ...] = ()
    if choice is not None:
        edits = tuple(edits_of(rows, choice, looked.platform.lookup, named=named))
        outside = [row for row in drift.outside() if choice(row)]
        plan = looked.planned(part_of(looked.found, outside))
    counts = {name: value for name, value in msgspec.to_builtins(moment).items() if name != "at"}
    try:
        reports.add(moment.at, counts, agreement.fields)
    except Broken as error:
        return Seen(drift, plan, edits, looked.declared, error.findings, untold, tuple(looked.found.others))
    return Seen(drift, plan, edits, looked.declared, (), untold, tuple(looked.found.others))


def _from(base: Path, path: str) -> str:
    """A path as it is written from the project's folder."""
    import os

    return Path(os.path.relpath(path, base)).as_posix()


def _waiting(desk: Desk) -> Iterator[Ref]:
    """What people were asked to do and have not confirmed."""
    return (parse_ref(row.step.partition(" ")[2]) for row in desk.asked() if row.at is None)


def _with_trail(
    looked: Looked, rows: tuple[Difference, ...], since: str
) -> tuple[tuple[Difference, ...], tuple[Finding, ...]]:
    """Who changed it, where the platform remembers; and why nobody knows, where it could not be asked."""
    if not rows or not isinstance(looked.platform, Audited):
        return rows, ()
    asked = {row.ref for row in rows}
    asked |= {Ref(row.ref.kind, str(row.live)) for row in rows if row.field == KEY}
    try:
        return told_by(rows, looked.platform.traces(asked), lambda actor: actor.startswith(OWN), since), ()
    except CcconfError as error:
        return rows, error.findings


def _ignores(target: Target) -> Iterator[Ignore]:
    """What ccconf.yaml says to pass over. Raises `Broken` (CC202) for a day that there is not."""
    for index, form in enumerate(target.form.ignore):
        where = target.where("ignore", index, "until")
        try:
            until = date.fromisoformat(form.until)
        except ValueError as error:
            raise broken("CC202", f"{form.until} is no day", "write for instance 2026-12-31", where) from error
        yield Ignore(form.objects, form.fields, form.reason, until, where)
