"""Tells why Git and the platform differ: by the value that both had when they last agreed.

Objects and fields are compared as a plan compares them; what a plan would change is what is reported here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace as replace_fields
from datetime import date
from typing import Any, NamedTuple

from msgspec.structs import replace

from ccconf.findings import Location
from ccconf.model.change import KEY, PARKED_END, FieldChange
from ccconf.model.declared import Wanted
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS, REFERENCE_ORDER
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.model.schedule import Schedule
from ccconf.platform.contract import Observed, Trace
from ccconf.platform.facts import Facts
from ccconf.reconcile.diff import RENAMED_THERE, planned
from ccconf.reconcile.diff import Difference as Compared
from ccconf.reconcile.drifted import Difference, Share, Sort, Weight

SHOWN = 100
"""So many objects of a kind that were never in Git are named; the others are counted."""

ROUTING = frozenset(
    {"extension", "primary_group", "skills", "schedule", "number", "timezone", "type", "max_level", "language",
     "weekly", "breaks", "holidays", "exceptions", "lateness_minutes", "overtime_minutes"}
)  # fmt: skip
"""Fields that decide who gets which calls and chats, and when."""


class Ignore(NamedTuple):
    """Something that is passed over, with a reason, until a day."""

    pattern: str
    """Of objects: user/agent.*"""
    fields: tuple[str, ...]
    """Empty: every field."""
    reason: str
    until: date
    """The last day."""
    where: Location


class Memory(NamedTuple):
    """What is known besides Git and the platform."""

    owned: Callable[[str], Mapping[str, Owned]]
    """By kind, what ccconf once applied."""
    applied: Callable[[str, Collection[str]], Mapping[str, Mapping[str, Any]]]
    """By kind and keys, the fields on which both sides last agreed."""
    waiting: frozenset[Ref] = frozenset()
    """What people were asked to do and have not confirmed."""
    ignores: tuple[Ignore, ...] = ()
    facts: Facts | None = None
    today: date = date.min


def differences(found: Compared, wanted: Wanted, memory: Memory) -> tuple[Difference, ...]:
    """Everything on which Git and the platform differ, the gravest first. Nobody is told yet who it was."""
    judge = _Judge(found, wanted, memory)
    rows = [*judge.updates(), *judge.missing(), *judge.leaving(), *judge.strangers(), *judge.expired()]
    return tuple(sorted((judge.passed_over(row) for row in rows), key=_gravest_first))


def part_of(found: Compared, rows: Sequence[Difference]) -> Compared:
    """What was found, as far as these rows tell of it: planned by itself, it puts Git's values back."""
    fields: dict[Ref, set[str]] = {}
    for row in rows:
        fields.setdefault(row.ref, set()).add(row.field)
    return replace_fields(
        found,
        creates={ref: one for ref, one in found.creates.items() if "" in fields.get(ref, ())},
        updates=_chosen(found.updates, fields),
        leavers=_chosen(found.leavers, fields),
        removals={ref: one for ref, one in found.removals.items() if "" in fields.get(ref, ())},
        adopts=[],
        findings=[],
    )


def _chosen(
    updates: Mapping[Ref, tuple[Observed, tuple[FieldChange, ...]]], fields: Mapping[Ref, set[str]]
) -> dict[Ref, tuple[Observed, tuple[FieldChange, ...]]]:
    chosen = {
        ref: (live, tuple(change for change in changes if change.field in fields.get(ref, ())))
        for ref, (live, changes) in updates.items()
    }
    return {ref: (live, changes) for ref, (live, changes) in chosen.items() if changes}


def coverage(found: Compared) -> dict[str, Share]:
    """By kind, how much of what is on the platform Git knows."""
    return {
        kind: Share(managed=live - found.unmanaged.get(kind, 0), unmanaged=found.unmanaged.get(kind, 0))
        for kind, live in sorted(found.live.items())
        if live
    }


def placed(
    differences: Sequence[Difference], places: Mapping[tuple[Ref, str | None], Location]
) -> tuple[Difference, ...]:
    """The same, each with its place in Git, where it has one."""
    return tuple(
        replace(row, file=where.path, line=where.line, column=where.column)
        if (where := places.get((row.ref, row.field or None)))
        else row
        for row in differences
    )


