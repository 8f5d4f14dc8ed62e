"""What is put aside for a moment, so that an order is possible at all.

Two people who swap names need a third name in between. A group that takes the number of one that goes, whose people
move over to it, needs the number before the people can leave the old one. Such a circle is broken where a unique value
is handed over: one object parks its value first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from graphlib import CycleError, TopologicalSorter

import msgspec

from ccconf.model.change import KEY, PARKED_END, Delete, FieldChange, Update
from ccconf.reconcile.circles import circles
from ccconf.reconcile.plan import PARKS, Step, field_changes
from ccconf.reconcile.slots import Slot, preference, takes_of

Takes = dict[str, list[tuple[str, Slot]]]
"""For each step the unique values that it takes from another step, and from which."""


def park_circles(steps: Sequence[Step], naming: Mapping[str, str], needs: Mapping[str, Set[str]]) -> list[Step]:
    """Break every circle in which a unique value is handed over by a step that parks it first.

    `needs` are the steps that must come before a step for other reasons.
    """
    takes = takes_of(steps, naming)
    if not takes:
        return list(steps)
    fields: dict[str, set[str]] = defaultdict(set)
    follows = {step.id: sorted({*needs[step.id], *(giver for giver, _ in takes.get(step.id, ()))}) for step in steps}
    for tied in circles(follows):
        _break({name: takes.get(name, []) for name in sorted(tied)}, needs, fields)
    kept = [step for step in steps if step.id not in fields]
    split = [half for step in steps if step.id in fields for half in _parked(step, fields[step.id], naming)]
    return sorted([*kept, *split], key=preference)


def _break(takes: Takes, needs: Mapping[str, Set[str]], fields: dict[str, set[str]]) -> None:
    """Choose, until nothing is left of a circle, whose fields are parked."""
    while circle := _circle(takes, needs):
        after = dict(zip(circle, (*circle[1:], circle[0]), strict=True))
        givers = [name for name in circle if any(giver == name for giver, _ in takes[after[name]])]
        loose = [name for name in givers if name not in needs[after[name]]]
        if not loose:
            return  # nothing is handed over that could be parked; whoever puts the steps in order will tell
        chosen = min(loose, key=lambda name: (name not in fields, name))
        taker = after[chosen]
        parked = {slot for giver, slot in takes[taker] if giver == chosen}
        fields[chosen].update(field for _, field, _ in parked)
        takes[taker] = [(giver, slot) for giver, slot in takes[taker] if slot not in parked]


def _circle(takes: Takes, needs: Mapping[str, Set[str]]) -> list[str] | None:
    """Steps that wait for one another, each before the one that waits for it; None where there is no circle."""
    sorter = TopologicalSorter(
        {
            taker: [*(giver for giver, _ in given), *sorted(need for need in needs[taker] if need in takes)]
            for taker, given in takes.items()
        }
    )
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1][:-1])
    return None


def _parked(step: Step, fields: set[str], naming: Mapping[str, str]) -> tuple[Step, Step]:
    """A step in two: first its unique values are put aside, then everything else happens."""
    change = step.change
    assert isinstance(change, Update | Delete), "only an existing object can hold a value that others want"
    names = (KEY, naming.get(change.kind))  # nobody is ever without a name
    rows = field_changes(step)
    aside = {
        row.field: f"{row.before}{PARKED_END}" if row.field in names else None for row in rows if row.field in fields
    }
    away = tuple(
        FieldChange(field=row.field, before=row.before, after=aside[row.field]) for row in rows if row.field in aside
    )
    first = msgspec.structs.replace(
        step,
        id=f"{PARKS}{step.ref}",
        change=Update(
            kind=change.kind, key=change.key, native_id=change.native_id, revision=change.revision, changes=away
        ),
        reason=f"another object takes the {' and the '.join(sorted(aside))}",
    )
    return first, msgspec.structs.replace(step, change=_afterwards(change, aside), needs=(*step.needs, first.id))


def _afterwards(change: Update | Delete, aside: Mapping[str, str | None]) -> Update | Delete:
    """What is left to be done with an object that has been put aside."""
    if isinstance(change, Delete):
        left = {name: value for name, value in {**change.fields, **aside}.items() if name in change.fields}
        return msgspec.structs.replace(change, fields=left)
    back = tuple(
        FieldChange(field=row.field, before=aside.get(row.field, row.before), after=row.after) for row in change.changes
    )
    return msgspec.structs.replace(change, changes=back)
