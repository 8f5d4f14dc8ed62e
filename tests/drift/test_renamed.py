"""An object that somebody renamed on the platform is the same one: it gets its name back, and nobody is made twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk

WORLD: dict[str, Any] = {
    "groups": {"sales": {"number": "801"}},
    "users": {"ann": {"name": "Ann", "groups": ["sales"]}, "bo": {"name": "Bo"}},
}


@pytest.fixture(name="desk", params=["all", "listed"])
def use_desk(tmp_path: Path, request: pytest.FixtureRequest) -> Desk:
    owns = dict.fromkeys(("users", "groups"), request.param)
    desk = Desk(tmp_path, owns=owns, leavers="delete").declare(**WORLD)
    desk.apply()
    return desk


def test_a_plan_gives_the_name_back(desk: Desk) -> None:
    ids = desk.ids(), desk.ids("group")
    desk.console("group/sales", key="verkauf")
    desk.console("user/bo", key="bob", position="Lead")
    ran = desk.run("plan", "--format", "json")
    assert [(step["id"], step["reason"]) for step in ran.data["steps"]] == [
        ("update group/sales", "renamed on the platform"),
        ("update user/bo", "renamed on the platform"),
    ]
    assert (ran.data["counts"]["rename"], ran.data["counts"].get("delete", 0)) == (2, 0)
    desk.apply()
    assert (desk.ids(), desk.ids("group")) == ids
    assert desk.fields("user/bo")["position"] == "Lead"  # nobody said anything of it in Git
