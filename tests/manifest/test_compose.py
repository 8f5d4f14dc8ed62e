"""Layers, defaults and both sides of membership become one statement per object, each with its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from msgspec import UNSET

from ccconf.findings import Finding
from ccconf.manifest.compose import Declarations, files_of, joined
from ccconf.model.refs import Ref
from ccconf.model.shapes import PLAIN_MEMBERSHIP, Membership
from ccconf.model.user import User
from tests.manifest.support import declared, short

AGENT = Ref("user", "a")


def user(found: Declarations, key: str = "a") -> User:
    got = found.get(Ref("user", key))
    assert got is not None and isinstance(got.resource, User)
    return got.resource


def at(found: Declarations, ref: Ref, field: str | None = None) -> str:
    """The place that decides a field, without folders but the layer's."""
    where = found.where(ref, field)
    return "nowhere" if where is None else "/".join(str(where).split("/")[-2:])


def test_a_later_layer_overrides_field_by_field(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        {
            "base/users.yaml": "users:\n  a:\n    name: One\n    position: Operator\n"
            "    roles: [r, q]\n    schedule: day\n",
            "over/users.yaml": "users:\n  a:\n    position: Lead\n    roles: []\n    schedule:\n    language: pl\n",
        },
        "base",
        "over",
    )
    assert user(found) == User(name="One", position="Lead", roles=(), schedule=None, language="pl")
    assert at(found, AGENT, "name") == "base/users.yaml:3:11"
    assert at(found, AGENT, "position") == "over/users.yaml:3:15"
    assert at(found, AGENT, "roles") == "over/users.yaml:4:12"
    assert at(found, AGENT, "schedule") == "over/users.yaml:5:14"
    assert at(found, AGENT) == at(found, AGENT, "email") == "over/users.yaml:2:3"
    assert found.origin(AGENT, "email") is None
    assert at(found, Ref("user", "nobody"), "name") == "nowhere"
    assert found.findings == []


def test_absent_is_not_null_and_null_is_not_empty(tmp_path: Path) -> None:
    found = declared(tmp_path, {"manifests/u.yaml": "users:\n  a: {roles: [], schedule: null}\n  b:\n  c: {}\n"})
    assert user(found) == User(roles=(), schedule=None)
    assert user(found).email is UNSET
    assert user(found, "b") == user(found, "c") == User()
    assert found.get(Ref("user", "d")) is None and Ref("user", "d") not in found and AGENT in found


def test_three_layers_and_only_the_last_word_counts(tmp_path: Path) -> None:
    files = {
        f"{n}/u.yaml": f"users:\n  a: {{name: N{n}, {field}: x{n}}}\n"
        for n, field in ((1, "position"), (2, "avatar"), (3, "position"))
    }
    found = declared(tmp_path, {**files, "2/x2": "picture"}, "1", "2", "3")
    assert (user(found).name, user(found).position) == ("N3", "x3")
    assert [found.sources[each.source].layer for each in found.statements(AGENT)] == [0, 1, 2]


def test_a_default_fills_only_what_an_object_does_not_say(tmp_path: Path) -> None:
    text = (
        "defaults:\n  users:\n    schedule: day\n    status: active\n    roles: [r]\n"
        "users:\n  a: {}\n  b: {schedule: night, status: }\n  c: {roles: []}\n"
    )
    found = declared(tmp_path, {"manifests/u.yaml": text})
    assert user(found, "a") == User(schedule="day", status="active", roles=("r",))
    assert user(found, "b") == User(schedule="night", status=None, roles=("r",))
    assert user(found, "c") == User(schedule="day", status="active", roles=())
    assert at(found, AGENT, "schedule") == "manifests/u.yaml:3:15"
    assert at(found, Ref("user", "b"), "schedule") == "manifests/u.yaml:8:17"


def test_a_later_default_overrides_an_earlier_one_and_any_object_overrides_both(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        {
            "base/u.yaml": "defaults: {users: {schedule: day, language: en}}\nusers: {a: {}, b: {language: de}}\n",
            "over/u.yaml": "defaults: {users: {language: pl}}\n",
        },
        "base",
        "over",
    )
    assert (user(found).schedule, user(found).language) == ("day", "pl")
    assert user(found, "b").language == "de"
    assert at(found, AGENT, "language") == "over/u.yaml:1:30"
    assert at(found, AGENT, "schedule") == "base/u.yaml:1:30"


