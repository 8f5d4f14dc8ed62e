"""References, renames, what is shared and what is never used."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccconf.manifest.compose import Declarations
from tests.manifest.support import checked, short


def said(folder: Path, files: dict[str, str], *layers: str, only: str) -> list[str]:
    """The findings of some codes, as `file:line:col message | hint`."""
    return [
        f"{short(each)} {each.message} | {each.hint}"
        for each in checked(folder, dict(files), *layers)
        if each.code.startswith(only)
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("users:\n  a:\n    groups:\n      - good\n      - bad\n", "5:9 groups: no group is called bad"),
        ("users:\n  a:\n    groups:\n      good: {}\n      bad: {role: x}\n", "5:7 groups: no group is called bad"),
        ("users: {a: {roles: [good, bad]}}\n", "1:27 roles: no role is called bad"),
        ("users:\n  a:\n    skills:\n      good: 1\n      bad: 2\n", "5:7 skills: no skill is called bad"),
        ("users:\n  a:\n    schedule: bad\n", "3:15 schedule: no schedule is called bad"),
        ("groups:\n  good:\n    members: [good, bad]\n", "3:21 members: no user is called bad"),
        ("groups:\n  good:\n    members:\n      bad: {role: x}\n", "4:7 members: no user is called bad"),
        ("groups:\n  good: {roles: [bad]}\n", "2:18 roles: no role is called bad"),
        ("groups:\n  good: {allowlists: [bad]}\n", "2:23 allowlists: no allowlist is called bad"),
        ("groups:\n  good: {schedule: bad}\n", "2:20 schedule: no schedule is called bad"),
        ("roles:\n  good: {allowlists: [good, bad]}\n", "2:29 allowlists: no allowlist is called bad"),
        ("defaults:\n  users:\n    schedule: bad\n", "3:15 schedule: no schedule is called bad"),
        ("defaults:\n  users:\n    groups: [good, bad]\n", "3:20 groups: no group is called bad"),
        ("defaults:\n  groups: {roles: [bad]}\n", "2:20 roles: no role is called bad"),
        ("users:\n  a:\n    skills: {007: 1}\n", "3:14 skills: no skill is called 007"),
        ("users:\n  a: {groups: &g [bad]}\n", "2:19 groups: no group is called bad"),
    ],
)
def test_an_unknown_name_is_told_where_it_is_used(tmp_path: Path, text: str, place: str) -> None:
    good = "".join(f"{plural}: {{good: {{}}}}\n" for plural in ("roles", "skills", "schedules", "allowlists"))
    good += "groups: {good: {}}\n" if "\ngroups" not in f"\n{text}" else ""
    files = {"manifests/good.yaml": good if not text.startswith("roles") else good.replace("roles: {good: {}}\n", "")}
    files["manifests/good.yaml"] += "users: {good: {}}\n"
    found = said(tmp_path, {**files, "manifests/x.yaml": text}, only="CC203")
    assert [line.split(" | ")[0] for line in found] == [f"x.yaml:{place}"]


def test_an_unknown_name_is_guessed_or_shown_how_to_declare(tmp_path: Path) -> None:
    files = {"manifests/x.yaml": "groups: {billing: {}, sales: {}}\nusers: {a: {groups: [biling], schedule: day}}\n"}
    assert said(tmp_path, files, only="CC203") == [
        "x.yaml:2:22 groups: no group is called biling | did you mean billing?",
        "x.yaml:2:41 schedule: no schedule is called day | declare it: schedules: {day: {}}",
    ]


def test_every_use_of_an_unknown_name_is_told(tmp_path: Path) -> None:
    files = {f"manifests/{n}.yaml": f"users:\n  a{n}: {{roles: [r]}}\n  b{n}: {{roles: [r]}}\n" for n in (1, 2)}
    assert [line.split()[0] for line in said(tmp_path, files, only="CC203")] == [
        "1.yaml:2:16", "1.yaml:3:16", "2.yaml:2:16", "2.yaml:3:16",
    ]  # fmt: skip


def test_a_name_may_be_declared_anywhere(tmp_path: Path) -> None:
    files = {"b/u.yaml": "users: {a: {groups: [g], roles: [r]}}\n", "o/g.yaml": "groups: {g: }\nroles: {r: {}}\n"}
    assert said(tmp_path, files, "b", "o", only="CC203") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("users: {a: {formerly: old}}\n", []),
        ("users: {a: {formerly: b}, b: {formerly: a}}\n", []),
        ("users: {a: {formerly: b}, b: {formerly: c}}\n", []),
        ("users: {a: {formerly: x}}\ngroups: {x: {}}\n", []),
        ("users: {a: {formerly: a}}\n", ["x.yaml:1:9 user/a was formerly itself | remove formerly:"]),
        ("users: {a: {formerly: o}, b: {formerly: o}}\n",
         ["x.yaml:1:27 user/b and user/a were both formerly o | leave one of them"]),
    ],
)  # fmt: skip
def test_a_rename_is_understood_or_told(tmp_path: Path, text: str, found: list[str]) -> None:
    assert said(tmp_path, {"manifests/x.yaml": text}, only="CC206") == found


def test_a_rename_whose_old_name_is_still_declared_names_both(tmp_path: Path) -> None:
    (line,) = said(tmp_path, {"manifests/x.yaml": "users:\n  a: {}\n  b: {formerly: a}\n"}, only="CC206")
    assert line.startswith("x.yaml:3:3 user/a is still declared, at ") and "x.yaml:2:3 | remove it" in line


def test_three_claims_on_one_former_name_are_all_told(tmp_path: Path) -> None:
    text = "users: {a: {formerly: o}, b: {formerly: o}, c: {formerly: o}}\n"
    assert len(said(tmp_path, {"manifests/x.yaml": text}, only="CC206")) == 2


def test_a_shared_address_or_extension_is_told_with_the_other_place(tmp_path: Path) -> None:
    text = (
        'users:\n  b: {email: X@example.org, extension: "101"}\n  a: {email: x@EXAMPLE.org}\n'
        '  c: {extension: "101"}\n  d: {extension: "0101"}\n'
    )
    found = said(tmp_path, {"manifests/x.yaml": text}, only="CC2")
    assert found[0].startswith("x.yaml:2:14 the e-mail address X@example.org is also user/a's | user/a has it at ")
    assert found[0].endswith("x.yaml:3:14")
    assert found[1].startswith("x.yaml:4:18 the extension 101 is also user/b's | user/b has it at ")
    assert len(found) == 2


def test_sharing_is_judged_on_what_the_layers_say_together(tmp_path: Path) -> None:
    base = "users:\n  a: {email: a@x.org}\n  b: {email: b@x.org}\n  c: {email: c@x.org}\n"
    given_away = {
        "b/u.yaml": base,
        "o/u.yaml": "users:\n  a: {email: new@x.org}\n  b: {email: a@x.org}\n  c: {email: }\n",
    }
    assert said(tmp_path, given_away, "b", "o", only="CC209") == []
    clash = {"b/u.yaml": base, "o/u.yaml": "users:\n  b: {email: A@x.org}\n"}
    (line,) = said(tmp_path, clash, "b", "o", only="CC209")
    assert line.startswith("u.yaml:2:14 the e-mail address") and "also user/a's" in line


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("users: {a: {skills: {e: 5}}}\n", []),
        ("users:\n  a: {skills: {e: 6, f: 99}}\n", ["2:19"]),
        ("users:\n  a: {skills: {e: 6}}\n  b: {skills: {e: 7}}\n", ["2:19", "3:19"]),
        ("defaults:\n  users: {skills: {e: 6}}\nusers: {a: {}}\n", ["2:23"]),
    ],
)
def test_a_level_stays_within_its_skill(tmp_path: Path, text: str, places: list[str]) -> None:
    files = {"manifests/s.yaml": "skills: {e: {max_level: 5}, f: {}}\n", "manifests/x.yaml": text}
    found = said(tmp_path, files, only="CC211")
    assert [line.split()[0] for line in found] == [f"x.yaml:{place}" for place in places]
    assert all("the greatest is 5 | lower it, or raise max_level of skill/e" in line for line in found)


def test_what_nothing_uses_is_told_and_people_need_no_use(tmp_path: Path) -> None:
    text = (
        "users:\n  a: {groups: [g], skills: {used: 1}}\n  b: {}\n"
        "groups:\n  g: {}\n  closed: {members: [b]}\n  nobody: {members: []}\n"
        "skills:\n  used: {}\n  spare: {}\nroles:\n  r: {allowlists: [office]}\n"
        "allowlists:\n  office: {networks: [203.0.113.7]}\n"
        "schedules:\n  day: {weekly: {mon: [09:00-10:00]}}\n"
    )
    found = said(tmp_path, {"manifests/x.yaml": text}, only="CC207")
    assert [line.split(" | ")[0] for line in found] == [
        "x.yaml:7:3 nothing uses group/nobody", "x.yaml:10:3 nothing uses skill/spare",
        "x.yaml:12:3 nothing uses role/r", "x.yaml:16:3 nothing uses schedule/day",
    ]  # fmt: skip


def test_a_file_is_read_once_for_all_its_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for each finding: a file of thousands of mistakes would take minutes."""
    reads: list[str] = []
    text = Declarations.text

    def counted(self: Declarations, source: int) -> str:
        reads.append(str(source))
        return text(self, source)

    monkeypatch.setattr(Declarations, "text", counted)
    users = "".join(f"  u{number}: {{email: a@example.org, roles: [x]}}\n" for number in range(300))
    found = checked(tmp_path, {"manifests/x.yaml": f"users:\n{users}"})
    assert [sum(each.code == code for each in found) for code in ("CC203", "CC209")] == [300, 299]
    assert len(reads) < 10
    reads.clear()
    skills = "".join(f"  s{number}: {{}}\n" for number in range(300))
    found = checked(tmp_path, {"manifests/x.yaml": f"skills:\n{skills}"})
    assert [each.code for each in found] == ["CC207"] * 300
    assert len(reads) < 10
