"""An answer comes whole, in time and within bounds, or is given up: none is waited for without end, none fills memory.

The times are short, the bounds are wide: nothing here depends on how quick the machine is.
"""

from __future__ import annotations

import gzip
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ccconf.errors import Broken, Uncertain
from ccconf.platform import http as http_module
from ccconf.platform import wire
from ccconf.platform.http import LONGEST_WAIT, Ask, Http
from ccconf.platform.pace import Pace
from tests.wire.odd import Line, Odd, Says, head, listening, yes

READ = Ask("GET", "/people")
SET = Ask("PATCH", "/people/1", json={"name": "Anna"})
MAKE = Ask("POST", "/people", json={"name": "Anna"}, repeatable=False)
LOG_IN = Ask("POST", "/token", form={"secret": "s"})

SHORT, LONG = 0.1, 20.0
"""Seconds for the head of an answer: where it is to be too late, and where it never is."""
TICK = 0.01
"""Seconds between two bytes of a drip: never too long by itself."""
MILLION = 2**20


class Caller:
    """Somebody who asks an odd server and never sleeps; how often the pace heard of a busy platform is counted."""

    def __init__(self, server: Odd, *, url: str = "", ca: Path | None = None, proxies: bool = False) -> None:
        self.server = server
        self.busy = 0
        self.http = Http(url or server.url, ca=ca, proxies=proxies, pace=Pace(sleep=lambda seconds: None))
        self.http.pace.busy = self._busy  # type: ignore[method-assign]

    def _busy(self, retry_after: float = 0.0) -> None:
        self.busy += 1

    def after_the_first_attempt(self, deed: Callable[[], object]) -> None:
        """It happens when the caller would wait for the next one."""

        def instead_of_waiting(seconds: float) -> None:
            deed()

        self.http.patience.sleep = instead_of_waiting

    def seconds(self, ask: Ask, raises: type[Exception], match: str) -> float:
        """How long a request took that failed."""
        began = time.monotonic()
        with pytest.raises(raises, match=match):
            self.http.send(ask)
        return time.monotonic() - began


@pytest.fixture
def lines() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def caller(lines: ExitStack) -> Caller:
    return called(lines, Odd())


def called(lines: ExitStack, server: Odd, url: str = "", ca: Path | None = None, *, proxies: bool = False) -> Caller:
    """Somebody who hangs up in the end."""
    lines.enter_context(listening(server))
    one = Caller(server, url=url, ca=ca, proxies=proxies)
    lines.callback(one.http.close)
    return one


def dripping_head(line: Line) -> None:
    line.say(b"HTTP/1.1 200 OK\r\nX-Long: ")
    line.repeat(b"x", TICK)


def dripping_continue(line: Line) -> None:
    line.repeat(head(status="100 Continue"), TICK)


def dripping_body(line: Line) -> None:
    line.say(head("Content-Length: 1000000"))
    line.repeat(b"x", TICK)


def dripping_chunks(line: Line) -> None:
    line.say(head("Transfer-Encoding: chunked"))
    line.repeat(b"1\r\nx\r\n", TICK)


def silent_in_the_middle(line: Line) -> None:
    line.say(head("Content-Length: 1000000") + b"half")
    line.rest(60)


def certified(path: Path) -> ssl.SSLContext:
    """The context of a server; the certificate of its authority is written to the path."""
    trustme = pytest.importorskip("trustme", reason="trustme is not installed")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(path))
    return context


