"""Manifests under the platform's own names: YAML by hand, JSON from a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccconf.model.shapes import Membership
from ccconf.model.user import User
from tests.snapshot.desk import Screens


def test_several_kinds_in_one_file(iq: Screens) -> None:
    iq.file(
        "seen.yaml",
        "groups:\n  Support/EU: {description: All of Europe}\n"
        "users:\n  a@example.org: {name: A, groups: {Support/EU: {role: head}}, id: 17}\n"
        "  b@example.org: {name: B, email: b@example.org, deleted: true, id: abc}\n"
        "roles:\n",
    )
    ran = iq.refused("seen.yaml", code=3)
    assert "CC810 the file lists no roles" in ran.err
    ran = iq.take("seen.yaml", "--accept-empty", "roles")
    assert "Took 1 group from seen.yaml" in ran.out
    assert "Took 1 user and 1 deleted from seen.yaml" in ran.out
    assert iq.known().objects["a@example.org"].native_id == "17"
    assert list(iq.seen("a@example.org").groups) == ["Support/EU"]
    assert iq.known().departed["b@example.org"].resource == User(name="B", email="b@example.org")
    assert iq.seen("Support/EU", "group").name == "Support/EU"


def test_json_with_tabs_and_letters_as_escapes(iptel: Screens) -> None:
    name = "\\u0410\\u043d\\u043d\\u0430 \\ud83d\\ude00 \\\\ud83d"
    iptel.file("seen.json", f'{{"users":\n\t{{"{name}":\n\t\t{{"email":"a@example.org","groups":["a\\/b"]}}}}}}')
    iptel.take("seen.json")
    anna = "Анна 😀 \\ud83d"
    assert iptel.seen(anna) == User(name=anna, email="a@example.org", groups={"a/b": Membership()})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("users: {Ana: {name: Anna}}", "1:21 CC816 name is Anna, and the entry is called Ana"),
        ("users: {Ana: {phone: 7}}", "1:15 CC201 phone is not known here"),
        ("users: {Ana: {extension: '7'}}", "1:15 CC201 extension is not known here"),
        ("users: {Ana: {deleted: true}}", "1:15 CC201 deleted is not known here"),
        ("users: {Ana: {id: [1]}}", "1:19 CC202 id: must be text or a whole number"),
        ("users: {Ana: {id: true}}", "1:19 CC202 id: must be text or a whole number"),
        ("users: {Ana: {formerly: Anna}}", "1:15 CC201 formerly is not known here"),
        ("users: {Ana: Bo}", '1:14 CC202 Ana: "Bo" must be a mapping'),
        ("users: [Ana]", "1:8 CC202 users: a list must be a mapping"),
        ("defaults: {users: {}}", "1:1 CC201 defaults is not known here"),
        ("skills: {english: {}}", "1:1 CC201 skills is not known here"),
        ("users: {Ana: {}, Ana: {}}", "1:18 CC102"),
        ("[1, 2]", "1:1 CC202"),
        ("users: {Ana: {email: !env SECRET}}", "1:22 CC110"),
        ("users: {Ana: {groups: [' x']}}", "1:24 CC202"),
        ("users: {'A ': {}}", "1:9 CC202 'A ' cannot stand here"),
        ("users: {a: {id: x}, b: {id: x}}", "1:29 CC807 the id x of user/b is also user/a's"),
    ],
)
def test_mistakes_have_their_line_and_column(iptel: Screens, content: str, told: str) -> None:
    iptel.file("seen.yaml", content)
    ran = iptel.refused("seen.yaml")
    assert f"seen.yaml:{told}" in ran.err, ran.err


def test_deleted_is_true_or_false(iq: Screens) -> None:
    iq.file("seen.yaml", "users: {a@example.org: {deleted: maybe}}")
    assert "seen.yaml:1:34 CC202 deleted: must be true or false" in iq.refused("seen.yaml").err


@pytest.mark.parametrize("content", ["", "{}", "# nothing\n"])
def test_a_manifest_of_nothing(iptel: Screens, content: str) -> None:
    iptel.file("seen.yaml", content)
    assert "CC810 the file lists nothing" in iptel.refused("seen.yaml", code=3).err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"users": {"Ana": {}}', "1:22 CC805 this is not JSON: expecting"),
        ('{"users":\n {"Ana": {"email": "none"}}}', '2:20 CC202 email: "none" must be an e-mail address'),
        ("[" * 100_000, "1:1 CC805 this is not JSON"),
        ('{"users": {"Ana": {"id": ' + "9" * 5000 + "}}}", "1:1 CC805 this is not JSON"),
        ('{"users": {"Ana": {}, "Ana": {}}}', "1:23 CC102"),
        ('{"users": {"\\ud83d": {}}}', "CC101"),
    ],
)
def test_json_that_is_none(iptel: Screens, content: str, told: str) -> None:
    iptel.file("seen.json", content)
    assert told in iptel.refused("seen.json").err


def test_a_manifest_is_utf8(iptel: Screens) -> None:
    iptel.file("seen.yaml", "users: {Анна: {}}", "cp1251")
    assert "seen.yaml:1:9 CC103" in iptel.refused("seen.yaml").err


def test_a_role_within_a_group_is_one_of_the_platforms(opa: Screens) -> None:
    opa.file("seen.yaml", "users: {a@example.org: {groups: {Vendas: {role: chief}}}}")
    assert "seen.yaml:1:49 CC406 Opa! Suite has no role chief within groups" in opa.refused("seen.yaml").err


def test_the_example_of_the_documentation_is_sound(iq: Screens) -> None:
    page = (Path(__file__).parents[2] / "docs" / "snapshots.md").read_text(encoding="utf-8")
    iq.file("seen.yaml", page.partition("```yaml\n")[2].partition("```")[0])
    assert iq.take("seen.yaml").codes == []
    assert list(iq.known().departed) == ["chen@example.org"]
