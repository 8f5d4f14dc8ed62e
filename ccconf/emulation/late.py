"""Requests that are carried out only when whoever sent them has given up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple


class _Waiting(NamedTuple):
    """Something that is still to be done, and when."""

    due: float
    deed: Callable[[], object]
    timer: threading.Timer


class Late:
    """Deeds that wait, by the server's clock where that is moved by hand, else by a timer; each is done once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        """Guards the list; whoever takes a deed from it does it."""
        self._waiting: list[_Waiting] = []

    def add(self, seconds: float, deed: Callable[[], object]) -> None:
        """Do it so many seconds from now."""
        timer = threading.Timer(seconds, self._take_first)
        timer.daemon = True
        with self._lock:
            self._waiting.append(_Waiting(self._clock() + seconds, deed, timer))
            self._waiting.sort(key=lambda waiting: waiting.due)
        timer.start()

    def carry_out(self) -> None:
        """Do what is due by the clock."""
        now = self._clock()
        with self._lock:
            due = [waiting for waiting in self._waiting if waiting.due <= now]
            self._waiting = [waiting for waiting in self._waiting if waiting.due > now]
        for waiting in due:
            waiting.timer.cancel()
            waiting.deed()

    def stop(self) -> None:
        """What is left is never done."""
        with self._lock:
            left, self._waiting = self._waiting, []
        for waiting in left:
            waiting.timer.cancel()

    def _take_first(self) -> None:
        """As many seconds have gone by as the first was to wait, whatever the clock says."""
        with self._lock:
            first = self._waiting.pop(0) if self._waiting else None
        if first is not None:
            first.deed()
