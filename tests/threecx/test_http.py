"""The one way to ask a platform, over a real connection: what is repeated, how often, how long is waited, and how fast
may be asked. Time is told, not waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from ccconf.emulation import Answer, Fault, Faults, Request, Server, serving
from ccconf.emulation.pace import Bucket
from ccconf.emulation.server import _Connection
from ccconf.errors import Broken, CcconfError, Uncertain
from ccconf.platform.http import LONGEST_WAIT, Ask, Http
from ccconf.platform.pace import MARGIN, QUIET_SECONDS, STEP_DOWN, STEP_UP, Pace
from tests.threecx.pbx import Clock, free_port

ATTEMPTS = 6
NOON = 1_772_000_000


class Line(NamedTuple):
    """A server on loopback, and somebody who asks it."""

    server: Server
    http: Http
    clock: Clock

    def fails(self, kind: str, code: int = 503, times: int | None = None, retry_after: int | None = None) -> None:
        """From now on it goes wrong."""
        self.server.faults.add(Fault(kind=kind, code=code, times=times, retry_after=retry_after))

    @property
    def asked(self) -> int:
        """How many requests came."""
        return len(self.server.requests)


Dial = Callable[[Callable[[Request], Answer]], Line]


@pytest.fixture
def dial() -> Iterator[Dial]:
    """Makes a line to an application."""
    with ExitStack() as lines:

        def dialled(application: Callable[[Request], Answer]) -> Line:
            clock = Clock()
            server = lines.enter_context(serving(Server(application, faults=Faults(), clock=clock)))
            http = Http(server.url, pace=Pace(None, clock, clock.sleep))
            lines.callback(http.close)
            return Line(server, http, clock)

        yield dialled


@pytest.fixture
def line(dial: Dial) -> Line:
    """A line to somebody who says yes to everything."""
    return dial(lambda request: Answer(200, b"yes"))


READ = Ask("GET", "/people")
SET = Ask("PATCH", "/people/1", json={"name": "Anna"})
GO = Ask("DELETE", "/people/1")
MAKE = Ask("POST", "/people", json={"name": "Anna"}, repeatable=False)
ACT = Ask("POST", "/people/sort", json={})
LOG_IN = Ask("POST", "/token", form={"secret": "s"})
EVERYTHING = {"read": READ, "set": SET, "delete": GO, "make": MAKE, "act": ACT, "log in": LOG_IN}

Row = tuple[int, str | type[CcconfError]]

DONE, UNKNOWN, NOT_DONE = "done", Uncertain, Broken
REPEATED_ELSE_UNKNOWN: dict[str, Row] = dict.fromkeys(("set", "delete", "act"), (ATTEMPTS, UNKNOWN))
REPEATED: dict[str, Row] = dict.fromkeys(("read", "log in"), (ATTEMPTS, NOT_DONE))
ONCE: dict[str, Row] = {"make": (1, UNKNOWN)}
FOR_EVER: dict[str, dict[str, Row]] = {
    # nobody knows whether it was done: what may be repeated is, and in the end a write is uncertain
    "lost": {**REPEATED, **REPEATED_ELSE_UNKNOWN, **ONCE},
    "refuse": {**REPEATED, **REPEATED_ELSE_UNKNOWN, **ONCE},
    "truncated": {**REPEATED, **REPEATED_ELSE_UNKNOWN, **ONCE},
    "502": {**REPEATED, **REPEATED_ELSE_UNKNOWN, **ONCE},
    "503": {**REPEATED, **REPEATED_ELSE_UNKNOWN, **ONCE},
    "504": {**REPEATED, **REPEATED_ELSE_UNKNOWN, **ONCE},
    # certainly nothing was done: everything is repeated, and in the end nothing is uncertain
    "429": dict.fromkeys(EVERYTHING, (ATTEMPTS, NOT_DONE)),
    # an answer like any other: whoever asked judges it
    "400": dict.fromkeys(EVERYTHING, (1, DONE)),
    "401": dict.fromkeys(EVERYTHING, (1, DONE)),
    "500": dict.fromkeys(EVERYTHING, (1, DONE)),
    "501": dict.fromkeys(EVERYTHING, (1, DONE)),
}
TABLE = [(fault, what, *row) for fault, rows in FOR_EVER.items() for what, row in rows.items()]


def fault_of(name: str) -> Fault:
    return Fault(kind="status", code=int(name)) if name.isdigit() else Fault(kind=name)


@pytest.mark.parametrize(("fault", "what", "asked", "end"), TABLE)
def test_what_is_repeated_and_how_it_ends(
    line: Line, fault: str, what: str, asked: int, end: str | type[CcconfError]
) -> None:
    line.server.faults.add(fault_of(fault))
    if end == DONE:
        assert line.http.send(EVERYTHING[what]).status == int(fault)
    else:
        with pytest.raises(CcconfError) as raised:
            line.http.send(EVERYTHING[what])
        assert type(raised.value) is end
        assert raised.value.findings[0].code == ("CC703" if end is Uncertain else "CC707")
    assert line.asked == asked
    assert len(line.clock.waits) >= asked - 1


@pytest.mark.parametrize("fault", ["lost", "refuse", "truncated", "502", "503", "504", "429"])
@pytest.mark.parametrize("what", ["read", "set", "delete", "act", "log in"])
def test_a_fault_that_passes_is_survived(line: Line, fault: str, what: str) -> None:
    line.server.faults.add(replace(fault_of(fault), times=ATTEMPTS - 1))
    assert line.http.send(EVERYTHING[what]).body == b"yes"
    assert line.asked == ATTEMPTS


def test_a_creation_is_repeated_after_429_alone(line: Line) -> None:
    line.fails("status", code=429, times=ATTEMPTS - 1)
    assert line.http.send(MAKE).body == b"yes"
    assert line.asked == ATTEMPTS


@pytest.mark.parametrize("what", EVERYTHING)
def test_where_nobody_listens_nothing_was_done(what: str) -> None:
    clock = Clock()
    http = Http(f"http://127.0.0.1:{free_port()}", pace=Pace(None, clock, clock.sleep))
    for reached, pauses in ((False, 0), (True, ATTEMPTS - 1)):  # who answered once may come back
        http.reached = reached
        with pytest.raises(Broken, match=r"CC707 .* cannot be reached: nobody answers"):
            http.send(EVERYTHING[what])
        assert len(clock.waits) == pauses
    http.close()


def test_what_may_have_been_heard_once_stays_uncertain(dial: Dial) -> None:
    """The first attempt was carried out and its answer lost; that later ones were refused does not undo it."""
    line = dial(lambda request: Answer(204))
    line.fails("lost", times=1)
    line.fails("status", code=429)
    with pytest.raises(Uncertain, match="whether it was done is not known"):
        line.http.send(SET)
    with pytest.raises(Broken):
        line.http.send(SET)


def test_a_server_that_takes_too_long_is_given_up(dial: Dial) -> None:
    line = dial(lambda request: Answer(200))
    line.http.timeout = 0.05
    line.http.patience.attempts = 2
    line.fails("frozen")
    with pytest.raises(Broken, match="no answer in time"):
        line.http.send(READ)
    with pytest.raises(Uncertain, match="no answer in time"):
        line.http.send(MAKE)


def test_the_pauses_grow_and_are_never_alike(line: Line) -> None:
    line.fails("status", code=503)
    with pytest.raises(Broken):
        line.http.send(READ)
    first = list(line.clock.waits)
    assert all(0.25 * 2**n * 0.5 <= pause <= 0.25 * 2**n for n, pause in enumerate(first, start=1))
    line.clock.waits.clear()
    line.http.patience.answered()
    with pytest.raises(Broken):
        line.http.send(READ)
    assert line.clock.waits != first


def test_a_redirect_is_not_followed(dial: Dial) -> None:
    """A secret goes where somebody wrote that it goes, and nowhere else."""
    line = dial(lambda request: Answer(307, b"", (("Location", "/elsewhere"),)))
    assert line.http.send(LOG_IN).status == 307
    assert [record.path for record in line.server.requests] == ["/token"]


def test_the_address_may_end_in_a_slash_and_its_password_is_never_told(line: Line) -> None:
    http = Http(f"{line.server.url.replace('//', '//anna:secret@')}/")
    http.pace = Pace(None, line.clock, line.clock.sleep)
    http.patience.sleep, http.patience.clock = line.clock.sleep, line.clock
    line.fails("status", code=503)
    with pytest.raises(Broken) as raised:
        http.send(READ)
    assert "secret" not in str(raised.value)
    assert {record.path for record in line.server.requests} == {"/people"}
    http.close()


class TestRetryAfter:
    """How long a platform asks to wait."""

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(
        ("said", "seconds"),
        [
            ("0", 0.0),
            ("1", 1.0),
            ("17", 17.0),
            ("1.5", 1.5),
            (formatdate(NOON + 40, usegmt=True), 40.0),
            (formatdate(NOON - 40, usegmt=True), 0.0),
        ],
    )
    def test_is_kept(self, dial: Dial, monkeypatch: pytest.MonkeyPatch, status: int, said: str, seconds: float) -> None:
        """Against the platform's own clock, which may be wrong."""
        busy = Answer(status, b"", (("Retry-After", said),))
        answers = iter([busy, Answer(200)])
        line = dial(lambda request: next(answers))
        monkeypatch.setattr(_Connection, "date_time_string", lambda *_: formatdate(NOON, usegmt=True))
        assert line.http.send(READ).status == 200
        waited = sum(line.clock.waits)
        if seconds:
            assert seconds <= waited <= seconds + 0.2
        else:
            assert 0.25 <= waited <= 0.5  # as if nothing were said

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("said", ["", "soon", "-5", "nan", "inf", "1e9", "٣", "Wed, 21 Oct 2015 07:28:00 -0000"])
    def test_what_cannot_be_understood_is_not_said(self, dial: Dial, status: int, said: str) -> None:
        busy = Answer(status, b"", (("Retry-After", said.encode().decode("latin-1")),))
        answers = iter([busy, Answer(200)])
        line = dial(lambda request: next(answers))
        assert line.http.send(READ).status == 200
        assert 0.25 <= sum(line.clock.waits) <= 0.5

    def test_the_longest_wait_is_waited(self, dial: Dial) -> None:
        answers = iter([Answer(429, b"", (("Retry-After", str(int(LONGEST_WAIT))),)), Answer(200)])
        line = dial(lambda request: next(answers))
        assert line.http.send(MAKE).status == 200
        assert sum(line.clock.waits) >= LONGEST_WAIT

    @pytest.mark.parametrize("what", EVERYTHING)
    def test_more_than_that_is_given_up_at_once(self, line: Line, what: str) -> None:
        line.fails("status", code=429, retry_after=int(LONGEST_WAIT) + 1)
        with pytest.raises(Broken, match="asks to come back in 121 seconds"):
            line.http.send(EVERYTHING[what])
        assert (line.asked, line.clock.waits) == (1, [])

    def test_nobody_else_asks_meanwhile(self, line: Line) -> None:
        """All threads share one pace: while one was told to wait, the others wait, too."""
        line.http.pace.refused(30.0)
        line.http.send(SET)
        assert line.clock.now == 30.0