def test_twice_in_one_layer_names_both_places(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        {
            "m/1.yaml": "users:\n  b: {}\n  a: {name: One}\n",
            "m/2.yaml": "users:\n  a: {name: Two}\n",
            "n/3.yaml": "users: {a: {}}\n",
        },
        "m",
        "n",
    )
    (twice,) = found.findings
    assert (twice.code, short(twice), twice.subject) == ("CC204", "2.yaml:2:3", "user/a")
    assert twice.hint.startswith("the first is at ") and twice.hint.endswith("m/1.yaml:3:3")


def test_an_object_is_said_once_whatever_file_of_the_layer_says_it(tmp_path: Path) -> None:
    files = {"m/1.yaml": "groups: {g: {}}\n", "m/2.yaml": "users: {g: {}}\nroles: {g: {}}\n"}
    found = declared(tmp_path, files, "m")
    assert found.findings == [] and len(found) == 3
    assert [str(ref) for ref in found.refs()] == ["user/g", "group/g", "role/g"]


def test_membership_from_either_side_is_one_relation(tmp_path: Path) -> None:
    text = (
        "users:\n  a: {groups: [g]}\n  b: {groups: {}}\n  c: {}\n  d: {groups: {h: {role: agent}}}\n"
        "groups:\n  g: {members: [a, b, c]}\n  h: {members: {d: {permissions: {p: true}}, c: {role: manager}}}\n"
        "  i: {members: []}\n  k: {}\n"
    )
    found = declared(tmp_path, {"manifests/m.yaml": text})
    assert found.findings == []
    assert user(found, "a").groups == user(found, "b").groups == {"g": PLAIN_MEMBERSHIP}
    assert user(found, "c").groups is UNSET, "the user's own list is not ours; the group's is"
    got = found.get(Ref("user", "c"))
    assert got is not None and got.member_of == {"g": PLAIN_MEMBERSHIP, "h": Membership(role="manager")}
    assert user(found, "d").groups == {"h": Membership(role="agent", permissions={"p": True})}
    assert found.closed == {"g", "h", "i"}


@pytest.mark.parametrize(
    ("mine", "theirs", "contradicts"),
    [
        ("[g]", "[a]", False),
        ("{g: {role: m}}", "[a]", False),
        ("{g: {role: m}}", "{a: {role: m}}", False),
        ("{g: {role: m}}", "{a: {role: n}}", True),
        ("{g: {role: m}}", "{a: {permissions: {p: true}}}", False),
        ("{g: {permissions: {p: true}}}", "{a: {permissions: {p: false}}}", True),
        ("{g: {permissions: {p: true, q: no}}}", "{a: {permissions: {p: on, q: off}}}", False),
        ("{g: {permissions: {p: true, q: no}}}", "{a: {permissions: {p: on}}}", True),
        ("{g: {role: m}}", "{a: {role: null}}", True),
        ("[h]", "{a: {role: n}}", False),
    ],
)
def test_both_sides_say_a_membership_alike_or_it_is_a_mistake(
    tmp_path: Path, mine: str, theirs: str, contradicts: bool
) -> None:
    text = f"users:\n  a:\n    groups: {mine}\ngroups:\n  h: {{}}\n  g:\n    members: {theirs}\n"
    found = declared(tmp_path, {"manifests/m.yaml": text})
    assert [(each.code, short(each)) for each in found.findings] == ([("CC205", "m.yaml:3:14")] if contradicts else [])
    if contradicts:
        assert found.findings[0].hint.endswith("m.yaml:7:14")


def test_joining_takes_from_each_side_what_the_other_leaves_unsaid() -> None:
    mine = {"g": Membership(role="m"), "h": PLAIN_MEMBERSHIP}
    assert joined(mine, {"g": Membership(permissions={"p": True}), "f": PLAIN_MEMBERSHIP}) == {
        "f": PLAIN_MEMBERSHIP,
        "g": Membership(role="m", permissions={"p": True}),
        "h": PLAIN_MEMBERSHIP,
    }


def test_a_picture_is_known_by_its_content(tmp_path: Path) -> None:
    content = b"\x89PNG picture"
    expected = "sha256:" + hashlib.sha256(content).hexdigest()
    text = "users:\n  a: {avatar: faces/a.png}\n  b: {avatar: ../../other.png}\n  c: {avatar: }\n"
    found = declared(tmp_path, {"m/sub/u.yaml": text, "m/sub/faces/a.png": content, "other.png": content}, "m")
    assert found.findings == []
    assert user(found).avatar == user(found, "b").avatar == expected
    assert user(found, "c").avatar is None
    assert files_of(found, tmp_path) in ({expected: "m/sub/faces/a.png"}, {expected: "other.png"})


