"""Whoever accepts has manifests that `validate` lets pass, if it did before; what would spoil them is refused alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccconf.manifest.editing.edits import Edit, Into
from tests.cli.desk import Desk
from tests.editing.office import Office, add, one, out, set_

DAY = """\
schedules:
  day:
    name: Day
    timezone: UTC
    weekly: {mon-fri: ["09:00-17:00"]}
    breaks: {mon-fri: ["16:00-16:30"]}
"""


class Judged(Office):
    judged = True


def judged(folder: Path, text: str) -> Judged:
    return Judged(folder, {"manifests/a.yaml": text})


SHORTER = set_("schedule/day.weekly", {"mon": ["09:00-15:00"]})


def test_hours_without_their_breaks(tmp_path: Path) -> None:
    office = judged(tmp_path, DAY)
    edited = office.accept(set_("schedule/day.name", "D"), SHORTER, set_("schedule/day.timezone", "Europe/Warsaw"))
    (refusal,) = edited.findings
    assert (refusal.code, refusal.subject, refusal.where and refusal.where.line) == ("CC315", "schedule/day", 5)
    assert refusal.message == (
        "schedule/day weekly would make a mistake: the break 16:00-16:30 is not within the hours of mon"
    )
    assert refusal.hint == "move it or extend the hours; or accept what goes with it, too"
    assert office.diff(edited) == [
        "-    name: Day",
        "-    timezone: UTC",
        "+    name: D",
        "+    timezone: Europe/Warsaw",
    ]


def test_hours_with_their_breaks(tmp_path: Path) -> None:
    office = judged(tmp_path, DAY)
    assert len(office.done(SHORTER, set_("schedule/day.breaks", {"mon": ["12:00-12:30"]}))) == 4


def test_the_last_object_stays(tmp_path: Path) -> None:
    office = judged(tmp_path, "roles:\n  a: {}\n  b: {}\nusers: {}\n")
    edited = office.accept(out("role/b"), out("role/a"))
    (refusal,) = edited.findings
    assert (refusal.code, refusal.subject) == ("CC002", "role/a")
    assert office.diff(edited) == ["-  b: {}"]
    assert office.accept(out("role/b"), out("role/a"), add("user/eve", name="Eve")).findings == ()


def test_two_people_with_one_address(tmp_path: Path) -> None:
    """The mistake is told of one, and another was edited."""
    office = judged(tmp_path, "users:\n  ann: {name: A}\n  bob: {email: b@example.org}\n")
    address = {"email": "B@example.org"}
    for edit in (set_("user/ann.email", "B@example.org"), add("user/abe", **address), add("user/zoe", **address)):
        edited = office.accept(set_("user/ann.name", "Ann"), edit, set_("user/bob.name", "Bob"))
        (refusal,) = edited.findings
        assert (refusal.code, refusal.subject) == ("CC209", str(edit.ref)), refusal
        assert len(edited.written) == 2
    assert len(office.done(set_("user/ann.email", "B@example.org"), set_("user/bob.email", None))) == 4


def test_more_people_than_seats(tmp_path: Path) -> None:
    office = judged(tmp_path, "users:\n  ann: {name: Ann}\n  bob: {name: Bob}\n")
    form = json.loads((tmp_path / "ccconf.yaml").read_text())
    form["targets"]["office"] |= {"like": "iqchannels", "licence": {"edition": "base", "seats": 4}}
    (tmp_path / "ccconf.yaml").write_text(json.dumps(form))
    new: list[Edit] = [add(f"user/c{number}", name=f"C{number}") for number in range(9)]
    edited = office.accept(set_("user/ann.name", "A"), *new, set_("user/bob.name", "B"))
    assert {(each.code, each.where and each.where.path.endswith("ccconf.yaml")) for each in edited.findings} == {
        ("CC402", True)
    }
    assert [each.edit.subject for each in edited.written] == ["user/ann name", "user/c0", "user/c1", "user/bob name"]


def test_a_default_for_all_of_whom_one_cannot_have_it(tmp_path: Path) -> None:
    text = "defaults:\n  users: {skills: {x: 1}}\nskills: {x: {max_level: 3}}\nusers:\n  ann: {}\n  bob: {}\n"
    edited = judged(tmp_path, text).accept(set_("user/ann.skills", {"x": 5}), into=Into.THERE)
    assert [(each.code, each.subject, each.where and each.where.line) for each in edited.findings] == [
        ("CC211", "user/ann", 2)
    ]
    assert edited.files == {}


def test_what_was_wrong_before_is_no_reason(tmp_path: Path) -> None:
    text = "users:\n  ann: {email: b@example.org}\n  bob: {email: b@example.org, name: B}\n"
    office = judged(tmp_path, text)
    assert len(office.done(set_("user/bob.name", "Bob"), add("user/cid"))) == 3
    (refusal,) = office.refused(set_("user/cid.email", "b@example.org"))
    assert refusal.startswith("CC209 a.yaml:4:")


def test_what_needs_a_refused_edit_is_refused_with_it(tmp_path: Path) -> None:
    office = judged(tmp_path, "users:\n  ann: {email: b@example.org, skills: {}}\nskills: {x: {max_level: 1}}\n")
    edited = office.accept(
        set_("user/ann.skills", {"y": 1}),
        add("skill/y", max_level=2),
        add("user/bob", email="b@example.org", skills={"y": 3}),
    )
    assert sorted(each.subject for each in edited.findings) == ["user/bob"]
    edited = office.accept(add("user/bob", email="b@example.org"), add("group/g"), set_("group/g.members", {"bob": {}}))
    assert [each.code for each in edited.findings].count("CC209") == 1


@pytest.mark.parametrize("bad", [1, 20])
def test_many_of_many(tmp_path: Path, bad: int) -> None:
    people = "".join(f"  p{number:03}: {{name: P{number}}}\n" for number in range(200))
    office = judged(tmp_path, f"users:\n{people}")
    edits = [
        set_(f"user/p{number:03}.email", f"{number // 2 * 2 if number < 2 * bad else number}@example.org")
        for number in range(200)
    ]
    edited = office.accept(*edits)
    assert [each.subject for each in edited.findings] == [f"user/p{number:03}" for number in range(1, 2 * bad, 2)]
    assert len(edited.written) == 200 - bad


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_drift_says_so_and_leaves_manifests_that_are_sound(desk: Desk) -> None:
    desk.write("manifests/a.yaml", DAY)
    assert desk.run("apply", "--yes").code == 0
    desk.console("schedule/day", weekly={"mon": ["09:00-15:00"]})
    ran = desk.run("drift", "--accept")
    assert ran.code == 1 and "CC315 schedule/day weekly would make a mistake" in ran.err
    assert (desk.folder / "manifests" / "a.yaml").read_text() == DAY
    assert desk.run("validate").code == 0
    desk.console("schedule/day", breaks={})
    assert desk.run("drift", "--accept").code == 0
    assert desk.run("validate").code == 0
    desk.silent()


def test_a_platform_of_which_everything_was_taken_away(desk: Desk) -> None:
    office = one(desk.folder, "roles:\n  a: {}\n")
    assert office.done(out("role/a")) != [], "who has no judge may do so"
