"""What leaves, and above all what does not: ownership by kind, and a ledger that is believed only about its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk

WORLD: dict[str, Any] = {
    "groups": {"team": {}, "other": {}},
    "skills": {"english": {}, "polish": {}},
    "users": {"ann": {"name": "Ann"}, "bo": {"name": "Bo"}},
}
LESS: dict[str, Any] = {"groups": {"team": {}}, "skills": {"english": {}}, "users": {"ann": {"name": "Ann"}}}


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def _strangers(desk: Desk) -> None:
    desk.console_creates("group/stranger")
    desk.console_creates("skill/stranger")
    desk.console_creates("user/stranger", name="Stranger")


def test_listed_takes_only_what_ccconf_brought(desk: Desk) -> None:
    desk.declare(**WORLD).apply()
    _strangers(desk)
    desk.declare(**LESS)
    assert [step.id for step in desk.plan().steps] == ["update user/bo", "delete group/other", "delete skill/polish"]
    desk.apply()
    assert desk.fields("user/bo")["status"] == "inactive"
    assert sorted(desk.ids("group")) == ["stranger", "team"]


def test_each_kind_has_a_rule_of_its_own(desk: Desk) -> None:
    desk.declare(**WORLD).apply()
    _strangers(desk)
    desk.project(owns={"users": "never", "groups": "all"})
    desk.declare(**LESS)
    steps = [step.id for step in desk.plan().steps]
    assert sorted(steps) == ["delete group/other", "delete group/stranger", "delete skill/polish"]
    desk.apply()
    assert sorted(desk.ids()) == ["ann", "bo", "stranger"]
    assert desk.fields("user/bo")["status"] == "active"


def test_all_deactivates_strangers_too(desk: Desk) -> None:
    desk.declare(**LESS).apply()
    _strangers(desk)
    desk.project(owns={"users": "all"})
    desk.apply()
    assert desk.fields("user/stranger")["status"] == "inactive"


def test_what_was_there_already_is_noted_by_apply_and_only_by_apply(desk: Desk) -> None:
    desk.console_creates("group/team")
    desk.declare(groups={"team": {}}, users={"ann": {"name": "Ann"}})
    assert desk.plan().counts.adopt == 1
    assert desk.ledger("group") == {}
    desk.apply()
    assert sorted(desk.ledger("group")) == ["team"]
    desk.declare(users={"ann": {"name": "Ann"}}).apply()
    assert desk.ids("group") == {}


def test_nothing_but_noting_needs_no_yes(desk: Desk) -> None:
    desk.console_creates("group/team")
    desk.declare(groups={"team": {}})
    ran = desk.run("apply")
    assert ran.code == 0 and "1 object noted as ours." in ran.out
    desk.silent()


def test_without_a_ledger_nothing_leaves(desk: Desk) -> None:
    desk.declare(**WORLD).apply()
    desk.forget_everything()
    desk.declare(**LESS)
    plan = desk.plan()
    assert (plan.steps, plan.counts.adopt, plan.counts.unmanaged) == ((), 3, 3)
    desk.apply()
    assert sorted(desk.ids()) == ["ann", "bo"]
    assert desk.fields("user/bo")["status"] == "active"


def test_somebody_made_anew_by_hand_under_the_same_key_is_not_ours(desk: Desk) -> None:
    desk.declare(**WORLD).apply()
    desk.console_deletes("group/other")
    again = desk.console_creates("group/other", description="Somebody else's")
    desk.declare(**LESS, roles={}).apply()
    assert desk.ids("group")["other"] == again


def test_what_is_declared_again_after_being_made_by_hand_is_ours_again(desk: Desk) -> None:
    desk.declare(**WORLD).apply()
    desk.console_deletes("group/other")
    again = desk.console_creates("group/other")
    assert desk.plan().counts.adopt == 1
    desk.apply()
    assert desk.ledger("group")["other"].native_id == again
    desk.declare(**LESS).apply()
    assert sorted(desk.ids("group")) == ["team"]


@pytest.mark.parametrize("leavers", ["deactivate", "delete"])
def test_a_leaver_is_done_with_once_and_may_return(desk: Desk, leavers: str) -> None:
    desk.project(leavers=leavers)
    desk.declare(**WORLD).apply()
    ids = desk.ids()
    desk.declare(**LESS).apply()
    assert desk.plan().counts.left == (leavers == "deactivate")
    desk.declare(**WORLD)
    (back, *_) = [step for step in desk.plan().steps if step.ref.kind == "user"]
    assert back.reason == ("returns" if leavers == "deactivate" else "comes back")
    desk.apply()
    assert desk.ids() == ids
    assert desk.fields("user/bo")["status"] == "active"


def test_a_leaver_whom_the_console_lets_in_again_leaves_again(desk: Desk) -> None:
    desk.declare(**WORLD).apply()
    desk.declare(**LESS).apply()
    desk.console("user/bo", status="active")
    desk.apply()
    assert desk.fields("user/bo")["status"] == "inactive"


def test_ccconf_does_not_let_in_whom_the_console_locked_out(desk: Desk) -> None:
    """Bo left, was let in again by hand and then in Git. When the console locks him out, that is the console's word."""
    desk.declare(**WORLD).apply()
    desk.declare(**LESS).apply()
    desk.console("user/bo", status="active")
    desk.declare(**WORLD).apply()
    desk.console("user/bo", status="inactive")
    assert desk.plan().steps == ()
    desk.apply()
    assert desk.fields("user/bo")["status"] == "inactive"


def test_fields_that_nobody_declares_are_never_touched(desk: Desk) -> None:
    desk.declare(users={"ann": {"name": "Ann"}}, roles={"agent": {}}).apply()
    desk.console("user/ann", position="Head", roles=["agent"], mobile="+48 600")
    desk.silent()
    desk.declare(users={"ann": {"name": "Ann Lee"}}, roles={"agent": {}}).apply()
    assert desk.fields("user/ann") == {
        "name": "Ann Lee", "type": "human", "status": "active", "position": "Head", "roles": ["agent"],
        "mobile": "+48 600",
    }  # fmt: skip
    desk.declare(users={"ann": {"name": "Ann Lee", "roles": [], "position": None}}, roles={"agent": {}}).apply()
    assert "roles" not in desk.fields("user/ann") and "position" not in desk.fields("user/ann")


def test_two_targets_do_not_share_what_they_own(desk: Desk) -> None:
    desk.write(
        "ccconf.yaml",
        "version: 1\ntargets:\n"
        "  office: {platform: local, url: live.db, manifests: [manifests]}\n"
        "  shop: {platform: local, url: shop.db, manifests: [manifests]}\n",
    )
    desk.declare(users={"ann": {"name": "Ann"}})
    assert desk.run("plan").code == 1
    assert desk.run("apply", "-t", "office", "--yes").code == 0
    assert desk.run("plan", "-t", "office").code == 0
    assert desk.run("plan", "-t", "shop").code == 2
    assert desk.run("apply", "-t", "shop", "--yes").code == 0
    assert sorted(desk.ledger()) == ["ann"]
