"""Undo where the platform has names of its own, and where people do the work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ccconf.platforms.threecx.emulator import Options, Seed
from tests.byhand.centre import Centre
from tests.threecx.pbx import Pbx

TEAM = """\
groups:
  service: {name: Serwis, rights: {managers: {rights.phone_book: true}}}
  office: {name: Biuro}
users:
  anna: {name: Anna Cis, extension: "201", groups: {service: {role: managers}}}
  bruno: {name: Bruno Dąb, extension: "202", groups: {service: {role: users}}}
"""
LATER = """\
groups:
  service: {name: Obsługa, rights: {managers: {rights.phone_book: true}}}
users:
  anna:
    name: Anna Cis-Nowak
    extension: "201"
    groups: {service: {role: managers, permissions: {rights.phone_book: true, rights.change_presence: true}}}
  bruno: {name: Bruno Dąb, extension: "202", groups: {service: {role: users}}}
  celina: {name: Celina Ek, extension: "203", groups: {service: {role: users}}}
"""


def test_departments_and_numbers_go_back_over_http(tmp_path: Path) -> None:
    with Pbx(tmp_path, Options(edition="enterprise"), Seed(users=1)) as pbx:
        pbx.declare(TEAM)
        pbx.apply()
        before = {row["Number"]: row for row in pbx.rows("Users")}
        pbx.declare(LATER)
        pbx.apply()
        assert "Obsługa" in pbx.departments() and "Biuro" not in pbx.departments()
        there = {row["Number"]: row["Id"] for row in pbx.rows("Users")}

        undone = pbx.ccconf("undo --yes")
        assert undone.code == 0, undone.text
        assert "group/office is made anew: its id is new" in undone.out
        assert "CC514" not in undone.out
        assert {"Serwis", "Biuro"} <= set(pbx.departments()) and "Obsługa" not in pbx.departments()
        assert pbx.user("201")["LastName"] == before["201"]["LastName"]
        assert {number: pbx.user(number)["Id"] for number in there} == there
        assert pbx.user("203")["Enabled"] is False
        pbx.declare(TEAM)
        pbx.settled()


WORLD: dict[str, dict[str, Any]] = {
    "roles": {"dialler": {}},
    "groups": {"Outbound": {"roles": ["dialler"]}, "Inbound": {"roles": ["dialler"]}},
    "users": {"Ann Lee": {"groups": {"Outbound": {}}}},
}
MOVED = """
roles: {dialler: {}}
groups: {outbound: {name: Outbound, roles: [dialler]}, inbound: {name: Inbound, roles: [dialler]}}
users: {ann.lee: {name: Ann Lee, groups: [inbound]}}
"""


def test_what_people_did_people_undo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Centre(tmp_path, monkeypatch)
    centre.look(WORLD)
    centre.declare(MOVED.replace("groups: [inbound]", "groups: [outbound]"))
    assert centre.run("apply --yes").code == 0
    centre.declare(MOVED)
    assert centre.run("apply --yes").code == 6
    assert "CC016 no run on calls is left to be undone" in centre.run("undo").err, "nobody has done anything yet"

    assert centre.run("confirm --all").code == 0
    asked = centre.run("undo --yes")
    assert asked.code == 6, asked.text
    assert "- inbound" in asked.out and "+ outbound" in asked.out and "by hand" in asked.out
    assert "Ann Lee" in centre.runbook()
    assert centre.run("confirm --all").code == 0
    centre.look(WORLD)
    centre.declare(MOVED.replace("groups: [inbound]", "groups: [outbound]"))
    assert centre.run("plan").code == 0
