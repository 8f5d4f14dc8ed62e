"""How several runs share one rate: told in a clock of one's own, and once over real requests side by side."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccconf.emulation import Answer, Server, serving
from ccconf.emulation import Pace as Manners
from ccconf.platform.http import Ask, Http
from ccconf.platform.pace import MARGIN, Pace
from tests.threecx.pbx import Clock
from tests.wire.queue import Failing, Queue

READ = Ask("GET", "/people")


class Runner:
    """A run without threads: its places, one after another, each used when its time has come."""

    def __init__(self, rate: float | None, clock: Clock, queue: Queue | None) -> None:
        self.clock = clock
        self.waited: list[float] = []
        self.pace = Pace(rate, clock, self.waited.append, queue)

    def place(self) -> float:
        """The moment of the next request, as if nobody had to wait for it."""
        self.waited.clear()
        now = self.clock.now
        self.pace.wait()
        return now + sum(self.waited)


@given(rate=st.floats(1.0, 500.0), turns=st.lists(st.booleans(), min_size=20, max_size=120))
def test_two_runs_together_never_ask_faster_than_the_rate(rate: float, turns: list[bool]) -> None:
    """Whoever asks when: of all places together, no two come closer than the rate allows."""
    clock = Clock()
    queue = Queue(clock)
    runs = [Runner(rate, clock, queue), Runner(rate, clock, queue)]
    moments = sorted(runs[turn].place() for turn in turns)
    gap = 1 / (rate * MARGIN)
    assert all(later - earlier >= gap * (1 - 1e-6) for earlier, later in pairwise(moments))


def test_one_transaction_serves_many_requests() -> None:
    clock = Clock()
    queue = Queue(clock)
    pace = Pace(100.0, clock, clock.sleep, queue)
    for _ in range(240):
        pace.wait()
    assert len(queue.reserved) <= 12
    assert max(queue.reserved) <= 25
    assert clock.now == pytest.approx(239 / (100 * MARGIN), rel=0.01)


def test_who_needs_few_places_soon_takes_few() -> None:
    """A slow platform: what one run reserves and cannot use would be lost to the other."""
    clock = Clock()
    queue = Queue(clock)
    pace = Pace(100.0, clock, clock.sleep, queue)
    for _ in range(40):
        pace.wait()
        clock.now += 0.1
    assert queue.reserved[-1] <= 4


def test_what_an_earlier_run_learnt_is_kept_to() -> None:
    clock = Clock()
    for told, kept in ((None, 8.0), (100.0, 8.0), (4.0, 4.0 * MARGIN)):
        pace = Pace(told, clock, clock.sleep, Queue(clock, learnt=8.0))
        pace.wait()
        assert pace.rate == pytest.approx(kept)


def test_what_another_run_finds_out_meanwhile_is_heard_of() -> None:
    clock = Clock()
    queue = Queue(clock)
    pace = Pace(None, clock, clock.sleep, queue)
    pace.wait()
    assert pace.rate is None
    queue.rate = 5.0
    clock.now += 1.5
    pace.wait()
    assert pace.rate == 5.0


def test_a_refusal_is_told_and_stops_both() -> None:
    clock = Clock()
    queue = Queue(clock)
    one, other = (Pace(10.0, clock, clock.sleep, queue) for _ in range(2))
    one.refused(7.0)
    assert queue.told == [(7.0, one.rate)]
    other.wait()
    assert clock.now >= 7.0


@pytest.mark.parametrize("answer", [None, math.nan, math.inf, 1e9])
def test_a_budget_that_fails_fails_nothing(answer: float | None) -> None:
    """The run goes on by itself at its own rate, and asks the shared queue again only after a while."""
    clock = Clock()
    queue = Failing(clock, answer)
    pace = Pace(10.0, clock, clock.sleep, queue)
    for _ in range(50):
        pace.wait()
        pace.passed()
    pace.refused(1.0)
    pace.wait()
    assert clock.now == pytest.approx(49 / (10 * MARGIN) + 1.0, abs=0.5)
    assert len(queue.reserved) <= 2


@pytest.mark.parametrize("rate", [None, 50.0])
def test_after_a_pause_nobody_bursts(rate: float | None) -> None:
    """All threads wake at once; their requests come one after another."""
    run = Runner(rate, Clock(), None)
    run.pace.refused(3.0)
    moments = [run.place() for _ in range(8)]
    assert moments[0] >= 3.0
    assert all(later - earlier >= 0.004 for earlier, later in pairwise(moments))


@pytest.mark.parametrize("rate", [None, 100.0])
def test_a_busy_platform_is_asked_less_and_soon_as_fast_as_before(rate: float | None) -> None:
    clock = Clock()
    pace = Pace(rate, clock, clock.sleep)
    for _ in range(100):
        pace.wait()
        pace.passed()
    pace.busy()
    begun = clock.now
    for _ in range(20):
        pace.wait()
    assert clock.now - begun >= 0.3
    for _ in range(30):
        clock.now += 1.1
        pace.wait()
    begun = clock.now
    for _ in range(100):
        pace.wait()
    assert clock.now - begun <= 1.2
    assert pace.rate == (None if rate is None else pytest.approx(100.0 * MARGIN))


@pytest.fixture
def limited() -> Iterator[Server]:
    """A platform that takes two hundred requests a second, and no more than forty at once."""
    manners = Manners(latency=0.005, rate_limit=200.0, burst=40)
    with serving(Server(lambda request: Answer(204), pace=manners)) as server:
        yield server


def test_two_runs_of_eight_threads_stay_within_one_limit(limited: Server) -> None:
    """Over real requests: no refusal at all, from the first request on."""
    queue = Queue()
    runs = [Http(limited.url, pace=Pace(200.0, budget=queue)) for _ in range(2)]
    barrier = threading.Barrier(16)

    def asks(http: Http) -> None:
        barrier.wait(10)
        for _ in range(12):
            assert http.send(READ).status == 204

    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(asks, runs[n % 2]) for n in range(16)]:
            done.result()
    for http in runs:
        http.close()
    statuses = [record.status for record in limited.requests]
    assert (len(statuses), statuses.count(429)) == (192, 0)
    assert len(queue.reserved) < 40
