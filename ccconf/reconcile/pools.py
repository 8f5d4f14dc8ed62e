"""What only so many may have, or so many must keep: whoever takes a place waits for one who gives it back.

Seats, licence rules and the last administrator are counted alike. Every step that takes a place is given one of its
own: one that is free from the beginning, or one that an earlier step gives back, which it then needs. So in whatever
order steps are taken that keeps to their needs, there are never more takers than places.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ccconf.reconcile.plan import Step


class Pool(NamedTuple):
    """The places of one rule."""

    room: int
    """How many are free before the first step; negative where there are too few already."""
    moves: Mapping[str, int]
    """By step how many places it takes; negative where it gives back."""


def reserve(steps: Sequence[Step], needs: dict[str, set[str]], pools: Sequence[Pool]) -> tuple[int, ...]:
    """Add to the needs what keeps every pool; by pool how many takers no order leaves a place for.

    `steps` stand in the preferred order, and their needs have no circle.
    """
    tight = [number for number, pool in enumerate(pools) if _taken(pool) > max(pool.room, 0)]
    if not tight:
        return (0,) * len(pools)
    short = _Reservation(steps, needs, [pools[number] for number in tight]).made()
    return tuple(short.get(tight.index(number), 0) if number in tight else 0 for number in range(len(pools)))


def _taken(pool: Pool) -> int:
    return sum(move for move in pool.moves.values() if move > 0)


class _Reservation:
    """One walk through the steps, in which those that take nothing go as early as they can.

    Needs are only added to steps from steps that the walk has passed, so no circle comes of them.
    """

    def __init__(self, steps: Sequence[Step], needs: dict[str, set[str]], pools: Sequence[Pool]) -> None:
        self.names = [step.id for step in steps]
        self.place = {name: place for place, name in enumerate(self.names)}
        self.needs = needs
        self.pools = pools
        self.free = [max(pool.room, 0) for pool in pools]
        self.given: list[deque[str]] = [deque() for _ in pools]
        self.short: dict[int, int] = defaultdict(int)
        self.unmet = {name: len(needs[name]) for name in self.names}
        self.followers: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            for need in needs[name]:
                self.followers[need].append(name)
        self.lets_give = self._lets_give()
        self.ready: list[int] = []
        self.takers: list[tuple[bool, int]] = []
        self.waiting: list[list[tuple[bool, int]]] = [[] for _ in pools]

    def made(self) -> dict[int, int]:
        """Walk to the end."""
        for name in self.names:
            if not self.unmet[name]:
                self._can_go(name)
        while self.ready or self.takers or any(self.waiting):
            if self.ready:
                self._goes(self.names[heapq.heappop(self.ready)])
            elif self.takers:
                self._tries(heapq.heappop(self.takers))
            else:
                self._is_let_through()
        return self.short

    def _lets_give(self) -> set[str]:
        """The steps after which one that gives a place back becomes possible, however far behind."""
        waiting = [name for pool in self.pools for name, move in pool.moves.items() if move < 0]
        found = set(waiting)
        while waiting:
            fresh = self.needs[waiting.pop()] - found
            found |= fresh
            waiting.extend(fresh)
        return found

    def _can_go(self, name: str) -> None:
        place = self.place[name]
        if self._asks(name):
            heapq.heappush(self.takers, (name not in self.lets_give, place))
        else:
            heapq.heappush(self.ready, place)

    def _asks(self, name: str) -> list[int]:
        """The pools of which a step takes a place."""
        return [number for number, pool in enumerate(self.pools) if pool.moves.get(name, 0) > 0]

    def _has_place(self, number: int) -> bool:
        return self.free[number] > 0 or bool(self.given[number])

    def _tries(self, taker: tuple[bool, int]) -> None:
        asked = self._asks(self.names[taker[1]])
        lacking = next((number for number in asked if not self._has_place(number)), None)
        if lacking is None:
            self._goes(self.names[taker[1]])
            return
        heapq.heappush(self.waiting[lacking], taker)
        for number in asked:
            if self._has_place(number):
                self._wakes(number)  # the place is for the next one

    def _is_let_through(self) -> None:
        """Nobody is left who could give anything back first."""
        number = min((line[0], number) for number, line in enumerate(self.waiting) if line)[1]
        self._goes(self.names[heapq.heappop(self.waiting[number])[1]])

    def _goes(self, name: str) -> None:
        for number in self._asks(name):
            self._sits_down(name, number)
        for number, pool in enumerate(self.pools):
            if pool.moves.get(name, 0) < 0:
                self.given[number].append(name)
                self._wakes(number)
        for follower in self.followers[name]:
            self.unmet[follower] -= 1
            if not self.unmet[follower]:
                self._can_go(follower)

    def _sits_down(self, name: str, number: int) -> None:
        if self.free[number]:
            self.free[number] -= 1
        elif self.given[number]:
            self.needs[name].add(self.given[number].popleft())
        else:
            self.short[number] += 1

    def _wakes(self, number: int) -> None:
        if self.waiting[number]:
            heapq.heappush(self.takers, heapq.heappop(self.waiting[number]))
