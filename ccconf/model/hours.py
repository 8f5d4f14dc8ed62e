"""Hours of a week and special days: what can be wrong with them, and what lies within what.

A range belongs to the day on which it begins; one that ends before it begins crosses midnight.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ccconf.model.flaws import Flaw

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60
_WEEK = 7 * _DAY
_LEAP_YEAR = 2024
"""29 February exists in a date without a year."""


class Span(NamedTuple):
    """A range in minutes; `end` may lie beyond the day or the week in which it begins."""

    start: int
    end: int
    text: str
    path: tuple[str | int, ...]


def days_of(days: str) -> tuple[str, ...]:
    """`mon-wed,sat` as single days; a span may run over Sunday."""
    found: list[str] = []
    for span in days.split(","):
        first, _, last = span.partition("-")
        start, end = DAYS.index(first), DAYS.index(last or first)
        length = (end - start) % len(DAYS) + 1
        found.extend(DAYS[(start + step) % len(DAYS)] for step in range(length))
    return tuple(found)


def minutes(hours: str) -> tuple[int, int]:
    """`22:00-06:00` as minutes from midnight of the day on which it begins: (1320, 1800)."""
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))
    return start, end if end > start else end + _DAY


def week_flaws(written: Mapping[str, Sequence[str]]) -> Iterator[Flaw]:
    """Days said twice, empty ranges, and ranges that overlap, over midnight and over Sunday too."""
    said_by: dict[str, str] = {}
    spans: list[Span] = []
    for days, hours in written.items():
        for day in days_of(days):
            if day in said_by:
                hint = f"{said_by[day]} says it already" if said_by[day] != days else ""
                yield Flaw("CC316", f"{day} is said twice", (days,), hint, on_key=True)
                continue
            said_by[day] = days
            spans.extend(_spans_of_day(DAYS.index(day) * _DAY, hours, (days,)))
        yield from _empty(hours, (days,))
    yield from _overlaps(spans, _WEEK)


def day_flaws(hours: Sequence[str], path: tuple[str | int, ...]) -> Iterator[Flaw]:
    """The same within one special day."""
    yield from _empty(hours, path)
    yield from _overlaps(_spans_of_day(0, hours, path), None)


def _spans_of_day(offset: int, hours: Sequence[str], path: tuple[str | int, ...]) -> list[Span]:
    return [
        Span(offset + start, offset + end, text, (*path, index))
        for index, text in enumerate(hours)
        if not _is_empty(text)
        for start, end in [minutes(text)]
    ]


def _is_empty(hours: str) -> bool:
    start, end = hours.split("-")
    return start == end


def _empty(hours: Sequence[str], path: tuple[str | int, ...]) -> Iterator[Flaw]:
    for index, text in enumerate(hours):
        if _is_empty(text):
            yield Flaw("CC313", f"{text} ends when it begins", (*path, index), "for the whole day write 00:00-24:00")


def _overlaps(spans: Sequence[Span], circle: int | None) -> Iterator[Flaw]:
    """Spans that begin before an earlier one has ended; on a circle the first one comes once more at the end."""
    ordered = sorted(spans, key=lambda span: (span.start, span.end))
    if circle is not None and len(ordered) > 1:
        first = ordered[0]
        ordered.append(first._replace(start=first.start + circle, end=first.end + circle))
    told: set[tuple[str | int, ...]] = set()
    furthest: Span | None = None
    for span in ordered:
        if furthest is not None and span.start < furthest.end and span.path not in told:
            told.add(span.path)
            message = f"{_told(span, circle)} overlaps {_told(furthest, circle)}"
            yield Flaw("CC314", message, span.path, "join or move them")
        if furthest is None or span.end > furthest.end:
            furthest = span


def _told(span: Span, circle: int | None) -> str:
    """A range with its day, where it has one."""
    return span.text if circle is None else f"{DAYS[span.start // _DAY % len(DAYS)]} {span.text}"


def outside(breaks: Mapping[str, Sequence[str]], weekly: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """The breaks (day and range) that do not lie within one range of their day."""
    for day, pauses in breaks.items():
        shifts = [minutes(hours) for hours in weekly.get(day, ()) if not _is_empty(hours)]
        for pause in pauses:
            if not any(_within(minutes(pause), shift) for shift in shifts):
                yield day, pause


def _within(pause: tuple[int, int], shift: tuple[int, int]) -> bool:
    """Whether a break lies in a shift; in a night shift it may be said by the clock after midnight."""
    return any(shift[0] <= pause[0] + later and pause[1] + later <= shift[1] for later in (0, _DAY))


def special_day_flaws(written: Sequence[Mapping[str, Any]]) -> Iterator[Flaw]:
    """Dates that do not exist or stand the wrong way round, and flawed hours."""
    said: set[str] = set()
    for index, day in enumerate(written):
        date, until = day["date"], day.get("until")
        if date in said:
            yield Flaw("CC316", f"{date} is said twice", (index, "date"), "keep one of them")
        said.add(date)
        yield from _date_flaws(date, (index, "date"))
        if until is not None:
            yield from _date_flaws(until, (index, "until"))
            yield from _order_flaws(date, until, (index, "until"))
        yield from day_flaws(day.get("hours", ()), (index, "hours"))


def _date_flaws(text: str, path: tuple[str | int, ...]) -> Iterator[Flaw]:
    year, month, day = _parts(text)
    try:
        datetime.date(_LEAP_YEAR if year is None else year, month, day)
    except ValueError:
        yield Flaw("CC312", f"{text} is not a day of the calendar", path)


def _order_flaws(date: str, until: str, path: tuple[str | int, ...]) -> Iterator[Flaw]:
    if (_parts(date)[0] is None) != (_parts(until)[0] is None):
        yield Flaw("CC317", f"{date} and {until}: only one has a year", path, "give both a year, or neither")
    elif until < date and _parts(date)[0]:  # every year, 12-30 until 01-02 runs over New Year
        yield Flaw("CC317", f"until {until} lies before {date}", path, "swap them")


def _parts(text: str) -> tuple[int | None, int, int]:
    """Year (None for every year), month and day."""
    *year, month, day = text.split("-")
    return int(year[0]) if year else None, int(month), int(day)


def zone_flaws(name: str) -> Iterator[Flaw]:
    """Whether the IANA database has the zone."""
    from zoneinfo import ZoneInfo, available_timezones  # only a file that names a zone pays for it

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from ccconf.findings import did_you_mean

        hint = did_you_mean(name, available_timezones()) or "write a name such as Europe/Warsaw"
        yield Flaw("CC311", f"{name} is not a time zone", (), hint)
