"""How the platform says no: the vendor's error body, and its warning codes in the spelling of the version.

The codes are the vendor's (`Pbx.Warnings`); which of them answers which mistake is mostly our guess.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Warn(StrEnum):
    """The warning codes that the emulator uses, as version 20.0.10 spells them."""

    ALREADY_EXPIRED = "WARNINGS.ALREADY_EXPIRED"
    ALREADY_IN_USE = "WARNINGS.XAPI.ALREADY_IN_USE"
    CAN_NOT_BE_EMPTY_STRING = "WARNINGS.XAPI.CAN_NOT_BE_EMPTY_STRING"
    DUPLICATE = "WARNINGS.XAPI.DUPLICATE"
    FORBIDDEN_CHANGE = "WARNINGS.XAPI.FORBIDDEN_CHANGE"
    GROUP_CANNOT_BE_DELETED = "WARNINGS.GROUP_CANNOT_BE_DELETED"
    GROUP_WITH_MEMBERS = "WARNINGS.GROUP_WITH_MEMBERS_CANNOT_BE_DELETED"
    INVALID = "WARNINGS.INVALID"
    INVALID_IP_MASK = "WARNINGS.INVALID_IP_MASK"
    INVALID_LICENSE_TYPE = "WARNINGS.XAPI.INVALID_LICENSE_TYPE"
    INVALID_TIMEZONE = "WARNINGS.XAPI.INVALID_TIMEZONE"
    LIMIT_REACHED = "WARNINGS.LIMIT_REACHED"
    NOT_FOUND = "WARNINGS.XAPI.NOT_FOUND"
    NON_EXISTENT_NUMBER = "WARNINGS.XAPI.NON_EXISTENT_EXT_NUMBER"
    NOT_SUPPORTED = "WARNINGS.XAPI.NOT_SUPPORTED"
    NO_MORE_NUMBERS = "WARNINGS.NO_MORE_NUMBERS_AVAILABLE"
    OTHER_USER_ROLE_DOWNGRADE = "WARNINGS.XAPI.OTHER_USER_ROLE_DOWNGRADE"
    OUT_OF_THE_RANGE = "WARNINGS.XAPI.OUT_OF_THE_RANGE"
    REQUIRED = "WARNINGS.XAPI.REQUIRED"
    USER_CANNOT_BE_DELETED = "WARNINGS.USER_EXTENSION_CANNOT_BE_DELETED"
    USER_ROLE_DOWNGRADE = "WARNINGS.XAPI.USER_ROLE_DOWNGRADE"

    def spelled(self, version: str) -> str:
        """As that version of the product writes it: `INVALID` moved between 20.0.8 and 20.0.9."""
        early = tuple(int(part) if part.isdigit() else 0 for part in version.split(".")[:3]) < (20, 0, 9)
        return "WARNINGS.XAPI.INVALID" if early and self is Warn.INVALID else str(self)


class Refusal(Exception):
    """The call was understood, or at least heard, and nothing was changed."""

    def __init__(self, status: int, message: str, target: str = "", warning: Warn | None = None) -> None:
        super().__init__(f"{status} {target} {warning or message}".replace("  ", " "))
        self.status = status
        self.message = message
        self.target = target
        self.warning = warning

    def body(self, version: str) -> dict[str, Any]:
        """The vendor's error body."""
        if self.warning is None:
            return {"error": {"code": "", "message": self.message, "details": []}}
        code = self.warning.spelled(version)
        detail = {"code": "", "message": code, "target": self.target}
        return {"error": {"code": "", "message": f"{self.target}:\n{code}", "details": [detail]}}


def warned(target: str, warning: Warn, status: int = 400) -> Refusal:
    """The platform's own rule was broken at a property."""
    return Refusal(status, "", target, warning)


def malformed(message: str) -> Refusal:
    """The call cannot be read as one of this interface."""
    return Refusal(400, message)


def missing(what: str) -> Refusal:
    """There is no such object."""
    return Refusal(404, "", what, Warn.NOT_FOUND)
