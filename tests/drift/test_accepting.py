"""`--accept`: Git says what the platform has, in the right line, and the next report is silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk
from tests.drift.test_stories import rows

PEOPLE = """\
# Everybody, by the number of the desk.
users:
  ann:               # since 2019
    name: Ann
    position: "Agent"   # as on the contract
    groups: [team]
    extension: '201'
  bo: {name: Bo, position: Agent, roles: [operator]}
"""
REST = """\
groups: {team: {}, night: {}}
roles: {operator: {permissions: {calls.take: true}}}
"""


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write("manifests/people.yaml", PEOPLE)
    desk.write("manifests/rest.yaml", REST)
    desk.apply()
    return desk


def accept(desk: Desk, *args: str) -> list[str]:
    """The lines of people.yaml that are other ones now. Afterwards nothing of that is drift, and nothing is planned."""
    path = desk.folder / "manifests" / "people.yaml"
    before = path.read_text()
    ran = desk.run("drift", "--accept", *args)
    assert ran.code == 0, ran
    return [line for line in path.read_text().splitlines() if line not in before.splitlines()]


def test_only_the_value_is_another_one(desk: Desk) -> None:
    desk.console("user/ann", position="Head of desk")
    assert accept(desk) == ['    position: "Head of desk"   # as on the contract']
    assert rows(desk) == []
    desk.silent()


def test_several_people_in_one_file(desk: Desk) -> None:
    desk.console("user/ann", extension="205", groups={"team": {}, "night": {}})
    desk.console("user/bo", position="Head", roles=[])
    changed = accept(desk)
    assert len(changed) == 3 and rows(desk) == []
    desk.silent()


def test_whom_somebody_deleted_or_renamed(desk: Desk) -> None:
    desk.console_deletes("user/bo")
    desk.console("user/ann", key="anna")
    accept(desk)
    text = (desk.folder / "manifests" / "people.yaml").read_text()
    assert "anna:" in text and "bo:" not in text and "# since 2019" in text
    assert rows(desk) == []
    assert desk.run("apply", "--yes").code == 0  # notes the new name
    desk.silent()


def test_whom_git_never_had_is_taken_up_where_they_are_named(desk: Desk) -> None:
    desk.console_creates("user/cy", name="Cy", position="Agent")
    assert accept(desk) == []
    accept(desk, "--only", "user/cy")
    assert "cy" in (desk.folder / "manifests" / "people.yaml").read_text()
    assert desk.run("apply", "--yes").code == 0
    assert rows(desk) == []


def test_what_git_changed_too_is_overwritten_only_where_it_is_named(desk: Desk) -> None:
    desk.console("user/bo", position="Head")
    desk.write("manifests/people.yaml", PEOPLE.replace("position: Agent", "position: Chief"))
    ran = desk.run("drift", "--accept")
    assert (ran.code, "Only conflicts are left" in ran.out) == (2, True)
    accept(desk, "--only", "user/bo:position")
    assert "position: Head" in (desk.folder / "manifests" / "people.yaml").read_text()
    desk.silent()


def test_what_is_pending_stays_so(desk: Desk) -> None:
    desk.console("user/ann", position="Head")
    desk.write("manifests/people.yaml", PEOPLE.replace("name: Bo", "name: Bob"))
    accept(desk)
    assert rows(desk) == [("user/bo", "name", "pending", "cosmetic")]


def test_a_value_that_many_share_is_asked_about(desk: Desk) -> None:
    shared = PEOPLE.replace('    position: "Agent"   # as on the contract\n', "")
    desk.write("manifests/people.yaml", "defaults: {users: {position: Agent}}\n" + shared)
    desk.silent()
    assert rows(desk) == []
    desk.console("user/ann", position="Head")
    before = (desk.folder / "manifests" / "people.yaml").read_text()
    ran = desk.run("drift", "--accept")
    assert ran.code == 1 and "people.yaml:1:" in ran.err and "--into" in ran.err
    assert (desk.folder / "manifests" / "people.yaml").read_text() == before
    accept(desk, "--into", "object")
    assert rows(desk) == []
    desk.silent()


def test_a_file_that_may_not_be_written(desk: Desk) -> None:
    desk.console("user/ann", position="Head")
    folder = desk.folder / "manifests"
    folder.chmod(0o555)
    try:
        ran = desk.run("drift", "--accept")
    finally:
        folder.chmod(0o755)
    if ran.code:  # root may write everywhere
        assert "CC007" in ran.err and (folder / "people.yaml").read_text() == PEOPLE


def test_a_selection_that_fits_nothing(desk: Desk) -> None:
    ran = desk.run("drift", "--accept", "--only", "user/nobody")
    assert (ran.code, "CC011" in ran.err) == (1, True)


def test_words_that_do_not_go_together(desk: Desk) -> None:
    for words in (["--accept", "--revert"], ["--accept", "--out", "x"], ["--into", "object"], ["--accept", "--all"]):
        assert desk.run("drift", *words).code == 1
