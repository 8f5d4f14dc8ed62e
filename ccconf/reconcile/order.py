"""Puts changes in an order in which every one of them is possible when its turn comes.

Each step names the steps it needs: what creates the objects it refers to, what releases the object it deletes, what
gives up the name or address it takes. Two people who swap names need a third name for a moment: such a circle is
broken by parking one of them.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import Any

import msgspec

from ccconf.model.change import KEY, PARKED_END, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import KINDS, rank
from ccconf.model.refs import Ref
from ccconf.reconcile.plan import Step

NONE: Mapping[str, str] = MappingProxyType({})

Slot = tuple[str, str, str]
"""A unique value: kind, field and case-folded value."""


def ordered(
    steps: Iterable[Step],
    *,
    seats_left: int | None = None,
    within: Mapping[str, str] = NONE,
    naming: Mapping[str, str] = NONE,
    mentions: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> tuple[Step, ...]:
    """The steps with their needs, in an order that respects them.

    `seats_left` is the pool before the first step, `within` the kinds whose objects are parts of another kind's,
    `naming` by kind the field by which the platform names an object, which only one may have, `mentions` by kind the
    fields whose text is such a name.
    """
    sorted_steps = sorted(steps, key=_preference)
    parked = _park_circles(sorted_steps, naming)
    needs: dict[str, set[str]] = {step.id: set(step.needs) for step in parked}
    _need_references(parked, needs)
    _need_wholes(parked, needs, within)
    _need_mentioned(parked, needs, naming, mentions)
    _need_slots(parked, needs, naming)
    _need_seats(parked, needs, seats_left)
    return _in_turn(parked, needs)


def _preference(step: Step) -> tuple[bool, int, str, str]:
    """Among what is possible: makers before deleters, what is referred to before what refers, then by key."""
    going = isinstance(step.change, Delete)
    return going, -rank(step.ref.kind) if going else rank(step.ref.kind), step.ref.key, step.id


def field_changes(step: Step) -> tuple[FieldChange, ...]:
    """The changes of a step, a creation as changes from nothing, a deletion as changes to nothing."""
    match step.change:
        case Create(fields=fields, key=key):
            return (
                FieldChange(field=KEY, after=key),
                *(FieldChange(field=name, after=value) for name, value in fields.items()),
            )
        case Delete(fields=fields, key=key):
            return (
                FieldChange(field=KEY, before=key),
                *(FieldChange(field=name, before=value) for name, value in fields.items()),
            )
        case Update(changes=changes) | Restore(changes=changes):
            return changes


def _links(kind: str, field: str, value: Any) -> set[Ref]:
    """The references in a planned value."""
    spec = KINDS[kind].by_name.get(field)
    if value is None or spec is None or not spec.shape.links_to():
        return set()
    return {Ref(*link) for link in spec.shape.links(value)}


def _need_references(steps: Sequence[Step], needs: dict[str, set[str]]) -> None:
    makers = _makers(steps)
    removers = {step.ref: step.id for step in steps if isinstance(step.change, Delete)}
    for step in steps:
        for change in field_changes(step):
            for ref in _links(step.ref.kind, change.field, change.after):
                if ref in makers and makers[ref] != step.id:
                    needs[step.id].add(makers[ref])
            if removers:
                released = _links(step.ref.kind, change.field, change.before)
                for ref in released - _links(step.ref.kind, change.field, change.after):
                    if ref in removers:
                        needs[removers[ref]].add(step.id)


def _need_mentioned(
    steps: Iterable[Step],
    needs: dict[str, set[str]],
    naming: Mapping[str, str],
    mentions: Mapping[str, Mapping[str, str]],
) -> None:
    """What is mentioned by its name is made first."""
    if not mentions:
        return
    made = {
        (step.ref.kind, str(step.change.fields.get(naming.get(step.ref.kind, ""), step.ref.key))): step.id
        for step in steps
        if isinstance(step.change, Create)
    }
    for step in steps:
        fields = mentions.get(step.ref.kind, {})
        for row in field_changes(step):
            maker = made.get((fields.get(row.field, ""), str(row.after)))
            if maker is not None:
                needs[step.id].add(maker)


def _need_wholes(steps: Sequence[Step], needs: dict[str, set[str]], within: Mapping[str, str]) -> None:
    """A part comes after its whole, and goes before it."""
    makers = _makers(steps) if within else {}
    removers = {step.ref: step.id for step in steps if isinstance(step.change, Delete)} if within else {}
    for step in steps:
        whole = Ref(within.get(step.ref.kind, ""), step.ref.key)
        if isinstance(step.change, Delete):
            if whole in removers:
                needs[removers[whole]].add(step.id)
        elif whole in makers:
            needs[step.id].add(makers[whole])


def _makers(steps: Sequence[Step]) -> dict[Ref, str]:
    """What brings an object to its key: its creation, its restoration, or the last rename to it."""
    return {
        step.ref: step.id
        for step in steps
        if isinstance(step.change, Create | Restore)
        or any(change.field == KEY and change.after == step.ref.key for change in field_changes(step))
    }


def _slots(step: Step, naming: Mapping[str, str]) -> Iterator[tuple[FieldChange, Slot | None, Slot | None]]:
    """Each unique value that a step gives up and takes."""
    kind = KINDS[step.ref.kind]
    for change in field_changes(step):
        if change.field in (KEY, naming.get(kind.name)) or change.field in kind.unique:
            # a parked key is nobody else's: leaving it frees nothing, going there takes nothing
            gives = _is_slot(change.before) and not isinstance(step.change, Restore)  # who is gone holds nothing
            before = (kind.name, change.field, _folded(change, change.before)) if gives else None
            after = (kind.name, change.field, _folded(change, change.after)) if _is_slot(change.after) else None
            yield change, before, after


def _is_slot(value: Any) -> bool:
    return value is not None and not value.endswith(PARKED_END)


def _folded(change: FieldChange, value: str) -> str:
    return value if change.field == KEY else value.casefold()


def freed_slots(steps: Iterable[Step], naming: Mapping[str, str] = NONE) -> dict[Slot, str]:
    """Which step gives up which unique value."""
    return {
        before: step.id for step in steps for _, before, after in _slots(step, naming) if before and before != after
    }


def taken_slots(steps: Iterable[Step], naming: Mapping[str, str] = NONE) -> Iterator[tuple[Step, Slot]]:
    """Which step takes which unique value."""
    return ((step, after) for step in steps for _, before, after in _slots(step, naming) if after and before != after)


def _need_slots(steps: Sequence[Step], needs: dict[str, set[str]], naming: Mapping[str, str]) -> None:
    freed = freed_slots(steps, naming)
    for step, slot in taken_slots(steps, naming):
        giver = freed.get(slot)
        if giver is not None and giver != step.id:
            needs[step.id].add(giver)


def seats_taken(steps: Iterable[Step]) -> int:
    """How many more seats are taken when all steps are done; negative where some are given back."""
    return sum(seat(step) for step in steps)


def _need_seats(steps: Sequence[Step], needs: dict[str, set[str]], seats_left: int | None) -> None:
    """When the pool runs out, the next who sits down waits for one who stands up."""
    if seats_left is None:
        return
    takers = [step for step in steps if seat(step) > 0]
    givers = [step for step in steps if seat(step) < 0]
    for taker, giver in zip(takers[max(seats_left, 0) :], givers, strict=False):
        if giver.id != taker.id and not _reaches(giver.id, taker.id, needs):
            needs[taker.id].add(giver.id)


def seat(step: Step) -> int:
    """+1 for a step that takes a seat, -1 for one that gives it back."""
    if step.ref.kind != "user":
        return 0
    match step.change:
        case Create(fields=fields):
            return int(fields.get("status", "active") == "active")
        case Delete(fields=fields):
            return -int(fields.get("status") == "active")
        case Restore(changes=changes):
            return int(all(change.after == "active" for change in changes if change.field == "status"))
        case Update(changes=changes):
            status = next((change for change in changes if change.field == "status"), None)
            if status is None:
                return 0
            return int(status.after == "active") - int(status.before == "active")


def _reaches(start: str, goal: str, needs: Mapping[str, set[str]]) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        fresh = needs.get(here, set()) - seen
        seen |= fresh
        waiting.extend(fresh)
    return False


def _park_circles(steps: Sequence[Step], naming: Mapping[str, str]) -> list[Step]:
    """Break every circle of unique values by a step that parks one object's values first."""
    takes = _takes(steps, naming)
    fields: dict[str, set[str]] = defaultdict(set)
    while circle := _circle(takes):
        chosen = min(circle, key=lambda name: (name not in fields, name))
        taker = circle[(circle.index(chosen) + 1) % len(circle)]
        parked = {slot for giver, slot in takes[taker] if giver == chosen}
        fields[chosen].update(field for _, field, _ in parked)
        takes[taker] = [(giver, slot) for giver, slot in takes[taker] if slot not in parked]
    kept = [step for step in steps if step.id not in fields]
    split = [half for step in steps if step.id in fields for half in _parked(step, fields[step.id], naming)]
    return sorted([*kept, *split], key=_preference)


