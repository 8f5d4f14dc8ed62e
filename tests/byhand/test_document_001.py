"""Document 001, sentence by sentence, on IPTEL's emulated screens: what is planned, followed by hand, and seen again.

`docs/platforms/sentences.md` names the sentence that each test shows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccconf.errors import Rejected
from ccconf.model.change import Create, Delete
from ccconf.platforms.iptel.emulator import Emulator, Options
from tests.byhand.rounds import Office
from tests.byhand.test_document_000 import comes_true
from tests.byhand.test_iptel_estate import Clerk
from tests.screens.page import Node, table
from tests.screens.paper import Paper

DONE, MISTAKE, CHANGES, WAITING = 0, 1, 2, 6
ROLES = ("calls", "reports", "users")
TEAM = """\
roles: {calls: {}, reports: {}, users: {}}
groups:
  admins: {name: Administrators, roles: [calls, reports, users]}
  operators: {name: Operators, roles: [calls]}
users:
  ann: {name: Ann Lee, email: ann@example.org, groups: [admins]}
  ben: {name: Ben Ray, groups: [operators]}
  cy: {name: Cy Dee, groups: [admins, operators]}
"""


class Calls(Office):
    """An office with its IPTEL, of which one sees the screens only."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        clerk = Clerk(url)
        super().__init__(folder, monkeypatch, clerk, platform="iptel", owns={"groups": "all"})
        self.person = clerk.person

    def wants(self, manifest: str) -> None:
        """Git says this, and it comes true."""
        comes_true(self, manifest)

    def groups(self) -> dict[str, list[str]]:
        """The list in Groups and Rights: every group, and the roles beside it."""
        page = self.person._list("group")
        assert [node.text for node in page.all("h1")] == ["Groups and Rights"]
        return {row.name: row.cells["Roles"].split(", ") for row in table(page)}

    def behind(self, icon: str, group: str) -> list[str]:
        """What a button beside a group shows."""
        page = self._followed(icon, group)
        return [node.text for node in page.one("main", where=lambda node: True, what="main").all("h2", "li")]

    def _followed(self, icon: str, group: str) -> Node:
        (row,) = [row for row in table(self.person._list("group")) if row.name == group]
        return self.person._follow(row.node, f"{icon} {group}")

    def trash(self, group: str) -> str:
        """Click the trash can and say yes: the message that comes. Raises `Rejected` where the page says no."""
        gone = Delete(kind="group", key=group, native_id=group, revision="", fields={})
        page = self.person._send(gone, Paper(self._followed("Delete", group)))
        return page.one("p", where=lambda node: node.attributes.get("role") == "status", what="a message").text

    def entries(self) -> list[str]:
        """What the newest runbook asks for, in order."""
        return re.findall(r"(?m)^### \d+\. (.*)$", self.runbook())

    def types_off(self) -> None:
        """Somebody types the two lists off the screens into tables, and imports them."""
        groups = self.groups()
        belongs = {group: self.behind("People of", group) for group in groups}
        people = sorted({person for members in belongs.values() for person in members})
        homes = {person: [group for group in groups if person in belongs[group]] for person in people}
        self._typed("groups", ("name", "roles"), groups)
        self._typed("users", ("name", "groups"), homes)
        self._typed("roles", ("name",), {role: [] for roles in groups.values() for role in roles})

    def _typed(self, plural: str, columns: tuple[str, ...], rows: dict[str, list[str]]) -> None:
        path = self.folder / f"{plural}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = ([name, "; ".join(names)][: len(columns)] for name, names in rows.items())
            csv.writer(file).writerows([columns, *lines])
        ran = self.run(f"snapshot import {path}")
        assert ran.code == DONE, ran.text


@pytest.fixture(name="calls")
def use_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    with Emulator(Options(roles=ROLES)) as emulator, emulator.serving() as server:
        yield Calls(tmp_path, monkeypatch, server.url)


def keys(calls: Calls, query: str) -> set[str]:
    """The keys that `ccconf show` finds."""
    ran = calls.run(f"show {query} --format json")
    assert ran.code == DONE, ran.text
    return {row["key"] for row in ran.data}


