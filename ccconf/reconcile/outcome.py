"""What became of each step of a plan, complete even after a failure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from ccconf.errors import Ending


class Status(StrEnum):
    """How a step ended. WAITING: a person must do it. UNCERTAIN: the answer was lost."""

    DONE = "done"
    FAILED = "failed"
    STALE = "stale"
    UNCERTAIN = "uncertain"
    BLOCKED = "blocked"
    WAITING = "waiting"


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The end of one step."""

    step: str
    status: Status
    code: str = ""
    detail: str = ""
    hint: str = ""
    native_id: str = ""
    calls: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All outcomes of a run, in the order of the plan."""

    plan_id: str
    target: str
    outcomes: tuple[Outcome, ...]
    adopted: int = 0
    interrupted: bool = False

    def count(self, status: Status) -> int:
        """How many steps ended so."""
        return sum(outcome.status is status for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        """The exit code of the run, as a plain number for the ledger."""
        return self._ending.value

    @property
    def _ending(self) -> Ending:
        statuses = {outcome.status for outcome in self.outcomes}
        if self.interrupted:
            return Ending.INTERRUPTED
        if Status.STALE in statuses:
            return Ending.STALE
        if statuses & {Status.FAILED, Status.UNCERTAIN, Status.BLOCKED}:
            return Ending.PARTLY
        return Ending.WAITING if Status.WAITING in statuses else Ending.DONE

    def as_data(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        return data
