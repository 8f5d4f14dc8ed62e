"""What was intended is known for sure, whatever happens to the process, its lock, its disk or its server."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from ccconf.errors import Broken
from ccconf.ledger.book import Runs
from ccconf.ledger.clocks import Clocks
from ccconf.ledger.journal import Journal
from ccconf.ledger.lock import Pulse, take
from ccconf.ledger.place import Place
from ccconf.ledger.runs import Noted
from ccconf.ledger.store import Ledger
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from tests.ledger.actor import LONG, SHORT, acting, noted, run_on, told
from tests.postgres import server
from tests.spots import OFFICE


def _code(caught: pytest.ExceptionInfo[Broken]) -> str:
    return caught.value.findings[0].code


def test_an_intent_is_there_before_the_call_and_the_outcome_with_what_it_changed(place: Place) -> None:
    with Ledger(place) as ledger, Ledger(place) as other, run_on(ledger) as (run, lease):
        runs = Runs(other, "office")
        with Journal(ledger, run, lease, linger_seconds=60.0) as journal:
            journal.intend("create user/ann")
            (line,) = runs.steps(run).values()
            assert (line.step, line.status, line.outcome, line.ended) == ("create user/ann", "", {}, "")
            assert line.intended.endswith("Z")
            journal.ended("create user/ann", "done", {"native_id": "id-ann"}, [noted("ann")])
            assert runs.steps(run)["create user/ann"].status == ""  # the next intent takes it along
            journal.intend("create user/bo")
            known = runs.steps(run)["create user/ann"]
            assert (known.status, known.outcome) == ("done", {"native_id": "id-ann"})
            assert known.intended == line.intended and known.ended >= known.intended
            assert other.owned("office", "user") == {"ann": Owned("id-ann")}
            assert other.applied("office", "user", ["id-ann", "id-bo"]) == {"id-ann": {"name": "ann"}}
            journal.ended("create user/bo", "failed", {})
        assert runs.steps(run)["create user/bo"].status == "failed"
        assert journal.unnoted() == {}


def test_a_step_that_was_announced_need_not_wait_for_the_disk(place: Place) -> None:
    with Ledger(place) as ledger, run_on(ledger) as (run, lease), Journal(ledger, run, lease) as journal:
        committed = threading.Semaphore(0)
        event.listen(ledger._opened().engine, "commit", lambda _: committed.release())
        journal.announce("one")
        assert committed.acquire(timeout=30)
        journal.intend("one")
        assert not committed.acquire(blocking=False), "it was written before"
        assert Runs(ledger, "office").steps(run)["one"].status == ""
        _take_away(ledger)
        journal.announce("two")
        with pytest.raises(Broken, match="CC013"):
            journal.intend("two")


def test_an_outcome_is_written_soon_even_if_nothing_follows(place: Place) -> None:
    with Ledger(place) as ledger, run_on(ledger) as (run, lease), Journal(ledger, run, lease) as journal:
        committed = threading.Event()
        journal.intend("one")
        event.listen(ledger._opened().engine, "commit", lambda _: committed.set())
        journal.ended("one", "done", {})
        assert committed.wait(30)


def test_a_step_that_is_taken_again_has_no_old_outcome(ledger: Ledger) -> None:
    with run_on(ledger) as (run, lease), Journal(ledger, run, lease) as journal:
        journal.intend("one")
        journal.ended("one", "failed", {"detail": "no"})
        journal.intend("one")
        (line,) = Runs(ledger, "office").steps(run).values()
        assert (line.status, line.outcome, line.ended) == ("", {}, "")


def test_a_step_that_was_never_begun_may_end(ledger: Ledger) -> None:
    with run_on(ledger) as (run, lease):
        with Journal(ledger, run, lease) as journal:
            journal.ended("one", "blocked", {"detail": "needs another"})
        (line,) = Runs(ledger, "office").steps(run).values()
        assert (line.intended, line.status) == ("", "blocked")


def test_what_is_noted_of_an_object_follows_its_life(ledger: Ledger) -> None:
    ann, eve = Ref("user", "ann"), Ref("user", "eve")
    with run_on(ledger) as (run, lease), Journal(ledger, run, lease, linger_seconds=0.0) as journal:

        def now_known(*noted: Noted) -> tuple[dict[str, Owned], dict[str, dict[str, object]]]:
            journal.ended("step", "done", {}, noted)
            journal.intend("another")
            return ledger.owned("office", "user"), {
                key: fields
                for key, own in ledger.owned("office", "user").items()
                for fields in ledger.applied("office", "user", [own.native_id]).values()
            }

        assert now_known(Noted(ann, Owned("1"), {"name": "A"})) == ({"ann": Owned("1")}, {"ann": {"name": "A"}})
        assert now_known(Noted(eve, Owned("1", "ann"))) == ({"eve": Owned("1", "ann")}, {"eve": {"name": "A"}})
        renamed = {"eve": Owned("1", "ann")}
        assert now_known(Noted(eve, Owned("1"), {"name": "E"})) == (renamed, {"eve": {"name": "E"}})
        both = {"name": "E", "position": None}  # cleared is not the same as never touched
        assert now_known(Noted(eve, Owned("1"), {"position": None})) == (renamed, {"eve": both})
        assert now_known(Noted(eve, Owned("1", "ann", True))) == (
            {"eve": Owned("1", "ann", True)},
            {"eve": both},
        )
        assert now_known(Noted(eve, None)) == ({}, {})
        assert now_known(Noted(eve, Owned("1"))) == ({"eve": Owned("1")}, {})


def test_a_hundred_threads_share_few_commits(place: Place) -> None:
    with Ledger(place) as ledger, run_on(ledger) as (run, lease), Journal(ledger, run, lease) as journal:
        commits = []
        event.listen(ledger._opened().engine, "commit", lambda _: commits.append(1))
        start = threading.Barrier(100)

        def step(number: int) -> None:
            start.wait()
            journal.intend(f"s{number}")
            journal.ended(f"s{number}", "done", {"n": number})

        with ThreadPoolExecutor(100) as threads:
            list(threads.map(step, range(100)))
        journal.close()
        known = Runs(ledger, "office").steps(run)
        assert {line.outcome["n"] for line in known.values()} == set(range(100))
        assert len(commits) < 100, "200 lines were to share their commits"


def test_what_was_intended_survives_kill_minus_nine_at_any_moment(place: Place) -> None:
    for steps in (2, 17):
        with acting(place, "writes_on") as process:
            said = [told(process) for _ in range(steps)]
            process.kill()
        with Ledger(place) as ledger:
            runs = Runs(ledger, "office")
            left = runs.unfinished()
            assert left is not None and left.plan == b"plan"
            lines = runs.steps(left)
            assert set(said) <= set(lines)
            done = {name for name, line in lines.items() if line.status}
            assert len(lines) - len(done) <= 1, "one step was under way"
            ours = ledger.owned("office", "user")
            assert {f"s{key[1:]}" for key in ours} >= done, "what is done is ours"
            with take(ledger, OFFICE, "Bo", 0.0, lambda _: None):  # the dead hold nothing
                pass
            _forget_all(ledger)


def _forget_all(ledger: Ledger) -> None:
    for key in ledger.owned("office", "user"):
        ledger.forget("office", Ref("user", key))


def test_intents_are_flushed_to_the_disk_and_heartbeats_are_not(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        asked = "PRAGMA synchronous"
        with ledger.writing(durable=False) as connection:
            assert connection.exec_driver_sql(asked).scalar_one() == 1
        with run_on(ledger) as (run, lease), Journal(ledger, run, lease) as journal:
            modes: list[int] = []
            engine = ledger._opened().engine
            event.listen(engine, "commit", lambda on: modes.append(on.exec_driver_sql(asked).scalar_one()))
            journal.intend("one")
            lease.beat()
        assert modes[:2] == [2, 1]


def test_a_run_that_lost_its_lock_writes_nothing_more(place: Place) -> None:
    """Somebody else took over; the first has not noticed, because its own clock stands still."""
    still = Pulse(lease=600.0, beat=600.0)
    with Ledger(place) as ledger, Ledger(place) as other, run_on(ledger, still) as (run, lease):
        journal = Journal(ledger, run, lease, linger_seconds=60.0)
        journal.intend("one")
        _take_away(other)
        lease.check()
        with pytest.raises(Broken) as caught:
            journal.intend("two")
        assert _code(caught) == "CC013"
        with pytest.raises(Broken):
            lease.check()
        journal.ended("one", "done", {}, [noted("ann")])
        journal.close()
        assert {step: error.findings[0].code for step, error in journal.unnoted().items()} == {"one": "CC013"}
        assert other.owned("office", "user") == {}
        assert {step: line.status for step, line in Runs(other, "office").steps(run).items()} == {"one": ""}


def test_a_commit_that_takes_longer_than_the_lease_lets_nobody_begin(ledger: Ledger) -> None:
    time = [1000.0]
    clocks = Clocks(ticks=lambda: time[0])
    with take(ledger, OFFICE, "Ann", 0.0, lambda _: None, pulse=LONG, clocks=clocks) as lease:
        run = Runs(ledger, "office").begin(b"", "p1", actor="Ann", commit="")
        with Journal(ledger, run, lease) as journal:
            journal.intend("one")
            event.listen(ledger._opened().engine, "commit", lambda _: time.__setitem__(0, 1e6))
            with pytest.raises(Broken, match="CC013"):
                journal.intend("two")


def _take_away(ledger: Ledger) -> None:
    from ccconf.ledger.tables import LOCKS

    with ledger.writing() as connection:
        connection.execute(LOCKS.update().values(fence=LOCKS.c.fence + 1, actor="Bo"))


@pytest.mark.parametrize("end", ["room", "none"])
def test_a_full_disk_stops_the_run_and_what_was_done_is_noted_once_there_is_room(tmp_path: Path, end: str) -> None:
    path = tmp_path / "ledger.db"
    with acting(path, "fills") as process:
        assert told(process) == "CC008"
        assert told(process) == "CC008"
        assert process.stdin is not None
        process.stdin.write(f"{end}\n")
        assert told(process) == ("[]" if end == "room" else "['second']")
        process.wait(30)
    with Ledger(path) as ledger:
        (run,) = Runs(ledger, "office").all()
        known = {step: line.status for step, line in Runs(ledger, "office").steps(run).items()}
        assert known == {"first": "done", "second": "done" if end == "room" else ""}
        assert sorted(ledger.owned("office", "user")) == (["ann", "bo"] if end == "room" else ["ann"])


def test_a_ledger_that_becomes_read_only_stops_the_run(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger, run_on(ledger) as (run, lease):
        with Journal(ledger, run, lease) as journal:
            journal.intend("one")
            event.listen(ledger._opened().engine, "begin", lambda on: on.exec_driver_sql("PRAGMA query_only = ON"))
            for _ in range(2):
                with pytest.raises(Broken, match=r"CC008 ledger\.db cannot be used: attempt to write a readonly"):
                    journal.intend("two")
        assert journal.unnoted() == {}


def test_a_line_that_cannot_be_written_does_not_take_others_with_it(ledger: Ledger) -> None:
    with run_on(ledger) as (run, lease):
        journal = Journal(ledger, run, lease, linger_seconds=60.0)
        journal.intend("one")
        journal.ended("one", "done", {}, [Noted(Ref("user", "x"), Owned(None))])  # type: ignore[arg-type]
        journal.ended("two", "done", {}, [noted("bo")])
        journal.close()
        assert sorted(journal.unnoted()) == ["one"]
        assert sorted(ledger.owned("office", "user")) == ["bo"]


def test_a_server_that_restarts_in_the_middle_of_a_run_is_waited_for() -> None:
    with Ledger(server().new_database()) as ledger, run_on(ledger) as (run, lease):
        with Journal(ledger, run, lease) as journal, ThreadPoolExecutor(1) as thread:
            journal.intend("one")
            server().stop()
            journal.ended("one", "done", {}, [noted("ann")])
            intent = thread.submit(journal.intend, "two")
            server().start()
            intent.result(timeout=30)
        assert journal.unnoted() == {}
        assert {step: line.status for step, line in Runs(ledger, "office").steps(run).items()} == {
            "one": "done", "two": "",
        }  # fmt: skip


def test_a_server_that_stays_away_ends_the_run_in_plain_words() -> None:
    with Ledger(server().new_database()) as ledger, run_on(ledger, SHORT) as (run, lease):
        journal = Journal(ledger, run, lease, linger_seconds=0.0)
        journal.intend("one")
        server().stop()
        try:
            with pytest.raises(Broken) as caught:
                journal.intend("two")
            assert _code(caught) in ("CC008", "CC013")
            journal.ended("one", "done", {})
            journal.close()
        finally:
            server().start()
        assert list(journal.unnoted()) == ["one"]


def test_a_holder_that_was_frozen_finds_its_lock_gone(place: Place) -> None:
    with acting(place, "holds") as process, Ledger(place) as ledger:
        assert told(process) == "done"
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        with take(ledger, OFFICE, "Bo", 30.0, lambda _: None, pulse=SHORT) as mine:
            assert mine.fence == 2
            process.send_signal(signal.SIGCONT)
            assert told(process) == "CC013"
            assert told(process) == "CC013"
            process.wait(30)
            mine.check()  # what the first did at its end took nothing away
