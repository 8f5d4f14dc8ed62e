"""What `ccconf fmt` does to files as people keep them."""

# ruff: noqa: E501 - texts and expected lines are quoted whole

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ccconf.manifest.style import formatted
from tests.cli.desk import Desk

UNTIDY = """\
# yaml-language-server: $schema=../.ccconf/schemas/manifest.json
# Our people.


# The hours of the house.
schedules:
    day:   # everybody
        weekly: {mon: ["09:00-17:00"], tue: ["09:00-17:00"], sat: [ '22:00-06:00' ]}
        timezone: 'Europe/Warsaw'
        holidays:
        -   date: "12-25"
            name: 'Christmas'
        # the eve
        - {date: 2026-12-24, # half a day
           name: "Eve: noon"}
        # more to come
users:
      zoe: {email: zoe@example.org, name: "Zoe", groups: {day: {}, night: }, extension: "101"}


      # Ann leads.
      ann:
        mobile: "+48 600 100 200"
        name: Ann
        # Carla, too.
groups:
      night: {description: "no"}
      day:
        description: |
            # not a comment
              further in

        members: &crew [ann]   # bound
      dusk: {members: *crew}
# The end.
"""

TIDY = """\
# yaml-language-server: $schema=../.ccconf/schemas/manifest.json
# Our people.

# The hours of the house.
schedules:
  day:   # everybody
    timezone: Europe/Warsaw
    weekly: {mon-tue: [09:00-17:00], sat: [22:00-06:00]}
    holidays:
      - date: 12-25
        name: Christmas
      # the eve
      - date: 2026-12-24   # half a day
        name: "Eve: noon"
    # more to come

users:
  zoe: {name: Zoe, email: zoe@example.org, extension: "101", groups: [day, night]}

  # Ann leads.
  ann:
    name: Ann
    mobile: "+48 600 100 200"
    # Carla, too.

groups:
  night: {description: "no"}
  day:
    description: |
      # not a comment
        further in

    members: &crew [ann]   # bound
  dusk: {members: *crew}
# The end.
"""


def test_a_file_with_everything_in_it() -> None:
    """Sections are not put in order where an alias could come to stand before its anchor."""
    assert formatted(UNTIDY) == TIDY
    assert formatted(TIDY) == TIDY


