"""Whole objects come, go, and get other names."""

# ruff: noqa: E501 - texts and expected lines are quoted whole

from __future__ import annotations

from pathlib import Path

import pytest

from ccconf.model.refs import Ref
from tests.editing.office import Office, add, one, out, rename, set_


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("users:\n  ann: {name: A}\n  eve: {name: E}\n", ["+  bob: {name: B, roles: [r]}"]),
        ("users:\n  zed: {name: A}\n  eve: {name: E}\n", ["+  bob: {name: B, roles: [r]}"]),
        ("users:\n  ann:\n    name: A\n\n  eve:\n    name: E\n", ["+  bob:", "+    name: B", "+    roles: [r]", "+"]),
        ("users:\n    ann:\n        name: A", ["-        name: A", "+        name: A", "+    bob:", "+      name: B", "+      roles: [r]"]),
        ("users:\n", ["+  bob:", "+    name: B", "+    roles: [r]"]),
        ("users: {}  # none\n", ["-users: {}  # none", "+users:  # none", "+  bob:", "+    name: B", "+    roles: [r]"]),
        ("users: {ann: {}}\n", ["-users: {ann: {}}", "+users: {ann: {}, bob: {name: B, roles: [r]}}"]),
        ("", ["+", "+users:", "+  bob:", "+    name: B", "+    roles: [r]"]),
    ],
)  # fmt: skip
def test_a_new_object_looks_like_its_neighbours(tmp_path: Path, text: str, lines: list[str]) -> None:
    office = one(tmp_path, f"roles: {{r: {{}}}}\n{text}")
    assert sorted(office.done(add("user/bob", name="B", roles=["r"], groups={}))) == sorted(lines)


def test_a_new_object_goes_where_most_of_its_kind_stand_in_key_order(tmp_path: Path) -> None:
    files = {
        "manifests/few.yaml": "users:\n  x: {}\n",
        "manifests/many.yaml": "users:\n  # of a\n  a: {}\n  # of c\n  c: {}\n",
        "over/one.yaml": "users: {a: {name: A}}\n",
    }
    office = Office(tmp_path, files, office=["manifests", "over"])
    edited = office.accept(add("user/b", name="B"), add("user/0", name="Z"), add("skill/s"))
    assert sorted(path.relative_to(tmp_path).as_posix() for path in edited.files) == [
        "manifests/many.yaml",
        "over/one.yaml",
    ]
    office.write(edited)
    assert (tmp_path / "manifests/many.yaml").read_text() == (
        'users:\n  # of a\n  "0":\n    name: Z\n  a: {}\n  b:\n    name: B\n  # of c\n  c: {}\n'
    )


def test_an_object_leaves_with_its_comments_and_from_its_groups(tmp_path: Path) -> None:
    text = (
        "# people\nusers:\n  # of ann\n  ann:   # she\n    name: Ann\n    # more of ann\n\n  # of bob\n  # too\n"
        "  bob: {name: Bob}\n\n  # of cid\n  cid: {}\ngroups:\n  day:\n    members: [ann, bob]\n"
    )
    office = one(tmp_path, text)
    assert office.done(out("user/bob"), out("user/bob")) == [
        "-  # of bob", "-  # too", "-  bob: {name: Bob}", "-", "-    members: [ann, bob]", "+    members: [ann]",
    ]  # fmt: skip
    office.done(out("user/ann"), out("user/cid"))
    assert (tmp_path / "manifests/a.yaml").read_text() == (
        "# people\nusers: {}\n  # of ann\n\ngroups:\n  day:\n    members: []\n"
    )


def test_an_object_that_is_still_used_stays(tmp_path: Path) -> None:
    text = "users:\n  ann: {roles: [r]}\n  bob: {roles: [r]}\nroles:\n  r: {}\n"
    office = one(tmp_path, text)
    assert office.refused(out("role/r"))[0].startswith(
        "CC156 a.yaml:5:3 role/r cannot leave Git: user/ann still has it under roles"
    )
    assert office.done(out("role/r"), set_("user/ann.roles", None), out("user/bob")) == [
        "-  ann: {roles: [r]}", "-  bob: {roles: [r]}", "-roles:", "-  r: {}", "+  ann: {roles: []}", "+roles: {}",
    ]  # fmt: skip


def test_an_object_leaves_every_layer(tmp_path: Path) -> None:
    files = {"base/u.yaml": "users:\n  ann: {}\n  bob: {}\n", "over/u.yaml": "users:\n  bob: {name: B}\n"}
    office = Office(tmp_path, files, office=["base", "over"])
    assert office.done(out("user/bob")) == ["-  bob: {}", "-users:", "-  bob: {name: B}", "+users: {}"]
    assert Ref("user", "bob") not in office.declared()


