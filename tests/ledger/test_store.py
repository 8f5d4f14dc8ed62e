"""What the ledger remembers, and that it is whole or not there at all."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ccconf.errors import Broken
from ccconf.ledger import database, objects
from ccconf.ledger.database import SqliteFile
from ccconf.ledger.handed import SEEN, Asked, Desk
from ccconf.ledger.place import Place
from ccconf.ledger.store import Ledger
from ccconf.model.change import Create
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.record import Confirmed
from tests.ledger.old_forms import old_ledger

ANN, BO = Ref("user", "ann"), Ref("user", "bo")


@pytest.fixture(name="path")
def use_path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "ledger.db"


def test_reading_leaves_no_trace(path: Path) -> None:
    with Ledger(path) as ledger:
        assert ledger.owned("office", "user") == {}
    assert not path.parent.exists()


def test_what_is_noted_is_there_for_the_next_run(place: Place) -> None:
    with Ledger(place) as ledger:
        ledger.record("office", ANN, Owned("7"))
        ledger.record("shop", ANN, Owned("8"))
        ledger.record("office", Ref("group", "ann"), Owned("7"))
    with Ledger(place) as ledger:
        assert ledger.owned("office", "user") == {"ann": Owned("7")}
        assert ledger.owned("shop", "user") == {"ann": Owned("8")}
        ledger.forget("office", ANN)
        assert ledger.owned("office", "user") == {}
        assert ledger.owned("office", "group") == {"ann": Owned("7")}


def test_a_rename_moves_the_row_and_stays_noted(place: Place) -> None:
    with Ledger(place) as ledger:
        ledger.record("office", ANN, Owned("7"))
        ledger.record("office", BO, Owned("7", "ann"))
        assert ledger.owned("office", "user") == {"bo": Owned("7", "ann")}
        ledger.record("office", BO, Owned("7"))
        assert ledger.owned("office", "user") == {"bo": Owned("7", "ann")}
        ledger.record("office", BO, Owned("9"))
        assert ledger.owned("office", "user") == {"bo": Owned("9")}


def test_many_renames_at_once_move_their_rows(place: Place) -> None:
    with Ledger(place) as ledger:
        ledger.record_all("office", [(Ref("user", f"p{number}"), Owned(str(number))) for number in range(600)])
        ledger.record_all(
            "office", [(Ref("user", f"q{number}"), Owned(str(number), f"p{number}")) for number in range(550)]
        )
        ours = ledger.owned("office", "user")
        assert sorted(ours) == sorted([f"q{number}" for number in range(550)] + [f"p{n}" for n in range(550, 600)])
        assert ours["q7"] == Owned("7", "p7")
        turned = [(Ref("user", f"p{number}"), Owned(str((number + 1) % 600))) for number in range(600)]
        ledger.record_all("office", turned)  # everybody has another's name
        assert ledger.owned("office", "user") == {ref.key: known for ref, known in turned}


def test_noting_all_is_all_or_nothing(place: Place) -> None:
    with Ledger(place) as ledger:
        ledger.record("office", ANN, Owned("7"))
        wrong: Any = [(BO, Owned("8")), (Ref("user", "cy"), Owned(None))]  # type: ignore[arg-type]
        with pytest.raises(Broken):
            ledger.record_all("office", wrong)
        assert ledger.owned("office", "user") == {"ann": Owned("7")}


def test_a_leaver_is_noted_as_one_until_noted_otherwise(place: Place) -> None:
    with Ledger(place) as ledger:
        ledger.record("office", ANN, Owned("7", has_left=True))
        assert ledger.owned("office", "user") == {"ann": Owned("7", "", True)}
        ledger.record("office", ANN, Owned("7"))
        assert ledger.owned("office", "user") == {"ann": Owned("7")}


def test_a_process_that_dies_while_making_the_ledger_leaves_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(database, "APPLICATION_ID", "nonsense; syntax error")
        with pytest.raises(Broken), Ledger(path) as ledger:
            ledger.record("office", ANN, Owned("7"))
    with Ledger(path) as ledger:
        ledger.record("office", ANN, Owned("7"))
        assert ledger.owned("office", "user") == {"ann": Owned("7")}


def test_two_runs_may_make_the_ledger_together(path: Path) -> None:
    path.parent.mkdir()
    with Ledger(path) as one, Ledger(path) as other:
        one.record("office", ANN, Owned("7"))
        other.record("office", BO, Owned("8"))
        late = SqliteFile(path)
        late.begin()  # looked when there was none, begins when there is one
        late.engine.dispose()
        assert sorted(one.owned("office", "user")) == ["ann", "bo"]


def test_who_reads_and_who_writes_do_not_wait_for_each_other(place: Place) -> None:
    with Ledger(place, busy_seconds=0.0) as one, Ledger(place, busy_seconds=0.0) as other:
        one.record("office", ANN, Owned("7"))
        with other.reading() as connection:
            assert sorted(objects.owned(connection, "office", "user")) == ["ann"]
            one.record("office", BO, Owned("8"))
        with one.writing() as connection:
            objects.forget(connection, "office", [ANN])
            assert sorted(other.owned("office", "user")) == ["ann", "bo"]
        assert sorted(other.owned("office", "user")) == ["bo"]


def test_ready_asks_before_anything_happens(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(path) as ledger:
        ledger.ready()
        ledger.record("office", ANN, Owned("7"))
    real = sqlite3.connect
    other = real(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(sqlite3, "connect", lambda name, **more: real(name, **{**more, "timeout": 0.01}))
    with Ledger(path) as ledger:
        assert ledger.owned("office", "user") == {"ann": Owned("7")}
        with pytest.raises(Broken, match=r"CC008 ledger\.db is in use by another program"):
            ledger.ready()
    other.close()
    with Ledger(path) as ledger:
        ledger.ready()


def test_nothing_but_keys_ids_and_times_is_kept(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.record("office", ANN, Owned("7"))
    file = sqlite3.connect(path)
    columns = [row[1] for row in file.execute("PRAGMA table_info(owned)")]
    file.close()
    assert columns == ["target", "kind", "key", "native_id", "formerly", "has_left", "applied_at"]


@pytest.mark.parametrize("form", [1, 2])
def test_an_older_ledger_is_brought_up_to_date(path: Path, form: int) -> None:
    rows = ["INSERT INTO owned (target, kind, key, native_id) VALUES ('office', 'user', 'ann', '7')"]
    if form == 2:
        rows.append(
            "INSERT INTO acts (target, actor, act, person, outcome) VALUES ('office', 'Carla', 'logout', 'ann', 'done')"
        )
    old_ledger(path, form, *rows)
    with Ledger(path) as ledger:
        assert Desk(ledger, "office").asked() == []
        assert ledger.owned("office", "user") == {"ann": Owned("7")}
        assert [row.actor for row in Desk(ledger, "office").acts()] == ["Carla"] * (form - 1)


def test_what_was_asked_stays_until_somebody_saw_it_done(place: Place) -> None:
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    asked = [Asked(f"create user/{key}", number, "plan1", _new(key)) for number, key in ((1, "ann"), (2, "bo"))]
    with Ledger(place) as ledger:
        desk = Desk(ledger, "office")
        desk.hand_out(asked)
        ann, _ = desk.asked()
        desk.confirm([ann], "Carla", "Dora", at)
        assert desk.confirmed() == [Confirmed("create user/ann", "plan1", _new("ann"), "Carla", at, ann.line)]
        desk.hand_out([Asked("create user/cy", 1, "plan2", _new("cy"))])
        assert [row.step for row in desk.asked()] == ["create user/ann", "create user/cy"]  # bo is asked no more
        assert Desk(ledger, "elsewhere").asked() == []
        desk.close(desk.confirmed(), SEEN)
        assert [row.step for row in desk.asked()] == ["create user/cy"]
        (kept,) = desk.history()
        assert (kept.by, kept.noted_by, kept.at, kept.outcome) == ("Carla", "Dora", at, SEEN)


def test_what_was_confirmed_outlives_another_wish_for_the_same_object(place: Place) -> None:
    """The second runbook asks for something else of the same person; the first confirmation stays true."""
    with Ledger(place) as ledger:
        desk = Desk(ledger, "office")
        desk.hand_out([Asked("update user/ann", 1, "plan1", _new("ann"))])
        desk.confirm(desk.asked(), "Carla", "Carla", datetime(2026, 11, 20, tzinfo=UTC))
        desk.hand_out([Asked("update user/ann", 1, "plan2", _new("ann"))])
        assert [row.plan_id for row in desk.confirmed()] == ["plan1"]
        assert [row.plan_id for row in desk.asked() if row.at is None] == ["plan2"]


def test_an_act_is_noted_before_it_happens(place: Place) -> None:
    with Ledger(place) as ledger:
        desk = Desk(ledger, "office")
        line = desk.begin_act("Carla", "logout", "user/ann")
        assert [row.outcome for row in desk.acts()] == ["begun"]
        desk.end_act(line, "done")
        assert [(row.actor, row.act, row.person, row.outcome) for row in desk.acts()] == [
            ("Carla", "logout", "user/ann", "done")
        ]


def _new(key: str) -> Create:
    return Create(kind="user", key=key, fields={"name": key})