def test_line_breaks_and_the_byte_order_mark_stay(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = tmp_path / "manifests" / "all.yaml"
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbf" + UNTIDY.replace("\n", "\r\n").encode())
    assert desk.run("fmt").code == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode()


def test_check_names_the_files_and_writes_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write("manifests/a.yaml", UNTIDY)
    desk.write("manifests/b.yaml", "skills: {}\n")
    before = desk.files()
    checked = desk.run("fmt", "--check")
    assert checked.code == 2
    assert [line.rsplit("/", 1)[-1] for line in checked.out.splitlines()] == [
        "a.yaml is not in the style",
        "1 to format, 1 in the style already",
    ]
    shown = desk.run("fmt", "--diff")
    assert shown.code == 2
    assert "-    day:   # everybody" in shown.out.splitlines() and "+  day:   # everybody" in shown.out.splitlines()
    assert desk.files() == before
    assert desk.run("fmt").out.endswith("1 formatted, 1 in the style already\n")
    assert desk.run("fmt", "--check") == (0, "0 to format, 2 in the style already\n", "")
    assert desk.run("fmt", "--diff") == (0, "", "")


def test_objects_stay_in_their_order_unless_asked(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    text = "skills:\n  # of b\n  b: {}\n  a: {}\n"
    path = desk.write("manifests/a.yaml", text)
    assert desk.run("fmt").code == 0 and path.read_text() == text
    assert desk.run("fmt", "--sort").code == 0 and path.read_text() == "skills:\n  a: {}\n  # of b\n  b: {}\n"


def test_what_is_broken_is_told_as_validate_tells_it_and_the_rest_is_formatted(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    broken = desk.write("manifests/a.yaml", "users:\n  a: {name: 'One}\n")
    wrong = desk.write("manifests/b.yaml", "users:\n  b: {nam: One}\n")
    merged = desk.write("manifests/c.yaml", "users:\n  c: &c {name: One}\n  d:\n    <<: *c\n")
    sound = desk.write("manifests/d.yaml", "users:\n    e: {}\n")
    before = [path.read_bytes() for path in (broken, wrong, merged)]
    ran = desk.run("fmt")
    validated = desk.run("validate")
    assert ran.code == validated.code == 1
    told = [line for line in ran.err.splitlines() if " CC" in line]
    assert [line.split(" ")[1] for line in told] == ["CC101", "CC201", "CC108"]
    assert all(line in validated.out for line in told)
    assert [path.read_bytes() for path in (broken, wrong, merged)] == before
    assert sound.read_text() == "users:\n  e: {}\n"
    assert ran.out.endswith("1 formatted, 0 in the style already, 3 with mistakes\n")


def test_a_hook_names_files_and_only_manifests_are_touched(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    manifest = desk.write("manifests/a.yaml", "users:\n    e: {}\n")
    other = desk.write("deploy/b.yaml", "jobs:\n    e: {}\n")
    project = tmp_path / "ccconf.yaml"
    before = project.read_bytes()
    ran = desk.run("fmt", *map(str, (manifest, other, project)))
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "1 formatted, 0 in the style already")
    assert manifest.read_text() == "users:\n  e: {}\n"
    assert other.read_text() == "jobs:\n    e: {}\n" and project.read_bytes() == before
    gone = desk.run("fmt", str(tmp_path / "gone.yaml"))
    assert gone.code == 1 and "CC001 there is no" in gone.err


def test_without_a_project_whatever_is_named_is_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text("users:\n    e: {}\n")
    monkeypatch.chdir(tmp_path)
    desk = Desk.__new__(Desk)
    desk.folder = tmp_path
    assert desk.run("fmt", "a.yaml").code == 0
    assert (tmp_path / "a.yaml").read_text() == "users:\n  e: {}\n"
    assert "CC003" in desk.run("fmt").err


def test_a_file_that_cannot_be_written_is_left_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path)
    paths = [desk.write(f"manifests/{name}.yaml", "users:\n    e: {}\n") for name in "ab"]
    paths[1].write_text("users:\n    f: {}\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ran = desk.run("fmt")
    assert (ran.code, "CC007" in ran.err) == (1, True)
    assert [path.read_text() for path in paths] == ["users:\n    e: {}\n", "users:\n    f: {}\n"]


def test_a_line_that_grows_too_long_is_opened_and_a_short_one_stays() -> None:
    many = ", ".join(f"group-number-{number:03}" for number in range(9))
    text = f"users:\n  a: {{groups: [{many}], name: A}}\n  b: {{groups: [x], name: B}}\n"
    opened = "".join(f"      - group-number-{number:03}\n" for number in range(9))
    long = f"users:\n  a:\n    name: A\n    groups:\n{opened}  b: {{name: B, groups: [x]}}\n"
    text = text.replace("-number-", "-number-of-")
    assert formatted(text) == long.replace("-number-", "-number-of-")


def test_comments_in_brackets_open_the_brackets() -> None:
    text = "users:\n  a:\n    roles: [  # all of them\n      x, # first\n      # about y\n      y,\n      # no more\n    ]  # really\n"
    tidy = (
        "users:\n  a:\n    # really\n    roles:  # all of them\n      - x  # first\n      # about y\n      - y\n"
        "      # no more\n"
    )
    assert formatted(formatted(text)) == formatted(text)
    assert sorted(formatted(text).split()) == sorted(tidy.split())


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("'it''s'", "it's"),
        ('"a: b"', '"a: b"'),
        ("'a #b'", "'a #b'"),
        ('"no"', '"no"'),
        ('"101"', '"101"'),
        ("'2026-12-25'", "'2026-12-25'"),
        ('"Zażółć 😀"', "Zażółć 😀"),
        ('"C:\\\\people"', "C:\\people"),
        ('"two\\nlines"', '"two\\nlines"'),
        ("~", "null"),
        ("", ""),
        ("one\n      two", "one two"),
        ("!!str 12", "!!str 12"),
    ],
)
def test_quotes_only_where_they_are_needed(written: str, kept: str) -> None:
    text = f"groups:\n  a:\n    description: {written}\n"
    assert formatted(text) == f"groups:\n  a:\n    description: {kept}".rstrip() + "\n"
