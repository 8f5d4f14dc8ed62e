"""A budget in memory, as the ledger keeps one for several runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Queue:
    """The one queue of a platform."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, learnt: float | None = None) -> None:
        self.clock = clock
        self.rate = learnt
        self.reserved: list[int] = []
        self.told: list[tuple[float, float | None]] = []
        self._free = 0.0
        self._lock = threading.Lock()

    def learnt(self) -> float | None:
        """What somebody found out."""
        return self.rate

    def reserve(self, count: int, rate: float) -> float:
        """Places at the end of the queue."""
        with self._lock:
            self.reserved.append(count)
            now = self.clock()
            first = max(now, self._free)
            self._free = first + count / rate
            return first - now

    def refused(self, seconds: float, rate: float | None) -> None:
        """Nobody is served for so long."""
        with self._lock:
            self.told.append((seconds, rate))
            self._free = max(self._free, self.clock() + seconds)


class Failing(Queue):
    """A ledger on a full disk, behind a dead network, or with a clock that went wild."""

    def __init__(self, clock: Callable[[], float], answer: float | None = None) -> None:
        super().__init__(clock)
        self.answer = answer

    def learnt(self) -> float | None:
        """Fails, or says nonsense."""
        return self._answered()

    def reserve(self, count: int, rate: float) -> float:
        """The same."""
        self.reserved.append(count)
        return self._answered()

    def refused(self, seconds: float, rate: float | None) -> None:
        """The same."""
        self._answered()

    def _answered(self) -> float:
        if self.answer is None:
            raise OSError("no space left on device")
        return self.answer
