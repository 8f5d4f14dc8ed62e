"""Departments on the wire, and the hours that live within them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ccconf.model.change import KEY
from ccconf.model.group import Group
from ccconf.model.schedule import Schedule
from ccconf.model.shapes import SpecialDay
from ccconf.platforms.threecx.client import Listing, Row
from ccconf.platforms.threecx.hours import (
    NEVER,
    OWN,
    SYSTEMS,
    holiday_from_native,
    holiday_to_native,
    week_from_native,
    week_to_native,
)
from ccconf.platforms.threecx.rights import ROLE, template_from_native, template_to_native

DEPARTMENTS = Listing(
    path="/Groups",
    select="Id,Number,Name,Language,TimeZoneId,GloballyVisible,IsDefault,Hours,BreakTime,OverrideHolidays",
    expand="Rights,OfficeHolidays",
)
SYSTEM = "office"
"""The key of the system's own hours."""

_ALWAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("00:00-24:00",))
_PLAIN = {"number": "Number", "language": "Language", "name": "Name", KEY: "Name"}


def group_from_native(row: Row, zones: Mapping[str, str]) -> Group:
    """A department as Git describes a group. `zones` are names by id."""
    return Group(
        name=row["Name"],
        number=row.get("Number") or UNSET,
        language=row.get("Language") or UNSET,
        visible_to_all=bool(row.get("GloballyVisible")),
        timezone=zones.get(row.get("TimeZoneId") or "", UNSET),
        rights={
            rights[ROLE]: template_from_native(rights)
            for rights in sorted(row.get("Rights") or (), key=lambda rights: str(rights[ROLE]))
        }
        or UNSET,
    )


def group_to_native(fields: Mapping[str, Any], zone_ids: Mapping[str, str], live: Row) -> Row:
    """The body that brings a department to these fields. `live` is what is there, for what is sent as a whole."""
    body: Row = {there: fields[here] for here, there in _PLAIN.items() if here in fields}
    if fields.get("name") is None and fields.get(KEY):  # a department is never without a name
        body["Name"] = fields[KEY]
    if "visible_to_all" in fields:
        body["GloballyVisible"] = bool(fields["visible_to_all"])
    if "timezone" in fields:
        body["TimeZoneId"] = zone_ids.get(fields["timezone"] or "")
    if "rights" in fields:
        given = fields["rights"] or {rights[ROLE]: {} for rights in live.get("Rights") or ()}
        kept = [dict(rights) for rights in live.get("Rights") or () if rights[ROLE] not in given]
        body["Rights"] = [*kept, *(template_to_native(role, granted or {}) for role, granted in sorted(given.items()))]
    return body


def has_hours(row: Row) -> bool:
    """Whether the department has hours of its own rather than the system's."""
    return (row.get("Hours") or {}).get("Type") in (OWN, "AllHours")


def schedule_from_native(row: Row, zones: Mapping[str, str]) -> Schedule:
    """The hours of a department or of the system."""
    hours = row.get("Hours") or {}
    weekly: Mapping[str, tuple[str, ...]] = week_from_native(hours.get("Periods") or ())
    if hours.get("Type") == "AllHours":
        weekly = _ALWAYS
    days = [holiday_from_native(day) for day in row.get("OfficeHolidays") or ()]
    return Schedule(
        timezone=zones.get(row.get("TimeZoneId") or "", UNSET),
        weekly=dict(weekly) or UNSET,
        breaks=week_from_native((row.get("BreakTime") or {}).get("Periods") or ()) or UNSET,
        holidays=in_their_order(tuple(day for day in days if day is not None)) or UNSET,
    )


def in_their_order(days: tuple[SpecialDay, ...]) -> tuple[SpecialDay, ...]:
    """Holidays as the model sorts them, with nothing said that goes without saying."""
    plain = [
        msgspec.structs.replace(
            day,
            until=UNSET if day.until in (None, day.date) else day.until,
            name=UNSET if day.name in (None, "", day.date) else day.name,
        )
        for day in days
    ]
    return tuple(sorted(plain, key=lambda day: (day.date, day.until or "", day.name or "")))


def schedule_to_native(fields: Mapping[str, Any], zone_ids: Mapping[str, str], live: Row) -> Row:
    """The body that brings hours to these fields. Holidays of some hours are not ours and stay."""
    body: Row = {}
    if "timezone" in fields:
        body["TimeZoneId"] = zone_ids.get(fields["timezone"] or "")
    if "weekly" in fields:
        body["Hours"] = {"Type": OWN, "IgnoreHolidays": False, "Periods": week_to_native(fields["weekly"] or {})}
    if "breaks" in fields:
        periods = week_to_native(fields["breaks"] or {})
        body["BreakTime"] = {"Type": OWN if periods else NEVER, "IgnoreHolidays": False, "Periods": periods}
    if "holidays" in fields:
        wanted = [msgspec.convert(day, SpecialDay) for day in fields["holidays"] or ()]
        body["OfficeHolidays"] = _holidays(wanted, live.get("OfficeHolidays") or [])
    return body


def _holidays(wanted: list[SpecialDay], live: list[Row]) -> list[Row]:
    """The whole list: what stays is sent as it is, with its id."""
    theirs = [row for row in live if holiday_from_native(row) is None]
    ours = {holiday_from_native(row): row for row in live}
    return [*theirs, *(ours.get(day) or holiday_to_native(day) for day in in_their_order(tuple(wanted)))]


def following_the_system(live: Row) -> Row:
    """The body that gives up a department's own hours."""
    return {
        "Hours": {"Type": SYSTEMS, "IgnoreHolidays": False, "Periods": []},
        "BreakTime": {"Type": NEVER, "IgnoreHolidays": False, "Periods": []},
        "OfficeHolidays": [row for row in live.get("OfficeHolidays") or () if holiday_from_native(row) is None],
        "OverrideHolidays": False,
    }