# ------------------------------------------------------------------------------------------------------ How it works


def test_roles_are_given_to_a_group_and_count_for_its_users(calls: Calls) -> None:
    calls.wants(TEAM)
    assert calls.groups()["Operators"] == ["calls"]
    assert keys(calls, "user --role reports") == {"ann", "cy"}
    calls.wants(TEAM.replace("roles: [calls]", "roles: [calls, reports]"))
    assert calls.behind("Permissions of", "Operators") == ["calls", "reports"]
    assert keys(calls, "user --role reports") == {"ann", "ben", "cy"}  # nothing was done to any of them
    assert calls.entries() == ["Change the User Group `Operators`"]


def test_administrators_have_all_and_operators_only_some(calls: Calls) -> None:
    calls.wants(TEAM)
    assert calls.behind("Permissions of", "Administrators") == sorted(ROLES)
    assert calls.behind("Permissions of", "Operators") == ["calls"]
    assert keys(calls, "user --role calls") == {"ann", "ben", "cy"}
    assert keys(calls, "user --role users") == {"ann", "cy"}


# ----------------------------------------------------------------------------------------------- Viewing user groups


def test_the_section_shows_all_groups_and_a_snapshot_holds_them(calls: Calls) -> None:
    calls.wants(TEAM)
    shown = calls.groups()
    assert shown == {"Administrators": ["calls", "reports", "users"], "Operators": ["calls"]}
    (calls.folder / "snapshots" / "calls.json").unlink()
    calls.types_off()
    held = calls.run("snapshot show --kind groups --format json").data
    assert {row["name"]: row["fields"]["roles"] for row in held} == shown
    assert keys(calls, "group") == {"admins", "operators"}


def test_the_persons_icon_shows_the_employees_of_a_group(calls: Calls) -> None:
    calls.wants(TEAM)
    assert calls.behind("People of", "Operators") == ["Ben Ray", "Cy Dee"]
    members = calls.run("show group operators").out
    assert "members (2):" in members and "ben (Ben Ray)" in members and "cy (Cy Dee)" in members
    assert keys(calls, "user --group admins") == {"ann", "cy"}


def test_the_question_mark_shows_the_permissions_of_a_group(calls: Calls) -> None:
    calls.wants(TEAM)
    assert calls.behind("Permissions of", "Administrators") == ["calls", "reports", "users"]
    assert "roles: calls, reports, users" in calls.run("show group admins").out
    calls.wants(TEAM.replace("reports, users]", "users]"))
    assert "The button with the question mark next to `Administrators` shows the permissions" in calls.runbook()
    assert calls.behind("Permissions of", "Administrators") == ["calls", "users"]


# ----------------------------------------------------------------------------------------------- Adding user groups


def test_a_group_is_added_with_its_name_and_its_roles(calls: Calls) -> None:
    calls.wants(TEAM)
    more = TEAM.replace("users:\n  ann", "  sales: {name: Sales, roles: [reports]}\nusers:\n  ann")
    calls.declare(more.replace("groups: [operators]", "groups: [operators, sales]"))
    calls.see()
    planned = calls.run("plan")
    assert (planned.code, "+ group/sales  Sales  [new; by hand]" in planned.out) == (CHANGES, True), planned.text
    assert calls.settle() == 2  # one to do it, one to see it
    runbook = calls.runbook()
    steps = [
        "Click **Add User Group** at the top right of the screen.", "Type `Sales` into **Group Name**.",
        "In the centre block select `reports`.", "Click **Submit** at the bottom of the screen.",
    ]  # fmt: skip
    assert [line[6:] for line in runbook.splitlines() if line[6:] in steps] == steps
    assert "When it is right: `Sales` is on the list." in runbook
    assert calls.groups()["Sales"] == ["reports"]
    assert calls.behind("People of", "Sales") == ["Ben Ray"]


