"""One value that several threads share, read from the platform when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Read by one thread while the others wait, and read anew once it was dropped.

    The value itself is never altered: who knows better puts another in its place.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._held: tuple[T] | None = None
        self._meanwhile: list[Callable[[T], T]] | None = None
        """What was written while somebody reads, whose answer may be older than that; None where nobody reads."""
        self._dropped = False
        self._reading = Lock()
        """Held while somebody reads, so that nobody else asks the platform for the same."""
        self._lock = Lock()
        """Guards the three fields above; never held while the platform is asked."""

    def __call__(self) -> T:
        """The value. Raises whatever reading it raises; the next who asks then reads again."""
        held = self._held
        if held is not None:
            return held[0]
        with self._reading:
            with self._lock:
                if self._held is not None:
                    return self._held[0]
                self._meanwhile, self._dropped = [], False
            try:
                return self._kept(self._read())
            finally:
                self._meanwhile = None

    @property
    def held(self) -> bool:
        """Whether it can be had without reading."""
        return self._held is not None

    def drop(self) -> None:
        """What is known may no longer be so. Who is reading at this moment keeps the answer to himself."""
        with self._lock:
            self._held, self._dropped = None, True

    def put(self, value: T) -> None:
        """Somebody has read it otherwise."""
        with self._lock:
            self._held = (value,)

    def change(self, changed: Callable[[T], T]) -> None:
        """What was written stands in the value from now on; where nothing was read yet there is nothing to change."""
        with self._lock:
            if self._held is not None:
                self._held = (changed(self._held[0]),)
            elif self._meanwhile is not None:
                self._meanwhile.append(changed)

    def _kept(self, value: T) -> T:
        with self._lock:
            for changed in self._meanwhile or ():
                value = changed(value)
            self._meanwhile = None
            if not self._dropped:
                self._held = (value,)
            return value


class Turns:
    """One lock for each thing that is read, merged and written as a whole."""

    def __init__(self) -> None:
        self._locks: dict[object, Lock] = {}
        self._lock = Lock()
        """Guards the dictionary."""

    def of(self, thing: object) -> Lock:
        """The lock of that thing. Whoever holds it takes no second one."""
        with self._lock:
            return self._locks.setdefault(thing, Lock())
