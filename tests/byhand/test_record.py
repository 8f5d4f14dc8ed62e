"""A snapshot with what people did since: what is believed, until when, and what a newer look does to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from ccconf.errors import Rejected
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import as_data, from_data
from ccconf.model.refs import Ref
from ccconf.platform.byhand import ByHand
from ccconf.platform.contract import Observed, Page
from ccconf.platform.discovery import find
from ccconf.platform.facts import Operation, Route, Support
from ccconf.platform.record import Confirmed, Entry, Known, Record, Snapshot

LOOKED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = LOOKED + timedelta(hours=3)
NAMES = {"user": "name", "group": "name", "role": "name"}

GROUPS: dict[str, dict[str, Any]] = {"Billing": {"name": "Billing", "roles": ["reports"]}, "Sales": {"name": "Sales"}}
PEOPLE: dict[str, dict[str, Any]] = {
    "Ann Lee": {"name": "Ann Lee", "groups": {"Billing": {}, "Sales": {}}},
    "Bo Ray": {"name": "Bo Ray", "groups": {"Sales": {"role": "lead"}}},
}


def known(kind: str, objects: dict[str, dict[str, Any]], taken: datetime = LOOKED) -> Known:
    return Known(taken, f"{kind}s.csv", {key: Entry(from_data(kind, data)) for key, data in objects.items()})


def seen(taken: datetime = LOOKED) -> Snapshot:
    return Snapshot({"group": known("group", GROUPS, taken), "user": known("user", PEOPLE, taken)})


def done(change: Change, at: datetime = LATER) -> Confirmed:
    return Confirmed("step", "plan", change, "Carla", at)


def record(*changes: Change, at: datetime = LATER) -> Record:
    return Record(seen(), [done(change, at) for change in changes], NAMES)


def update(kind: str, key: str, **fields: Any) -> Update:
    rows = tuple(FieldChange(field=name, after=value) for name, value in fields.items())
    return Update(kind=kind, key=key, native_id=key, revision="", changes=rows)


def fields(held: Record, kind: str, key: str) -> dict[str, Any] | None:
    found = held.lookup(Ref(kind, key))
    return as_data(found.resource) if found else None


def test_what_was_done_since_is_believed() -> None:
    held = record(
        Create(kind="group", key="Night", fields={"name": "Night"}),
        update("user", "Bo Ray", groups={"Night": {}}),
        Delete(kind="group", key="Sales", native_id="Sales", revision="", fields={}),
    )
    assert [item.ref.key for item in held.observed("group")] == ["Billing", "Night"]
    assert fields(held, "user", "Bo Ray") == {"name": "Bo Ray", "groups": {"Night": {}}}
    assert fields(held, "user", "Ann Lee") == {
        "name": "Ann Lee",
        "groups": {"Billing": {}},
    }  # nobody is in what is gone


def test_a_newer_look_ends_belief() -> None:
    change = Create(kind="group", key="Night", fields={"name": "Night"})
    held = Record(seen(LATER), [done(change, at=LOOKED)], NAMES)
    assert fields(held, "group", "Night") is None
    assert [row.change for row in held.superseded] == [change] and held.laid_over == []


def test_a_new_name_goes_to_all_who_refer_to_it() -> None:
    held = record(update("group", "Sales", name="Outbound"))
    assert fields(held, "group", "Sales") is None
    assert fields(held, "group", "Outbound") == {"name": "Outbound"}
    assert fields(held, "user", "Bo Ray") == {"name": "Bo Ray", "groups": {"Outbound": {"role": "lead"}}}


def test_a_rename_without_a_naming_field_is_a_change_of_the_key() -> None:
    rows = (FieldChange(field=KEY, before="Sales", after="Outbound"),)
    change = Update(kind="group", key="Outbound", native_id="Sales", revision="", changes=rows)
    held = Record(seen(), [done(change)])
    assert [item.ref.key for item in held.observed("group")] == ["Billing", "Outbound"]


def test_whoever_was_deleted_can_be_found_and_restored() -> None:
    gone = Delete(kind="user", key="Bo Ray", native_id="Bo Ray", revision="", fields={})
    held = record(gone)
    assert [item.ref.key for item in held.departed("user")] == ["Bo Ray"]
    rows = (FieldChange(field="groups", after={"Billing": {}}),)
    held = record(gone, Restore(kind="user", key="Bo Ray", native_id="Bo Ray", revision="", changes=rows))
    assert held.departed("user") == []
    assert fields(held, "user", "Bo Ray") == {"name": "Bo Ray", "groups": {"Billing": {}}}


def test_the_platforms_own_id_is_used_where_a_screen_shows_it() -> None:
    objects = {"Sales": Entry(from_data("group", GROUPS["Sales"]), "g-17")}
    held = Record(Snapshot({"group": Known(LOOKED, "groups.csv", objects)}))
    assert held.observed("group")[0].native_id == "g-17"
    assert held.current("group", "g-17") == held.lookup(Ref("group", "Sales"))
    assert held.current("group", "Sales") is None


def test_another_content_is_another_revision() -> None:
    before, after = record(), record(update("user", "Bo Ray", email="bo@example.org"))
    there = [held.lookup(Ref("user", "Bo Ray")) for held in (before, after)]
    assert there[0] and there[1] and there[0].revision != there[1].revision
    assert record().lookup(Ref("user", "Bo Ray")) == there[0]


class Half:
    """An API that shows people by name and status and nothing else of them, and can change nothing."""

    def __init__(self, *people: str) -> None:
        self.people = people

    def support(self, kind: str, operation: Operation) -> Support:
        route = Route.API if kind == "user" and operation is Operation.READ else Route.MANUAL
        return Support(kind=kind, operation=operation, route=route, reason="a test")

    def observe(self, kind: str) -> Any:
        items = tuple(map(self._item, self.people))
        yield Page(items, len(items))

    def lookup(self, ref: Ref) -> Observed | None:
        return self._item(ref.key) if ref.key in self.people else None

    def objections(self, changes: Any) -> Any:
        return iter(())

    def _item(self, name: str) -> Observed:
        user = from_data("user", {"name": name, "groups": {"Sales": {}}})
        return Observed(Ref("user", name), user, f"id {name}", "1")


def half(held: Record, *people: str) -> ByHand:
    facts = find("iptel", None).facts
    unseen = {"user": ("email", "groups.*")}
    api: Any = Half(*people)
    return ByHand(msgspec.structs.replace(facts, unseen=unseen), held, api)


def test_what_an_api_does_not_show_comes_from_the_snapshot() -> None:
    platform = half(record(update("user", "Bo Ray", email="bo@example.org")), "Bo Ray", "Cy Poe")
    people = {item.ref.key: as_data(item.resource) for page in platform.observe("user") for item in page.items}
    assert people == {
        "Bo Ray": {"name": "Bo Ray", "email": "bo@example.org", "groups": {"Sales": {"role": "lead"}}},
        "Cy Poe": {"name": "Cy Poe", "groups": {"Sales": {}}},  # the API shows somebody whom nobody has looked at
    }


def test_a_confirmed_step_keeps_what_the_snapshot_says_besides() -> None:
    """The API knows an id that stands on no screen, so the snapshot has the person by name alone."""
    held = record()
    rows = (FieldChange(field="position", after="Lead"),)
    change = Update(kind="user", key="Bo Ray", native_id="id Bo Ray", revision="", changes=rows)
    held = Record(seen(), [done(change)], NAMES)
    assert fields(held, "user", "Bo Ray") == {
        "name": "Bo Ray", "position": "Lead", "groups": {"Sales": {"role": "lead"}},
    }  # fmt: skip


def test_a_person_s_work_is_never_done_by_the_machine() -> None:
    platform = half(record(), "Bo Ray")
    with pytest.raises(Rejected, match="only a person can do this on IPTEL call centre"):
        platform.perform(update("user", "Bo Ray", email="bo@example.org"))
    assert platform.calls(update("user", "Bo Ray", email="bo@example.org")) == ()


def test_a_plan_says_what_was_confirmed_and_not_seen() -> None:
    believed = update("user", "Bo Ray", email="bo@example.org")
    (found,) = half(record(believed), "Bo Ray").objections([])
    assert (found.code, found.subject) == ("CC711", "user/Bo Ray")
    assert found.message == "Bo Ray: done by hand, as Carla says of 2026-11-20; no snapshot has shown it yet"


def test_a_plan_that_asks_again_names_who_confirmed_it() -> None:
    asked = Create(kind="group", key="Night", fields={"name": "Night"})
    held = Record(seen(LATER), [done(asked, at=LOOKED)], NAMES)
    (found,) = ByHand(find("iptel", None).facts, held).objections([asked])
    assert (found.code, found.subject) == ("CC712", "group/Night")
    assert list(ByHand(find("iptel", None).facts, held).objections([])) == []  # it was seen: nobody needs to hear of it


def test_an_api_that_shows_a_field_is_believed_more_than_a_person() -> None:
    renamed = update("user", "Bo Ray", name="Beau Ray")
    platform = half(record(renamed), "Bo Ray")
    assert [found.code for found in platform.objections([renamed])] == ["CC712"]
    assert list(platform.objections([])) == []
