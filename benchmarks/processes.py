"""Runs a command as a process of its own and tells what it cost.

Times are taken without a watcher; memory is watched in a run of its own, because watching costs time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CCCONF = (sys.executable, "-c", "from ccconf.cli.main import main; main()")
"""What the console script does, without depending on where it was installed."""

BARE_PYTHON = (sys.executable, "-c", "pass")

WATCH_SECONDS = 0.005
"""How often the memory of a process tree is looked at."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a command cost."""

    wall: float
    """Seconds from start to end."""
    cpu: float
    """Seconds of processor time, with all child processes."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The greatest memory of a command, in MB (10^6 bytes)."""

    main: float
    """Of the first process alone."""
    tree: float
    """The sum of every process's own greatest; pages that forked processes share are counted in each."""


@dataclass(slots=True)
class Place:
    """Where commands run, and what is different in their environment."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, command: Sequence[str], sink: int) -> subprocess.Popen[bytes]:
        """The started command; its output goes to a file, so that a full pipe never holds it up."""
        environment = {**_usual(), **self.environment}
        return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=sink, stderr=sink)


def _usual() -> dict[str, str]:
    """The environment, without what would keep modules from being compiled once, as where they are installed."""
    odd = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    return {name: value for name, value in os.environ.items() if name not in odd}


def run(command: Sequence[str], place: Place, *, exit_code: int = 0) -> Cost:
    """One run. Raises `RuntimeError` with the output where the command does not leave with the expected code."""
    with tempfile.TemporaryFile() as output:
        begun = time.perf_counter()
        process = place.start(command, output.fileno())
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != exit_code:
            output.seek(0)
            told = output.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)} left with {process.returncode}:\n{told}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def peak(command: Sequence[str], place: Place) -> Peak:
    """The greatest memory of the command. Needs Linux's /proc."""
    highest: dict[int, int] = {}
    with tempfile.TemporaryFile() as output:
        process = place.start(command, output.fileno())
        while process.poll() is None:
            for pid in _tree(process.pid):
                highest[pid] = max(highest.get(pid, 0), _high_water(pid))
            time.sleep(WATCH_SECONDS)
    return Peak(highest.get(process.pid, 0) / 1000, sum(highest.values()) / 1000)


def _tree(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for here in found:
        try:
            for task in Path(f"/proc/{here}/task").iterdir():
                found.extend(int(child) for child in (task / "children").read_text().split())
        except OSError:  # it has just ended
            continue
    return found


def _high_water(pid: int) -> int:
    """The greatest resident size of a process so far, in kB (1,000 bytes)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it has just ended
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0")
    return int(line.split()[1]) * 1024 // 1000
