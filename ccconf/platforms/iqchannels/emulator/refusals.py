"""How iQChannels says no: status 200, and an envelope with one of the documented codes."""

from __future__ import annotations

from typing import Literal

Code = Literal["internal_server_error", "bad_request", "not_found", "forbidden", "unauthorized", "invalid"]


class Refusal(Exception):
    """A documented code with words for a person."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def nobody(kind: str, id_: int) -> Refusal:
    """There is no such object."""
    return Refusal("not_found", f"{kind} {id_} not found")