def _takes(steps: Sequence[Step], naming: Mapping[str, str]) -> dict[str, list[tuple[str, Slot]]]:
    """For each step the unique values that it takes from another step, and from which."""
    freed = freed_slots(steps, naming)
    takes: dict[str, list[tuple[str, Slot]]] = defaultdict(list)
    for step, slot in taken_slots(steps, naming):
        giver = freed.get(slot)
        if giver is not None and giver != step.id:
            takes[step.id].append((giver, slot))
    return takes


def _circle(takes: Mapping[str, Sequence[tuple[str, Slot]]]) -> list[str] | None:
    """Steps that wait for one another, each before the one that waits for it; None where there is no circle."""
    sorter = TopologicalSorter({taker: [giver for giver, _ in takes[taker]] for taker in sorted(takes)})
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1][:-1])
    return None


def _parked(step: Step, fields: set[str], naming: Mapping[str, str]) -> tuple[Step, Step]:
    """A step in two: first its unique values are put aside, then everything else happens."""
    change = step.change
    assert isinstance(change, Update), "only an existing object can hold a value that others want"
    names = (KEY, naming.get(change.kind))  # nobody is ever without a name
    aside = {
        found.field: f"{found.before}{PARKED_END}" if found.field in names else None
        for found in change.changes
        if found.field in fields
    }
    away = tuple(
        FieldChange(field=found.field, before=found.before, after=aside[found.field])
        for found in change.changes
        if found.field in aside
    )
    back = tuple(
        FieldChange(field=found.field, before=aside.get(found.field, found.before), after=found.after)
        for found in change.changes
    )
    first = msgspec.structs.replace(
        step,
        id=f"park {step.ref}",
        change=msgspec.structs.replace(change, changes=away),
        reason=f"another object takes the {' and the '.join(sorted(aside))}",
    )
    second = msgspec.structs.replace(
        step, change=msgspec.structs.replace(change, changes=back), needs=(*step.needs, first.id)
    )
    return first, second


def _in_turn(steps: Sequence[Step], needs: Mapping[str, set[str]]) -> tuple[Step, ...]:
    """Steps in the preferred order as far as their needs allow."""
    place = {step.id: number for number, step in enumerate(steps)}
    waiting = {step.id: len(needs[step.id]) for step in steps}
    followers: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        for need in needs[step.id]:
            followers[need].append(step.id)
    ready = [place[name] for name, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    turn: list[Step] = []
    while ready:
        step = steps[heapq.heappop(ready)]
        turn.append(msgspec.structs.replace(step, needs=tuple(sorted(needs[step.id]))))
        for follower in followers[step.id]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(ready, place[follower])
    if len(turn) != len(steps):
        stuck = sorted(name for name, count in waiting.items() if count)
        raise RuntimeError(f"steps need one another in a circle: {stuck}")
    return tuple(turn)


def with_needs(steps: Sequence[Step], chosen: Iterable[str]) -> set[str]:
    """The chosen steps and everything they need."""
    by_id = {step.id: step for step in steps}
    found: set[str] = set()
    waiting = list(chosen)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(by_id[name].needs)
    return found
