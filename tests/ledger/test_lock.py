"""One run writes to a target at a time, whatever clocks and processes do."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.errors import Broken
from ccconf.ledger import lock
from ccconf.ledger.clocks import Clocks, Process, started, this_process
from ccconf.ledger.lock import Lease, Pulse, take
from ccconf.ledger.place import Place
from ccconf.ledger.store import Ledger
from tests.ledger.actor import LONG, acting, go_on, told
from tests.spots import OFFICE, SHOP

ELSEWHERE = Process("pbx-admin", "another machine", 4711, "99")


class World:
    """Clocks that tests set, and the heartbeats of a holder on another machine in between."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.set_by = 0.0
        self.events: list[tuple[str, float]] = []
        self.holder: Lease | None = None

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.time, self.wall, self.sleep)

    @property
    def holders_clocks(self) -> Clocks:
        """Of the other machine: it was started at another time."""
        return Clocks(lambda: self.time - 500.0, self.wall, self.sleep)

    def wall(self) -> datetime:
        return datetime(2026, 11, 20, 9, tzinfo=UTC) + timedelta(seconds=self.time + self.set_by)

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        if self.events:
            what, by = self.events.pop(0)
            if what == "beats" and self.holder is not None:
                self.holder.beat()
            if what == "clock set":
                self.set_by += by
            if what == "time passes":
                self.time += by


PULSE = Pulse(lease=15.0, beat=10_000.0, look=1.0)
"""Hearts beat only when a test says so."""


def _held_elsewhere(ledger: Ledger, world: World) -> Lease:
    with patch.object(lock, "this_process", lambda: ELSEWHERE):
        world.holder = take(ledger, OFFICE, "Ann", 0.0, _silent, pulse=PULSE, clocks=world.holders_clocks)
    return world.holder


def _silent(_: str) -> None:
    pass


def test_each_hold_has_a_higher_fence_and_targets_do_not_disturb_each_other(ledger: Ledger) -> None:
    fences = []
    for _ in range(3):
        with (
            take(ledger, OFFICE, "Ann", 0.0, _silent) as lease,
            take(ledger, SHOP, "Bo", 0.0, _silent),
        ):
            lease.check()
            fences.append(lease.fence)
        with pytest.raises(Broken, match="CC013"):
            lease.check()
    assert fences == [1, 2, 3]


def test_who_comes_second_hears_who_where_and_since_when(place: Place) -> None:
    with (
        Ledger(place) as one,
        Ledger(place) as other,
        take(one, OFFICE, "Ann (CI)", 0.0, _silent, pulse=LONG),
    ):
        with pytest.raises(Broken) as caught:
            take(other, OFFICE, "Bo", 0.0, _silent, pulse=LONG)
        (found,) = caught.value.findings
        assert found.code == "CC012"
        me = this_process()
        assert f"at work: Ann (CI) on {me.host} (process {os.getpid()}), since 20" in found.message
        assert found.message.endswith(" UTC") and "--wait" in found.hint


def test_who_waits_gets_it_as_soon_as_it_is_free(ledger: Ledger) -> None:
    world = World()
    heard: list[str] = []
    lease = _held_elsewhere(ledger, world)
    looks = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        world.time += seconds
        if len(looks) == 4:
            lease.release()

    clocks = world.clocks._replace(sleep=sleep)
    with take(ledger, OFFICE, "Bo", 60.0, heard.append, pulse=PULSE, clocks=clocks) as mine:
        assert (mine.fence, len(looks)) == (2, 4)
    assert len(heard) == 1 and "Ann on pbx-admin (process 4711)" in heard[0] and "waiting" in heard[0]


def test_a_wait_ends_when_it_was_said_to(ledger: Ledger) -> None:
    world = World()
    _held_elsewhere(ledger, world)
    world.events = [("beats", 0.0)] * 100
    with pytest.raises(Broken, match="CC012"):
        take(ledger, OFFICE, "Bo", 20.0, _silent, pulse=PULSE, clocks=world.clocks)
    assert 1020.0 <= world.time <= 1022.0


def test_a_holder_on_a_lost_machine_is_replaced_after_a_lease_without_a_beat(ledger: Ledger) -> None:
    world = World()
    heard: list[str] = []
    lease = _held_elsewhere(ledger, world)
    world.time += 3600.0
    at = world.time
    with take(ledger, OFFICE, "Bo", 0.0, heard.append, pulse=PULSE, clocks=world.clocks) as mine:
        assert mine.fence == 2 and 15.0 <= world.time - at <= 16.0
    assert "it may have died" in heard[0]
    with pytest.raises(Broken, match="CC013"):
        lease.check()


