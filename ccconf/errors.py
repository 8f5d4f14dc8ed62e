"""What is broken is raised; what is merely wrong is collected (see `ccconf.findings`).

Every exception here ends as one short message and the exit code of its class; none ends as a traceback.
"""

from __future__ import annotations

from enum import IntEnum

from ccconf.findings import Finding, Location


class Ending(IntEnum):
    """How a command ends: the exit codes of all commands, and what each means."""

    means: str

    def __new__(cls, code: int, means: str) -> Ending:
        """A number that knows its meaning."""
        ending = int.__new__(cls, code)
        ending._value_ = code
        ending.means = means
        return ending

    DONE = 0, "nothing to do, or all done"
    BROKEN = 1, "broken input or environment"
    CHANGES = 2, "changes are waiting"
    REFUSED = 3, "refused by a guard"
    STALE = 4, "the plan is stale: something was changed since"
    PARTLY = 5, "partly done, or uncertain"
    WAITING = 6, "done as far as the API goes; people's steps are waiting"
    INTERRUPTED = 130, "interrupted; what was done is in the ledger"


class CcconfError(Exception):
    """The root of what ccconf raises on purpose. `findings` say what happened, where, and how to mend it."""

    exit_code = Ending.BROKEN

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(f"{found.code} {found.message}" for found in findings))
        self.findings = findings


class Broken(CcconfError):
    """Input or environment that cannot be worked with: an unreadable file, a corrupt database."""


class Refused(CcconfError):
    """A guard said no before the first write."""

    exit_code = Ending.REFUSED


class Stale(CcconfError):
    """What the plan saw is no longer what is there, so the step was not taken."""

    exit_code = Ending.STALE


class Rejected(CcconfError):
    """The platform understood a call and said no; nothing was changed by that call."""


class Uncertain(CcconfError):
    """The answer to a write was lost: it may or may not have happened."""

    exit_code = Ending.PARTLY


def broken(code: str, message: str, hint: str = "", where: Location | None = None) -> Broken:
    """One finding, ready to raise."""
    return Broken(Finding(code=code, message=message, hint=hint, where=where))
