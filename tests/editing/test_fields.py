"""One field is accepted: the Git diff holds the value, and nothing else."""

# ruff: noqa: E501 - texts and expected lines are quoted whole

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.editing.office import Office, one, set_

USER = "users:\n  ann:{}\ngroups: {{day: {{}}, night: {{}}, late: {{}}}}\nskills: {{x: {{}}, y: {{}}, z: {{}}}}\nroles: {{r: {{}}, s: {{}}, t: {{}}}}\n"


@pytest.mark.parametrize(
    ("written", "field", "value", "diff"),
    [
        ("\n    name: Ann  # she", "name", "Ann Lee", ["-    name: Ann  # she", "+    name: Ann Lee  # she"]),
        ("\n    name: 'Ann'", "name", "An: n", ["-    name: 'Ann'", "+    name: 'An: n'"]),
        ('\n    name: "Ann"', "name", 'The "one"', ['-    name: "Ann"', '+    name: "The \\"one\\""']),
        ("\n    name: Ann", "name", "C:\\people\\ann", ["-    name: Ann", "+    name: C:\\people\\ann"]),
        ('\n    name: "Ann"', "name", "C:\\p", ['-    name: "Ann"', '+    name: "C:\\\\p"']),
        ("\n    name: Ann", "name", "Zażółć 😀 文", ["-    name: Ann", "+    name: Zażółć 😀 文"]),
        ("\n    name: Ann", "name", "no", ["-    name: Ann", '+    name: "no"']),
        ("\n    name: Ann", "extension", "101", ['+    extension: "101"']),
        ("\n    name: Ann\n    schedule:   # none", "position", "Lead", ["+    position: Lead"]),
        ("\n    status: active", "name", "Ann", ["+    name: Ann"]),
        ("\n    name: Ann\n    # why\n\n    status: active", "email", "a@b.co", ["+    email: a@b.co"]),
        ("\n    position: Lead # was", "position", None, ["-    position: Lead # was", "+    position: null # was"]),
        ("\n    two_factor: no_", "two_factor", True, []),
        ("\n    two_factor: false", "two_factor", True, ["-    two_factor: false", "+    two_factor: true"]),
        ("\n    roles: [r, s]  # two", "roles", ["r", "t"], ["-    roles: [r, s]  # two", "+    roles: [r, t]  # two"]),
        ("\n    roles: [ s , r ]", "roles", ["r", "s", "t"], ["-    roles: [ s , r ]", "+    roles: [ s , r, t ]"]),
        ("\n    roles:\n      - r  # one\n      - s\n", "roles", ["r", "t"], ["-      - s", "+      - t"]),
        ("\n    roles:\n    - r\n    # last\n    - t", "roles", ["r", "s", "t"], ["+    - s"]),
        ("\n    roles:  # all\n      - r", "roles", None, ["-    roles:  # all", "-      - r", "+    roles: []  # all"]),
        ("\n    roles: []", "roles", ["s"], ["-    roles: []", "+    roles: [s]"]),
        ("\n    roles:   # none yet", "roles", ["s"], ["-    roles:   # none yet", "+    roles: [s]   # none yet"]),
        ("\n    skills: {x: 1, z: 2}", "skills", {"x": 1, "y": 3, "z": 2},
         ["-    skills: {x: 1, z: 2}", "+    skills: {x: 1, y: 3, z: 2}"]),
        ("\n    skills:\n      x: 1  # low\n      y: 2", "skills", {"x": 4}, ["-      x: 1  # low", "-      y: 2", "+      x: 4  # low"]),
        ("\n    skills: {x: 1}", "skills", None, ["-    skills: {x: 1}", "+    skills: {}"]),
        ("\n    groups: [night]", "groups", {"day": {"role": "m"}, "night": {}},
         ["-    groups: [night]", "+    groups: {day: {role: m}, night: {}}"]),
        ("\n    groups: {night: {role: m}}", "groups", {"night": {"role": "a", "permissions": {"p": True}}},
         ["-    groups: {night: {role: m}}", "+    groups: {night: {role: a}}"]),
        ("\n    groups: {night: {role: m}}", "groups", {"night": {}},
         ["-    groups: {night: {role: m}}", "+    groups: {night: {role: null}}"]),
        ("\n    groups: [night]", "groups", {"night": {"role": "m"}}, []),
        (" {name: Ann}", "position", "Lead", ["-  ann: {name: Ann}", "+  ann: {name: Ann, position: Lead}"]),
        (" {name: Ann, status: active}", "email", "a@b.co",
         ["-  ann: {name: Ann, status: active}", "+  ann: {name: Ann, email: a@b.co, status: active}"]),
        (" {}  # new", "name", "Ann", ["-  ann: {}  # new", "+  ann: {name: Ann}  # new"]),
        ("  # new", "name", "Ann", ["+    name: Ann"]),
        (" null", "name", "Ann", ["-  ann: null", "+  ann: {name: Ann}"]),
        (' {\n    "name": "Ann",\n    "roles": [\n      "r"\n    ]\n  }', "roles", ["r", "s"], ['-      "r"', '+      "r",', '+      "s"']),
        (" {\n    name: Ann,  # she\n    roles: [r]  # one\n  }", "status", "inactive",
         ["+    status: inactive,"]),
        ("\n    name: >-\n      Ann\n      Lee\n\n    # about", "name", "Ann", ["-    name: >-", "-      Ann", "-      Lee", "+    name: Ann"]),
        ("\n    name: Ann\n      Lee", "name", "Bo", ["-    name: Ann", "-      Lee", "+    name: Bo"]),
        ("\n\tname: Ann", "name", "Bo", []),
    ],
)  # fmt: skip
def test_a_field_of_a_person(tmp_path: Path, written: str, field: str, value: Any, diff: list[str]) -> None:
    office = one(tmp_path, USER.format(written))
    if office.declared().rows[0].findings:  # a file with a mistake is not edited at all
        assert [line[:5] for line in office.refused(set_(f"user/ann.{field}", value))] in (["CC158"], ["CC154"])
        return
    assert office.done(set_(f"user/ann.{field}", value)) == diff


