"""Which steps wait for one another in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

Follows = Mapping[str, Iterable[str]]


def circles(follows: Follows) -> Iterator[frozenset[str]]:
    """The groups of steps that circles tie to one another, each of two steps or more.

    Tarjan's algorithm, in time that grows with the number of steps and ties, and without recursion: a chain may be as
    long as the plan.
    """
    search = _Search(follows)
    for start in follows:
        if start not in search.number:
            yield from search.begin(start)


class _Search:
    def __init__(self, follows: Follows) -> None:
        self.follows = follows
        self.number: dict[str, int] = {}
        self.lowest: dict[str, int] = {}
        self.open: dict[str, None] = {}
        """Steps that were met and belong to no group yet, in the order in which they were met."""
        self.path: list[tuple[str, Iterator[str]]] = []

    def begin(self, start: str) -> Iterator[frozenset[str]]:
        """The groups that can be reached from a step, and were not found yet."""
        self._enter(start)
        while self.path:
            step, others = self.path[-1]
            fresh = next((other for other in others if self._is_fresh(step, other)), None)
            if fresh is not None:
                self._enter(fresh)
                continue
            self.path.pop()
            if self.path:
                self._ties(self.path[-1][0], self.lowest[step])
            if self.lowest[step] == self.number[step] and len(group := self._closed(step)) > 1:
                yield group

    def _enter(self, step: str) -> None:
        self.number[step] = self.lowest[step] = len(self.number)
        self.open[step] = None
        self.path.append((step, iter(self.follows.get(step, ()))))

    def _is_fresh(self, step: str, other: str) -> bool:
        if other in self.open:
            self._ties(step, self.number[other])
        return other not in self.number

    def _ties(self, step: str, lowest: int) -> None:
        self.lowest[step] = min(self.lowest[step], lowest)

    def _closed(self, first: str) -> frozenset[str]:
        """All that was met since, and including, the first one."""
        group: list[str] = []
        while not group or group[-1] != first:
            group.append(self.open.popitem()[0])
        return frozenset(group)
