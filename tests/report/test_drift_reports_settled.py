"""`ccconf drift --accept` and `--revert` with reports and pseudonyms: what was asked for is done, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccconf.cli.reporting import KINDS
from ccconf.reconcile.plan import decode
from tests.cli.desk import Desk, Ran
from tests.formats.parsers import PARSERS

PEOPLE: dict[str, Any] = {
    "ann.lee": {"name": "Ann Lee-Smith", "position": "Agent", "roles": ["agent"]},
    "bo": {"name": "Bo Dahl", "email": "bo@example.org", "position": "Agent"},
}
TEAM: dict[str, Any] = {"roles": {"agent": {}, "admin": {}}, "users": PEOPLE}
NAMES = ("ann.lee", "Ann Lee", "Lee-Smith", "bo@example", "Bo Dahl", "user/bo", "Robert", "zed quux", "Zed Quux")


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """On the platform Ann was given a role, and Bo another name and e-mail address; a stranger came."""
    monkeypatch.setenv("CCCONF_NOW", "2026-11-22T10:00:00Z")
    monkeypatch.setenv("CCCONF_MASK_KEY", "a secret of the tests")
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path).declare(**TEAM)
    desk.apply()
    desk.console("user/ann.lee", roles=["admin", "agent"])
    desk.console("user/bo", name="Robert Dahl", position="Head")
    desk.console_creates("user/zed quux", name="Zed Quux")
    return desk


def every(kind: str = "out") -> list[str]:
    return [word for one in KINDS for word in ("--report", f"{one}={kind}/{one}")]


def named(ran: Ran, desk: Desk, folder: str = "out") -> list[str]:
    """Who can be recognised on the screen or in a report."""
    reports = [path.read_text() for path in (desk.folder / folder).glob("*")]
    return [name for name in NAMES for said in (ran.out, ran.err, *reports) if name.lower() in said.lower()]


def in_both(desk: Desk) -> None:
    """Git says another position of Bo, too."""
    desk.declare(**{**TEAM, "users": {**PEOPLE, "bo": {**PEOPLE["bo"], "position": "Chief"}}})


class TestPuttingBack:
    def test_nobody_is_named(self, desk: Desk) -> None:
        ran = desk.run("drift", "--revert", "--mask", "people", "--out", "back.json", *every())
        assert ran.code == 2 and "ccconf apply back.json" in ran.err
        assert not named(ran, desk)

    def test_the_saved_plan_can_be_applied(self, desk: Desk) -> None:
        desk.run("drift", "--revert", "--mask", "people", "--out", "back.json")
        assert desk.run("apply", "back.json", "--yes").code == 0
        assert desk.fields("user/bo")["name"] == "Bo Dahl"

    def test_the_plan_is_reported_as_a_plan(self, desk: Desk) -> None:
        ran = desk.run("drift", "--revert", "--format", "json", *every())
        assert Path("out/json").read_text() == ran.out
        assert {step.id for step in decode(Path("out/json").read_bytes(), "").steps} == {
            "update user/ann.lee", "update user/bo",
        }  # fmt: skip
        for kind in KINDS:
            PARSERS[kind](Path(f"out/{kind}").read_text())

    def test_what_keeps_it_from_being_made_is_told_in_reports_and_names_nobody(self, desk: Desk) -> None:
        desk.declare(roles=TEAM["roles"], users={"ann.lee": {"name": "Ann Lee-Smith", "roles": ["nobody"]}})
        ran = desk.run("drift", "--revert", "--mask", "people", *every())
        assert ran.code == 1 and "CC203" in ran.err and "CC203" in Path("out/sarif").read_text()
        assert not named(ran, desk)

    def test_how_grave_it_is_belongs_to_the_report(self, desk: Desk) -> None:
        ran = desk.run("drift", "--revert", "--fail-on", "security")
        assert ran.code == 1 and "--fail-on" in ran.err


class TestAccepting:
    def test_nobody_is_named(self, desk: Desk) -> None:
        in_both(desk)
        ran = desk.run("drift", "--accept", "--mask", "people", *every())
        assert "accepted  user/person-" in ran.out and "roles" in ran.out
        assert not named(ran, desk)
        assert '"Robert Dahl"' in (desk.folder / "manifests/all.yaml").read_text()

    def test_nobody_is_named_where_it_is_refused(self, desk: Desk) -> None:
        for words in (["user/nobody at all"], ["user/zed quux:name"]):
            ran = desk.run("drift", "--accept", "--mask", "people", "--only", *words, *every())
            assert "nobody at all" not in ran.err + ran.out and not named(ran, desk)

    def test_the_report_tells_what_is_left(self, desk: Desk) -> None:
        in_both(desk)
        assert desk.run("drift", "--accept", *every()).code == 2
        report = json.loads(Path("out/json").read_text())
        assert [(row["object"], row.get("field"), row["sort"]) for row in report["differences"]] == [
            ("user/bo", "position", "conflict"), ("user/zed quux", None, "unmanaged"),
        ]  # fmt: skip
        assert report["trend"][-1]["sorts"]["drift"] == 0
        for kind in KINDS:
            PARSERS[kind](Path(f"out/{kind}").read_text())

    def test_the_report_tells_why_something_was_refused(self, desk: Desk) -> None:
        shared = {name: {key: value for key, value in one.items() if key != "position"} for name, one in PEOPLE.items()}
        desk.declare(**{**TEAM, "users": shared, "defaults": {"users": {"position": "Agent"}}})
        ran = desk.run("drift", "--accept", "--report", "json=out.json")
        assert ran.code == 1 and "CC152" in ran.err
        (row,) = [row for row in json.loads(Path("out.json").read_text())["differences"] if row["sort"] == "drift"]
        assert (row["object"], row["field"]) == ("user/bo", "position") and "not accepted: CC152" in row["says"]

    def test_whom_git_never_had_is_known_now(self, desk: Desk) -> None:
        desk.run("drift", "--accept", "--only", "user/zed quux", "--report", "json=out.json")
        report = json.loads(Path("out.json").read_text())
        assert report["unmanaged"] == {} and report["coverage"]["user"] == {"managed": 3, "unmanaged": 0}

    def test_what_both_changed_is_left_and_said(self, desk: Desk) -> None:
        in_both(desk)
        ran = desk.run("drift", "--accept")
        assert ran.code == 2 and "accepted  user/bo name" in ran.out
        assert "1 difference is left that was changed on both sides" in ran.out
        assert "--accept --only user/bo:position" in ran.out and "--revert --only user/bo:position" in ran.out
        again = desk.run("drift", "--accept")
        assert again.code == 2 and "Only conflicts are left" in again.out
        assert desk.run("drift", "--accept", "--fail-on", "security").code == 0
        assert desk.run("drift", "--accept", "--only", "user/bo:position").code == 0
        assert desk.run("drift", "--accept").code == 0

    def test_nobody_asks_for_what_was_not_chosen(self, desk: Desk) -> None:
        in_both(desk)
        ran = desk.run("drift", "--accept", "--only", "user/ann.lee")
        assert ran.code == 0 and "left" not in ran.out

    def test_programs_hear_what_was_written_and_what_is_left(self, desk: Desk) -> None:
        in_both(desk)
        ran = desk.run("drift", "--accept", "--format", "json", "--mask", "people")
        assert ran.code == 2
        taken = [row["what"] for row in ran.data["accepted"]]
        assert all(what.startswith("user/person-") for what in taken) and any(what.endswith(" name") for what in taken)
        assert ran.data["wrote"] == ["manifests/all.yaml"] and ran.data["findings"] == []
        (left,) = ran.data["conflicts"]
        assert left.startswith("user/person-") and left.endswith(":position")


def test_of_many_strangers_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whom the report does not name, but the plan does: he still has what is to go."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CCCONF_MASK_KEY", "a secret of the tests")
    desk = Desk(tmp_path)
    desk.declare(roles={"old": {}, "new": {}}).apply()
    desk.declare(roles={"new": {}})
    for number in range(101):
        desk.console_creates(f"user/a{number:03}", name="Somebody")
    desk.console_creates("user/zed quux", name="Zed", roles=["old"])
    ran = desk.run("drift", "--mask", "people", "--report", "html=page.html", "--report", "sarif=found.sarif")
    told = ran.out + ran.err + (tmp_path / "page.html").read_text() + (tmp_path / "found.sarif").read_text()
    assert "role/old cannot go" in told
    assert "quux" not in told