def test_roles_are_those_of_the_installation_and_asked_of_the_vendor(calls: Calls) -> None:
    calls.see()
    calls.declare(TEAM.replace("users: {}}", "users: {}, recordings: {}}").replace("[calls]", "[calls, recordings]"))
    refused = calls.run("plan")
    assert refused.code == MISTAKE
    assert "CC505 role/recordings: the platform cannot create a role" in refused.out
    with pytest.raises(Rejected, match=r"do not show .*'recordings'; there are: calls, reports, users"):
        calls.person.perform(
            Create(kind="group", key="Sales", fields={"name": "Sales", "roles": ["calls", "recordings"]})
        )
    calls.wants(TEAM)
    assert "If a role is not in the centre block, the vendor's support can say why." in calls.runbook()


# ---------------------------------------------------------------------------------------------- Editing user groups


def test_name_and_roles_change_in_one_form_and_the_people_stay(calls: Calls) -> None:
    calls.wants(TEAM)
    calls.wants(TEAM.replace("{name: Operators, roles: [calls]}", "{name: Agents, roles: [reports]}"))
    assert calls.entries() == ["Change the User Group `Operators`"]
    runbook = calls.runbook()
    steps = [
        "Click the pencil icon next to `Operators`.", "Change **Group Name** from `Operators` to `Agents`.",
        "In the centre block select `reports`.", "In the centre block deselect `calls`.",
        "Click **Submit** at the bottom of the screen.",
    ]  # fmt: skip
    assert [line[6:] for line in runbook.splitlines() if line.startswith("- [ ] ")] == steps
    assert calls.groups() == {"Administrators": ["calls", "reports", "users"], "Agents": ["reports"]}
    assert calls.behind("People of", "Agents") == ["Ben Ray", "Cy Dee"]


# --------------------------------------------------------------------------------------------- Deleting user groups

WITHOUT = TEAM.replace("  operators: {name: Operators, roles: [calls]}\n", "").replace(
    "[admins, operators]", "[admins]"
)


def test_somebodys_only_group_is_not_deleted_before_they_have_moved(calls: Calls) -> None:
    calls.wants(TEAM)
    with pytest.raises(Rejected, match="everybody keeps at least one group: Ben Ray"):
        calls.trash("Operators")
    calls.declare(WITHOUT.replace("  ben: {name: Ben Ray, groups: [operators]}\n", ""))
    refused = calls.run("plan")
    assert refused.code == MISTAKE
    assert "CC504 group/operators cannot go: user/ben still has it under groups" in refused.out
    calls.declare(WITHOUT.replace("[operators]", "[]"))
    assert "CC403 user/ben: everybody keeps at least one group" in calls.run("plan").text
    assert set(calls.groups()) == {"Administrators", "Operators"}

    calls.wants(WITHOUT.replace("[operators]", "[admins]"))
    *moved, last = calls.entries()
    assert sorted(moved) == ["Change the Employee `Ben Ray`", "Change the Employee `Cy Dee`"]
    assert last == "Delete the User Group `Operators`"
    assert "> The system refuses it while this is the only group of some employee." in calls.runbook()
    assert calls.behind("People of", "Administrators") == ["Ann Lee", "Ben Ray", "Cy Dee"]


def test_a_group_is_deleted_and_the_system_says_so(calls: Calls) -> None:
    calls.wants(TEAM.replace("ben: {name: Ben Ray, groups: [operators]}", "ben: {name: Ben Ray, groups: [admins]}"))
    calls.declare(WITHOUT.replace("[operators]", "[admins]"))
    calls.see()
    applied = calls.run("apply --yes")
    assert applied.code == WAITING, applied.text
    assert "- [ ] Click the trash can icon next to `Operators`." in calls.runbook()
    assert "When it is right: The message **Group deleted successfully.** appears." in calls.runbook()
    for row in calls.asked()[:-1]:
        calls.clerk.perform(row.change)
    assert calls.trash("Operators") == "Group deleted successfully."
    assert calls.run("confirm --all").code == DONE
    calls.see()
    assert "Nothing to do." in calls.run("plan").out
    assert list(calls.groups()) == ["Administrators"]
