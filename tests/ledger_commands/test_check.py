"""A ledger whose parts do not fit one another is found out, and mended where nothing has to be guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ccconf.ledger.book import Runs
from ccconf.ledger.handed import Asked
from ccconf.ledger.handed import Desk as People
from ccconf.ledger.lock import take
from ccconf.ledger.tables import RUNS
from ccconf.model.change import Create
from tests.ledger.old_forms import old_ledger
from tests.ledger_commands.office import ANN, Office
from tests.postgres import server
from tests.spots import OFFICE

_JOURNAL = "INSERT INTO journal (run, step, intended, status, outcome, ended) VALUES "

STEP = "journal: the step create user/"

STORIES: dict[str, dict[str, str]] = {
    "one": {
        "journal: 2 rows of run 9, which there is not": (
            _JOURNAL + "(9, 'create user/x', '', '', '', ''), (9, 'create user/y', '', '', '', '')"
        ),
        STEP + "ann of run 1 ended as 'happy', which is none of": (
            "UPDATE journal SET status = 'happy' WHERE run = 1 AND step = 'create user/ann'"
        ),
        STEP + "bo of run 1 ended as failed and says done": (
            "UPDATE journal SET status = 'failed' WHERE run = 1 AND step = 'create user/bo'"
        ),
        "runs: run 1 is in the state 'lost', which is none": "UPDATE runs SET state = 'lost' WHERE number = 1",
        "owned: person/zoe on office is of no kind": (
            "UPDATE owned SET kind = 'person', key = 'zoe' WHERE key = 'ann'"
        ),
        "applied: fields of the user with the id": "UPDATE applied SET fields = 'nonsense' WHERE kind = 'user'",
        "handed: line 1 (create user/zoe on office) is a change that cannot be read": (
            "INSERT INTO handed (line, target, step, number, plan_id, change)"
            " VALUES (1, 'office', 'create user/zoe', 1, 'p', '[]')"
        ),
        "owned: the index owned_by_native_id is missing": "DROP INDEX owned_by_native_id",
    },
    "other": {
        STEP + "ann of run 1 has an outcome that cannot be read": (
            "UPDATE journal SET outcome = '{' WHERE run = 1 AND step = 'create user/ann'"
        ),
        STEP + "bo of run 1 was begun at a time that is none": (
            "UPDATE journal SET intended = 'yesterday' WHERE run = 1 AND step = 'create user/bo'"
        ),
        "runs: the plan of run 1 is not the one that the run names": (
            "UPDATE runs SET plan_id = 'another' WHERE number = 1"
        ),
        "owned: user/a/b on office has a key that is none": "UPDATE owned SET key = 'a/b' WHERE key = 'ann'",
        "owned: user/bo on office has no id on the platform": "UPDATE owned SET native_id = '' WHERE key = 'bo'",
    },
    "twins": {
        "owned: user/ann, user/bo on office are one and the same object there": (
            "UPDATE owned SET native_id = '77' WHERE kind = 'user'"
        ),
    },
}


@pytest.mark.parametrize("story", STORIES)
def test_what_does_not_fit_is_found_and_mended(office: Office, story: str) -> None:
    office.worked()
    assert office.run("ledger", "check").out.endswith(f"{_name(office)} is sound.\n")
    office.tamper(*STORIES[story].values())
    before = office.content()
    found = office.run("ledger", "check")
    assert (found.code, found.err) == (1, "") and "check --repair mends" in found.out
    for said in STORIES[story]:
        assert found.out.count(f"CC015 {said}") >= 1, said
    assert office.content() == before  # looking changes nothing
    mended = office.run("ledger", "check", "--repair", "--format", "json")
    assert (mended.code, mended.data["sound"]) == (0, True), mended.out
    assert all(row["mended"] and row["repair"] for row in mended.data["findings"])
    assert office.run("ledger", "check").code == 0
    _kept_whole(office, mended.data["kept"], before)
    assert office.run("plan").code in (0, 2) and office.run("history").code == 0
    assert office.run("confirm", "--history").code == 0


def _kept_whole(office: Office, kept: list[str], before: object) -> None:
    """The old ledger lies beside the new one, and nothing of it is gone."""
    (name,) = kept
    path = Path(name)
    if path.suffix == ".json":
        tables = json.loads(path.read_text())["tables"]
    else:
        tables = Office(office.folder / "look", path.resolve()).run("ledger", "export").data["tables"]
    del tables["locks"]
    assert tables == before


def test_what_is_taken_out_is_kept_as_it_was(office: Office) -> None:
    office.worked()
    office.tamper(_JOURNAL + "(9, 'create user/x', '2026-11-20T10:00:00.000Z', 'done', '', '')")
    removed = office.run("ledger", "check", "--repair", "--format", "json").data["removed"]
    (row,) = json.loads(Path(removed).read_text())["journal"]
    assert (row["run"], row["step"], row["status"]) == (9, "create user/x", "done")


def test_a_step_whose_outcome_means_nothing_is_looked_up_when_the_run_is_resumed(office: Office) -> None:
    """The person is there already: whoever believed that the step failed would make her again."""
    office.declare(users={"ann": ANN})
    office.apply()
    office.tamper("UPDATE journal SET status = 'happy'", "UPDATE runs SET state = 'interrupted', ended = ''")
    assert office.run("ledger", "check", "--repair").code == 0
    assert "uncertain" in office.run("history", "1").out
    before = office.ids()
    moved = office.run("apply", "--resume", "--yes")
    assert moved.code == 0, moved
    assert office.ids() == before
    office.silent()


def test_a_run_whose_plan_was_changed_is_not_resumed(office: Office) -> None:
    office.worked()
    with office.opened() as ledger, ledger.writing() as connection:
        plan = Runs(ledger, "office").run(2).plan.replace(b"Annabel", b"Mallory")
        connection.execute(RUNS.update().where(RUNS.c.number == 2).values(plan=plan, state="interrupted"))
    found = office.run("ledger", "check").out
    assert "runs: the plan of run 2 is not what was approved: its digest differs" in found
    assert "--repair takes the plan out and closes the run" in found
    assert office.run("ledger", "check", "--repair").code == 0
    assert office.run("apply", "--resume", "--yes").code == 1
    assert "Its plan cannot be read" in office.run("history", "2").out
    office.silent()


def test_a_plan_of_another_version_is_no_damage(office: Office) -> None:
    office.worked()
    with office.opened() as ledger, ledger.writing() as connection:
        connection.execute(RUNS.update().where(RUNS.c.number == 1).values(plan=b'{"form": 2, "steps": []}'))
    assert office.run("ledger", "check").code == 0
    assert "Its plan cannot be read" in office.run("history", "1").out


def test_notes_are_no_damage(office: Office) -> None:
    office.worked()
    with office.opened() as ledger:
        desk = People(ledger, "office")
        desk.begin_act("Carla", "sign out", "user/ann")
        desk.hand_out([Asked("create user/cy", 1, "p", Create(kind="user", key="cy", fields={}))])
        desk.confirm(desk.asked(), "Dora", "Dora", datetime(2222, 1, 2, tzinfo=UTC))
    office.tamper("UPDATE runs SET state = 'interrupted' WHERE number = 2")
    ran = office.run("ledger", "check")
    assert ran.code == 0
    assert "note: run 2 on office was cut off; to finish it: ccconf apply --resume -t office" in ran.out
    assert "note: Carla began sign out of user/ann on office; nobody knows what came of it" in ran.out
    assert "note: 1 row of handed lie in the future, up to 2222-01-02" in ran.out
    office.tamper("UPDATE locks SET actor = 'Eve', until = '2026-01-01T00:00:00.000Z', machine = '', host = 'far'")
    assert "note: the lock of office was never given back by Eve since" in office.run("ledger", "check").out


def test_nothing_is_mended_while_a_run_is_at_work(office: Office) -> None:
    office.worked()
    office.tamper(_JOURNAL + "(9, 'create user/x', '', '', '', '')")
    before = office.content()
    with office.opened() as ledger, take(ledger, OFFICE, "Dora", 0.0, lambda _: None):
        ran = office.run("ledger", "check", "--repair")
        assert (ran.code, ran.err.split()[0]) == (1, "CC012") and "Dora" in ran.err
        assert "a run is at work on office: Dora" in office.run("ledger", "check").out
    assert office.content() == before


def test_where_the_removed_rows_cannot_be_kept_nothing_is_removed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.worked()
    office.tamper(_JOURNAL + "(9, 'create user/x', '', '', '', '')")
    before = office.content()

    def full(path: Path, content: bytes) -> None:
        if "removed" in path.name:
            raise OSError(28, "No space left on device", str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    monkeypatch.setattr("ccconf.ledger.repair.write_whole", full)
    assert office.run("ledger", "check", "--repair").code == 1
    assert office.content() == before


def test_hostile_words_in_a_ledger_cannot_steer_the_terminal(office: Office) -> None:
    office.worked()
    office.tamper(
        "UPDATE runs SET state = 'x\x1b[2K' WHERE number = 1", "UPDATE owned SET key = 'a/\x1b[31m' WHERE key = 'ann'"
    )
    assert "\x1b[2K" not in (ran := office.run("ledger", "check")).out and "\x1b[31m" not in ran.out
    assert "\\u001b[31m" in ran.out


def test_a_ledger_that_may_only_be_read_is_told_of(tmp_path: Path) -> None:
    address = server().new_database()
    office = Office(tmp_path / "project", address).worked()
    office.tamper("GRANT USAGE ON SCHEMA ccconf TO reader", "GRANT SELECT ON ALL TABLES IN SCHEMA ccconf TO reader")
    auditor = Office(tmp_path / "auditor", address.replace("owner@", "reader@"))
    ran = auditor.run("ledger", "check")
    assert ran.code == 1 and "CC008" in ran.out and "may not be written by this user" in ran.out
    assert auditor.run("history").code == 0  # and whoever only wants to know may ask


def test_an_older_ledger_is_sound(filed: Office) -> None:
    old_ledger(filed.path, 1, "INSERT INTO owned (target, kind, key, native_id) VALUES ('office', 'user', 'ann', '7')")
    assert filed.run("ledger", "check").out == "ledger.db is sound.\n"
    assert [row["key"] for row in filed.content()["owned"]] == ["ann"]


def _name(office: Office) -> str:
    with office.opened() as ledger:
        return ledger.name
