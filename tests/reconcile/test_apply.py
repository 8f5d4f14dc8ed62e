"""Applying when not everything works: one failure, a lost answer, Ctrl-C, a ledger that cannot note."""

from __future__ import annotations

import contextlib
import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.conformance.laws import Through
from ccconf.errors import Rejected, Uncertain, broken
from ccconf.findings import Finding
from ccconf.ledger import objects
from ccconf.model.change import Change
from ccconf.platform.contract import Operation, Performed, Platform, Route, Support
from tests.cli.desk import Desk, Ran, through


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


WORLD: dict[str, Any] = {
    "allowlists": {"office": {"networks": ["203.0.113.0/24"]}},
    "groups": {"team": {"allowlists": ["office"]}, "other": {}},
    "users": {"ann": {"name": "Ann", "groups": ["team"]}, "bo": {"name": "Bo", "groups": ["other"]}},
}


class Stubborn(Through):
    """Says no to one object."""

    def __init__(self, platform: Platform, name: str, error: type[Rejected | Uncertain] = Rejected) -> None:
        super().__init__(platform)
        self.name = name
        self.error = error
        self.asked: list[str] = []

    def perform(self, change: Change) -> Performed:
        self.asked.append(str(change.ref))
        if str(change.ref) == self.name:
            if self.error is Uncertain:
                self.platform.perform(change)
                raise Uncertain(Finding(code="CC703", message="the answer was lost", hint="make a new plan"))
            raise Rejected(Finding(code="CC702", message="the vendor does not like it", hint="ask the vendor"))
        return self.platform.perform(change)


class Patient(Through):
    """Somebody presses Ctrl-C while one object is written."""

    def __init__(self, platform: Platform, name: str, *, after: bool) -> None:
        super().__init__(platform)
        self.name = name
        self.after = after

    def perform(self, change: Change) -> Performed:
        if str(change.ref) != self.name:
            return self.platform.perform(change)
        if self.after:
            self.platform.perform(change)
        raise KeyboardInterrupt


def _statuses(ran: Ran) -> dict[str, str]:
    return {ended["step"].partition(" ")[2]: ended["status"] for ended in ran.data["outcomes"]}


def test_one_failure_blocks_only_what_needs_it(desk: Desk) -> None:
    desk.declare(**WORLD)
    with through(lambda platform: Stubborn(platform, "allowlist/office")):
        ran = desk.run("apply", "--yes", "--format", "json")
    assert ran.code == 5
    assert _statuses(ran) == {
        "allowlist/office": "failed", "group/team": "blocked", "user/ann": "blocked", "group/other": "done",
        "user/bo": "done",
    }  # fmt: skip
    assert sorted(desk.ledger()) == ["bo"]
    desk.apply()
    assert sorted(desk.ids()) == ["ann", "bo"]


def test_the_report_tells_every_step_and_how_to_mend_it(desk: Desk) -> None:
    desk.declare(**WORLD)
    with through(lambda platform: Stubborn(platform, "group/team")):
        ran = desk.run("apply", "--yes")
    assert ran.code == 5
    said = [line.split(None, 1) for line in ran.out.splitlines() if line.split()[:1] and line.split()[0] in _WORDS]
    assert {step.split("  ")[0]: status for status, step in said} == {
        "create allowlist/office": "done",
        "create group/other": "done",
        "create group/team": "failed",
        "create user/ann": "blocked",
        "create user/bo": "done",
    }
    assert "failed    create group/team  CC702 the vendor does not like it" in ran.out
    assert "blocked   create user/ann  needs: create group/team (failed)" in ran.out
    assert "create group/team: the vendor does not like it\n    ask the vendor\n" in ran.out
    assert ran.out.endswith("3 done, 1 failed, 1 blocked.\n")


_WORDS = {"done", "failed", "blocked", "uncertain", "stale", "waiting"}


def test_a_lost_answer_is_looked_up_and_nothing_is_made_twice(desk: Desk) -> None:
    desk.declare(**WORLD)
    with through(lambda platform: Stubborn(platform, "group/team", Uncertain)):
        ran = desk.run("apply", "--yes", "--format", "json")
    assert ran.code == 0
    assert set(_statuses(ran).values()) == {"done"}
    desk.silent()
    assert sorted(desk.ids("group")) == ["other", "team"]
    assert sorted(desk.ledger("group")) == ["other", "team"]