class TestADrip:
    """Each byte comes soon enough; the whole never comes."""

    @pytest.mark.parametrize("drip", [dripping_head, dripping_continue, silent_in_the_middle])
    def test_is_given_up_when_the_time_for_a_sign_is_over(self, caller: Caller, drip: Says) -> None:
        caller.http.timeout, caller.http.patience.attempts = SHORT, 1
        caller.server.plan = [drip]
        assert SHORT * 0.9 <= caller.seconds(READ, Broken, "CC707 .* in time") <= LONG

    @pytest.mark.parametrize("drip", [dripping_body, dripping_chunks])
    def test_is_given_up_when_the_time_for_the_whole_is_over(self, caller: Caller, drip: Says) -> None:
        caller.http.timeout, caller.http.patience.attempts = SHORT, 1
        caller.server.plan = [drip]
        assert SHORT * 0.9 <= caller.seconds(READ, Broken, "CC707 .* in time") <= LONG

    def test_over_tls_is_none_the_longer(self, lines: ExitStack, tmp_path: Path) -> None:
        caller = called(lines, Odd(certified(tmp_path / "ca.pem")), ca=tmp_path / "ca.pem")
        assert caller.http.send(READ).body == b"yes"
        caller.http.timeout, caller.http.patience.attempts = SHORT, 1
        caller.server.plan = [dripping_head]
        assert caller.seconds(READ, Broken, "CC707 .* in time") <= LONG
        caller.http.timeout = LONG
        assert caller.http.send(READ).body == b"yes"

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_of_a_proxy_is_none_the_longer(
        self, lines: ExitStack, monkeypatch: pytest.MonkeyPatch, scheme: str
    ) -> None:
        """Over https the proxy is asked for a tunnel first, which belongs to connecting."""
        monkeypatch.setattr(http_module, "CONNECT_SECONDS", SHORT)
        caller = called(lines, Odd(), f"{scheme}://platform.example", proxies=True)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(f"{scheme}_proxy", caller.server.url)
        caller.http.timeout, caller.http.patience.attempts = SHORT, 1
        caller.server.plan = [dripping_head]
        assert caller.seconds(READ, Broken, "CC707") <= LONG
        assert [request.partition(" ")[0] for request in caller.server.requests] in (["GET"], ["CONNECT"])

    @pytest.mark.parametrize("ask", [READ, SET, LOG_IN])
    def test_is_repeated_on_a_new_connection_where_that_does_no_harm(self, caller: Caller, ask: Ask) -> None:
        assert caller.http.send(READ).body == b"yes"
        caller.http.timeout = SHORT
        caller.server.plan = [silent_in_the_middle]
        caller.after_the_first_attempt(lambda: setattr(caller.http, "timeout", LONG))
        assert caller.http.send(ask).body == b"yes"
        assert (caller.server.connections, len(caller.server.requests), caller.busy) == (2, 3, 1)

    def test_leaves_a_change_in_doubt(self, caller: Caller) -> None:
        caller.http.timeout = SHORT
        caller.server.plan = [dripping_body, silent_in_the_middle]
        caller.seconds(MAKE, Uncertain, "CC703 .* whether it was done is not known")
        assert len(caller.server.requests) == 1
        caller.http.patience.attempts = 1
        caller.seconds(SET, Uncertain, "CC703 .* whether it was done is not known")
        assert (len(caller.server.requests), caller.busy) == (2, 2)


def slow_but_honest(line: Line) -> None:
    """Longer than the time for a sign, but never silent for so long."""
    line.say(head("Content-Length: 10"))
    for _ in range(5):
        line.rest(0.2)
        line.say(b"ab")


def test_a_slow_line_is_waited_for(caller: Caller) -> None:
    caller.http.timeout, caller.http.patience.attempts = 0.8, 1
    caller.server.plan = [slow_but_honest, yes]
    assert caller.http.send(READ).body == b"ab" * 5
    assert caller.http.send(READ).body == b"yes"
    assert caller.server.connections == 1


def endless(line: Line) -> None:
    line.say(head("Connection: close"))
    line.repeat(b"x" * 65536)


