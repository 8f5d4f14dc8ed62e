"""How quick and how patient the server is."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import NamedTuple


class Pace(NamedTuple):
    """The server's manners, in seconds and requests per second; nothing means at once and without limit."""

    latency: float = 0.0
    rate_limit: float | None = None
    burst: int | None = None
    """How many requests may come at once before the limit bites; one second's worth unless told."""
    says_retry_after: bool = True


class Bucket:
    """A token bucket: a request takes a token, and tokens come back at a steady rate."""

    def __init__(self, rate: float, burst: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.size = burst if burst is not None else max(1, math.ceil(rate))
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = float(self.size)
        self._filled_at = clock()

    def wait_needed(self) -> float:
        """Take a token: 0.0. When there is none: the seconds until there will be, and nothing is taken."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self.size, self._tokens + (now - self._filled_at) * self.rate)
            self._filled_at = now
            if self._tokens < 1.0:
                return (1.0 - self._tokens) / self.rate
            self._tokens -= 1.0
            return 0.0