def one_at_a_time(desk: Desk) -> Desk:
    """Steps come one after the other, in the order of the plan."""
    desk.project(options={"at_once": 1})
    return desk


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_ctrl_c_that_cuts_a_call_off(desk: Desk, after: bool) -> None:
    one_at_a_time(desk).declare(**WORLD)
    with through(lambda platform: Patient(platform, "group/other", after=after)):
        ran = desk.run("apply", "--yes", "--format", "json")
    assert ran.code == 130
    assert ran.data["interrupted"] is True
    assert _statuses(ran) == {
        "allowlist/office": "done", "group/other": "uncertain", "group/team": "blocked", "user/ann": "blocked",
        "user/bo": "blocked",
    }  # fmt: skip
    assert "CC705" in {ended.get("code") for ended in ran.data["outcomes"]}
    desk.apply()
    assert sorted(desk.ids("group")) == ["other", "team"]


def test_ctrl_c_lets_the_call_in_flight_end_and_be_noted(desk: Desk) -> None:
    import signal

    class Pressed(Through):
        def perform(self, change: Change) -> Performed:
            if str(change.ref) == "group/other":
                signal.raise_signal(signal.SIGINT)
            return self.platform.perform(change)

    one_at_a_time(desk).declare(**WORLD)
    handler = signal.getsignal(signal.SIGINT)
    with through(Pressed):
        ran = desk.run("apply", "--yes", "--format", "json")
    assert ran.code == 130
    assert _statuses(ran)["group/other"] == "done"
    assert _statuses(ran)["group/team"] == "blocked"
    assert sorted(desk.ledger("group")) == ["other"]
    assert signal.getsignal(signal.SIGINT) is handler
    desk.apply()


def test_adoptions_wait_for_the_next_run_after_ctrl_c(desk: Desk) -> None:
    desk.console_creates("group/other")
    desk.declare(**WORLD)
    with through(lambda platform: Patient(platform, "user/ann", after=False)):
        ran = desk.run("apply", "--yes", "--format", "json")
    assert (ran.code, ran.data["adopted"]) == (130, 0)
    assert "other" not in desk.ledger("group")
    desk.apply()
    assert "other" in desk.ledger("group")


def test_what_is_done_is_noted_before_the_next_step_begins(desk: Desk) -> None:
    one_at_a_time(desk).declare(**WORLD)
    seen: list[int] = []

    class Watched(Through):
        def perform(self, change: Change) -> Performed:
            seen.append(sum(len(desk.ledger(kind)) for kind in ("allowlist", "group", "user")))
            return self.platform.perform(change)

    with through(Watched):
        assert desk.run("apply", "--yes").code == 0
    assert seen == [0, 1, 2, 3, 4]


