"""What was made, made anew, swapped or set again behind Git's back is never told as Git's own change."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk

WORLD: dict[str, Any] = {
    "roles": {"operator": {"permissions": {"calls.take": True}}, "boss": {"permissions": {"recordings": "admin"}}},
    "users": {
        "ann": {"name": "Ann", "roles": ["boss"], "position": "Lead"},
        "bo": {"name": "Bo", "roles": ["operator"]},
    },
}


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, leavers="delete").declare(**WORLD)
    desk.apply()
    assert desk.run("drift").code == 0
    return desk


def told(desk: Desk) -> dict[str, tuple[str, str, str]]:
    """Of each object or field the sort, what it says, and who it was."""
    rows = desk.run("drift", "--format", "json").data["differences"]
    return {
        ":".join(filter(None, (row["object"], row.get("field", "")))): (
            row["sort"],
            row.get("says", ""),
            row.get("who", ""),
        )
        for row in rows
    }


def settled(desk: Desk) -> None:
    path = desk.folder / "back.json"
    assert desk.run("drift", "--revert", "--out", str(path)).code == 2
    assert desk.run("apply", str(path), "--yes").code == 0
    assert told(desk) == {}


def test_a_role_that_was_deleted_and_made_anew_with_more_rights(desk: Desk) -> None:
    desk.console("user/bo", roles=[])
    desk.console_deletes("role/operator")
    desk.console_creates("role/operator", permissions={"calls.take": True, "calls.barge_in": True})
    desk.console("user/bo", roles=["operator"])
    assert told(desk)["role/operator:permissions"] == ("drift", "it was made anew on the platform", "console")
    assert desk.run("drift").code == 2
    settled(desk)
    assert desk.fields("role/operator")["permissions"] == {"calls.take": True}


def test_two_roles_that_changed_names(desk: Desk) -> None:
    desk.console("role/operator", key="x")
    desk.console("role/boss", key="operator")
    desk.console("role/x", key="boss")
    found = told(desk)
    assert {name: found[name][0] for name in ("role/operator:permissions", "role/boss:permissions")} == {
        "role/operator:permissions": "drift",
        "role/boss:permissions": "drift",
    }
    settled(desk)
    assert desk.fields("role/operator")["permissions"] == {"calls.take": True}
    assert desk.fields("user/bo")["roles"] == ["operator"]


def test_without_the_ledger_nobody_knows_whose_change_it_was(desk: Desk) -> None:
    """A fresh machine in CI, say."""
    shutil.rmtree(desk.folder / ".ccconf")
    desk.console("user/bo", roles=["boss"])
    desk.console_deletes("user/ann")
    assert told(desk) == {
        "user/ann": ("conflict", "nobody noted whether it was on the platform before", "console"),
        "user/bo:roles": ("conflict", "nobody noted what both sides said before", "console"),
    }
    assert desk.run("drift").code == 2


@pytest.mark.parametrize("ignored", [False, True], ids=["", "with something ignored"])
def test_who_gets_back_what_git_had_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignored: bool) -> None:
    monkeypatch.setenv("CCCONF_NOW", "2020-01-01T10:00Z")  # the reports are older than what the console does
    ways = {"ignore": [{"objects": "user/*", "fields": ["position"], "reason": "HR", "until": "2099-12-31"}]}
    desk = Desk(tmp_path, **(ways if ignored else {})).declare(**WORLD)
    desk.apply()
    assert desk.run("drift").code == 0
    desk.console("user/ann", roles=["operator"], **({"position": "Agent"} if ignored else {}))
    assert desk.run("drift").code == 2
    assert desk.run("drift", "--accept").code == 0
    desk.console("user/ann", roles=["boss"])
    says = "changed in Git, and set on the platform since the last report"
    assert told(desk)["user/ann:roles"] == ("conflict", says, "console")


def test_a_report_after_an_acceptance_knows_what_both_sides_say(tmp_path: Path) -> None:
    """Whatever else differs in the same object."""
    ways = {"ignore": [{"objects": "user/*", "fields": ["position"], "reason": "HR", "until": "2099-12-31"}]}
    desk = Desk(tmp_path, **ways).declare(**WORLD)
    desk.apply()
    assert desk.run("drift").code == 0
    desk.console("user/ann", roles=["operator"], position="Agent")
    assert desk.run("drift", "--accept").code == 0
    assert desk.run("drift").code == 0
    desk.console("user/ann", roles=["boss"])
    assert told(desk)["user/ann:roles"] == ("drift", "", "console")


def test_whom_somebody_made_where_git_owns_all(tmp_path: Path) -> None:
    desk = Desk(tmp_path, owns={"users": "all"}, leavers="delete").declare(**WORLD)
    desk.apply()
    desk.console_creates("user/mallory", name="Mallory", roles=["boss"])
    says = "made on the platform; the next apply takes it away, by owns: all"
    assert told(desk) == {"user/mallory": ("drift", says, "console")}
    ran = desk.run("drift", "--format", "json")
    assert ran.code == 2
    assert ran.data["coverage"]["user"] == {"managed": 2, "unmanaged": 1}
    assert ran.data["unmanaged"] == {"user": 1}
    settled(desk)
    assert "mallory" not in desk.live()


def test_who_was_taken_away_comes_back_with_what_they_need(desk: Desk) -> None:
    desk.console("user/bo", roles=[])
    desk.console_deletes("role/operator")
    path = desk.folder / "back.json"
    assert desk.run("drift", "--revert", "--only", "user/bo", "--out", str(path)).code == 2
    assert desk.run("apply", str(path), "--yes").code == 0
    assert told(desk) == {}


def test_of_two_entries_that_fit_the_one_that_still_holds_counts(tmp_path: Path) -> None:
    ended = {"objects": "user/*", "fields": [], "reason": "until May", "until": "2026-05-31"}
    runs = {"objects": "user/ann", "fields": [], "reason": "parental leave", "until": "2099-12-31"}
    desk = Desk(tmp_path, ignore=[ended, runs]).declare(**WORLD)
    desk.apply()
    desk.console("user/ann", position="Agent")
    (row,) = desk.run("drift", "--format", "json").data["differences"]
    assert row["ignored"] == "parental leave"


def test_a_manifest_that_was_edited_between_drift_and_accept(desk: Desk) -> None:
    """What somebody has just written by hand is not written over unless it is named."""
    desk.console("user/ann", position="Agent")
    assert desk.run("drift").code == 2
    users = {**WORLD["users"], "ann": {**WORLD["users"]["ann"], "position": "Head"}}
    desk.declare(**{**WORLD, "users": users})
    ran = desk.run("drift", "--accept")
    assert "Only conflicts are left" in ran.out
    assert '"Head"' in (desk.folder / "manifests/all.yaml").read_text()
    assert told(desk)["user/ann:position"][0] == "conflict"
    assert desk.run("drift", "--accept", "--only", "user/ann:position").code == 0
    assert told(desk) == {}


@pytest.mark.parametrize("deed", ["--accept", "--revert"])
def test_who_names_something_means_something(desk: Desk, deed: str) -> None:
    desk.console("user/ann", position="Agent")
    ran = desk.run("drift", deed, "--only", "user/anne")
    assert ran.code == 1 and "CC011 --only user/anne fits nothing that differs" in ran.err
