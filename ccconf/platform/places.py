"""Places in the one queue of a platform, which several runs may share.

A run that shares the queue takes a handful of places at a time, so that one short transaction serves many requests. A
place that nobody used in time is gone. Whatever goes wrong with the shared queue, this run goes on with one of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from ccconf.platform.contract import Budget

BLOCK_SECONDS = 0.25
"""How much of the rate is reserved at once."""
FORGIVEN_SECONDS = 10.0
"""After which a shared queue that failed is tried again."""
LONGEST_QUEUE = 300.0
"""Seconds; who is told to wait longer is not told by a queue but by a clock that was set wrong."""


class Alone:
    """A queue in which nobody else stands."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._free = clock()

    def learnt(self) -> float | None:
        """Nobody was there before."""
        return None

    def reserve(self, count: int, rate: float) -> float:
        """The seconds until the first of so many places."""
        now = self._clock()
        first = max(now, self._free)
        self._free = first + count / rate
        return first - now

    def refused(self, seconds: float, rate: float | None) -> None:
        """The queue begins after so many seconds."""
        self._free = max(self._free, self._clock() + seconds)


class Places:
    """The places that this run holds. Not for several threads at once: `Pace` sees to that."""

    def __init__(self, budget: Budget | None, clock: Callable[[], float]) -> None:
        self._shared = budget
        self._alone = Alone(clock)
        self._clock = clock
        self._failed_at: float | None = None
        self._start = self._gap = 0.0
        self._count = self._used = self._index = 0
        self._size = 0
        self._floor = clock()

    def learnt(self) -> float | None:
        """Requests a second that others found to be right; None where nobody knows."""
        budget = self._budget()
        try:
            found = budget.learnt()
        except Exception:  # whatever a ledger's driver raises: the run must not fail for it
            self._lost_budget()
            return None
        return found if found is not None and 0 < found < float("inf") else None

    def next(self, rate: float) -> float:
        """The moment of the next place, at that rate."""
        now = self._clock()
        if self._index < self._count:
            self._index = max(self._index, int((now - self._start) / self._gap))
        if self._index >= self._count:
            self._reserve(rate)
        place = self._start + self._index * self._gap
        self._index += 1
        self._used += 1
        return place

    def unpaced(self) -> float:
        """The moment at which anybody may ask, where no rate is known."""
        return max(self._clock(), self._floor)

    def apart(self, gap: float) -> float:
        """The same, so that the next who asks comes that much later."""
        place = self.unpaced()
        self._floor = place + gap
        return place

    def drop(self) -> None:
        """The places that are left are given up: the rate is another now."""
        self._count = 0

    def pause(self, seconds: float) -> None:
        """Nobody of this run asks for so many seconds."""
        self.drop()
        self._floor = max(self._floor, self._clock() + seconds)

    def refused(self, seconds: float, rate: float | None) -> None:
        """The platform said "too many": the others are told."""
        self.pause(seconds)
        self._alone.refused(seconds, rate)
        if self._budget() is not self._alone:
            try:
                self._budget().refused(seconds, rate)
            except Exception:  # as above
                self._lost_budget()

    def _reserve(self, rate: float) -> None:
        last = self._start + (self._count - 1) * self._gap if self._count else float("-inf")
        self._size = self._wished(rate)
        delay = self._delay(rate)
        self._gap = 1 / rate
        self._start = max(self._clock() + delay, last + self._gap, self._floor)
        self._count, self._index, self._used = self._size, 0, 0

    def _wished(self, rate: float) -> int:
        """As many places as were used last time where some were not, else twice as many, up to a quarter second."""
        if self._budget() is self._alone:
            return 1
        most = max(1, round(rate * BLOCK_SECONDS))
        if not self._size:
            return most
        return max(1, min(most, self._used if self._used < self._count else 2 * self._size))

    def _delay(self, rate: float) -> float:
        budget = self._budget()
        try:
            delay = budget.reserve(self._size, rate)
        except Exception:  # as above
            self._lost_budget()
        else:
            if delay <= LONGEST_QUEUE:  # not so for what is no number either
                return max(delay, 0.0)
            self._lost_budget()
        self._size = 1
        return self._alone.reserve(1, rate)

    def _budget(self) -> Budget:
        if self._shared is None:
            return self._alone
        failed = self._failed_at
        return self._shared if failed is None or self._clock() - failed >= FORGIVEN_SECONDS else self._alone

    def _lost_budget(self) -> None:
        self._failed_at = self._clock()
