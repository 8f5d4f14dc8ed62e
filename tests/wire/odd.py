"""A server that answers in bytes of one's own choice, as slowly as one likes, and counts who connects."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

Says = Callable[["Line"], object]
"""What is said on a line in answer to one request."""


class Line(StreamRequestHandler):
    """One connection, which stays open for further requests until somebody hangs up."""

    server: Odd
    timeout = 30.0  # seconds: a test that fails is not to hang

    def handle(self) -> None:
        """One answer after another, as planned; without a plan a plain yes."""
        with contextlib.suppress(OSError):  # hung up, also in the middle of an answer
            while request := self._request():
                self.server.requests.append(request)
                (self.server.plan.pop(0) if self.server.plan else yes)(self)

    def finish(self) -> None:
        """Nothing is left to be said to somebody who hung up."""
        with contextlib.suppress(OSError):
            super().finish()

    def say(self, text: bytes) -> None:
        """At once."""
        self.wfile.write(text)

    def rest(self, seconds: float) -> None:
        """Say nothing. Ends the line where the server stops meanwhile."""
        if self.server.stopping.wait(seconds):
            raise ConnectionAbortedError

    def repeat(self, text: bytes, seconds: float = 0.0) -> None:
        """The same again and again, every so many seconds, until somebody hangs up: at the latest the server does."""
        until = time.monotonic() + self.timeout
        while time.monotonic() < until:
            self.say(text)
            self.rest(seconds)
        self.hang_up()

    def hang_up(self) -> None:
        """No more on this line."""
        raise ConnectionAbortedError

    def _request(self) -> str:
        first = self.rfile.readline().decode()
        length = 0
        while (header := self.rfile.readline().strip().lower()) != b"":
            name, _, value = header.partition(b":")
            length = int(value) if name == b"content-length" else length
        self.rfile.read(length)
        return first.rpartition(" ")[0]


class Odd(ThreadingTCPServer):
    """Listens on loopback, with TLS where a context is given."""

    daemon_threads = False  # closing waits for each
    request_queue_size = 16

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.context = context
        self.plan: list[Says] = []
        self.requests: list[str] = []
        self.connections = 0
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        """The address to talk to."""
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> tuple[socket.socket, Any]:
        """The next connection."""
        connection, address = super().get_request()
        self.connections += 1
        return (self.context.wrap_socket(connection, server_side=True) if self.context else connection), address

    def leave(self) -> None:
        """Nobody listens at the address any more."""
        self.stopping.set()
        self.shutdown()
        self.server_close()


@contextlib.contextmanager
def listening(server: Odd) -> Iterator[Odd]:
    """The server in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="odd")
    thread.start()
    try:
        yield server
    finally:
        server.leave()
        thread.join()


def yes(line: Line) -> None:
    """An answer as it should be."""
    line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes")


def head(*fields: str, status: str = "200 OK") -> bytes:
    """The head of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()
