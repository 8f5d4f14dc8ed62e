"""Departments: templates, members from both sides, quotas, and which of them must stay."""

from __future__ import annotations

from typing import Any

import pytest

from ccconf.platforms.threecx.emulator import Options, Refusal
from tests.emulation.desk import Desk, desk

RIGHTS = "Groups($expand=Rights,GroupRights)"


def members(office: Desk, group: int) -> dict[str, str | None]:
    """Number and role of each member."""
    rows = office.rows(f"/Groups({group})/Members", expand="Rights")
    return {row["Number"]: (row["Rights"] or {}).get("RoleName") for row in rows}


def rights(office: Desk, user: int, group: int) -> Any:
    edges = office.get(f"/Users({user})", expand=RIGHTS)["Groups"]
    return next(edge["Rights"] for edge in edges if edge["GroupId"] == group)


def test_a_name_makes_a_department(office: Desk) -> None:
    new = office.create("/Groups", {"Name": "Night shift"})
    assert new["Number"] == "GRP0004"
    assert (new["IsDefault"], new["HasMembers"]) == (False, False)
    assert new["TimeZoneId"] == office.get("/OfficeHours")["TimeZoneId"]
    roles = [row["RoleName"] for row in office.rows(f"/Groups({new['Id']})/Rights")]
    assert "users" in roles
    assert "system_owners" in roles
    office.drop(f"/Groups({new['Id']})")


@pytest.mark.parametrize(
    ("body", "target", "code"),
    [
        ({}, "Name", "WARNINGS.XAPI.REQUIRED"),
        ({"Name": " "}, "Name", "WARNINGS.XAPI.CAN_NOT_BE_EMPTY_STRING"),
        ({"Name": "default"}, "Name", "WARNINGS.XAPI.ALREADY_IN_USE"),
        ({"Name": "New", "Number": "GRP0001"}, "Number", "WARNINGS.XAPI.ALREADY_IN_USE"),
        ({"Name": "New", "TimeZoneId": "Mars"}, "TimeZoneId", "WARNINGS.XAPI.INVALID_TIMEZONE"),
        ({"Name": "New", "Members": [{}]}, "Members.Number", "WARNINGS.XAPI.REQUIRED"),
        ({"Name": "New", "Members": [{"Number": "9"}]}, "Members.Number", "WARNINGS.XAPI.NON_EXISTENT_EXT_NUMBER"),
    ],
)
def test_a_department_that_cannot_be(office: Desk, body: Any, target: str, code: str) -> None:
    before = office.rows("/Groups")
    assert office.refused("POST", "/Groups", body) == (target, code)
    assert office.rows("/Groups") == before


def test_number_and_name(office: Desk) -> None:
    assert office.refused("PATCH", "/Groups(2)", {"Number": "GRP9"}) == ("Number", "WARNINGS.XAPI.FORBIDDEN_CHANGE")
    other = office.get("/Groups(3)")["Name"]
    assert office.refused("PATCH", "/Groups(2)", {"Name": other})[1] == "WARNINGS.XAPI.ALREADY_IN_USE"
    office.change("/Groups(2)", {"Name": "Renamed"})
    assert office.get("/Groups(2)")["Name"] == "Renamed"


def test_which_departments_stay(office: Desk) -> None:
    assert office.refused("DELETE", "/Groups(1)") == ("Id", "WARNINGS.GROUP_CANNOT_BE_DELETED")
    assert office.refused("DELETE", "/Groups(2)") == ("Id", "WARNINGS.GROUP_WITH_MEMBERS_CANNOT_BE_DELETED")
    office.change("/Groups(2)", {"Members": []})
    assert office.get("/Groups(2)")["HasMembers"] is False
    assert office.call("POST", "/Groups/Pbx.DeleteCompanyById", {"id": 2}).status_code == 204
    office.refused("GET", "/Groups(2)", status=404)
    number = office.create("/Groups", {"Name": "Short-lived"})["Number"]
    assert office.call("POST", "/Groups/Pbx.DeleteCompanyByNumber", {"number": number}).status_code == 204
    assert office.refused("POST", "/Groups/Pbx.DeleteCompanyByNumber", {"number": number}, status=404)[0] == "Group"
    office.refused("POST", "/Groups/Pbx.DeleteCompanyById", {"id": "2"})


def test_an_edge_is_written_from_both_sides(office: Desk) -> None:
    office.change("/Users(3)", {"Groups": [{"GroupId": 2, "Rights": {"RoleName": "managers"}}]})
    number = office.get("/Users(3)")["Number"]
    assert members(office, 2)[number] == "managers"
    kept = [{"Number": one} for one in members(office, 2) if one != number]
    office.change("/Groups(2)", {"Members": [*kept, {"Number": number, "Rights": {"RoleName": "receptionists"}}]})
    assert rights(office, 3, 2)["RoleName"] == "receptionists"
    office.change("/Groups(2)", {"Members": kept})
    assert number not in members(office, 2)
    assert [edge["GroupId"] for edge in office.rows("/Users(3)/Groups")] == [1]


