"""Which file, which layer, which side: and where nobody but a person can say, a refusal with the places."""

# ruff: noqa: E501 - texts and expected lines are quoted whole

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ccconf.manifest.editing.edits import Edit, Into, SetField
from ccconf.model.refs import Ref
from tests.editing.office import Office, add, one, out, rename, set_

DEFAULTS = "defaults:\n  users: {language: pl, roles: [r]}  # all\nroles: {r: {}, s: {}}\nusers:\n  ann: {}\n  bob: {language: de}\n"


def test_a_default_is_not_changed_for_one_person_unless_asked(tmp_path: Path) -> None:
    office = one(tmp_path, DEFAULTS)
    assert office.refused(set_("user/ann.language", "en")) == [
        "CC152 a.yaml:2:21 user/ann language: a default says it for all users | "
        f"write it into user/ann in {office.declared().sources[0].name} (--into object), or change the default for "
        "everybody (--into there)"
    ]
    assert office.done(set_("user/bob.language", "en")) == ["-  bob: {language: de}", "+  bob: {language: en}"]
    assert office.done(set_("user/ann.language", "en"), into=Into.OBJECT) == ["-  ann: {}", "+  ann: {language: en}"]


def test_a_default_can_be_changed_for_everybody(tmp_path: Path) -> None:
    office = one(tmp_path, DEFAULTS.replace("language: de", ""))
    both = [set_("user/ann.language", "en"), set_("user/bob.language", "en")]
    assert office.done(*both, into=Into.THERE) == [
        "-  users: {language: pl, roles: [r]}  # all",
        "+  users: {language: en, roles: [r]}  # all",
    ]
    quarrel = office.accept(set_("user/ann.language", "de"), set_("user/bob.language", "fr"), into=Into.THERE)
    assert [each.code for each in quarrel.findings] == ["CC152"] and len(quarrel.written) == 1
    assert "default of all users" in str(quarrel.written[0])


def test_what_a_default_gives_and_nobody_has_is_cleared_in_the_object(tmp_path: Path) -> None:
    office = one(tmp_path, DEFAULTS)
    assert office.done(set_("user/ann.roles", None), into=Into.OBJECT) == ["-  ann: {}", "+  ann: {roles: []}"]
    assert office.done(add("user/eve", name="Eve", roles=["r"])) == ["+  eve: {name: Eve, language: null}"]


SHARED = {
    "base/u.yaml": "users:\n  ann: {name: Ann, position: Agent}\nskills: {x: {}}\n",
    "prod/u.yaml": "users:\n  ann: {status: active}\n",
}


def test_a_file_of_other_targets_is_not_changed_unless_asked(tmp_path: Path) -> None:
    office = Office(tmp_path, SHARED, office=["base", "prod"], test=["base"])
    assert office.done(set_("user/ann.status", "inactive")) == [
        "-  ann: {status: active}",
        "+  ann: {status: inactive}",
    ]
    (refusal,) = office.refused(set_("user/ann.position", "Lead"))
    assert refusal.startswith(
        "CC153 u.yaml:2:30 user/ann position: the target test reads this file, too | override it in "
    )
    assert refusal.endswith("prod/u.yaml (--into object), or change it for all of them (--into there)")
    assert office.done(set_("user/ann.position", "Lead"), into=Into.OBJECT) == [
        "-  ann: {status: inactive}",
        "+  ann: {position: Lead, status: inactive}",
    ]
    assert office.done(set_("user/ann.name", "Anna"), into=Into.THERE) == [
        "-  ann: {name: Ann, position: Agent}",
        "+  ann: {name: Anna, position: Agent}",
    ]


def test_an_override_of_an_object_that_the_own_layer_does_not_have(tmp_path: Path) -> None:
    files = {**SHARED, "prod/u.yaml": "users:\n  bob: {}\n"}
    office = Office(tmp_path, files, office=["base", "prod"], test=["base"])
    edited = office.accept(set_("user/ann.position", "Lead"), into=Into.OBJECT)
    assert str(edited.written[0]).endswith("prod/u.yaml:2:3 (layer prod, override)")
    assert office.done(set_("user/ann.position", "Lead"), into=Into.OBJECT) == ["+  ann:", "+    position: Lead"]
    assert office.done(set_("skill/x.name", "X"), into=Into.OBJECT) == ["+", "+skills:", "+  x:", "+    name: X"]


