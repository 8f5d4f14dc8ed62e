"""The embedded platform by its stories: what a supervisor and an auditor would meet."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from ccconf.errors import Rejected
from ccconf.model.change import KEY, Create, Delete, FieldChange, Restore, Update
from ccconf.model.group import Group
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.model.user import User
from ccconf.platform.contract import Operation, Route
from ccconf.platforms.local import platform
from ccconf.platforms.local.embedded import LocalPlatform, connect, touch
from tests.platforms.centre import PICTURE, Centre, opened, words

use_centre = pytest.fixture(name="centre")(opened)


# Objects


def test_ids_are_never_given_out_twice(centre: Centre) -> None:
    first = centre.create("group/sales")
    centre.delete("group/sales")
    again = centre.create("group/sales")
    assert first.native_id != again.native_id


def test_a_new_user_is_active_and_human_unless_it_says_otherwise(centre: Centre) -> None:
    ann = centre.create("user/ann", name="Ann").resource
    bot = centre.create("user/bot", name="Bot", type="bot", status=None).resource
    assert ann == User(name="Ann", type="human", status="active")
    assert bot == User(name="Bot", type="bot")


def test_an_empty_field_is_like_one_that_was_never_set(centre: Centre) -> None:
    centre.create("group/sales", roles=[], rights={}, description=None)
    edge: dict[str, Any] = {"sales": {"role": None, "permissions": {}}}
    centre.create("user/ann", name="Ann", groups=edge, skills={})
    assert centre.get("group/sales").resource == Group()
    assert centre.sql("SELECT resource FROM objects WHERE key = 'ann'") == [
        ('{"name":"Ann","type":"human","status":"active","groups":{"sales":{}}}',)
    ]


def test_what_the_platform_cannot_take_is_refused_in_words(centre: Centre) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "user/ann needs a name"),
        ({"name": "Ann", "nmae": "Ann"}, "user/ann cannot hold the field nmae"),
        ({"name": 7}, "user/ann: Expected `str | null`, got `int` - at `$.name`"),
        ({"name": "Ann", "groups": {"x": {}, "y": {}}}, "user/ann names what does not exist: group x, group y"),
    ]
    for fields, message in cases:
        with pytest.raises(Rejected) as caught:
            centre.create("user/ann", **fields)
        assert words(caught.value) == ("CC702", message)
    with pytest.raises(Rejected, match="group/sales cannot hold the field members"):
        centre.create("group/sales", members={"ann": {}})
    assert centre.keys("user") == centre.keys("group") == []


def test_an_address_belongs_to_one_person(centre: Centre) -> None:
    centre.create("user/ann", name="Ann", email="Ann@example.org")
    centre.create("user/bea", name="Bea", email="bea@example.org")
    with pytest.raises(Rejected, match=r"the email aNN@example\.org belongs to user/ann"):
        centre.update("user/bea", email="aNN@example.org")
    centre.update("user/ann", email=None)
    centre.update("user/bea", email="aNN@example.org")


def test_a_rename_carries_references_and_changes_no_revision(centre: Centre) -> None:
    centre.create("group/sales")
    for key in ("ann", "bea"):
        centre.create(f"user/{key}", name=key, groups={"sales": {"role": "manager"}})
    gone = centre.delete("user/bea")
    before = centre.get("user/ann")
    renamed = centre.update("group/sales", **{KEY: "retail", "name": "Retail"})
    after = centre.get("user/ann")
    assert renamed.ref == Ref("group", "retail")
    assert renamed.resource == Group(name="Retail")
    assert isinstance(after.resource, User)
    assert list(after.resource.groups or ()) == ["retail"]
    assert after.revision == before.revision
    assert centre.restore(gone).resource == after.resource.__class__(
        name="bea", type="human", status="active", groups=after.resource.groups
    )


def test_a_taken_name_is_refused(centre: Centre) -> None:
    centre.create("group/sales")
    centre.create("group/billing")
    with pytest.raises(Rejected, match="the group sales exists already"):
        centre.update("group/billing", **{KEY: "sales"})


def test_what_is_in_use_stays(centre: Centre) -> None:
    centre.create("schedule/day")
    for number in range(5):
        centre.create(f"user/{number}", name="Somebody", schedule="day")
    with pytest.raises(Rejected, match="schedule/day is still used by user/0, user/1, user/2 and 2 more"):
        centre.delete("schedule/day")
    for number in range(5):
        centre.update(f"user/{number}", schedule=None)
    centre.delete("schedule/day")
    assert centre.keys("schedule") == []


def test_a_leaver_comes_back_under_the_same_id(centre: Centre) -> None:
    centre.create("group/sales")
    ann = centre.create("user/ann", name="Ann", email="ann@example.org", groups={"sales": {}}, avatar=PICTURE)
    centre.delete("user/ann")
    (page,) = centre.live.departed("user")
    assert centre.keys("user") == []
    assert centre.live.lookup(ann.ref) is centre.live.current("user", ann.native_id) is None
    assert [(item.native_id, item.resource) for item in page.items] == [(ann.native_id, ann.resource)]
    back = centre.restore(page.items[0], position="Lead", **{KEY: "ann.b"})
    assert (back.ref.key, back.native_id) == ("ann.b", ann.native_id)
    assert back.resource == User(
        name="Ann",
        email="ann@example.org",
        position="Lead",
        type="human",
        status="active",
        groups=ann.resource.groups if isinstance(ann.resource, User) else None,
        avatar=PICTURE,
    )


def test_a_leaver_whose_place_is_taken_cannot_come_back(centre: Centre) -> None:
    ann = centre.create("user/ann", name="Ann", extension="101")
    centre.delete("user/ann")
    centre.create("user/bea", name="Bea", extension="101")
    with pytest.raises(Rejected, match="the extension 101 belongs to user/bea"):
        centre.restore(ann)
    centre.create("user/ann", name="Another Ann")
    with pytest.raises(Rejected, match="the user ann exists already"):
        centre.restore(ann, extension="102")


def test_a_leaver_forgets_what_was_deleted_meanwhile(centre: Centre) -> None:
    for name in ("group/sales", "group/billing", "schedule/day", "role/agent"):
        centre.create(name)
    edges: dict[str, Any] = {"billing": {}, "sales": {}}
    ann = centre.create("user/ann", name="Ann", groups=edges, schedule="day", roles=["agent"])
    centre.delete("user/ann")
    for name in ("group/sales", "schedule/day", "role/agent"):
        centre.delete(name)
    back = centre.restore(ann).resource
    assert isinstance(back, User)
    assert list(back.groups or ()) == ["billing"]
    assert not back.schedule
    assert not back.roles


def test_only_users_come_back(centre: Centre) -> None:
    routes = {kind: centre.live.support(kind, Operation.RESTORE).route for kind in KINDS}
    assert routes == {**dict.fromkeys(KINDS, Route.NO), "user": Route.API}
    sales = centre.create("group/sales")
    centre.delete("group/sales")
    with pytest.raises(Rejected, match=f"group {sales.native_id} \\(sales\\) is not a deleted one"):
        centre.restore(sales)


def test_an_id_of_another_kind_is_nobodys(centre: Centre) -> None:
    sales = centre.create("group/sales")
    assert centre.live.current("user", sales.native_id) is None
    assert centre.live.current("group", "not-a-number") is None


def test_pictures_are_read_once_and_kept(centre: Centre) -> None:
    centre.create("user/ann", name="Ann", avatar=PICTURE)
    centre.live.close()
    centre.live = centre.connect(read_file={}.__getitem__)
    centre.create("user/bea", name="Bea", avatar=PICTURE)
    assert centre.live.file(PICTURE) == b"a picture"
    assert centre.live.file("sha256:00") is None


def test_threads_share_a_connection(centre: Centre) -> None:
    keys = [f"{number:02}" for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: centre.create(f"skill/{key}"), keys))
        seen = list(pool.map(centre.keys, ["skill"] * 8))
    assert seen == [keys] * 8


# Who did what


def test_the_trail_tells_who_changed_what(centre: Centre) -> None:
    centre.create("user/ann", name="Ann")
    touch(centre.connection(), Ref("user", "ann"), {"position": "Lead", "status": "inactive"})
    centre.update("user/ann", **{KEY: "ann.b"})
    gone = centre.delete("user/ann.b")
    centre.restore(gone)
    told = [(line.actor, line.action, str(line.ref), line.fields) for line in centre.live.trail()]
    assert told == [
        ("ci", "create", "user/ann", ("name", "status", "type")),
        ("console", "update", "user/ann", ("position", "status")),
        ("ci", "update", "user/ann.b", ("key",)),
        ("ci", "delete", "user/ann.b", ("name", "position", "status", "type")),
        ("ci", "restore", "user/ann.b", ()),
    ]
    assert next(centre.live.trail()).at == "2026-03-01T12:00:00.000Z"
    ((changed,),) = centre.sql("SELECT changed FROM trail WHERE actor = 'console'")
    assert json.loads(changed)["status"] == {"before": "active", "after": "inactive"}


def test_the_trail_follows_a_person_through_names(centre: Centre) -> None:
    centre.create("user/ann", name="Ann")
    centre.create("group/ann")
    centre.update("user/ann", **{KEY: "ann.b"})
    of_ann = [str(line.ref) for line in centre.live.trail("user", "ann.b")]
    assert of_ann == [str(line.ref) for line in centre.live.trail("user", "ann")] == ["user/ann", "user/ann.b"]
    assert [str(line.ref) for line in centre.live.trail(kind="group")] == ["group/ann"]


def test_a_refused_change_leaves_no_trail(centre: Centre) -> None:
    with pytest.raises(Rejected):
        centre.create("user/ann", name="Ann", groups={"sales": {}})
    assert list(centre.live.trail()) == []


def test_nobody_can_be_touched_who_is_not_there(centre: Centre) -> None:
    with pytest.raises(Rejected, match="user/ann does not exist"):
        touch(centre.connection(), Ref("user", "ann"), {"name": "Ann"})


def test_the_clock_is_real_unless_replaced(centre: Centre) -> None:
    before = datetime.now(UTC).isoformat(timespec="milliseconds")
    centre.live.close()
    centre.live = LocalPlatform(centre.connection())
    centre.create("group/sales")
    assert next(centre.live.trail()).at.replace("Z", "+00:00") >= before


# What it says of itself


def test_calls_are_told_in_words(centre: Centre) -> None:
    local = connect(centre.connection())
    edit = (FieldChange(field="name", after="Ann"), FieldChange(field=KEY, after="ann.b"))
    told = [
        local.calls(change)
        for change in (
            Create(kind="user", key="ann", fields={"name": "Ann", "email": "ann@example.org"}),
            Create(kind="group", key="sales", fields={}),
            Update(kind="user", key="ann.b", native_id="17", revision="1", changes=edit),
            Delete(kind="user", key="ann.b", native_id="17", revision="2", fields={"name": "Ann"}),
            Restore(kind="user", key="ann.b", native_id="17", revision="3", changes=()),
        )
    ]
    assert told == [
        ("create user/ann: email, name",),
        ("create group/sales",),
        ("update user/ann.b (id 17): key, name",),
        ("delete user/ann.b (id 17)",),
        ("restore user/ann.b (id 17)",),
    ]


def test_every_row_of_the_table_has_a_reason() -> None:
    rows = {(row.kind, row.operation): row for row in platform.facts.support}
    assert len(rows) == len(KINDS) * len(Operation)
    assert all(row.reason for row in rows.values())
    assert platform.facts.catalogue.open
