"""The system's hours, and holidays of the system and of departments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulation.desk import Desk

XMAS = {"Name": "Second day of Christmas", "Day": 26, "Month": 12, "IsRecurrent": True}


def test_the_systems_hours_are_patched(office: Desk) -> None:
    london = next(row["Id"] for row in office.rows("/Defs/TimeZones", filter="IanaName eq 'Europe/London'"))
    periods = [{"DayOfWeek": "Saturday", "Start": "09:00:00", "Stop": "12:00:00"}]
    office.change("/OfficeHours", {"TimeZoneId": london, "Hours": {"Type": "SpecificHours", "Periods": periods}})
    hours = office.get("/OfficeHours", expand="OfficeHolidays")
    assert (hours["TimeZoneId"], hours["Hours"]["Periods"]) == (london, periods)
    assert [day["Name"] for day in hours["OfficeHolidays"]] == ["New Year", "Labour Day", "Christmas"]
    assert office.refused("PATCH", "/OfficeHours", {"TimeZoneId": "Mars"})[1] == "WARNINGS.XAPI.INVALID_TIMEZONE"


def test_holidays_are_replaced_as_a_whole_and_keep_their_ids(office: Desk) -> None:
    kept = office.get("/OfficeHours", expand="OfficeHolidays")["OfficeHolidays"][0]
    office.change("/OfficeHours", {"OfficeHolidays": [kept, XMAS]})
    days = office.get("/OfficeHours", expand="OfficeHolidays")["OfficeHolidays"]
    assert days[0] == kept
    assert [day["Name"] for day in days] == [kept["Name"], XMAS["Name"]]


def test_a_department_has_holidays_of_its_own(office: Desk) -> None:
    number = office.get("/Groups(2)")["Number"]
    new = office.create("/Holidays", {**XMAS, "Group": number})
    assert (new["DayEnd"], new["MonthEnd"], new["TimeOfEndDate"]) == (26, 12, "PT23H59M59S")
    assert office.get("/Groups(2)", expand="OfficeHolidays")["OfficeHolidays"] == [without_annotation(new)]
    assert new["Id"] not in [row["Id"] for row in office.get("/OfficeHours", expand="OfficeHolidays")["OfficeHolidays"]]
    office.change("/Groups(2)", {"OfficeHolidays": []})
    office.refused("GET", f"/Holidays({new['Id']})", status=404)


def without_annotation(entity: Any) -> Any:
    """Without the annotation that only a whole answer has."""
    return {name: value for name, value in entity.items() if not name.startswith("@")}


def test_a_holiday_comes_changes_and_goes(office: Desk) -> None:
    path = f"/Holidays({office.create('/Holidays', {**XMAS, 'Group': 'DEFAULT'})['Id']})"
    assert office.get(path)["Group"] == ""
    office.change(path, {"Day": 24, "DayEnd": 24})
    assert office.get(path)["Day"] == 24
    office.drop(path)
    office.refused("GET", path, status=404)


@pytest.mark.parametrize(
    ("change", "target", "code"),
    [
        ({"Day": 31, "Month": 2}, "Day", "WARNINGS.XAPI.OUT_OF_THE_RANGE"),
        ({"Month": 13}, "Month", "WARNINGS.XAPI.OUT_OF_THE_RANGE"),
        ({"Group": "GRP9999"}, "Group", "WARNINGS.XAPI.NOT_FOUND"),
        ({"Name": ""}, "Name", "WARNINGS.XAPI.CAN_NOT_BE_EMPTY_STRING"),
    ],
)
def test_a_holiday_is_a_day_with_a_name(office: Desk, change: Any, target: str, code: str) -> None:
    assert office.refused("POST", "/Holidays", {**XMAS, **change}) == (target, code)


def test_a_holiday_needs_a_name(office: Desk) -> None:
    assert office.refused("POST", "/Holidays", {"Day": 1, "Month": 1}) == ("Name", "WARNINGS.XAPI.REQUIRED")
    assert "Day is not a proper integer" in office.refused("POST", "/Holidays", {**XMAS, "Day": 300})[1]
