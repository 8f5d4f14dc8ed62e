"""Puts changes in an order in which every one of them is possible when its turn comes.

Each step names the steps it needs: what creates the objects it refers to, what releases the object it deletes, what
gives up the name, the address or the seat that it takes. The order in which steps are listed is one for the reader;
`apply` takes any that keeps to the needs, many at once, so whatever must come before something else is a need.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from ccconf.model.change import Create, Delete, Restore, Update
from ccconf.model.fields import Resource
from ccconf.model.refs import Ref
from ccconf.reconcile.needs import Needs, need_access, need_mentioned, need_new_names, need_references, need_wholes
from ccconf.reconcile.parking import park_circles
from ccconf.reconcile.plan import Step
from ccconf.reconcile.plan import field_changes as field_changes
from ccconf.reconcile.pools import Pool, reserve
from ccconf.reconcile.slots import NOBODY, NONE, need_slots, preference


class Arranged(NamedTuple):
    """Steps with their needs, in an order that respects them."""

    steps: tuple[Step, ...]
    short: tuple[int, ...]
    """By pool how many steps take a place that no order frees in time."""


class Bonds(NamedTuple):
    """What of a platform ties steps to one another, besides what its objects refer to."""

    within: Mapping[str, str] = NONE
    """The kinds whose objects are parts of another kind's."""
    naming: Mapping[str, str] = NONE
    """By kind the field by which the platform names an object, which only one may have."""
    mentions: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    """By kind the fields whose text is such a name."""
    returning: Mapping[Ref, Resource] = NOBODY
    """What those who are restored were when they left."""


def arranged(steps: Iterable[Step], bonds: Bonds = Bonds(), pools: Sequence[Pool] = ()) -> Arranged:  # noqa: B008 - an immutable value
    """The steps with their needs, in an order that respects them, and keeps the pools where any order does."""
    whole = sorted(steps, key=preference)
    needs = _firm_needs(whole, bonds)
    parked = park_circles(whole, bonds.naming, needs)
    if len(parked) != len(whole):
        needs = _firm_needs(parked, bonds)
    need_slots(parked, needs, bonds.naming, bonds.returning)
    need_new_names(parked, needs, bonds.naming, bonds.within)
    need_access(parked, needs)
    short = reserve(parked, needs, pools)
    return Arranged(_in_turn(parked, needs), short)


def _firm_needs(steps: Sequence[Step], bonds: Bonds) -> Needs:
    """What must be there, or be released, before a step is possible. Nothing that is parked changes that."""
    needs: Needs = {step.id: set(step.needs) for step in steps}
    need_references(steps, needs)
    need_wholes(steps, needs, bonds.within)
    need_mentioned(steps, needs, bonds.naming, bonds.mentions)
    return needs


def seats(steps: Iterable[Step], left: int) -> Pool:
    """The seats of the licence, with who takes and who gives back."""
    return Pool(left, {step.id: move for step in steps if (move := seat(step))})


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
    """The chosen steps and everything they need. No object is left between two steps of its own."""
    by_id = {step.id: step for step in steps}
    of_one: dict[Ref, list[str]] = defaultdict(list)
    for step in steps:
        of_one[step.ref].append(step.id)
    found: set[str] = set()
    waiting = list(chosen)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend((*by_id[name].needs, *of_one[by_id[name].ref]))
    return found
