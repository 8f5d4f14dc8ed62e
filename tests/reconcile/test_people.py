"""Leavers, movers, joiners and those who return: what is done to them, and the words in which a plan says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ccconf.conformance.worlds import World
from ccconf.model.kinds import KINDS
from ccconf.model.licence import Invariant, Selector
from ccconf.model.owned import Owned
from ccconf.platforms.iqchannels.emulator import Options, Seed
from ccconf.reconcile.plan import Plan
from ccconf.reconcile.planner import Request, make_plan
from ccconf.reconcile.policy import Policy
from tests.iqchannels.bank import Bank
from tests.reconcile.shelf import Sheet, Shelf

TEAM = """\
roles:
  operator: {name: Оператор, permissions: {users: read}}
users:
  anna: {name: Анна Лес, email: anna@bank.example, roles: [operator]}
  boris: {name: Борис Сад, email: boris@bank.example, roles: [operator]}
"""
WITHOUT_BORIS = TEAM[: TEAM.index("  boris")]
BORIS = "boris@bank.example"


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with Bank(tmp_path, Options(modules=("iqpro", "bots"))) as one:
        one.settle(TEAM)
        yield one


def step_of(bank: Bank) -> dict[str, Any]:
    """The one step of the plan."""
    (step,) = bank.ccconf("plan --format json").data["steps"]
    return dict(step)


def test_a_leaver_is_signed_out_and_every_format_says_so(bank: Bank) -> None:
    bank.declare(WITHOUT_BORIS)
    says = "leaves: deactivated, signed out, access tokens revoked; releases roles and the seat"
    step = step_of(bank)
    assert (step["acts"], step["says"]) == (["logout", "revoke-tokens"], says)
    assert says in bank.ccconf("plan").out and says in bank.ccconf("plan --format markdown").out
    paths = [call.split()[1] for call in step["calls"]]
    assert paths[-2:] == ["/api/users/logout", "/api/users/revoke-tokens"]
    bank.exchanges.clear()
    bank.settle(WITHOUT_BORIS)
    writes = [exchange.request.path for exchange in bank.exchanges if exchange.request.path in paths]
    assert writes == paths, "what the plan shows is what apply does, call for call"
    assert [done for done in bank.emulator.done_to(BORIS) if done != "appeals-return"] == ["logout", "revoke-tokens"]


def test_somebody_who_is_deleted_is_signed_out_before(bank: Bank) -> None:
    bank.target(leavers="delete")
    bank.declare(WITHOUT_BORIS)
    step = step_of(bank)
    assert step["says"] == "leaves: signed out, access tokens revoked, deleted; releases the seat"
    assert [call.split()[1] for call in step["calls"]] == [
        "/api/users/logout",
        "/api/users/revoke-tokens",
        "/api/users/delete",
    ]


def test_what_no_api_does_to_a_leaver_is_told_with_the_way_on_the_screens(bank: Bank) -> None:
    from ccconf.platforms.iqchannels.paths import table

    known = {name: "assumed" for name in table() if name != "user.revoke_tokens"}
    bank.target(options={"paths": known})
    bank.declare(WITHOUT_BORIS)
    told = bank.ccconf("plan")
    assert f"CC512 user/{BORIS.partition('@')[0]} leaves, and no API of the platform does the rest" in told.out
    assert "Обнулять токены доступа (screen Пользователи" in told.out and "Сделать логат" not in told.out
    assert step_of(bank)["says"] == "leaves: deactivated, signed out; releases roles and the seat"


def test_a_person_who_completes_a_leaver_reads_what_else_is_to_be_done(tmp_path: Path) -> None:
    """The segments go by hand; so do the acts, where nobody has named a path for them."""
    from ccconf.platforms.iqchannels.paths import table

    without = {name: "assumed" for name in table() if name not in ("user.revoke_tokens", "user.logout")}
    for paths, asked in (("assumed", False), (without, True)):
        folder = tmp_path / str(asked)
        folder.mkdir()
        with Bank(folder, Options(modules=("iqpro", "bots")), Seed(users=4)) as bank:
            bank.target(options={"paths": paths})
            estate = bank.emulator.estate
            estate.change(estate.user("user2@bank.example"), {"groups": {"Розница": {}}})
            bank.look("group", "user")
            assert bank.ccconf("import").code == 0
            manifest = folder / "manifests" / "users.yaml"
            everybody = manifest.read_text(encoding="utf-8")
            assert bank.ccconf("apply --yes").code == 0
            start, end = (everybody.index(f"  user{number}@") for number in (2, 3))
            manifest.write_text(everybody[:start] + everybody[end:], encoding="utf-8")
            assert "CC512" not in bank.ccconf("plan").out
            assert bank.ccconf("apply --yes").code == 6
            (runbook,) = folder.rglob("*.ru.md")
            told = runbook.read_text(encoding="utf-8")
            assert ("Обнулять токены доступа" in told, "Сделать логат пользователя" in told) == (asked, asked)


def plan_of(first: World, wanted: World, gone: World | None = None, **policy: Any) -> Plan:
    """The plan from one world to another, of which everything was applied by ccconf."""
    shelf = Shelf(first, gone)
    owned: dict[str, dict[str, Owned]] = {kind: {} for kind in KINDS}
    for native_id, (ref, fields) in shelf.live.items():
        owned[ref.kind][ref.key] = Owned(native_id, has_left=fields.get("status") == "inactive")
    return make_plan(Request("office", "shelf"), Sheet(wanted), shelf, owned.__getitem__, Policy(**policy))


GROUPS: World = {"group": {"old": {"name": "Old"}, "new": {"name": "New"}, "both": {"name": "Both"}}}


def _person(**fields: Any) -> World:
    return {**GROUPS, "user": {"ann": {"name": "Ann", **fields}, "bo": {"name": "Bo", "status": "active"}}}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({"groups": {"old": {}, "both": {}}}, {"groups": {"new": {}, "both": {}}}, "moves from old to new"),
        ({"groups": {"old": {}}}, {"groups": {"old": {}, "new": {}}}, ""),
        ({"groups": {"old": {}, "both": {}}}, {"groups": {"both": {}}}, ""),
        ({"status": "inactive", "groups": {}}, {"groups": {"new": {}}}, "returns: active again"),
    ],
)
def test_movers_and_returners_in_words(before: dict[str, Any], after: dict[str, Any], says: str) -> None:
    (step,) = plan_of(_person(**before), _person(**after)).steps
    assert step.says == says


def test_a_leaver_keeps_what_the_platform_leaves_nobody_without() -> None:
    each = Invariant(
        id="g", form="each", select=Selector(kind="user"), field="groups", least=1, label="one", source="s",
        certainty="seed",
    )  # fmt: skip
    first = _person(groups={"both": {}, "old": {}}, status="active")
    left: World = {**GROUPS, "user": {"bo": {"name": "Bo"}}}
    (step,) = plan_of(first, left, invariants=(each,), deletes={"user": "100%"}).steps
    assert step.says == (
        "leaves: deactivated; releases the seat; keeps group both and group old (the platform leaves nobody without)"
    )


def test_a_leaver_of_a_renamed_group_is_found_as_the_plan_saw_them() -> None:
    """Their step may come after the rename: what it releases has its new name then."""
    from ccconf.model.refs import Ref

    shelf = Shelf(_person(groups={"old": {}}, status="active"))
    owned: dict[str, dict[str, Owned]] = {kind: {} for kind in KINDS}
    for native_id, (ref, _) in shelf.live.items():
        owned[ref.kind][ref.key] = Owned(native_id)
    wanted: World = {"group": {"fresh": {}, "new": {}, "both": {}}, "user": {"bo": {"name": "Bo"}}}
    sheet = Sheet(wanted, {Ref("group", "fresh"): "old"})
    policy = Policy(deletes={"user": "100%"})
    plan = make_plan(Request("office", "shelf"), sheet, shelf, owned.__getitem__, policy)
    leaver = next(step for step in plan.steps if step.ref == Ref("user", "ann"))
    rows = {row["field"]: row["before"] for row in msgspec.to_builtins(leaver.change)["changes"]}
    assert (rows["groups"], leaver.needs) == ({"fresh": {}}, ("update group/fresh",))