def test_where_every_layer_is_shared_only_all_can_be_changed(tmp_path: Path) -> None:
    office = Office(tmp_path, SHARED, office=["base"], test=["base"])
    edits: list[Edit] = [
        set_("user/ann.position", "Lead"),
        out("user/ann"),
        rename("skill/x", "y"),
        add("user/bob", name="B"),
    ]
    for edit in edits:
        for into in (Into.ASK, Into.OBJECT):
            (refusal,) = office.refused(edit, into=into)
            assert refusal.startswith("CC153 ") and "--into there" in refusal
    assert len(office.done(*edits[:1], *edits[2:], into=Into.THERE)) == 5


BASE = {"base/roles.yaml": "roles:\n  old: {}\n", "base/groups.yaml": "groups:\n  team: {}\n"}
SAME = ["base", "./base", "base/", "base/../base", "base/*.yaml", "base/**", "./**/*.yaml", "*/*", ".", "link"]


@pytest.mark.parametrize("entry", SAME)
@pytest.mark.parametrize("own", ["base", "./base", "link"])
def test_who_reads_the_same_files_by_other_words_hears_of_nothing(tmp_path: Path, own: str, entry: str) -> None:
    office = Office(tmp_path, BASE, office=[own], test=[entry])
    (tmp_path / "link").symlink_to("base", target_is_directory=True)
    for edit in (add("role/boss"), add("user/eve", name="Eve"), set_("role/old.name", "O"), rename("role/old", "o")):
        for into in (Into.ASK, Into.OBJECT):
            (refusal,) = office.refused(edit, into=into)
            assert refusal.startswith("CC153 "), refusal
    assert office.done(add("role/boss"), set_("role/old.name", "O"), into=Into.THERE) == [
        "-  old: {}",
        "+  boss: {}",
        "+  old: {name: O}",
    ]


def test_a_file_that_others_do_not_read_is_free_whatever_folder_it_lies_in(tmp_path: Path) -> None:
    office = Office(tmp_path, BASE, office=["base"], test=["base/roles.yaml", "base/.hid*", "gone", "[", "base/u*.yml"])
    assert office.refused(set_("role/old.name", "O"))[0].startswith("CC153 ")
    assert office.done(add("group/night")) == ["+  night: {}"]
    edited = office.accept(add("role/boss"), add("user/eve", name="Eve", groups={"night": {}}))
    assert edited.findings[0].code == "CC153" and "role/boss has no file to go to" in edited.findings[0].message
    assert [path.name for path in edited.files] == ["users.yaml"]


def test_a_new_file_is_made_where_nobody_else_looks(tmp_path: Path) -> None:
    files = {**BASE, "prod/groups.yaml": "groups: {}\n", "prod/more.yaml": "skills: {}\n", "prod/sub/x.yaml": "{}\n"}
    add_roles = [add("role/boss"), add("user/eve", name="Eve")]
    free = Office(tmp_path / "a", files, office=["base", "prod"], test=["base", "prod/groups.yaml", "prod/sub", "*/r*"])
    (refusal,) = free.accept(*add_roles).findings
    assert refusal.code == "CC153" and refusal.subject == "role/boss"
    assert [path.name for path in free.accept(*add_roles).files] == ["users.yaml"]
    only = Office(
        tmp_path / "b", {"base/roles.yaml": BASE["base/roles.yaml"]}, office=["base"], test=["base/roles.yaml"]
    )
    assert [path.name for path in only.accept(add("user/eve", name="Eve")).files] == ["users.yaml"]


def test_somebody_edited_the_manifest_after_the_report(tmp_path: Path) -> None:
    office = one(tmp_path, "users:\n  ann: {position: Boss, roles: [r]}\nroles: {r: {}, s: {}}\n")
    assert office.refused(set_("user/ann.position", "Lead", seen="Agent")) == [
        "CC150 a.yaml:2:19 user/ann position was changed by hand: Git says Boss, the report saw Agent, and the platform "
        "has Lead | look for drift again, and decide anew"
    ]
    assert office.refused(set_("user/ann.roles", ["s"], seen=None))[0].startswith("CC150 a.yaml:2:32")
    assert office.done(set_("user/ann.roles", ["s"], seen=["r"])) != []
    assert office.done(set_("user/ann.position", "Boss", seen="Agent")) == [], "what Git says already needs no decision"
    two = office.accept(set_("user/ann.position", "A"), set_("user/ann.position", "B"))
    assert [each.message for each in two.findings] == ["user/ann position: two edits give it two values, A and B"]
    assert len(two.written) == 1


