"""Hours, breaks and holidays: periods of one weekday each there, shifts that may cross midnight here.

A night shift is two periods there. That the end of a day is written 23:59:59, that hours of one's own have the type
SpecificHours and the system's have OfficeHours, and that a holiday of the whole day ends at PT23H59M59S is unverified.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import UNSET

from ccconf.model.hours import DAYS
from ccconf.model.shapes import SpecialDay

Row = dict[str, Any]
Week = Mapping[str, Iterable[str]]

_NAMES = dict(zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))
_DAYS = {name: day for day, name in _NAMES.items()}
_END = "23:59:59"
OWN, NEVER, SYSTEMS = "SpecificHours", "Never", "OfficeHours"

_WHOLE_DAY_ENDS = ("PT23H59M", "PT23H59M59S", "PT24H", "P1D")


def week_to_native(weekly: Week) -> list[Row]:
    """The periods of a week, a night shift in two parts."""
    periods = []
    for day, ranges in weekly.items():
        for shift in ranges:
            start, _, end = shift.partition("-")
            if end > start:
                periods.append(_period(day, start, end))
            else:
                periods.append(_period(day, start, "24:00"))
                if end != "00:00":
                    periods.append(_period(_after(day), "00:00", end))
    return sorted(periods, key=lambda row: (list(_DAYS).index(row["DayOfWeek"]), row["Start"]))


def week_from_native(periods: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """The shifts of a week. What ends at midnight and goes on in the morning is one night."""
    ranges: dict[str, list[tuple[str, str]]] = {}
    for row in periods:
        if row.get("DayOfWeek") in _DAYS:
            ranges.setdefault(_DAYS[row["DayOfWeek"]], []).append((_clock(row["Start"]), _clock_end(row["Stop"])))
    return joined({day: [f"{start}-{end}" for start, end in found] for day, found in ranges.items()})


def joined(weekly: Week) -> dict[str, tuple[str, ...]]:
    """A week in which a shift until 24:00 and one from 00:00 are one night: 3CX cannot tell them apart."""
    ranges = {day: sorted(weekly.get(day, ())) for day in DAYS}
    for day in DAYS:
        late = next((shift for shift in ranges[day] if shift.endswith("-24:00")), None)
        early = next((shift for shift in ranges[_after(day)] if shift.startswith("00:00-")), None)
        if late and early and early[6:] < late[:5]:
            ranges[day].remove(late)
            ranges[_after(day)].remove(early)
            ranges[day].append(f"{late[:5]}-{early[6:]}")
    return {day: tuple(sorted(ranges[day])) for day in DAYS if ranges[day]}


def _period(day: str, start: str, end: str) -> Row:
    return {"DayOfWeek": _NAMES[day], "Start": f"{start}:00", "Stop": _END if end == "24:00" else f"{end}:00"}


def _after(day: str) -> str:
    return DAYS[(DAYS.index(day) + 1) % 7]


def _clock(time: str) -> str:
    return time[:5]


def _clock_end(time: str) -> str:
    return "24:00" if time[:5] in ("00:00", "23:59", "24:00") else time[:5]


def holiday_to_native(day: SpecialDay) -> Row:
    """A holiday of whole days; a date without a year comes back every year (year 0)."""
    year, month, number = _parts(day.date)
    last_year, last_month, last = _parts(day.until if isinstance(day.until, str) else day.date)
    return {
        "Name": day.name if isinstance(day.name, str) else day.date,
        "IsRecurrent": year == 0,
        "Year": year, "Month": month, "Day": number,
        "YearEnd": last_year or year, "MonthEnd": last_month, "DayEnd": last,
        "TimeOfStartDate": "PT0S", "TimeOfEndDate": "PT23H59M59S",
    }  # fmt: skip


def holiday_from_native(row: Row) -> SpecialDay | None:
    """A holiday of whole days; None for one of some hours, which ccconf does not manage."""
    if row.get("TimeOfStartDate") not in ("PT0S", "PT0H", "PT0M") or row.get("TimeOfEndDate") not in _WHOLE_DAY_ENDS:
        return None
    first = _date(row, "")
    last = _date(row, "End")
    name = row.get("Name") or ""
    return SpecialDay(date=first, until=UNSET if last == first else last, name=UNSET if name in ("", first) else name)


def _parts(date: str) -> tuple[int, int, int]:
    parts = [int(part) for part in date.split("-")]
    return (0, parts[0], parts[1]) if len(parts) == 2 else (parts[0], parts[1], parts[2])


def _date(row: Row, end: str) -> str:
    day = f"{row[f'Month{end}']:02}-{row[f'Day{end}']:02}"
    return day if row.get("IsRecurrent") else f"{row[f'Year{end}']:04}-{day}"
