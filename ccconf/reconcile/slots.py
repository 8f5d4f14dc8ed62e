"""Values that only one object may have: who gives one up, and who takes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ccconf.model.change import KEY, PARKED_END, Delete, Restore
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS, rank
from ccconf.model.refs import Ref
from ccconf.reconcile.plan import Step, field_changes

NONE: Mapping[str, str] = MappingProxyType({})
NOBODY: Mapping[Ref, Resource] = MappingProxyType({})

Slot = tuple[str, str, str]
"""A unique value: kind, field and case-folded value."""


def preference(step: Step) -> tuple[bool, int, str, str]:
    """Among what is possible: makers before deleters, what is referred to before what refers, then by key."""
    going = isinstance(step.change, Delete)
    return going, -rank(step.ref.kind) if going else rank(step.ref.kind), step.ref.key, step.id


def freed_slots(steps: Iterable[Step], naming: Mapping[str, str] = NONE) -> dict[Slot, str]:
    """Which step gives up which unique value."""
    return {before: step.id for step in steps for before, after in _slots(step, naming) if before and before != after}


def taken_slots(
    steps: Iterable[Step], naming: Mapping[str, str] = NONE, returning: Mapping[Ref, Resource] = NOBODY
) -> Iterator[tuple[Step, Slot]]:
    """Which step takes which unique value. Who returns takes again what they had when they left."""
    for step in steps:
        yield from ((step, after) for before, after in _slots(step, naming) if after and before != after)
        if isinstance(step.change, Restore):
            yield from ((step, slot) for slot in _had(step, naming, returning.get(step.ref)))


def need_slots(
    steps: Sequence[Step], needs: dict[str, set[str]], naming: Mapping[str, str], returning: Mapping[Ref, Resource]
) -> None:
    """Who takes a value comes after the one who gives it up."""
    freed = freed_slots(steps, naming)
    for step, slot in taken_slots(steps, naming, returning):
        giver = freed.get(slot)
        if giver is not None and giver != step.id:
            needs[step.id].add(giver)


def _slots(step: Step, naming: Mapping[str, str]) -> Iterator[tuple[Slot | None, Slot | None]]:
    """Each unique value that a step gives up and takes."""
    kind = KINDS[step.ref.kind]
    for change in field_changes(step):
        if change.field in (KEY, naming.get(kind.name)) or change.field in kind.unique:
            # a parked key is nobody else's: leaving it frees nothing, going there takes nothing
            gives = _is_slot(change.before) and not isinstance(step.change, Restore)  # who is gone holds nothing
            before = _slot(kind.name, change.field, change.before) if gives else None
            yield before, _slot(kind.name, change.field, change.after) if _is_slot(change.after) else None


def _had(step: Step, naming: Mapping[str, str], gone: Resource | None) -> Iterator[Slot]:
    """The unique values that come back with somebody, because no change of the step says otherwise."""
    kind = step.ref.kind
    yield _slot(kind, KEY, step.ref.key)
    said = {change.field for change in field_changes(step)}
    for field in {*KINDS[kind].unique, naming.get(kind, KEY)} - said - {KEY}:
        value = getattr(gone, field, None) if gone is not None else None
        if isinstance(value, str):
            yield _slot(kind, field, value)


def _is_slot(value: Any) -> bool:
    return value is not None and not value.endswith(PARKED_END)


def _slot(kind: str, field: str, value: str) -> Slot:
    return kind, field, value if field == KEY else value.casefold()


def takes_of(steps: Sequence[Step], naming: Mapping[str, str]) -> dict[str, list[tuple[str, Slot]]]:
    """For each step the unique values that it takes from another step, and from which."""
    freed = freed_slots(steps, naming)
    takes: dict[str, list[tuple[str, Slot]]] = defaultdict(list)
    for step, slot in taken_slots(steps, naming):
        giver = freed.get(slot)
        if giver is not None and giver != step.id:
            takes[step.id].append((giver, slot))
    return takes
