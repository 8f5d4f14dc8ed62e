"""The lock of a platform: one run writes at a time.

Who holds it has a lease, and renews it with a heartbeat. Nobody believes a wall clock: the holder stops writing when
its own monotonic clock says that the lease is over, and a waiter takes over when by its own monotonic clock no heart
has beaten for a whole lease, so the first has stopped by then. Each hold has a higher fence than the one before; the
journal compares it in every transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, Row, select

from ccconf.errors import Broken, broken
from ccconf.ledger.clocks import REAL, Clocks, Process, this_process
from ccconf.ledger.spot import Spot
from ccconf.ledger.store import Ledger
from ccconf.ledger.tables import LOCKS, insert
from ccconf.ledger.times import written

LEASE_SECONDS = 15.0
BEAT_SECONDS = 3.0
LOOK_SECONDS = 0.25
"""How often a waiter looks again."""


class Pulse(NamedTuple):
    """How long a lease is, and how often it is renewed; seconds."""

    lease: float = LEASE_SECONDS
    beat: float = BEAT_SECONDS
    look: float = LOOK_SECONDS


USUAL = Pulse()


class Lease:
    """The right to write to a target, while it is renewed. Made by `take`."""

    def __init__(self, ledger: Ledger, spot: Spot, fence: int, since: float, pulse: Pulse, clocks: Clocks) -> None:
        self.ledger = ledger
        self.spot = spot
        self.fence = fence
        self._pulse = pulse
        self._clocks = clocks
        self._until = since + pulse.lease
        self._lost = False
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat_on, daemon=True, name=f"heartbeat {spot.target}")
        self._heart.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def check(self) -> None:
        """Whether this run may still write; asks no database. Raises `Broken` (CC013), and from then on always."""
        if not self._lost and self._clocks.ticks() >= self._until:
            self._lost = True
        if self._lost:
            raise self.lost()

    def lost(self) -> Broken:
        """The words for a right that was lost."""
        message = f"the run no longer holds the lock of {self.spot.target}, so it stopped before its next write"
        return broken("CC013", message, "make a new plan, or say: ccconf apply --resume")

    def fenced(self, connection: Connection) -> None:
        """The same, asked of the ledger itself: nobody takes the lock while the transaction lasts."""
        held = (
            select(LOCKS.c.fence, LOCKS.c.actor).where(LOCKS.c.address == self.spot.address).with_for_update(read=True)
        )
        row = connection.execute(held).first()
        if row is None or row.fence != self.fence or not row.actor:
            self._lost = True
        self.check()

    def ask(self) -> None:
        """Whether the ledger still knows this run as the one that writes. Raises `Broken`: CC013, CC008."""
        with self.ledger.writing(durable=False) as connection:
            self.fenced(connection)

    def release(self) -> None:
        """Give the lock back. What cannot be noted does no harm: the lease ends by itself."""
        if self._over.is_set():
            return
        self._over.set()
        self._heart.join()
        self._lost = True
        try:
            with self.ledger.writing() as connection:
                connection.execute(self._mine().values(actor="", until=""))
        except Broken:
            return

    def _mine(self) -> Any:
        held = (LOCKS.c.address == self.spot.address, LOCKS.c.fence == self.fence, LOCKS.c.actor != "")
        return LOCKS.update().where(*held)

    def _beat_on(self) -> None:
        wait = self._pulse.beat
        while not self._over.wait(wait) and not self._lost:
            try:
                self.beat()
                wait = self._pulse.beat
            except Broken:  # the ledger cannot be reached just now; the lease tells how long that may last
                wait = self._pulse.beat / 4

    def beat(self) -> None:
        """Renew the lease, counted from before the question: the answer may be late."""
        asked = self._clocks.ticks()
        if asked >= self._until:
            self._lost = True
            return
        until = _end(self._clocks.wall(), self._pulse)
        values = {"beats": LOCKS.c.beats + 1, "until": until, "ticks": asked + self._pulse.lease}
        with self.ledger.writing(durable=False) as connection:
            renewed = connection.execute(self._mine().values(**values)).rowcount
        if renewed:
            self._until = asked + self._pulse.lease
        else:
            self._lost = True


def take(
    ledger: Ledger,
    spot: Spot,
    who: str,
    wait_seconds: float,
    told: Callable[[str], None],
    *,
    pulse: Pulse = USUAL,
    clocks: Clocks = REAL,
) -> Lease:
    """The lock of a platform, waited for as long as somebody alive holds it. Raises `Broken` (CC012).

    Where it is in doubt whether the holder is alive, its heartbeat is watched for as long as a lease, whatever
    `wait_seconds` says. `told` hears once why there is a wait.
    """
    waiter = _Waiter(ledger, spot, who, pulse, clocks)
    begun = clocks.ticks()
    said = False
    while (fence := waiter.tried()) is None:
        waited = clocks.ticks() - begun
        if waited >= wait_seconds and not waiter.in_doubt:
            raise waiter.busy()
        if not said:
            told(waiter.reason())
            said = True
        clocks.sleep(pulse.look)
    return Lease(ledger, spot, fence, waiter.asked, pulse, clocks)


class _Waiter:
    """Somebody who wants the lock, and what they have seen of its holder."""

    def __init__(self, ledger: Ledger, spot: Spot, who: str, pulse: Pulse, clocks: Clocks) -> None:
        self.ledger = ledger
        self.spot = spot
        self.who = who
        self.pulse = pulse
        self.clocks = clocks
        self.me = this_process()
        self.seen: tuple[int, int] | None = None
        self.seen_at = 0.0
        self.beaten = False
        self.asked = 0.0
        self.holder: Row[Any] | None = None

    def tried(self) -> int | None:
        """The fence of the hold, where the lock was free or its holder is gone for sure."""
        self.asked = self.clocks.ticks()
        with self.ledger.writing() as connection:
            row = connection.execute(
                select(LOCKS).where(LOCKS.c.address == self.spot.address).with_for_update()
            ).first()
            if row is not None and row.actor and not self._gone(row):
                self.holder = row
                return None
            return self._hold(connection, row)

    def _gone(self, row: Row[Any]) -> bool:
        """Whether the holder has stopped writing for sure, or cannot begin to again."""
        seen = (row.fence, row.beats)
        if seen != self.seen:
            self.beaten = self.beaten or self.seen is not None
            self.seen, self.seen_at = seen, self.asked
        holder = Process(row.host, row.machine, row.process, row.started)
        if holder.gone:
            return True
        if holder.is_here and self.asked >= row.ticks:  # both look at the same clock, which nobody sets
            return True
        return self.asked - self.seen_at >= self.pulse.lease

    def _hold(self, connection: Connection, row: Row[Any] | None) -> int | None:
        wall = self.clocks.wall()
        values = {
            **self.me._asdict(), "target": self.spot.target, "actor": self.who or "somebody", "since": written(wall),
            "beats": 0, "until": _end(wall, self.pulse), "ticks": self.asked + self.pulse.lease,
        }  # fmt: skip
        if row is not None:
            fence: int = row.fence + 1
            connection.execute(LOCKS.update().where(LOCKS.c.address == self.spot.address).values(fence=fence, **values))
            return fence
        first = (
            insert(connection.dialect.name, LOCKS)
            .values(address=self.spot.address, fence=1, **values)
            .on_conflict_do_nothing()
        )
        return (
            1 if connection.execute(first, execution_options={"preserve_rowcount": True}).rowcount else None
        )  # two may be the first at the same moment

    @property
    def in_doubt(self) -> bool:
        """Whether nobody knows yet if the holder is alive: its lease should be over, or can never have been so long."""
        if self.holder is None:
            return True
        if self.beaten:
            return False
        wall = self.clocks.wall()
        return not written(wall) < self.holder.until <= _end(wall, self.pulse)

    def reason(self) -> str:
        """Why there is a wait."""
        if self.in_doubt:
            return f"{self._held()}; it may have died, which is sure in {self.pulse.lease:.0f} s at most"
        return f"{self._held()}; waiting for it to end"

    def busy(self) -> Broken:
        """The words for a lock that somebody else holds."""
        return broken("CC012", self._held(), "wait until it has ended, or say: --wait 10m")

    def _held(self) -> str:
        row = self.holder
        if row is None:
            return f"another run on {self.spot.target} begins just now"
        named = (
            self.spot.target if row.target == self.spot.target else f"{row.target}, which is {self.spot.address} too,"
        )
        since = row.since.replace("T", " ").partition(".")[0]
        return (
            f"another run on {named} is at work: {row.actor} on {row.host} (process {row.process}), since {since} UTC"
        )


def _end(wall: datetime, pulse: Pulse) -> str:
    """When a lease ends by the wall clock. For people, and to doubt by; nothing is ever taken because of it."""
    return written(wall + timedelta(seconds=pulse.lease))
