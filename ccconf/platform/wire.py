"""An answer that comes in time and within bounds, whatever the server does.

The time-out of a socket begins anew with every byte, so that a server which drips one byte every few seconds would hold
a request for ever. Here each read of an answer waits only for what is left of the time for the whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from http.client import HTTPResponse
from io import BufferedReader, BytesIO, RawIOBase
from socket import socket
from typing import Any

WHOLE = 4.0
"""How many times the time for its head a whole answer may take: a page of 10,000 rows is some 20 MB, which by default
(four times 30 seconds) comes whole even over 1.5 Mbit/s."""
LARGEST = 256 * 1024 * 1024
"""Bytes of a body, unpacked. Real pages have tens of megabytes; more would fill the memory before anybody looks."""


class TooLarge(Exception):
    """A body has more than `LARGEST` bytes, or its head says so."""


class TimelyResponse(HTTPResponse):
    """An answer whose head is there within the time-out of its socket, and whose end within `WHOLE` times that.

    Raises TimeoutError where it is not, and `TooLarge` where the head announces too much.
    """

    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._wire = _Wire(sock, self.fp.detach())
        self.fp = BufferedReader(self._wire)

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        self._wire.head_is_there()
        if self.length is not None and self.length > LARGEST:
            raise TooLarge


class _Wire(RawIOBase):
    """The bytes of one answer as they come off the socket, until its time is over."""

    def __init__(self, sock: socket, raw: RawIOBase) -> None:
        self._raw = raw
        self._sock = sock
        timeout = sock.gettimeout()
        assert timeout is not None  # a request without a time-out is never sent
        self._timeout = timeout
        self._began = time.monotonic()
        self._due = self._began + timeout

    def head_is_there(self) -> None:
        """The body has longer, but may not be silent for longer."""
        self._due = self._began + WHOLE * self._timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._due - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(left, self._timeout))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def joined(pieces: Iterable[bytes]) -> bytes:
    """A whole body of its unpacked pieces. Raises `TooLarge`."""
    body = BytesIO()
    for piece in pieces:
        body.write(piece)
        if body.tell() > LARGEST:
            raise TooLarge
    return body.getvalue()
