"""Working hours on the wire, in pairs.

The whole form is assumed (`paths.yaml`): days from 1 (Monday), minutes of a day. A shift over midnight ends before it
begins and belongs to the day on which it begins; 1440 is the end of a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ccconf.model.hours import DAYS
from ccconf.platforms.iqchannels.client import Row


def week_from_native(periods: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """`mon: (09:00-17:00,)` from rows of day, start and end."""
    found: dict[str, list[str]] = {}
    for period in periods:
        day = DAYS[period["Day"] - 1]
        found.setdefault(day, []).append(f"{_clock(period.get('Start') or 0)}-{_clock(period.get('End') or 0)}")
    return {day: tuple(sorted(found[day])) for day in DAYS if day in found}


def week_to_native(week: Mapping[str, Sequence[str]]) -> list[Row]:
    """Rows of day, start and end, in the order of the week."""
    return [
        {"Day": number, "Start": _minutes(hours[:5]), "End": _minutes(hours[6:])}
        for number, day in enumerate(DAYS, 1)
        for hours in sorted(week.get(day, ()))
    ]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
