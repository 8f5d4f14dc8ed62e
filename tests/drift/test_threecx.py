"""Over HTTP, on a system that has its own audit log and its own names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.platforms.threecx.emulator import Options, Seed
from tests.threecx.pbx import Pbx

TEAM = """\
groups:
  service: {name: Customer Service, language: EN}
users:
  ann: {name: Ann Lee, extension: "201", groups: {service: {role: users}}}
  bo: {name: Bo Ray, extension: "202", email: bo@example.org, groups: {service: {role: users}}}
"""


@pytest.fixture(name="pbx")
def use_pbx(tmp_path: Path) -> Iterator[Pbx]:
    with Pbx(tmp_path, Options(edition="enterprise", calls=64), Seed(users=1)) as pbx:
        pbx.target()
        pbx.declare(TEAM)
        pbx.apply()
        yield pbx


def rows(pbx: Pbx) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pbx.ccconf("drift --format json").data["differences"]
    return [row for row in found if row["sort"] != "unmanaged"]


def test_who_changed_what_and_when(pbx: Pbx) -> None:
    assert rows(pbx) == []
    pbx.emulator.patch(f"/Users({pbx.user('202')['Id']})", {"EmailAddress": "bo@elsewhere.example"})
    (row,) = rows(pbx)
    assert (row["object"], row["field"], row["sort"]) == ("user/bo", "email", "drift")
    assert (row["applied"], row["live"]) == ("bo@example.org", "bo@elsewhere.example")
    assert row["who"] and row["when"].endswith("Z")


def test_a_log_that_may_not_be_read_costs_only_the_names(pbx: Pbx) -> None:
    pbx.emulator.patch(f"/Users({pbx.user('202')['Id']})", {"EmailAddress": "bo@elsewhere.example"})
    pbx.goes_wrong(kind="status", code=403, path="ReportAuditLog")
    ran = pbx.ccconf("drift --format json")
    assert ran.code == 2 and "Who changed it is not known" in ran.err
    assert [row.get("who", "") for row in ran.data["differences"] if row["sort"] == "drift"] == [""]


def test_the_log_is_asked_once_however_much_was_changed(pbx: Pbx) -> None:
    for number in ("201", "202"):
        pbx.emulator.patch(f"/Users({pbx.user(number)['Id']})", {"FirstName": "Somebody", "LastName": "Else"})
    pbx.server.requests.clear()
    found = rows(pbx)
    assert [(row["object"], row["field"], bool(row["who"])) for row in found] == [
        ("user/ann", "name", True),
        ("user/bo", "name", True),
    ]
    assert pbx.asked("GET", "ReportAuditLog") == 1
