"""Tells why Git and the platform differ: by the value that both had when they last agreed.

Objects and fields are compared as a plan compares them; what a plan would change is what is reported here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace as replace_fields
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec.structs import replace

from ccconf.findings import Location
from ccconf.model.change import KEY, PARKED_END, FieldChange
from ccconf.model.declared import Wanted
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS, REFERENCE_ORDER
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref, parse_ref
from ccconf.model.schedule import Schedule
from ccconf.platform.contract import Observed, Trace
from ccconf.platform.facts import Facts
from ccconf.reconcile.diff import RENAMED_THERE, planned
from ccconf.reconcile.diff import Difference as Compared
from ccconf.reconcile.drifted import Difference, Share, Sort, Weight
from ccconf.reconcile.needs import links_of

SHOWN = 100
"""So many objects of a kind that were never in Git are named; the others are counted."""

ROUTING = frozenset(
    {"extension", "mobile", "primary_group", "skills", "schedule", "number", "timezone", "type", "max_level",
     "language", "weekly", "breaks", "holidays", "exceptions", "lateness_minutes", "overtime_minutes"}
)  # fmt: skip
"""Fields that decide who gets which calls and chats, and when."""


_SECONDS = len("2026-11-22T10:00:00")
"""So much of a time is compared: not every platform tells smaller parts."""


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
    """By kind and the platform's ids, the fields on which both sides last agreed."""
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
    """What was found, as far as these rows tell of it: planned by itself, it puts Git's values back.

    Objects that were deleted come back with those who need them.
    """
    fields: dict[Ref, set[str]] = {}
    for row in rows:
        fields.setdefault(row.ref, set()).add(row.field)
    updates, leavers = _chosen(found.updates, fields), _chosen(found.leavers, fields)
    creates = {ref: one for ref, one in found.creates.items() if "" in fields.get(ref, ())}
    needed = [
        link
        for ref, (_, changes) in updates.items()
        for change in changes
        for link in links_of(ref.kind, change.field, change.after)
    ]
    needed += [link for ref, one in creates.items() for link in _links(ref.kind, one.resource)]
    while needed:
        ref = needed.pop()
        if ref in found.creates and ref not in creates:
            creates[ref] = found.creates[ref]
            needed += _links(ref.kind, creates[ref].resource)
    return replace_fields(
        found,
        creates=dict(sorted(creates.items())),
        updates=updates,
        leavers=leavers,
        removals={ref: one for ref, one in found.removals.items() if "" in fields.get(ref, ())},
        adopts=[],
        findings=[row for row in found.findings if row.code == "CC504" and parse_ref(row.subject) in fields],
    )


def _links(kind: str, resource: Resource) -> list[Ref]:
    return [Ref(*link) for _, link in KINDS[kind].links(resource)]


def _chosen(
    updates: Mapping[Ref, tuple[Observed, tuple[FieldChange, ...]]], fields: Mapping[Ref, set[str]]
) -> dict[Ref, tuple[Observed, tuple[FieldChange, ...]]]:
    chosen = {
        ref: (live, tuple(change for change in changes if change.field in fields.get(ref, ())))
        for ref, (live, changes) in updates.items()
    }
    return {ref: (live, changes) for ref, (live, changes) in chosen.items() if changes}


def unmanaged(found: Compared, memory: Memory) -> dict[str, int]:
    """By kind, how many objects on the platform were never in Git, whatever the next apply does with them."""
    going = [*((ref, live) for ref, (live, _) in found.leavers.items()), *found.removals.items()]
    ours = {kind: {known.native_id for known in memory.owned(kind).values()} for kind in {ref.kind for ref, _ in going}}
    counts = Counter(ref.kind for ref, live in going if live.native_id not in ours[ref.kind])
    return {kind: count for kind in sorted(found.live) if (count := found.unmanaged.get(kind, 0) + counts.get(kind, 0))}


def coverage(found: Compared, strange: Mapping[str, int]) -> dict[str, Share]:
    """By kind, how much of what is on the platform Git knows."""
    return {
        kind: Share(managed=live - strange.get(kind, 0), unmanaged=strange.get(kind, 0))
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
    differences: Sequence[Difference], trail: Iterable[Trace], own: Callable[[str], bool], since: str
) -> tuple[Difference, ...]:
    """The same, with who changed it last and when, as far as the platform's audit trail tells, the gravest first.

    `trail` is oldest first. What ccconf itself did last (`own` tells its names) was nobody else. What waits for an
    apply, and was set by somebody else `since` the last report (UTC; empty where there is none), is a conflict: its
    value may be the old one again, but not because nobody touched it.
    """
    last: dict[tuple[str, str], Trace] = {}
    for line in trail:
        for field in (*line.fields, ""):
            last[str(line.ref), field] = line
    return tuple(sorted((_told(row, last, own, since) for row in differences), key=_gravest_first))


def _told(row: Difference, last: Mapping[tuple[str, str], Trace], own: Callable[[str], bool], since: str) -> Difference:
    line = last.get((row.object, row.field))
    if line is None or own(line.actor):
        return row
    if row.sort is Sort.PENDING and row.field and since and line.at[:_SECONDS] > since[:_SECONDS]:
        says = "changed in Git, and set on the platform since the last report"
        return replace(row, sort=Sort.CONFLICT, says=says, who=line.actor, when=line.at)
    known = row.sort in (Sort.DRIFT, Sort.CONFLICT, Sort.UNMANAGED)
    return replace(row, who=line.actor, when=line.at) if known else row


