"""A plan retold by object: the steps of one person together, in words that every format shares."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from ccconf.model.change import KEY, Create, Delete, Restore, Update
from ccconf.model.fields import FieldSpec
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.contract import Route
from ccconf.reconcile.guard import LEAVES
from ccconf.reconcile.order import field_changes
from ccconf.reconcile.plan import Counts, Plan, Step, parks
from ccconf.reconcile.split import COMPLETES
from ccconf.report.words import Phrase, phrases_of, visible

TITLES = {
    "user": "People", "group": "Groups", "role": "Roles", "skill": "Skills", "schedule": "Schedules",
    "allowlist": "Allowlists",
}  # fmt: skip


class Line(NamedTuple):
    """One field of an object, with its change in phrases."""

    field: str
    told: tuple[Phrase, ...]
    security: bool

    @property
    def phrases(self) -> tuple[str, ...]:
        """The change in words alone."""
        return tuple(phrase.text for phrase in self.told)


class Chapter(NamedTuple):
    """What happens to one object."""

    sign: str
    """`+` new or back, `~` changed, `-` leaves or is deleted."""
    ref: Ref
    label: str
    note: str
    lines: tuple[Line, ...]
    effects: tuple[str, ...] = ()
    way: str = ""
    """How it happens, where it is not by API."""

    @property
    def said(self) -> str:
        """The note and the way together."""
        return "; ".join(filter(None, (self.note, self.way)))


WAYS = {Route.FILE: "by file", Route.MANUAL: "by hand"}


def chapters(plan: Plan) -> dict[str, list[Chapter]]:
    """The chapters by kind, people first, each kind by key."""
    found: dict[str, list[Chapter]] = {}
    parked = {step.ref: step for step in plan.steps if parks(step)}
    for kind in TITLES:
        told = [
            _chapter(step, parked.get(step.ref))._replace(way=WAYS.get(step.route, ""))
            for step in plan.steps
            if step.ref.kind == kind and not parks(step)
        ]
        if told:
            found[kind] = sorted(told, key=lambda chapter: chapter.ref)
    return found


def _chapter(step: Step, first: Step | None) -> Chapter:
    """`first` is the step that parked the object, whose values before are the true ones."""
    parked = {change.field: change.before for change in field_changes(first)} if first else {}
    match step.change:
        case Create(fields=fields):
            lines = _lines(step.ref.kind, [(name, None, value) for name, value in fields.items() if name != "name"])
            return Chapter("+", step.ref, step.label, "new", lines)
        case Restore(changes=changes):
            lines = _lines(step.ref.kind, [(change.field, change.before, change.after) for change in changes])
            note = step.says or "comes back: restored with its history"
            return Chapter("+", step.ref, step.label, note, lines, step.effects)
        case Delete():
            return Chapter("-", step.ref, step.label, step.says or "deleted", ())
        case Update(changes=changes):
            told = [(change.field, parked.get(change.field, change.before), change.after) for change in changes]
            sign = "-" if step.reason == LEAVES and not step.id.startswith(COMPLETES) else "~"
            return Chapter(sign, step.ref, step.label, _note(step), _lines(step.ref.kind, told), step.effects)


def _note(step: Step) -> str:
    if step.id.startswith(COMPLETES):
        return "the rest"
    said = step.says.partition(":")[0].partition(";")[0]  # the reason of a step may be the first of its words
    return "; ".join(filter(None, ("" if step.reason == said else step.reason, step.says)))


def _lines(kind: str, told: list[tuple[str, Any, Any]]) -> tuple[Line, ...]:
    by_name = KINDS[kind].by_name
    order = {KEY: -1, **{name: number for number, name in enumerate(by_name)}}
    return tuple(
        Line(field, tuple(_phrases(by_name.get(field), before, after)), _secure(by_name.get(field)))
        for field, before, after in sorted(told, key=lambda item: order.get(item[0], 99))
    )


def _phrases(spec: FieldSpec | None, before: Any, after: Any) -> Iterator[Phrase]:
    for phrase in phrases_of(spec.shape if spec else None, before, after):
        yield phrase._replace(text=visible(phrase.text))


def _secure(spec: FieldSpec | None) -> bool:
    return spec is not None and spec.marker.security


def in_numbers(counts: Counts) -> Iterator[str]:
    """What will happen, as phrases: `2 to create`, `1 leaves`."""
    wording = (
        (counts.create, "to create"), (counts.restore, "to restore"), (counts.update, "to change"),
        (counts.rename, "to rename"), (counts.leave, "to leave"), (counts.delete, "to delete"),
    )  # fmt: skip
    return (f"{count} {what}" for count, what in wording if count)


def by_people(plan: Plan) -> Iterator[str]:
    """How many steps go by another way than the API, as phrases: `3 steps by hand`."""
    for route, way in WAYS.items():
        count = sum(step.route is route for step in plan.steps)
        if count:
            yield f"{count} step{'' if count == 1 else 's'} {way}"


def seen_by_people(plan: Plan, now: datetime | None = None) -> Iterator[str]:
    """When people last looked at what no API shows; with `now`, how long ago that is."""
    moments: dict[str, list[str]] = {}
    for kind, moment in sorted(plan.seen.items()):
        moments.setdefault(moment, []).append(KINDS[kind].plural)
    for moment, kinds in sorted(moments.items()):
        taken = datetime.fromisoformat(moment)
        yield f"{', '.join(kinds)} as seen on {taken:%Y-%m-%d %H:%M} UTC{_ago(taken, now)}"


def _ago(taken: datetime, now: datetime | None) -> str:
    if now is None:
        return ""
    days = (now - taken).days
    return " (today)" if days < 1 else f" ({days} day{'' if days == 1 else 's'} ago)"


def at_rest(counts: Counts) -> Iterator[str]:
    """What stays as it is, as phrases."""
    wording = (
        (counts.unchanged, "already as wanted"),
        (counts.left, "left earlier"),
        (counts.unmanaged, "on the platform but not in Git (left alone)"),
    )
    return (f"{count} {what}" for count, what in wording if count)