def test_a_picture_that_is_missing_or_no_file_is_told_at_its_place(tmp_path: Path) -> None:
    text = 'users:\n  a: {avatar: gone.png}\n  b: {avatar: .}\n  c: {avatar: "a\\0b"}\n'
    found = declared(tmp_path, {"manifests/u.yaml": text})
    assert [(each.code, short(each), each.subject) for each in found.findings] == [
        ("CC208", "u.yaml:2:15", "user/a"), ("CC208", "u.yaml:3:15", "user/b"), ("CC208", "u.yaml:4:15", "user/c"),
    ]  # fmt: skip
    assert "no such file" in found.findings[0].message and "is a directory" in found.findings[1].message


def test_a_manifest_carries_no_file_from_outside_the_project(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "link.png").symlink_to(tmp_path / "secret")
    text = f"users:\n  a: {{avatar: ../../secret}}\n  b: {{avatar: {tmp_path}/secret}}\n  c: {{avatar: ../link.png}}\n"
    found = declared(tmp_path / "project", {"manifests/u.yaml": text})
    assert [(each.code, short(each)) for each in found.findings] == [
        ("CC208", "u.yaml:2:15"), ("CC208", "u.yaml:3:15"), ("CC208", "u.yaml:4:15"),
    ]  # fmt: skip


def test_two_files_of_one_layer_do_not_quarrel_about_a_default(tmp_path: Path) -> None:
    files = {
        "m/1.yaml": "defaults: {users: {language: pl, type: bot}}\n",
        "m/2.yaml": "defaults: {users: {language: en, type: bot}}\n",
    }
    (quarrel,) = declared(tmp_path, files, "m").findings
    assert (quarrel.code, short(quarrel)) == ("CC204", "2.yaml:1:20")
    assert "m/1.yaml says another one" in quarrel.hint
    apart = {path.replace("m/2", "n/2"): text for path, text in files.items()}
    assert declared(tmp_path / "apart", apart, "m", "n").findings == []


def test_only_the_picture_of_the_deciding_layer_has_to_exist(tmp_path: Path) -> None:
    files = {
        "b/u.yaml": "users: {a: {avatar: old.png}}\n",
        "o/u.yaml": "users: {a: {avatar: new.png}}\n",
        "o/new.png": "x",
    }
    found = declared(tmp_path, files, "b", "o")
    assert found.findings == []
    assert user(found).avatar == "sha256:" + hashlib.sha256(b"x").hexdigest()
    removed = declared(tmp_path, {**files, "o/u.yaml": "users: {a: {avatar: }}\n"}, "b", "o")
    assert removed.findings == [] and user(removed).avatar is None


def test_places_of_many_are_the_places_of_each(tmp_path: Path) -> None:
    files = {
        "b/u.yaml": "users:\n  a: {name: x}\n  b: {name: y}\n",
        "o/u.yaml": "users: {a: {name: z}}\ndefaults: {users: {type: bot}}\n",
    }
    found = declared(tmp_path, files, "b", "o")
    asked = [(Ref("user", key), field) for key in ("a", "b") for field in (None, "name", "type", "email")]
    places = found.places([*asked, (Ref("user", "nobody"), None)])
    assert places == {(ref, field): found.where(ref, field) for ref, field in asked}


def test_a_place_survives_that_its_file_changed_meanwhile(tmp_path: Path) -> None:
    """A person may save a half-typed file while a plan is being made: the place is less exact, that is all."""
    found = declared(tmp_path, {"manifests/u.yaml": "users:\n  a:\n    name: One\n"})
    (tmp_path / "manifests" / "u.yaml").write_text("users:\n  a: {name: 'One\n")
    assert at(found, AGENT, "name").startswith("manifests/u.yaml:")


def test_what_a_plan_needs_of_wanted_objects_is_there(tmp_path: Path) -> None:
    found = declared(tmp_path, {"manifests/u.yaml": "users: {b: {}, a: {formerly: old}}\n"})
    assert sorted(found.keys("user")) == ["a", "b"]
    assert found.former == {AGENT: "old"}
    got = found.get(AGENT)
    assert got is not None and got.formerly == "old"
    assert isinstance(found.findings, list) and not any(isinstance(each, Finding) for each in found.findings)