def _gravest_first(row: Difference) -> tuple[int, int, int, str, str]:
    return list(Sort).index(row.sort), -row.weight.rank, REFERENCE_ORDER.index(row.ref.kind), row.object, row.field


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class _Judge:
    """Sorts what comparing found."""

    def __init__(self, found: Compared, wanted: Wanted, memory: Memory) -> None:
        self.found = found
        self.wanted = wanted
        self.memory = memory
        self.owned = {kind: memory.owned(kind) for kind in REFERENCE_ORDER}
        known = any(self.owned.values()) or bool(memory.waiting)
        self.blank = not known and bool(found.updates or found.unchanged)
        """Whether the ledger knows nothing of a platform that has some of what Git says."""
        self.levels = {row.id: row.sensitivity for row in memory.facts.catalogue.permissions} if memory.facts else {}

    def _known(self, ref: Ref, native_id: str | None = None) -> Owned | None:
        """What the ledger knows under that name, or the former one; where an id is said, only of that very object."""
        owned = self.owned[ref.kind]
        known = owned.get(ref.key) or owned.get(self.found.former.get(ref, ref.key))
        return known if known is not None and native_id in (None, known.native_id) else None

    def updates(self) -> Iterator[Difference]:
        """Objects on both sides with other values."""
        noted = self._noted()
        for ref, (live, changes) in self.found.updates.items():
            label, was = _label(live.resource), noted.get(ref, _NOTHING)
            for change in changes:
                sort, says = self._sort(ref, live, change, was)
                then = ref.key if says == RENAMED_THERE else was.get(change.field)
                yield self._row(ref, label, change, sort, says, then)

    def _noted(self) -> dict[Ref, Mapping[str, Any]]:
        """The fields on which both sides last agreed under a name, whichever object had it."""
        found: dict[Ref, Mapping[str, Any]] = {}
        for kind in REFERENCE_ORDER:
            bearers = {
                ref: self._bearers(ref, live) for ref, (live, _) in self.found.updates.items() if ref.kind == kind
            }
            if bearers:
                noted = self.memory.applied(kind, {native_id for ids in bearers.values() for native_id in ids})
                for ref, ids in bearers.items():
                    found[ref] = {name: value for one in ids for name, value in noted.get(one, _NOTHING).items()}
        return found

    def _bearers(self, ref: Ref, live: Observed) -> tuple[str, ...]:
        """The ids of the objects that had the name of one, the last one last.

        What the ledger knows of the live object under another name tells nothing of this name.
        """
        known = self._known(ref)
        if known is None or known.native_id == live.native_id:
            return (live.native_id,)
        has_another_name = any(one.native_id == live.native_id for one in self.owned[ref.kind].values())
        return (known.native_id,) if has_another_name else (known.native_id, live.native_id)

    def _sort(self, ref: Ref, live: Observed, change: FieldChange, was: Mapping[str, Any]) -> tuple[Sort, str]:
        if change.field == KEY:
            if self.found.reasons.get(ref) == RENAMED_THERE:
                return Sort.DRIFT, RENAMED_THERE
            says = "an interrupted run left it so" if live.ref.key.endswith(PARKED_END) else "renamed in Git"
            return Sort.PENDING, says
        known = self._known(ref)
        if known is not None and known.native_id == live.native_id and known.has_left:
            return Sort.PENDING, "is in Git again"
        if change.field not in was:
            if ref in self.memory.waiting:
                return Sort.PENDING, ""
            return Sort.CONFLICT, "nobody noted what both sides said before"
        anew = "it was made anew on the platform" if known is not None and known.native_id != live.native_id else ""
        then = planned(was[change.field])
        if then == change.before:
            return Sort.PENDING, anew
        if then == change.after:
            return Sort.DRIFT, anew
        return Sort.CONFLICT, f"changed on both sides{f'; {anew}' if anew else ''}"

    def missing(self) -> Iterator[Difference]:
        """Objects in Git that are not on the platform."""
        for ref, declared in self.found.creates.items():
            label, known = _label(declared.resource), self._known(ref)
            if known is not None and known.has_left:
                yield self._whole(ref, label, Sort.PENDING, "is in Git again")
            elif known is None and self.blank:
                yield self._whole(ref, label, Sort.CONFLICT, "nobody noted whether it was on the platform before")
            elif known is None:
                yield self._whole(ref, label, Sort.PENDING, "new in Git")
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
        if known is not None:
            sort, says = Sort.PENDING, "left Git, and is still on the platform"
        else:  # owns: all
            sort = Sort.UNMANAGED if self.blank else Sort.DRIFT
            says = "made on the platform; the next apply takes it away, by owns: all"
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
        fitting = [
            ignore
            for ignore in self.memory.ignores
            if row.ref.fits(ignore.pattern) and (not ignore.fields or row.field in ignore.fields)
        ]
        if not fitting:
            return row
        last = max(fitting, key=lambda ignore: ignore.until)
        if last.until >= self.memory.today:
            return replace(row, ignored=last.reason, until=last.until.isoformat())
        ended = f"ignore: ended on {last.until.isoformat()}"
        return replace(row, says=f"{row.says}; {ended}" if row.says else ended)

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
