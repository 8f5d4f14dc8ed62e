"""What goes over the wire once: a request and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

JSON = "application/json; charset=utf-8"


class Request(NamedTuple):
    """A request whose body has been read. The path is decoded; the query is as it came."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}  # names in lower case
    body: bytes = b""
    address: str = "127.0.0.1"


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Cut(NamedTuple):
    """No whole answer: the connection is closed. Half of the body of `answer` leaves before, if there is one."""

    answer: Answer | None = None
    reset: bool = False
    """Whether the connection ends by a reset (TCP RST) instead of an orderly close."""


class Twice(NamedTuple):
    """The answer is sent twice at once on the same connection."""

    answer: Answer


Reply = Answer | Cut | Twice
"""What becomes of a request."""

Application = Callable[[Request], Answer]


def json_answer(status: int, data: Any, *headers: tuple[str, str]) -> Answer:
    """Data as JSON, in the order in which it is."""
    return Answer(status, msgspec.json.encode(data), (("Content-Type", JSON), *headers))
