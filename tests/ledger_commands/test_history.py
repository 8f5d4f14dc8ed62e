"""Whoever asks later what was done, when, by whom and from which commit, is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ccconf.ledger.book import Runs
from ccconf.ledger.handed import SEEN, Asked
from ccconf.ledger.handed import Desk as People
from ccconf.ledger.lock import take
from ccconf.ledger.tables import JOURNAL, RUNS
from ccconf.model.change import Create, FieldChange, Update
from ccconf.reconcile.plan import Plan, Step, encode, signed
from tests.cli.desk import crash
from tests.ledger_commands.office import ANN, BO, Office
from tests.spots import OFFICE

HOSTILE = "ann\x1b[2K\u202e"


def test_where_nothing_was_done_it_says_so_and_leaves_no_trace(office: Office) -> None:
    assert office.run("history") == (0, "No run on office is noted.\n", "")
    assert office.run("history", "user/ann").out == "Nothing that ccconf did to user/ann is noted.\n"
    assert office.run("history", "--format", "json").data == {"runs": []}
    assert not list(office.folder.glob("ledger*"))


def test_the_runs_newest_first(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCCONF_ACTOR", "Carla")
    office.works()
    ran = office.run("history")
    _, head, second, first = ran.out.splitlines()
    assert head.split() == ["run", "begun", "(UTC)", "by", "commit", "what", "plan", "steps", "ended"]
    assert second.startswith("2 ") and second.endswith("1 done  all done") and "Carla" in second
    assert first.startswith("1 ") and first.endswith("2 done  all done")
    newest, oldest = office.run("history", "--format", "json").data["runs"]
    assert (newest["run"], newest["by"], newest["exit_code"], newest["steps"]) == (2, "Carla", 0, {"done": 1})
    assert oldest["plan"] == first.split()[5] + oldest["plan"][12:]
    assert "1 older; --limit 2 shows all." in office.run("history", "--limit", "1").out


def test_one_run_step_by_step(office: Office) -> None:
    office.worked()
    told = office.run("history", "2").out
    assert "Run 2 on office: apply, all done" in told
    assert "update user/ann" in told and "name  Ann -> Annabel" in told and "1 done." in told
    data = office.run("history", "1", "--format", "json").data
    assert sorted(row["step"] for row in data["journal"]) == ["create user/ann", "create user/bo"]
    assert [step["change"]["action"] for step in data["planned"]] == ["create", "create"]
    assert office.run("history", "9").err.startswith("CC016 there is no run 9 on office")


def test_a_run_that_died_is_offered_until_another_takes_its_place(office: Office) -> None:
    office.project(options={"at_once": 1})
    office.declare(users={"ann": ANN, "bo": BO})
    crash(office, 1, after=True)
    (told,) = office.run("history", "--format", "json").data["runs"]
    assert (told["state"], told["resumable"], told["steps"]["uncertain"]) == ("running", True, 1)
    assert "cut off; to finish it: ccconf apply --resume -t office" in office.run("history").out
    assert "uncertain" in (one := office.run("history", "1").out) and "nobody knows what came of it" in one
    assert "user/bo  begun, and nobody knows" in one and "1 done, 1 uncertain." in one
    with office.opened() as ledger:
        Runs(ledger, "office").begin(b"", "later", actor="Bo", commit="c0ffee" * 6 + "+", purpose="undo", undoes=1)
    assert "cut off; a later run took its place" in (told := office.run("history").out)
    assert "c0ffeec0ffee+  undo of 1" in told


def test_a_run_that_is_at_work_is_told_with_who_it_is(office: Office) -> None:
    with office.opened() as ledger, take(ledger, OFFICE, "Dora", 0.0, lambda _: None):
        Runs(ledger, "office").begin(b"", "p1", actor="Dora", commit="c0ffee")
        assert "running now: Dora since 20" in office.run("history").out
        assert office.run("history", "--format", "json").data["runs"][0]["resumable"] is False


def test_the_life_of_one_person_over_runs_acts_and_peoples_hands(office: Office) -> None:
    office.worked()
    with office.opened() as ledger:
        desk = People(ledger, "office")
        desk.end_act(desk.begin_act("Carla", "sign out", "user/ann"), "done")
        row = FieldChange(field="position", before=None, after="Lead")
        change = Update(kind="user", key="ann", native_id="1", revision="", changes=(row,))
        desk.hand_out([Asked("update user/ann", 1, "p3", change), Asked("create user/cy", 2, "p3", _new("cy"))])
        desk.confirm(desk.asked(), "Dora", "Carla", datetime(2030, 1, 2, tzinfo=UTC))
        desk.close(desk.confirmed(), SEEN)
    data = office.run("history", "user/ann", "--format", "json").data["entries"]
    assert [(row["what"], row["run"]) for row in data] == [
        ("create user/ann", 1), ("update user/ann", 2), ("sign out", None), ("update user/ann", None),
    ]  # fmt: skip
    assert data[1]["fields"] == [{"field": "name", "before": "Ann", "after": "Annabel"}]
    assert (data[3]["by"], data[3]["plan"]) == ("Dora (typed by Carla)", "p3")
    told = office.run("history", "user/ann").out
    assert "name  Ann -> Annabel" in told and "position  Lead" in told
    assert "done by hand, seen to be done, by Dora (typed by Carla)" in told
    assert "bo@" not in told and "cy" not in told


def test_somebody_is_followed_through_a_change_of_name(office: Office) -> None:
    office.worked()
    office.declare(users={"anna": {**ANN, "name": "Annabel", "formerly": "ann"}, "bo": BO})
    office.apply()
    rows = office.run("history", "user/anna", "--format", "json").data["entries"]
    assert [(row["run"], row["status"]) for row in rows] == [(1, "done"), (2, "done"), (3, "done")]
    assert "key  ann -> anna" in office.run("history", "user/ann").out  # and from the old name to the new one


def test_a_failed_step_is_told_with_its_reason(office: Office) -> None:
    office.declare(users={"ann": ANN})
    office.apply()
    office.declare(users={"ann": {**ANN, "name": "Annabel"}})
    plan = office.folder / "approved.json"
    office.run("plan", "--out", str(plan))
    office.console("user/ann", name="Anja")
    assert office.run("apply", str(plan), "--yes").code == 4
    assert "something had changed since the plan" in office.run("history").out
    (_, last) = office.run("history", "user/ann", "--format", "json").data["entries"]
    assert last["status"].startswith("stale: ")
    assert "stale" in (told := office.run("history", "2").out) and "CC701" in told


def test_a_name_cannot_steer_the_terminal(office: Office) -> None:
    step = Step(id=f"create user/{HOSTILE}", change=_new(HOSTILE), label=HOSTILE)
    plan = signed(Plan(target="office", platform="local", steps=(step,)))
    with office.opened() as ledger:
        runs = Runs(ledger, "office")
        run = runs.begin(encode(plan), plan.id, actor=HOSTILE, commit="\x1b[31mc0ffee")
        desk = People(ledger, "office")
        desk.end_act(desk.begin_act(HOSTILE, "sign out", f"user/{HOSTILE}"), HOSTILE)
        with ledger.writing() as connection:
            row = {"run": run.number, "step": step.id, "status": "failed", "intended": run.begun, "ended": run.begun}
            detail = '{"step":"x","status":"failed","detail":"no\\u001b[2K"}'
            connection.execute(JOURNAL.insert(), {**row, "outcome": detail})
        runs.end(run, "ended", 5)
    for args in ([], ["1"], [f"user/{HOSTILE}"]):
        ran = office.run("history", *args)
        assert ran.code == 0 and "\\u001b" in ran.out, args
        assert not {"\x1b[2K", "\x1b[31m", "\u202e"} & set(ran.out) and "\x1b[2K" not in ran.out, args
    assert office.run("history", f"user/{HOSTILE}", "--format", "json").data["entries"][1]["by"] == HOSTILE


def test_a_run_whose_plan_is_lost_is_told_from_its_journal(office: Office) -> None:
    office.worked()
    with office.opened() as ledger, ledger.writing() as connection:
        connection.execute(RUNS.update().values(plan=b""))
    told = office.run("history", "2").out
    assert "Its plan cannot be read" in told and "update user/ann" in told


def test_what_is_neither_a_run_nor_an_object_is_refused(office: Office) -> None:
    assert "did you mean user?" in (ran := office.run("history", "usr/ann")).err and ran.code == 1
    assert office.run("history", "ann").err.startswith("CC011 ann is neither the number of a run nor an object")
    assert office.run("history", "-t", "office", "--all").code == 1


def test_all_targets_also_those_that_only_the_ledger_knows(office: Office) -> None:
    office.worked()
    with office.opened() as ledger:
        Runs(ledger, "closed").begin(b"", "p9", actor="Carla", commit="")
    assert [row["target"] for row in office.run("history", "--all", "--format", "json").data["runs"]] == [
        "closed", "office", "office",
    ]  # fmt: skip
    assert "Run 3 on closed" in office.run("history", "3", "--all").out
    assert office.run("history", "3").code == 1
    assert "create user/ann on office: done" in office.run("history", "user/ann", "--all").out


def _new(key: str) -> Create:
    return Create(kind="user", key=key, fields={"name": key})