class Limited:
    """A platform that takes so many requests a second, and somebody who asks as fast as the pace lets them."""

    def __init__(self, rate: float, burst: int = 1, told: float | None = None) -> None:
        self.clock = Clock()
        self.bucket = Bucket(rate, burst, self.clock)
        self.pace = Pace(told, self.clock, self.clock.sleep)
        self.refusals: list[float] = []
        self.taken: list[float] = []

    def asks(self, seconds: float, *, costs: float = 0.001, retry_after: float = 0.0, pause: float = 0.3) -> None:
        """Asks for so long; each answer takes `costs` seconds, and after a refusal comes a pause."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.pace.wait()
            self.clock.now += costs
            if self.bucket.wait_needed():
                self.refusals.append(self.clock.now)
                self.pace.refused(retry_after)
                self.clock.now += 0.0 if retry_after else pause
            else:
                self.taken.append(self.clock.now)
                self.pace.passed()


class TestPace:
    """How fast may be asked, where nobody has said so."""

    def test_goes_as_fast_as_it_can_while_nobody_objects(self) -> None:
        clock = Clock()
        pace = Pace(None, clock, clock.sleep)
        for _ in range(1000):
            pace.wait()
            pace.passed()
        assert (clock.waits, pace.rate) == ([], None)

    def test_keeps_to_what_was_told(self) -> None:
        clock = Clock()
        pace = Pace(4.0, clock, clock.sleep)
        for _ in range(9):
            pace.wait()
        assert clock.now == pytest.approx(2.0 / MARGIN)

    def test_learns_the_rate_from_two_refusals(self) -> None:
        clock = Clock()
        pace = Pace(None, clock, clock.sleep)
        pace.refused(0.0)
        assert pace.rate is None  # one tells nothing: who knows how long it was quiet before
        for _ in range(30):
            pace.passed()
        clock.now += 2.0
        pace.refused(0.0)
        assert pace.rate == pytest.approx(MARGIN * 15.0)

    def test_refusals_close_together_tell_nothing_alone_but_do_not_spoil_the_measure(self) -> None:
        """Without `Retry-After` the pauses are short, and the first of a second's refusals must not be forgotten."""
        clock = Clock()
        pace = Pace(None, clock, clock.sleep)
        for _ in range(4):
            pace.refused(0.0)
            for _ in range(3):
                pace.passed()
            clock.now += 0.3
        assert pace.rate == pytest.approx(MARGIN * 6 / 0.6)

    def test_steps_down_when_what_it_learnt_was_too_much_and_once_for_a_crowd(self) -> None:
        clock = Clock()
        pace = Pace(100.0, clock, clock.sleep)
        for _ in range(16):  # as many threads, told within a moment
            pace.refused(0.0)
            clock.now += 0.01
        assert pace.rate == pytest.approx(100.0 * MARGIN * STEP_DOWN)
        clock.now += 1.0
        pace.refused(0.0)
        assert pace.rate == pytest.approx(100.0 * MARGIN * STEP_DOWN**2)

    def test_tries_faster_only_after_a_long_quiet_time(self) -> None:
        pace, clock = self._learnt(10.0)
        clock.now += QUIET_SECONDS
        pace.wait()
        assert pace.rate == pytest.approx(10.0)
        clock.now += 0.1
        pace.wait()
        assert pace.rate == pytest.approx(10.0 * STEP_UP)
        clock.now += QUIET_SECONDS - 1
        pace.wait()
        assert pace.rate == pytest.approx(10.0 * STEP_UP)  # and the next step takes as long

    def test_a_refusal_begins_the_quiet_time_anew(self) -> None:
        pace, clock = self._learnt(10.0)
        clock.now += QUIET_SECONDS - 1
        pace.refused(0.0)
        clock.now += 2
        pace.wait()
        assert pace.rate == pytest.approx(10.0 * STEP_DOWN)

    def test_never_goes_beyond_what_was_told(self) -> None:
        clock = Clock()
        pace = Pace(10.0, clock, clock.sleep)
        pace.refused(0.0)
        for _ in range(20):
            clock.now += QUIET_SECONDS + 1
            pace.wait()
        assert pace.rate == pytest.approx(10.0 * MARGIN)

    @staticmethod
    def _learnt(rate: float) -> tuple[Pace, Clock]:
        clock = Clock()
        pace = Pace(None, clock, clock.sleep)
        pace.refused(0.0)
        for _ in range(int(rate * 10)):
            pace.passed()
        clock.now += 10.0 * MARGIN
        pace.refused(0.0)
        assert pace.rate == pytest.approx(rate)
        return pace, clock

    @pytest.mark.parametrize("rate", [5.0, 20.0, 100.0])
    @pytest.mark.parametrize("burst", [1, 100])
    @pytest.mark.parametrize("retry_after", [0.0, 1.0])
    def test_finds_a_limit_and_stays_below_it(self, rate: float, burst: int, retry_after: float) -> None:
        """Ten minutes at somebody's limit: few refusals, none that repeat themselves, and most of the rate is used."""
        limited = Limited(rate, burst)
        limited.asks(60.0, retry_after=retry_after)
        learning = len(limited.refusals)
        assert 2 <= learning <= 8
        limited.asks(QUIET_SECONDS - 61.0, retry_after=retry_after)
        assert len(limited.refusals) == learning
        steady = [at for at in limited.taken if at > 60.0]
        assert len(steady) / (steady[-1] - 60.0) >= 0.75 * rate
        limited.asks(240.0, retry_after=retry_after)
        assert len(limited.refusals) <= learning + 1
