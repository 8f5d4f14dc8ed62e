"""In what two contact centres differ, or one and what Git says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ccconf.reconcile.compared import comparison_schema
from tests.compare.desk import ANN, LOCAL, WORLD, Two, told


def changed(kind: str, key: str, **fields: Any) -> dict[str, Any]:
    """The world, with other fields of one object."""
    return {**WORLD, kind: {**WORLD[kind], key: {**WORLD[kind].get(key, {}), **fields}}}


def test_two_platforms_that_are_alike(desk: Two) -> None:
    found = desk.compare("prod", "test")
    assert (found["differences"], found["unheld"]) == ([], [])
    assert found["kinds"]["user"] == {"alike": 2, "differing": 0, "only_a": 0, "only_b": 0}
    ran = desk.run("compare", "prod", "test")
    assert ran.code == 0 and ran.out.startswith("Nothing differs between prod and test: 6 objects alike.\n")


def test_everything_in_which_they_differ_with_both_values(desk: Two) -> None:
    people = {"ann": {**ANN, "position": "Head", "groups": ["night", "team"], "roles": []}, "cy": {"name": "Cy"}}
    desk.say("test", **{**WORLD, "users": people, "skills": {"english": {}}})
    assert desk.run("apply", "-t", "test", "--yes").code == 0
    desk.console_deletes_in("test", "user/bo")
    assert desk.rows("prod", "test") == [
        ("user/ann", "position", "Agent", "Head"),
        ("user/ann", "groups", {"team": {"role": "lead"}}, {"night": {}, "team": {"role": "lead"}}),
        ("user/ann", "roles", ["operator"], None),
        ("user/bo", "only_a"),
        ("user/cy", "only_b"),
        ("skill/english", "only_b"),
    ]
    marked = {row["object"]: row.get("security", False) for row in desk.compare("prod", "test")["differences"]}
    assert marked == {"user/ann": True, "user/bo": True, "user/cy": True, "skill/english": False}


def test_ids_and_the_order_of_making_are_no_difference(tmp_path: Path) -> None:
    desk = Two(tmp_path)
    desk.make("prod", groups={"a": {}}).make("prod", groups={"a": {}, "b": {}})
    desk.make("test", groups={"b": {}}).make("test", groups={"b": {}, "a": {}})
    assert desk.rows("prod", "test") == []


def test_what_git_says_and_what_is_there(desk: Two) -> None:
    desk.say("prod", **changed("users", "ann", position="Head"))
    assert desk.rows("prod", "prod:git") == [("user/ann", "position", "Agent", "Head")]
    assert desk.rows("prod:git", "test:git") == [("user/ann", "position", "Head", "Agent")]
    assert desk.rows("prod:git", "prod:git") == []


def test_what_git_leaves_unsaid_is_no_difference(tmp_path: Path) -> None:
    desk = Two(tmp_path).make("prod", **WORLD)
    desk.say("prod", **{**WORLD, "users": {"ann": {"groups": {"team": {}}}, "bo": {}}, "roles": {"operator": {}}})
    assert desk.rows("prod", "prod:git") == []
    desk.say("test", **WORLD)
    assert desk.rows("test:git", "prod:git") == []


def test_null_and_empty_are_said_and_are_nothing_on_a_platform(tmp_path: Path) -> None:
    desk = Two(tmp_path).make("prod", **WORLD)
    desk.say("prod", **changed("users", "bo", position=None, roles=[], skills={}, groups=[]))
    assert desk.rows("prod", "prod:git") == []
    desk.say("prod", **changed("users", "ann", position=None, groups={}))
    assert [row[:2] for row in desk.rows("prod", "prod:git")] == [("user/ann", "position"), ("user/ann", "groups")]


def test_members_said_by_groups_are_the_same_relation(tmp_path: Path) -> None:
    desk = Two(tmp_path).make("prod", users={"ann": {"name": "Ann", "groups": ["x", "y"]}}, groups={"x": {}, "y": {}})
    desk.say("test", users={"ann": {"name": "Ann"}}, groups={"x": {"members": ["ann"]}, "y": {}})
    assert desk.rows("prod", "test:git") == []
    desk.say("test", users={"ann": {"name": "Ann"}}, groups={"x": {"members": []}, "y": {"members": ["ann"]}})
    assert desk.rows("prod", "test:git") == [("user/ann", "groups", {"x": {}, "y": {}}, {"y": {}})]
    desk.say("prod", users={"ann": {"name": "Ann"}}, groups={"x": {"members": ["ann"]}, "y": {}})
    assert desk.rows("prod:git", "test:git") == [("user/ann", "groups", {"x": {}, "y": {}}, {"y": {}})]


def test_what_one_platform_does_not_have_is_told_once(tmp_path: Path) -> None:
    bank, phones = {**LOCAL, "like": "iqchannels"}, {**LOCAL, "like": "threecx"}
    desk = Two(tmp_path, bank=bank, phones=phones)
    desk.say("bank", users={"ann": {"name": "Ann", "position": "Agent"}, "bo": {"name": "Bo", "position": "Head"}})
    desk.say("phones", users={"ann": {"name": "Ann", "extension": "201"}, "bo": {"name": "Bob", "extension": "202"}},
             allowlists={"console": {"networks": ["203.0.113.0/24"]}})  # fmt: skip
    found = desk.compare("bank:git", "phones:git")
    assert [(row["object"], row["field"]) for row in found["differences"]] == [("user/bo", "name")]
    unheld = {(row["side"], row["kind"], row["field"]): row["objects"] for row in found["unheld"]}
    assert unheld == {("a", "user", "extension"): 2, ("b", "user", "position"): 2, ("a", "allowlist", ""): 1}
    text = desk.run("compare", "bank:git", "phones:git").out
    assert "position of 2 people: 3CX (phones:git) has no such thing" in text
    assert "1 allowlist: iQChannels (bank:git) has no such thing" in text


def test_the_files_of_defaults_and_layers_make_no_difference(desk: Two) -> None:
    desk.targets(prod={**LOCAL, "manifests": ["prod", "over"]}, test=LOCAL)
    desk.write(
        "over/more.yaml", json.dumps({"defaults": {"users": {"language": "pl"}}, "users": {"bo": {"name": "B"}}})
    )
    assert desk.rows("test", "prod:git") == [
        ("user/ann", "language", None, "pl"), ("user/bo", "name", "Bo", "B"), ("user/bo", "language", None, "pl"),
    ]  # fmt: skip


class TestOnly:
    """`--only` looks at the named objects, and at no other kind."""

    def test_what_is_named(self, desk: Two) -> None:
        desk.make("test", **changed("users", "ann", position="Head"))
        desk.make(
            "test", **{**changed("users", "ann", position="Head"), "groups": {"team": {"name": "T"}, "night": {}}}
        )
        assert desk.rows("prod", "test", "--only", "group/*") == [("group/team", "name", None, "T")]
        assert desk.rows("prod", "test", "--only", "ann", "--only", "group/night") == [
            ("user/ann", "position", "Agent", "Head")
        ]
        found = desk.compare("prod", "test", "--only", "user/b*")
        assert (found["differences"], list(found["kinds"]), found["only"]) == ([], ["user"], ["user/b*"])

    @pytest.mark.parametrize(
        ("pattern", "says"), [("user/x*", "fits nothing on either side"), ("usr/a", "did you mean user?")]
    )
    def test_a_pattern_that_fits_nothing(self, desk: Two, pattern: str, says: str) -> None:
        ran = desk.run("compare", "prod", "test", "--only", pattern)
        assert ran.code == 1 and "CC011" in ran.err and says in ran.err


class TestWordsThatMeanNothing:
    @pytest.mark.parametrize(
        ("word", "code", "says"),
        [
            ("prdo", "CC004", "did you mean prod?"),
            ("prdo:git", "CC004", "did you mean prod?"),
            ("prod:gti", "CC004", "write prod or prod:git"),
            ("prod@", "CC004", "names no revision"),
            ("snapshots/prod.json", "CC001", "there is no file snapshots/prod.json"),
            ("", "CC004", "neither a target nor a file"),
            ("prod\0", "CC004", "neither a target nor a file"),
            ("prod@main", "CC019", "Git says"),
        ],
    )
    def test_each_is_told_with_what_would_do(self, desk: Two, word: str, code: str, says: str) -> None:
        for words in ((word, "prod"), ("prod", word)):
            ran = desk.run("compare", *words)
            assert ran.code == 1 and code in ran.err and says in ran.err, ran
            assert ran.out == ""

    def test_a_target_goes_before_a_file_of_its_name(self, desk: Two, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(desk.folder)
        desk.write("test.json", "{}")
        assert "is not a snapshot of ccconf" in desk.run("compare", "prod", "test.json").err

    def test_a_name_that_looks_like_more(self, tmp_path: Path) -> None:
        desk = Two(tmp_path, **{"a@b:git": LOCAL, "a": LOCAL, "a@b": LOCAL})
        desk.make("a@b:git", users={"x": {"name": "X"}}).make("a", users={"x": {"name": "Y"}})
        assert desk.rows("a@b:git", "a") == [("user/x", "name", "X", "Y")]


class TestWhatCannotBeCompared:
    def test_manifests_that_nobody_can_read(self, desk: Two) -> None:
        desk.write("prod/all.yaml", "users: {ann: {name: [}\n")
        ran = desk.run("compare", "test", "prod:git")
        assert ran.code == 1 and "prod/all.yaml:1:" in ran.err

    def test_an_object_that_is_said_twice(self, desk: Two) -> None:
        desk.write("prod/more.yaml", "users: {ann: {name: Other}}\n")
        ran = desk.run("compare", "test", "prod:git", "--format", "json")
        assert ran.code == 1 and ran.data["findings"][0]["code"] == "CC204"

    def test_what_breaks_a_rule_can_be_compared(self, desk: Two) -> None:
        desk.targets(prod={**LOCAL, "licence": {"seats": 1}}, test=LOCAL)
        assert desk.run("validate", "-t", "prod").code == 1
        assert desk.rows("prod:git", "test") == []

    def test_a_platform_that_is_another_one_now(self, desk: Two) -> None:
        desk.targets(prod={**LOCAL, "url": "else.db"}, test=LOCAL)
        ran = desk.run("compare", "prod", "test")
        assert ran.code == 1 and "CC017" in ran.err

    def test_a_listing_that_contradicts_itself(self, desk: Two, monkeypatch: pytest.MonkeyPatch) -> None:
        from ccconf.embedded.world import World
        from ccconf.platform.contract import Page

        real = World.observe
        monkeypatch.setattr(World, "observe", lambda self, kind: (Page(p.items[1:], p.total) for p in real(self, kind)))
        ran = desk.run("compare", "prod", "test")
        assert (ran.code, ran.out) == (3, "") and "CC605" in ran.err


def test_the_report_as_data_keeps_its_schema_and_its_bytes(desk: Two) -> None:
    desk.make("test", **changed("users", "ann", position="Head"))
    schema = comparison_schema()
    Draft202012Validator.check_schema(schema)
    first, again = (desk.run("compare", "prod", "test", "--format", "json").out for _ in range(2))
    Draft202012Validator(schema).validate(json.loads(first))
    assert first == again
    assert set(json.loads(first)) == {"form", "a", "b", "only", "kinds", "differences", "unheld"}


def test_nothing_is_changed_by_looking(desk: Two) -> None:
    before = desk.files()
    desk.run("compare", "prod", "test:git")
    assert desk.files() == before


HOSTILE = "\u202eevil</b> ##[warning] | `x` @team\x1b[2J"


@pytest.mark.parametrize("format_", ["text", "markdown"])
def test_names_cannot_steer_whoever_reads(tmp_path: Path, format_: str) -> None:
    desk = Two(tmp_path)
    desk.make("prod", users={"a|b <i>": {"name": "X"}, "@all": {"name": "One"}})
    desk.make("test", users={"@all": {"name": "Two"}})
    desk.console_in("test", "user/@all", name=HOSTILE)
    out = told(desk.run("compare", "prod", "test", "--format", format_))
    assert "\u202e" not in out and "\x1b[2J" not in out and "##[" not in out
    if format_ == "markdown":
        assert "</b>" not in out and "**user/@all" not in out and "a|b" not in out


def test_a_target_with_a_hostile_name(tmp_path: Path) -> None:
    desk = Two(tmp_path, **{"a\u202eb <i>|": LOCAL, "test": LOCAL})
    desk.make("a\u202eb <i>|", users={"x": {"name": "X"}}).make("test", users={"y": {"name": "Y"}})
    for format_ in ("text", "markdown"):
        assert "\u202e" not in told(desk.run("compare", "a\u202eb <i>|", "test", "--format", format_))


def test_the_text_of_a_comparison(desk: Two) -> None:
    many = {f"p{number}": True for number in range(6)}
    desk.make("prod", **changed("roles", "operator", permissions={**many, "calls.take": True}))
    desk.make(
        "test", **{**changed("roles", "operator", permissions=many), "users": {**WORLD["users"], "cy": {"name": "C"}}}
    )
    assert desk.run("compare", "prod", "test").out.splitlines() == [
        "2 objects differ between prod and test: 1 has other values, 1 is only in test; 5 objects alike. "
        "2 of these are about access.",
        "  A  prod: live (Embedded platform (SQLite))",
        "  B  test: live (Embedded platform (SQLite))",
        "",
        "             alike  differ  only in A  only in B",
        "  People     2      0       0          1",
        "  Groups     2      0       0          0",
        "  Roles      0      1       0          0",
        "  Schedules  1      0       0          0",
        "",
        "People only in test (1)",
        "  ! user/cy  C",
        "",
        "Roles with other values (1)",
        "    role/operator",
        "    ! permissions",
        "        prod: calls.take yes (and the 6 entries that both have)",
        "        test: only the 6 entries that both have",
        "",
        "! is about who may sign in, do, hear or reach what.",
    ]


def test_markdown_fits_into_a_comment(tmp_path: Path) -> None:
    desk = Two(tmp_path)
    desk.say("prod", users={f"p{number}": {"name": "Ł" * 150} for number in range(800)})
    desk.say("test", users={"a": {"name": "A"}})
    out = desk.run("compare", "prod:git", "test:git", "--format", "markdown").out
    assert len(out.encode()) <= 65_536 and "left out here for want of room" in out
    assert out.startswith("<!-- ccconf compare prod%3Agit,test%3Agit -->\n## prod:git and test:git\n")


def test_deleted_by_hand_is_only_there_where_it_is_still(desk: Two) -> None:
    desk.console_deletes_in("prod", "user/bo")
    assert desk.rows("prod", "prod:git") == [("user/bo", "only_b")]
    assert desk.rows("prod:git", "prod") == [("user/bo", "only_a")]
