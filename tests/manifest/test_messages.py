"""A mistake is told at its exact key or value, with the way to mend it, and never alone if there are more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ccconf.findings import Finding, Location, in_order
from ccconf.manifest.rows import ENTRIES_AT_ONCE
from ccconf.model.user import User
from tests.manifest.support import checked, codes, objects, rows, told


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("usres:\n  a: {}\n", "1:1 CC201 usres is not known here | did you mean users?"),
        ("users:\n  a:\n    emial: a@b.c\n", "3:5 CC201 emial is not known here | did you mean email?"),
        ("users:\n  a: {groups: {g: {rle: x}}}\n", "2:20 CC201 rle is not known here | did you mean role?"),
        ("defaults:\n  user: {}\n", "2:3 CC201 user is not known here | did you mean users?"),
        ("defaults: {users: {email: a@b.c}}\n", "1:20 CC201 email is not known here | known: avatar, groups, "
         "language, mobile, name, position, "
         "primary_group, roles, schedule, skills, status, two_factor, type"),
        ("schedules:\n  s:\n    holidays: [{dat: x, date: 12-25}]\n",
        "3:17 CC201 dat is not known here | did you mean date?"),
        ("users:\n  a:\n    extension: 101\n",
        '3:16 CC202 extension: 101 must be digits in quotes | write it in quotes: "101"'),
        ("users: {a: {name: 5}}\n", '1:19 CC202 name: 5 must be text on one line | write it in quotes: "5"'),
        ("users: {a: {name: true}}\n",
        '1:19 CC202 name: true must be text on one line | for example name: "Agent One"'),
        ("users: {a: {groups: [x, 7]}}\n", '1:25 CC202 groups: 7 must be text | write it in quotes: "7"'),
        ("users:\n  a:\n    roles:\n      - x\n      - [y]\n", "5:9 CC202 roles: a list must be text | "),
        ("users: {a: {groups: sales}}\n",
        "1:21 CC202 groups: \"sales\" must be a list of names of groups, or a mapping "
         "of group to role and permissions | for example groups: {\"billing\":{\"role\":\"manager\"}}"),
        ("users: {a: {skills: {e: 101}}}\n", "1:25 CC202 e: 101 must be at most 100 | "),
        ("users: {a: {status: on}}\n",
        '1:21 CC202 status: "on" must be active or inactive | for example status: "active"'),
        ("users: {a: {two_factor: yes}}\n",
        '1:25 CC202 two_factor: "yes" must be true or false | for example two_factor: true'),
        ("users: [a]\n", "1:8 CC202 users: a list must be a mapping | "),
        ("users: {a: x}\n", '1:12 CC202 a: "x" must be a mapping | '),
        ("users:\n  a/b: {}\n", "2:3 CC202 'a/b' cannot be a name: no /, *, ?, [ or ], no blank at either end | "),
        ("users: {a: {schedule: a/b}}\n", '1:23 CC202 schedule: "a/b" must be the name of one schedule | '
         'for example schedule: "day"'),
        ("skills:\n  e: {max_level: 0}\n", "2:18 CC202 max_level: 0 must be a whole number from 1 to 100 | "
         "for example max_level: 5"),
        ("skills:\n  e: {name: ''}\n", '2:13 CC202 name: "" must be text on one line | for example name: "English"'),
        ("schedules: {s: {weekly: {mo: []}}}\n", "1:26 CC202 'mo' is not a day: write mon, mon-fri or sat,sun | "),
        ("schedules: {s: {weekly: {mon: [9-17]}}}\n",
        '1:32 CC312 mon: "9-17" is not a time range such as 09:00-17:30 | '),
        ("schedules: {s: {holidays: [{date: 2026-13-01}]}}\n", '1:35 CC312 date: "2026-13-01" is not a date such as '
         "2026-12-25, or 12-25 for every year | "),
        ("schedules: {s: {holidays: [{name: x}]}}\n", "1:28 CC202 date is missing | "),
        ("roles: {r: {allowlists: [a, b, a]}}\n", '1:25 CC202 allowlists: "a" stands twice in the list | '
         'for example allowlists: ["office"]'),
        ("roles: {r: {permissions: {p: 3}}}\n", "1:30 CC202 p: 3 must be true, false or a level | "),
        ("- a\n", "1:1 CC202 this file: a list must be a mapping | "),
        ("just text\n", '1:1 CC202 this file: "just text" must be a mapping | '),
        (f"users: {{a: {{name: {'x' * 201}}}}}\n", "1:19 CC202 name has 201 characters, 200 are the most | "
         'for example name: "Agent One"'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_the_words_of_its_field(text: str, finding: str) -> None:
    assert told(text) == [finding]


def test_names_that_look_like_numbers_are_found_where_they_stand() -> None:
    text = (
        "users:\n  007: {nme: x}\n  7: {nme: x}\n  +7: {nme: x}\n  '0007': {nme: x}\n"
        "  101: {skills: {1: x, 01: x, ' 2': 3}, groups: {5: {rle: x}, 05: {rle: x}}}\n"
    )
    places = ["2:9", "3:7", "4:8", "5:12", "6:21", "6:28", "6:31", "6:54", "6:68"]
    assert [line.split()[0] for line in told(text)] == places


def test_everything_that_is_wrong_is_told_at_once_and_in_order() -> None:
    text = (
        "users:\n  b: {nme: x, skills: {e: 0, f: x}}\n  a: {email: x, extension: 5}\n"
        "roles:\n  r: {permisions: {}}\nstrange: {}\nschedules:\n  s: {timezone: Mars/Base, weekly: {mon: [9]}}\n"
    )
    found = rows(text).findings
    assert [f"{line.split()[0]} {line.split()[1]}" for line in told(text)] == [
        "2:7 CC201", "2:27 CC202", "2:33 CC202", "3:14 CC202", "3:28 CC202",
        "5:7 CC201", "6:1 CC201", "8:17 CC311", "8:43 CC202",
    ]  # fmt: skip
    assert in_order([*found, *reversed(found)]) == in_order(found)


def test_a_wrong_field_is_left_out_and_the_rest_of_its_object_stays() -> None:
    found = rows("users:\n  a: {name: Agent, extension: 5, groups: [g, 7], schedule: day}\n  b: 5\n  c:\n")
    users = objects(found, "user")
    assert users == {"a": User(name="Agent", schedule="day"), "b": User(), "c": User()}


def test_a_mistake_in_one_object_neither_hides_nor_makes_others(tmp_path: Path) -> None:
    """`billing` is wrong, yet it is declared; `slaes` is unknown, although `billing` is wrong."""
    found = checked(
        tmp_path,
        {
            "manifests/groups.yaml": "groups:\n  billing: {nme: x}\n  sales: 5\n",
            "manifests/users.yaml": "users:\n  a: {groups: [billing, slaes], email: x}\n"
            "  b: {groups: [sales], shedule: day}\n",
        },
    )
    assert codes(found) == [
        "groups.yaml:2:13 CC201", "groups.yaml:3:10 CC202",
        "users.yaml:2:25 CC203", "users.yaml:2:40 CC202", "users.yaml:3:24 CC201",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [
        "groups:\n\tbilling: {}\n",
        "groups: [billing]\n",
        "gruops: {billing: {}}\n",
        "groups: {billing: {}}\n---\n",
        "\x00",
    ],
)
def test_a_file_that_cannot_be_read_makes_no_false_unknown_names(tmp_path: Path, broken: str) -> None:
    files = {"manifests/groups.yaml": broken, "manifests/users.yaml": "users:\n  a: {groups: [billing], shcedule: x}\n"}
    found = checked(tmp_path, files)
    assert [finding.code for finding in found if finding.code == "CC203"] == []
    assert codes(found)[-1] == "users.yaml:2:26 CC201" and len(found) == 2


def test_a_section_written_twice_hides_nothing_of_either(tmp_path: Path) -> None:
    text = "groups:\n  a: {nme: x}\ngroups:\n  b: {nme: x}\nusers:\n  u: {groups: [a, b, c]}\n"
    assert codes(checked(tmp_path, {"manifests/all.yaml": text})) == [
        "all.yaml:2:7 CC201", "all.yaml:3:1 CC102", "all.yaml:4:7 CC201", "all.yaml:6:22 CC203",
    ]  # fmt: skip


def test_a_large_file_is_judged_in_portions_and_nothing_is_lost() -> None:
    many = ENTRIES_AT_ONCE * 2 + 3
    users = "".join(f"  u{number}: {{nme: x}}\n" for number in range(many))
    found = rows(f"users:\n{users}skills:\n  e: {{}}\n")
    assert len(found.findings) == many and len(found.objects["user"]) == many
    assert sorted(where.line for each in found.findings if (where := each.where)) == list(range(2, many + 2))


def test_anchors_share_a_mistake_but_each_use_is_told() -> None:
    text = "skills:\n  a: &s {nme: x}\n  b: *s\n"
    assert [line.split()[0] for line in told(text)] == ["2:10", "3:3"]


def test_a_whole_number_may_be_written_with_a_point() -> None:
    found = rows("skills:\n  e: {max_level: 5.0}\nusers:\n  a: {skills: {e: 4.0}}\n")
    assert found.findings == [] and found.levels == {"e": 4}
    assert repr(objects(found, "skill")["e"].max_level) == "5"  # type: ignore[attr-defined] # a Skill
    assert objects(found, "user")["a"] == User(skills={"e": 4})


def test_findings_sort_by_place_and_print_as_editors_read_them() -> None:
    late = Finding(code="CC201", message="m", where=Location("b.yaml", 1, 1))
    early = Finding(code="CC202", message="m", where=Location("a.yaml", 10, 2))
    first = Finding(code="CC203", message="m", where=Location("a.yaml", 9, 20))
    nowhere = Finding(code="CC402", message="m")
    assert in_order([late, early, first, nowhere, late]) == (nowhere, first, early, late)
    assert (str(early), str(nowhere)) == ("a.yaml:10:2 CC202 m", "CC402 m")


def test_the_same_mistakes_read_the_same_whatever_the_hash_seed() -> None:
    program = (
        "from ccconf.manifest.rows import rows_of\n"
        "print(rows_of(b'users: {a: {groups: [1, 2], x: 1, y: 2, z: 3}, b: {skills: {e: x}}}').findings)\n"
        "print(rows_of(b'users: {a: {groups: [c, b, a], roles: [r, q]}}').links)\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_a_number_that_lost_its_quotes_is_quoted_as_it_was_written(line_break: str) -> None:
    """012 reads as 12, and +48 as 48: the hint shows what the person meant. Any line break of YAML will do."""
    text = line_break.join(
        ["users:", "  a: {extension: 012, mobile: +48600100200}", "  b:", "    extension: 007 # first", ""]
    )
    assert [line.split(" | ")[1] for line in told(text)] == [
        'write it in quotes: "012"', 'write it in quotes: "+48600100200"', 'write it in quotes: "007"',
    ]  # fmt: skip
