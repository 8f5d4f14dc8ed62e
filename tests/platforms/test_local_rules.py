"""The embedded platform refuses what the licence and a vendor's own rules do not allow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ccconf.errors import Rejected
from ccconf.model.change import KEY, Create
from ccconf.model.kinds import KINDS
from ccconf.model.licence import Invariant, Licence, Rule, Selector
from ccconf.model.user import User
from ccconf.platform.contract import Facts, Observed
from tests.platforms.centre import Centre, opened, words

VENDOR = Facts(
    name="made-up",
    title="A made-up vendor",
    rules=(
        Rule(
            id="bots",
            select=Selector(kind="user", where={"type": "bot"}),
            limit=1,
            modules=("robotics",),
            label="users of type bot",
            source="made up",
            certainty="unverified",
        ),
    ),
    invariants=(
        Invariant(
            id="one-group",
            form="each",
            select=Selector(kind="user", where={"status": "active"}),
            field="groups",
            least=1,
            most=2,
            label="everybody keeps one or two groups",
            source="made up",
            certainty="unverified",
        ),
        Invariant(
            id="last-admin",
            form="some",
            select=Selector(kind="user", where={"roles": "admin"}),
            least=1,
            label="one administrator stays",
            source="made up",
            certainty="unverified",
        ),
    ),
)

use_centre = pytest.fixture(name="centre")(opened)


def test_seats_are_taken_by_active_users(centre: Centre) -> None:
    centre.under(Licence(seats=1), None)
    centre.create("user/ann", name="Ann")
    centre.create("user/bea", name="Bea", status="inactive")
    with pytest.raises(Rejected) as caught:
        centre.update("user/bea", status="active")
    assert words(caught.value) == ("CC702", "2 active users need a seat, the licence has 1")
    centre.delete("user/ann")
    centre.update("user/bea", status="active")


def test_a_module_lifts_a_limit(centre: Centre) -> None:
    centre.under(Licence(), VENDOR)
    centre.create("group/sales")
    centre.create("user/bot1", name="Bot", type="bot", groups={"sales": {}})
    with pytest.raises(Rejected, match="2 users of type bot: the licence allows 1"):
        centre.create("user/bot2", name="Bot", type="bot", groups={"sales": {}})
    centre.under(Licence(modules=("robotics",)), VENDOR)
    centre.create("user/bot2", name="Bot", type="bot", groups={"sales": {}})
    centre.create("user/bot3", name="Bot", type="bot", groups={"sales": {}})


def test_a_broken_state_can_be_repaired_but_not_made_worse(centre: Centre) -> None:
    centre.create("group/sales")
    for number in range(4):
        centre.create(f"user/bot{number}", name="Bot", type="bot", groups={"sales": {}})
    centre.under(Licence(), VENDOR)
    centre.update("user/bot0", position="Greeter")
    centre.update("user/bot0", type="human")
    with pytest.raises(Rejected, match="4 users of type bot"):
        centre.update("user/bot0", type="bot")


def test_counts_hold_when_connections_under_other_rules_take_turns(centre: Centre) -> None:
    strict, lax = centre.connect(like=VENDOR), centre.live
    centre.create("group/sales")
    bot: dict[str, Any] = {"name": "Bot", "type": "bot", "groups": {"sales": {}}}
    strict.perform(Create(kind="user", key="bot1", fields=bot))
    centre.delete("user/bot1")
    strict.perform(Create(kind="user", key="bot2", fields=bot))
    lax.perform(Create(kind="user", key="bot3", fields=bot))
    with pytest.raises(Rejected, match="3 users of type bot"):
        strict.perform(Create(kind="user", key="bot4", fields=bot))
    strict.close()


def test_everybody_keeps_a_group(centre: Centre) -> None:
    for number in range(4):
        centre.create(f"group/g{number}")
    centre.create("user/odd", name="Odd", groups={"g0": {}, "g1": {}, "g2": {}, "g3": {}})
    centre.under(Licence(), VENDOR)
    centre.create("user/ann", name="Ann", groups={"g0": {}})
    wrong: list[dict[str, Any] | None] = [{}, None, {"g0": {}, "g1": {}, "g2": {}}]
    for groups in wrong:
        with pytest.raises(Rejected) as caught:
            centre.update("user/ann", groups=groups)
        assert words(caught.value) == ("CC702", "the platform keeps to this rule: everybody keeps one or two groups")
    with pytest.raises(Rejected, match="everybody keeps one or two groups"):
        centre.create("user/bea", name="Bea")
    centre.create("user/bea", name="Bea", status="inactive")
    with pytest.raises(Rejected, match="everybody keeps one or two groups"):
        centre.update("user/bea", status="active")
    centre.update("user/odd", groups={"g0": {}, "g1": {}, "g2": {}})


def test_one_administrator_stays(centre: Centre) -> None:
    centre.under(Licence(), VENDOR)
    for name in ("group/sales", "role/admin", "role/agent"):
        centre.create(name)
    for key in ("ann", "bea"):
        centre.create(f"user/{key}", name=key, roles=["admin"], groups={"sales": {}})
    centre.delete("user/ann")
    changes: list[Callable[[], Observed]] = [
        lambda: centre.delete("user/bea"),
        lambda: centre.update("user/bea", roles=["agent"]),
        lambda: centre.update("role/admin", **{KEY: "boss"}),
    ]
    for change in changes:
        with pytest.raises(Rejected) as caught:
            change()
        assert words(caught.value) == ("CC702", "the platform keeps to this rule: one administrator stays")
    assert centre.get("role/admin").ref.key == "admin"
    assert centre.get("user/bea").resource == User(
        name="bea", type="human", status="active", roles=("admin",), groups=_groups("sales")
    )


def _groups(*keys: str) -> Any:
    return KINDS["user"].by_name["groups"].shape.canonical(list(keys))