def told_by(
    differences: Sequence[Difference], trail: Iterable[Trace], own: Callable[[str], bool]
) -> tuple[Difference, ...]:
    """The same, with who changed it last and when, as far as the platform's audit trail tells.

    `trail` is oldest first. What ccconf itself did last (`own` tells its names) was nobody else.
    """
    last: dict[tuple[str, str], Trace] = {}
    for line in trail:
        for field in (*line.fields, ""):
            last[str(line.ref), field] = line
    return tuple(_told(row, last, own) for row in differences)


def _told(row: Difference, last: Mapping[tuple[str, str], Trace], own: Callable[[str], bool]) -> Difference:
    line = last.get((row.object, row.field)) if row.sort in (Sort.DRIFT, Sort.CONFLICT, Sort.UNMANAGED) else None
    if line is None or own(line.actor):
        return row
    return replace(row, who=line.actor, when=line.at)


def _gravest_first(row: Difference) -> tuple[int, int, int, str, str]:
    return list(Sort).index(row.sort), -row.weight.rank, REFERENCE_ORDER.index(row.ref.kind), row.object, row.field


class _Judge:
    """Sorts what comparing found."""

    def __init__(self, found: Compared, wanted: Wanted, memory: Memory) -> None:
        self.found = found
        self.wanted = wanted
        self.memory = memory
        self.owned = {kind: memory.owned(kind) for kind in REFERENCE_ORDER}
        self.levels = {row.id: row.sensitivity for row in memory.facts.catalogue.permissions} if memory.facts else {}

    def _known(self, ref: Ref, native_id: str | None = None) -> Owned | None:
        """What the ledger knows under that name; where an id is said, only of that very object."""
        known = self.owned[ref.kind].get(ref.key)
        return known if known is not None and native_id in (None, known.native_id) else None

    def updates(self) -> Iterator[Difference]:
        """Objects on both sides with other values."""
        noted = self._noted()
        for ref, (live, changes) in self.found.updates.items():
            known = self._known(ref, live.native_id) or self._known(live.ref, live.native_id)
            was = noted.get(ref, {})
            label = _label(live.resource)
            for change in changes:
                sort, says = self._sort(ref, live, change, known, was)
                then = ref.key if says == RENAMED_THERE else was.get(change.field)
                yield self._row(ref, label, change, sort, says, then)

    def _noted(self) -> dict[Ref, Mapping[str, Any]]:
        """The fields on which both sides last agreed, by the object's name in Git."""
        found: dict[Ref, Mapping[str, Any]] = {}
        for kind in REFERENCE_ORDER:
            names = {
                self.found.former.get(ref, ref.key) if self._known(ref) is None else ref.key: ref
                for ref in self.found.updates
                if ref.kind == kind
            }
            if names:
                found |= {names[key]: fields for key, fields in self.memory.applied(kind, names).items()}
        return found

    def _sort(
        self, ref: Ref, live: Observed, change: FieldChange, known: Owned | None, was: Mapping[str, Any]
    ) -> tuple[Sort, str]:
        if change.field == KEY:
            if self.found.reasons.get(ref) == RENAMED_THERE:
                return Sort.DRIFT, RENAMED_THERE
            says = "an interrupted run left it so" if live.ref.key.endswith(PARKED_END) else "renamed in Git"
            return Sort.PENDING, says
        if known is None:
            return Sort.PENDING, "not taken over yet"
        if known.has_left:
            return Sort.PENDING, "is in Git again"
        if change.field not in was:
            return Sort.CONFLICT, "nobody noted what both sides said before"
        then = planned(was[change.field])
        if then == change.before:
            return Sort.PENDING, ""
        return (Sort.DRIFT, "") if then == change.after else (Sort.CONFLICT, "changed on both sides")

    def missing(self) -> Iterator[Difference]:
        """Objects in Git that are not on the platform."""
        for ref, declared in self.found.creates.items():
            label, known = _label(declared.resource), self._known(ref)
            if known is None or known.has_left:
                yield self._whole(ref, label, Sort.PENDING, "is in Git again" if known else "new in Git")
            else:
                again = "; it can be restored" if ref in self.found.returning else ""
                yield self._whole(ref, label, Sort.DRIFT, f"deleted on the platform{again}")

    def leaving(self) -> Iterator[Difference]:
        """Objects that Git does not have any more, and that are still on the platform."""
        for ref, (live, changes) in self.found.leavers.items():
            known = self._known(ref, live.native_id)
            if known is not None and known.has_left:
                label = _label(live.resource)
                for change in changes:
                    yield self._row(ref, label, change, Sort.DRIFT, "left Git, and was changed since", change.after)
            else:
                yield self._leaves(live, known)
        for ref, live in self.found.removals.items():
            yield self._leaves(live, self._known(ref, live.native_id))

    def _leaves(self, live: Observed, known: Owned | None) -> Difference:
        sort, says = (Sort.UNMANAGED, "goes with the next apply, by owns: all")
        if known is not None:
            sort, says = Sort.PENDING, "left Git, and is still on the platform"
        return self._whole(live.ref, _label(live.resource), sort, says)

    def strangers(self) -> Iterator[Difference]:
        """Objects that never were in Git, as many as a person reads."""
        named = dict.fromkeys(REFERENCE_ORDER, 0)
        for other in sorted(self.found.others):
            if named[other.ref.kind] < SHOWN:
                named[other.ref.kind] += 1
                yield self._whole(other.ref, other.label, Sort.UNMANAGED, "")

    def expired(self) -> Iterator[Difference]:
        """Holidays and exceptions that are over and will never come back."""
        for key in sorted(self.wanted.keys("schedule")):
            ref = Ref("schedule", key)
            declared = self.wanted.get(ref)
            if declared is not None and isinstance(declared.resource, Schedule):
                for field in ("holidays", "exceptions"):
                    for day in getattr(declared.resource, field) or ():
                        last = day.until or day.date
                        if len(last) == len("2026-12-24") and date.fromisoformat(last) < self.memory.today:
                            called = f" ({day.name})" if day.name else ""
                            yield self._at(ref, "", field, Sort.EXPIRED, f"{last}{called} is over; take it out of Git")

    def passed_over(self, row: Difference) -> Difference:
        """The same, with the reason where somebody said to ignore it; and said where that has ended."""
        for ignore in self.memory.ignores:
            if row.ref.fits(ignore.pattern) and (not ignore.fields or row.field in ignore.fields):
                if ignore.until >= self.memory.today:
                    return replace(row, ignored=ignore.reason, until=ignore.until.isoformat())
                ended = f"ignore: ended on {ignore.until.isoformat()}"
                return replace(row, says=f"{row.says}; {ended}" if row.says else ended)
        return row

    def _row(self, ref: Ref, label: str, change: FieldChange, sort: Sort, says: str, applied: Any) -> Difference:
        row = self._at(ref, label, change.field, sort, says)
        weight = self._weight(ref, change)
        return replace(row, weight=weight, applied=planned(applied), live=change.before, wanted=change.after)

    def _whole(self, ref: Ref, label: str, sort: Sort, says: str) -> Difference:
        return self._at(ref, label, "", sort, says)

    def _at(self, ref: Ref, label: str, field: str, sort: Sort, says: str) -> Difference:
        if sort is Sort.PENDING and ref in self.memory.waiting:
            sort = Sort.WAITING
        return Difference(
            object=str(ref),
            label=label,
            field=field,
            sort=sort,
            weight=Weight.COSMETIC if sort is Sort.EXPIRED else _WHOLE.get(ref.kind, Weight.SECURITY),
            says=says,
        )

    def _weight(self, ref: Ref, change: FieldChange) -> Weight:
        if change.field in ("permissions", "rights") and ref.kind in ("role", "group") and self.levels:
            levels = {self.levels.get(name, "high") for name in _names_in(change)}
            return Weight.ROUTING if levels == {"low"} else Weight.SECURITY
        spec = KINDS[ref.kind].by_name.get(change.field)
        if spec is None or spec.marker.security or change.field == "email":  # a key, or where a password is sent
            return Weight.SECURITY
        return Weight.ROUTING if change.field in ROUTING else Weight.COSMETIC


_WHOLE = {"skill": Weight.ROUTING, "schedule": Weight.ROUTING}
"""What it means that an object is there on one side only; else it is about who may do what."""


def _names_in(change: FieldChange) -> set[str]:
    """The permissions whose level differs."""
    before, after = change.before or {}, change.after or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return {""}
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    inner = [value for side in (before, after) for name, value in side.items() if name in names]
    return {name for value in inner if isinstance(value, dict) for name in value} or names


def _label(resource: Resource) -> str:
    name = getattr(resource, "name", None)
    return name if isinstance(name, str) else ""
