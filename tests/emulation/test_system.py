"""What the system says of itself, the made-up estate, and the file it is kept in."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

from ccconf.errors import Broken
from ccconf.platforms.threecx.emulator import Emulator, Options, Seed
from tests.emulation.desk import Desk, desk

SECRETS = ("AccessPassword", "AuthID", "AuthPassword", "DeskphonePassword", "VMPIN")


def test_licence_and_definitions() -> None:
    with desk(Options(calls=24, edition="enterprise-plus", multicompany=True)) as office:
        assert office.get("/LicenseStatus", select="MaxSimCalls,LicenseActive")["MaxSimCalls"] == 24
        assert office.get("/SystemStatus")["MaxUserExtensions"] == 120
        parameters = office.get("/Defs/Pbx.GetSystemParameters()")
        assert parameters["IsMulticompanyMode"] is True
        assert parameters["License"]["IsEnterprise"] is True
        assert office.get("/Defs", select="Id")["Id"] == 0
        assert len(office.get("/Defs", expand="TimeZones")["TimeZones"]) == len(office.rows("/Defs/TimeZones"))


def test_the_trail_tells_who_changed_what(office: Desk) -> None:
    office.change("/Groups(2)", {"Name": "Renamed"})
    office.clock.passes(minutes=1)
    office.drop("/Users(3)")
    first, second = office.rows("/ReportAuditLog/Pbx.GetAuditLogData()", orderby="Id")
    assert (first["ObjectName"], first["UserName"], first["Ip"]) == ("Renamed", office.emulator.client_id, "127.0.0.1")
    assert '"Name":"Renamed"' in first["NewData"]
    assert '"Name":"Renamed"' not in first["PrevData"]
    assert (first["Timestamp"], second["Timestamp"]) == ("2026-03-02T09:00:00Z", "2026-03-02T09:01:00Z")
    assert second["NewData"] is None
    office.refused("PATCH", "/Users(4)", {"Number": "1"})
    assert len(office.rows("/ReportAuditLog/Pbx.GetAuditLogData()")) == 2


def test_zero_users_are_the_owner_in_the_default_department() -> None:
    with desk(seed=Seed()) as office:
        assert [row["Number"] for row in office.rows("/Users")] == ["100"]
        assert [row["IsDefault"] for row in office.rows("/Groups")] == [True]
        owner = office.get("/Users(1)", expand="Groups($expand=Rights)")
        assert owner["Groups"][0]["Rights"]["RoleName"] == "system_owners"
        for path in ("/Queues", "/Holidays", "/Blocklist"):
            assert office.rows(path) == []


def test_the_same_seed_makes_the_same_estate() -> None:
    def estate(seed: int) -> object:
        emulator = Emulator(seed=Seed(users=30, departments=5, seed=seed))
        paths = ("/Users?$expand=Groups($expand=Rights)", "/Groups", "/Queues?$expand=Agents", "/Holidays")
        rows = [row for path in paths for row in emulator.get(path)["value"]]
        emulator.close()
        return [{name: value for name, value in row.items() if name not in SECRETS} for row in rows]

    assert estate(1) == estate(1)
    assert estate(1) != estate(2)


def test_a_file_keeps_the_estate(tmp_path: Path) -> None:
    options = Options(database=tmp_path / "pbx.db")
    with Emulator(options, seed=Seed(users=3, departments=2)) as emulator:
        emulator.patch("/Users(2)", {"Language": "PL"})
    with Emulator(options, seed=Seed(users=9)) as again:
        assert len(again.get("/Users")["value"]) == 3
        assert again.get("/Users(2)")["Language"] == "PL"


def test_another_file_is_not_touched(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database " * 100, encoding="utf-8")
    with pytest.raises(Broken, match="CC008"):
        Emulator(Options(database=text))
    with pytest.raises(Broken, match="CC008"):
        Emulator(Options(database=tmp_path / "missing" / "pbx.db"))


def test_an_option_that_cannot_be_is_named() -> None:
    with pytest.raises(ValueError, match="kings"):
        Emulator(Options(client_role="kings"))


def test_a_page_of_a_large_estate_comes_quickly() -> None:
    with desk(seed=Seed(users=2000, departments=60)) as office:
        started = perf_counter()
        rows = office.rows("/Users", top="1000", skip="500", orderby="Id", expand="Groups($expand=Rights,GroupRights)")
        # the real time is a tenth of this; the bound only catches a query for each row
        assert perf_counter() - started < 3
        assert len(rows) == 1000
        assert all(row["Groups"][0]["Rights"] for row in rows)
        assert office.get("/SystemStatus")["MaxUserExtensions"] >= 2000


def test_pages_are_no_longer_than_the_system_wants() -> None:
    with desk(Options(largest_page=5)) as office:
        answer = office.get("/Users", top="50", count="true", orderby="Id")
        assert len(answer["value"]) == 5
        assert answer["@odata.count"] == 12
        assert not any("nextLink" in name for name in answer)


def test_the_client_may_be_spared_the_context(office: Desk) -> None:
    assert office.get("/Groups(1)")["@odata.context"].endswith("/xapi/v1/$metadata#Groups/$entity")
    office.session.headers["Accept"] = "application/json; odata.metadata=none"
    assert "@odata.context" not in office.get("/Groups(1)")
