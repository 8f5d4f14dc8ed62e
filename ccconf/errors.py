"""What is broken is raised; what is merely wrong is collected (see `ccconf.findings`).

Every exception here ends as one short message and the exit code of its class; none ends as a traceback.
"""

from __future__ import annotations

from ccconf.findings import Finding, Location


class CcconfError(Exception):
    """The root of what ccconf raises on purpose. `findings` say what happened, where, and how to mend it."""

    exit_code = 1

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(f"{found.code} {found.message}" for found in findings))
        self.findings = findings


class Broken(CcconfError):
    """Input or environment that cannot be worked with: an unreadable file, a corrupt database."""


class Refused(CcconfError):
    """A guard said no before the first write."""

    exit_code = 3


class Stale(CcconfError):
    """What the plan saw is no longer what is there, so the step was not taken."""

    exit_code = 4


class Rejected(CcconfError):
    """The platform understood a call and said no; nothing was changed by that call."""


class Uncertain(CcconfError):
    """The answer to a write was lost: it may or may not have happened."""

    exit_code = 5


def broken(code: str, message: str, hint: str = "", where: Location | None = None) -> Broken:
    """One finding, ready to raise."""
    return Broken(Finding(code=code, message=message, hint=hint, where=where))
