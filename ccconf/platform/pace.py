"""How fast a platform may be asked: found out, where nobody has published it.

Requests go out as fast as they can until the platform says "too many". What it let through between two such answers is
its rate; from then on requests keep three per cent below it, and faster is tried only after a long quiet time. Where
too few came through to tell (after a pause a platform may take a single one), the rate is felt for in steps first.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Lock

MARGIN = 0.97
"""Below the measured rate, so that an uneven clock does not reach it."""
STEP_DOWN = 0.95
"""After a refusal at a rate that was thought to be right."""
LEAST = 0.5
"""What is left of it at least, since a time in which little was asked measures little."""
STEP_UP = 1.03
QUIET_SECONDS = 300.0
"""Without a refusal, before a higher rate is tried."""
SHORTEST_MEASURE = 0.5
"""Seconds between two refusals from which a rate can be told."""
ENOUGH = 10
"""Requests: fewer between two refusals tell little, and after so many at one rate a higher one may be felt for."""
STEPS = (2.0, 1.1)
"""How a rate is felt for: by large steps until it is too much, then back and on by small ones."""


class Pace:
    """One budget for one platform, shared by all threads."""

    def __init__(
        self,
        rate: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate = rate
        """Requests a second, or None where no limit is known."""
        self.most = rate
        """What somebody said that it takes: it is never asked faster."""
        self.clock = clock
        self.sleep = sleep
        self._steps: tuple[float, ...] = ()
        self._lock = Lock()
        self._next = 0.0
        self._passed = 0
        self._refused_at: float | None = None
        self._quiet_since = clock()

    def wait(self) -> None:
        """Returns when the next request may go out."""
        with self._lock:
            now = self.clock()
            self._try_faster(now)
            start = max(now, self._next)
            self._next = start + (1 / self.rate if self.rate else 0.0)
        if start > now:
            self.sleep(start - now)

    def passed(self) -> None:
        """The platform took a request."""
        with self._lock:
            self._passed += 1
            if self.rate is not None and self._steps and self._passed >= ENOUGH:
                self.rate, self._passed = self.rate * self._steps[0], 0

    def refused(self, retry_after: float) -> None:
        """The platform said "too many". Nobody asks it again for `retry_after` seconds."""
        with self._lock:
            now = self.clock()
            self._learn(now)
            self._next = max(self._next, now + retry_after)
            self._quiet_since = now

    def _learn(self, now: float) -> None:
        """Refusals that come close together count as one, and the measure goes on."""
        since = self._refused_at
        if since is not None and now - since < SHORTEST_MEASURE:
            return
        measured = MARGIN * self._passed / (now - since) if since is not None else 0.0
        if self.rate is not None and self._steps:
            self.rate /= self._steps[0]
            self._steps = self._steps[1:]
        elif self.rate is not None:
            less = measured if self._passed >= ENOUGH else self.rate
            self.rate = min(self.rate * STEP_DOWN, max(less, self.rate * LEAST))
        elif measured:
            self.rate = measured
            self._steps = STEPS if self._passed < ENOUGH else ()
        self._refused_at, self._passed = now, 0

    def _try_faster(self, now: float) -> None:
        if self.rate is not None and self._refused_at is not None and now - self._quiet_since > QUIET_SECONDS:
            self.rate = min(self.rate * STEP_UP, self.most or math.inf)
            self._quiet_since = now
