"""The vendor's page, sentence by sentence, on the emulated screens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from urllib3.exceptions import ProtocolError

from ccconf.emulation import faults_from
from ccconf.errors import Rejected
from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.model.change import Change, Create, Delete, FieldChange, Update
from ccconf.model.kinds import as_data
from ccconf.platforms.iptel.emulator import Emulator, Options
from tests.screens.page import Node, read, table
from tests.screens.person import Person

PACKAGE = "ccconf.platforms.iptel"


@pytest.fixture
def person() -> Iterator[Person]:
    with Emulator(Options(roles=("dialler", "reports"))) as emulator, emulator.serving() as server:
        yield at(server.url)


def at(url: str) -> Person:
    return Person(url, facts_of(PACKAGE), guide_of(PACKAGE))


def create(kind: str, name: str, **fields: Any) -> Change:
    return Create(kind=kind, key=name, fields={"name": name, **fields})


def update(kind: str, name: str, **fields: Any) -> Change:
    changes = tuple(FieldChange(field=field, after=value) for field, value in fields.items())
    return Update(kind=kind, key=name, native_id=name, revision="", changes=changes)


def delete(kind: str, name: str) -> Change:
    return Delete(kind=kind, key=name, native_id=name, revision="", fields={})


def behind(person: Person, icon: str, group: str) -> Node:
    row = next(row for row in table(person._list("group")) if row.name == group)
    return person._follow(row.node, f"{icon} {group}")


def lines(page: Node) -> list[str]:
    return [node.text for node in page.one("main", where=lambda node: True, what="main").all("h2", "li")]


def test_the_section_lists_all_groups_and_the_icons_tell_who_is_in_one_and_what_they_may_do(person: Person) -> None:
    person.perform(create("group", "Billing", roles=["dialler", "reports"]))
    person.perform(create("group", "Sales", roles=["dialler"]))
    person.perform(create("user", "Ann", groups={"Billing": {}, "Sales": {}}))
    page = person._list("group")
    assert [node.text for node in page.all("h1")] == ["Groups and Rights"]
    assert [(row.name, row.cells["Roles"]) for row in table(page)] == [
        ("Billing", "dialler, reports"),
        ("Sales", "dialler"),
    ]
    assert lines(behind(person, "People of", "Sales")) == ["Ann"]
    assert lines(behind(person, "Permissions of", "Billing")) == ["dialler", "reports"]


def test_a_group_is_edited_in_one_form(person: Person) -> None:
    person.perform(create("group", "Billing", roles=["dialler"]))
    person.perform(update("group", "Billing", key="Invoices", roles=["reports"]))
    groups = person.look(["group"]).kinds["group"].objects
    assert {name: as_data(entry.resource) for name, entry in groups.items()} == {
        "Invoices": {"name": "Invoices", "roles": ["reports"]}
    }


def test_a_group_goes_with_the_vendor_s_own_words(person: Person) -> None:
    person.perform(create("group", "Billing"))
    filled = behind(person, "Delete", "Billing").all("form")[0].attributes["action"]
    page = read(requests.post(person.url + filled, timeout=10).text)
    said = page.one("p", where=lambda node: node.attributes.get("role") == "status", what="a message")
    assert said.text == "Group deleted successfully."
    assert not table(page)


def test_a_group_that_is_somebody_s_only_one_stays(person: Person) -> None:
    for group in ("Billing", "Sales"):
        person.perform(create("group", group))
    person.perform(create("user", "Ann", groups={"Billing": {}, "Sales": {}}))
    person.perform(create("user", "Ben", groups={"Billing": {}}))
    with pytest.raises(Rejected, match="everybody keeps at least one group: Ben"):
        person.perform(delete("group", "Billing"))
    person.perform(update("user", "Ben", groups={"Sales": {}}))
    person.perform(delete("group", "Billing"))
    users = person.look(["user"]).kinds["user"].objects
    assert {name: as_data(entry.resource)["groups"] for name, entry in users.items()} == {
        "Ann": {"Sales": {}},
        "Ben": {"Sales": {}},
    }
    with pytest.raises(Rejected, match="everybody keeps at least one group: Ann, Ben"):
        person.perform(delete("group", "Sales"))


def test_nobody_is_without_a_group(person: Person) -> None:
    with pytest.raises(Rejected, match="everybody keeps at least one group"):
        person.perform(create("user", "Ann"))


def test_roles_are_the_installation_s_and_can_only_be_chosen(person: Person) -> None:
    assert sorted(person.look(["role"]).kinds["role"].objects) == ["dialler", "reports"]
    with pytest.raises(Rejected, match="do not show"):
        person.perform(create("role", "supervisor"))
    with pytest.raises(Rejected, match="do not show"):
        person.perform(create("group", "Billing", roles=["supervisor"]))
    assert requests.get(f"{person.url}/roles", timeout=10).status_code == 404


def test_what_is_guessed_says_so_and_every_page_says_what_it_is(person: Person) -> None:
    groups, employees = person._list("group"), person._list("user")
    assert [node.text for node in employees.all("h1")] == ["Employees"]
    assert "unverified" in employees.text
    assert "unverified" not in groups.text
    assert all("It is not IPTEL" in page.text for page in (groups, employees, person._get("/")))


def test_no_employee_comes_back_since_nothing_is_known_of_it(person: Person) -> None:
    person.perform(create("group", "Billing"))
    person.perform(create("user", "Ann", groups={"Billing": {}}))
    person.perform(delete("user", "Ann"))
    assert not any("Deleted" in node.name for node in person._list("user").all("a"))
    assert requests.get(f"{person.url}/users/departed", timeout=10).status_code == 404


def test_people_are_made_up_once_and_a_file_keeps_them(tmp_path: Path) -> None:
    options = Options(users=10, database=tmp_path / "iptel.db")
    with Emulator(options) as emulator, emulator.serving() as server:
        person = at(server.url)
        seen = person.look(["group", "user"]).kinds
        assert (len(seen["group"].objects), len(seen["user"].objects)) == (2, 10)
        person.perform(delete("user", "Employee 001"))
    with Emulator(options) as emulator, emulator.serving() as server:
        seen = at(server.url).look(["group", "user", "role"]).kinds
        assert (len(seen["user"].objects), len(seen["role"].objects)) == (9, 5)


def test_what_goes_wrong_on_purpose_goes_wrong() -> None:
    with Emulator() as emulator, emulator.serving() as server:
        emulator.faults.add(*faults_from("lost:at=1:method=POST"))
        with pytest.raises(ProtocolError, match="closed connection"):
            at(server.url).perform(create("group", "Billing"))
        assert list(at(server.url).look(["group"]).kinds["group"].objects) == ["Billing"]
