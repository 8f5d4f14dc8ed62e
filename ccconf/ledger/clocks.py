"""The clocks by which a lock is held, and which process of which machine holds it."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple


def ticks() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps where there is such a one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def wall() -> datetime:
    """The moment, as far as this machine knows it."""
    return datetime.now(UTC)


class Clocks(NamedTuple):
    """What a lock looks at; tests put others in their place."""

    ticks: Callable[[], float] = ticks
    wall: Callable[[], datetime] = wall
    sleep: Callable[[float], None] = time.sleep


REAL = Clocks()


class Process(NamedTuple):
    """A process that nobody mistakes for another one."""

    host: str
    machine: str
    """One start of one machine, and what within it sees the same processes and clocks; empty where nobody can tell."""
    process: int
    started: str
    """In the machine's own ticks, because ids are used again."""

    @property
    def gone(self) -> bool:
        """Whether it is known for sure that it runs no more."""
        return self.is_here and started(self.process) != self.started

    @property
    def is_here(self) -> bool:
        """Whether it ran where this process runs, so that both see the same processes and the same `ticks`."""
        return bool(self.machine) and self.machine == machine()


def this_process() -> Process:
    """The process that asks."""
    return Process(socket.gethostname(), machine(), os.getpid(), started(os.getpid()))


def machine() -> str:
    """This start of this machine, with its spaces of processes and of time: containers share the rest. Linux only."""
    if sys.platform != "linux":
        return ""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        spaces = [str(Path(f"/proc/self/ns/{name}").stat().st_ino) for name in ("pid", "time")]
    except OSError:
        return ""
    return ":".join([boot, *spaces])


def started(process: int) -> str:
    """When a process was started, in the machine's ticks; empty where there is none, or it has ended already."""
    with contextlib.suppress(OSError, IndexError):
        # the name of the program stands in brackets and may itself hold brackets and spaces
        _, _, rest = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
        state, *fields = rest.split()
        return "" if state in "ZX" else fields[18]
    return ""
