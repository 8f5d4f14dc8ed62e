"""When people work."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET

from ccconf.model.fields import Field, Maybe, Resource
from ccconf.model.shapes import SpecialDay, SpecialDays, Text, Weekly, Whole, Zone


class Schedule(Resource, kw_only=True, frozen=True):
    """Weekly hours with breaks, holidays and exceptions, in one time zone."""

    name: Annotated[
        Maybe[str], Field(Text(100), "The name people see; the key serves where it is absent.", "Day shift")
    ] = UNSET
    description: Annotated[Maybe[str], Field(Text(1000, lines=True), "Who works by it.", "Billing and sales.")] = UNSET
    timezone: Annotated[
        Maybe[str], Field(Zone(), "The IANA time zone in which all hours are meant.", "Europe/Warsaw")
    ] = UNSET
    weekly: Annotated[
        Maybe[dict[str, tuple[str, ...]]],
        Field(
            Weekly(),
            "The whole week, several shifts a day possible. A day that is not named is free. A night shift "
            "crosses midnight, is one entry and belongs to the day on which it begins.",
            {"mon-fri": ["09:00-13:00", "13:30-17:30"], "sat": ["22:00-06:00"]},
        ),
    ] = UNSET
    breaks: Annotated[
        Maybe[dict[str, tuple[str, ...]]],
        Field(Weekly(), "Breaks within the hours, by weekday.", {"mon-fri": ["11:00-11:15"]}),
    ] = UNSET
    holidays: Annotated[
        Maybe[tuple[SpecialDay, ...]],
        Field(
            SpecialDays(with_hours=False),
            "Days on which nobody works. A date without a year comes back every year.",
            [{"date": "12-25", "name": "Christmas Day"}],
        ),
    ] = UNSET
    exceptions: Annotated[
        Maybe[tuple[SpecialDay, ...]],
        Field(
            SpecialDays(with_hours=True),
            "Days with other hours than the week's.",
            [{"date": "2026-12-24", "hours": ["09:00-13:00"], "name": "Christmas Eve"}],
        ),
    ] = UNSET
    lateness_minutes: Annotated[
        Maybe[int],
        Field(Whole(0, 720), "Minutes after the start of a shift until which nobody counts as late.", 5),
    ] = UNSET
    overtime_minutes: Annotated[
        Maybe[int],
        Field(Whole(0, 720), "Minutes after the end of a shift from which work counts as overtime.", 15),
    ] = UNSET
