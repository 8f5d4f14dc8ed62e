"""How fast a platform may be asked: found out, where nobody has published it.

Requests go out as fast as they can until the platform says "too many". What it let through between two such answers is
its rate; from then on requests keep three per cent below it, and faster is tried only after a long quiet time. Where
too few came through to tell (after a pause a platform may take a single one), the rate is felt for in steps first.

A platform that is busy (503, or hardly an answer) says nothing of its rate: it is asked half as fast, and soon as fast
as before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Lock

from ccconf.platform.contract import Budget
from ccconf.platform.places import Places

MARGIN = 0.97
"""Below the rate that was said or measured, so that an uneven clock does not reach it."""
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
CROWD, APART = 8, 0.005
"""After a pause so many requests come so many seconds apart, where no rate is known: all threads wake at once."""
EASED, EASED_LEAST = 0.5, 4.0
"""What a busy platform is asked less, and the requests a second that are left at least."""
RECOVERY, RECOVERY_SECONDS = 1.5, 1.0
"""How a platform that was busy is asked faster again, each time so many seconds went well."""
ASK_SECONDS = 1.0
"""How often others are asked for a rate while none is known."""


class Pace:
    """One budget for one platform, shared by all threads, and through `budget` by other runs."""

    def __init__(
        self,
        rate: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        budget: Budget | None = None,
    ) -> None:
        self.most = rate * MARGIN if rate else None
        """Below what somebody said that it takes: it is never asked faster."""
        self.rate = self.most
        """Requests a second, or None where no limit is known."""
        self.clock = clock
        self.sleep = sleep
        self.places = Places(budget, clock)
        self._shares = budget is not None
        self._ask_at = clock()
        self._steps: tuple[float, ...] = ()
        self._lock = Lock()
        """Guards everything below, and the places."""
        self._passed = 0
        self._refused_at: float | None = None
        self._quiet_since = clock()
        self._crowd = 0
        self._eased: float | None = None
        self._eased_at = self._recent_since = clock()
        self._recent = 0

    def wait(self) -> None:
        """Returns when the next request may go out."""
        with self._lock:
            now = self.clock()
            self._listen(now)
            self._try_faster(now)
            self._recover(now)
            place = self._place()
        if place > now:
            self.sleep(place - now)

    def passed(self) -> None:
        """The platform took a request."""
        with self._lock:
            self._passed += 1
            self._recent += 1
            if self.rate is not None and self._steps and self._passed >= ENOUGH:
                self.rate, self._passed = self.rate * self._steps[0], 0

    def refused(self, retry_after: float) -> None:
        """The platform said "too many". Nobody asks it again for `retry_after` seconds."""
        with self._lock:
            now = self.clock()
            self._learn(now)
            self.places.refused(retry_after, self.rate)
            self._crowd = CROWD
            self._quiet_since = now

    def busy(self, retry_after: float = 0.0) -> None:
        """The platform, or what stands before it, can hardly answer. Nobody asks it for `retry_after` seconds."""
        with self._lock:
            now = self.clock()
            self.places.pause(retry_after)
            self._crowd = CROWD
            if self._eased is None or now - self._eased_at >= SHORTEST_MEASURE:  # a crowd of them counts as one
                lately = self._recent / max(now - self._recent_since, 1.0)
                self._eased = max(EASED_LEAST, EASED * (self._allowed() or lately))
            self._eased_at = now

    def _place(self) -> float:
        rate = self._allowed()
        if rate is not None:
            return self.places.next(rate)
        if self._crowd:
            self._crowd -= 1
            return self.places.apart(APART)
        return self.places.unpaced()

    def _allowed(self) -> float | None:
        """Requests a second for now."""
        if self.rate is None or self._eased is None:
            return self._eased if self.rate is None else self.rate
        return min(self.rate, self._eased)

    def _listen(self, now: float) -> None:
        """What an earlier run learnt; while nobody knows anything, somebody may find out meanwhile."""
        if not self._shares or now < self._ask_at:
            return
        self._ask_at = now + ASK_SECONDS if self.rate is None else math.inf
        learnt = self.places.learnt()
        if learnt is not None:
            self.rate = min(learnt, self.most or math.inf)
            self._ask_at = math.inf

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
        if self.rate is not None and self.rate != self.most and now - self._quiet_since > QUIET_SECONDS:
            self.rate = min(self.rate * STEP_UP, self.most or math.inf)
            self._quiet_since = now

    def _recover(self, now: float) -> None:
        """Faster again, step by step, until nothing is left of the easing."""
        if self._eased is None:
            if now - self._recent_since > 2 * RECOVERY_SECONDS:  # `lately` is to mean lately
                self._recent_since, self._recent = now, 0
            return
        if now - self._eased_at < RECOVERY_SECONDS:
            return
        self._eased, self._eased_at = self._eased * RECOVERY, now
        enough = self.rate if self.rate is not None else 1000.0
        if self._eased >= enough:
            self._eased = None