TEAM = """\
users:
  ann: {groups: [day]}
  bob: {}
  cid: {groups: {day: {role: agent}, dusk: {}}}
groups:
  day: {}
  night:
    members:
      - bob   # since May
      - dan
  dusk: {members: {bob: {role: agent}, cid: {role: boss}}}
"""


def test_a_membership_is_edited_on_the_side_that_says_it(tmp_path: Path) -> None:
    team = TEAM.replace("  cid:", "  dan: {}\n  cid:")
    office = one(tmp_path, team)
    assert office.done(set_("user/bob.groups", {"dusk": {"role": "boss"}, "day": {}})) == [
        "-      - bob   # since May",
        "-  dusk: {members: {bob: {role: agent}, cid: {role: boss}}}",
        "+  dusk: {members: {bob: {role: boss}, cid: {role: boss}}}",
    ]
    assert office.done(set_("user/cid.groups", {"day": {"role": "boss"}})) == [
        "-  cid: {groups: {day: {role: agent}, dusk: {}}}",
        "+  cid: {groups: {day: {role: boss}}}",
        "-  dusk: {members: {bob: {role: boss}, cid: {role: boss}}}",
        "+  dusk: {members: {bob: {role: boss}}}",
    ]
    assert office.done(set_("user/ann.groups", {"night": {"role": "m"}, "day": {}})) == [
        "-  ann: {groups: [day]}",
        "+  ann: {groups: {day: {}, night: {role: m}}}",
    ]
    assert office.done(set_("user/bob.groups", {"night": {}, "dusk": {"role": "boss"}})) == ["+      - bob"]
    (refusal,) = office.refused(set_("group/night.members", {"bob": {}}))
    assert refusal.startswith("CC155 a.yaml:10:") and "accept groups of each user" in refusal


def test_many_members_of_one_group_change_at_once(tmp_path: Path) -> None:
    people = "".join(f"  p{number:02}: {{}}\n" for number in range(30))
    members = "".join(f"    - p{number:02}\n" for number in range(0, 30, 2))
    office = one(tmp_path, f"users:\n{people}groups:\n  g:\n    members:\n{members}")
    edits = [set_(f"user/p{number:02}.groups", {"g": {}} if number % 2 else None) for number in range(30)]
    lines = office.done(*edits)
    assert sorted(lines) == sorted([f"{'+' if number % 2 else '-'}    - p{number:02}" for number in range(30)])


@pytest.mark.parametrize(
    ("text", "edit", "place"),
    [
        ("schedules:\n  a: &d {timezone: UTC}\n  b: *d\n", set_("schedule/b.timezone", "Europe/Warsaw"), "3:6"),
        ("schedules:\n  a: &d {timezone: UTC}\n  b: *d\n", set_("schedule/a.timezone", "Europe/Warsaw"), "2:6"),
        ("schedules:\n  a: &d {timezone: UTC}\n  b: *d\n", set_("schedule/a.name", "A"), "2:6"),
        ("schedules:\n  a: {timezone: &z UTC}\n  b: {timezone: *z}\n", set_("schedule/a.timezone", "Europe/Warsaw"), "2:17"),
        ("schedules:\n  a: {timezone: &z UTC}\n  b: {timezone: *z}\n", set_("schedule/b.timezone", "Europe/Warsaw"), "3:17"),
        ("schedules:\n  a: {timezone: &z UTC}\n  b: {timezone: *z}\n", out("schedule/a"), "2:17"),
        ("skills: &s\n  a: {name: A}\n", set_("skill/a.name", "B"), "1:8"),
        ("skills: &s\n  a: {name: A}\n", add("skill/b"), "1:8"),
        ("skills:\n  a: {name: !!str A}\n", set_("skill/a.name", "B"), "2:13"),
        ("roles: {r: {}}\nusers:\n  a:\n    roles: [  # these\n      r]\n", set_("user/a.roles", None), "4:12"),
    ],
)  # fmt: skip
def test_what_is_bound_to_another_place_is_not_touched(tmp_path: Path, text: str, edit: SetField, place: str) -> None:
    (refusal,) = one(tmp_path, text).refused(edit)
    assert refusal.startswith(f"CC151 a.yaml:{place} this cannot be edited without damage: ")
    assert refusal.endswith("write the value out at this place, or edit it by hand")


