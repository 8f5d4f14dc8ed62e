"""What Http promises when the line is bad: the right to write, a dead platform, answers that are late or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ccconf.emulation import Answer, Fault, Faults, Request, Server, serving
from ccconf.errors import Broken, Uncertain, broken
from ccconf.platform.http import Ask, Http
from ccconf.platform.once import once
from ccconf.platform.pace import Pace
from ccconf.platform.patience import DEADLINE
from tests.threecx.pbx import Clock

READ = Ask("GET", "/people")
SET = Ask("PATCH", "/people/1", json={"name": "Anna"})
MAKE = Ask("POST", "/people", json={"name": "Anna"}, repeatable=False)
LOG_IN = Ask("POST", "/token", form={"secret": "s"})


class Place:
    """A platform that counts whom it has, behind its faults; time is told, not waited for."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.people: list[bytes] = []
        self.right = True
        self.asked_for_right = 0
        self.server = Server(self._answer, faults=Faults(), clock=self.clock)
        self.http = Http(self.server.url, pace=Pace(None, self.clock, self.clock.sleep), may_write=self._may_write)

    def _answer(self, request: Request) -> Answer:
        if request.method == "POST" and request.path == "/people":
            self.people.append(request.body)
        return Answer(200, request.path.encode())

    def _may_write(self) -> None:
        self.asked_for_right += 1
        if not self.right:
            raise broken("CC013", "another run has begun")

    def fails(self, kind: str, **more: object) -> None:
        self.server.faults.add(Fault(kind=kind, **more))  # type: ignore[arg-type]

    def make(self, *, refuses_twins: bool = False) -> bool:
        """Make somebody, once."""
        return once(
            self.http,
            lambda: self.http.send(MAKE).status == 200,
            lambda: (self.http.send(READ).status == 200 and bool(self.people)) or None,
            refuses_twins=refuses_twins,
            was_open=True,
        )


@pytest.fixture
def place() -> Iterator[Place]:
    one = Place()
    with serving(one.server):
        yield one
        one.http.close()


class TestTheRightToWrite:
    """Somebody may have taken the turn."""

    def test_is_asked_for_before_each_request_that_changes_something(self, place: Place) -> None:
        place.fails("status", code=503, times=2, method="PATCH")
        for ask in (READ, LOG_IN, SET, MAKE):
            place.http.send(ask)
        assert place.asked_for_right == 4  # three attempts to set, one to make

    @pytest.mark.parametrize("ask", [SET, MAKE])
    def test_once_lost_nothing_leaves_and_nothing_is_tried_again(self, place: Place, ask: Ask) -> None:
        place.right = False
        with pytest.raises(Broken, match="CC013 another run has begun"):
            place.http.send(ask)
        assert (len(place.server.requests), place.asked_for_right) == (0, 1)
        assert place.http.send(READ).status == 200

    def test_lost_between_two_attempts(self, place: Place) -> None:
        place.fails("lost", method="PATCH")
        place.http.pace.sleep = lambda seconds: None
        place.http.patience.sleep = lambda seconds: setattr(place, "right", False)
        with pytest.raises(Broken, match="CC013"):
            place.http.send(SET)
        assert len(place.server.requests) == 1


class TestADeadPlatform:
    """Six attempts to notice; then one each, until somebody answers."""

    def test_is_noticed_once(self, place: Place) -> None:
        place.http.send(READ)
        place.server.requests.clear()
        place.fails("refuse")
        with pytest.raises(Broken):
            place.http.send(READ)
        assert len(place.server.requests) == 6
        began = place.clock.now
        for _ in range(5):
            with pytest.raises(Uncertain):
                place.http.send(SET)
        assert len(place.server.requests) == 11
        assert place.clock.now == began

    def test_that_answers_again_is_trusted_again(self, place: Place) -> None:
        place.fails("refuse", times=6)
        with pytest.raises(Broken):
            place.http.send(READ)
        place.http.send(READ)
        place.server.requests.clear()
        place.fails("refuse", times=5)
        assert place.http.send(READ).status == 200
        assert len(place.server.requests) == 6

    def test_whose_other_threads_do_not_go_on_alone(self, place: Place) -> None:
        place.fails("refuse")
        with ThreadPoolExecutor(8) as pool:
            for failed in [pool.submit(place.http.send, READ) for _ in range(40)]:
                assert isinstance(failed.exception(), Broken)
        assert len(place.server.requests) <= 8 * 6 + 32

    def test_one_that_only_says_too_many_is_not_dead(self, place: Place) -> None:
        place.fails("status", code=429, times=6)
        with pytest.raises(Broken):
            place.http.send(READ)
        assert not place.http.patience.silent

    def test_no_request_is_tried_for_ever(self, place: Place) -> None:
        place.fails("status", code=429, retry_after=100)
        with pytest.raises(Broken, match="stayed too busy"):
            place.http.send(READ)
        assert place.clock.now <= DEADLINE


class TestLostAnswers:
    """Made, perhaps made, made later: never made twice."""

    @pytest.mark.parametrize("kind", ["lost", "reset", "truncated", "doubled", "echoed"])
    def test_what_was_made_is_found(self, place: Place, kind: str) -> None:
        place.fails(kind, method="POST", times=1)
        assert place.make()
        assert len(place.people) == (2 if kind == "doubled" else 1)  # what a proxy repeats, no client can prevent

    @pytest.mark.parametrize("refuses_twins", [True, False])
    @pytest.mark.parametrize("seconds", [1.0, 10.0, 29.0])
    def test_what_is_made_later_is_waited_for(self, place: Place, seconds: float, refuses_twins: bool) -> None:
        place.fails("late", method="POST", times=1, seconds=seconds)
        assert place.make(refuses_twins=refuses_twins)
        assert len(place.people) == 1
        assert place.clock.now <= place.http.timeout + 1

    def test_what_never_comes_stays_open(self, place: Place) -> None:
        place.fails("refuse", method="POST", times=1)
        with pytest.raises(Uncertain):
            place.make()
        assert place.people == []
        assert place.clock.now >= place.http.timeout

    def test_what_never_comes_is_sent_again_where_a_twin_would_be_refused(self, place: Place) -> None:
        place.fails("refuse", method="POST", times=1)
        assert place.make(refuses_twins=True)
        assert len(place.people) == 1


def test_an_answer_that_comes_twice_is_nobody_elses(place: Place) -> None:
    """On one connection: the second of two answers lies there when the next request goes out."""
    place.fails("echoed")
    for number in range(30):
        assert place.http.send(Ask("GET", f"/people/{number}")).body == f"/people/{number}".encode()