def test_who_is_there_already_is_not_added_twice(tmp_path: Path) -> None:
    office = one(tmp_path, "users:\n  ann: {name: Ann, roles: []}\n")
    assert office.done(add("user/ann", name="Ann")) == []
    assert office.refused(add("user/ann", name="Anna")) == [
        "CC157 a.yaml:2:3 user/ann is in Git already, and name differs | accept its fields instead"
    ]


def test_a_rename_goes_to_everybody_who_refers_to_it_and_needs_no_formerly(tmp_path: Path) -> None:
    files = {
        "manifests/a.yaml": (
            "defaults: {users: {schedule: day}}\nschedules: {day: {}}\ngroups:\n  'day':  # not the schedule\n"
            "    schedule: day  # hours\n    members: {ann: {role: m}}\n  x: {members: [bob, ann]}\n"
        ),
        "manifests/b.yaml": "users:\n  ann: {groups: [day, x], primary_group: day}\n  bob:\n    groups:\n    - day # b\n    - x\n",
    }
    office = Office(tmp_path, files)
    assert office.done(rename("group/day", "shift one"), rename("user/ann", "anna"), rename("schedule/day", "12")) == [
        "-defaults: {users: {schedule: day}}",
        "-schedules: {day: {}}",
        "+defaults: {users: {schedule: \"12\"}}",
        "+schedules: {\"12\": {}}",
        "-  'day':  # not the schedule",
        "-    schedule: day  # hours",
        "-    members: {ann: {role: m}}",
        "-  x: {members: [bob, ann]}",
        "+  'shift one':  # not the schedule",
        "+    schedule: '12'  # hours",
        "+    members: {anna: {role: m}}",
        "+  x: {members: [bob, anna]}",
        "-  ann: {groups: [day, x], primary_group: day}",
        "+  anna: {groups: [shift one, x], primary_group: shift one}",
        "-    - day # b",
        "+    - shift one # b",
    ]  # fmt: skip


def test_two_objects_swap_their_names(tmp_path: Path) -> None:
    office = one(
        tmp_path, "users:\n  a: {name: A, skills: {x: 1}}\n  b: {name: B, skills: {y: 2}}\nskills: {x: {}, y: {}}\n"
    )
    edits = [rename("user/a", "b"), rename("user/b", "a"), rename("skill/x", "y"), rename("skill/y", "x")]
    edited = office.accept(*edits)
    assert edited.findings == ()
    office.write(edited)
    assert (tmp_path / "manifests/a.yaml").read_text() == (
        "users:\n  b: {name: A, skills: {y: 1}}\n  a: {name: B, skills: {x: 2}}\nskills: {y: {}, x: {}}\n"
    )


def test_fields_are_accepted_under_the_old_key_or_the_new_one(tmp_path: Path) -> None:
    text = "users:\n  ann: {groups: [day], position: A}\ngroups: {day: {}, night: {}}\n"
    for name in ("user/ann", "user/anna"):
        office = one(tmp_path, text)
        edited = office.accept(
            set_(f"{name}.groups", {"late": {}, "night": {}}, seen={"day": {}}),
            set_(f"{name}.position", "B", seen="A"),
            rename("group/day", "late"),
            rename("user/ann", "anna"),
        )
        assert edited.findings == ()
        assert office.diff(edited)[-2:] == [
            "+  anna: {groups: [late, night], position: B}",
            "+groups: {late: {}, night: {}}",
        ]


def test_a_rename_back_takes_formerly_out(tmp_path: Path) -> None:
    office = one(tmp_path, "users:\n  bea:\n    formerly: ann\n    name: A\n  cid: {formerly: dan}\n")
    assert office.done(rename("user/bea", "ann")) == ["-  bea:", "-    formerly: ann", "+  ann:"]
    assert office.done(rename("user/cid", "dan")) == ["-  cid: {formerly: dan}", "+  dan: {}"]


@pytest.mark.parametrize(
    ("key", "code"), [("bob", "CC157"), ("no/slash", "CC155"), ("", "CC155"), ("old", "CC157")]
)  # fmt: skip
def test_a_name_that_cannot_be_had(tmp_path: Path, key: str, code: str) -> None:
    office = one(tmp_path, "users:\n  ann: {}\n  bob: {}\n  cid: {formerly: old}\n")
    assert office.refused(rename("user/ann", key))[0].startswith(code)
