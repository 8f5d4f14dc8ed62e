"""A drill: the same plan is carried out again and again from the same beginning, and dies each time elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

KILLED = -9
LATER = {"CCCONF_NOW": (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")}
"""Nobody waits here for calls that may still arrive: whoever resumes does so days later."""

State = dict[str, list[str]]


class Stage:
    """The process that lets others die."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.stage"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def run(
        self, folder: Path, *args: str, environment: Mapping[str, str] | None = None, die_at: int | None = None
    ) -> tuple[int, str]:
        """A command in a process of its own; its exit code, and what it printed."""
        assert self.process.stdin is not None and self.process.stdout is not None
        out, moments = self.folder / "out.txt", self.folder / "moments.txt"
        moments.write_text("")
        order = {
            "folder": str(folder), "args": args, "die_at": die_at, "out": str(out), "moments": str(moments),
            "environment": dict(environment or {}),
        }  # fmt: skip
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return code, out.read_text(encoding="utf-8")

    def moments(self) -> list[str]:
        """What the last run passed by."""
        return (self.folder / "moments.txt").read_text().splitlines()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()


class Again(NamedTuple):
    """Everything as it was before the run: a project, and what is set in the environment."""

    project: Path
    environment: Mapping[str, str] = {}


class Drill(NamedTuple):
    """One plan, saved as `plan.json` in its project, and the world that it is for."""

    stage: Stage
    again: Callable[[], Again]
    """Project, ledger and platform as they were."""
    state: Callable[[], State]
    """All that the platform has, without the ids that it hands out."""
    wrong: list[str]
    """What was ever wrong after a single write; emptied by `again`."""

    def apply(self, here: Again, die_at: int | None = None) -> tuple[int, str]:
        """The approved plan."""
        plan = str(here.project / "plan.json")
        return self.stage.run(here.project, "apply", plan, "--yes", environment=here.environment, die_at=die_at)

    def undisturbed(self) -> tuple[int, State]:
        """How many moments a whole run passes by, and what it leaves."""
        code, printed = self.apply(self.again())
        assert code == 0, f"{code}: {printed}"
        return len(self.stage.moments()), self.state()

    def resumed(self, here: Again) -> dict[str, Any] | None:
        """The report of the run that finishes what was cut off; None where nothing was: it had not begun, or ended."""
        words = ("apply", "--resume", "--yes", "--format", "json")
        code, printed = self.stage.run(here.project, *words, environment={**LATER, **here.environment})
        if code == 1 and "CC014" in printed:
            return None
        assert code == 0, f"{code}: {printed}"
        report: dict[str, Any] = json.loads(printed[printed.index("{") :])
        return report

    def survives(self, die_at: int, steps: int, expected: State) -> None:
        """One death and what comes after it."""
        here = self.again()
        before = self.state()
        code, printed = self.apply(here, die_at)
        died = f"killed {['nowhere', *self.stage.moments()][-1]} ({die_at})"
        assert code in (KILLED, 0), f"{die_at}: {printed}"
        report = self.resumed(here) if code == KILLED else None
        if report is not None:
            ends = Counter(ended["status"] for ended in report["outcomes"])
            assert ends == {"done": steps}, f"{died}: {ends}"
        elif self.state() != expected:
            assert self.state() == before, f"{died}, and nobody remembers"
            assert self.apply(here)[0] == 0, died
        assert self.state() == expected, died
        assert not self.wrong, f"{died}: {self.wrong}"

    def through(self, moments: range, steps: int, expected: State) -> None:
        """A death at each of these moments, and silence in the end."""
        for die_at in moments:
            self.survives(die_at, steps, expected)
        here = self.again()
        assert self.apply(here)[0] == 0
        code, printed = self.stage.run(here.project, "plan", environment=here.environment)
        assert (code, "Nothing to do." in printed) == (0, True), printed
