"""One rate for all runs on a platform: its ledger keeps one queue, in which every request has a place.

The queue is a courtesy to the platform, so it never fails a run: where the ledger cannot be used, or is not there yet,
the run keeps the rate alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ccconf.errors import Broken
from ccconf.ledger.store import Ledger
from ccconf.ledger.times import written

if TYPE_CHECKING:
    from sqlalchemy import Connection

LONGEST_SECONDS = 600.0
"""No place lies further ahead; what says so comes from a clock that was set."""

ALONE_SECONDS = 30.0
"""So long after the ledger could not be used it is not asked again."""

BUSY_SECONDS = 0.5
"""A queue that is not open within that time is no help."""

KNOWN_FOR = timedelta(days=1)
"""So long a learnt rate is believed; by then the vendor may have changed it."""


class SharedBudget:
    """Fulfils `ccconf.platform.contract.Budget` by a row of the ledger. Threads share it.

    `address` is what all runs on the platform have in common. `clock` tells seconds of the epoch; unless it is said,
    PostgreSQL's own is used, which is one for all machines.
    """

    def __init__(self, ledger: Ledger, address: str, *, clock: Callable[[], float] | None = None) -> None:
        self._ledger = ledger.with_patience(BUSY_SECONDS)
        self._address = address
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._alone_until = 0.0
        self._next_alone = 0.0

    def learnt(self) -> float | None:
        """Requests a second that an earlier run found to be right; None where nobody has found out of late."""
        try:
            if not self._ledger.exists():
                return None
            with self._ledger.reading() as connection:
                from ccconf.ledger.tables import BUDGETS

                row = connection.execute(BUDGETS.select().where(BUDGETS.c.address == self._address)).first()
        except Broken:
            return None
        oldest = written(datetime.now(UTC) - KNOWN_FOR)
        return row.rate if row is not None and row.learnt >= oldest else None

    def reserve(self, count: int, rate: float) -> float:
        """Places for `count` requests, 1/rate seconds apart; the seconds from now until the first of them."""
        return self._asked(lambda start: start + count / rate, rate, learns=False)

    def refused(self, seconds: float, rate: float | None) -> None:
        """Nobody asks for so many seconds, and afterwards at that rate at most."""
        self._asked(lambda start: start + seconds, rate, learns=rate is not None, from_now=True)

    def _asked(
        self, moved: Callable[[float], float], rate: float | None, *, learns: bool, from_now: bool = False
    ) -> float:
        """Move the end of the queue; the seconds until its former end."""
        with self._one_at_a_time:
            if time.monotonic() >= self._alone_until:
                try:
                    if self._ledger.exists():
                        with self._ledger.writing(durable=False) as connection:
                            return self._queued(connection, moved, rate, learns=learns, from_now=from_now)
                except Broken:
                    self._alone_until = time.monotonic() + ALONE_SECONDS
            now = time.monotonic()
            start = max(now, self._next_alone)
            self._next_alone = max(self._next_alone, moved(now if from_now else start))
            return start - now

    def _queued(
        self,
        connection: Connection,
        moved: Callable[[float], float],
        rate: float | None,
        *,
        learns: bool,
        from_now: bool,
    ) -> float:
        from ccconf.ledger.tables import BUDGETS, insert

        now = self._now(connection)
        mine = BUDGETS.c.address == self._address
        empty = {"address": self._address, "next_at": 0.0, "noted_at": now}
        row = connection.execute(BUDGETS.select().where(mine).with_for_update()).first()
        if row is None:
            connection.execute(insert(connection.dialect.name, BUDGETS).values(empty).on_conflict_do_nothing())
            row = connection.execute(BUDGETS.select().where(mine).with_for_update()).one()
        start = _sound(row.next_at, row.noted_at, now)
        values: dict[str, Any] = {"next_at": max(start, moved(now if from_now else start)), "noted_at": now}
        if learns or (rate is not None and row.rate is not None and not from_now):  # how far it has recovered since
            values |= {"rate": rate, "learnt": written(datetime.now(UTC))}
        connection.execute(BUDGETS.update().where(mine).values(**values))
        return start - now

    def _now(self, connection: Connection) -> float:
        if self._clock is not None:
            return self._clock()
        if connection.dialect.name != "postgresql":
            return time.time()
        from sqlalchemy import text

        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


def _sound(next_at: float, noted_at: float, now: float) -> float:
    """The next free place by a clock that may have been set back since the queue was last touched."""
    ahead = next_at - max(now, noted_at)
    return now + min(max(ahead, 0.0), LONGEST_SECONDS)
