"""What a plan may not do, told before its first step, and the exit code that says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.conformance.laws import Short, Through
from ccconf.platform.contract import Page
from ccconf.reconcile.policy import allowed
from tests.cli.desk import Desk, through


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def _people(count: int) -> dict[str, Any]:
    return {f"p{number:03}": {"name": f"Person {number}"} for number in range(count)}


def _refused(desk: Desk, *codes: str) -> None:
    """The plan is refused, apply does nothing, and a saved plan of it does nothing either."""
    before = {kind: desk.live(kind) for kind in ("user", "group", "role")}
    assert desk.codes() == (3, list(codes))
    refused = desk.run("apply", "--yes")
    assert refused.code == 3 and "This plan is refused" in refused.out
    told = desk.run("apply", "--yes", "--format", "json")
    assert (told.code, [found["code"] for found in told.data["findings"] if found["severity"] == "error"]) == (
        3,
        list(codes),
    )
    plan = desk.plan()
    assert plan.refused
    assert desk.run("apply", "--yes", str(desk.folder / "plan.json")).code == 3
    assert {kind: desk.live(kind) for kind in before} == before


@pytest.mark.parametrize(
    ("limit", "floor", "live", "most"),
    [
        ("25%", 3, 100, 25),
        ("25%", 3, 99, 24),
        ("25%", 3, 11, 3),
        ("25%", 0, 3, 0),
        ("10%", 3, 0, 3),
        ("0%", 3, 100, 0),
        ("100%", 3, 7, 7),
        ("1%", 0, 99, 0),
        (0, 3, 100, 0),
        (1, 3, 100, 1),
        (40, 3, 100, 40),
    ],
)
def test_how_many_a_limit_allows(limit: str | int, floor: int, live: int, most: int) -> None:
    assert allowed(limit, live, floor) == most


@pytest.mark.parametrize(("guard", "most"), [({}, 3), ({"users": "50%"}, 5), ({"users": 4}, 4), ({"floor": 2}, 2)])
def test_exactly_so_many_may_leave(desk: Desk, guard: dict[str, Any], most: int) -> None:
    desk.project(guards={"deletes": guard})
    desk.declare(users=_people(10)).apply()
    desk.declare(users=dict(list(_people(10).items())[most + 1 :]))
    _refused(desk, "CC601")
    desk.declare(users=dict(list(_people(10).items())[most:])).apply()
    assert sum(live.resource.status == "inactive" for live in desk.live().values()) == most  # type: ignore[attr-defined]


@pytest.mark.parametrize("limit", ["0%", 0])
def test_nobody_means_nobody(desk: Desk, limit: str | int) -> None:
    desk.project(guards={"deletes": {"users": limit}})
    desk.declare(users=_people(10)).apply()
    desk.declare(users=_people(9))
    _refused(desk, "CC601")


def test_everybody_may_leave_where_that_is_said(desk: Desk) -> None:
    desk.project(guards={"deletes": {"users": "100%"}})
    desk.declare(users=_people(10)).apply()
    desk.declare(users={}, groups={"empty": {}}).apply()


def test_whoever_left_long_ago_does_not_widen_the_door(desk: Desk) -> None:
    desk.project(guards={"deletes": {"users": "100%"}})
    desk.declare(users=_people(30)).apply()
    desk.declare(users=_people(10)).apply()
    desk.project(guards={"deletes": {"users": "40%"}})
    desk.declare(users=_people(5))  # 5 of 10, not 5 of 30
    _refused(desk, "CC601")
    desk.declare(users=_people(6)).apply()


def test_groups_are_counted_for_themselves(desk: Desk) -> None:
    groups: dict[str, Any] = {f"g{number}": {} for number in range(8)}
    desk.declare(groups=groups, users=_people(40)).apply()
    desk.declare(groups=dict(list(groups.items())[4:]), users=_people(40))
    _refused(desk, "CC601")


def test_a_leaver_with_work_to_do_counts_although_inactive(desk: Desk) -> None:
    desk.declare(users=_people(10)).apply()
    desk.declare(users=_people(4))
    _refused(desk, "CC601")
    assert desk.codes("--only", "user/p004") == (2, [])


@pytest.mark.parametrize(("limit", "floor", "most"), [("20%", 0, 2), ("20%", 3, 3), (1, 3, 1), ("0%", 3, 0)])
def test_exactly_so_many_may_change(desk: Desk, limit: str | int, floor: int, most: int) -> None:
    desk.project(guards={"updates": {"users": limit, "floor": floor}})
    desk.declare(users=_people(10)).apply()

    def changed(count: int) -> dict[str, Any]:
        people = _people(10)
        return {**people, **{key: {**people[key], "position": "New"} for key in list(people)[:count]}}

    desk.declare(users=changed(most + 1))
    _refused(desk, "CC602")
    desk.declare(users=changed(most)).apply()


def test_leavers_and_newcomers_are_no_changes(desk: Desk) -> None:
    desk.project(guards={"updates": {"users": 0}})
    desk.declare(users=_people(10)).apply()
    desk.declare(users={**_people(9), "new": {"name": "New"}}).apply()


OWNER = {"name": "Owner", "roles": ["admin"]}
ADMIN = {"admin": {"permissions": {"users": "admin"}}}


@pytest.mark.parametrize("pattern", ["user/owner", "user/o*", "owner", "*/owner", "ow??r"])
def test_protection_is_by_name_or_pattern(desk: Desk, pattern: str) -> None:
    desk.project(guards={"protect": [pattern]})
    desk.declare(users={"owner": OWNER, "other": {"name": "Other"}}, roles=ADMIN).apply()
    desk.declare(users={"other": {"name": "Other"}}, roles=ADMIN)
    assert desk.codes() == (3, ["CC603"])


@pytest.mark.parametrize(
    "users",
    [
        {},
        {"owner": {**OWNER, "status": "inactive"}},
        {"owner": {**OWNER, "status": None}},
        {"boss": {**OWNER, "formerly": "owner"}},
    ],
    ids=["vanished", "deactivated", "status cleared", "renamed"],
)
def test_a_protected_person_stays(desk: Desk, users: dict[str, Any]) -> None:
    desk.project(guards={"protect": ["user/owner"]})
    desk.declare(users={"owner": OWNER}, roles=ADMIN).apply()
    desk.declare(users=users, roles=ADMIN)
    _refused(desk, "CC603")


def test_nobody_is_renamed_into_a_protected_name(desk: Desk) -> None:
    desk.declare(users={"ann": {"name": "Ann"}}).apply()
    desk.project(guards={"protect": ["user/owner"]})
    desk.declare(users={"owner": {"name": "Ann", "formerly": "ann"}})
    _refused(desk, "CC603")


def test_a_protected_role_is_not_deleted_but_may_change(desk: Desk) -> None:
    desk.project(guards={"protect": ["role/admin"]})
    desk.declare(roles={**ADMIN, "agent": {}}).apply()
    desk.declare(roles={"agent": {}})
    _refused(desk, "CC603")
    desk.declare(roles={"admin": {"permissions": {"users": "read"}}, "agent": {}}).apply()


def test_protection_that_could_fit_nothing_is_a_mistake(desk: Desk) -> None:
    desk.declare(users={"owner": OWNER}, roles=ADMIN)
    desk.project(guards={"protect": ["user/owner", "users/owner"]})
    ran = desk.run("plan")
    assert ran.code == 1
    assert "ccconf.yaml:" in ran.err and "CC202 users/owner can fit nothing" in ran.err
    desk.project(identity="user/owner")
    ran = desk.run("plan")
    assert ran.code == 1 and "write owner" in ran.err


@pytest.mark.parametrize(
    ("users", "what"),
    [
        ({}, "deactivate"),
        ({"bot": {"name": "Bot", "status": "inactive"}}, "deactivate"),
        ({"robot": {"name": "Bot", "formerly": "bot"}}, "rename"),
        ({"bot": {"name": "Bot", "roles": []}}, "change roles of"),
        ({"bot": {"name": "Bot", "groups": []}}, "change groups of"),
    ],
)
def test_ccconf_does_not_saw_off_its_own_branch(desk: Desk, users: dict[str, Any], what: str) -> None:
    desk.declare(users={"bot": {"name": "Bot", "roles": ["admin"], "groups": ["it"]}}, roles=ADMIN, groups={"it": {}})
    desk.apply()
    desk.project(identity="bot")
    desk.declare(users=users, roles=ADMIN, groups={"it": {}})
    _refused(desk, "CC606")
    assert f"ccconf acts as user/bot; the plan would {what} it" in desk.run("plan").out


def test_its_own_name_may_be_corrected(desk: Desk) -> None:
    desk.project(identity="bot")
    desk.declare(users={"bot": {"name": "Bto"}}).apply()
    desk.declare(users={"bot": {"name": "Bot"}}).apply()


def test_an_address_that_a_stranger_has(desk: Desk) -> None:
    desk.declare(users={"x": {"name": "X"}}).apply()
    desk.console_creates("user/stranger", name="Stranger", email="ONE@example.org", extension="7")
    desk.declare(users={"x": {"name": "X", "email": "one@example.org"}})
    assert desk.codes() == (1, ["CC502"])
    desk.declare(users={"x": {"name": "X"}, "new": {"name": "New", "extension": "7"}})
    assert desk.codes() == (1, ["CC502"])
    assert "user/stranger has it" in desk.run("plan").out
    assert desk.run("apply", "--yes").code == 1
    assert sorted(desk.ids()) == ["stranger", "x"]


def test_an_address_that_stays_with_whoever_moves_away(desk: Desk) -> None:
    """Ann takes over desk 1, and with it an address that Bo, who moves to desk 2, was never told to give up."""
    desk.declare(users={"desk1": {"name": "Bo", "email": "one@example.org"}, "ann": {"name": "Ann"}}).apply()
    desk.declare(
        users={
            "desk1": {"name": "Ann", "formerly": "ann", "email": "one@example.org"},
            "desk2": {"name": "Bo", "formerly": "desk1"},
        }
    )
    assert desk.codes() == (1, ["CC502"])


def test_an_address_that_somebody_gives_up_in_the_same_plan(desk: Desk) -> None:
    desk.declare(users={"a": {"name": "A", "email": "one@example.org"}, "b": {"name": "B"}}).apply()
    desk.declare(users={"a": {"name": "A", "email": None}, "b": {"name": "B", "email": "one@example.org"}})
    assert [step.id for step in desk.plan().steps] == ["update user/a", "update user/b"]
    desk.apply()


def test_a_leaver_who_is_kept_still_has_the_address(desk: Desk) -> None:
    desk.declare(users={"a": {"name": "A", "email": "one@example.org"}, "x": {"name": "X"}}).apply()
    desk.declare(users={"x": {"name": "X"}}).apply()
    desk.declare(users={"x": {"name": "X", "email": "one@example.org"}})
    assert desk.codes() == (1, ["CC502"])


@pytest.mark.parametrize("leavers", ["deactivate", "delete"])
def test_the_same_person_made_anew(desk: Desk, leavers: str) -> None:
    desk.project(leavers=leavers)
    desk.declare(users={"ann.lee": {"name": "Ann", "email": "Ann@example.org"}}).apply()
    desk.declare(users={"ann.dahl": {"name": "Ann", "email": "ann@example.org"}})
    code, codes = desk.codes()
    assert code == 3 and "CC607" in codes
    assert "say formerly: ann.lee at user/ann.dahl" in desk.run("plan").out
    desk.declare(users={"ann.dahl": {"name": "Ann", "email": "ann@example.org", "formerly": "ann.lee"}}).apply()


def test_what_strangers_still_use_cannot_go(desk: Desk) -> None:
    desk.declare(groups={"old": {}, "kept": {}}, users={"x": {"name": "X"}}).apply()
    desk.console_creates("user/stranger", name="Stranger", groups={"old": {}})
    desk.declare(groups={"kept": {}}, users={"x": {"name": "X"}})
    assert desk.codes() == (1, ["CC504"])
    assert "group/old cannot go: user/stranger still has it under groups" in desk.run("plan").out
    desk.console("user/stranger", groups=None)
    desk.apply()
    assert sorted(desk.ids("group")) == ["kept"]


def test_what_a_managed_person_keeps_unsaid_cannot_go(desk: Desk) -> None:
    desk.declare(roles={"old": {}, "new": {}}, users={"x": {"name": "X", "roles": ["old"]}}).apply()
    desk.declare(roles={"new": {}}, users={"x": {"name": "X"}})
    assert desk.codes() == (1, ["CC504"])
    desk.declare(roles={"new": {}}, users={"x": {"name": "X", "roles": ["new"]}})
    assert [step.id for step in desk.plan().steps] == ["update user/x", "delete role/old"]
    desk.apply()


def test_strangers_in_a_closed_group_are_told_and_stay(desk: Desk) -> None:
    desk.declare(groups={"team": {"members": ["ann"]}}, users={"ann": {"name": "Ann"}}).apply()
    desk.console_creates("user/stranger", name="Stranger", groups={"team": {}})
    plan = desk.plan()
    assert [found.code for found in plan.findings] == ["CC506"]
    assert "user/stranger" in plan.findings[0].message and "manifests/all.yaml" in plan.findings[0].where
    desk.apply()
    assert desk.fields("user/stranger")["groups"] == {"team": {}}


def test_too_few_seats_for_all_are_told_before_the_first_step(desk: Desk) -> None:
    desk.project(licence={"seats": 3})
    desk.console_creates("user/s1", name="Stranger 1")
    desk.console_creates("user/s2", name="Stranger 2")
    desk.declare(users=_people(2))
    assert desk.codes() == (1, ["CC402"])
    assert desk.run("apply", "--yes").code == 1
    assert sorted(desk.ids()) == ["s1", "s2"]
    desk.console("user/s2", status="inactive")
    desk.apply()
    desk.declare(users={**_people(2), "resting": {"name": "R", "status": "inactive"}}).apply()


@pytest.mark.parametrize("loss", ["deleted", "replaced"])
def test_a_platform_that_is_suddenly_empty(desk: Desk, loss: str) -> None:
    desk.declare(users=_people(2), groups={"g": {}}).apply()
    for path in desk.folder.glob("live.db*"):
        path.unlink()
    if loss == "replaced":
        desk.platform().close()
    for command in ("plan", "apply"):
        ran = desk.run(command, *(["--yes"] if command == "apply" else []))
        assert ran.code == 3
        assert "CC604 the platform shows no group at all, yet ccconf applied 1" in ran.err
    ran = desk.run("plan", "--accept-empty", "group")
    assert ran.code == 3 and "no user at all, yet ccconf applied 2" in ran.err
    assert desk.ids() == {}
    desk.apply("--accept-empty", "group", "--accept-empty", "user")
    assert sorted(desk.ids()) == ["p000", "p001"]


def test_an_empty_platform_is_no_surprise_on_the_first_day(desk: Desk) -> None:
    desk.declare(users=_people(2)).apply()


class Twice(Through):
    """Lists the first person again at the end, as when somebody is inserted while a listing goes on."""

    def observe(self, kind: str) -> Iterator[Page]:
        for page in self.platform.observe(kind):
            yield page._replace(items=(*page.items, *page.items[:1]))


@pytest.mark.parametrize("reader", [lambda platform: Short(platform, "user"), Twice], ids=["short", "twice"])
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_nothing_is_planned_from_half_a_read(desk: Desk, reader: Any, command: str) -> None:
    desk.declare(users=_people(3)).apply()
    before = desk.live()
    desk.declare(users=_people(2))
    with through(reader, planning_too=True):
        ran = desk.run(command, *(["--yes"] if command == "apply" else []))
    assert (ran.code, ran.out) == (3, "")
    assert "CC605 reading users: the platform" in ran.err and "try again" in ran.err
    assert desk.live() == before