@contextlib.contextmanager
def _locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another program holds the file; nobody waits long for it here."""
    real = sqlite3.connect
    other = real(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda name, **more: real(name, **{**more, "timeout": 0.05}))
        yield other
    other.close()


def test_a_locked_ledger_is_noticed_before_the_first_step(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.declare(**WORLD).apply()
    desk.declare(**{**WORLD, "users": {"ann": {"name": "Ann B"}, "bo": {"name": "Bo B"}}})
    path = desk.folder / "plan.json"
    assert desk.run("plan", "--out", str(path)).code == 2
    before = desk.live()
    with _locked(desk.folder / ".ccconf" / "ledger.db", monkeypatch):
        for plan in ([], [str(path)]):
            ran = desk.run("apply", "--yes", *plan)
            assert ran.code == 1
            assert "ledger.db:1:1 CC008 ledger.db is in use by another program" in ran.err
            assert desk.live() == before
    desk.apply()


def test_a_ledger_that_is_lost_half_way_stops_the_run_and_tells(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one_at_a_time(desk).declare(**WORLD)
    real = objects.note

    def note(connection: Any, target: str, noted: Any) -> None:
        if any(row.ref.key == "other" for row in noted):
            raise broken("CC008", "ledger.db cannot be used: disk is full", "free some space")
        real(connection, target, noted)

    with monkeypatch.context() as patch:
        patch.setattr(objects, "note", note)
        ran = desk.run("apply", "--yes", "--format", "json")
    assert ran.code == 5
    assert _statuses(ran) == {
        "allowlist/office": "done", "group/other": "uncertain", "group/team": "blocked", "user/ann": "blocked",
        "user/bo": "blocked",
    }  # fmt: skip
    (told,) = [ended for ended in ran.data["outcomes"] if ended["status"] == "uncertain"]
    assert told["detail"] == "done, but not noted: ledger.db cannot be used: disk is full"
    assert told["calls"] == ["create group/other"]
    desk.apply()
    assert sorted(desk.ledger("group")) == ["other", "team"]


class ByHand(Through):
    """A vendor where people create groups by hand, and nobody can delete a role."""

    def support(self, kind: str, operation: Operation) -> Support:
        if (kind, operation) == ("group", Operation.CREATE):
            return Support(kind=kind, operation=operation, route=Route.MANUAL, reason="no API for it")
        if (kind, operation) == ("role", Operation.DELETE):
            return Support(kind=kind, operation=operation, route=Route.NO, reason="roles are built in")
        return self.platform.support(kind, operation)


def test_what_a_person_must_do_waits_and_has_its_own_exit_code(desk: Desk) -> None:
    desk.declare(groups={"team": {}}, users={"ann": {"name": "Ann"}})
    with through(ByHand, planning_too=True):
        ran = desk.run("apply", "--yes", "--format", "json")
    assert ran.code == 6
    assert _statuses(ran) == {"group/team": "waiting", "user/ann": "done"}
    assert sorted(desk.ids()) == ["ann"] and desk.ids("group") == {}


def test_what_needs_a_person_s_step_waits_for_it(desk: Desk) -> None:
    desk.declare(**WORLD)
    with through(ByHand, planning_too=True):
        ran = desk.run("apply", "--yes", "--format", "json")
    assert ran.code == 6
    assert _statuses(ran)["user/ann"] == "waiting"
    ann = next(outcome for outcome in ran.data["outcomes"] if outcome["step"] == "create user/ann")
    assert (ann["code"], ann["detail"]) == ("CC713", "comes after what a person has to do: create group/team")


def test_what_a_platform_cannot_do_is_no_plan(desk: Desk) -> None:
    desk.declare(roles={"old": {}, "kept": {}}).apply()
    desk.declare(roles={"kept": {}})
    with through(ByHand, planning_too=True):
        ran = desk.run("plan")
        assert ran.code == 1 and "CC505 role/old: the platform cannot delete a role: roles are built in" in ran.out
        assert desk.run("apply", "--yes").code == 1
    assert sorted(desk.ids("role")) == ["kept", "old"]


def test_a_new_person_needs_a_name(desk: Desk) -> None:
    desk.declare(users={"ann": {}})
    ran = desk.run("plan")
    assert ran.code == 1
    assert "CC501 user/ann is new and cannot be created without name" in ran.out and "add name:" in ran.out


@pytest.mark.parametrize(
    ("patterns", "steps"),
    [
        (["user/ann"], ["create allowlist/office", "create group/team", "create user/ann"]),
        (["user/*"], ["create allowlist/office", "create group/other", "create group/team", "create user/ann"]),
        (["group/o*", "allowlist/*"], ["create allowlist/office", "create group/other"]),
        (["bo"], ["create group/other", "create user/bo"]),
    ],
)
def test_only_these_and_what_they_need(desk: Desk, patterns: list[str], steps: list[str]) -> None:
    desk.declare(**WORLD)
    only = [word for pattern in patterns for word in ("--only", pattern)]
    plan = desk.plan(*only)
    assert [step.id for step in plan.steps][:4] == steps
    assert plan.counts.create == len(plan.steps)
    assert f"only {', '.join(patterns)}, and what that needs" in desk.run("plan", *only).out
    assert desk.run("apply", "--yes", *only).code == 0
    assert desk.run("plan", *only).code == 0
    desk.apply()


def test_only_adopts_only_these(desk: Desk) -> None:
    desk.console_creates("group/team")
    desk.console_creates("group/other")
    desk.declare(groups={"team": {}, "other": {}})
    assert desk.plan("--only", "group/team").counts.adopt == 1
    assert desk.run("apply", "--only", "group/team").code == 0
    assert sorted(desk.ledger("group")) == ["team"]


def test_a_selection_that_fits_nothing(desk: Desk) -> None:
    desk.declare(**WORLD)
    for command in (["plan"], ["apply", "--yes"]):
        ran = desk.run(*command, "--only", "user/ann", "--only", "users/ann")
        assert ran.code == 1 and "CC011 --only users/ann fits nothing" in ran.err
    desk.apply()
    assert desk.run("plan", "--only", "user/ann").code == 0


def test_without_a_terminal_somebody_has_to_say_yes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())  # as CI gives it
    desk.declare(**WORLD)
    ran = desk.run("apply")
    assert ran.code == 1
    assert "Plan for office" in ran.out and "CC704" in ran.err and "say --yes" in ran.err
    assert desk.ids() == {}