def test_members_are_replaced_as_a_whole_and_a_kept_one_keeps_its_rights(office: Desk) -> None:
    office.change("/Users(3)", {"Groups": [{"GroupId": 2, "Rights": {"RoleName": "managers", "AllowIVR": False}}]})
    before = rights(office, 3, 2)
    number = office.get("/Users(3)")["Number"]
    office.change("/Groups(2)", {"Members": [{"Number": number}]})
    assert members(office, 2) == {number: "managers"}
    assert rights(office, 3, 2) == before


def test_rights_are_the_template_with_what_was_set_for_one(office: Desk) -> None:
    office.change("/Users(3)", {"Groups": [{"GroupId": 2, "Rights": {"RoleName": "users", "AllowIVR": True}}]})
    office.change("/Users(4)", {"Groups": [{"GroupId": 2, "Rights": {"RoleName": "users"}}]})
    assert rights(office, 3, 2)["AllowIVR"] is True
    assert rights(office, 4, 2)["AllowIVR"] is False
    office.change("/Groups(2)", {"Rights": [{"RoleName": "users", "CanIntercom": False, "PerformOperations": True}]})
    for user, ivr in ((3, True), (4, False)):
        changed = rights(office, user, 2)
        assert (changed["CanIntercom"], changed["PerformOperations"], changed["AllowIVR"]) == (False, True, ivr)
    office.change("/Groups(2)", {"Rights": []})
    assert rights(office, 4, 2)["CanIntercom"] is True


@pytest.mark.parametrize(
    ("given", "target", "code"),
    [
        ({"RoleName": "kings"}, "Groups.Rights.RoleName", "WARNINGS.INVALID"),
        ({}, "Groups.Rights.RoleName", "WARNINGS.XAPI.REQUIRED"),
    ],
)
def test_a_role_is_one_that_there_is(office: Desk, given: Any, target: str, code: str) -> None:
    assert office.refused("PATCH", "/Users(3)", {"Groups": [{"GroupId": 2, "Rights": given}]}) == (target, code)
    template = office.refused("PATCH", "/Groups(2)", {"Rights": [given]})
    assert template == (target.removeprefix("Groups."), code)


def test_a_role_has_one_template(office: Desk) -> None:
    twice = {"Rights": [{"RoleName": "users"}, {"RoleName": "users"}]}
    assert office.refused("PATCH", "/Groups(2)", twice) == ("Rights.RoleName", "WARNINGS.XAPI.DUPLICATE")


@pytest.mark.parametrize("given", [{"CanBargeIn": True}, {"CanSeeGroupRecordings": True}])
def test_the_smallest_edition_has_fewer_rights_and_roles(given: Any) -> None:
    with desk(Options(edition="free")) as office:
        body = {"Groups": [{"GroupId": 2, "Rights": {"RoleName": "managers", **given}}]}
        with pytest.raises(Refusal, match=r"WARNINGS\.XAPI\.INVALID_LICENSE_TYPE"):
            office.emulator.patch("/Users(3)", body)
        office.emulator.patch("/Users(3)", {"Groups": [{"GroupId": 2, "Rights": {"RoleName": "managers"}}]})
        with pytest.raises(Refusal, match=r"Rights\.RoleName WARNINGS\.XAPI\.INVALID_LICENSE_TYPE"):
            office.emulator.patch("/Groups(2)", {"Rights": [{"RoleName": "group_admins"}]})


def test_a_quota_is_a_range_of_numbers(office: Desk) -> None:
    group = office.create("/Groups", {"Name": "Small", "Props": {"UserNumberFrom": "600", "UserNumberTo": "601"}})
    path, inside = f"/Groups({group['Id']})", [{"GroupId": group["Id"]}]
    assert office.get(f"{path}/Pbx.GetRestrictions()")["Users"] == {"Allowed": 2, "Unlimited": False, "Used": 0}
    outside = {"Number": "610", "Groups": inside}
    assert office.refused("POST", "/Users", outside) == ("Number", "WARNINGS.XAPI.OUT_OF_THE_RANGE")
    for number in ("600", "601"):
        office.create("/Users", {"Number": number, "Groups": inside})
    assert office.refused("PATCH", "/Users(3)", {"Groups": inside}) == ("Groups", "WARNINGS.LIMIT_REACHED")
    assert office.get(f"{path}/Pbx.GetRestrictions()")["Users"] == {"Allowed": 2, "Unlimited": False, "Used": 2}
    assert office.get("/Groups(1)/Pbx.GetRestrictions()")["Users"]["Unlimited"] is True


def test_a_part_is_merged_and_its_lists_are_replaced(office: Desk) -> None:
    period = {"DayOfWeek": "Monday", "Start": "08:00:00", "Stop": "16:00:00"}
    office.change("/Groups(2)", {"Hours": {"Type": "SpecificHours", "Periods": [period]}})
    office.change("/Groups(2)", {"Hours": {"IgnoreHolidays": True}})
    assert office.get("/Groups(2)")["Hours"] == {"Type": "SpecificHours", "Periods": [period], "IgnoreHolidays": True}
    office.change("/Groups(2)", {"Hours": {"Periods": []}})
    assert office.get("/Groups(2)")["Hours"]["Periods"] == []


def test_an_object_may_be_sent_back_as_it_was_read(office: Desk) -> None:
    expand = "Members($expand=Rights,GroupRights),Rights,OfficeHolidays"
    before = office.get("/Groups(2)", expand=expand)
    office.change("/Groups(2)", before)
    assert office.get("/Groups(2)", expand=expand) == before