def test_beside_an_anchor_everything_can_be_edited(tmp_path: Path) -> None:
    text = "schedules:\n  a: {name: A, timezone: &z UTC}\n  b: {timezone: *z}\n  c: {}\n"
    office = one(tmp_path, text)
    assert office.done(set_("schedule/a.name", "B"), set_("schedule/b.name", "B"), set_("schedule/c.name", "C")) == [
        "-  a: {name: A, timezone: &z UTC}",
        "-  b: {timezone: *z}",
        "-  c: {}",
        "+  a: {name: B, timezone: &z UTC}",
        "+  b: {name: B, timezone: *z}",
        "+  c: {name: C}",
    ]
    assert office.done(out("schedule/b")) == ["-  b: {name: B, timezone: *z}"]


def test_merge_keys_and_other_mistakes_close_the_file_and_no_other(tmp_path: Path) -> None:
    files = {
        "manifests/a.yaml": "users:\n  ann: &a {name: Ann}\n  bob:\n    <<: *a\n",
        "manifests/b.yaml": "users:\n  cid: {name: Cid}\n",
    }
    office = Office(tmp_path, files)
    edited = office.accept(set_("user/ann.name", "A"), set_("user/cid.name", "C"))
    (refusal,) = edited.findings
    assert (refusal.code, refusal.where and refusal.where.line, refusal.hint) == (
        "CC158", 4, "mend them first: ccconf validate",
    )  # fmt: skip
    assert "CC108 << (merge key)" in refusal.message
    assert [path.name for path in edited.files] == ["b.yaml"]


def test_a_read_only_file_is_refused(tmp_path: Path) -> None:
    office = one(tmp_path, "users:\n  ann: {name: Ann}\n")
    (tmp_path / "manifests" / "a.yaml").chmod(0o444)
    (refusal,) = office.refused(set_("user/ann.name", "A"))
    assert refusal.startswith("CC158 a.yaml:1:1") and refusal.endswith("is read-only | make it writable")


def test_a_file_that_changed_under_our_hands_is_refused(tmp_path: Path) -> None:
    from ccconf.manifest.editing.accept import accepted

    office = one(tmp_path, "users:\n  ann: {name: Ann}\n  bob: {name: Bob}\n")
    declared = office.declared()
    path = tmp_path / "manifests" / "a.yaml"
    for text in ("users:\n  ann: {name: Eve}\n  bob: {name: Bob}\n", "users: [\n", "users: {}\n"):
        path.write_text(text)
        edited = accepted(office.target, [set_("user/ann.name", "A")], declared=declared)
        assert edited.files == {} and edited.findings[0].code in ("CC150", "CC151", "CC158")
    path.unlink()
    edited = accepted(office.target, [set_("user/ann.name", "A")], declared=declared)
    assert [each.code for each in edited.findings] == ["CC158"]


def test_values_that_no_manifest_can_say(tmp_path: Path) -> None:
    office = one(tmp_path, "users:\n  ann: {name: Ann, avatar: , groups: []}\n")
    told = office.refused(
        set_("user/ann.email", "not an address"),
        set_("user/ann.avatar", "sha256:" + 64 * "0"),
        set_("user/ann.colour", "red"),
        set_("user/ann.two_factor", "perhaps"),
        set_("user/ann.groups", {"nobody": {}}),
        set_("user/bob.name", "Bob"),
        SetField(ref=Ref("team", "x"), field="name", value="X"),
    )
    assert sorted(line[:5] for line in told) == ["CC154", "CC154", "CC155", "CC155", "CC155", "CC155", "CC156"]
    assert any("accept group/nobody too" in line for line in told)


def test_one_refusal_does_not_stop_the_others_but_what_needs_it(tmp_path: Path) -> None:
    office = one(tmp_path, "users:\n  ann: {name: Ann, groups: []}\ngroups: {}\n")
    edited = office.accept(
        add("group/day", name="Day", number="not digits!"),
        set_("user/ann.groups", {"day": {}}),
        set_("user/ann.name", "A"),
    )
    assert sorted(each.code for each in edited.findings) == ["CC155", "CC156"]
    assert office.diff(edited) == ["-  ann: {name: Ann, groups: []}", "+  ann: {name: A, groups: []}"]


def test_only_the_project_s_own_files_are_ever_named(tmp_path: Path) -> None:
    office = one(tmp_path, "users:\n  ann: {name: Ann}\n")
    edited = office.accept(set_("user/ann.name", "A"))
    assert all(os.path.commonpath([path, tmp_path]) == str(tmp_path) for path in edited.files)
    assert (tmp_path / "manifests" / "a.yaml").read_text() == "users:\n  ann: {name: Ann}\n", "nothing is written"