@pytest.mark.parametrize(
    ("name", "written", "value", "diff"),
    [
        ("group/a.description", "Old.", "One\nTwo\n", ["-    description: Old.", "+    description: |", "+      One", "+      Two"]),
        ("group/a.description", "Old.  # note", "One\nTwo",
         ["-    description: Old.  # note", "+    description: |-  # note", "+      One", "+      Two"]),
        ("group/a.description", '"Old." # "note', "One\nTwo\n",
         ['-    description: "Old." # "note', '+    description: | # "note', "+      One", "+      Two"]),
        ("allowlist/a.networks", "[203.0.113.0/24]  # here", {f"203.0.113.{one}": f"{'Head office' * 4} {one}" for one in (1, 2, 3)},
         ["-    networks: [203.0.113.0/24]  # here", "+    networks:  # here",
          *(f"+      203.0.113.{one}: {'Head office' * 4} {one}" for one in (1, 2, 3))]),
        ("group/a.description", "|\n      One\n      Two  # no comment", "One",
         ["-    description: |", "-      One", "-      Two  # no comment", "+    description: One"]),
        ("group/a.description", "| # why\n      One\n", "Two\nlines",
         ["-    description: | # why", "-      One", "+    description: |- # why", "+      Two", "+      lines"]),
        ("group/a.rights", "{m: {p: yes, q: off}}", {"m": {"p": True, "r": "read"}, "n": {"p": True}},
         ["-    rights: {m: {p: yes, q: off}}", "+    rights: {m: {p: yes, q: off, r: read}}"]),
        ("allowlist/a.networks", "['203.0.113.0/24', '2001:DB8::/32']", {"2001:db8::/32": "", "203.0.113.0/24": "", "198.51.100.7": ""},
         ["-    networks: ['203.0.113.0/24', '2001:DB8::/32']", "+    networks: ['203.0.113.0/24', '2001:DB8::/32', '198.51.100.7']"]),
        ("allowlist/a.networks", "[203.0.113.0/24]", {"203.0.113.0/24": "Head office"},
         ["-    networks: [203.0.113.0/24]", "+    networks: {203.0.113.0/24: Head office}"]),
        ("schedule/a.weekly", '\n      mon-fri: ["09:00-17:00"]  # all\n      sat: ["10:00-12:00"]',
         {**{day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu")}, "fri": ["09:00-15:00"], "sat": ["10:00-12:00"]},
         ['-      mon-fri: ["09:00-17:00"]  # all', '+      mon-thu: ["09:00-17:00"]  # all', "+      fri: [09:00-15:00]"]),
        ("schedule/a.weekly", '{mon-fri: ["09:00-17:00"], sat: []}', {"mon": ["22:00-06:00"]},
         ['-    weekly: {mon-fri: ["09:00-17:00"], sat: []}', "+    weekly: {mon: [22:00-06:00], sat: []}"]),
        ("schedule/a.holidays", '\n      - date: "12-25"  # every year\n        name: X\n      - {date: 12-26}',
         [{"date": "12-25", "name": "Y"}, {"date": "12-26"}], ["-        name: X", "+        name: Y"]),
        ("schedule/a.holidays", '\n      - date: "12-25"  # every year\n        name: X\n',
         [{"date": "01-01"}, {"date": "12-25", "name": "X"}], ["+      - {date: 01-01}"]),
        ("schedule/a.lateness_minutes", "5", 10, ["-    lateness_minutes: 5", "+    lateness_minutes: 10"]),
    ],
)  # fmt: skip
def test_a_field_of_something_else(tmp_path: Path, name: str, written: str, value: Any, diff: list[str]) -> None:
    kind, field = name.split("/")[0], name.rpartition(".")[2]
    blank = "" if written.startswith("\n") else " "
    office = one(tmp_path, f"{kind}s:\n  a:\n    {field}:{blank}{written}\n    name: A\n")
    assert office.done(set_(name, value)) == diff


def test_bytes_that_nobody_asked_for_stay(tmp_path: Path) -> None:
    raw = (
        b"\xef\xbb\xbf# \xc5\x82\t tabs \t\r\nusers:\r\n  ann:   \r\n    name: Ann\t# tab\r\n\r\n\r\n  bob: {name: 'B'}"
    )
    office = one(tmp_path, raw)
    assert office.done(set_("user/ann.name", "Bo"), set_("user/bob.position", "x")) == [
        "-    name: Ann\t# tab<CRLF>",
        "+    name: Bo\t# tab<CRLF>",
        "-  bob: {name: 'B'}",
        "+  bob: {name: 'B', position: x}",
    ]
    wanted = raw.replace(b"name: Ann", b"name: Bo").replace(b"'B'", b"'B', position: x")
    assert (tmp_path / "manifests" / "a.yaml").read_bytes() == wanted


def test_a_last_line_without_a_break_stays_so(tmp_path: Path) -> None:
    office = one(tmp_path, "users:\n  ann:\n    name: Ann")
    office.done(set_("user/ann.position", "Lead"), set_("user/ann.two_factor", True))
    assert (
        tmp_path / "manifests" / "a.yaml"
    ).read_text() == "users:\n  ann:\n    name: Ann\n    position: Lead\n    two_factor: true"


def test_where_it_went_is_said_with_line_and_layer(tmp_path: Path) -> None:
    files = {
        "base/u.yaml": "users:\n  ann:\n    name: Ann\n    position: Agent\n",
        "over/u.yaml": "users:\n  ann:\n    # better\n    position: Lead\n",
    }
    office = Office(tmp_path, files, office=["base", "over"])
    edited = office.accept(
        set_("user/ann.name", "Anna"), set_("user/ann.position", "Boss"), set_("user/ann.status", "inactive")
    )
    assert [
        [(spot.where.path.rsplit("/", 2)[1], *spot.where[1:], spot.layer) for spot in each.spots]
        for each in edited.written
    ] == [
        [("base", 3, 11, "base")],
        [("over", 4, 15, "over")],
        [("over", 5, 13, "over")],
    ]
    assert sorted(path.parent.name for path in edited.files) == ["base", "over"]
    assert str(edited.written[0]).endswith("base/u.yaml:3:11 (layer base)")
