"""What somebody changed on the platform, what somebody changed in Git, and how a report keeps them apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk

ANN = {"name": "Ann", "position": "Agent", "groups": ["team"], "roles": ["operator"], "extension": "201"}
BO = {"name": "Bo", "position": "Agent"}
WORLD: dict[str, Any] = {
    "users": {"ann": ANN, "bo": BO},
    "groups": {"team": {}, "night": {}},
    "roles": {"operator": {"permissions": {"calls.take": True}}},
}

Row = tuple[str, str, str, str]


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("CCCONF_NOW", "2026-11-22T10:00Z")
    desk = Desk(tmp_path)
    desk.declare(**WORLD).apply()
    return desk


def changed(kind: str, key: str, **fields: Any) -> dict[str, Any]:
    """The world, with other fields of one object."""
    return {**WORLD, kind: {**WORLD[kind], key: {**WORLD[kind][key], **fields}}}


def report(desk: Desk, *args: str) -> dict[str, Any]:
    ran = desk.run("drift", "--format", "json", *args)
    data: dict[str, Any] = ran.data
    return {**data, "code": ran.code}


def rows(desk: Desk, *args: str) -> list[Row]:
    """Object, field, sort, weight."""
    return [
        (row["object"], row.get("field", ""), row["sort"], row["weight"]) for row in report(desk, *args)["differences"]
    ]


def test_nothing_to_tell(desk: Desk) -> None:
    found = report(desk)
    assert (found["code"], found["differences"], found["unmanaged"]) == (0, [], {})
    assert found["coverage"]["user"] == {"managed": 2, "unmanaged": 0}


def test_what_somebody_changed_on_the_platform_with_who_and_when(desk: Desk) -> None:
    desk.console("user/ann", position="Head")
    found = report(desk)
    (row,) = found["differences"]
    assert (row["sort"], row["weight"]) == ("drift", "cosmetic")
    assert (row["applied"], row["live"], row["wanted"]) == ("Agent", "Head", "Agent")
    assert row["who"] == "console" and row["when"].startswith("20") and row["when"].endswith("Z")
    assert (row["file"], row["line"]) == ("manifests/all.yaml", 1)
    assert found["code"] == 2


def test_what_somebody_changed_in_git(desk: Desk) -> None:
    desk.declare(**changed("users", "ann", position="Head"))
    found = report(desk)
    (row,) = found["differences"]
    assert (row["sort"], row["applied"], row["live"], row["wanted"]) == ("pending", "Agent", "Agent", "Head")
    assert "who" not in row
    assert found["code"] == 0  # nobody did anything outside of Git


def test_what_was_changed_on_both_sides(desk: Desk) -> None:
    desk.console("user/ann", position="Head")
    desk.declare(**changed("users", "ann", position="Chief"))
    found = report(desk)
    (row,) = found["differences"]
    assert (row["sort"], row["applied"], row["live"], row["wanted"]) == ("conflict", "Agent", "Head", "Chief")
    assert row["who"] == "console" and found["code"] == 2


def test_each_field_of_one_person_by_itself(desk: Desk) -> None:
    desk.console("user/ann", position="Head", extension="202")
    desk.declare(**changed("users", "ann", position="Agent", name="Anna", extension="203"))
    assert rows(desk) == [
        ("user/ann", "position", "drift", "cosmetic"),
        ("user/ann", "extension", "conflict", "routing"),
        ("user/ann", "name", "pending", "cosmetic"),
    ]


@pytest.mark.parametrize(
    ("name", "fields", "weight"),
    [
        ("user/ann", {"roles": []}, "security"),
        ("user/ann", {"groups": {"night": {}, "team": {}}}, "security"),
        ("user/ann", {"status": "inactive"}, "security"),
        ("user/ann", {"extension": "202"}, "routing"),
        ("user/ann", {"name": "Anna"}, "cosmetic"),
        ("role/operator", {"permissions": {"calls.take": True, "calls.listen": True}}, "security"),
    ],
)
def test_how_much_it_matters(desk: Desk, name: str, fields: dict[str, Any], weight: str) -> None:
    declared = {**WORLD, "users": {**WORLD["users"], "ann": {**ANN, "status": "active"}}}
    desk.declare(**declared).apply()
    assert rows(desk) == []
    desk.console(name, **fields)
    assert [row[2:] for row in rows(desk)] == [("drift", weight)]


@pytest.mark.parametrize(("fail_on", "code"), [("cosmetic", 2), ("routing", 2), ("security", 0), ("never", 0)])
def test_what_fails_a_job_is_a_matter_of_weight(desk: Desk, fail_on: str, code: int) -> None:
    desk.console("user/ann", extension="202")
    assert report(desk, "--fail-on", fail_on)["code"] == code


def test_whom_somebody_deleted_or_made_on_the_platform(desk: Desk) -> None:
    desk.console_deletes("user/bo")
    desk.console_creates("user/cy", name="Cy")
    found = report(desk)
    told = {row["object"]: (row["sort"], row.get("says", ""), row.get("who")) for row in found["differences"]}
    assert told["user/bo"] == ("drift", "deleted on the platform; it can be restored", "console")
    assert told["user/cy"] == ("unmanaged", "", "console")
    assert found["unmanaged"] == {"user": 1} and found["coverage"]["user"] == {"managed": 1, "unmanaged": 1}


def test_whom_somebody_renamed_on_the_platform(desk: Desk) -> None:
    desk.console("user/bo", key="bob")
    found = report(desk)
    (row,) = found["differences"]
    assert (row["object"], row["field"], row["live"], row["wanted"]) == ("user/bo", "key", "bob", "bo")
    assert (row["sort"], row["weight"], row["says"]) == ("drift", "security", "renamed on the platform")


def test_who_came_and_went_in_git(desk: Desk) -> None:
    desk.declare(**{**WORLD, "users": {"ann": ANN, "cy": {"name": "Cy"}}})
    told = {row["object"]: (row["sort"], row["says"]) for row in report(desk)["differences"]}
    assert told == {
        "user/bo": ("pending", "left Git, and is still on the platform"),
        "user/cy": ("pending", "new in Git"),
    }


def test_a_leaver_whom_somebody_let_in_again(desk: Desk) -> None:
    desk.declare(**{**WORLD, "users": {"ann": ANN}}).apply()
    desk.console("user/bo", status="active")
    (row,) = report(desk)["differences"]
    assert (row["object"], row["field"], row["sort"], row["weight"]) == ("user/bo", "status", "drift", "security")
    assert (row["live"], row["wanted"]) == ("active", "inactive")


def test_what_both_sides_did_alike_is_agreed_from_then_on(desk: Desk) -> None:
    """Somebody accepts by hand what the console changed; the next change there is drift again, no conflict."""
    desk.console("user/ann", position="Head")
    desk.declare(**changed("users", "ann", position="Head"))
    assert rows(desk) == []
    desk.console("user/ann", position="Chief")
    assert [row[2] for row in rows(desk)] == ["drift"]


def test_what_was_taken_over_and_never_written_is_known_from_the_first_report_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.console_creates("user/ann", name="Ann", position="Agent")
    desk.declare(users={"ann": {"name": "Ann", "position": "Agent"}}).apply()
    assert rows(desk) == []
    desk.declare(users={"ann": {"name": "Ann", "position": "Head"}})
    assert rows(desk) == [("user/ann", "position", "pending", "cosmetic")]


def test_that_nothing_was_there_is_known_as_well(desk: Desk) -> None:
    """Git says that nobody has a skill; on the platform none was ever seen. Then somebody gives one, by hand."""
    world = {**WORLD, "skills": {"polish": {}}, "users": {"ann": ANN, "bo": {**BO, "skills": {}}}}
    desk.declare(**world).apply()
    desk.console("user/bo", skills={"polish": 3})
    (row,) = report(desk)["differences"]
    assert (row["object"], row["field"], row["sort"]) == ("user/bo", "skills", "drift")


def test_what_both_sides_took_away_is_drift_when_it_comes_back(desk: Desk) -> None:
    assert rows(desk) == []
    desk.console("user/ann", roles=[])
    desk.declare(**changed("users", "ann", roles=[]))
    assert rows(desk) == []
    desk.console("user/ann", roles=["operator"])
    assert [(row[1], row[2]) for row in rows(desk)] == [("roles", "drift")]


def test_what_an_apply_only_found_to_be_so_is_known_from_then_on(desk: Desk) -> None:
    """Git began to say what was so already: nothing was written, and no report was made before the console changed."""
    declared = {**WORLD, "users": {**WORLD["users"], "ann": {**ANN, "status": "active"}}}
    desk.declare(**declared).apply()
    desk.console("user/ann", status="inactive")
    found = report(desk)
    (row,) = found["differences"]
    assert (row["field"], row["sort"], found["code"]) == ("status", "drift", 2)


def test_days_that_are_over(desk: Desk) -> None:
    days = [{"date": "2026-11-20", "name": "Fair"}, {"date": "2026-11-22"}, {"date": "12-25"}]
    hours = {"day": {"weekly": {"mon-fri": ["09:00-17:00"]}, "holidays": days, "timezone": "Europe/Warsaw"}}
    desk.declare(**WORLD, schedules=hours).apply()
    found = report(desk)
    (row,) = found["differences"]
    assert (row["object"], row["field"], row["sort"]) == ("schedule/day", "holidays", "expired")
    assert row["says"] == "2026-11-20 (Fair) is over; take it out of Git" and found["code"] == 0


class TestPassedOver:
    """What ccconf.yaml says to ignore."""

    def ignoring(self, desk: Desk, **more: Any) -> None:
        entry = {"objects": "user/*", "fields": ["position"], "reason": "titles are being sorted out", **more}
        desk.project(ignore=[{"until": "2026-11-30", **entry}])

    def test_it_is_told_with_its_reason_and_fails_nothing(self, desk: Desk) -> None:
        desk.console("user/ann", position="Head")
        self.ignoring(desk)
        found = report(desk)
        (row,) = found["differences"]
        assert (row["ignored"], row["until"]) == ("titles are being sorted out", "2026-11-30")
        assert found["code"] == 0 and found["trend"][-1]["sorts"]["drift"] == 0

    def test_other_fields_are_not(self, desk: Desk) -> None:
        desk.console("user/ann", position="Head", roles=[])
        self.ignoring(desk)
        assert [bool(row.get("ignored")) for row in report(desk)["differences"]] == [False, True]
        assert report(desk)["code"] == 2

    def test_it_ends_with_its_day(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.console("user/ann", position="Head")
        self.ignoring(desk)
        monkeypatch.setenv("CCCONF_NOW", "2026-12-01T00:00Z")
        found = report(desk)
        (row,) = found["differences"]
        assert found["code"] == 2 and "ignored" not in row
        assert row["says"] == "ignore: ended on 2026-11-30"

    @pytest.mark.parametrize("entry", [{"until": "2026-02-30"}, {"reason": ""}, {"objects": ""}])
    def test_an_entry_that_is_wrong(self, desk: Desk, entry: dict[str, str]) -> None:
        self.ignoring(desk, **entry)
        ran = desk.run("drift")
        assert ran.code == 1 and "CC202" in ran.err and "ccconf.yaml:" in ran.err


def test_the_trend_over_reports(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, position in enumerate(["Head", "Agent", "Chief"], 22):
        monkeypatch.setenv("CCCONF_NOW", f"2026-11-{day}T10:00Z")
        desk.console("user/ann", position=position)
        found = report(desk)
    assert [(moment["at"][:10], moment["sorts"]["drift"]) for moment in found["trend"]] == [
        ("2026-11-22", 1), ("2026-11-23", 0), ("2026-11-24", 1),
    ]  # fmt: skip


def test_a_report_where_nothing_can_be_noted_is_made_all_the_same(desk: Desk) -> None:
    desk.console("user/ann", position="Head")
    (desk.folder / ".ccconf" / "ledger.db").chmod(0o444)
    (desk.folder / ".ccconf").chmod(0o555)
    try:
        assert [row[2] for row in rows(desk)] == ["drift"]
    finally:
        (desk.folder / ".ccconf").chmod(0o755)


def test_every_target_at_once(desk: Desk) -> None:
    form = json.loads((desk.folder / "ccconf.yaml").read_text())
    form["targets"]["shop"] = {**form["targets"]["office"], "url": "shop.db"}
    desk.write("ccconf.yaml", json.dumps(form))
    assert desk.run("drift").code == 1
    assert "-t office or -t shop" in desk.run("drift").err
    assert desk.run("drift", "--all", "-t", "shop").code == 1
    desk.console("user/ann", position="Head")
    assert desk.run("drift", "--all").code == 2
    assert desk.run("drift", "-t", "shop").code == 0


class TestPuttingBack:
    """`--revert` makes an ordinary plan of what was changed outside, and of nothing else."""

    def reverted(self, desk: Desk, *only: str) -> list[str]:
        """The steps of the plan, which is applied; afterwards nothing of that is left to tell."""
        args = [word for pattern in only for word in ("--only", pattern)]
        path = desk.folder / "back.json"
        ran = desk.run("drift", "--revert", "--out", str(path), *args)
        assert ran.code == 2 and "puts Git's values back" in ran.err, ran
        steps = [step["id"] for step in json.loads(path.read_text())["steps"]]
        assert desk.run("apply", str(path), "--yes").code == 0
        return steps

    def test_then_there_is_silence(self, desk: Desk) -> None:
        desk.console("user/ann", position="Head", roles=[])
        desk.console_deletes("user/bo")
        assert self.reverted(desk) == ["update user/ann", "restore user/bo"]
        assert rows(desk) == []
        desk.silent()

    def test_what_git_has_not_applied_yet_stays_so(self, desk: Desk) -> None:
        desk.console("user/ann", position="Head")
        desk.declare(**changed("users", "ann", name="Anna", position="Agent"))
        assert self.reverted(desk) == ["update user/ann"]
        assert desk.fields("user/ann")["name"] == "Ann" and desk.fields("user/ann")["position"] == "Agent"
        assert [row[1:3] for row in rows(desk)] == [("name", "pending")]

    def test_whom_somebody_renamed(self, desk: Desk) -> None:
        before = desk.ids()["bo"]
        desk.console("user/bo", key="bob")
        assert self.reverted(desk) == ["update user/bo"]
        assert desk.ids()["bo"] == before and rows(desk) == []

    def test_only_what_is_chosen(self, desk: Desk) -> None:
        desk.console("user/ann", position="Head", extension="202")
        desk.console("user/bo", position="Head")
        assert self.reverted(desk, "user/ann:position") == ["update user/ann"]
        assert [row[:2] for row in rows(desk)] == [("user/ann", "extension"), ("user/bo", "position")]
        assert self.reverted(desk, "user/b*") == ["update user/bo"]

    def test_a_leaver_whom_somebody_let_in_again_leaves_again(self, desk: Desk) -> None:
        desk.declare(**{**WORLD, "users": {"ann": ANN}}).apply()
        desk.console("user/bo", status="active")
        assert self.reverted(desk) == ["update user/bo"]
        assert desk.fields("user/bo")["status"] == "inactive" and rows(desk) == []

    def test_where_there_is_nothing_to_put_back(self, desk: Desk) -> None:
        desk.declare(**changed("users", "ann", position="Head"))
        ran = desk.run("drift", "--revert", "--format", "json")
        assert (ran.code, ran.data["steps"]) == (0, [])

    def test_what_is_ignored_is_left_alone(self, desk: Desk) -> None:
        desk.console("user/ann", position="Head")
        desk.project(ignore=[{"objects": "user/ann", "reason": "agreed", "until": "2026-12-31"}])
        assert desk.run("drift", "--revert").code == 0

    def test_words_that_do_not_go_together(self, desk: Desk) -> None:
        for words in (["--out", "x.json"], ["--only", "user/ann"], ["--all", "--revert"]):
            assert desk.run("drift", *words).code == 1


def test_a_platform_that_has_really_lost_a_kind(desk: Desk) -> None:
    """Nobody believes it unasked; once somebody says so, it is drift like any other."""
    for name in ("user/ann", "user/bo"):
        desk.console_deletes(name)
    ran = desk.run("drift")
    assert (ran.code, "CC604" in ran.err, "--accept-empty user" in ran.err) == (3, True, True)
    assert [row[:3] for row in rows(desk, "--accept-empty", "user")] == [
        ("user/ann", "", "drift"),
        ("user/bo", "", "drift"),
    ]
