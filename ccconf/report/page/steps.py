"""The steps of a plan as entries: each object with its fields before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from ccconf.model.change import KEY, Create, Delete, Restore, Update
from ccconf.model.fields import FieldSpec
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.facts import Route
from ccconf.reconcile.plan import Plan, Step, field_changes, parks
from ccconf.report.page.differing import Differing, before_and_after, differing
from ccconf.report.page.view import SECURITY, Entry, Mark, Row, Section, Tone
from ccconf.report.story import TITLES, Chapter, chapters
from ccconf.report.words import visible

COLUMNS = ("Field", "Before", "After")


class Change(NamedTuple):
    """One field of a step, with where its values differ."""

    field: str
    spec: FieldSpec | None
    before: Any
    after: Any
    found: Differing

    @property
    def security(self) -> bool:
        """Whether it changes who may do, hear or reach what."""
        return self.spec is not None and self.spec.marker.security


class Told(NamedTuple):
    """One step with its chapter of the story."""

    step: Step
    ref: Ref
    act: str
    """What happens to the object, as a word of `ACTS`."""
    chapter: Chapter
    changes: tuple[Change, ...]

    @property
    def security(self) -> bool:
        """Whether it changes who may do, hear or reach what."""
        return self.step.risk == "high"


ACTS = {
    "new": Mark("new", Tone.GOOD, "+"),
    "back": Mark("comes back", Tone.GOOD, "+"),
    "changed": Mark("changed", Tone.CALM, "~"),
    "renamed": Mark("renamed", Tone.CALM, "~"),
    "leaves": Mark("leaves", Tone.CAUTION, "−"),
    "gone": Mark("deleted", Tone.CAUTION, "−"),
}
"""What can happen to an object, in the order in which it is counted."""


def told(plan: Plan) -> list[Told]:
    """The steps in the order of the story, each with its chapter; people first, each kind by key."""
    parked = {step.ref: step for step in plan.steps if parks(step)}
    by_kind: dict[str, list[tuple[Ref, Step]]] = {}
    for step in plan.steps:
        if not parks(step):
            by_kind.setdefault(step.change.kind, []).append((step.ref, step))
    return [
        Told(step, ref, _act(step, chapter), chapter, tuple(_changes(step, parked.get(ref))))
        for kind, stories in chapters(plan).items()
        for (ref, step), chapter in zip(sorted(by_kind[kind], key=itemgetter(0)), stories, strict=True)
    ]


def _act(step: Step, chapter: Chapter) -> str:
    match step.change:
        case Create():
            return "new"
        case Restore():
            return "back"
        case Delete(kind=kind):
            return "leaves" if kind == "user" else "gone"
        case Update(changes=changes):
            renamed = any(change.field == KEY for change in changes)
            return "leaves" if chapter.sign == "-" else "renamed" if renamed else "changed"


def _changes(step: Step, first: Step | None) -> Iterator[Change]:
    """The fields in the order of the model; `first` parked the object, and has the true values before."""
    by_name = KINDS[step.change.kind].by_name
    known = {change.field: change.before for change in field_changes(first)} if first is not None else {}
    order = _order(step.change.kind)
    for row in sorted(field_changes(step), key=lambda row: order.get(row.field, len(order))):
        before = known.get(row.field, row.before)
        if before == row.after or _needs_no_row(step, row.field, before or row.after):
            continue
        spec = by_name.get(row.field)
        yield Change(row.field, spec, before, row.after, differing(spec, (before, row.after)))


@cache
def _order(kind: str) -> Mapping[str, int]:
    """The fields of a kind as they stand on paper, the key first."""
    return {name: place for place, name in enumerate((KEY, *KINDS[kind].by_name))}


def _needs_no_row(step: Step, field: str, value: Any) -> bool:
    """Of an object that comes or goes: its name, which is the heading, and what is empty."""
    return isinstance(step.change, Create | Delete) and (field in (KEY, "name") or value in (None, {}, [], ""))


def sections(
    steps: Iterable[Told], more: Callable[[Told], tuple[tuple[Mark, ...], tuple[str, ...], tuple[str, ...], int]]
) -> tuple[Section, ...]:
    """The entries by kind, the urgent first, then what touches security, then by key.

    `more` gives the marks, notes, tokens and urgency that are not the plan's own.
    """
    by_kind: dict[str, list[Entry]] = {}
    for step in steps:
        by_kind.setdefault(step.ref.kind, []).append(_entry(step, *more(step)))
    return tuple(
        Section(kind, TITLES[kind], COLUMNS, tuple(sorted(by_kind[kind], key=lambda entry: -entry.urgency)))
        for kind in TITLES
        if kind in by_kind
    )


def nothing_more(step: Told) -> tuple[tuple[Mark, ...], tuple[str, ...], tuple[str, ...], int]:
    """For `sections` of a plan alone."""
    return (), (), (), 0


def _entry(told: Told, marks: tuple[Mark, ...], notes: tuple[str, ...], tokens: tuple[str, ...], urgency: int) -> Entry:
    ref, chapter = told.ref, told.chapter
    secure = (SECURITY,) if told.security else ()
    way = (Mark(chapter.way, Tone.CAUTION),) if chapter.way else ()
    note = "" if chapter.note in ("new", "deleted") else chapter.note
    effects = (*(f"then {visible(effect)}" for effect in chapter.effects), *_reaches_further(told))
    return Entry(
        name=visible(str(ref)),
        label=visible(chapter.label) if chapter.label != ref.key else "",
        act=ACTS[told.act],
        marks=(*secure, *way, *marks),
        notes=(*((visible(note),) if note else ()), *effects, *notes),
        rows=tuple(map(_row, told.changes)),
        tokens=(f"kind-{ref.kind}", f"act-{told.act}", f"way-{told.step.route}", *tokens, *_security(told)),
        urgency=2 * urgency + told.security,
    )


def _security(told: Told) -> tuple[str, ...]:
    return ("security",) if told.security else ()


def _row(change: Change) -> Row:
    return Row(
        field=visible(change.field),
        cells=before_and_after(change.found, change.before, change.after),
        same=change.found.same,
        marks=(SECURITY,) if change.security else (),
    )


_FURTHER = {
    "role": "everybody who has this role is affected",
    "group": "every member of the group is affected",
    "allowlist": "everybody who signs in by it is affected",
}


def _reaches_further(told: Told) -> tuple[str, ...]:
    """What a change of one object means for others, who are not in the plan themselves."""
    further = isinstance(told.step.change, Update | Delete) and told.security and told.ref.kind in _FURTHER
    return (_FURTHER[told.ref.kind],) if further else ()


WAYS: Mapping[Route, str] = {Route.API: "by API", Route.FILE: "by file", Route.MANUAL: "by hand"}
"""How a step happens."""
