"""How the platform says no. The form is third-party; the words `Field '…' is not allowed`, `Invalid ID` and `Invalid
permissions profile` were seen there, the others are ours.
"""

from __future__ import annotations

from ccconf.emulation import Answer
from ccconf.emulation.exchange import json_answer


class Refusal(Exception):
    """The call was heard, and nothing was changed."""

    def __init__(self, status: int, message: str, description: str = "") -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.description = description

    def answer(self, *, in_body_only: bool = False) -> Answer:
        """The error as it goes over the wire."""
        body = {
            "status": "error",
            "code": self.status,
            "data": {"message": self.message},
            "description": self.description,
        }
        return json_answer(200 if in_body_only else self.status, body)


def bad(message: str, description: str = "") -> Refusal:
    """An argument is missing or is not what it should be."""
    return Refusal(400, message, description)
