"""The server: HTTP/1.1 with connections that stay open, one thread each, and an orderly end."""

from __future__ import annotations

import contextlib
import math
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from ccconf.emulation.exchange import Answer, Application, Cut, Reply, Request, Twice
from ccconf.emulation.faults import Fault, Faults
from ccconf.emulation.late import Late
from ccconf.emulation.log import Record, RequestLog
from ccconf.emulation.pace import Bucket, Pace
from ccconf.model.kinds import ready_for_threads

LARGEST_BODY = 16 * 1024 * 1024
"""Bytes; what is larger is no configuration."""

_HTML = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Please sign in</h1></body></html>"


class Server:
    """An application behind its pace and its faults. `requests` is the log."""

    def __init__(
        self,
        application: Application,
        *,
        faults: Faults | None = None,
        pace: Pace = Pace(),  # noqa: B008 - an immutable value
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.application = application
        self.faults = faults or Faults()
        self.pace = pace
        self.requests = RequestLog()
        self.clock = clock
        self.stopping = threading.Event()
        self._late = Late(clock)
        self._bucket = Bucket(pace.rate_limit, pace.burst, clock) if pace.rate_limit else None
        self._sockets = _Sockets((host, port), self)

    @property
    def port(self) -> int:
        """The port that is listened on, also where any free one was asked for."""
        return int(self._sockets.server_address[1])

    @property
    def url(self) -> str:
        """The address to talk to."""
        host = str(self._sockets.server_address[0])
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def run(self) -> None:
        """Serve until `stop` is called from elsewhere, or the keyboard interrupts."""
        ready_for_threads()
        self._sockets.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        """Cut what is under way and free the port."""
        self.stopping.set()
        self._sockets.shutdown()
        self.close()

    def close(self) -> None:
        """Free the port after `run` has ended."""
        self.stopping.set()
        self._late.stop()
        self._sockets.cut_all()
        self._sockets.server_close()

    def exchange(self, request: Request) -> Reply:
        """One request through log, pace and faults."""
        in_flight, started = self.requests.begin(), self.clock()
        reply: Reply = Cut()
        self._late.carry_out()
        try:
            reply = self._reply(request)
            return reply
        finally:
            self.requests.end(
                Record(
                    request.method,
                    request.path,
                    request.query,
                    _status(reply),
                    started,
                    self.clock(),
                    in_flight,
                    request.body if "json" in request.headers.get("content-type", "") else b"",
                )
            )

    def _reply(self, request: Request) -> Reply:
        wait = self._bucket.wait_needed() if self._bucket else 0.0
        if wait:
            return _too_many(wait if self.pace.says_retry_after else None)
        if self.pace.latency:
            self.stopping.wait(self.pace.latency)
        fault = self.faults.struck(request.method, request.path)
        return self.application(request) if fault is None else self._failing(request, fault)

    def _failing(self, request: Request, fault: Fault) -> Reply:
        match fault.kind:
            case "status":
                return _error(fault.code, fault.retry_after)
            case "refuse":
                return Cut()
            case "lost":
                self.application(request)
                return Cut()
            case "reset":
                self.application(request)
                return Cut(reset=True)
            case "late":
                self._late.add(fault.delay, lambda: self.application(request))
                return Cut()
            case "doubled":
                self.application(request)
                return self.application(request)
            case "echoed":
                return Twice(self.application(request))
            case "truncated":
                return Cut(self.application(request))
            case "garbage":
                return Answer(200, _HTML, (("Content-Type", "text/html; charset=utf-8"),))
            case "slow" | "frozen":
                return Cut() if self.stopping.wait(fault.delay) else self.application(request)
            case special:
                self.faults.special[special]()
                return self.application(request)


def _status(reply: Reply) -> int | None:
    """The status of a whole answer."""
    match reply:
        case Answer(status=status) | Twice(answer=Answer(status=status)):
            return status
        case _:
            return None


def _error(status: int, retry_after: int | None) -> Answer:
    """What stands in front of an application says no: plain text, not the vendor's form."""
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    return Answer(status, f"{status} from the emulator, on purpose\n".encode(), tuple(headers))


def _too_many(wait: float | None) -> Answer:
    return _error(429, None if wait is None else max(1, math.ceil(wait)))


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    """The server in a thread of its own; afterwards the port is free."""
    thread = threading.Thread(target=server.run, name="emulator")
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


class _Sockets(ThreadingHTTPServer):
    """The listening socket, and the connections that are open, so that an end is an end."""

    daemon_threads = False  # `server_close` then waits for each: none outlives the test that made it
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: Server) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the client was quicker
                    connection.shutdown(socket.SHUT_RDWR)


class _Connection(BaseHTTPRequestHandler):
    """One connection: reads requests off it until one side has enough."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together, else each answer waits for the client's delayed acknowledgement
    server: _Sockets

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method goes one way; which ones there are is the application's affair."""
        if name.startswith("do_"):
            return self._answer_one
        raise AttributeError(name)

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the client has gone, as clients do
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the log of requests is kept for those who ask."""

    def version_string(self) -> str:
        return "emulator"

    def _answer_one(self) -> None:
        request = self._request()
        if isinstance(request, Answer):
            self.close_connection = True  # what follows on the connection cannot be told from the body
            self._send(request)
            return
        match self.server.owner.exchange(request):
            case Answer() as answer:
                self._send(answer)
            case Twice(answer=answer):
                self._write(answer)
                self._send(answer)
            case Cut(answer=answer, reset=reset):
                if answer is not None and answer.body:
                    self._send(answer, half=True)
                if reset:  # a close that waits no time for what was not sent is a reset
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                self.close_connection = True

    def _request(self) -> Request | Answer:
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers:
            return _error(411, None)
        if not (length.isascii() and length.isdigit()):
            return _error(400, None)
        if int(length) > LARGEST_BODY:
            return _error(413, None)
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return _error(400, None)  # the client went away in the middle of it; what it meant nobody knows
        return Request(self.command, unquote(path), query, headers, body, self.client_address[0])

    def _send(self, answer: Answer, *, half: bool = False) -> None:
        self._write(answer, half=half)
        self.wfile.flush()

    def _write(self, answer: Answer, *, half: bool = False) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)