def test_a_holder_that_looks_dead_only_by_the_wall_clock_keeps_its_lock(ledger: Ledger) -> None:
    world = World()
    lease = _held_elsewhere(ledger, world)
    world.set_by = 86_400.0  # the waiter's clock is a day ahead
    world.events = [("time passes", 2.0), ("beats", 0.0)]
    with pytest.raises(Broken, match="CC012"):
        take(ledger, OFFICE, "Bo", 0.0, _silent, pulse=PULSE, clocks=world.clocks)
    lease.check()


def test_a_holder_whose_process_is_gone_is_replaced_at_once(ledger: Ledger) -> None:
    me = this_process()
    for gone in (me._replace(process=2**22 + 1), me._replace(started="1")):  # no such id; the id of another one by now
        with patch.object(lock, "this_process", lambda gone=gone: gone):
            take(ledger, OFFICE, "Ann", 0.0, _silent, pulse=LONG)
        with take(ledger, OFFICE, "Bo", 0.0, _silent, pulse=LONG):
            pass
    other_machine = me._replace(process=2**22 + 1, machine="another")
    with patch.object(lock, "this_process", lambda: other_machine):
        take(ledger, OFFICE, "Ann", 0.0, _silent, pulse=LONG)
    with pytest.raises(Broken, match="CC012"):
        take(ledger, OFFICE, "Bo", 0.0, _silent, pulse=LONG)


def test_a_process_is_known_by_its_id_and_its_start() -> None:
    me = this_process()
    assert me.started and me.started == started(os.getpid()) and not me.gone
    assert started(2**22 + 1) == ""


def test_the_heart_beats_by_itself_for_longer_than_a_lease(tmp_path: Path) -> None:
    pulse, place = Pulse(lease=2.0, beat=0.02, look=0.1), tmp_path / "ledger.db"
    with (
        Ledger(place) as one,
        Ledger(place) as other,
        take(one, OFFICE, "Ann", 0.0, _silent, pulse=pulse) as lease,
    ):
        with pytest.raises(Broken, match="CC012"):
            take(other, OFFICE, "Bo", 2.5, _silent, pulse=pulse)
        lease.check()


def test_a_lease_that_is_not_renewed_ends_by_the_holder_s_own_clock_and_never_comes_back(ledger: Ledger) -> None:
    world = World()
    lease = _held_elsewhere(ledger, world)
    world.time += 14.9
    lease.check()
    world.set_by = -86_400.0
    lease.check()
    world.time += 0.1
    with pytest.raises(Broken, match="CC013"):
        lease.check()
    lease.beat()
    world.time -= 10.0
    with pytest.raises(Broken, match="CC013"):
        lease.check()


def test_a_beat_that_finds_the_lock_taken_says_so(ledger: Ledger) -> None:
    world = World()
    lease = _held_elsewhere(ledger, world)
    world.time += 20.0
    with patch.object(lease, "_until", 1e9):  # as if its own clock stood still
        take(ledger, OFFICE, "Bo", 0.0, _silent, pulse=PULSE, clocks=world.clocks)
        lease.check()
        lease.beat()
        with pytest.raises(Broken, match="CC013"):
            lease.check()


def test_of_many_that_begin_at_the_same_moment_one_gets_the_lock(place: Place) -> None:
    with ExitStack() as stack:
        crowd = [stack.enter_context(acting(place, "races")) for _ in range(3)]
        assert [told(process) for process in crowd] == ["ready"] * 3
        for process in crowd:
            go_on(process)
        assert sorted(told(process) for process in crowd) == ["1", "CC012", "CC012"]


_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("beats"), st.just(0.0)),
        st.tuples(st.just("clock set"), st.sampled_from([-1e6, -3600.0, -10.0, 10.0, 3600.0, 1e6])),
        st.tuples(st.just("time passes"), st.sampled_from([0.5, 5.0, 14.0, 15.0, 40.0])),
    ),
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(events=_EVENTS, wait=st.sampled_from([0.0, 30.0, 60.0]))
def test_two_never_hold_it_whatever_the_clocks_say(events: list[tuple[str, float]], wait: float) -> None:
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db") as ledger:
        world = World()
        lease = _held_elsewhere(ledger, world)
        world.events = list(events)
        try:
            take(ledger, OFFICE, "Bo", wait, _silent, pulse=PULSE, clocks=world.clocks)
        except Broken as error:
            assert error.findings[0].code == "CC012"
        else:
            with pytest.raises(Broken, match="CC013"):
                lease.check()
