"""Several runs share one rate; and nobody fails because of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ccconf.ledger import budget
from ccconf.ledger.budget import SharedBudget
from ccconf.ledger.place import Place
from ccconf.ledger.store import Ledger

URL = "https://pbx.example.org"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="made")
def use_made(ledger: Ledger) -> Ledger:
    """A ledger that is there."""
    ledger.ready()
    return ledger


def test_two_runs_stand_in_one_queue(made: Ledger) -> None:
    clock = Clock()
    one, other = (SharedBudget(made, URL, clock=clock) for _ in range(2))
    places = [run.reserve(1, 10.0) for run in (one, other, one, other)]
    assert places == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert one.reserve(5, 10.0) == pytest.approx(0.4)
    assert other.reserve(1, 10.0) == pytest.approx(0.9)
    assert SharedBudget(made, "https://elsewhere.example.org", clock=clock).reserve(1, 10.0) == 0.0
    clock.now += 0.5
    assert other.reserve(1, 2.0) == pytest.approx(0.5)
    assert one.reserve(1, 10.0) == pytest.approx(1.0)
    clock.now += 60.0
    assert one.reserve(1, 10.0) == 0.0, "places that nobody took are not saved up"


def test_when_one_is_refused_all_wait_and_the_next_run_knows_the_rate(made: Ledger) -> None:
    clock = Clock()
    one, other = (SharedBudget(made, URL, clock=clock) for _ in range(2))
    assert one.learnt() is None
    one.reserve(1, 10.0)
    assert one.learnt() is None, "nobody was refused yet"
    one.refused(30.0, 4.0)
    assert other.reserve(1, 4.0) == pytest.approx(30.0)
    assert SharedBudget(made, URL, clock=clock).learnt() == 4.0
    other.reserve(1, 5.0)
    assert one.learnt() == 5.0, "it has recovered since"
    one.refused(1.0, None)
    assert one.learnt() == 5.0
    assert one.reserve(1, 5.0) == pytest.approx(30.45)


def test_a_rate_that_was_learnt_long_ago_is_not_believed(made: Ledger) -> None:
    shared = SharedBudget(made, URL)
    shared.refused(0.0, 4.0)
    with made.writing() as connection:
        from ccconf.ledger.tables import BUDGETS

        connection.execute(BUDGETS.update().values(learnt="2020-01-01T00:00:00.000Z"))
    assert shared.learnt() is None


@pytest.mark.parametrize("by", [-86_400.0, -5.0, 86_400.0])
def test_a_clock_that_is_set_costs_no_more_than_the_queue_was_long(made: Ledger, by: float) -> None:
    clock = Clock()
    shared = SharedBudget(made, URL, clock=clock)
    shared.reserve(20, 10.0)
    clock.now += by
    assert shared.reserve(1, 10.0) == pytest.approx(0.0 if by > 0 else 2.0)


def test_no_place_lies_absurdly_far_ahead(made: Ledger) -> None:
    shared = SharedBudget(made, URL, clock=Clock())
    shared.refused(1e9, None)
    assert shared.reserve(1, 10.0) == pytest.approx(budget.LONGEST_SECONDS)


def test_threads_of_two_runs_get_places_of_their_own(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "BUSY_SECONDS", 60.0)  # however slow the machine is
    with Ledger(place) as ledger:
        ledger.ready()
        clock = Clock()
        runs = [SharedBudget(ledger, URL, clock=clock) for _ in range(2)]
        with ThreadPoolExecutor(8) as threads:
            places = list(threads.map(lambda number: runs[number % 2].reserve(1, 10.0), range(60)))
        assert sorted(round(place, 3) for place in places) == [round(number / 10, 3) for number in range(60)]


def test_the_server_s_own_clock_is_used_by_all(place: Place) -> None:
    with Ledger(place) as ledger:
        ledger.ready()
        shared = SharedBudget(ledger, URL)
        assert shared.reserve(100, 10.0) == 0.0
        assert 5.0 < shared.reserve(1, 10.0) <= 10.0


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        shared = SharedBudget(ledger, URL)
        assert shared.learnt() is None
        assert shared.reserve(10, 10.0) == 0.0
        assert 0.5 < shared.reserve(1, 10.0) <= 1.0, "alone it keeps the rate, too"
        shared.refused(5.0, 1.0)
        assert 4.0 < shared.reserve(1, 10.0) <= 5.0
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_cannot_be_used_is_not_asked_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        ledger.ready()
        shared = SharedBudget(ledger, URL)
        with ledger.writing():  # somebody writes for long
            begun = time.monotonic()
            places = [shared.reserve(1, 10.0) for _ in range(20)]
            assert time.monotonic() - begun < 20 * budget.BUSY_SECONDS / 2
        assert places[0] == 0.0 and places[-1] > 0.5
    path.write_bytes(b"this is no ledger" * 100)
    with Ledger(path) as ledger:
        assert SharedBudget(ledger, URL).reserve(1, 10.0) == 0.0
        assert SharedBudget(ledger, URL).learnt() is None
