"""What the server was asked, for tests and benchmarks to read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import NamedTuple


class Record(NamedTuple):
    """One request. Times are seconds of the monotonic clock; no status means that no whole answer left."""

    method: str
    path: str
    query: str
    status: int | None
    started: float
    stopped: float
    in_flight: int
    """How many requests were under way when this one came, itself included."""
    body: bytes = b""
    """What was sent as JSON; a form, which may hold a secret, is not kept."""


class RequestLog:
    """The finished requests in the order in which they ended. Safe to read while the server works."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[Record] = []
        self._under_way = 0

    def begin(self) -> int:
        """A request came. How many are under way with it."""
        with self._lock:
            self._under_way += 1
            return self._under_way

    def end(self, record: Record) -> None:
        """The request that began has ended."""
        with self._lock:
            self._under_way -= 1
            self._records.append(record)

    def clear(self) -> None:
        """Forget what was asked so far."""
        with self._lock:
            self._records.clear()

    @property
    def most_in_flight(self) -> int:
        """The largest number of requests that were under way at once."""
        return max((record.in_flight for record in self), default=0)

    def __iter__(self) -> Iterator[Record]:
        with self._lock:
            return iter(tuple(self._records))

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> Record:
        return self._records[index]