def endless_chunks(line: Line) -> None:
    line.say(head("Transfer-Encoding: chunked"))
    line.repeat(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def announced(line: Line) -> None:
    """The body need not even begin."""
    line.say(head(f"Content-Length: {wire.LARGEST + 1}"))
    line.rest(60)


def packed(*fields: str, many: int = 2 * MILLION, status: str = "200 OK") -> Says:
    """So many bytes in a few thousand."""
    body = gzip.compress(b"x" * many)
    return lambda line: line.say(
        head("Content-Encoding: gzip", f"Content-Length: {len(body)}", *fields, status=status) + body
    )


def packed_in_a_chunk(line: Line) -> None:
    body = gzip.compress(b"x" * 2 * MILLION)
    line.say(
        head("Content-Encoding: gzip", "Transfer-Encoding: chunked")
        + f"{len(body):x}\r\n".encode()
        + body
        + b"\r\n0\r\n\r\n"
    )


class TestTooMuch:
    """More than any page has: given up at once, since it would be as much the next time."""

    @pytest.mark.parametrize(
        "flood",
        [
            pytest.param(endless, id="no end"),
            pytest.param(endless_chunks, id="no end of chunks"),
            pytest.param(announced, id="announced"),
            pytest.param(packed(), id="packed"),
            pytest.param(packed_in_a_chunk, id="packed in a chunk"),
            pytest.param(packed("Location: /elsewhere", status="302 Found"), id="packed where one is sent elsewhere"),
        ],
    )
    def test_is_read_no_further(self, caller: Caller, monkeypatch: pytest.MonkeyPatch, flood: Says) -> None:
        monkeypatch.setattr(wire, "LARGEST", MILLION)
        caller.server.plan = [flood, flood, flood]
        caller.seconds(READ, Broken, r"CC707 the answer of http://127.0.0.1:\d+ is larger than 256 MB")
        for ask in (SET, MAKE):
            caller.seconds(ask, Uncertain, "CC703 .* is larger than 256 MB; whether it was done is not known")
        assert len(caller.server.requests) == 3
        assert caller.http.send(READ).body == b"yes"  # and not the rest of another answer

    def test_what_just_fits_is_read(self, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wire, "LARGEST", MILLION)
        plain = head(f"Content-Length: {MILLION}") + b"x" * MILLION
        caller.server.plan = [lambda line: line.say(plain), packed(many=MILLION)]
        for _ in range(2):
            assert caller.http.send(READ).body == b"x" * MILLION
        assert caller.server.connections == 1


def test_one_connection_serves_many_requests(caller: Caller) -> None:
    """Whatever form the answers have."""
    chunks = head("Transfer-Encoding: chunked") + b"1\r\ny\r\n2\r\nes\r\n0\r\n\r\n"
    for say in (head(status="204 No Content"), head("Content-Length: 0", status="500 Oh"), chunks):
        caller.server.plan += [yes, lambda line, say=say: line.say(say)] * 10  # type: ignore[misc]
    caller.server.plan += [packed(many=5), packed("Location: /elsewhere", many=5, status="302 Found")]
    bodies = [caller.http.send(ask).body for ask in (READ, SET) * 31]
    assert bodies == [b"yes", b""] * 20 + [b"yes"] * 20 + [b"xxxxx"] * 2
    assert caller.server.connections == 1


def test_closing_hangs_up_at_once(caller: Caller) -> None:
    """Even while an error is remembered, which holds what it came from."""
    caller.http.timeout, caller.http.patience.attempts = SHORT, 1
    caller.server.plan = [silent_in_the_middle]
    with pytest.raises(Broken) as remembered:
        caller.http.send(READ)
    caller.http.timeout = LONG
    assert caller.http.send(READ).body == b"yes"
    began = time.monotonic()
    caller.http.close()
    caller.server.leave()  # it waits for every line to end
    assert time.monotonic() - began <= LONG
    assert remembered.value.__cause__ is not None


def busy_gateway(line: Line) -> None:
    line.say(head("Content-Length: 0", status="502 Bad Gateway"))


def not_before_long(line: Line) -> None:
    after = f"Retry-After: {LONGEST_WAIT + 1:.0f}"
    line.say(head("Content-Length: 0", after, status="429 Too Many Requests"))


class TestHeardOnce:
    """A change that may have been made stays in doubt, however the attempts after it end."""

    def test_and_then_told_to_come_back_much_later(self, caller: Caller) -> None:
        caller.server.plan = [busy_gateway, not_before_long] * 2
        caller.seconds(SET, Uncertain, "CC703 .* asks to come back in 121 seconds; whether it was done is not known")
        caller.seconds(READ, Broken, "CC707 .* asks to come back in 121 seconds")
        caller.server.plan = [not_before_long]
        caller.seconds(SET, Broken, "CC707 .* asks to come back in 121 seconds")
        assert len(caller.server.requests) == 5

    def test_and_then_nobody_is_there(self, caller: Caller) -> None:
        caller.server.plan = [Line.hang_up]
        caller.after_the_first_attempt(caller.server.leave)
        caller.seconds(SET, Uncertain, "CC703 .* cannot be reached: .* whether it was done is not known")
        assert len(caller.server.requests) == 1

    def test_and_then_the_certificate_is_anothers(self, lines: ExitStack, tmp_path: Path) -> None:
        server = Odd(certified(tmp_path / "ca.pem"))
        caller = called(lines, server, ca=tmp_path / "ca.pem")
        caller.after_the_first_attempt(lambda: setattr(server, "context", certified(tmp_path / "another.pem")))
        server.plan = [Line.hang_up]
        caller.seconds(SET, Uncertain, "CC703 .* cannot be trusted; whether it was done is not known")
        caller.seconds(SET, Broken, "CC707 .* cannot be trusted")
        assert len(server.requests) == 1
